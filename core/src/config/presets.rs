//! The presets: every number of a run, for the paper's sizes and for ours.

use super::model::ElectraConfig;
use super::pretrain::{
    CorruptionConfig, DataConfig, ObjectiveConfig, OptimizerConfig, PretrainConfig, TrainingConfig,
};
use crate::error::ConfigError;

impl PretrainConfig {
    /// The configuration of a preset, complete.
    ///
    /// # Errors
    ///
    /// [`ConfigError::UnknownPreset`] with the list of names.
    pub fn preset(name: &str) -> Result<Self, ConfigError> {
        Ok(match name {
            "nano" => modern(name, ElectraConfig::nano(), 1.5e-3, nano_training()),
            "tiny" => tiny(),
            "small" => paper(name, ElectraConfig::small(), 5e-4, 0.15, (128, 128, 1_000_000)),
            "base" => paper(name, ElectraConfig::base(), 2e-4, 0.15, (256, 512, 766_000)),
            "large" => paper(name, ElectraConfig::large(), 2e-4, 0.25, (2048, 512, 400_000)),
            _ => return Err(ConfigError::UnknownPreset(name.to_owned())),
        })
    }
}

/// Steps after which a run of this preset evaluates at the latest.
pub(super) fn longest_pause(preset: &str) -> usize {
    match preset {
        "nano" => 500,
        "tiny" => 1_000,
        _ => 5_000,
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
            eval_every: None,
            eval_rows: 1_024,
            save_every: 1_000,
            keep_checkpoints: 3,
            log_every: 100,
            reached: None,
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
        eval_every: None,
        eval_rows: 512,
        save_every: 500,
        keep_checkpoints: 2,
        log_every: 20,
        reached: None,
        device: None,
        out: None,
    }
}

/// At twice the learning rate the discriminator of this width learns late; with a smaller share of
/// plain swaps than `nano` has, and earlier, it was the best one measured: see `LOG.md`.
fn tiny() -> PretrainConfig {
    let training =
        TrainingConfig { steps: 20_000, batch_size: 32, max_seq_length: 64, ..nano_training() };
    let mut config = modern("tiny", ElectraConfig::tiny(), 5e-4, training);
    config.objective.corruption = CorruptionConfig { start: 1.0, end: 0.25, hold: 0.1, slide: 0.4 };
    config
}
