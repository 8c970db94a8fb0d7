//! Which examples make batch `n`: a pure function, so that a resumed run needs no more than the
//! number of batches drawn before.
//!
//! Between examples and batches in the pipeline. Every epoch is a shuffle of *all* examples, not
//! of a buffer, and takes no memory: position → example is a keyed permutation.

use crate::random::{Stream, host, split_mix};
use rand::RngExt;
use rand::seq::SliceRandom;

/// Batches sorted by length together; more would save little padding.
const WINDOW: u64 = 32;

/// Rounds of the permutation; four make it look random, the others are cheap.
const ROUNDS: usize = 8;

/// A shuffle of `0..len` without a table: a Feistel network on the next even power of two,
/// applied again while it leads outside.
#[derive(Debug, Clone)]
struct Permutation {
    len: u64,
    half_bits: u32,
    keys: [u64; ROUNDS],
}

impl Permutation {
    fn new(len: usize, random: &mut impl RngExt) -> Self {
        let bits = u64::BITS - (len as u64).saturating_sub(1).leading_zeros();
        let keys = std::array::from_fn(|_| random.random());
        Self { len: len as u64, half_bits: bits.div_ceil(2).max(1), keys }
    }

    fn at(&self, index: u64) -> u64 {
        let mask = (1 << self.half_bits) - 1;
        let mut value = index;
        loop {
            let (mut left, mut right) = (value >> self.half_bits, value & mask);
            for key in self.keys {
                (left, right) = (right, left ^ (split_mix(right ^ key) & mask));
            }
            value = (left << self.half_bits) | right;
            // The domain is less than four times too large, so few turns are enough.
            if value < self.len {
                return value;
            }
        }
    }
}

/// The order in which a run sees its examples.
///
/// Epochs follow one another without a gap: a batch that the rest of an epoch does not fill is
/// filled from the next one.
#[derive(Debug, Clone)]
pub struct Order {
    examples: usize,
    batch_size: usize,
    seed: u64,
    /// Batches that are sorted together; 1 sorts nothing.
    window: u64,
    /// The two epochs used last, because a batch can touch two.
    epochs: Vec<(u64, Permutation)>,
    /// The window used last, cut into batches.
    sorted: Option<(u64, Vec<Vec<usize>>)>,
}

impl Order {
    /// An order of `examples`, which must be at least one.
    ///
    /// `group_by_length`: batches hold examples of similar length, so that little padding is
    /// needed; 32 batches' worth of the shuffle are sorted together and drawn in random order.
    pub fn new(examples: usize, batch_size: usize, seed: u64, group_by_length: bool) -> Self {
        assert!(examples > 0 && batch_size > 0, "there must be examples, and room in a batch");
        // A window never spans more than an epoch: it would put copies of one example together.
        let window = (examples / batch_size) as u64;
        let window = if group_by_length { window.clamp(1, WINDOW) } else { 1 };
        Self { examples, batch_size, seed, window, epochs: Vec::new(), sorted: None }
    }

    /// Batches until every example was seen once, rounded up.
    pub fn batches_per_epoch(&self) -> u64 {
        self.examples.div_ceil(self.batch_size) as u64
    }

    /// How often every example was seen before batch `n`.
    pub fn epochs_before(&self, n: u64) -> f64 {
        n as f64 * self.batch_size as f64 / self.examples as f64
    }

    /// The examples of batch `n`; `tokens` tells the length of an example.
    pub fn batch(&mut self, n: u64, tokens: &dyn Fn(usize) -> usize) -> Vec<usize> {
        if self.window == 1 {
            return self.stretch(n * self.batch_size as u64, self.batch_size);
        }
        let (window, place) = (n / self.window, (n % self.window) as usize);
        if let Some((known, batches)) = &self.sorted
            && *known == window
        {
            return batches[place].clone();
        }
        let batches = self.sorted_window(window, tokens);
        let batch = batches[place].clone();
        self.sorted = Some((window, batches));
        batch
    }

    /// A window's batches: similar lengths inside a batch, random order among them.
    fn sorted_window(&mut self, window: u64, tokens: &dyn Fn(usize) -> usize) -> Vec<Vec<usize>> {
        let rows = self.window as usize * self.batch_size;
        let mut examples = self.stretch(window * rows as u64, rows);
        // Stable: among equals the shuffle decides.
        examples.sort_by_cached_key(|&example| tokens(example));
        let mut batches: Vec<Vec<usize>> =
            examples.chunks(self.batch_size).map(<[usize]>::to_vec).collect();
        batches.shuffle(&mut host(self.seed, Stream::Group, window));
        batches
    }

