//! A model that is open, with or without a generator.

use crate::batch::Batch;
use crate::config::{ElectraConfig, ObjectiveConfig};
use crate::detector::Detector;
use crate::discriminator::Discriminator;
use crate::electra::Electra;
use crate::encoder::Embeddings;
use crate::error::CheckpointError;
use crate::examples::Example;
use crate::parameters;
use crate::protocol::{Failure, FailureKind, ModelCard, NetworkName};
use crate::tokenizer::Tokenizer;
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor};

/// Which widths rows have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shapes {
    /// The tokens, rounded up to a multiple of 8: least to compute.
    Tight,
    /// 16, 32, 64, …: few kernels to compile.
    Few,
}

impl Shapes {
    /// Width of a row of `tokens`, at most `limit`.
    fn width(self, tokens: usize, limit: usize) -> usize {
        let width = match self {
            Self::Tight => tokens.next_multiple_of(8),
            Self::Few => tokens.next_power_of_two().max(16),
        };
        width.min(limit).max(tokens)
    }

    /// Slots for `selected` positions.
    pub(super) fn slots(self, selected: usize) -> usize {
        match self {
            Self::Tight => selected,
            Self::Few => selected.next_power_of_two(),
        }
    }
}

/// The networks that the files held.
pub(super) enum Networks {
    /// A pair.
    Both(Box<Electra>),
    /// A discriminator alone.
    Alone(Box<Detector>),
}

/// A model ready to be asked.
pub struct OpenModel {
    pub(super) networks: Networks,
    pub(super) card: ModelCard,
    pub(super) tokenizer: Tokenizer,
    /// The training rule.
    pub(super) objective: ObjectiveConfig,
    pub(super) shapes: Shapes,
    pub(super) device: Device,
}

impl OpenModel {
    /// What is known about it.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    pub(super) fn config(&self) -> &ElectraConfig {
        &self.card.config
    }

    /// The generator with what it shares, if there is one.
    pub(super) fn proposing(&self) -> Option<&Electra> {
        match &self.networks {
            Networks::Both(electra) => Some(electra),
            Networks::Alone(_) => None,
        }
    }

    fn judging(&self) -> (&Embeddings, &Discriminator) {
        match &self.networks {
            Networks::Both(electra) => (&electra.embeddings, &electra.discriminator),
            Networks::Alone(detector) => (&detector.embeddings, &detector.discriminator),
        }
    }

    /// One row, padded to a width that the device likes.
    pub(super) fn batch(&self, ids: Vec<u32>) -> Batch {
        let seq = self.shapes.width(ids.len(), self.config().max_position_embeddings);
        let example = Example { first_segment: ids.len(), ids };
        Batch::new(&[example], seq, self.tokenizer.special().pad)
    }

    /// The discriminator's probability of "replaced" for each token of a row.
    ///
    /// # Errors
    ///
    /// When the device fails or gives something that is no number.
    pub async fn suspicions(&self, ids: Vec<u32>) -> Result<Vec<f32>, Failure> {
        let tokens = ids.len();
        let batch = self.batch(ids);
        let (embeddings, discriminator) = self.judging();
        let segments = batch.upload(batch.segments.clone(), &self.device);
        let embedded =
            embeddings.forward(batch.upload(batch.ids.clone(), &self.device), segments, &mut None);
        let real = batch.real_tokens(&self.device);
        let hidden = discriminator.encoder.forward(embedded, &real, &mut None);
        let flat = sigmoid(discriminator.logits(hidden)).reshape([batch.seq]);
        let mut values = read(vec![flat]).await?;
        let mut row = values.pop().unwrap_or_default();
        row.truncate(tokens);
        Ok(row)
    }

    /// Where one head looks, from each token to each: `[seq * seq]`, and the width of its rows.
    pub(super) async fn looks(
        &self,
        network: NetworkName,
        ids: Vec<u32>,
        layer: usize,
        head: usize,
    ) -> Result<(Vec<f32>, usize), Failure> {
        let batch = self.batch(ids);
        let (judging, discriminator) = self.judging();
        let mut parts = (judging, &discriminator.encoder);
        if let (NetworkName::Generator, Some(electra)) = (network, self.proposing()) {
            parts = electra.generator_parts();
        }
        let (embeddings, encoder) = parts;
        let segments = batch.upload(batch.segments.clone(), &self.device);
        let embedded =
            embeddings.forward(batch.upload(batch.ids.clone(), &self.device), segments, &mut None);
        let real = batch.real_tokens(&self.device);
        let looks = encoder.looks(embedded, &real, layer, head);
        let size = batch.seq * batch.seq;
        let mut values = read(vec![looks.reshape([size])]).await?;
        Ok((values.pop().unwrap_or_default(), batch.seq))
    }
}

/// Reads tensors back; a device that gives no numbers has failed.
pub(super) async fn read(tensors: Vec<Tensor<1>>) -> Result<Vec<Vec<f32>>, Failure> {
    let values = parameters::read(tensors).await.map_err(device_failure)?;
    if values.iter().flatten().all(|value| value.is_finite()) {
        return Ok(values);
    }
    Err(no_number())
}

/// The failure of a device, or of weights, that give no numbers.
pub(super) fn no_number() -> Failure {
    Failure::new(
        FailureKind::DeviceError,
        "the networks gave something that is no number; the weights or the device are at fault: \
         try the CPU, or another model",
    )
}

/// What a device says when memory runs out differs; the word does not.
fn device_failure(error: CheckpointError) -> Failure {
    let mut failure = Failure::from(error);
    if failure.message.to_lowercase().contains("memory") {
        failure.kind = FailureKind::OutOfMemory;
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_shapes_are_powers_of_two_and_all_fit() {
        for tokens in 1..=512 {
            for shapes in [Shapes::Tight, Shapes::Few] {
                let width = shapes.width(tokens, 512);
                assert!((tokens..=512).contains(&width), "{tokens} tokens in {width}");
            }
            let few = Shapes::Few.width(tokens, 512);
            assert!(few.is_power_of_two() && few >= 16);
        }
        assert_eq!(Shapes::Few.width(40, 50), 50);
    }
}
