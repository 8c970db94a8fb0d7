//! Models as `--model` names them: a run, or a Hugging Face folder.

use anyhow::{Context, Result, anyhow};
use burn::tensor::Device;
use electra::config::{ElectraConfig, PretrainConfig};
use electra::detector::Detector;
use electra::electra::Electra;
use electra::models::{self, Folder};
use electra::tokenizer::Tokenizer;
use std::fs;
use std::path::{Path, PathBuf};

use crate::text::read_vocab;

/// What a run keeps of its configuration, where there is one.
pub(crate) const CONFIG: &str = "config.toml";

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

/// The tokenizer of a folder; a bare `vocab.txt` is lower-cased unless `tokenizer_config.json`
/// says otherwise, as in Hugging Face's loader.
fn tokenizer_of(folder: &Path) -> Result<Tokenizer> {
    let config = fs::read_to_string(folder.join("tokenizer_config.json")).unwrap_or_default();
    let config: serde_json::Value = serde_json::from_str(&config).unwrap_or_default();
    let lower = config["do_lower_case"].as_bool().unwrap_or(true);
    let strip = config["strip_accents"].as_bool().unwrap_or(lower);
    read_vocab(folder, lower, strip)
}

/// A discriminator with its tokenizer.
pub(crate) fn detector(
    folder: &Path,
    device: &Device,
) -> Result<(ElectraConfig, Detector, Tokenizer)> {
    let folder = discriminator_of(folder);
    let (config, detector) = models::detector(&contents(&folder)?, device)
        .with_context(|| format!("cannot load {}", folder.display()))?;
    let tokenizer = tokenizer_of(&folder)?;
    check_vocabulary(&config, &tokenizer, &folder)?;
    Ok((config, detector, tokenizer))
}

fn check_vocabulary(config: &ElectraConfig, tokenizer: &Tokenizer, folder: &Path) -> Result<()> {
    let (words, rows) = (tokenizer.vocab_size(), config.vocab_size);
    if words <= rows {
        return Ok(());
    }
    Err(anyhow!(
        "the tokenizer has {words} words, the model only {rows}; take both from one model: {}",
        folder.display()
    ))
}

/// Both networks with their tokenizer.
pub(crate) fn both(folder: &Path, device: &Device) -> Result<(ElectraConfig, Electra, Tokenizer)> {
    let (judging, proposing) = (discriminator_of(folder), folder.join("generator"));
    if !proposing.is_dir() {
        return Err(anyhow!(
            "evaluating needs a generator too; give a run, or a folder with `discriminator/` and \
             `generator/`: {}",
            folder.display()
        ));
    }
    let (config, model) = models::electra(&contents(&judging)?, &contents(&proposing)?, device)
        .with_context(|| format!("cannot load {}", folder.display()))?;
    let tokenizer = tokenizer_of(&judging)?;
    check_vocabulary(&config, &tokenizer, &judging)?;
    Ok((config, model, tokenizer))
}

/// The configuration of a run, if the folder is one.
pub(crate) fn run_config(folder: &Path) -> Option<PretrainConfig> {
    toml::from_str(&fs::read_to_string(folder.join(CONFIG)).ok()?).ok()
}
