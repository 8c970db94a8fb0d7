//! Flags of `pretrain`.

use clap::Args;
use electra::config::{PRESETS, PretrainConfig};
use std::fmt::Display;
use std::path::PathBuf;

/// Flags of `pretrain`; each wins over the configuration file, which wins over the preset.
#[derive(Debug, Args, Default)]
pub(crate) struct PretrainArgs {
    /// Where the configuration begins: nano, tiny (ours), small, base, large (the paper's)
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,
    /// A TOML or JSON file with any part of the configuration; `config.toml` of a run is a complete one
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Any field of the configuration, such as `model.norm=post`; repeatable
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    pub(crate) set: Vec<String>,

    /// Begin with these networks, not with random ones: a run, or a folder with `discriminator/`
    /// and `generator/`; shape and vocabulary are theirs, and so are the settings, if no preset is
    /// given: the run's without its curriculum's beginning, or the paper's for that width
    #[arg(long, value_name = "FOLDER", conflicts_with_all = [
        "vocab", "vocab_size", "cased", "keep_accents", "generator_hidden", "generator_layers",
        "tie", "resume",
    ])]
    pub(crate) model: Option<PathBuf>,

    /// Files, folders or globs of .txt, .jsonl and .ndjson, also .gz and .zst; repeatable
    #[arg(long, value_name = "PATH", help_heading = "Text")]
    pub(crate) text: Vec<String>,
    /// Text for evaluation instead of a held-out share; repeatable
    #[arg(long, value_name = "PATH", help_heading = "Text", conflicts_with = "held_out")]
    pub(crate) held_out_text: Vec<String>,
    #[arg(long, value_name = "SHARE", help_heading = "Text", help = with_default(
        "Share of documents that is never trained on", |preset| preset.data.held_out,
    ))]
    pub(crate) held_out: Option<f64>,
    /// vocab.txt, tokenizer.json or a folder with one; default: trained on the text
    #[arg(long, value_name = "FILE", help_heading = "Text")]
    pub(crate) vocab: Option<String>,
    /// Entries of the vocabulary that is trained
    #[arg(long, value_name = "N", help_heading = "Text", conflicts_with = "vocab")]
    pub(crate) vocab_size: Option<usize>,
    /// Longest row in tokens
    #[arg(long, value_name = "TOKENS", help_heading = "Text")]
    pub(crate) seq: Option<usize>,
    /// Every line is a document of its own
    #[arg(long, help_heading = "Text")]
    pub(crate) line_is_document: bool,
    /// Every file is one document, blank lines or not
    #[arg(long, help_heading = "Text")]
    pub(crate) file_is_document: bool,
    /// Field of a .jsonl line that holds the text; default: text
    #[arg(long, value_name = "NAME", help_heading = "Text")]
    pub(crate) json_field: Option<String>,
    /// Keep upper case and accents; a tokenizer.json says itself what it keeps
    #[arg(long, help_heading = "Text")]
    pub(crate) cased: bool,
    /// Keep accents, but not upper case: for languages where they tell words apart
    #[arg(long, help_heading = "Text")]
    pub(crate) keep_accents: bool,

    /// Optimiser steps of the whole schedule; of fewer than the preset's, a tenth at most warm up,
    /// unless the warm-up is given too
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub(crate) steps: Option<usize>,
    /// Plan the steps by the clock so that training takes about this many minutes; a run planned
    /// so is not repeated bit for bit
    #[arg(long, value_name = "MINUTES", help_heading = "Training", conflicts_with = "steps")]
    pub(crate) minutes: Option<f64>,
    /// Rows of one micro-batch
    #[arg(long, value_name = "ROWS", help_heading = "Training")]
    pub(crate) batch: Option<usize>,
    /// Micro-batches added up before each optimiser step
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub(crate) accumulate: Option<usize>,
    /// Parts of each micro-batch that are computed at the same time; default: as suits the device
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub(crate) data_parallel: Option<usize>,
    /// Peak learning rate
    #[arg(long, value_name = "RATE", help_heading = "Training")]
    pub(crate) lr: Option<f64>,
    /// Steps of warm-up; default: the preset's, and a tenth of a shorter schedule at most
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub(crate) warmup: Option<usize>,
    #[arg(long, value_name = "N", help_heading = "Training", help = with_default(
        "Seeds everything random", |preset| preset.seed,
    ))]
    pub(crate) seed: Option<u64>,
    /// auto, cpu, gpu, vulkan, metal, dx12, or a number of `electra devices`; default: auto, but
    /// for a run that goes on the device that it was begun on
    #[arg(long, value_name = "DEVICE", help_heading = "Training")]
    pub(crate) device: Option<String>,

    /// Share of tokens that the generator has to guess
    #[arg(long, value_name = "SHARE", help_heading = "Objective")]
    pub(crate) mask_prob: Option<f64>,
    /// Width of the generator
    #[arg(long, value_name = "N", help_heading = "Objective")]
    pub(crate) generator_hidden: Option<usize>,
    /// Blocks of the generator
    #[arg(long, value_name = "N", help_heading = "Objective")]
    pub(crate) generator_layers: Option<usize>,
    /// Weight of the discriminator's loss
    #[arg(long, value_name = "WEIGHT", help_heading = "Objective")]
    pub(crate) lambda: Option<f64>,
    /// Softmax temperature of the generator's samples
    #[arg(long, value_name = "T", help_heading = "Objective")]
    pub(crate) temperature: Option<f64>,
    /// What the networks share: embeddings, all, none
    #[arg(long, value_name = "WHAT", help_heading = "Objective")]
    pub(crate) tie: Option<String>,
    /// Do as another program does where it differs: google (masks with replacement, drops overflow)
    #[arg(long, value_name = "PROGRAM", value_parser = ["google"], help_heading = "Objective")]
    pub(crate) compat: Option<String>,

    /// Steps between evaluations on the held-out part; default: a tenth of all steps, or the
    /// preset's number if that is less; 0: only at the end
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub(crate) eval_every: Option<usize>,
    /// Steps between checkpoints, also saved every ten minutes; 0: only at the end
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub(crate) save_every: Option<usize>,
    /// Folder of the run; default: runs/<preset>-<n>
    #[arg(long, value_name = "FOLDER", help_heading = "Output")]
    pub(crate) out: Option<PathBuf>,
    /// Go on with the run in this folder, exactly where its newest checkpoint stands; with --steps
    /// or --minutes (of the whole run) for longer than it was planned: the learning rate rises to the
    /// longer schedule's, the curriculum keeps its place
    #[arg(long, value_name = "RUN", help_heading = "Output", conflicts_with_all = ["config", "out"])]
    pub(crate) resume: Option<PathBuf>,
    /// End after this step, with the schedule of the full run; `--resume` goes on
    #[arg(long, value_name = "STEP", help_heading = "Output")]
    pub(crate) stop_after: Option<usize>,
    /// Print nothing but warnings, errors and the final result
    #[arg(long, help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Print every line of metrics as JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// `help` with a number that is the same in every preset.
fn with_default<T: Display>(help: &str, number: impl Fn(&PretrainConfig) -> T) -> String {
    let [preset, ..] = PRESETS;
    PretrainConfig::preset(preset)
        .map_or_else(|_| help.to_owned(), |preset| format!("{help}; default: {}", number(&preset)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_has_the_defaults_that_the_help_names() {
        let defaults = PRESETS.map(|name| {
            let preset = PretrainConfig::preset(name).expect(name);
            (preset.seed, preset.data.held_out)
        });
        assert!(defaults.iter().all(|those| *those == defaults[0]), "{defaults:?}");
    }
}
