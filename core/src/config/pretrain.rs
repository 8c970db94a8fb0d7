//! One pre-training run: model, objective, optimiser, schedule and text.

use super::model::ElectraConfig;
use super::presets::longest_pause;
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
/// `slide`, and stays there. A run that is made longer on its way keeps the share that it has until
/// the longer plan has come as far. All zero: the paper's objective.
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
    /// Steps between two evaluations on the held-out part; 0 evaluates only at the end; none: see
    /// [`PretrainConfig::eval_every`].
    pub eval_every: Option<usize>,
    /// Rows of the held-out part used by each evaluation during training.
    pub eval_rows: usize,
    /// Steps between two checkpoints; 0 saves only at the end.
    pub save_every: usize,
    /// Newest checkpoints to keep, besides the best.
    pub keep_checkpoints: usize,
    /// Steps between two lines of metrics.
    pub log_every: usize,
    /// Share of an earlier plan that was done when the run was planned anew, where that is more
    /// than of the present plan: the curriculum does not go back behind it. The run sets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<f64>,
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

    /// Steps between two evaluations by the present plan; 0: only at the end.
    ///
    /// Unless a number was asked for they are a tenth of all steps, or the longest pause that suits
    /// the preset: a short run would end before its first evaluation.
    pub fn eval_every(&self) -> usize {
        let usual = || longest_pause(&self.preset).min(self.training.steps.div_ceil(10));
        self.training.eval_every.unwrap_or_else(usual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_evaluates_ten_times_at_least_unless_another_pause_is_asked_for() {
        let every = |steps, asked| {
            let mut config = PretrainConfig::preset("small").expect("a preset");
            (config.training.steps, config.training.eval_every) = (steps, asked);
            config.eval_every()
        };
        assert_eq!((every(600, None), every(3, None), every(80_000, None)), (60, 1, 5_000));
        for asked in [0, 7, 5_000, 9_999] {
            assert_eq!(every(600, Some(asked)), asked);
        }
    }
}
