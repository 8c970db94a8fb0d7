//! Networks out of checkpoints: the one that `--model` names, or the newest of a run that has not
//! ended.

use super::contents::check_vocabulary;
use super::{Loaded, is_unfinished, run_of};
use crate::print;
use crate::run::{Checkpoints, Saved};
use crate::text::read_vocab;
use anyhow::{Context, Result, bail};
use burn::module::Module;
use electra::checkpoint::load;
use electra::config::ElectraConfig;
use electra::hugging_face::{Network, to_hugging_face, write_config};
use electra::models::Folder;
use electra::tokenizer::Tokenizer;
use electra::weights::{self, Precision};
use std::path::Path;

/// The tokenizer of a run.
const TOKENIZER: &str = "tokenizer.json";

/// A checkpoint with its run's tokenizer.
pub(super) struct State {
    saved: Saved,
    tokenizer: Tokenizer,
}

/// Whether `--model` names a checkpoint; one that is not there is missed as what it should be.
pub(super) fn is_checkpoint(model: &Path) -> bool {
    let is_named_so = model.extension().is_some_and(|ending| ending == "ckpt");
    model.is_file() || (is_named_so && !model.exists())
}

impl State {
    /// The state to take networks from; none for a folder that holds them.
    pub(super) fn of(model: &Path) -> Result<Option<Self>> {
        if is_checkpoint(model) {
            Self::read(model).map(Some)
        } else if is_unfinished(model) {
            Self::newest(model).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The checkpoint `path`, with the tokenizer of the run that it lies in.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let saved = Saved::read(path)?;
        let tokenizer = run_of(path).join(TOKENIZER);
        if !tokenizer.is_file() {
            bail!(
                "a checkpoint needs the tokenizer of its run, and there is none at {}, two folders \
                 up; leave the checkpoint where its run saved it: {}",
                tokenizer.display(),
                path.display()
            );
        }
        let tokenizer = read_vocab(&tokenizer, true, true)?;
        check_vocabulary(&saved.header.config.model, &tokenizer, path)?;
        print::note(format_args!("reading the checkpoint of step {}", saved.header.step));
        Ok(Self { saved, tokenizer })
    }

    /// The newest state of a run that has not ended.
    fn newest(run: &Path) -> Result<Self> {
        let checkpoints = Checkpoints::new(run.join("checkpoints"), usize::MAX);
        if checkpoints.latest().is_none() {
            bail!(
                "this run has not saved anything yet; wait for its first checkpoint: {}",
                run.display()
            );
        }
        let saved = checkpoints.newest_readable()?;
        for damage in &saved.damaged {
            print::warn(damage);
        }
        print::note(format_args!(
            "this run has not ended; reading its checkpoint of step {}",
            saved.header.step
        ));
        Ok(Self { saved, tokenizer: read_vocab(&run.join(TOKENIZER), true, true)? })
    }

    /// The networks that `blank` makes, with their weights.
    pub(super) fn load<M: Module>(self, blank: impl Fn(&ElectraConfig) -> M) -> Result<Loaded<M>> {
        let Self { saved: Saved { path, bytes, header, .. }, tokenizer } = self;
        let failed = || format!("cannot load {}", path.display());
        let config = header.config;
        let mut tensors = weights::read(&bytes).with_context(failed)?;
        let model = load(blank(&config.model), &mut tensors).with_context(failed)?;
        let trained_length = config.training.max_seq_length;
        Ok(Loaded { config: config.model, model, tokenizer, trained_length })
    }

    /// One network as a finished run's folder holds it, and the tokenizer.
    pub(super) fn folder(self, network: Network) -> Result<(Folder, Tokenizer)> {
        let Self { saved: Saved { path, bytes, header, .. }, tokenizer } = self;
        let failed = || format!("cannot load {}", path.display());
        let tensors = to_hugging_face(&weights::read(&bytes).with_context(failed)?, network);
        let format = [("format", "pt".to_owned())];
        let weights = weights::write(&tensors, &format, Precision::F32).with_context(failed)?;
        let config = write_config(&header.config.model, network, tokenizer.special().pad);
        Ok((Folder { config, weights }, tokenizer))
    }
}
