//! What downstream tasks are scored by, as their benchmarks define it.
//!
//! [`score`] is the way in: a task, its texts, what a model predicted. The functions that it calls
//! are pure and public. Every score is a share between 0 and 1 or a correlation between -1 and 1,
//! but for the mean squared error, which has the scale of the data; one that is not defined (a
//! correlation of a constant, the accuracy on nothing) is absent instead of a number that looks like
//! one.

mod answers;
mod baseline;
mod classes;
mod correlation;
mod evidence;
mod glue;
mod parts;
mod sampling;
mod spans;
mod summary;
mod thresholds;

pub use answers::{AnswerScore, given_answer, normalize_answer};
pub use baseline::majority;
pub use classes::{ClassF1, accuracy, binary_f1, class_f1, macro_f1, matthews, most_common};
pub use correlation::{mean_squared_error, pearson, spearman};
pub use glue::{GlueAverage, glue_average};
pub use parts::parts;
pub use sampling::{CONFIDENCE, Interval, resample};
pub use spans::{Span, SpanCounts, SpanScores, span_scores, spans};
pub use summary::{Summary, summarise};
pub use thresholds::{BestThresholds, best_thresholds};

use crate::error::TaskError;
use crate::tasks::{LabelledText, Metric, Prediction, TaskSpec};
use evidence::Evidence;
use serde::Serialize;
use std::collections::BTreeMap;

/// Scores by their metric's name, as in `results.json`.
pub type Scores = BTreeMap<String, f64>;

/// Scores predictions by every metric of the task; metrics that are not defined here are absent.
///
/// Questions have no answer where "no answer" is the likelier.
///
/// # Errors
///
/// [`TaskError::Data`] when truth is not told for every text, or predictions are of another kind.
pub fn score(
    spec: &TaskSpec,
    texts: &[LabelledText],
    predictions: &[Prediction],
) -> Result<Scores, TaskError> {
    score_with_threshold(spec, texts, predictions, 0.0)
}

/// The same, with the lead of "no answer" above which a question is taken to have none.
///
/// # Errors
///
/// As [`score`].
pub fn score_with_threshold(
    spec: &TaskSpec,
    texts: &[LabelledText],
    predictions: &[Prediction],
    none_threshold: f32,
) -> Result<Scores, TaskError> {
    let evidence = Evidence::gather(spec, texts, predictions, none_threshold)?;
    let all: Vec<usize> = (0..texts.len()).collect();
    Ok(on_draw(spec, &evidence, &all))
}

/// Every metric of the task on the texts of a draw, as far as it is defined there.
fn on_draw(spec: &TaskSpec, evidence: &Evidence, draw: &[usize]) -> Scores {
    let named = |&metric: &Metric| Some((metric.name().to_owned(), evidence.value(metric, draw)?));
    spec.metrics.iter().filter_map(named).collect()
}

/// How sure every score is, given the texts that it was measured on: see [`resample`].
///
/// # Errors
///
/// As [`score`].
pub fn bootstrap(
    spec: &TaskSpec,
    texts: &[LabelledText],
    predictions: &[Prediction],
    resamples: usize,
    seed: u64,
) -> Result<BTreeMap<String, Interval>, TaskError> {
    let evidence = Evidence::gather(spec, texts, predictions, 0.0)?;
    let mut intervals = BTreeMap::new();
    for &metric in &spec.metrics {
        let score = |draw: &[usize]| evidence.value(metric, draw);
        if let Some(interval) = resample(texts.len(), resamples, seed, score) {
            intervals.insert(metric.name().to_owned(), interval);
        }
    }
    Ok(intervals)
}

/// Precision, recall and their harmonic mean, from counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct F1 {
    /// Of what was called so, the share that is; 0 when nothing was.
    pub precision: f64,
    /// Of what is so, the share that was called so; 0 when nothing is.
    pub recall: f64,
    /// `2 found / (called + actual)`; 0 when both are 0.
    pub f1: f64,
}

impl F1 {
    /// From the number called so rightly, the number called so and the number that is so.
    ///
    /// A fraction with a zero below is 0, as in `conlleval`, `seqeval` and (with a warning)
    /// scikit-learn.
    pub fn of(found: usize, called: usize, actual: usize) -> Self {
        let ratio = |count: usize, of: usize| if of > 0 { count as f64 / of as f64 } else { 0.0 };
        Self {
            precision: ratio(found, called),
            recall: ratio(found, actual),
            f1: ratio(2 * found, called + actual),
        }
    }
}

/// The mean, none of nothing.
fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
