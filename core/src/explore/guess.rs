//! What the generator has to guess, and what it guesses.

use super::model::{OpenModel, read};
use super::row::Row;
use crate::batch::Batch;
use crate::mask::{Masked, mask};
use crate::ops;
use crate::protocol::{CANDIDATES, Candidate, Explore, Failure, Selection};
use crate::random::{NoiseKeys, Stream, host};
use burn::tensor::{Int, Tensor, TensorData};

/// The generator's opinion of one position.
pub(super) struct Guess {
    pub(super) position: usize,
    /// Drawn from the distribution.
    pub(super) sampled: u32,
    /// The distribution at the temperature in use, one share a word.
    pub(super) probabilities: Vec<f32>,
}

impl Guess {
    /// The likeliest words, best first; of equals the smaller id.
    pub(super) fn candidates(&self, model: &OpenModel) -> Vec<Candidate> {
        let p = &self.probabilities;
        let mut order: Vec<usize> = (0..p.len()).collect();
        let better = |&a: &usize, &b: &usize| p[b].total_cmp(&p[a]).then(a.cmp(&b));
        let count = CANDIDATES.min(order.len());
        if count < order.len() {
            order.select_nth_unstable_by(count, better);
            order.truncate(count);
        }
        order.sort_unstable_by(better);
        let candidate = |id: usize| Candidate {
            text: model.tokenizer.token(id as u32).unwrap_or_default(),
            id: id as u32,
            probability: p[id],
        };
        order.into_iter().map(candidate).collect()
    }
}

/// Chooses and hides what is to be guessed.
pub(super) fn choose(model: &OpenModel, row: &Row, asked: &Explore) -> (Batch, Masked) {
    let batch = model.batch(row.ids());
    let masked = match &asked.selection {
        Selection::Rule => {
            let mut rng = host(asked.seed, Stream::Mask, 0);
            let (special, longest) = (model.tokenizer.special(), model.card.max_tokens);
            let mut masked = mask(&batch, &special, &model.objective, longest, false, &mut rng);
            if masked.selected() == 0 {
                masked = nothing(&batch);
            }
            masked
        }
        Selection::Positions { positions } => chosen(model, row, &batch, positions),
    };
    (batch, masked)
}

fn nothing(batch: &Batch) -> Masked {
    let (positions, targets, weights) = (Vec::new(), Vec::new(), Vec::new());
    Masked { positions, targets, weights, ids: batch.ids.clone() }
}

fn chosen(model: &OpenModel, row: &Row, batch: &Batch, positions: &[usize]) -> Masked {
    let mut masked = nothing(batch);
    let mut positions: Vec<usize> = positions.to_vec();
    positions.sort_unstable();
    positions.dedup();
    for at in positions {
        if row.pieces.get(at).is_some_and(|piece| !piece.special) {
            masked.positions.push(at as i32);
            masked.targets.push(batch.ids[at]);
            masked.weights.push(1.0);
            masked.ids[at] = model.tokenizer.special().mask as i32;
        }
    }
    masked
}

/// The generator's distribution and sample at every selected position; none without a generator.
pub(super) async fn guess(
    model: &OpenModel,
    batch: &Batch,
    masked: &Masked,
    asked: &Explore,
) -> Result<Vec<Guess>, Failure> {
    let (Some(electra), selected) = (model.proposing(), masked.selected()) else {
        return Ok(Vec::new());
    };
    if selected == 0 {
        return Ok(Vec::new());
    }
    let (device, vocab) = (&model.device, model.config().vocab_size);
    let slots = model.shapes.slots(selected);
    // Empty slots stand behind the others: noise is counted from the first.
    let mut positions = masked.positions.clone();
    positions.resize(slots, 0);
    let positions = Tensor::<1, Int>::from_data(TensorData::new(positions, [slots]), device);
    let ids = batch.upload(masked.ids.clone(), device);
    let segments = batch.upload(batch.segments.clone(), device);
    let real = batch.real_tokens(device);
    let hidden = electra.generator_hidden(ids, segments, &real, &mut None);
    let scores = electra.generator_scores(hidden, positions);
    let key = NoiseKeys::new(asked.seed, Stream::Sample, 0).next_key();
    let sampled = ops::gumbel_argmax(scores.clone(), asked.temperature, key);
    // Ids are far below 2^24, so floats hold them exactly.
    let values = read(vec![scores.reshape([slots * vocab]), sampled.float()]).await?;
    let rows = values[0].chunks_exact(vocab).zip(&values[1]).zip(&masked.positions);
    Ok(rows
        .map(|((scores, &sampled), &position)| Guess {
            position: position as usize,
            sampled: sampled as u32,
            probabilities: softmax(scores, asked.temperature),
        })
        .collect())
}

fn softmax(scores: &[f32], temperature: f64) -> Vec<f32> {
    let largest = scores.iter().copied().fold(f32::MIN, f32::max);
    let weight = |&score: &f32| (f64::from(score - largest) / temperature).exp();
    let total: f64 = scores.iter().map(weight).sum();
    scores.iter().map(|score| (weight(score) / total) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temperature_sharpens_and_shares_add_up() {
        let plain = softmax(&[1.0, 2.0, 3.0], 1.0);
        assert!((plain.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!((plain[2] / plain[1] - std::f32::consts::E).abs() < 1e-5);
        assert!(softmax(&[1.0, 2.0, 3.0], 0.1)[2] > 0.9999);
        assert!(softmax(&[1.0, 2.0, 3.0], 10.0)[2] < 0.4);
    }
}
