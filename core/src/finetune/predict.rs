//! What a fine-tuned model says, without dropout and without autodiff.

use super::heads::{BeamSpans, Head};
use super::model::{FineTuned, Inputs};
use super::said::{flat_values, labels, of_row, tags};
use super::target::ScoreRange;
use crate::batch::Batch;
use crate::error::CheckpointError;
use crate::examples::Example;
use crate::features::{
    Candidate, Feature, FeatureSettings, NoneScore, RowAnswers, answers, plain_answers, word_tags,
};
use crate::tasks::{LabelledText, Prediction, TaskKind};
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};

/// What a predictor needs to know beside model and rows.
#[derive(Debug, Clone)]
pub struct PredictSettings {
    /// What is answered.
    pub kind: TaskKind,
    /// How texts became rows.
    pub features: FeatureSettings,
    /// Starts, and ends for each, that the authors' span head looks at.
    pub beam: usize,
    /// Rows of a batch.
    pub batch_size: usize,
    /// Id of `[PAD]`.
    pub pad: u32,
    /// The scale of scores.
    pub range: ScoreRange,
    /// Pad to the longest row there may be.
    pub fixed_shapes: bool,
}

/// What a head said about one row.
#[derive(Debug, Clone)]
enum Said {
    /// Logits of labels, or one number.
    Row(Vec<f32>),
    /// A tag for each token, with its probability.
    Tags(Vec<(usize, f32)>),
    Answers(RowAnswers),
}

/// Predicts batch by batch; a front-end pulls and may pause in between.
#[derive(Debug)]
pub struct Predictor<'a> {
    model: FineTuned,
    settings: PredictSettings,
    features: &'a [Feature],
    /// Rows by length, so that batches hold similar ones.
    order: Vec<usize>,
    next: usize,
    said: Vec<Option<Said>>,
    device: Device,
}

impl<'a> Predictor<'a> {
    /// Predictions of `model` as it is now; `device` is the model's.
    pub fn new(
        model: &FineTuned,
        settings: PredictSettings,
        features: &'a [Feature],
        device: &Device,
    ) -> Self {
        let mut order: Vec<usize> = (0..features.len()).collect();
        order.sort_by_key(|&row| features[row].row.ids.len());
        Self {
            model: model.valid(),
            settings,
            features,
            order,
            next: 0,
            said: vec![None; features.len()],
            device: device.clone().inner(),
        }
    }

    /// Rows that were read.
    pub fn done(&self) -> usize {
        self.next
    }

    /// Reads one more batch; false when there was none left.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub async fn advance(&mut self) -> Result<bool, CheckpointError> {
        let end = (self.next + self.settings.batch_size.max(1)).min(self.order.len());
        let rows = self.order[self.next..end].to_vec();
        if rows.is_empty() {
            return Ok(false);
        }
        let examples: Vec<Example> =
            rows.iter().map(|&row| self.features[row].row.clone()).collect();
        let (limit, pad) = (self.settings.features.max_seq_length, self.settings.pad);
        let batch = if self.settings.fixed_shapes {
            Batch::new(&examples, limit, pad)
        } else {
            Batch::trimmed(&examples, limit, pad)
        };
        let said = self.read(&rows, &batch).await?;
        for (row, said) in rows.into_iter().zip(said) {
            self.said[row] = Some(said);
        }
        self.next = end;
        Ok(true)
    }

    async fn read(&self, rows: &[usize], batch: &Batch) -> Result<Vec<Said>, CheckpointError> {
        let inputs = Inputs::new(batch, &self.device);
        match &self.model.head {
            Head::Classifier(_) => {
                let rows = labels(&self.model, &inputs).await?;
                Ok(rows.into_iter().map(Said::Row).collect())
            }
            Head::Tagger(_) => {
                let rows = tags(&self.model, &inputs, &batch.lengths).await?;
                Ok(rows.into_iter().map(Said::Tags).collect())
            }
            Head::Spans(_) => {
                let [starts, ends] = self.model.spans(&inputs, &mut None);
                let (starts, ends) = (flat_values(starts).await?, flat_values(ends).await?);
                let found = rows.iter().enumerate().map(|(index, &row)| {
                    let part = index * batch.seq..index * batch.seq + batch.lengths[index];
                    let (start, end) = (&starts[part.clone()], &ends[part]);
                    let settings = &self.settings.features;
                    Said::Answers(plain_answers(&self.features[row], start, end, settings))
                });
                Ok(found.collect())
            }
            Head::BeamSpans(head) => {
                let hidden = self.model.hidden(&inputs, &mut None);
                let found = head.search(hidden, inputs.allowed, self.settings.beam).await?;
                Ok(found.into_iter().map(Said::Answers).collect())
            }
        }
    }

    /// The predictions about `texts`, whose rows these were.
    ///
    /// # Panics
    ///
    /// If a batch was left out.
    pub fn finish(self, texts: &[LabelledText]) -> Vec<Prediction> {
        let said: Vec<Said> = self.said.into_iter().flatten().collect();
        assert_eq!(said.len(), self.features.len(), "every row must be read before the end");
        let settings = &self.settings.features;
        let none = match self.model.head {
            Head::BeamSpans(_) => NoneScore::Absolute,
            _ => NoneScore::Relative,
        };
        match &self.settings.kind {
            TaskKind::Tagging { .. } => {
                let tags: Vec<Vec<(usize, f32)>> = said.into_iter().filter_map(tags_of).collect();
                word_tags(texts, self.features, &tags)
            }
            TaskKind::Spans { .. } => {
                let rows: Vec<RowAnswers> = said.into_iter().filter_map(answers_of).collect();
                answers(texts, self.features, &rows, none, settings)
            }
            kind => {
                let regression = *kind == TaskKind::Regression;
                let range = self.settings.range;
                let rows = said.into_iter().filter_map(logits_of);
                rows.map(|logits| of_row(&logits, regression, range)).collect()
            }
        }
    }
}

