//! Scores of regressions: Pearson's and Spearman's correlation, squared error.

use super::mean;

/// Pearson's correlation; none for fewer than two pairs, for a constant, or for not-a-number.
pub fn pearson(predicted: &[f64], gold: &[f64]) -> Option<f64> {
    assert_eq!(predicted.len(), gold.len(), "one prediction per gold value");
    if predicted.len() < 2 || is_constant(predicted) || is_constant(gold) {
        return None;
    }
    let (x, y) = (direction(predicted)?, direction(gold)?);
    let together: f64 = x.iter().zip(&y).map(|(x, y)| x * y).sum();
    together.is_finite().then(|| together.clamp(-1.0, 1.0))
}

/// Spearman's correlation: Pearson's of the ranks, equal values sharing their mean rank; none
/// where Pearson's is.
pub fn spearman(predicted: &[f64], gold: &[f64]) -> Option<f64> {
    if predicted.iter().chain(gold).any(|value| value.is_nan()) {
        return None;
    }
    pearson(&ranks(predicted), &ranks(gold))
}

/// Mean of the squared differences; none of nothing.
pub fn mean_squared_error(predicted: &[f64], gold: &[f64]) -> Option<f64> {
    assert_eq!(predicted.len(), gold.len(), "one prediction per gold value");
    let squares: Vec<f64> = predicted.iter().zip(gold).map(|(a, b)| (a - b) * (a - b)).collect();
    mean(&squares)
}

/// Deviations from the mean, scaled to length 1: in two passes, so that large means and large
/// values cost no digits.
fn direction(values: &[f64]) -> Option<Vec<f64>> {
    let mean = mean(values)?;
    let largest = values.iter().map(|value| (value - mean).abs()).fold(0.0, f64::max);
    let scaled: Vec<f64> = values.iter().map(|value| (value - mean) / largest).collect();
    let length = scaled.iter().map(|value| value * value).sum::<f64>().sqrt();
    Some(scaled.into_iter().map(|value| value / length).collect())
}

fn is_constant(values: &[f64]) -> bool {
    values.iter().all(|&value| value == values[0])
}

/// 1-based ranks in ascending order; equal values get the mean of the ranks they cover.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    // `==` and not the total order: 0 and -0 are equal values.
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let mean_rank = below as f64 + f64::midpoint(1.0, tied.len() as f64);
        for &at in tied {
            ranks[at] = mean_rank;
        }
        below += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: Option<f64>, expected: f64) -> bool {
        value.is_some_and(|value| (value - expected).abs() < 1e-9)
    }

    #[test]
    fn correlations_ignore_scale_and_shift() {
        let gold = [0.0, 1.5, 5.0, 2.5, 2.5];
        let predicted = [0.1, 0.4, 0.6, 0.2, 0.3];
        let moved = predicted.map(|value| 1e6 + 1e3 * value);
        let (plain, shifted) = (pearson(&predicted, &gold), pearson(&moved, &gold));
        assert!(near(shifted, plain.unwrap()), "{plain:?} {shifted:?}");
        assert_eq!(spearman(&predicted, &gold), spearman(&moved, &gold));
    }

    #[test]
    fn spearman_sees_order_only() {
        let gold = [1.0, 2.0, 3.0, 4.0];
        assert!(near(spearman(&gold.map(f64::exp), &gold), 1.0));
        assert!(near(spearman(&gold.map(|value| -value), &gold), -1.0));
        assert!(pearson(&gold.map(f64::exp), &gold).unwrap() < 0.95);
    }

    #[test]
    fn equal_values_share_their_mean_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0, 3.0]), [4.0, 1.0, 4.0, 2.0, 4.0]);
        assert_eq!(ranks(&[0.0, -0.0, 1.0]), [1.5, 1.5, 3.0]);
    }

    #[test]
    fn many_values_are_ranked_in_less_than_the_square_of_their_time() {
        let values: Vec<f64> = (0..300_000).rev().map(f64::from).collect();
        assert_eq!(ranks(&values)[0], 300_000.0);
    }

    #[test]
    fn a_constant_correlates_with_nothing() {
        assert_eq!(pearson(&[2.0, 2.0, 2.0], &[1.0, 2.0, 3.0]), None);
        assert_eq!(spearman(&[1.0, 2.0], &[5.0, 5.0]), None);
        assert_eq!(pearson(&[1.0], &[1.0]), None);
        assert_eq!(spearman(&[f64::NAN, 1.0], &[1.0, 2.0]), None);
        assert_eq!(pearson(&[f64::NAN, 1.0], &[1.0, 2.0]), None);
    }
}
