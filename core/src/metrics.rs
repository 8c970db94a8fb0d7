//! What a run reports: losses, and how well replaced tokens are told from original ones.
//!
//! Accuracy alone flatters a discriminator, since few tokens are replaced: every set of numbers
//! carries the recall, the area under the ROC curve and the accuracy of calling everything
//! original.

use serde::{Deserialize, Serialize};

/// One line of the training log: the mean since the line before.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StepMetrics {
    /// Optimiser steps finished.
    pub step: usize,
    /// Generator's cross-entropy over masked positions, in nats.
    pub generator_loss: f64,
    /// Discriminator's binary cross-entropy over all real tokens, in nats.
    pub discriminator_loss: f64,
    /// The weighted sum that is minimised.
    pub total_loss: f64,
    /// Learning rate of the last step.
    pub learning_rate: f64,
    /// Norm of all gradients together before clipping, at the last step.
    pub grad_norm: f64,
    /// Share of real tokens that were replaced, in the last batch.
    pub replaced_rate: f64,
    /// Share of the last batch's replaced tokens that were called replaced.
    pub disc_recall: Option<f64>,
    /// Area under the ROC curve on the last batch.
    pub disc_auc: Option<f64>,
    /// Real tokens seen since the run began.
    pub tokens: u64,
}

/// Held-out metrics under the names of the authors' code, plus fixed corruptions that runs share.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Generator's cross-entropy over masked positions, in nats.
    pub masked_lm_loss: f64,
    /// Share of masked positions where the generator's first choice is the original.
    pub masked_lm_accuracy: f64,
    /// Share of masked positions where the generator's sample is the original.
    pub sampled_masked_lm_accuracy: f64,
    /// Discriminator's binary cross-entropy over all real tokens, in nats.
    pub disc_loss: f64,
    /// Share of real tokens judged rightly.
    pub disc_accuracy: f64,
    /// Share of tokens called replaced that are; none when nothing was called replaced.
    pub disc_precision: Option<f64>,
    /// Share of replaced tokens that were called replaced; none when nothing was replaced.
    pub disc_recall: Option<f64>,
    /// Harmonic mean of precision and recall.
    pub disc_f1: Option<f64>,
    /// Area under the ROC curve; none when only one class occurs.
    pub disc_auc: Option<f64>,
    /// Share of real tokens that were replaced.
    pub replaced_rate: f64,
    /// Accuracy of calling everything original.
    pub baseline_accuracy: f64,
    /// AUC on swaps drawn from the text's unigram distribution.
    pub unigram_disc_auc: Option<f64>,
    /// Recall on those swaps.
    pub unigram_disc_recall: Option<f64>,
    /// AUC on swaps drawn uniformly from the vocabulary.
    pub uniform_disc_auc: Option<f64>,
    /// Recall on those swaps.
    pub uniform_disc_recall: Option<f64>,
    /// Rows evaluated.
    pub rows: usize,
    /// Real tokens evaluated.
    pub tokens: usize,
}

/// How well scores separate replaced tokens from original ones.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Detection {
    /// Mean binary cross-entropy, in nats.
    pub loss: f64,
    /// Share judged rightly.
    pub accuracy: f64,
    /// Of tokens called replaced, the share that are.
    pub precision: Option<f64>,
    /// Of replaced tokens, the share called so.
    pub recall: Option<f64>,
    /// Harmonic mean of the two.
    pub f1: Option<f64>,
    /// Area under the ROC curve.
    pub auc: Option<f64>,
    /// Share of tokens that were replaced.
    pub replaced_rate: f64,
    /// Accuracy of calling everything original.
    pub baseline_accuracy: f64,
    /// Tokens judged.
    pub tokens: usize,
}

