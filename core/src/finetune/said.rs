//! What heads for labels, numbers and tags say about a batch, read back to the host.
//!
//! Apart from the predictor, which also looks for answers to questions: a page that opens no such
//! models links none of that.

use super::model::{FineTuned, Inputs};
use super::target::ScoreRange;
use crate::error::CheckpointError;
use crate::parameters;
use crate::tasks::Prediction;
use burn::tensor::Tensor;

/// Of each row the logits of its labels, or one number.
///
/// # Errors
///
/// When the device fails.
pub async fn labels(model: &FineTuned, inputs: &Inputs) -> Result<Vec<Vec<f32>>, CheckpointError> {
    let logits = model.labels(inputs, &mut None);
    let [_, labels] = logits.dims();
    let values = flat_values(logits).await?;
    Ok(values.chunks(labels).map(<[f32]>::to_vec).collect())
}

/// Of each row the likeliest tag of each real token, with its probability.
///
/// # Errors
///
/// When the device fails.
pub async fn tags(
    model: &FineTuned,
    inputs: &Inputs,
    lengths: &[usize],
) -> Result<Vec<Vec<(usize, f32)>>, CheckpointError> {
    let logits = model.tags(inputs, &mut None);
    let [_, seq, labels] = logits.dims();
    let values = flat_values(logits).await?;
    let rows = values.chunks(seq * labels).zip(lengths);
    let tagged = |(row, &length): (&[f32], &usize)| -> Vec<(usize, f32)> {
        row.chunks(labels).take(length).map(likeliest).collect()
    };
    Ok(rows.map(tagged).collect())
}

/// What a row's logits come to: a number on the task's scale, or the likeliest label.
pub fn of_row(logits: &[f32], regression: bool, range: ScoreRange) -> Prediction {
    if regression {
        return Prediction::Score(range.restored(f64::from(logits[0])));
    }
    Prediction::Class { label: largest(logits), probabilities: softmax(logits) }
}

/// The values of a tensor, row by row.
pub(super) async fn flat_values<const D: usize>(
    tensor: Tensor<D>,
) -> Result<Vec<f32>, CheckpointError> {
    let size = tensor.shape().num_elements();
    let mut values = parameters::read(vec![tensor.reshape([size])]).await?;
    Ok(values.remove(0))
}

/// Place of the largest value; the first of equals.
fn largest(values: &[f32]) -> usize {
    let mut best = 0;
    for (at, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = at;
        }
    }
    best
}

/// Probabilities; some are no numbers where a logit is none.
fn softmax(logits: &[f32]) -> Vec<f32> {
    let most = logits[largest(logits)];
    let raised: Vec<f32> = logits.iter().map(|logit| (logit - most).exp()).collect();
    let sum: f32 = raised.iter().sum();
    raised.into_iter().map(|share| share / sum).collect()
}

/// Place of the largest logit, and its share of the softmax.
fn likeliest(logits: &[f32]) -> (usize, f32) {
    let place = largest(logits);
    let sum: f32 = logits.iter().map(|logit| (logit - logits[place]).exp()).sum();
    (place, 1.0 / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equals_is_taken_and_shares_add_up() {
        assert_eq!(largest(&[1.0, 3.0, 3.0]), 1);
        let (place, share) = likeliest(&[1.0, 3.0, 3.0]);
        let shares = softmax(&[1.0, 3.0, 3.0]);
        assert!(place == 1 && (share - shares[1]).abs() < 1e-6);
        assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!((share - 1.0 / (2.0 + (-2.0_f32).exp())).abs() < 1e-6);
    }

    #[test]
    fn large_logits_overflow_nothing_and_a_logit_that_is_none_is_seen() {
        assert_eq!(softmax(&[1e30, 0.0]), [1.0, 0.0]);
        assert!(softmax(&[f32::NAN, 1.0]).iter().any(|share| share.is_nan()));
        assert!(softmax(&[1.0, f32::NAN]).iter().any(|share| share.is_nan()));
    }
}