impl BeamSpans {
    /// The `beam` likeliest starts and, after each of them, as many ends, with the sum of their
    /// log-probabilities; and the logit of "there is no answer". One entry a row.
    ///
    /// # Shapes
    ///
    /// - `hidden`: `[batch, seq, hidden]`; `allowed`: `[batch, seq]`
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub async fn search(
        &self,
        hidden: Tensor<3>,
        allowed: Tensor<2>,
        beam: usize,
    ) -> Result<Vec<RowAnswers>, CheckpointError> {
        let ([rows, seq, _], device) = (hidden.dims(), hidden.device());
        let starts = self.starts(hidden.clone(), allowed.clone());
        let nones = flat_values(self.nones(hidden.clone(), starts.clone())).await?;
        let starts = flat_values(starts).await?;
        let likely: Vec<Vec<(usize, f32)>> =
            starts.chunks(seq).map(|row| best(&log_softmax(row), beam)).collect();
        let mut found: Vec<Vec<Candidate>> = vec![Vec::new(); rows];
        for place in 0..beam.min(seq) {
            let chosen: Vec<i32> = likely.iter().map(|row| row[place].0 as i32).collect();
            let chosen = Tensor::<1, Int>::from_data(TensorData::new(chosen, [rows]), &device);
            let ends = flat_values(self.ends(hidden.clone(), chosen, allowed.clone())).await?;
            for (row, ends) in ends.chunks(seq).enumerate() {
                let (start, score) = likely[row][place];
                let after = |(end, ending)| Candidate { start, end, score: score + ending };
                found[row].extend(best(&log_softmax(ends), beam).into_iter().map(after));
            }
        }
        let rows = found.into_iter().zip(nones);
        Ok(rows.map(|(candidates, none)| RowAnswers { candidates, none }).collect())
    }
}

fn tags_of(said: Said) -> Option<Vec<(usize, f32)>> {
    if let Said::Tags(tags) = said { Some(tags) } else { None }
}

fn answers_of(said: Said) -> Option<RowAnswers> {
    if let Said::Answers(answers) = said { Some(answers) } else { None }
}

fn logits_of(said: Said) -> Option<Vec<f32>> {
    if let Said::Row(logits) = said { Some(logits) } else { None }
}

/// Places and values of the `count` largest, largest first.
fn best(values: &[f32], count: usize) -> Vec<(usize, f32)> {
    let mut all: Vec<(usize, f32)> = values.iter().copied().enumerate().collect();
    all.sort_by(|left, right| right.1.total_cmp(&left.1));
    all.truncate(count);
    all
}

/// Logarithms of the softmax of scores.
fn log_softmax(scores: &[f32]) -> Vec<f32> {
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    let sum: f32 = scores.iter().map(|score| (score - most).exp()).sum();
    scores.iter().map(|score| score - most - sum.ln()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_come_first_and_probabilities_sum_to_one() {
        assert_eq!(best(&[0.5, 2.0, -1.0, 1.0], 2), [(1, 2.0), (3, 1.0)]);
        let sum: f32 = log_softmax(&[1.0, 2.0, 1000.0]).iter().map(|log| log.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-6);
    }
}
