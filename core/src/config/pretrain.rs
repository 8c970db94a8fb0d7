//! One pre-training run: model, objective, optimiser, schedule and text, with their presets.

use super::model::ElectraConfig;
use crate::error::ConfigError;
use serde::{Deserialize, Serialize};

/// How one pre-training run behaves. Saved next to every checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PretrainConfig {
    /// The preset that this configuration began as.
    pub preset: String,
    /// Seeds masking, sampling, dropout, shuffling and initialisation, each with its own stream.
    pub seed: u64,
    /// Both networks.
    pub model: ElectraConfig,
    /// What is learned.
    pub objective: ObjectiveConfig,
    /// How it is learned.
    pub optimizer: OptimizerConfig,
    /// How much and how often.
    pub training: TrainingConfig,
    /// From which text.
    pub data: DataConfig,
}

/// Masking, corruption and the two losses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveConfig {
    /// Share of a row's tokens that the generator has to guess.
    pub mask_prob: f64,
    /// Share of those that it sees as `[MASK]`; the others it sees unchanged.
    pub mask_token_prob: f64,
    /// Draw positions with replacement, as the authors' code does; duplicates count twice.
    pub mask_with_replacement: bool,
    /// Weight of the generator's masked-language-modelling loss.
    pub generator_weight: f64,
    /// Weight of the discriminator's loss, the paper's lambda.
    pub discriminator_weight: f64,
    /// Softmax temperature of the generator's samples.
    pub temperature: f64,
    /// Where replacements come from as training goes on.
    pub corruption: CorruptionConfig,
}

/// A curriculum of replacements: some come from the unigram distribution of the text instead of
/// the generator.
///
/// The unigram share is `start` until `hold` of the steps are done, slides linearly to `end` at
/// `slide`, and stays there. All zero: the paper's objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorruptionConfig {
    /// Share of unigram replacements in the beginning.
    pub start: f64,
    /// Share of unigram replacements in the end.
    pub end: f64,
    /// Fraction of all steps after which the slide begins.
    pub hold: f64,
    /// Fraction of all steps after which the slide is over.
    pub slide: f64,
}

/// Adam as in the authors' code, with the switches in which `modern` differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptimizerConfig {
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Steps of linear warm-up; multiplied with the decay. With `minutes`, a tenth of the planned
    /// steps at most: see [`PretrainConfig::warmup_steps`].
    pub warmup_steps: usize,
    /// Exponent of the decay to zero; 1 is linear.
    pub decay_power: f64,
    /// Decay of the first moment.
    pub beta_1: f64,
    /// Decay of the second moment.
    pub beta_2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Correct the moments' bias towards zero; the authors' code does not.
    pub bias_correction: bool,
    /// Decoupled decay of everything but biases and LayerNorms.
    pub weight_decay: f64,
    /// Largest norm of all gradients together; 0 switches clipping off.
    pub max_grad_norm: f64,
}

/// Amounts and intervals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingConfig {
    /// Optimiser steps; the schedule ends there.
    pub steps: usize,
    /// Plan `steps` by the clock so that training ends after about this many minutes. How many
    /// steps that is depends on the machine, so such a run is not repeated bit for bit.
    pub minutes: Option<f64>,
    /// Rows of one micro-batch.
    pub batch_size: usize,
    /// Micro-batches added up before each optimiser step.
    pub accumulation: usize,
    /// Parts of each micro-batch that are computed at the same time, by cores of their own; none:
    /// as many as suit the device, found when the run begins. Two runs are equal bit for bit only
    /// if they have as many parts.
    pub data_parallel: Option<usize>,
    /// Longest row in tokens, special tokens included.
    pub max_seq_length: usize,
    /// Put rows of similar length together and cut the padding they share.
    pub group_by_length: bool,
    /// Steps between two evaluations on the held-out part; 0 evaluates only at the end.
    pub eval_every: usize,
    /// Rows of the held-out part used by each evaluation during training.
    pub eval_rows: usize,
    /// Steps between two checkpoints; 0 saves only at the end.
    pub save_every: usize,
    /// Newest checkpoints to keep, besides the best.
    pub keep_checkpoints: usize,
    /// Steps between two lines of metrics.
    pub log_every: usize,
    /// Where it is computed, in the words of the front-end; none: wherever suits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Folder of the run; none: the front-end's choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out: Option<String>,
}

impl TrainingConfig {
    /// Into how many parts a micro-batch is split.
    pub fn parts(&self) -> usize {
        self.data_parallel.unwrap_or(1).clamp(1, self.batch_size.max(1))
    }
}

