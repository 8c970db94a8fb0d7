//! Several runs of one task: median, mean and spread.

use super::mean;
use serde::{Deserialize, Serialize};

/// A score over seeds. The paper reports the median.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The middle value, or the mean of the two middle ones.
    pub median: f64,
    /// The mean.
    pub mean: f64,
    /// Standard deviation of the sample (divided by one less than the runs); none for one run.
    pub std: Option<f64>,
    /// The worst run.
    pub min: f64,
    /// The best run.
    pub max: f64,
    /// How many there were.
    pub runs: usize,
}

/// Summarises the scores of several seeds; none of nothing or when one is not a number.
pub fn summarise(values: &[f64]) -> Option<Summary> {
    if values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let runs = sorted.len();
    let mean = mean(&sorted)?;
    let squares: f64 = sorted.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some(Summary {
        median: f64::midpoint(sorted[(runs - 1) / 2], sorted[runs / 2]),
        mean,
        std: (runs > 1).then(|| (squares / (runs - 1) as f64).sqrt()),
        min: sorted[0],
        max: sorted[runs - 1],
        runs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_collapsed_run_does_not_move_the_median() {
        let summary = summarise(&[0.9, 0.1, 0.8, 0.85, 0.88]).unwrap();
        assert_eq!((summary.median, summary.min, summary.max), (0.85, 0.1, 0.9));
        assert_eq!(summarise(&[3.0, 1.0]).unwrap().median, 2.0);
    }

    #[test]
    fn one_run_has_no_spread_and_none_no_summary() {
        assert_eq!(summarise(&[0.5]).unwrap().std, None);
        assert_eq!(summarise(&[1.0, 3.0]).unwrap().std, Some(2.0_f64.sqrt()));
        assert_eq!(summarise(&[]), None);
        assert_eq!(summarise(&[f64::NAN, 1.0]), None);
    }
}
