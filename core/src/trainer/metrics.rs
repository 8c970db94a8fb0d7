//! What steps leave on the device until somebody asks.

use super::Trainer;
use crate::config::PretrainConfig;
use crate::error::CheckpointError;
use crate::metrics::{Detection, StepMetrics};
use crate::parameters;
use burn::tensor::{Bool, Tensor};

/// What happened since metrics were last read, still on the device.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// Generator's loss, discriminator's loss and gradient norm of each step: `[3]`.
    pub(super) losses: Vec<Tensor<1>>,
    /// The last batch, in its parts.
    pub(super) judged: Vec<Judged>,
    pub(super) learning_rate: f64,
}

/// What the discriminator said of a part of a batch, and what is true.
#[derive(Debug)]
pub(super) struct Judged {
    /// `[rows, seq]`
    pub(super) logits: Tensor<2>,
    /// `[rows, seq]`
    pub(super) replaced: Tensor<2, Bool>,
    /// Whether each slot holds a real token: `[rows * seq]`
    pub(super) real: Vec<bool>,
}

impl Trainer {
    /// Brings what happened since the last call to the host, in one transfer: means of the losses,
    /// and how well the last batch was judged.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub async fn metrics(&mut self) -> Result<StepMetrics, CheckpointError> {
        let recent = std::mem::take(&mut self.recent);
        let mut metrics = StepMetrics {
            step: self.step,
            learning_rate: recent.learning_rate,
            tokens: self.tokens,
            ..StepMetrics::default()
        };
        if recent.losses.is_empty() {
            return Ok(metrics);
        }
        let steps = recent.losses.len();
        let mut wanted = vec![Tensor::cat(recent.losses, 0)];
        let mut real = Vec::new();
        let (mut logits, mut replaced) = (Vec::new(), Vec::new());
        for part in recent.judged {
            let slots = [part.real.len()];
            logits.push(part.logits.reshape(slots));
            replaced.push(part.replaced.float().inner().reshape(slots));
            real.extend(part.real);
        }
        wanted.extend([Tensor::cat(logits, 0), Tensor::cat(replaced, 0)]);
        let values = parameters::read(wanted).await?;
        fill_losses(&mut metrics, &values[0], steps, &self.config);
        fill_detection(&mut metrics, &values[1], &values[2], &real);
        Ok(metrics)
    }
}

fn fill_losses(metrics: &mut StepMetrics, values: &[f32], steps: usize, config: &PretrainConfig) {
    let mean = |offset: usize| {
        let sum: f64 = values.iter().skip(offset).step_by(3).map(|&value| f64::from(value)).sum();
        sum / steps as f64
    };
    let objective = &config.objective;
    metrics.generator_loss = mean(0);
    metrics.discriminator_loss = mean(1);
    metrics.total_loss = objective.generator_weight * metrics.generator_loss
        + objective.discriminator_weight * metrics.discriminator_loss;
    metrics.grad_norm = values.last().copied().map_or(0.0, f64::from);
}

fn fill_detection(metrics: &mut StepMetrics, logits: &[f32], replaced: &[f32], real: &[bool]) {
    let judged = || (0..real.len()).filter(|&slot| real[slot]);
    let logits: Vec<f32> = judged().map(|slot| logits[slot]).collect();
    let replaced: Vec<bool> = judged().map(|slot| replaced[slot] > 0.5).collect();
    let detection = Detection::new(&logits, &replaced);
    metrics.replaced_rate = detection.replaced_rate;
    metrics.disc_recall = detection.recall;
    metrics.disc_auc = detection.auc;
}
