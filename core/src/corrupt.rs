//! Puts sampled tokens in the place of masked ones and says which tokens were replaced.

use crate::batch::Batch;
use crate::mask::Masked;
use burn::tensor::{Bool, Device, IndexingUpdateOp, Int, Tensor, TensorData, assert_shape};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// A fixed distribution of replacements, independent of the sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain {
    /// Running totals of the counts; a token's share is its difference.
    cumulative: Vec<u64>,
}

impl Plain {
    /// Tokens as often as in a text; `counts[id]` for every id of the vocabulary.
    ///
    /// Tokens in `excluded` never come up. Without any count, all others are equally likely.
    pub fn unigram(counts: &[u64], excluded: &[u32]) -> Self {
        let allowed = |id: usize| !excluded.contains(&(id as u32));
        let seen: u64 = (0..counts.len()).filter(|&id| allowed(id)).map(|id| counts[id]).sum();
        let mut total = 0;
        let cumulative = (0..counts.len())
            .map(|id| {
                let count = if seen == 0 { 1 } else { counts[id] };
                total += if allowed(id) { count } else { 0 };
                total
            })
            .collect();
        Self { cumulative }
    }

    /// All tokens equally likely but the excluded ones.
    pub fn uniform(vocab_size: usize, excluded: &[u32]) -> Self {
        Self::unigram(&vec![0; vocab_size], excluded)
    }

    /// Draws one token.
    pub fn draw(&self, rng: &mut ChaCha8Rng) -> i32 {
        let total = self.cumulative.last().copied().unwrap_or(0);
        if total == 0 {
            return 0;
        }
        let at = rng.random_range(0..total);
        self.cumulative.partition_point(|&running| running <= at) as i32
    }
}

/// The discriminator's input and its labels.
#[derive(Debug, Clone)]
pub struct Corrupted {
    /// `[batch, seq]`
    pub ids: Tensor<2, Int>,
    /// True where the token was selected and differs from the original: `[batch, seq]`
    pub replaced: Tensor<2, Bool>,
}

/// Where sampled tokens go, on the device.
#[derive(Debug, Clone)]
pub struct Slots {
    /// Number of each slot in the flattened batch: `[slots]`
    pub positions: Tensor<1, Int>,
    /// 1 for a selected position, 0 for an empty slot: `[slots]`
    used: Tensor<1, Int>,
    /// How many slots point at each token: `[batch * seq]`
    hits: Tensor<1, Int>,
}

impl Slots {
    /// Uploads the selected positions of a batch.
    pub fn new(batch: &Batch, masked: &Masked, device: &Device) -> Self {
        let mut hits = vec![0_i32; batch.ids.len()];
        let mut used = vec![0_i32; masked.positions.len()];
        for (slot, (&at, &weight)) in masked.positions.iter().zip(&masked.weights).enumerate() {
            let count = i32::from(weight > 0.0);
            used[slot] = count;
            hits[at as usize] += count;
        }
        let upload = |values: Vec<i32>| {
            let count = values.len();
            Tensor::<1, Int>::from_data(TensorData::new(values, [count]), device)
        };
        Self { positions: upload(masked.positions.clone()), used: upload(used), hits: upload(hits) }
    }
}

/// Writes `sampled` over the selected positions of `original`.
///
/// A sample equal to the original leaves the token *original*: the discriminator answers "was this
/// token changed?", not "was it masked?". Where several slots point at one position (masking with
/// replacement), the mean of their ids is written, as in the authors' code.
///
/// # Shapes
///
/// - `original`: `[batch, seq]`; `sampled`: `[slots]`
pub fn corrupt(original: Tensor<2, Int>, slots: &Slots, sampled: Tensor<1, Int>) -> Corrupted {
    let [batch, seq] = original.dims();
    let count = slots.positions.dims()[0];
    assert_shape!(sampled, [count]);
    let flat = original.clone().reshape([batch * seq]);
    let sums = flat.zeros_like().scatter(
        0,
        slots.positions.clone(),
        sampled * slots.used.clone(),
        IndexingUpdateOp::Add,
    );
    let selected = slots.hits.clone().greater_elem(0);
    let means = sums / slots.hits.clone().clamp_min(1);
    let ids = flat.mask_where(selected, means).reshape([batch, seq]);
    let replaced = ids.clone().not_equal(original);
    Corrupted { ids, replaced }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stream, host};

    #[test]
    fn plain_draws_follow_the_counts_and_skip_what_is_excluded() {
        let plain = Plain::unigram(&[5, 0, 30, 10, 60], &[0]);
        let mut rng = host(1, Stream::Plain, 0);
        let mut seen = [0_u32; 5];
        for _ in 0..10_000 {
            seen[plain.draw(&mut rng) as usize] += 1;
        }
        assert_eq!(seen[..2], [0, 0]);
        assert!((2_800..3_200).contains(&seen[2]), "{seen:?}");
        assert!((5_800..6_200).contains(&seen[4]), "{seen:?}");
    }

    #[test]
    fn a_uniform_draw_reaches_every_allowed_token() {
        let plain = Plain::uniform(4, &[1]);
        let mut rng = host(1, Stream::Plain, 0);
        let mut seen = [false; 4];
        for _ in 0..200 {
            seen[plain.draw(&mut rng) as usize] = true;
        }
        assert_eq!(seen, [true, false, true, true]);
    }
}