impl Detection {
    /// Judges `logits` against `replaced`; padding must have been left out.
    ///
    /// A logit of exactly zero says "original", as in the authors' code.
    ///
    /// # Shapes
    ///
    /// - `logits`, `replaced`: `[tokens]`
    pub fn new(logits: &[f32], replaced: &[bool]) -> Self {
        assert_eq!(logits.len(), replaced.len(), "one label per logit");
        let tokens = logits.len();
        let ratio = |count: usize, of: usize| (of > 0).then(|| count as f64 / of as f64);
        let pairs = || logits.iter().zip(replaced);
        let actual = replaced.iter().filter(|&&label| label).count();
        let called = logits.iter().filter(|&&logit| logit > 0.0).count();
        let found = pairs().filter(|&(&logit, &label)| logit > 0.0 && label).count();
        let right = pairs().filter(|&(&logit, &label)| (logit > 0.0) == label).count();
        let precision = ratio(found, called);
        let recall = ratio(found, actual);
        let f1 = ratio(2 * found, called + actual);
        let loss: f64 = pairs().map(|(&logit, &label)| cross_entropy(logit, label)).sum();
        Self {
            loss: loss / tokens.max(1) as f64,
            accuracy: ratio(right, tokens).unwrap_or(0.0),
            precision,
            recall,
            f1,
            auc: auc(logits, replaced),
            replaced_rate: ratio(actual, tokens).unwrap_or(0.0),
            baseline_accuracy: ratio(tokens - actual, tokens).unwrap_or(0.0),
            tokens,
        }
    }
}

/// Binary cross-entropy of one logit, stable for large ones.
fn cross_entropy(logit: f32, label: bool) -> f64 {
    let logit = f64::from(logit);
    let wrong_way = if label { -logit } else { logit };
    wrong_way.max(0.0) + (-wrong_way.abs()).exp().ln_1p()
}

/// Area under the ROC curve by ranks, ties counted half (Mann and Whitney, 1947).
///
/// None unless both classes occur. Not-a-number scores make it none too.
pub fn auc(scores: &[f32], positive: &[bool]) -> Option<f64> {
    let positives = positive.iter().filter(|&&label| label).count();
    let negatives = positive.len() - positives;
    if positives == 0 || negatives == 0 || scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let mut rank_sum = 0.0;
    let mut start = 0;
    while start < order.len() {
        let score = scores[order[start]];
        let ties = order[start..].iter().take_while(|&&at| scores[at] == score).count();
        let mean_rank = start as f64 + f64::midpoint(ties as f64, 1.0);
        let tied = &order[start..start + ties];
        rank_sum += mean_rank * tied.iter().filter(|&&at| positive[at]).count() as f64;
        start += ties;
    }
    let lowest = positives as f64 * (positives as f64 + 1.0) / 2.0;
    Some((rank_sum - lowest) / (positives as f64 * negatives as f64))
}

/// Cross-entropy of a detector that says the base rate everywhere, in nats: what a discriminator
/// that learned nothing reaches.
pub fn base_rate_entropy(replaced_rate: f64) -> f64 {
    let term = |p: f64| if p > 0.0 { -p * p.ln() } else { 0.0 };
    term(replaced_rate) + term(1.0 - replaced_rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_count_half() {
        assert_eq!(auc(&[0.5, 0.5], &[true, false]), Some(0.5));
        assert_eq!(auc(&[0.1, 0.9, 0.5, 0.5], &[false, true, true, false]), Some(0.875));
        assert_eq!(auc(&[0.9, 0.1], &[true, true]), None);
    }

    #[test]
    fn calling_everything_original_has_no_precision_and_no_recall() {
        let detection = Detection::new(&[-1.0, -2.0, -3.0, -4.0], &[true, false, false, false]);
        assert_eq!(detection.precision, None);
        assert_eq!(detection.recall, Some(0.0));
        assert_eq!(detection.accuracy, 0.75);
        assert_eq!(detection.accuracy, detection.baseline_accuracy);
    }

    #[test]
    fn large_logits_stay_finite() {
        assert_eq!(cross_entropy(20.0, false).round(), 20.0);
        assert!(cross_entropy(1e30, true).abs() < 1e-12);
    }
}
