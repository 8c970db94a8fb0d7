//! `config.json`: shapes and recipe.

use super::{BERT_TYPE, MODERN_TYPE, Network, PAPER_TYPE};
use crate::config::{
    ElectraConfig, INITIALIZER_RANGE, Initializer, NetworkConfig, NormPlacement, PositionKind, Tie,
};
use crate::error::ConfigError;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What `transformers` would build from a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// An encoder with the head that tells replaced tokens, or an ELECTRA of unknown class.
    Discriminator,
    /// An encoder with a masked-language-modelling head.
    Generator,
    /// An encoder alone.
    Encoder,
    /// A head for a task.
    Task,
}

/// Fields of `config.json` that matter, with Hugging Face's defaults where files leave them out.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Fields {
    #[serde(default = "paper_type")]
    model_type: String,
    vocab_size: usize,
    /// BERT has none: its tables are as wide as its hidden states.
    embedding_size: Option<usize>,
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
    #[serde(default)]
    is_decoder: bool,
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

/// Reads `config.json`; the generator takes the same shape until it is known. The file does not tell
/// how weights began: pre-norm networks are taken to have the initialiser of our presets, others the
/// paper's.
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
    let norm = fields.norm.unwrap_or(NormPlacement::Post);
    let usual_width = if fields.model_type == BERT_TYPE { fields.hidden_size } else { 128 };
    let config = ElectraConfig {
        vocab_size: fields.vocab_size,
        embedding_size: fields.embedding_size.unwrap_or(usual_width),
        max_position_embeddings: fields.max_position_embeddings,
        type_vocab_size: fields.type_vocab_size,
        layer_norm_eps: fields.layer_norm_eps,
        hidden_dropout_prob: fields.hidden_dropout_prob,
        attention_probs_dropout_prob: fields.attention_probs_dropout_prob,
        norm,
        position: fields.position.unwrap_or(PositionKind::Learned),
        initializer: match norm {
            NormPlacement::Post => Initializer::Google,
            NormPlacement::Pre => Initializer::FanIn,
        },
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
        if ![PAPER_TYPE, MODERN_TYPE, BERT_TYPE].contains(&self.model_type.as_str()) {
            let advice = "this program runs `electra` models and reads `bert` encoders";
            return refuse("model_type", &self.model_type, advice);
        }
        if self.hidden_act != "gelu" {
            return refuse("hidden_act", &self.hidden_act, "only the exact `gelu` is supported");
        }
        if self.is_decoder {
            return refuse("is_decoder", "true", "only encoders are supported");
        }
        match self.position_embedding_type.as_deref() {
            None | Some("absolute") => Ok(()),
            Some(other) => refuse("position_embedding_type", other, "only `absolute` is supported"),
        }
    }
}

/// What a folder's `config.json` says it holds, by the name of its class.
///
/// # Errors
///
/// [`ConfigError::Parse`] when it is no JSON.
pub fn read_architecture(text: &str) -> Result<Architecture, ConfigError> {
    let fields: Value =
        serde_json::from_str(text).map_err(|error| ConfigError::Parse(error.to_string()))?;
    let class = fields["architectures"][0].as_str().unwrap_or_default();
    let is_bert = fields["model_type"] == BERT_TYPE;
    Ok(match class {
        _ if class.ends_with("ForMaskedLM") => Architecture::Generator,
        // BERT's class of this name has heads for masked words and next sentences.
        _ if class.ends_with("ForPreTraining") && is_bert => Architecture::Generator,
        _ if class.ends_with("ForPreTraining") => Architecture::Discriminator,
        _ if class.contains("For") => Architecture::Task,
        _ if class.ends_with("Model") || is_bert => Architecture::Encoder,
        _ => Architecture::Discriminator,
    })
}

/// Whether `transformers` runs this recipe.
pub fn is_paper(config: &ElectraConfig) -> bool {
    config.norm == NormPlacement::Post && config.position == PositionKind::Learned
}

