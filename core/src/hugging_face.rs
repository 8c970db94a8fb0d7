//! Models as Hugging Face folders hold them: `config.json` and safetensors under their names.
//!
//! The paper's recipe is `model_type` "electra", which `transformers` loads; anything else is
//! [`MODERN_TYPE`], which it does not know and so cannot load wrongly.

use crate::config::{ElectraConfig, Initializer, NetworkConfig, NormPlacement, PositionKind, Tie};
use crate::error::ConfigError;
use crate::weights::{HostTensor, HostTensors};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// `model_type` of networks that the paper's code could not run.
pub const MODERN_TYPE: &str = "electra-modern";
/// `model_type` that `transformers` knows.
pub const PAPER_TYPE: &str = "electra";

/// Which of the two networks a folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// `ElectraForPreTraining`.
    Discriminator,
    /// `ElectraForMaskedLM`.
    Generator,
}

/// Fields of `config.json` that matter, with Hugging Face's defaults where files leave them out.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Fields {
    #[serde(default = "paper_type")]
    model_type: String,
    vocab_size: usize,
    embedding_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    #[serde(default = "gelu")]
    hidden_act: String,
    #[serde(default = "tenth")]
    hidden_dropout_prob: f64,
    #[serde(default = "tenth")]
    attention_probs_dropout_prob: f64,
    #[serde(default = "positions")]
    max_position_embeddings: usize,
    #[serde(default = "types")]
    type_vocab_size: usize,
    #[serde(default = "epsilon")]
    layer_norm_eps: f64,
    position_embedding_type: Option<String>,
    norm: Option<NormPlacement>,
    position: Option<PositionKind>,
}

fn paper_type() -> String {
    PAPER_TYPE.to_owned()
}
fn gelu() -> String {
    "gelu".to_owned()
}
fn tenth() -> f64 {
    0.1
}
fn positions() -> usize {
    512
}
fn types() -> usize {
    2
}
fn epsilon() -> f64 {
    1e-12
}

/// Reads `config.json`; the generator takes the same shape until it is known.
///
/// # Errors
///
/// [`ConfigError`] naming the field and what works.
pub fn read_config(text: &str) -> Result<ElectraConfig, ConfigError> {
    let fields: Fields =
        serde_json::from_str(text).map_err(|error| ConfigError::Parse(error.to_string()))?;
    fields.check()?;
    let network = NetworkConfig {
        hidden_size: fields.hidden_size,
        num_hidden_layers: fields.num_hidden_layers,
        num_attention_heads: fields.num_attention_heads,
        intermediate_size: fields.intermediate_size,
    };
    let config = ElectraConfig {
        vocab_size: fields.vocab_size,
        embedding_size: fields.embedding_size,
        max_position_embeddings: fields.max_position_embeddings,
        type_vocab_size: fields.type_vocab_size,
        layer_norm_eps: fields.layer_norm_eps,
        hidden_dropout_prob: fields.hidden_dropout_prob,
        attention_probs_dropout_prob: fields.attention_probs_dropout_prob,
        norm: fields.norm.unwrap_or(NormPlacement::Post),
        position: fields.position.unwrap_or(PositionKind::Learned),
        initializer: Initializer::Google,
        tie: Tie::Embeddings,
        discriminator: network.clone(),
        generator: network,
    };
    config.validate()?;
    Ok(config)
}

impl Fields {
    fn check(&self) -> Result<(), ConfigError> {
        let refuse = |field, value: &str, advice| {
            Err(ConfigError::Unsupported { field, value: format!("`{value}`"), advice })
        };
        if ![PAPER_TYPE, MODERN_TYPE].contains(&self.model_type.as_str()) {
            return refuse("model_type", &self.model_type, "this program runs `electra` models");
        }
        if self.hidden_act != "gelu" {
            return refuse("hidden_act", &self.hidden_act, "only the exact `gelu` is supported");
        }
        match self.position_embedding_type.as_deref() {
            None | Some("absolute") => Ok(()),
            Some(other) => refuse("position_embedding_type", other, "only `absolute` is supported"),
        }
    }
}

/// Whether `transformers` runs this recipe.
pub fn is_paper(config: &ElectraConfig) -> bool {
    config.norm == NormPlacement::Post && config.position == PositionKind::Learned
}

/// Writes `config.json` for one network.
pub fn write_config(config: &ElectraConfig, network: Network, pad: u32) -> String {
    let (shape, class) = match network {
        Network::Discriminator => (&config.discriminator, "ElectraForPreTraining"),
        Network::Generator => (&config.generator, "ElectraForMaskedLM"),
    };
    let paper = is_paper(config);
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    if paper {
        put("architectures", json!([class]));
    }
    put("model_type", json!(if paper { PAPER_TYPE } else { MODERN_TYPE }));
    put("vocab_size", json!(config.vocab_size));
    put("embedding_size", json!(config.embedding_size));
    put("hidden_size", json!(shape.hidden_size));
    put("num_hidden_layers", json!(shape.num_hidden_layers));
    put("num_attention_heads", json!(shape.num_attention_heads));
    put("intermediate_size", json!(shape.intermediate_size));
    put("hidden_act", json!("gelu"));
    put("hidden_dropout_prob", json!(config.hidden_dropout_prob));
    put("attention_probs_dropout_prob", json!(config.attention_probs_dropout_prob));
    put("max_position_embeddings", json!(config.max_position_embeddings));
    put("type_vocab_size", json!(config.type_vocab_size));
    put("layer_norm_eps", json!(config.layer_norm_eps));
    put("initializer_range", json!(0.02));
    put("pad_token_id", json!(pad));
    if !paper {
        put("norm", json!(config.norm));
        put("position", json!(config.position));
    }
    serde_json::to_string_pretty(&Value::Object(fields)).unwrap_or_default() + "\n"
}