    /// `count` examples of the shuffle from position `start` on, epoch after epoch.
    fn stretch(&mut self, start: u64, count: usize) -> Vec<usize> {
        let examples = self.examples as u64;
        (start..start + count as u64)
            .map(|position| {
                let permutation = self.epoch(position / examples);
                permutation.at(position % examples) as usize
            })
            .collect()
    }

    fn epoch(&mut self, epoch: u64) -> &Permutation {
        let known = self.epochs.iter().position(|(number, _)| *number == epoch);
        let place = known.unwrap_or_else(|| {
            let mut random = host(self.seed, Stream::Shuffle, epoch);
            self.epochs.truncate(1);
            self.epochs.insert(0, (epoch, Permutation::new(self.examples, &mut random)));
            0
        });
        &self.epochs[place].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(example: usize) -> usize {
        3 + example * 7919 % 61
    }

    fn seen(order: &mut Order, batches: std::ops::Range<u64>) -> Vec<usize> {
        batches.flat_map(|n| order.batch(n, &length)).collect()
    }

    #[test]
    fn every_epoch_sees_each_example_exactly_once() {
        for examples in [1, 2, 3, 5, 64, 65, 1000, 4097] {
            for batch in [1, 3, 64] {
                let mut order = Order::new(examples, batch, 9, false);
                let all = seen(&mut order, 0..(3 * examples as u64).div_ceil(batch as u64));
                for epoch in 0..3 {
                    let mut part = all[epoch * examples..(epoch + 1) * examples].to_vec();
                    part.sort_unstable();
                    assert_eq!(part, (0..examples).collect::<Vec<_>>(), "{examples} / {batch}");
                }
            }
        }
    }

    #[test]
    fn grouping_by_length_loses_and_repeats_nothing() {
        let mut order = Order::new(640, 10, 3, true);
        let mut all = seen(&mut order, 0..64);
        all.sort_unstable();
        assert_eq!(all, (0..640).collect::<Vec<_>>());
        // Where windows and epochs do not meet, no example gets ahead by more than one.
        let mut order = Order::new(100, 7, 3, true);
        let mut counts = [0_i32; 100];
        for example in seen(&mut order, 0..14 * 20) {
            counts[example] += 1;
        }
        let most = counts.iter().max().expect("not empty");
        assert!(counts.iter().all(|count| most - count <= 1), "{counts:?}");
    }

    #[test]
    fn grouped_batches_hold_similar_lengths_in_random_order() {
        let mut order = Order::new(6400, 16, 3, true);
        let ranges: Vec<(usize, usize)> = (0..32)
            .map(|n| order.batch(n, &length))
            .map(|batch| {
                let lengths = batch.into_iter().map(length);
                (lengths.clone().min().expect("rows"), lengths.max().expect("rows"))
            })
            .collect();
        assert!(ranges.iter().all(|(low, high)| high - low <= 8), "{ranges:?}");
        assert!(!ranges.is_sorted());
    }

    #[test]
    fn a_batch_does_not_depend_on_what_was_drawn_before() {
        for grouped in [false, true] {
            let mut straight = Order::new(500, 8, 1, grouped);
            let all: Vec<_> = (0..200).map(|n| straight.batch(n, &length)).collect();
            let mut resumed = Order::new(500, 8, 1, grouped);
            for n in [137, 199, 3, 64, 65] {
                assert_eq!(resumed.batch(n as u64, &length), all[n]);
            }
        }
    }

    #[test]
    fn epochs_and_seeds_shuffle_differently() {
        let shuffle = |seed, epoch: u64| {
            let mut order = Order::new(1000, 100, seed, false);
            seen(&mut order, epoch * 10..(epoch + 1) * 10)
        };
        assert_ne!(shuffle(1, 0), shuffle(1, 1));
        assert_ne!(shuffle(1, 0), shuffle(2, 0));
        assert_eq!(shuffle(1, 0), shuffle(1, 0));
    }

    #[test]
    fn neighbours_in_the_corpus_do_not_meet_in_a_batch() {
        // Documents of 100 examples each; a small shuffle buffer would leave them together.
        let mut order = Order::new(100_000, 64, 5, false);
        let mut same = 0;
        for n in 0..200 {
            let batch = order.batch(n, &length);
            for (place, example) in batch.iter().enumerate() {
                same += batch[..place].iter().filter(|it| *it / 100 == example / 100).count();
            }
        }
        // 200 batches of 2016 pairs, each in one document with probability 0.001: about 400.
        assert!((300..500).contains(&same), "{same}");
    }
}
