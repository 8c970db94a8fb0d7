//! A fine-tuned model that is asked about texts, by the program and by the page alike.
//!
//! After fine-tuning in the pipeline: folder's contents → model → texts → rows → predictions.

mod pairs;
mod words;

pub use pairs::{SecondText, may_read_pairs, refuse_pairs};

use crate::batch::Batch;
use crate::config::{ElectraConfig, FineTuneConfig};
use crate::error::TaskError;
use crate::examples::Example;
use crate::features::{featurize, plain_rows, word_tags};
use crate::finetune::{
    FineTuned, Inputs, PredictSettings, Predictor, ScoreRange, Setup, labels, of_row, tags,
};
use crate::hugging_face::SavedTask;
use crate::models::Folder;
use crate::task_models::fine_tuned;
use crate::tasks::{Content, LabelledText, Prediction, Target, TaskKind, TaskSpec};
use crate::tokenizer::Tokenizer;
use burn::tensor::Device;
use std::collections::BTreeSet;

/// How texts are read.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Longest row in tokens; none: as in fine-tuning, but no longer than `longest`.
    pub max_seq_length: Option<usize>,
    /// Rows are cut here whatever the model says.
    pub longest: usize,
    /// Rows of a batch.
    pub batch_size: usize,
    /// Pad to the longest row there may be.
    pub fixed_shapes: bool,
}

/// A fine-tuned model with all that asking it takes.
pub struct Answerer {
    /// Shape of the encoder.
    pub config: ElectraConfig,
    /// What it answers, as its folder says.
    pub task: SavedTask,
    /// Encoder and head.
    pub model: FineTuned,
    /// How its texts become tokens.
    pub tokenizer: Tokenizer,
    settings: PredictSettings,
    device: Device,
}

impl Answerer {
    /// The model of a folder, ours or one that `transformers` saved; `device` has no autodiff.
    ///
    /// # Errors
    ///
    /// [`TaskError`] naming the field or tensor that does not fit, or rows that do not.
    pub fn open(
        folder: &Folder,
        tokenizer: Tokenizer,
        reading: Reading,
        device: &Device,
    ) -> Result<Self, TaskError> {
        let (config, task, model) = fine_tuned(folder, device)?;
        let mut rows = FineTuneConfig::preset(FineTuneConfig::nearest_preset(&config))?;
        let usual = task.max_seq_length.min(reading.longest);
        rows.max_seq_length = reading.max_seq_length.unwrap_or(usual);
        if let Some(window) = &task.window {
            rows.window = window.clone();
        }
        rows.validate_rows(&config, &task.kind)?;
        let settings = PredictSettings {
            kind: task.kind.clone(),
            features: Setup::feature_settings(&rows),
            beam: rows.window.beam,
            batch_size: reading.batch_size,
            pad: tokenizer.special().pad,
            range: ScoreRange::PLAIN,
            fixed_shapes: reading.fixed_shapes,
        };
        Ok(Self { config, task, model, tokenizer, settings, device: device.clone() })
    }

    /// Tokens of the longest row.
    pub fn longest_row(&self) -> usize {
        self.settings.features.max_seq_length
    }

    /// What the model says about `texts`, of whatever kind, and of how many of them a part was in no
    /// row.
    ///
    /// # Errors
    ///
    /// When a text does not fit the task, or the device fails.
    pub async fn ask(&self, texts: &[LabelledText]) -> Result<(Vec<Prediction>, usize), TaskError> {
        refuse_pairs(&self.config, texts)?;
        let settings = &self.settings;
        let rows = featurize(texts, &settings.kind, &self.tokenizer, &settings.features)?;
        let cut: BTreeSet<usize> =
            rows.iter().filter(|row| row.truncated).map(|row| row.text).collect();
        let mut predictor = Predictor::new(&self.model, settings.clone(), &rows, &self.device);
        while predictor.advance().await? {}
        Ok((predictor.finish(texts), cut.len()))
    }

