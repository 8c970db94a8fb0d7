//! Groups of cores that compute parts of a batch at the same time.

#[cfg(feature = "threads")]
use crate::batch::evenly;
use crate::config::ElectraConfig;
use crate::flops::discriminator_parameters;
#[cfg(feature = "threads")]
use std::ops::Range;

/// Rows that a part has at least: matrix products of fewer are slow.
const SMALLEST_PART: usize = 8;
/// Weights of the discriminators of all parts at most: each part has gradients of its own, half a
/// gigabyte for so many.
const MOST_WEIGHTS: u64 = 1 << 27;

/// Into how many parts a micro-batch of `rows` is best split on a processor of `cores` cores.
pub fn suitable_parts(model: &ElectraConfig, rows: usize, cores: usize) -> usize {
    let weights = discriminator_parameters(model).max(1);
    cores.min(rows / SMALLEST_PART).min((MOST_WEIGHTS / weights) as usize).max(1)
}

/// Teams of cores; without threads there is one, and parts come one after the other.
///
/// A step of a small model does not keep many cores busy inside each operation. Each team has a
/// pool of its own, so no core leaves a pass half done to help in another: the lock of its autodiff
/// graph would be held meanwhile.
#[derive(Debug)]
pub(crate) struct Teams {
    /// Parts of a batch.
    count: usize,
    #[cfg(feature = "threads")]
    pools: Vec<rayon::ThreadPool>,
}

impl Teams {
    /// `count` teams that share the cores evenly.
    pub(crate) fn new(count: usize) -> Self {
        Self {
            count,
            #[cfg(feature = "threads")]
            pools: pools(count),
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Results of `work(part)` for `parts` parts, in their order.
    pub(crate) fn each<R: Send>(&self, parts: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
        #[cfg(feature = "threads")]
        if parts > 1 && parts <= self.pools.len() {
            let mut results: Vec<Option<R>> = (0..parts).map(|_| None).collect();
            hand_out(&self.pools, &mut results, 0, &work);
            let done =
                |result: Option<R>| result.unwrap_or_else(|| unreachable!("all were waited for"));
            return results.into_iter().map(done).collect();
        }
        (0..parts).map(work).collect()
    }
}

/// Pools for so many teams; none where no more threads can be had, or one team has all.
#[cfg(feature = "threads")]
fn pools(count: usize) -> Vec<rayon::ThreadPool> {
    if count < 2 {
        return Vec::new();
    }
    // Where there are more teams than cores, each has a thread.
    let cores = evenly(rayon::current_num_threads().max(count), count);
    let pool = |own: Range<usize>| rayon::ThreadPoolBuilder::new().num_threads(own.len()).build();
    cores.map(pool).collect::<Result<_, _>>().unwrap_or_default()
}

/// Computes a part in each pool, all at the same time, and waits for them; `part` is the first's
/// number.
#[cfg(feature = "threads")]
fn hand_out<R: Send>(
    pools: &[rayon::ThreadPool],
    results: &mut [Option<R>],
    part: usize,
    work: &(impl Fn(usize) -> R + Sync),
) {
    let ([pool, pools @ ..], [result, results @ ..]) = (pools, results) else { return };
    pool.in_place_scope(|scope| {
        scope.spawn(|_| *result = Some(work(part)));
        hand_out(pools, results, part + 1, work);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PretrainConfig;

    #[test]
    fn small_models_use_all_cores_and_large_ones_share_them() {
        let parts = |preset: &str, cores| {
            let config = PretrainConfig::preset(preset).expect("a preset");
            suitable_parts(&config.model, config.training.batch_size, cores)
        };
        assert_eq!((parts("nano", 1), parts("nano", 2), parts("nano", 64)), (1, 2, 8));
        assert_eq!((parts("tiny", 2), parts("tiny", 64)), (2, 4));
        assert_eq!((parts("base", 16), parts("large", 16)), (1, 1));
    }

    #[test]
    fn parts_come_back_in_their_order() {
        for teams in [1, 2, 5] {
            let teams = Teams::new(teams);
            for parts in [0, 1, 2, 5, 7] {
                let found = teams.each(parts, |part| 10 * part);
                assert_eq!(found, (0..parts).map(|part| 10 * part).collect::<Vec<_>>());
            }
        }
    }

    #[cfg(feature = "threads")]
    #[test]
    fn parts_are_computed_at_the_same_time() {
        // Each part waits for the other: one after the other they would wait for ever.
        let meeting = std::sync::Barrier::new(2);
        let found = Teams::new(2).each(2, |part| (part, meeting.wait().is_leader()));
        assert_eq!(found.iter().filter(|(_, leader)| *leader).count(), 1);
    }
}
