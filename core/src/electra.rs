//! The objective: masked rows in, two losses out. The paper's figure 2 as code.

use crate::batch::Batch;
use crate::config::{ElectraConfig, ObjectiveConfig};
use crate::corrupt::{Corrupted, Slots, corrupt};
use crate::discriminator::Discriminator;
use crate::encoder::{Dropping, Embeddings, Encoder};
use crate::generator::Generator;
use crate::layers::Weights;
use crate::mask::Masked;
use crate::ops::{self, RealTokens};
use crate::random::NoiseKey;
use burn::module::Module;
use burn::tensor::{Bool, Device, Int, Tensor, TensorData};

/// Added to every denominator, as in the authors' code: a batch without masked tokens has loss 0.
pub const DENOMINATOR_SLACK: f64 = 1e-6;

/// Generator and discriminator over shared embeddings.
///
/// The tables appear once in the module tree: sharing is passing a reference.
#[derive(Module, Debug)]
pub struct Electra {
    /// The discriminator's tables, and the generator's unless nothing is tied.
    pub embeddings: Embeddings,
    /// Proposes replacements.
    pub generator: Generator,
    /// Detects them.
    pub discriminator: Discriminator,
}

/// One batch on the device.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// Original tokens: `[batch, seq]`
    pub original: Tensor<2, Int>,
    /// With the selected positions hidden: `[batch, seq]`
    pub masked: Tensor<2, Int>,
    /// `[batch, seq]`
    pub segments: Tensor<2, Int>,
    /// Which tokens are real.
    pub real: RealTokens,
    /// 1 for a real token, 0 for padding: `[batch, seq]`
    pub real_weights: Tensor<2>,
    /// Selected positions.
    pub slots: Slots,
    /// Original tokens of the slots: `[slots]`
    pub targets: Tensor<1, Int>,
    /// Weights of the slots: `[slots]`
    pub weights: Tensor<1>,
}

/// Replacements that do not come from the generator.
#[derive(Debug, Clone)]
pub struct PlainSwaps {
    /// One token a slot: `[slots]`
    pub tokens: Tensor<1, Int>,
    /// Whether the slot takes it: `[slots]`
    pub taken: Tensor<1, Bool>,
}

/// What both losses are divided by; for accumulated gradients, of all micro-batches together.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Denominators {
    /// Selected positions.
    pub masked: f64,
    /// Real tokens.
    pub real: f64,
}

/// What one forward pass of the objective gives.
#[derive(Debug)]
pub struct Losses {
    /// The generator's mean cross-entropy: `[1]`
    pub generator: Tensor<1>,
    /// The discriminator's mean binary cross-entropy: `[1]`
    pub discriminator: Tensor<1>,
    /// The discriminator's logits: `[batch, seq]`
    pub logits: Tensor<2>,
    /// What it read, and the truth.
    pub corrupted: Corrupted,
}

impl Inputs {
    /// Uploads a batch and its masks.
    pub fn new(batch: &Batch, masked: &Masked, device: &Device) -> Self {
        let slots = masked.positions.len();
        let real: Vec<f32> = batch.real().iter().map(|&real| f32::from(u8::from(real))).collect();
        Self {
            original: batch.upload(batch.ids.clone(), device),
            masked: batch.upload(masked.ids.clone(), device),
            segments: batch.upload(batch.segments.clone(), device),
            real: batch.real_tokens(device),
            real_weights: Tensor::from_data(TensorData::new(real, [batch.rows, batch.seq]), device),
            slots: Slots::new(batch, masked, device),
            targets: Tensor::from_data(TensorData::new(masked.targets.clone(), [slots]), device),
            weights: Tensor::from_data(TensorData::new(masked.weights.clone(), [slots]), device),
        }
    }
}

impl Denominators {
    /// Adds one micro-batch.
    pub fn add(&mut self, batch: &Batch, masked: &Masked) {
        self.masked += masked.weights.iter().map(|&weight| f64::from(weight)).sum::<f64>();
        self.real += batch.tokens() as f64;
    }
}

impl Electra {
    /// A model with fresh weights from the `init` stream of `seed`.
    ///
    /// Parameters want gradients if `device` has autodiff.
    pub fn new(config: &ElectraConfig, seed: u64, device: &Device) -> Self {
        Self::with_weights(config, &mut Weights::new(seed, config.initializer, device))
    }

    /// A model with weights from `weights`.
    pub fn with_weights(config: &ElectraConfig, weights: &mut Weights) -> Self {
        Self {
            embeddings: Embeddings::new(config, weights),
            generator: Generator::new(config, weights),
            discriminator: Discriminator::new(config, weights),
        }
    }

    /// The generator's encoder and tables: its own or the shared ones.
    pub(crate) fn generator_parts(&self) -> (&Embeddings, &Encoder) {
        (
            self.generator.embeddings.as_ref().unwrap_or(&self.embeddings),
            self.generator.encoder.as_ref().unwrap_or(&self.discriminator.encoder),
        )
    }

    /// Hidden states of the generator: `[batch, seq]` ids → `[batch, seq, hidden]`.
    pub fn generator_hidden(
        &self,
        ids: Tensor<2, Int>,
        segments: Tensor<2, Int>,
        real: &RealTokens,
        dropping: &mut Dropping,
    ) -> Tensor<3> {
        let (embeddings, encoder) = self.generator_parts();
        encoder.forward(embeddings.forward(ids, segments, dropping), real, dropping)
    }

