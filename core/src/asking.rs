//! A fine-tuned model that is asked about texts, by the program and by the page alike.
//!
//! After fine-tuning in the pipeline: folder's contents → model → texts → rows → predictions.

use crate::config::{ElectraConfig, FineTuneConfig};
use crate::error::TaskError;
use crate::features::{Feature, featurize};
use crate::finetune::{FineTuned, PredictSettings, Predictor, ScoreRange, Setup};
use crate::hugging_face::SavedTask;
use crate::models::Folder;
use crate::task_models::fine_tuned;
use crate::tasks::{Columns, Content, LabelledText, Prediction, TaskKind, TaskSpec};
use crate::tokenizer::Tokenizer;
use burn::tensor::Device;

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
        let mut rows = FineTuneConfig::for_task(&config, &spec(&task));
        let usual = task.max_seq_length.min(reading.longest);
        rows.max_seq_length = reading.max_seq_length.unwrap_or(usual);
        rows.validate(&config, &task.kind)?;
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

    /// Texts as rows.
    ///
    /// # Errors
    ///
    /// When a text does not fit the task, or a pair the model.
    pub fn rows(&self, texts: &[LabelledText]) -> Result<Vec<Feature>, TaskError> {
        let is_pair = |text: &LabelledText| {
            matches!(text.content, Content::Pair(..) | Content::Question { .. })
        };
        if self.config.type_vocab_size < 2 && texts.iter().any(is_pair) {
            let message = "this model knows one kind of segment (`type_vocab_size`), so it reads \
                           single texts only; leave the second text out";
            return Err(TaskError::Data(message.to_owned()));
        }
        featurize(texts, &self.task.kind, &self.tokenizer, &self.settings.features)
    }

    /// What reads rows batch by batch.
    pub fn predictor<'a>(&self, rows: &'a [Feature]) -> Predictor<'a> {
        Predictor::new(&self.model, self.settings.clone(), rows, &self.device)
    }

    /// What the model says about `texts`, whose rows are `rows`.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub async fn ask(
        &self,
        texts: &[LabelledText],
        rows: &[Feature],
    ) -> Result<Vec<Prediction>, TaskError> {
        let mut predictor = self.predictor(rows);
        while predictor.advance().await? {}
        Ok(predictor.finish(texts))
    }
}

/// The task as far as a model's folder tells it.
pub fn spec(task: &SavedTask) -> TaskSpec {
    if let Ok(spec) = TaskSpec::builtin(&task.name) {
        return TaskSpec { kind: task.kind.clone(), ..spec };
    }
    let columns = task.columns.clone().unwrap_or_default();
    TaskSpec::custom(&task.name, task.kind.clone(), columns)
}

/// Whether a second text belongs to the first, as far as the folder tells it.
pub fn may_read_pairs(task: &SavedTask) -> bool {
    let of_sentence = matches!(task.kind, TaskKind::Classification { .. } | TaskKind::Regression);
    let single = match &task.columns {
        Some(Columns { first, second, .. }) => !first.is_empty() && second.is_none(),
        None => ["cola", "sst2"].contains(&spec(task).name.as_str()),
    };
    of_sentence && !single
}

/// What a person wrote, as the task wants it: words to tag stand between spaces.
pub fn content(kind: &TaskKind, first: &str, second: Option<&str>) -> Content {
    match (kind, second) {
        (TaskKind::Tagging { .. }, _) => {
            Content::Words(first.split_whitespace().map(str::to_owned).collect())
        }
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

    fn saved(name: &str, kind: TaskKind, columns: Option<Columns>) -> SavedTask {
        SavedTask {
            name: name.to_owned(),
            kind,
            head: HeadStyle::HuggingFace,
            max_seq_length: 64,
            columns,
        }
    }

    #[test]
    fn a_second_text_is_asked_for_unless_the_folder_knows_of_none() {
        let columns = |second: Option<&str>| {
            let (first, second) = ("text".to_owned(), second.map(str::to_owned));
            Some(Columns { first, second, ..Columns::default() })
        };
        let labels = || TaskKind::Classification { labels: vec!["no".to_owned()] };
        assert!(may_read_pairs(&saved("rte", labels(), None)));
        assert!(!may_read_pairs(&saved("sst2", labels(), None)));
        assert!(may_read_pairs(&saved("custom", labels(), None)));
        assert!(may_read_pairs(&saved("mine", labels(), columns(Some("b")))));
        assert!(!may_read_pairs(&saved("mine", labels(), columns(None))));
        let tags = TaskKind::Tagging { labels: vec!["O".to_owned()] };
        assert!(!may_read_pairs(&saved("ner", tags, None)));
    }
}
