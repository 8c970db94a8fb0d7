//! Models as `--model` names them: a run, finished or not, one of its checkpoints, or a Hugging
//! Face folder.

mod checkpoint;
mod contents;
mod opened;

use crate::files::parent;
use crate::print;
use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use checkpoint::{State, is_checkpoint};
use contents::{about, check_vocabulary, contents, tokenizer_of, trained_length};
use electra::config::{ElectraConfig, PretrainConfig};
use electra::detector::Detector;
use electra::electra::Electra;
use electra::hugging_face::{Architecture, read_architecture};
use electra::layers::Weights;
use electra::models;
use electra::tokenizer::Tokenizer;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) use opened::{Opened, open, open_generator, write};

/// What a run keeps of its configuration, where there is one.
pub(crate) const CONFIG: &str = "config.toml";

/// Folders of the two networks in a run.
const DISCRIMINATOR: &str = "discriminator";
const GENERATOR: &str = "generator";

/// A model with what belongs to it.
pub(crate) struct Loaded<M> {
    pub(crate) config: ElectraConfig,
    pub(crate) model: M,
    pub(crate) tokenizer: Tokenizer,
    /// Tokens of the longest row that it was trained on, as far as the folder tells: the positions
    /// beyond are as they were initialised.
    pub(crate) trained_length: usize,
}

/// A discriminator with its tokenizer, for `electra detect`.
pub(crate) fn detector(root: &Path, device: &Device) -> Result<Loaded<Detector>> {
    if let Some(state) = State::of(root)? {
        return state.load(|config| Detector::blank(config, device));
    }
    let folder = discriminator_of(root);
    let contents = contents(&folder)?;
    if read_architecture(&contents.config).is_ok_and(|class| class == Architecture::Generator) {
        bail!("this is a generator; `detect` needs a discriminator: {}", folder.display());
    }
    let (config, model) = models::detector(&contents, device)
        .with_context(|| format!("cannot load {}", folder.display()))?;
    complete(&folder, config, model)
}

/// Both networks with their tokenizer.
pub(crate) fn both(root: &Path, device: &Device) -> Result<Loaded<Electra>> {
    if let Some(state) = State::of(root)? {
        return state.load(|config| Electra::with_weights(config, &mut Weights::blank(device)));
    }
    let (judging, proposing) = (discriminator_of(root), root.join(GENERATOR));
    if !proposing.is_dir() {
        bail!(
            "this needs a generator too; give a run, or a folder with `discriminator/` and \
             `generator/`: {}",
            root.display()
        );
    }
    let (config, model) = models::electra(&contents(&judging)?, &contents(&proposing)?, device)
        .with_context(|| format!("cannot load {}", root.display()))?;
    complete(&judging, config, model)
}

/// The folder that `--model` names, or that of the run that its checkpoint lies in.
pub(crate) fn run_of(model: &Path) -> PathBuf {
    if !is_checkpoint(model) {
        return model.to_owned();
    }
    let checkpoints = parent(model);
    match checkpoints.file_name() {
        Some(_) => parent(checkpoints).to_owned(),
        // `.` or `..`, which no shorter path leads out of.
        None => checkpoints.join(".."),
    }
}

/// The configuration of a run, if there is one.
pub(crate) fn run_config(model: &Path) -> Option<PretrainConfig> {
    toml::from_str(&fs::read_to_string(run_of(model).join(CONFIG)).ok()?).ok()
}

/// The configuration of a run, none of a folder without one.
///
/// # Errors
///
/// If there is one that cannot be read: another version's, or one that a hand has spoilt.
pub(crate) fn read_run_config(model: &Path) -> Result<Option<PretrainConfig>> {
    let path = run_of(model).join(CONFIG);
    let Ok(text) = fs::read_to_string(&path) else { return Ok(None) };
    let config = toml::from_str(&text).map_err(|error| {
        let reason = error.message().lines().next().unwrap_or_default().to_owned();
        anyhow::anyhow!("cannot read the configuration: {reason}: {}", path.display())
    })?;
    Ok(Some(config))
}

/// Whether a folder is a run that was killed, or still goes on, before its networks were written.
fn is_unfinished(root: &Path) -> bool {
    root.join("checkpoints").is_dir() && discriminator_of(root) == root
}

/// The folder of the discriminator: inside a run, or the folder itself.
fn discriminator_of(folder: &Path) -> PathBuf {
    let inside = folder.join(DISCRIMINATOR);
    if inside.is_dir() { inside } else { folder.to_owned() }
}

/// Adds what else the folder holds.
fn complete<M>(folder: &Path, config: ElectraConfig, model: M) -> Result<Loaded<M>> {
    let tokenizer = tokenizer_of(folder)?;
    check_vocabulary(&config, &tokenizer, folder)?;
    let (words, rows) = (tokenizer.vocab_size(), config.vocab_size);
    // A few rows without words only make the table's size a round number.
    if 2 * words < rows {
        print::warn(format_args!(
            "the tokenizer has {words} words, the model {rows}: words that only the model knows are \
             read as `[UNK]`; take both from one model: {}",
            folder.display()
        ));
    }
    let trained_length = trained_length(&config, &about(folder)["model_max_length"]);
    Ok(Loaded { config, model, tokenizer, trained_length })
}
