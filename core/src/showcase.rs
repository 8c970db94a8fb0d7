//! Both networks at work on given rows: what was masked, what the generator put there, and what
//! the discriminator thinks of every token.

use crate::batch::Batch;
use crate::config::ObjectiveConfig;
use crate::corrupt::corrupt;
use crate::electra::{Electra, Inputs};
use crate::error::CheckpointError;
use crate::mask::mask;
use crate::ops;
use crate::parameters;
use crate::random::{NoiseKeys, Stream, host};
use crate::tokenizer::SpecialTokens;
use burn::module::Module;
use burn::tensor::Device;
use burn::tensor::activation::sigmoid;

/// One token after the generator has been at it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JudgedToken {
    /// What stood there.
    pub original: u32,
    /// What the discriminator read.
    pub token: u32,
    /// Whether the generator had to guess it.
    pub selected: bool,
    /// Probability of having been replaced, as the discriminator sees it.
    pub replaced: f32,
}

/// Masks, fills and judges a batch; `seed` chooses masks and samples.
///
/// Returns the real tokens of every row.
///
/// # Errors
///
/// When the device fails.
pub async fn showcase(
    model: &Electra,
    objective: &ObjectiveConfig,
    special: &SpecialTokens,
    batch: &Batch,
    seed: u64,
    device: &Device,
) -> Result<Vec<Vec<JudgedToken>>, CheckpointError> {
    let (model, device) = (model.valid(), device.clone().inner());
    let mut rng = host(seed, Stream::Mask, 0);
    let masked = mask(batch, special, objective, batch.seq, false, &mut rng);
    let inputs = Inputs::new(batch, &masked, &device);
    let segments = inputs.segments.clone();
    let hidden = model.generator_hidden(inputs.masked.clone(), segments, &inputs.real, &mut None);
    let scores = model.generator_scores(hidden, inputs.slots.positions.clone());
    let key = NoiseKeys::new(seed, Stream::Sample, 0).next_key();
    let sampled = ops::gumbel_argmax(scores, objective.temperature, key);
    let corrupted = corrupt(inputs.original.clone(), &inputs.slots, sampled);
    let size = batch.rows * batch.seq;
    let probabilities = sigmoid(model.judge(&corrupted, &inputs, &mut None)).reshape([size]);
    // Ids are far below 2^24, so floats hold them exactly.
    let wanted = vec![probabilities, corrupted.ids.float().reshape([size])];
    let values = parameters::read(wanted).await?;
    let mut selected = vec![false; size];
    for (&at, &weight) in masked.positions.iter().zip(&masked.weights) {
        selected[at as usize] |= weight > 0.0;
    }
    let token = |slot: usize| JudgedToken {
        original: batch.ids[slot] as u32,
        token: values[1][slot] as u32,
        selected: selected[slot],
        replaced: values[0][slot],
    };
    let rows = batch.lengths.iter().enumerate();
    Ok(rows
        .map(|(row, &length)| (row * batch.seq..row * batch.seq + length).map(token).collect())
        .collect())
}
