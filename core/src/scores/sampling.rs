//! How sure a score is, given the examples that it was measured on.

use crate::random::{Stream, host};
use rand::RngExt;
use serde::{Deserialize, Serialize};

/// A confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// Share of the intervals of [`resample`] that hold the true value.
pub const CONFIDENCE: f64 = 0.95;

/// The percentile bootstrap (Efron, 1979): draws `examples` indices with replacement `resamples`
/// times, scores each draw, and returns the middle [`CONFIDENCE`] of the scores.
///
/// `score` gets the indices of one draw; draws without a score (one class only) are left out. None
/// when there is nothing to draw from or no draw has a score. The same seed gives the same interval
/// on every platform.
pub fn resample(
    examples: usize,
    resamples: usize,
    seed: u64,
    score: impl Fn(&[usize]) -> Option<f64>,
) -> Option<Interval> {
    if examples == 0 {
        return None;
    }
    let mut draw = vec![0; examples];
    let mut scores = Vec::with_capacity(resamples);
    for number in 0..resamples {
        let mut rng = host(seed, Stream::Bootstrap, number as u64);
        // 32 bits, so that the browser draws the same numbers.
        draw.fill_with(|| rng.random_range(0..examples as u32) as usize);
        scores.extend(score(&draw).filter(|score| !score.is_nan()));
    }
    scores.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - CONFIDENCE) / 2.0;
    Some(Interval { low: quantile(&scores, tail)?, high: quantile(&scores, 1.0 - tail)? })
}

/// The value below which a share of sorted values lies, interpolated between neighbours (the
/// default of `numpy.quantile`).
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let at = share.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    Some(below + (above - below) * at.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share_of_ones(values: &[f64], seed: u64) -> Interval {
        let mean = |draw: &[usize]| {
            Some(draw.iter().map(|&at| values[at]).sum::<f64>() / draw.len() as f64)
        };
        resample(values.len(), 2000, seed, mean).unwrap()
    }

    #[test]
    fn the_interval_of_a_share_agrees_with_the_normal_approximation() {
        let values: Vec<f64> = (0..400).map(|at| f64::from(at % 4 == 0)).collect();
        let interval = share_of_ones(&values, 7);
        let half = 1.96 * (0.25_f64 * 0.75 / 400.0).sqrt();
        assert!((interval.low - (0.25 - half)).abs() < 0.006, "{interval:?}");
        assert!((interval.high - (0.25 + half)).abs() < 0.006, "{interval:?}");
    }

    #[test]
    fn the_same_seed_gives_the_same_interval_and_another_seed_another() {
        let values: Vec<f64> = (0..50).map(|at| f64::from(at) * 0.1).collect();
        assert_eq!(share_of_ones(&values, 1), share_of_ones(&values, 1));
        assert_ne!(share_of_ones(&values, 1), share_of_ones(&values, 2));
    }

    #[test]
    fn a_perfect_score_has_an_interval_of_no_width() {
        let interval = share_of_ones(&[1.0; 30], 3);
        assert_eq!((interval.low, interval.high), (1.0, 1.0));
    }

    #[test]
    fn draws_without_a_score_are_left_out() {
        let only_mixed = |draw: &[usize]| (draw.iter().any(|&at| at > 0)).then_some(1.0);
        assert_eq!(resample(2, 100, 0, only_mixed).unwrap().low, 1.0);
        assert_eq!(resample(2, 100, 0, |_| None), None);
        assert_eq!(resample(0, 100, 0, |_| Some(1.0)), None);
    }

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&[0.0, 1.0, 2.0, 3.0], 0.5), Some(1.5));
        assert_eq!(quantile(&[5.0], 0.025), Some(5.0));
    }
}