/// Name in Hugging Face's files of one of our parameters, as part of `network`.
///
/// None if the parameter belongs to the other network. `paths` are all parameters of the model:
/// what is shared stands under the discriminator's name and is written into both folders.
pub(crate) fn hugging_face_name(path: &str, network: Network, paths: &[String]) -> Option<String> {
    let own = |prefix: &str| paths.iter().any(|path| path.starts_with(prefix));
    let (tables, encoder) = match network {
        Network::Discriminator => ("embeddings.", "discriminator.encoder."),
        Network::Generator => (
            if own("generator.embeddings.") { "generator.embeddings." } else { "embeddings." },
            if own("generator.encoder.") { "generator.encoder." } else { "discriminator.encoder." },
        ),
    };
    if let Some(rest) = path.strip_prefix(tables) {
        return table_name(rest);
    }
    if let Some(rest) = path.strip_prefix(encoder) {
        return encoder_name(rest);
    }
    match network {
        Network::Discriminator => head_name(path.strip_prefix("discriminator.")?, network),
        Network::Generator => head_name(path.strip_prefix("generator.")?, network),
    }
}

/// `gamma` and `beta` are called `weight` and `bias` there.
fn normal(parameter: &str) -> &str {
    match parameter {
        "gamma" => "weight",
        "beta" => "bias",
        other => other,
    }
}

fn table_name(rest: &str) -> Option<String> {
    let name = match rest.split_once('.') {
        Some(("norm", parameter)) => format!("LayerNorm.{}", normal(parameter)),
        None => format!("{rest}_embeddings.weight"),
        Some(_) => return None,
    };
    Some(format!("electra.embeddings.{name}"))
}

fn encoder_name(rest: &str) -> Option<String> {
    let parts: Vec<&str> = rest.split('.').collect();
    let name = match parts[..] {
        ["projection", parameter] => format!("embeddings_project.{parameter}"),
        ["final_norm", parameter] => format!("encoder.LayerNorm.{}", normal(parameter)),
        ["layers", index, layer, parameter] => {
            let layer = match layer {
                "query" | "key" | "value" => format!("attention.self.{layer}"),
                "attention_output" => "attention.output.dense".to_owned(),
                "attention_norm" => "attention.output.LayerNorm".to_owned(),
                "intermediate" => "intermediate.dense".to_owned(),
                "output" => "output.dense".to_owned(),
                "output_norm" => "output.LayerNorm".to_owned(),
                _ => return None,
            };
            format!("encoder.layer.{index}.{layer}.{}", normal(parameter))
        }
        _ => return None,
    };
    Some(format!("electra.{name}"))
}

fn head_name(rest: &str, network: Network) -> Option<String> {
    let parts: Vec<&str> = rest.split('.').collect();
    Some(match (network, &parts[..]) {
        (Network::Discriminator, ["dense", parameter]) => {
            format!("discriminator_predictions.dense.{parameter}")
        }
        (Network::Discriminator, ["prediction", parameter]) => {
            format!("discriminator_predictions.dense_prediction.{parameter}")
        }
        (Network::Generator, ["dense", parameter]) => {
            format!("generator_predictions.dense.{parameter}")
        }
        (Network::Generator, ["norm", parameter]) => {
            format!("generator_predictions.LayerNorm.{}", normal(parameter))
        }
        (Network::Generator, ["bias"]) => "generator_lm_head.bias".to_owned(),
        _ => return None,
    })
}

/// Whether a parameter is the kernel of a linear layer, which PyTorch keeps as `[out, in]`.
pub(crate) fn is_kernel(path: &str) -> bool {
    path.ends_with(".weight")
}

/// Tensors of one network under Hugging Face's names, from tensors under ours.
///
/// The tied output table is left out, as `transformers` itself does.
pub fn to_hugging_face(ours: &HostTensors, network: Network) -> HostTensors {
    let paths: Vec<String> = ours.keys().cloned().collect();
    let mut theirs = HostTensors::new();
    for (path, tensor) in ours {
        if let Some(name) = hugging_face_name(path, network, &paths) {
            let tensor = tensor.clone();
            let tensor = if is_kernel(path) { tensor.transposed() } else { tensor };
            theirs.insert(name, tensor);
        }
    }
    theirs
}

/// Tensors under our names, for parameters called `paths`, from those of one network's folder.
///
/// What is not found is left out; loading names it then.
pub fn from_hugging_face(theirs: &HostTensors, network: Network, paths: &[String]) -> HostTensors {
    let mut ours = HostTensors::new();
    for path in paths {
        let name = hugging_face_name(path, network, paths);
        let found: Option<&HostTensor> = name.and_then(|name| theirs.get(&name));
        if let Some(tensor) = found.cloned() {
            let tensor = if is_kernel(path) { tensor.transposed() } else { tensor };
            ours.insert(path.clone(), tensor);
        }
    }
    ours
}

/// `tokenizer_config.json` for `transformers`.
pub fn tokenizer_config(lower_case: bool, strip_accents: bool, max_seq_length: usize) -> String {
    let fields = json!({
        "tokenizer_class": "ElectraTokenizerFast",
        "do_lower_case": lower_case,
        "strip_accents": strip_accents,
        "tokenize_chinese_chars": true,
        "model_max_length": max_seq_length,
        "pad_token": "[PAD]",
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    });
    serde_json::to_string_pretty(&fields).unwrap_or_default() + "\n"
}