/// Text and vocabulary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// Files, folders or globs; empty: the embedded corpus.
    pub text: Vec<String>,
    /// Field of a `.jsonl` line that holds the text.
    pub json_field: String,
    /// Every file is one document, blank lines or not.
    pub file_is_document: bool,
    /// Every line is a document of its own.
    pub line_is_document: bool,
    /// `vocab.txt` or `tokenizer.json`; none: trained on the text.
    pub vocab: Option<String>,
    /// Lower-case the text.
    pub lower_case: bool,
    /// Strip accents.
    pub strip_accents: bool,
    /// Drop what does not fit a row, as the authors' example builder does.
    pub drop_overflow: bool,
    /// Share of documents that is never trained on, chosen by a hash of the document.
    pub held_out: f64,
    /// Files for evaluation instead of a held-out share.
    pub held_out_text: Vec<String>,
}

impl PretrainConfig {
    /// The configuration of a preset, complete.
    ///
    /// # Errors
    ///
    /// [`ConfigError::UnknownPreset`] with the list of names.
    pub fn preset(name: &str) -> Result<Self, ConfigError> {
        Ok(match name {
            "nano" => modern(name, ElectraConfig::nano(), 1.5e-3, nano_training()),
            // Twice as much left this width on the unigram plateau: see `LOG.md`.
            "tiny" => modern(name, ElectraConfig::tiny(), 1e-3, tiny_training()),
            "small" => paper(name, ElectraConfig::small(), 5e-4, 0.15, (128, 128, 1_000_000)),
            "base" => paper(name, ElectraConfig::base(), 2e-4, 0.15, (256, 512, 766_000)),
            "large" => paper(name, ElectraConfig::large(), 2e-4, 0.25, (2048, 512, 400_000)),
            _ => return Err(ConfigError::UnknownPreset(name.to_owned())),
        })
    }

    /// Steps of warm-up by the present plan.
    ///
    /// Of steps that are planned by the clock they are a tenth at most: a warm-up made for a longer
    /// run would fill a short one. The field itself stays, so that a longer plan has all of it.
    pub fn warmup_steps(&self) -> usize {
        let warmup = self.optimizer.warmup_steps;
        match self.training.minutes {
            Some(_) => warmup.min(self.training.steps.div_ceil(10)),
            None => warmup,
        }
    }
}

/// The paper's hyper-parameters (table 6); `amounts` are batch size, row length and steps.
fn paper(
    preset: &str,
    model: ElectraConfig,
    learning_rate: f64,
    mask_prob: f64,
    (batch_size, max_seq_length, steps): (usize, usize, usize),
) -> PretrainConfig {
    PretrainConfig {
        preset: preset.to_owned(),
        seed: 42,
        model,
        objective: ObjectiveConfig {
            mask_prob,
            mask_token_prob: 0.85,
            mask_with_replacement: false,
            generator_weight: 1.0,
            discriminator_weight: 50.0,
            temperature: 1.0,
            corruption: CorruptionConfig { start: 0.0, end: 0.0, hold: 0.0, slide: 0.0 },
        },
        optimizer: OptimizerConfig {
            learning_rate,
            warmup_steps: 10_000,
            decay_power: 1.0,
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-6,
            bias_correction: false,
            weight_decay: 0.01,
            max_grad_norm: 1.0,
        },
        training: TrainingConfig {
            steps,
            minutes: None,
            batch_size,
            accumulation: 1,
            data_parallel: None,
            max_seq_length,
            group_by_length: false,
            eval_every: 5_000,
            eval_rows: 1_024,
            save_every: 1_000,
            keep_checkpoints: 3,
            log_every: 100,
            device: None,
            out: None,
        },
        data: DataConfig {
            text: Vec::new(),
            json_field: "text".to_owned(),
            file_is_document: false,
            line_is_document: false,
            vocab: None,
            lower_case: true,
            strip_accents: true,
            drop_overflow: false,
            held_out: 0.01,
            held_out_text: Vec::new(),
        },
    }
}

/// Ours, for small models and short runs.
fn modern(
    preset: &str,
    model: ElectraConfig,
    learning_rate: f64,
    training: TrainingConfig,
) -> PretrainConfig {
    let mut config = paper(preset, model, learning_rate, 0.15, (1, 1, 1));
    config.objective.corruption = CorruptionConfig { start: 1.0, end: 0.5, hold: 0.2, slide: 0.5 };
    config.optimizer.beta_2 = 0.98;
    config.optimizer.bias_correction = true;
    config.optimizer.warmup_steps = training.steps / 20;
    config.training = training;
    config
}

fn nano_training() -> TrainingConfig {
    TrainingConfig {
        steps: 3_000,
        minutes: None,
        batch_size: 64,
        accumulation: 1,
        data_parallel: None,
        max_seq_length: 32,
        group_by_length: true,
        eval_every: 500,
        eval_rows: 512,
        save_every: 500,
        keep_checkpoints: 2,
        log_every: 20,
        device: None,
        out: None,
    }
}

fn tiny_training() -> TrainingConfig {
    TrainingConfig {
        steps: 20_000,
        batch_size: 32,
        max_seq_length: 64,
        eval_every: 1_000,
        ..nano_training()
    }
}
