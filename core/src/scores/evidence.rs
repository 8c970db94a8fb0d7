//! Predictions beside the truth, ready to be scored on any draw of the texts.

use super::answers::{AnswerScore, given_answer};
use super::spans::SpanCounts;
use super::{
    F1, accuracy, binary_f1, macro_f1, matthews, mean, mean_squared_error, pearson, spearman,
};
use crate::error::TaskError;
use crate::tasks::{LabelledText, Metric, Prediction, Target, TaskKind, TaskSpec};

/// One entry a text.
pub(super) enum Evidence {
    Classes { predicted: Vec<usize>, gold: Vec<usize>, two: bool },
    Scores { predicted: Vec<f64>, gold: Vec<f64> },
    Tags(Vec<SpanCounts>),
    Answers(Vec<AnswerScore>),
}

impl Evidence {
    /// Pairs every prediction with its truth.
    pub(super) fn gather(
        spec: &TaskSpec,
        texts: &[LabelledText],
        predictions: &[Prediction],
        none_threshold: f32,
    ) -> Result<Self, TaskError> {
        if texts.len() != predictions.len() {
            return Err(TaskError::Data(format!(
                "there are {} predictions for {} texts of {}",
                predictions.len(),
                texts.len(),
                spec.title
            )));
        }
        let mut evidence = match &spec.kind {
            TaskKind::Classification { labels } => {
                Self::Classes { predicted: vec![], gold: vec![], two: labels.len() == 2 }
            }
            TaskKind::Regression => Self::Scores { predicted: vec![], gold: vec![] },
            TaskKind::Tagging { .. } => Self::Tags(vec![]),
            TaskKind::Spans { .. } => Self::Answers(vec![]),
        };
        for (text, prediction) in texts.iter().zip(predictions) {
            evidence.add(spec, text, prediction, none_threshold)?;
        }
        Ok(evidence)
    }

    fn add(
        &mut self,
        spec: &TaskSpec,
        text: &LabelledText,
        prediction: &Prediction,
        none_threshold: f32,
    ) -> Result<(), TaskError> {
        match (self, &text.target, prediction) {
            (
                Self::Classes { predicted, gold, .. },
                Target::Class(class),
                Prediction::Class { label, .. },
            ) => {
                predicted.push(*label);
                gold.push(*class);
            }
            (Self::Scores { predicted, gold }, Target::Score(truth), Prediction::Score(score)) => {
                predicted.push(*score);
                gold.push(*truth);
            }
            (Self::Tags(counts), Target::Tags(truth), Prediction::Tags { tags, .. })
                if truth.len() == tags.len() =>
            {
                let names = |tags: &[usize]| -> Vec<&str> {
                    tags.iter().map(|&tag| spec.kind.labels()[tag].as_str()).collect()
                };
                counts.push(SpanCounts::of(&names(tags), &names(truth)));
            }
            (Self::Answers(scores), Target::Answers(gold), Prediction::Answer(answer)) => {
                let version_2 = spec.kind == TaskKind::Spans { answerable: true };
                let said = given_answer(&spec.kind, answer, none_threshold);
                let gold: Vec<&str> = gold.iter().map(|answer| answer.text.as_str()).collect();
                scores.push(AnswerScore::new(said, &gold, version_2));
            }
            (_, truth, _) => return Err(unlike(spec, text, truth)),
        }
        Ok(())
    }

    /// One metric on the texts of a draw, which may hold a text several times.
    pub(super) fn value(&self, metric: Metric, draw: &[usize]) -> Option<f64> {
        match self {
            Self::Classes { predicted, gold, two } => {
                of_classes(metric, &pick(predicted, draw), &pick(gold, draw), *two)
            }
            Self::Scores { predicted, gold } => {
                of_scores(metric, &pick(predicted, draw), &pick(gold, draw))
            }
            Self::Tags(counts) => of_tags(metric, counts, draw),
            Self::Answers(scores) => {
                let of = |at: usize| match metric {
                    Metric::ExactMatch => Some(scores[at].exact_match),
                    Metric::F1 => Some(scores[at].f1),
                    _ => None,
                };
                mean(&draw.iter().filter_map(|&at| of(at)).collect::<Vec<f64>>())
            }
        }
    }
}

fn pick<T: Copy>(values: &[T], draw: &[usize]) -> Vec<T> {
    draw.iter().map(|&at| values[at]).collect()
}

fn of_classes(metric: Metric, predicted: &[usize], gold: &[usize], two: bool) -> Option<f64> {
    match metric {
        Metric::Accuracy => accuracy(predicted, gold),
        Metric::F1 if two => (!gold.is_empty()).then(|| binary_f1(predicted, gold).f1),
        Metric::MacroF1 => macro_f1(predicted, gold),
        Metric::Matthews => matthews(predicted, gold),
        _ => None,
    }
}

fn of_scores(metric: Metric, predicted: &[f64], gold: &[f64]) -> Option<f64> {
    match metric {
        Metric::Pearson => pearson(predicted, gold),
        Metric::Spearman => spearman(predicted, gold),
        Metric::MeanSquaredError => mean_squared_error(predicted, gold),
        _ => None,
    }
}

fn of_tags(metric: Metric, counts: &[SpanCounts], draw: &[usize]) -> Option<f64> {
    let mut total = SpanCounts::default();
    for &at in draw {
        total += counts[at];
    }
    if total.words == 0 {
        return None;
    }
    let score = F1::of(total.found, total.called, total.actual);
    match metric {
        Metric::Accuracy => Some(total.right as f64 / total.words as f64),
        Metric::F1 => Some(score.f1),
        Metric::Precision => Some(score.precision),
        Metric::Recall => Some(score.recall),
        _ => None,
    }
}

/// Why a text cannot be scored.
fn unlike(spec: &TaskSpec, text: &LabelledText, truth: &Target) -> TaskError {
    let why = match truth {
        Target::Unknown => "has no label to score against",
        _ => "and its prediction are not of the kind of this task",
    };
    TaskError::Data(format!("text `{}` of {} {why}", text.id, spec.title))
}
