//! One fine-tuning: head, optimiser, schedule and rows, with the paper's settings for each size.

use super::model::{ElectraConfig, NormPlacement};
use super::pretrain::OptimizerConfig;
use crate::error::ConfigError;
use crate::tasks::TaskSpec;
use serde::{Deserialize, Serialize};

/// Names that [`FineTuneConfig::preset`] accepts: the sizes of the paper, and our own recipe.
pub const FINE_TUNE_PRESETS: [&str; 4] = ["small", "base", "large", MODERN];

/// Models of our own recipe.
const MODERN: &str = "modern";

/// Rows of a batch that the paper's learning rates are made for.
pub const PAPER_BATCH: usize = 32;

/// How a fine-tuning behaves. Saved next to every result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FineTuneConfig {
    /// The size that this configuration began as.
    pub preset: String,
    /// Seeds the head, the order and dropout, each with its own stream.
    pub seed: u64,
    /// Which head stands on the encoder.
    pub head: HeadStyle,
    /// Dropout in the encoder, whatever it was pre-trained with.
    pub hidden_dropout_prob: f64,
    /// Dropout on attention probabilities.
    pub attention_probs_dropout_prob: f64,
    /// Dropout before the head.
    pub head_dropout_prob: f64,
    /// Peak learning rate of the head; lower layers learn more slowly.
    pub learning_rate: f64,
    /// What a layer's learning rate is, as a share of that of the layer above.
    pub layer_decay: f64,
    /// Where that decay begins.
    pub layer_decay_rule: LayerDecayRule,
    /// Share of all steps that warm up.
    pub warmup_share: f64,
    /// Decoupled decay of everything but biases and LayerNorms.
    pub weight_decay: f64,
    /// Decay of the first moment.
    pub beta_1: f64,
    /// Decay of the second moment.
    pub beta_2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Correct the moments' bias towards zero; the authors' code does not.
    pub bias_correction: bool,
    /// Largest norm of all gradients together; 0 switches clipping off.
    pub max_grad_norm: f64,
    /// What is minimised over a batch.
    pub loss: Reduction,
    /// Passes over the training texts.
    pub epochs: f64,
    /// Rows of one micro-batch.
    pub batch_size: usize,
    /// Micro-batches added up before each optimiser step.
    pub accumulation: usize,
    /// Parts of each micro-batch that are computed at the same time, as in pre-training; none: as
    /// many as suit the device.
    pub data_parallel: Option<usize>,
    /// Longest row in tokens, special tokens included.
    pub max_seq_length: usize,
    /// Put rows of similar length together and cut the padding they share.
    pub group_by_length: bool,
    /// Train on every pair in both orders.
    pub both_orders: bool,
    /// Evaluations on the development split in every epoch; 0 evaluates only at the end, or at the
    /// end of every epoch where `patience` asks for it.
    pub evals_per_epoch: usize,
    /// Stop after this many evaluations without a better one, and keep the best; 0: never.
    pub patience: usize,
    /// Long documents.
    pub window: WindowConfig,
}

/// How documents longer than a row are read, and answers are looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowConfig {
    /// Tokens from the beginning of one window to that of the next.
    pub doc_stride: usize,
    /// Tokens of a question that are read.
    pub max_query_length: usize,
    /// Longest answer in tokens.
    pub max_answer_length: usize,
    /// Answers kept of every question.
    pub n_best: usize,
    /// Starts, and ends for each of them, that the authors' span head looks at.
    pub beam: usize,
}

/// Whose head stands on the encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeadStyle {
    /// `transformers`': a hidden layer with GELU before the label; start and end by one layer.
    HuggingFace,
    /// The authors': one layer on `[CLS]`; ends conditioned on starts, with answerability.
    Google,
    /// `transformers`' on the mean of all tokens instead of on `[CLS]`: that one is never replaced,
    /// so that pre-training teaches its state nothing about the text, and short fine-tuning of a
    /// small model does not make up for it. What is said of tokens and spans is `transformers`'.
    Mean,
}

/// Where layer-wise decay begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerDecayRule {
    /// As in the authors' code, where a pooler that is no more still counts as a layer: the top
    /// layer gets the square of the decay. Published scores were made so.
    Paper,
    /// The top layer gets the decay itself.
    Corrected,
}

/// What is minimised over a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// The sum over texts (words, for tags), clipped: the authors' code.
    Sum,
    /// The mean over texts (words, for tags): `transformers`.
    Mean,
}

/// Learning rate and layer decay of the paper's table 7 for one size.
fn paper(preset: &str, learning_rate: f64, layer_decay: f64) -> FineTuneConfig {
    FineTuneConfig {
        preset: preset.to_owned(),
        seed: 42,
        head: HeadStyle::HuggingFace,
        hidden_dropout_prob: 0.1,
        attention_probs_dropout_prob: 0.1,
        head_dropout_prob: 0.1,
        learning_rate,
        layer_decay,
        layer_decay_rule: LayerDecayRule::Paper,
        warmup_share: 0.1,
        weight_decay: 0.0,
        beta_1: 0.9,
        beta_2: 0.999,
        epsilon: 1e-6,
        bias_correction: false,
        max_grad_norm: 1.0,
        loss: Reduction::Sum,
        epochs: 3.0,
        batch_size: PAPER_BATCH,
        accumulation: 1,
        data_parallel: None,
        max_seq_length: 128,
        group_by_length: true,
        both_orders: false,
        evals_per_epoch: 0,
        patience: 0,
        window: WindowConfig {
            doc_stride: 128,
            max_query_length: 64,
            max_answer_length: 30,
            n_best: 20,
            beam: 20,
        },
    }
}

