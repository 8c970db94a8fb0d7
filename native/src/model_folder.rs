//! Models as `--model` names them: a run, or a Hugging Face folder.

use anyhow::{Context, Result, anyhow};
use burn::tensor::Device;
use electra::config::{ElectraConfig, PretrainConfig};
use electra::detector::Detector;
use electra::electra::Electra;
use electra::hugging_face::{MODERN_FILES, needs_code, read_config, tokenizer_config};
use electra::models::{self, Folder};
use electra::tokenizer::Tokenizer;
use electra::weights;
use std::fs;
use std::path::{Path, PathBuf};

use crate::files::write_atomically;
use crate::pytorch;
use crate::text::read_vocab;

/// What a run keeps of its configuration, where there is one.
pub(crate) const CONFIG: &str = "config.toml";

/// The folder of the discriminator: inside a run, or the folder itself.
fn discriminator_of(folder: &Path) -> PathBuf {
    let inside = folder.join("discriminator");
    if inside.is_dir() { inside } else { folder.to_owned() }
}

/// Files that hold weights, the best form first.
const WEIGHTS: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];

/// `config.json` and the weights of a folder, whatever form they have.
pub(crate) fn contents(folder: &Path) -> Result<Folder> {
    let missing = |name: &str| {
        format!(
            "there is no {name} in this folder; `--model` takes a run or a Hugging Face folder \
             with config.json, model.safetensors (or pytorch_model.bin; TensorFlow checkpoints are \
             not read) and tokenizer.json or vocab.txt: {}",
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

/// A model with its tokenizer, before it is known which network is wanted.
pub(crate) struct Opened {
    /// The folder that holds it.
    pub(crate) folder: PathBuf,
    /// Its contents.
    pub(crate) contents: Folder,
    /// Its tokenizer.
    pub(crate) tokenizer: Tokenizer,
}

/// Opens a run (its discriminator) or a Hugging Face folder.
pub(crate) fn open(folder: &Path) -> Result<Opened> {
    let folder = discriminator_of(folder);
    let contents = contents(&folder)?;
    let tokenizer = tokenizer_of(&folder)?;
    let config = read_config(&contents.config)
        .with_context(|| format!("cannot use {}", folder.join("config.json").display()))?;
    check_vocabulary(&config, &tokenizer, &folder)?;
    Ok(Opened { folder, contents, tokenizer })
}

impl Opened {
    /// The longest row that the model was trained on, where the folder tells.
    pub(crate) fn trained_length(&self) -> Option<usize> {
        let run = self.folder.parent().and_then(run_config);
        let known = run.map(|config| config.training.max_seq_length);
        known.or_else(|| {
            let text = fs::read_to_string(self.folder.join("tokenizer_config.json")).ok()?;
            let config: serde_json::Value = serde_json::from_str(&text).ok()?;
            // `transformers` writes 10^30 where nobody said anything.
            config["model_max_length"].as_u64().filter(|&length| length < 1 << 20)?.try_into().ok()
        })
    }
}

/// Writes a model with everything that `transformers` needs beside it.
pub(crate) fn write(
    folder: &Path,
    files: &Folder,
    tokenizer: &Tokenizer,
    max_seq_length: usize,
) -> Result<()> {
    let (lower, strip) = (tokenizer.lower_case(), tokenizer.strip_accents());
    let write = |name: &str, bytes: &[u8]| write_atomically(&folder.join(name), bytes);
    write("config.json", files.config.as_bytes())?;
    write("model.safetensors", &files.weights)?;
    write("tokenizer.json", tokenizer.to_json().as_bytes())?;
    write("vocab.txt", tokenizer.vocab_txt().as_bytes())?;
    write("tokenizer_config.json", tokenizer_config(lower, strip, max_seq_length).as_bytes())?;
    if needs_code(&files.config) {
        for (name, text) in MODERN_FILES {
            write(name, text.as_bytes())?;
        }
    }
    Ok(())
}

/// The tokenizer of a folder; a bare `vocab.txt` is lower-cased unless `tokenizer_config.json`
/// says otherwise, as in Hugging Face's loader.
pub(crate) fn tokenizer_of(folder: &Path) -> Result<Tokenizer> {
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
