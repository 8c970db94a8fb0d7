//! Models as `--model` names them: a run, finished or not, or a Hugging Face folder.

use crate::print;
use crate::run::{Checkpoints, Saved};
use crate::text::read_vocab;
use anyhow::{Context, Result, bail};
use burn::module::Module;
use burn::tensor::Device;
use electra::checkpoint::load;
use electra::config::{ElectraConfig, PositionKind, PretrainConfig};
use electra::detector::Detector;
use electra::electra::Electra;
use electra::layers::Weights;
use electra::models::{self, Folder};
use electra::tokenizer::Tokenizer;
use electra::weights;
use std::fs;
use std::path::{Path, PathBuf};

/// What a run keeps of its configuration, where there is one.
pub(crate) const CONFIG: &str = "config.toml";

/// A model with what belongs to it.
pub(crate) struct Loaded<M> {
    pub(crate) config: ElectraConfig,
    pub(crate) model: M,
    pub(crate) tokenizer: Tokenizer,
    /// Tokens of the longest row that it was trained on, as far as the folder tells: the positions
    /// beyond are as they were initialised.
    pub(crate) trained_length: usize,
}

/// A discriminator with its tokenizer.
pub(crate) fn detector(root: &Path, device: &Device) -> Result<Loaded<Detector>> {
    if let Some(saved) = unfinished(root)? {
        return from_checkpoint(root, saved, |config| Detector::blank(config, device));
    }
    let folder = discriminator_of(root);
    let (config, model) = models::detector(&contents(&folder)?, device)
        .with_context(|| format!("cannot load {}", folder.display()))?;
    complete(&folder, config, model)
}

/// Both networks with their tokenizer.
pub(crate) fn both(root: &Path, device: &Device) -> Result<Loaded<Electra>> {
    if let Some(saved) = unfinished(root)? {
        let blank =
            |config: &ElectraConfig| Electra::with_weights(config, &mut Weights::blank(device));
        return from_checkpoint(root, saved, blank);
    }
    let (judging, proposing) = (discriminator_of(root), root.join("generator"));
    if !proposing.is_dir() {
        bail!(
            "evaluating needs a generator too; give a run, or a folder with `discriminator/` and \
             `generator/`: {}",
            root.display()
        );
    }
    let (config, model) = models::electra(&contents(&judging)?, &contents(&proposing)?, device)
        .with_context(|| format!("cannot load {}", root.display()))?;
    complete(&judging, config, model)
}

/// The configuration of a run, if the folder is one.
pub(crate) fn run_config(folder: &Path) -> Option<PretrainConfig> {
    toml::from_str(&fs::read_to_string(folder.join(CONFIG)).ok()?).ok()
}

/// The newest state of a run that was killed, or still goes on, before its networks were written.
fn unfinished(root: &Path) -> Result<Option<Saved>> {
    let checkpoints = root.join("checkpoints");
    if !checkpoints.is_dir() || discriminator_of(root) != root {
        return Ok(None);
    }
    let checkpoints = Checkpoints::new(checkpoints, usize::MAX);
    if checkpoints.latest().is_none() {
        bail!(
            "this run has not saved anything yet; wait for its first checkpoint: {}",
            root.display()
        );
    }
    checkpoints.newest_readable().map(Some)
}

fn from_checkpoint<M: Module>(
    root: &Path,
    saved: Saved,
    blank: impl Fn(&ElectraConfig) -> M,
) -> Result<Loaded<M>> {
    for damage in &saved.damaged {
        print::warn(damage);
    }
    print::note(format_args!(
        "this run has not ended; reading its checkpoint of step {}",
        saved.header.step
    ));
    let config = saved.header.config;
    let failed = || format!("cannot load the newest checkpoint of {}", root.display());
    let mut tensors = weights::read(&saved.bytes).with_context(failed)?;
    let model = load(blank(&config.model), &mut tensors).with_context(failed)?;
    let tokenizer = read_vocab(&root.join("tokenizer.json"), true, true)?;
    let trained_length = config.training.max_seq_length;
    Ok(Loaded { config: config.model, model, tokenizer, trained_length })
}

/// The folder of the discriminator: inside a run, or the folder itself.
fn discriminator_of(folder: &Path) -> PathBuf {
    let inside = folder.join("discriminator");
    if inside.is_dir() { inside } else { folder.to_owned() }
}

fn contents(folder: &Path) -> Result<Folder> {
    let missing = |name: &str| {
        format!(
            "there is no {name} in this folder; `--model` takes a run or a Hugging Face folder \
             with config.json, model.safetensors and tokenizer.json or vocab.txt: {}",
            folder.display()
        )
    };
    Ok(Folder {
        config: fs::read_to_string(folder.join("config.json"))
            .with_context(|| missing("config.json"))?,
        weights: fs::read(folder.join("model.safetensors"))
            .with_context(|| missing("model.safetensors"))?,
    })
}

/// Adds what else the folder holds. A bare `vocab.txt` is lower-cased unless
/// `tokenizer_config.json` says otherwise, as in Hugging Face's loader.
fn complete<M>(folder: &Path, config: ElectraConfig, model: M) -> Result<Loaded<M>> {
    let about = fs::read_to_string(folder.join("tokenizer_config.json")).unwrap_or_default();
    let about: serde_json::Value = serde_json::from_str(&about).unwrap_or_default();
    let lower = about["do_lower_case"].as_bool().unwrap_or(true);
    let strip = about["strip_accents"].as_bool().unwrap_or(lower);
    let tokenizer = read_vocab(folder, lower, strip)?;
    let (words, rows) = (tokenizer.vocab_size(), config.vocab_size);
    if words > rows {
        bail!(
            "the tokenizer has {words} words, the model only {rows}; take both from one model: {}",
            folder.display()
        );
    }
    let trained_length = trained_length(&config, &about["model_max_length"]);
    Ok(Loaded { config, model, tokenizer, trained_length })
}

/// Positions are trained as far as `model_max_length` says; where it says nothing, or 10^30 for
/// nothing, all of them are.
fn trained_length(config: &ElectraConfig, model_max_length: &serde_json::Value) -> usize {
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
    use serde_json::json;

    #[test]
    fn the_shorter_of_table_and_training_is_the_longest_row() {
        let mut config = PretrainConfig::preset("nano").unwrap().model;
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