    /// The generator's scores of every word at flattened positions.
    ///
    /// # Shapes
    ///
    /// - `hidden`: `[batch, seq, hidden]`; `positions`: `[slots]`
    /// - returns: `[slots, vocab]`
    pub fn generator_scores(&self, hidden: Tensor<3>, positions: Tensor<1, Int>) -> Tensor<2> {
        let [batch, seq, width] = hidden.dims();
        let gathered = hidden.reshape([batch * seq, width]).select(0, positions);
        self.generator.scores(gathered, self.generator_parts().0.word.val())
    }

    /// Hidden states of the discriminator: `[batch, seq]` ids → `[batch, seq, hidden]`.
    pub fn discriminator_hidden(
        &self,
        ids: Tensor<2, Int>,
        segments: Tensor<2, Int>,
        real: &RealTokens,
        dropping: &mut Dropping,
    ) -> Tensor<3> {
        let embedded = self.embeddings.forward(ids, segments, dropping);
        self.discriminator.encoder.forward(embedded, real, dropping)
    }

    /// Both losses of one batch.
    ///
    /// The generator guesses the masked tokens; its samples, or plain swaps, take their place; the
    /// discriminator judges every token. Sampling is not differentiable, so the generator learns
    /// from its own loss alone; through shared embeddings both losses reach the tables.
    pub fn losses(
        &self,
        inputs: &Inputs,
        objective: &ObjectiveConfig,
        denominators: Denominators,
        sampling: NoiseKey,
        plain: Option<PlainSwaps>,
        mut dropping: Dropping,
    ) -> Losses {
        let hidden = self.generator_hidden(
            inputs.masked.clone(),
            inputs.segments.clone(),
            &inputs.real,
            &mut dropping,
        );
        let scores = self.generator_scores(hidden, inputs.slots.positions.clone());
        let mut sampled = ops::gumbel_argmax(scores.clone(), objective.temperature, sampling);
        if let Some(plain) = plain {
            sampled = sampled.mask_where(plain.taken, plain.tokens);
        }
        let generator = ops::cross_entropy(scores, inputs.targets.clone(), inputs.weights.clone());

        let corrupted = corrupt(inputs.original.clone(), &inputs.slots, sampled);
        let logits = self.judge(&corrupted, inputs, &mut dropping);
        let discriminator =
            replaced_loss(logits.clone(), corrupted.replaced.clone(), inputs.real_weights.clone());
        Losses {
            generator: generator / (denominators.masked + DENOMINATOR_SLACK),
            discriminator: discriminator / (denominators.real + DENOMINATOR_SLACK),
            logits,
            corrupted,
        }
    }

    /// The discriminator's logits on corrupted rows: `[batch, seq]`.
    pub fn judge(
        &self,
        corrupted: &Corrupted,
        inputs: &Inputs,
        dropping: &mut Dropping,
    ) -> Tensor<2> {
        let hidden = self.discriminator_hidden(
            corrupted.ids.clone(),
            inputs.segments.clone(),
            &inputs.real,
            dropping,
        );
        self.discriminator.logits(hidden)
    }
}

impl Losses {
    /// The weighted sum that is minimised: `[1]`.
    pub fn total(&self, objective: &ObjectiveConfig) -> Tensor<1> {
        self.generator.clone() * objective.generator_weight
            + self.discriminator.clone() * objective.discriminator_weight
    }
}

/// Sum of binary cross-entropies over real tokens, stable for large logits: `[1]`.
///
/// # Shapes
///
/// - `logits`, `replaced`, `weights`: `[batch, seq]`
fn replaced_loss(logits: Tensor<2>, replaced: Tensor<2, Bool>, weights: Tensor<2>) -> Tensor<1> {
    let positive = logits.clone().clamp_min(0.0);
    let soft = logits.clone().abs().neg().exp().log1p();
    let losses = positive - logits * replaced.float() + soft;
    (losses * weights).sum()
}

#[cfg(all(test, feature = "cpu"))]
#[allow(clippy::disallowed_methods, reason = "tests wait for devices")]
mod tests {
    use super::*;

    /// Loss of one row whose second token is replaced and whose last slot is padding.
    fn loss(logits: [f32; 4]) -> f32 {
        let device = Device::flex();
        let logits = Tensor::<2>::from_floats([logits], &device);
        let replaced =
            Tensor::<2, Bool>::from_bool(TensorData::from([[false, true, false, false]]), &device);
        let weights = Tensor::<2>::from_floats([[1.0, 1.0, 1.0, 0.0]], &device);
        replaced_loss(logits, replaced, weights).into_scalar::<f32>()
    }

    #[test]
    fn the_logit_of_an_untouched_token_counts_and_that_of_padding_does_not() {
        let reference = loss([-1.0, 1.0, -1.0, 0.0]);
        assert!(loss([-1.0, 1.0, -0.5, 0.0]) > reference + 0.1);
        assert!(loss([-1.5, 1.0, -1.0, 0.0]) < reference - 0.1);
        assert_eq!(loss([-1.0, 1.0, -1.0, 30.0]), reference);
    }

    #[test]
    fn a_wrong_logit_of_twenty_costs_twenty() {
        let right = -60.0;
        assert!((loss([20.0, 60.0, right, 0.0]) - 20.0).abs() < 1e-5);
        assert!((loss([right, -20.0, right, 0.0]) - 20.0).abs() < 1e-5);
        // A second sigmoid, or an exponential of the logit itself, could not give these.
        assert_eq!(loss([1e4, 1e4, -1e4, 0.0]), 1e4);
    }
}
