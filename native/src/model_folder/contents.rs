//! What a Hugging Face folder holds: configuration, weights in whatever form, tokenizer.

use super::{DISCRIMINATOR, GENERATOR};
use crate::files::parent;
use crate::pytorch;
use crate::text::{read_vocab, vocab_file};
use anyhow::{Context, Result, anyhow, bail};
use electra::config::{ElectraConfig, PositionKind};
use electra::models::Folder;
use electra::tokenizer::Tokenizer;
use electra::weights;
use std::fs;
use std::path::{Path, PathBuf};

/// Files that hold weights, the best form first.
const WEIGHTS: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];

/// `config.json` and the weights of a folder, whatever form they have.
pub(super) fn contents(folder: &Path) -> Result<Folder> {
    let missing = |name: &str| {
        let lacking = if folder.is_dir() {
            format!("there is no {name} in this folder")
        } else {
            "there is no such folder".to_owned()
        };
        format!(
            "{lacking}; `--model` takes a run, one of its checkpoints, or \
             a Hugging Face folder with config.json, model.safetensors (or pytorch_model.bin; \
             TensorFlow checkpoints are not read) and tokenizer.json or vocab.txt: {}",
            folder.display()
        )
    };
    let config =
        fs::read_to_string(folder.join("config.json")).with_context(|| missing("config.json"))?;
    let Some(name) = WEIGHTS.into_iter().find(|name| folder.join(name).is_file()) else {
        return Err(anyhow!(missing("model.safetensors")));
    };
    Ok(Folder { config, weights: weights_of(folder, name)? })
}

/// The weights of a folder in one safetensors file's bytes.
fn weights_of(folder: &Path, name: &str) -> Result<Vec<u8>> {
    let path = folder.join(name);
    let failed = |path: &Path| format!("cannot read the weights {}", path.display());
    if name.ends_with(".index.json") {
        let index = fs::read_to_string(&path).with_context(|| failed(&path))?;
        let names = weights::shard_names(&index).with_context(|| failed(&path))?;
        let shards = names.iter().map(|name| weights_of(folder, name));
        let merged = weights::merge(&shards.collect::<Result<Vec<_>>>()?);
        return merged.with_context(|| failed(&path));
    }
    if path.extension().is_some_and(|ending| ending == "bin") {
        return pytorch::as_safetensors(&path);
    }
    fs::read(&path).with_context(|| failed(&path))
}

/// `tokenizer_config.json`, or null.
pub(super) fn about(folder: &Path) -> serde_json::Value {
    let text = fs::read_to_string(folder.join("tokenizer_config.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Where the tokenizer of the network in `folder` is: there, or for a generator without one with
/// its discriminator or in the run's folder.
pub(super) fn tokenizer_folder(folder: &Path) -> PathBuf {
    let mut places = vec![folder.to_owned()];
    if let Some(run) = run_of_generator(folder) {
        places.extend([run.join(DISCRIMINATOR), run.to_owned()]);
    }
    places.iter().find(|place| vocab_file(place).is_some()).unwrap_or(&places[0]).clone()
}

/// The folder of the run that a generator belongs to.
pub(super) fn run_of_generator(folder: &Path) -> Option<&Path> {
    folder.ends_with(GENERATOR).then(|| parent(folder))
}

/// The tokenizer of a folder; a bare `vocab.txt` is lower-cased unless `tokenizer_config.json`
/// says otherwise, as in Hugging Face's loader.
pub(super) fn tokenizer_of(folder: &Path) -> Result<Tokenizer> {
    let about = about(folder);
    let lower = about["do_lower_case"].as_bool().unwrap_or(true);
    let strip = about["strip_accents"].as_bool().unwrap_or(lower);
    read_vocab(folder, lower, strip)
}

/// Refuses a tokenizer with words that the model does not know.
pub(super) fn check_vocabulary(
    config: &ElectraConfig,
    tokenizer: &Tokenizer,
    folder: &Path,
) -> Result<()> {
    let (words, rows) = (tokenizer.vocab_size(), config.vocab_size);
    if words > rows {
        bail!(
            "the tokenizer has {words} words, the model only {rows}; take both from one model: {}",
            folder.display()
        );
    }
    Ok(())
}

/// Positions are trained as far as `model_max_length` says; where it says nothing, or 10^30 for
/// nothing, all of them are.
pub(super) fn trained_length(
    config: &ElectraConfig,
    model_max_length: &serde_json::Value,
) -> usize {
    // A row has `[CLS]`, a token and `[SEP]` at least.
    let said =
        model_max_length.as_f64().map(|length| length as usize).filter(|&length| length >= 3);
    let known = config.max_position_embeddings;
    match (said, config.position) {
        (Some(said), PositionKind::Rotary) if said < 1_000_000 => said,
        (said, _) => said.map_or(known, |said| said.min(known)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use electra::config::PretrainConfig;
    use serde_json::json;

    #[test]
    fn the_shorter_of_table_and_training_is_the_longest_row() {
        let mut config = PretrainConfig::preset("nano").unwrap().model;
        config.position = PositionKind::Learned;
        config.max_position_embeddings = 64;
        for (said, expected) in [
            (json!(32), 32),
            (json!(512), 64),
            (json!(1e30), 64),
            (json!(null), 64),
            (json!("x"), 64),
            (json!(0), 64),
        ] {
            assert_eq!(trained_length(&config, &said), expected, "{said}");
        }
        config.position = PositionKind::Rotary;
        assert_eq!(trained_length(&config, &json!(96)), 96);
        assert_eq!(trained_length(&config, &json!(1e30)), 64);
    }
}