/// Ours, for models whose blocks normalise first: their states are larger than the paper's, so
/// that its learning rate hardly moves them. Measured in `LOG.md`.
fn modern() -> FineTuneConfig {
    FineTuneConfig {
        head: HeadStyle::Mean,
        hidden_dropout_prob: 0.0,
        attention_probs_dropout_prob: 0.0,
        bias_correction: true,
        ..paper(MODERN, 1e-3, 1.0)
    }
}

impl FineTuneConfig {
    /// The settings of a size or recipe, for tasks in general.
    ///
    /// # Errors
    ///
    /// [`ConfigError::UnknownFineTunePreset`] with the list of names.
    pub fn preset(name: &str) -> Result<Self, ConfigError> {
        Ok(match name {
            "small" => paper(name, 3e-4, 0.8),
            "base" => paper(name, 1e-4, 0.8),
            "large" => paper(name, 5e-5, 0.9),
            MODERN => modern(),
            _ => return Err(ConfigError::UnknownFineTunePreset(name.to_owned())),
        })
    }

    /// The name of the settings that suit a model: ours for our recipe, or the paper's of the
    /// nearest size.
    pub fn nearest_preset(model: &ElectraConfig) -> &'static str {
        match model.discriminator.hidden_size {
            _ if model.norm == NormPlacement::Pre => MODERN,
            0..512 => "small",
            512..896 => "base",
            _ => "large",
        }
    }

    /// The settings for a model and a task; rows are no longer than the model's positions.
    pub fn for_task(model: &ElectraConfig, spec: &TaskSpec) -> Self {
        let Ok(mut config) = Self::preset(Self::nearest_preset(model)) else {
            unreachable!("every model has settings")
        };
        let settings = &spec.settings;
        config.epochs = settings.epochs;
        config.both_orders = settings.both_orders;
        config.max_seq_length = settings.max_seq_length.min(model.max_position_embeddings);
        config
    }

    /// Optimiser steps for so many rows: whole batches, the last one of an epoch padded up.
    pub fn steps(&self, rows: usize) -> usize {
        let batches = rows.div_ceil(self.batch_size * self.accumulation);
        ((batches as f64 * self.epochs) as usize).max(1)
    }

    /// Into how many parts a micro-batch is split.
    pub fn parts(&self) -> usize {
        self.data_parallel.unwrap_or(1).clamp(1, self.batch_size.max(1))
    }

    /// The optimiser of a fine-tuning of so many steps.
    pub fn optimizer(&self, steps: usize) -> OptimizerConfig {
        OptimizerConfig {
            learning_rate: self.learning_rate,
            warmup_steps: (steps as f64 * self.warmup_share) as usize,
            decay_power: 1.0,
            beta_1: self.beta_1,
            beta_2: self.beta_2,
            epsilon: self.epsilon,
            bias_correction: self.bias_correction,
            weight_decay: self.weight_decay,
            max_grad_norm: self.max_grad_norm,
        }
    }

    /// The encoder's configuration with this fine-tuning's dropout.
    pub fn model(&self, model: &ElectraConfig) -> ElectraConfig {
        let mut model = model.clone();
        model.hidden_dropout_prob = self.hidden_dropout_prob;
        model.attention_probs_dropout_prob = self.attention_probs_dropout_prob;
        model
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PretrainConfig;

    fn rte() -> TaskSpec {
        TaskSpec::builtin("rte").expect("a task")
    }

    #[test]
    fn every_preset_is_valid_and_the_paper_s() {
        for (name, rate) in [("small", 3e-4), ("base", 1e-4), ("large", 5e-5)] {
            let config = FineTuneConfig::preset(name).expect(name);
            let model = ElectraConfig::large();
            assert_eq!(config.validate(&model, &rte().kind), Ok(()), "{name}");
            assert_eq!(config.learning_rate, rate);
        }
        let config = FineTuneConfig::for_task(&ElectraConfig::small(), &rte());
        assert_eq!((config.epochs, config.layer_decay), (10.0, 0.8));
    }

    #[test]
    fn our_recipe_has_settings_of_its_own_whatever_the_size() {
        for name in ["nano", "tiny", "small"] {
            let mut model = PretrainConfig::preset(name).expect(name).model;
            model.norm = NormPlacement::Pre;
            let config = FineTuneConfig::for_task(&model, &rte());
            assert_eq!((config.preset.as_str(), config.head), ("modern", HeadStyle::Mean));
            assert_eq!(config.validate(&model, &rte().kind), Ok(()));
        }
    }

    #[test]
    fn steps_count_whole_batches() {
        let mut config = FineTuneConfig::preset("small").expect("a preset");
        config.epochs = 2.5;
        assert_eq!(config.steps(64), 5);
        assert_eq!(config.steps(65), 7);
        assert_eq!(config.steps(1), 2);
    }
}
