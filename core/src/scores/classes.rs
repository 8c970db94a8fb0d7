//! Scores of classifiers: accuracy, F1 and Matthews' correlation.

use super::{F1, mean};
use serde::Serialize;

/// Share of predictions that are right; none of nothing.
pub fn accuracy(predicted: &[usize], gold: &[usize]) -> Option<f64> {
    assert_eq!(predicted.len(), gold.len(), "one prediction per gold label");
    let right = predicted.iter().zip(gold).filter(|(a, b)| a == b).count();
    (!gold.is_empty()).then(|| right as f64 / gold.len() as f64)
}

/// F1 of one class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClassF1 {
    /// Which class.
    pub class: usize,
    /// Examples of it.
    pub actual: usize,
    /// How well they were found.
    pub score: F1,
}

/// F1 of every class below `classes`.
pub fn class_f1(predicted: &[usize], gold: &[usize], classes: usize) -> Vec<ClassF1> {
    let counts = Counts::new(predicted, gold, classes);
    let of = |class| ClassF1 {
        class,
        actual: counts.actual[class],
        score: F1::of(counts.found[class], counts.called[class], counts.actual[class]),
    };
    (0..classes).map(of).collect()
}

/// F1 of class 1, as GLUE counts it for MRPC and QQP.
pub fn binary_f1(predicted: &[usize], gold: &[usize]) -> F1 {
    let classes = number_of_classes(predicted, gold).max(2);
    class_f1(predicted, gold, classes)[1].score
}

/// Mean F1 over the classes that occur in the predictions or in the gold labels, each counting the
/// same; none of nothing.
pub fn macro_f1(predicted: &[usize], gold: &[usize]) -> Option<f64> {
    let counts = Counts::new(predicted, gold, number_of_classes(predicted, gold));
    let occurring = (0..counts.found.len())
        .filter(|&class| counts.called[class] + counts.actual[class] > 0)
        .map(|class| F1::of(counts.found[class], counts.called[class], counts.actual[class]).f1);
    mean(&occurring.collect::<Vec<f64>>())
}

/// Matthews' correlation coefficient for any number of classes (Gorodkin, 2004).
///
/// 0 when the predictions or the gold labels are all of one class, as in scikit-learn: such
/// predictions say nothing. None of nothing.
pub fn matthews(predicted: &[usize], gold: &[usize]) -> Option<f64> {
    let counts = Counts::new(predicted, gold, number_of_classes(predicted, gold));
    // Integers: the terms nearly cancel for weak predictors.
    let total = gold.len() as i128;
    let dot = |a: &[usize], b: &[usize]| -> i128 {
        a.iter().zip(b).map(|(&a, &b)| a as i128 * b as i128).sum()
    };
    let right = counts.found.iter().sum::<usize>() as i128;
    let together = right * total - dot(&counts.called, &counts.actual);
    let of_called = total * total - dot(&counts.called, &counts.called);
    let of_actual = total * total - dot(&counts.actual, &counts.actual);
    if total == 0 {
        return None;
    }
    let scale = (of_called as f64).sqrt() * (of_actual as f64).sqrt();
    Some(if scale > 0.0 { (together as f64 / scale).clamp(-1.0, 1.0) } else { 0.0 })
}

/// The class that occurs most often, the smallest of equals; none of nothing.
pub fn most_common(labels: &[usize]) -> Option<usize> {
    let mut counts = vec![0_usize; labels.iter().max()? + 1];
    for &label in labels {
        counts[label] += 1;
    }
    let most = *counts.iter().max()?;
    counts.iter().position(|&count| count == most)
}

fn number_of_classes(predicted: &[usize], gold: &[usize]) -> usize {
    predicted.iter().chain(gold).max().map_or(0, |largest| largest + 1)
}

/// Per class: predicted rightly, predicted, and there.
struct Counts {
    found: Vec<usize>,
    called: Vec<usize>,
    actual: Vec<usize>,
}

impl Counts {
    fn new(predicted: &[usize], gold: &[usize], classes: usize) -> Self {
        assert_eq!(predicted.len(), gold.len(), "one prediction per gold label");
        let zeros = vec![0; classes];
        let mut counts = Self { found: zeros.clone(), called: zeros.clone(), actual: zeros };
        for (&predicted, &gold) in predicted.iter().zip(gold) {
            counts.called[predicted] += 1;
            counts.actual[gold] += 1;
            counts.found[gold] += usize::from(predicted == gold);
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_prediction_has_no_correlation_however_accurate() {
        let gold = [1, 1, 1, 0];
        let constant = [1; 4];
        assert_eq!(accuracy(&constant, &gold), Some(0.75));
        assert_eq!(matthews(&constant, &gold), Some(0.0));
    }

    #[test]
    fn perfect_and_reversed_predictions_are_the_ends_of_the_scale() {
        let gold = [0, 1, 1, 0];
        let reversed = [1, 0, 0, 1];
        let near = |found: Option<f64>, end: f64| (found.unwrap() - end).abs() < 1e-12;
        assert!(near(matthews(&gold, &gold), 1.0) && near(matthews(&reversed, &gold), -1.0));
        assert_eq!(binary_f1(&gold, &gold).f1, 1.0);
        assert_eq!(binary_f1(&reversed, &gold), F1::default());
    }

    #[test]
    fn renaming_the_classes_changes_neither_accuracy_nor_correlation() {
        let (gold, predicted) = ([0, 1, 2, 2, 1, 0, 0], [0, 2, 2, 1, 1, 0, 1]);
        let rename = |labels: [usize; 7]| labels.map(|label| [2, 0, 1][label]);
        let renamed = (rename(predicted), rename(gold));
        assert_eq!(accuracy(&renamed.0, &renamed.1), accuracy(&predicted, &gold));
        assert_eq!(matthews(&renamed.0, &renamed.1), matthews(&predicted, &gold));
        let near = macro_f1(&renamed.0, &renamed.1).zip(macro_f1(&predicted, &gold));
        assert!(near.is_some_and(|(a, b)| (a - b).abs() < 1e-12), "{near:?}");
    }

    #[test]
    fn a_class_that_never_occurs_does_not_dilute_the_macro_mean() {
        assert_eq!(macro_f1(&[0, 3], &[0, 3]), Some(1.0));
        assert_eq!(class_f1(&[0, 3], &[0, 3], 4)[1].score, F1::default());
    }

    #[test]
    fn nothing_has_no_score() {
        assert_eq!(accuracy(&[], &[]), None);
        assert_eq!(matthews(&[], &[]), None);
        assert_eq!(macro_f1(&[], &[]), None);
        assert_eq!(most_common(&[]), None);
    }

    #[test]
    fn the_smallest_of_equally_common_classes_is_the_majority() {
        assert_eq!(most_common(&[2, 1, 2, 1, 0]), Some(1));
    }
}
