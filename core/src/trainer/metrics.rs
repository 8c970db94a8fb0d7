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
    /// Logits and labels of the last batch, with the slots that are real.
    pub(super) judged: Option<(Tensor<2>, Tensor<2, Bool>, Vec<bool>)>,
    pub(super) learning_rate: f64,
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
        if let Some((logits, replaced, slots)) = recent.judged {
            let [batch, seq] = logits.dims();
            wanted.push(logits.reshape([batch * seq]));
            wanted.push(replaced.float().inner().reshape([batch * seq]));
            real = slots;
        }
        let values = parameters::read(wanted).await?;
        fill_losses(&mut metrics, &values[0], steps, &self.config);
        if let [_, logits, replaced] = values.as_slice() {
            fill_detection(&mut metrics, logits, replaced, &real);
        }
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