/// Whether a folder with this `config.json` needs our Python code beside the weights.
pub fn needs_code(text: &str) -> bool {
    let fields: Value = serde_json::from_str(text).unwrap_or_default();
    fields["model_type"] == MODERN_TYPE
}

/// Writes `config.json` for one network.
pub fn write_config(config: &ElectraConfig, network: Network, pad: u32) -> String {
    let (shape, class) = match network {
        Network::Discriminator => (&config.discriminator, "ForPreTraining"),
        Network::Generator => (&config.generator, "ForMaskedLM"),
    };
    to_text(shared_fields(config, shape, class, is_paper(config), pad))
}

/// Writes `config.json` for the discriminator's encoder alone.
pub fn write_encoder_config(config: &ElectraConfig, pad: u32) -> String {
    to_text(shared_fields(config, &config.discriminator, "Model", is_paper(config), pad))
}

/// The text of `config.json`.
pub(super) fn to_text(fields: Map<String, Value>) -> String {
    serde_json::to_string_pretty(&Value::Object(fields)).unwrap_or_default() + "\n"
}

/// What every `config.json` says; `class` ends the name of a class, such as `ForMaskedLM`.
pub(super) fn shared_fields(
    config: &ElectraConfig,
    shape: &NetworkConfig,
    class: &str,
    known: bool,
    pad: u32,
) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    let family = if known { "Electra" } else { "ElectraModern" };
    put("architectures", json!([format!("{family}{class}")]));
    put("model_type", json!(if known { PAPER_TYPE } else { MODERN_TYPE }));
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
    put("initializer_range", json!(INITIALIZER_RANGE));
    put("pad_token_id", json!(pad));
    if !known {
        put("norm", json!(config.norm));
        put("position", json!(config.position));
        put("auto_map", auto_map());
    }
    fields
}

/// Which of our Python classes `transformers` takes for what.
fn auto_map() -> Value {
    let model = |class: &str| format!("modeling_electra_modern.ElectraModern{class}");
    let mut map = Map::new();
    let config = "configuration_electra_modern.ElectraModernConfig";
    map.insert("AutoConfig".to_owned(), json!(config));
    map.insert("AutoModel".to_owned(), json!(model("Model")));
    for task in [
        "ForPreTraining",
        "ForMaskedLM",
        "ForSequenceClassification",
        "ForTokenClassification",
        "ForQuestionAnswering",
    ] {
        map.insert(format!("AutoModel{task}"), json!(model(task)));
    }
    Value::Object(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERT: &str = r#"{"architectures": ["BertForMaskedLM"], "model_type": "bert",
        "vocab_size": 30, "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3,
        "intermediate_size": 20, "gradient_checkpointing": false}"#;

    #[test]
    fn bert_s_tables_are_as_wide_as_its_hidden_states() {
        let config = read_config(BERT).expect("a configuration");
        assert_eq!((config.embedding_size, config.discriminator.hidden_size), (12, 12));
        assert!(!config.needs_projection(&config.discriminator));
        assert_eq!(read_architecture(BERT), Ok(Architecture::Generator));
    }

    #[test]
    fn other_families_and_activations_are_refused_by_name() {
        for (from, to, named) in [
            ("\"bert\"", "\"roberta\"", "roberta"),
            ("\"gradient_checkpointing\": false", "\"hidden_act\": \"relu\"", "relu"),
            ("\"gradient_checkpointing\": false", "\"is_decoder\": true", "is_decoder"),
        ] {
            let error = read_config(&BERT.replace(from, to)).expect_err("refused").to_string();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for config in [ElectraConfig::small(), ElectraConfig::tiny()] {
            let text = write_config(&config, Network::Discriminator, 0);
            let read = read_config(&text).expect("a configuration");
            assert_eq!(read.discriminator, config.discriminator);
            assert_eq!((read.norm, read.position), (config.norm, config.position));
            assert_eq!(text.contains("auto_map"), !is_paper(&config));
        }
    }
}
