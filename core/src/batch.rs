//! Padded rows of token ids, ready for both networks.

use crate::examples::Example;
use crate::ops::RealTokens;
use burn::tensor::{Device, Int, Tensor, TensorData};
use std::ops::Range;

/// Added to the scores of padding: far below any real score, and finite, since shaders know no
/// infinity.
const PADDING_BIAS: f32 = -1e9;

/// Rows of equal width, padding behind the real tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Number of rows.
    pub rows: usize,
    /// Width of every row.
    pub seq: usize,
    /// Token ids, row by row: `[rows * seq]`
    pub ids: Vec<i32>,
    /// 0 in the first segment and in padding, 1 in the second: `[rows * seq]`
    pub segments: Vec<i32>,
    /// Real tokens of each row.
    pub lengths: Vec<usize>,
}

impl Batch {
    /// Pads examples to `seq` tokens; longer ones are cut.
    pub fn new(examples: &[Example], seq: usize, pad: u32) -> Self {
        let rows = examples.len();
        let mut ids = vec![pad as i32; rows * seq];
        let mut segments = vec![0; rows * seq];
        let mut lengths = Vec::with_capacity(rows);
        for (row, example) in examples.iter().enumerate() {
            let length = example.ids.len().min(seq);
            for (slot, &id) in ids[row * seq..][..length].iter_mut().zip(&example.ids) {
                *slot = id as i32;
            }
            segments[row * seq..][..length]
                .iter_mut()
                .skip(example.first_segment)
                .for_each(|segment| *segment = 1);
            lengths.push(length);
        }
        Self { rows, seq, ids, segments, lengths }
    }

    /// Pads examples to the longest of them, rounded up to a multiple of 8 so that few different
    /// shapes occur, at most `limit`.
    pub fn trimmed(examples: &[Example], limit: usize, pad: u32) -> Self {
        let longest = examples.iter().map(|example| example.ids.len()).max().unwrap_or(1);
        Self::new(examples, longest.next_multiple_of(8).min(limit), pad)
    }

    /// Some of the rows, as wide as before.
    ///
    /// # Panics
    ///
    /// If there are no such rows.
    #[must_use]
    pub fn slice(&self, rows: Range<usize>) -> Self {
        let slots = rows.start * self.seq..rows.end * self.seq;
        Self {
            rows: rows.len(),
            seq: self.seq,
            ids: self.ids[slots.clone()].to_vec(),
            segments: self.segments[slots].to_vec(),
            lengths: self.lengths[rows].to_vec(),
        }
    }

    /// The rows in `parts` parts of nearly equal size, fewer where there are fewer rows.
    #[must_use]
    pub fn split(&self, parts: usize) -> Vec<Self> {
        evenly(self.rows, parts).map(|rows| self.slice(rows)).collect()
    }

    /// Number of real tokens.
    pub fn tokens(&self) -> usize {
        self.lengths.iter().sum()
    }

    /// Whether each slot holds a real token: `[rows * seq]`
    pub fn real(&self) -> Vec<bool> {
        let seq = self.seq;
        self.lengths.iter().flat_map(|&length| (0..seq).map(move |at| at < length)).collect()
    }

    /// The real tokens as attention needs them.
    pub fn real_tokens(&self, device: &Device) -> RealTokens {
        let bias = self.real().iter().map(|&real| if real { 0.0 } else { PADDING_BIAS }).collect();
        let bias: Vec<f32> = bias;
        RealTokens {
            lengths: self.lengths.as_slice().into(),
            bias: Tensor::from_data(TensorData::new(bias, [self.rows, 1, 1, self.seq]), device),
        }
    }

    /// Integers of one slot each, on the device: `[rows, seq]`
    pub fn upload(&self, values: Vec<i32>, device: &Device) -> Tensor<2, Int> {
        Tensor::from_data(TensorData::new(values, [self.rows, self.seq]), device)
    }
}

/// `count` things in `parts` ranges of nearly equal size, fewer where there are fewer things.
pub(crate) fn evenly(count: usize, parts: usize) -> impl Iterator<Item = Range<usize>> {
    let parts = parts.clamp(1, count.max(1));
    (0..parts).map(move |part| part * count / parts..(part + 1) * count / parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_stands_behind_and_belongs_to_the_first_segment() {
        let examples = [
            Example { ids: vec![2, 7, 3, 8, 3], first_segment: 3 },
            Example { ids: vec![2, 9, 3], first_segment: 3 },
        ];
        let batch = Batch::trimmed(&examples, 6, 0);
        assert_eq!(batch.seq, 6);
        assert_eq!(batch.ids, [2, 7, 3, 8, 3, 0, 2, 9, 3, 0, 0, 0]);
        assert_eq!(batch.segments, [0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(batch.tokens(), 8);
    }

    #[test]
    fn parts_hold_all_rows_once_and_none_is_empty() {
        let rows: Vec<Example> = (1..=7)
            .map(|length| Example { ids: vec![length; length as usize], first_segment: 1 })
            .collect();
        let whole = Batch::new(&rows, 7, 0);
        for parts in 1..10 {
            let split = whole.split(parts);
            assert_eq!(split.len(), parts.min(7));
            assert!(split.iter().all(|part| part.rows > 0 && part.seq == 7));
            let sizes: Vec<usize> = split.iter().map(|part| part.rows).collect();
            assert!(sizes.iter().max() <= sizes.iter().min().map(|least| least + 1).as_ref());
            let joined = |field: fn(&Batch) -> &Vec<i32>| split.iter().flat_map(field).copied();
            assert!(joined(|part| &part.ids).eq(whole.ids.iter().copied()));
            assert!(joined(|part| &part.segments).eq(whole.segments.iter().copied()));
            assert!(split.iter().flat_map(|part| &part.lengths).eq(&whole.lengths));
        }
    }
}