    /// What a model that answers no questions says about one text, and whether a part of the text
    /// was in no row.
    ///
    /// The same as [`Self::ask`], without what looks for answers: a page is smaller so.
    ///
    /// # Errors
    ///
    /// When the text does not fit the task, or the device fails.
    pub async fn judge(&self, content: Content) -> Result<(Prediction, bool), TaskError> {
        let texts = [LabelledText { id: String::new(), content, target: Target::Unknown }];
        refuse_pairs(&self.config, &texts)?;
        let settings = &self.settings;
        let rows = plain_rows(&texts[0], &settings.kind, &self.tokenizer, &settings.features)?;
        let truncated = rows.iter().any(|row| row.truncated);
        let (mut logits, mut tagged) = (Vec::new(), Vec::new());
        for part in rows.chunks(self.settings.batch_size.max(1)) {
            let examples: Vec<Example> = part.iter().map(|feature| feature.row.clone()).collect();
            let (inputs, lengths) = self.inputs(&examples);
            match self.task.kind {
                TaskKind::Tagging { .. } => {
                    tagged.extend(tags(&self.model, &inputs, &lengths).await?);
                }
                _ => logits.extend(labels(&self.model, &inputs).await?),
            }
        }
        let prediction = match (&self.task.kind, logits.first()) {
            (TaskKind::Tagging { .. }, _) => word_tags(&texts, &rows, &tagged).pop(),
            (kind, Some(logits)) => {
                Some(of_row(logits, *kind == TaskKind::Regression, self.settings.range))
            }
            (_, None) => None,
        };
        let nothing = || TaskError::Data("there is no text".to_owned());
        Ok((prediction.ok_or_else(nothing)?, truncated))
    }

    /// One pass of the encoder over a row, for timing it.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub async fn pass(&self, ids: Vec<u32>) -> Result<(), TaskError> {
        let row = Example { first_segment: ids.len(), ids };
        let (inputs, lengths) = self.inputs(&[row]);
        match self.task.kind {
            TaskKind::Tagging { .. } => tags(&self.model, &inputs, &lengths).await.map(|_| ())?,
            _ => labels(&self.model, &inputs).await.map(|_| ())?,
        }
        Ok(())
    }

    /// Rows on the device, and their lengths.
    fn inputs(&self, rows: &[Example]) -> (Inputs, Vec<usize>) {
        let (limit, pad) = (self.longest_row(), self.settings.pad);
        let batch = if self.settings.fixed_shapes {
            Batch::new(rows, limit, pad)
        } else {
            Batch::trimmed(rows, limit, pad)
        };
        (Inputs::new(&batch, &self.device), batch.lengths)
    }
}

/// The task as far as a model's folder tells it.
pub fn spec(task: &SavedTask) -> TaskSpec {
    // One's own task, which has columns, may be called like a built-in one.
    match (&task.columns, TaskSpec::builtin(&task.name)) {
        (None, Ok(spec)) => TaskSpec { kind: task.kind.clone(), ..spec },
        (columns, _) => {
            let columns = columns.clone().unwrap_or_default();
            TaskSpec::custom(&task.name, task.kind.clone(), columns)
        }
    }
}

/// What a person wrote, as the task wants it: words to tag stand between spaces and punctuation.
pub fn content(kind: &TaskKind, first: &str, second: Option<&str>) -> Content {
    match (kind, second) {
        (TaskKind::Tagging { .. }, _) => Content::Words(words::of_text(first)),
        (TaskKind::Spans { .. }, context) => Content::Question {
            question: first.to_owned(),
            context: context.unwrap_or_default().to_owned(),
        },
        (_, Some(second)) => Content::Pair(first.to_owned(), second.to_owned()),
        (_, None) => Content::Text(first.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HeadStyle;
    use crate::tasks::Columns;

    fn saved(name: &str, kind: TaskKind, columns: Option<Columns>) -> SavedTask {
        SavedTask {
            name: name.to_owned(),
            kind,
            head: HeadStyle::HuggingFace,
            max_seq_length: 64,
            columns,
            window: None,
        }
    }

    #[test]
    fn a_task_with_columns_is_one_s_own_whatever_its_name() {
        let labels = || TaskKind::Classification { labels: vec!["no".to_owned()] };
        let columns = Columns { first: "review".to_owned(), ..Columns::default() };
        let own = spec(&saved("rte", labels(), Some(columns.clone())));
        assert_eq!((own.kind, own.columns), (labels(), Some(columns)));
        assert_eq!(spec(&saved("rte", labels(), None)).columns, None);
    }

    #[test]
    fn brackets_and_full_stops_are_words_of_their_own_to_a_tagger_only() {
        let text = "(Paris) fell.";
        let tags = TaskKind::Tagging { labels: vec!["O".to_owned()] };
        let words = ["(", "Paris", ")", "fell", "."].map(str::to_owned).to_vec();
        assert_eq!(content(&tags, text, None), Content::Words(words));
        assert_eq!(content(&TaskKind::Regression, text, None), Content::Text(text.to_owned()));
    }
}
