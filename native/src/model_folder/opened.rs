//! A model before it is known which network is wanted of it, and how one is written.

use super::checkpoint::{State, is_checkpoint};
use super::contents::{
    about, check_vocabulary, contents, run_of_generator, tokenizer_folder, tokenizer_of,
};
use super::{DISCRIMINATOR, GENERATOR, discriminator_of, is_unfinished, run_config};
use crate::files::write_atomically;
use crate::run::shell_word;
use anyhow::{Context, Result, bail};
use electra::convert::{lacks_tables, with_tables};
use electra::hugging_face::{MODERN_FILES, Network, needs_code, read_config, tokenizer_config};
use electra::models::Folder;
use electra::tokenizer::Tokenizer;
use std::path::{Path, PathBuf};

/// A model with its tokenizer, before it is known which network is wanted.
pub(crate) struct Opened {
    /// The folder, or the checkpoint, that holds it.
    pub(crate) folder: PathBuf,
    /// Its contents.
    pub(crate) contents: Folder,
    /// Its tokenizer.
    pub(crate) tokenizer: Tokenizer,
}

/// Opens a run or a checkpoint (its discriminator) or a Hugging Face folder. What a generator
/// shares with the discriminator that it was shipped with is taken from there.
pub(crate) fn open(folder: &Path) -> Result<Opened> {
    if is_checkpoint(folder) {
        return open_network(folder, Network::Discriminator);
    }
    if is_unfinished(folder) && !folder.join("config.json").exists() {
        bail!(
            "this run has not ended, so its networks are not written yet; name one of its \
             checkpoints, go on with `electra pretrain --resume {}`, or press Ctrl-C where it \
             still goes on, which writes them: {}",
            shell_word(&folder.display().to_string()),
            folder.display()
        );
    }
    let folder = discriminator_of(folder);
    let contents = whole(&folder)?;
    let tokenizer = tokenizer_of(&tokenizer_folder(&folder))?;
    let config = read_config(&contents.config)
        .with_context(|| format!("cannot use {}", folder.join("config.json").display()))?;
    check_vocabulary(&config, &tokenizer, &folder)?;
    Ok(Opened { folder, contents, tokenizer })
}

/// Opens the generator of a run or a checkpoint, or what else a folder holds.
pub(crate) fn open_generator(model: &Path) -> Result<Opened> {
    if is_checkpoint(model) {
        return open_network(model, Network::Generator);
    }
    let inside = model.join(GENERATOR);
    open(if inside.is_dir() { &inside } else { model })
}

fn open_network(checkpoint: &Path, network: Network) -> Result<Opened> {
    let (contents, tokenizer) = State::read(checkpoint)?.folder(network)?;
    Ok(Opened { folder: checkpoint.to_owned(), contents, tokenizer })
}

/// The contents of a folder, with the tables of the discriminator where a generator has none.
fn whole(folder: &Path) -> Result<Folder> {
    let found = contents(folder)?;
    let beside = run_of_generator(folder).map(|run| run.join(DISCRIMINATOR));
    let Some(beside) = beside.filter(|beside| beside.is_dir()) else { return Ok(found) };
    let failed = || format!("cannot use {}", folder.display());
    if !lacks_tables(&found).with_context(failed)? {
        return Ok(found);
    }
    with_tables(found, &contents(&beside)?).with_context(failed)
}

impl Opened {
    /// The longest row that the model was trained on, where the folder tells.
    pub(crate) fn trained_length(&self) -> Option<usize> {
        let run = if is_checkpoint(&self.folder) {
            run_config(&self.folder)
        } else {
            self.folder.parent().and_then(run_config)
        };
        let known = run.map(|config| config.training.max_seq_length);
        known.or_else(|| {
            // `transformers` writes 10^30 where nobody said anything.
            about(&self.folder)["model_max_length"]
                .as_u64()
                .filter(|&length| length < 1 << 20)?
                .try_into()
                .ok()
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
