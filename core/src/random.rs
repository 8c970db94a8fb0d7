//! One seed, many named streams: each consumer of chance has its own, so adding one shifts none.
//!
//! Choices made on the host come from `ChaCha8`, seeded by (seed, stream, index). Noise made on the
//! device (dropout, sampling) is a hash of (key, element), computed with integer operations: the
//! same on every backend, without state to save.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What a random stream is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Initial weights.
    Init = 1,
    /// Order of examples.
    Shuffle = 2,
    /// Masked positions, and which of them show their token.
    Mask = 3,
    /// The generator's samples.
    Sample = 4,
    /// Dropout.
    Dropout = 5,
    /// Replacements from fixed distributions, and which positions take them.
    Plain = 6,
    /// Building examples from text.
    Build = 7,
    /// A fine-tuning's head.
    Head = 8,
    /// Dropout of a fine-tuning.
    FineTuneDropout = 9,
    /// Which texts count in one draw of the bootstrap.
    Bootstrap = 10,
    /// Order of batches that were sorted by length together.
    Group = 11,
}

/// A host-side generator for one consumer; `index` is a step, an epoch or a document's hash.
pub fn host(seed: u64, stream: Stream, index: u64) -> ChaCha8Rng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&(stream as u64).to_le_bytes());
    bytes[16..24].copy_from_slice(&index.to_le_bytes());
    ChaCha8Rng::from_seed(bytes)
}

/// Keys of device-side noise for one consumer and step; each [`next_key`](Self::next_key) is fresh.
#[derive(Debug, Clone)]
pub struct NoiseKeys {
    base: u64,
    drawn: u64,
}

/// Identifies one tensor of device-side noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoiseKey {
    /// Mixed into the element's number before hashing.
    pub(crate) first: u32,
    /// Mixed in between the two rounds.
    pub(crate) second: u32,
}

impl NoiseKeys {
    /// Keys for `stream` at `index`.
    pub fn new(seed: u64, stream: Stream, index: u64) -> Self {
        let stream = (stream as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let base = split_mix(split_mix(seed ^ stream).wrapping_add(index));
        Self { base, drawn: 0 }
    }

    /// The next key of this stream.
    pub fn next_key(&mut self) -> NoiseKey {
        self.drawn += 1;
        let mixed = split_mix(self.base.wrapping_add(self.drawn));
        NoiseKey { first: mixed as u32, second: (mixed >> 32) as u32 }
    }
}

/// One step of `SplitMix64` (Steele, Lea and Flood, 2014): every bit of the result depends on every
/// bit of the input.
pub(crate) fn split_mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn streams_differ_by_seed_name_and_index() {
        let first = |seed, stream, index| host(seed, stream, index).next_u64();
        let reference = first(1, Stream::Mask, 0);
        assert_eq!(reference, first(1, Stream::Mask, 0));
        assert_ne!(reference, first(2, Stream::Mask, 0));
        assert_ne!(reference, first(1, Stream::Sample, 0));
        assert_ne!(reference, first(1, Stream::Mask, 1));
    }

    #[test]
    fn keys_of_consecutive_steps_differ() {
        let mut a = NoiseKeys::new(7, Stream::Dropout, 3);
        let mut b = NoiseKeys::new(7, Stream::Dropout, 4);
        assert_ne!(a.next_key(), b.next_key());
        assert_ne!(a.next_key(), a.next_key());
    }
}
