//! What rows should say, as tensors.

use crate::batch::Batch;
use crate::features::{Feature, RowTarget};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// The truth about a batch, on the device; the weight is 0 where there is none.
#[allow(clippy::large_enum_variant, reason = "tensors are handles, and a batch has one")]
#[derive(Debug, Clone)]
pub enum Targets {
    /// Labels: of rows `[batch]`, or of tokens `[batch * seq]`.
    Classes {
        /// Numbers of the labels.
        labels: Tensor<1, Int>,
        /// 1 where there is one.
        weights: Tensor<1>,
    },
    /// Numbers to hit: `[batch]`.
    Scores {
        /// In the scale of the training.
        scores: Tensor<1>,
        /// 1 where there is one.
        weights: Tensor<1>,
    },
    /// Spans: `[batch]` each.
    Spans {
        /// Position of the first token.
        start: Tensor<1, Int>,
        /// Position of the last token.
        end: Tensor<1, Int>,
        /// 1 where the row holds no answer.
        none: Tensor<1>,
        /// 1 where the truth is known.
        weights: Tensor<1>,
    },
}

/// The scale that regression is learned in: 0 for the lowest score of the training, 1 for the
/// highest.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ScoreRange {
    /// Lowest score.
    pub low: f64,
    /// Highest score.
    pub high: f64,
}

impl ScoreRange {
    /// Scores as they are.
    pub const PLAIN: Self = Self { low: 0.0, high: 1.0 };

    /// The range of the scores of rows.
    pub fn of(features: &[Feature]) -> Self {
        let mut range: Option<Self> = None;
        for feature in features {
            if let RowTarget::Score(score) = feature.target {
                let known = range.unwrap_or(Self { low: score, high: score });
                range = Some(Self { low: known.low.min(score), high: known.high.max(score) });
            }
        }
        range.filter(|range| range.high > range.low).unwrap_or(Self::PLAIN)
    }

    /// From the score to the scale of the training.
    pub fn scaled(&self, score: f64) -> f64 {
        (score - self.low) / (self.high - self.low)
    }

    /// And back.
    pub fn restored(&self, scaled: f64) -> f64 {
        self.low + scaled * (self.high - self.low)
    }
}

/// How many losses rows add up: words with a tag, or the rows with a truth.
pub fn counted(features: &[&Feature]) -> usize {
    let count = |feature: &&Feature| match &feature.target {
        RowTarget::Unknown => 0,
        RowTarget::Tags(tags) => tags.iter().flatten().count(),
        _ => 1,
    };
    features.iter().map(count).sum()
}

impl Targets {
    /// The truth about rows that were padded to `batch`.
    pub fn new(features: &[&Feature], batch: &Batch, range: ScoreRange, device: &Device) -> Self {
        let upload = Upload { device };
        let known = |feature: &&Feature| feature.target != RowTarget::Unknown;
        let weights: Vec<f32> =
            features.iter().map(|feature| f32::from(u8::from(known(feature)))).collect();
        let kind = features.iter().find(|feature| known(feature)).map(|feature| &feature.target);
        match kind {
            Some(RowTarget::Tags(_)) => Self::tags(features, batch, upload),
            Some(RowTarget::Score(_)) => {
                let score = |feature: &&Feature| match feature.target {
                    RowTarget::Score(score) => range.scaled(score) as f32,
                    _ => 0.0,
                };
                let scores = upload.floats(features.iter().map(score).collect());
                Self::Scores { scores, weights: upload.floats(weights) }
            }
            Some(RowTarget::Span { .. }) => Self::spans(features, weights, upload),
            _ => {
                let label = |feature: &&Feature| match feature.target {
                    RowTarget::Class(label) => label as i32,
                    _ => 0,
                };
                let labels = upload.ints(features.iter().map(label).collect());
                Self::Classes { labels, weights: upload.floats(weights) }
            }
        }
    }

    fn tags(features: &[&Feature], batch: &Batch, upload: Upload<'_>) -> Self {
        let mut labels = vec![0; batch.rows * batch.seq];
        let mut weights = vec![0.0; batch.rows * batch.seq];
        for (row, feature) in features.iter().enumerate() {
            let RowTarget::Tags(tags) = &feature.target else { continue };
            for (at, tag) in tags.iter().enumerate().take(batch.seq) {
                if let Some(tag) = tag {
                    labels[row * batch.seq + at] = *tag as i32;
                    weights[row * batch.seq + at] = 1.0;
                }
            }
        }
        Self::Classes { labels: upload.ints(labels), weights: upload.floats(weights) }
    }

    fn spans(features: &[&Feature], weights: Vec<f32>, upload: Upload<'_>) -> Self {
        let span = |feature: &&Feature| match feature.target {
            RowTarget::Span { start, end, answerable } => (start, end, answerable),
            _ => (0, 0, false),
        };
        let spans: Vec<_> = features.iter().map(span).collect();
        Self::Spans {
            start: upload.ints(spans.iter().map(|&(start, ..)| start as i32).collect()),
            end: upload.ints(spans.iter().map(|&(_, end, _)| end as i32).collect()),
            none: upload.floats(
                spans.iter().map(|&(_, _, answerable)| f32::from(u8::from(!answerable))).collect(),
            ),
            weights: upload.floats(weights),
        }
    }
}

#[derive(Clone, Copy)]
struct Upload<'a> {
    device: &'a Device,
}

impl Upload<'_> {
    fn ints(self, values: Vec<i32>) -> Tensor<1, Int> {
        let size = values.len();
        Tensor::from_data(TensorData::new(values, [size]), self.device)
    }

    fn floats(self, values: Vec<f32>) -> Tensor<1> {
        let size = values.len();
        Tensor::from_data(TensorData::new(values, [size]), self.device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_come_back_from_their_scale() {
        let range = ScoreRange { low: 0.0, high: 5.0 };
        assert_eq!(range.scaled(2.5), 0.5);
        assert_eq!(range.restored(range.scaled(4.2)), 4.2);
    }
}
