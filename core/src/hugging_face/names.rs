//! Names: ours are paths in the module tree, theirs those of `transformers`' classes.

use super::Network;
use crate::weights::{HostTensor, HostTensors};

/// Tensors of any ELECTRA or BERT class under the names of `ElectraForX`.
///
/// Encoders saved alone have no prefix, BERT's has another, old files call LayerNorm's parameters
/// `gamma` and `beta`, and BERT's masked-language-modelling head is a generator's.
pub fn canonical(theirs: HostTensors) -> HostTensors {
    theirs.into_iter().map(|(name, tensor)| (canonical_name(&name), tensor)).collect()
}

pub(crate) fn canonical_name(name: &str) -> String {
    let name = name.strip_prefix("module.").unwrap_or(name);
    let name = name.replace("LayerNorm.gamma", "LayerNorm.weight");
    let name = name.replace("LayerNorm.beta", "LayerNorm.bias");
    for (theirs, ours) in [
        ("bert.", "electra."),
        ("embeddings.", "electra.embeddings."),
        ("embeddings_project.", "electra.embeddings_project."),
        ("encoder.", "electra.encoder."),
        ("cls.predictions.transform.", "generator_predictions."),
        ("cls.predictions.bias", "generator_lm_head.bias"),
        ("cls.predictions.decoder.weight", "generator_lm_head.weight"),
    ] {
        if let Some(rest) = name.strip_prefix(theirs) {
            return format!("{ours}{rest}");
        }
    }
    name
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

/// Name in Hugging Face's files of a parameter of a fine-tuned model.
pub(crate) fn task_name(path: &str) -> Option<String> {
    if let Some(rest) = path.strip_prefix("embeddings.") {
        return table_name(rest);
    }
    if let Some(rest) = path.strip_prefix("encoder.") {
        return encoder_name(rest);
    }
    let parts: Vec<&str> = path.split('.').collect();
    Some(match parts[..] {
        ["head", "Classifier", "dense", parameter] => format!("classifier.dense.{parameter}"),
        ["head", "Classifier", "output", parameter] => format!("classifier.out_proj.{parameter}"),
        ["head", "Tagger", parameter] => format!("classifier.{parameter}"),
        ["head", "Spans", parameter] => format!("qa_outputs.{parameter}"),
        ["head", "BeamSpans", layer, parameter] => format!("qa_{layer}.{parameter}"),
        _ => return None,
    })
}

/// Tensors of a fine-tuned model under Hugging Face's names.
pub fn task_to_hugging_face(ours: &HostTensors) -> HostTensors {
    let renamed = ours.iter().filter_map(|(path, tensor)| {
        let tensor = tensor.clone();
        let tensor = if is_kernel(path) { tensor.transposed() } else { tensor };
        Some((task_name(path)?, tensor))
    });
    renamed.collect()
}

/// Tensors of a fine-tuned model under our names, for parameters called `paths`.
///
/// What is not found is left out; loading names it then.
pub fn task_from_hugging_face(theirs: &HostTensors, paths: &[String]) -> HostTensors {
    let found = paths.iter().filter_map(|path| {
        let tensor = theirs.get(&task_name(path)?)?.clone();
        let tensor = if is_kernel(path) { tensor.transposed() } else { tensor };
        Some((path.clone(), tensor))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_s_names_become_electra_s() {
        for (theirs, expected) in [
            ("bert.embeddings.LayerNorm.gamma", "electra.embeddings.LayerNorm.weight"),
            ("encoder.layer.0.output.dense.bias", "electra.encoder.layer.0.output.dense.bias"),
            ("electra.embeddings_project.weight", "electra.embeddings_project.weight"),
            ("cls.predictions.transform.LayerNorm.beta", "generator_predictions.LayerNorm.bias"),
            ("cls.predictions.decoder.weight", "generator_lm_head.weight"),
            ("module.classifier.dense.weight", "classifier.dense.weight"),
        ] {
            assert_eq!(canonical_name(theirs), expected);
        }
    }
}
