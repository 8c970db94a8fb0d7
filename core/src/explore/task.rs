//! A fine-tuned model that is open: labels, scores and tags of texts.

use super::model::Shapes;
use super::open::count;
use super::row::LONGEST_TEXT;
use crate::asking::{Answerer, Reading, content, may_read_pairs};
use crate::error::{CheckpointError, TaskError};
use crate::hugging_face::read_task;
use crate::models::Folder;
use crate::protocol::{
    About, Answer, Classify, Failure, FailureKind, Judgement, LabelShare, ModelCard, TaggedWord,
    TaskCard,
};
use crate::tasks::{Content, Prediction, TaskKind};

/// Rows are cut here whatever a model says: a file may come from anybody.
const LONGEST_ROW: usize = 512;
/// Rows of a batch; only a long text to tag has several.
const BATCH: usize = 4;

/// A fine-tuned model ready to be asked.
pub struct TaskModel {
    answerer: Answerer,
    card: ModelCard,
    task: TaskCard,
}

impl TaskModel {
    pub(super) fn new(answerer: Answerer, about: Option<About>) -> Self {
        let task = TaskCard {
            name: answerer.task.name.clone(),
            kind: answerer.task.kind.clone(),
            reads_pairs: may_read_pairs(&answerer.task) && answerer.config.type_vocab_size > 1,
            longest_row: answerer.longest_row(),
        };
        let card = ModelCard {
            config: answerer.config.clone(),
            has_generator: false,
            parameters: count(&answerer.model),
            max_tokens: answerer.longest_row(),
            tokenizer: (&answerer.tokenizer).into(),
            about,
            task: Some(task.clone()),
        };
        Self { answerer, card, task }
    }

    /// What is known about it.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// What it says about a text.
    ///
    /// # Errors
    ///
    /// [`FailureKind::BadText`] for a text that cannot be read, [`FailureKind::DeviceError`] when
    /// the device fails or gives something that is no number.
    pub async fn classify(&self, asked: &Classify) -> Result<Judgement, Failure> {
        let second = asked.second.as_deref().filter(|second| !second.trim().is_empty());
        let length = asked.text.len() + second.map_or(0, str::len);
        if length > LONGEST_TEXT {
            let message =
                format!("this text has {length} bytes, at most {LONGEST_TEXT} are read at once");
            return Err(Failure::new(FailureKind::BadText, message));
        }
        let content = content(&self.task.kind, &asked.text, second);
        let judged = self.answerer.judge(content.clone()).await;
        let (prediction, truncated) = judged.map_err(failure)?;
        Ok(Judgement {
            asked: asked.clone(),
            answer: answer(self.task.kind.labels(), content, prediction)?,
            truncated,
            milliseconds: 0.0,
        })
    }

    /// One forward pass over a row, for timing it.
    pub(super) async fn pass(&self, ids: Vec<u32>) -> Result<(), Failure> {
        self.answerer.pass(ids).await.map_err(failure)
    }
}

/// How a page reads texts.
pub(super) fn reading(shapes: Shapes) -> Reading {
    Reading {
        max_seq_length: None,
        longest: LONGEST_ROW,
        batch_size: BATCH,
        fixed_shapes: shapes == Shapes::Few,
    }
}

/// Questions need a context and show an answer in it, which a page has no place for yet.
pub(super) fn refuse_questions(folder: &Folder) -> Result<(), CheckpointError> {
    let task = read_task(&folder.config);
    let task = task.map_err(|error| CheckpointError::Config(error.to_string()))?;
    if let TaskKind::Spans { .. } = task.kind {
        let message = "it answers questions about a context, which the page does not open yet; \
                       ask it with `electra predict --model FOLDER QUESTION --pair CONTEXT`";
        return Err(CheckpointError::Config(message.to_owned()));
    }
    Ok(())
}

/// What a prediction says in words; numbers that are none are the weights' or the device's fault.
fn answer(labels: &[String], content: Content, said: Prediction) -> Result<Answer, Failure> {
    let name = |at: usize| labels.get(at).cloned().unwrap_or_default();
    let (answer, sound) = match (said, content) {
        (Prediction::Class { probabilities, .. }, _) => {
            let sound = probabilities.iter().all(|share| share.is_finite());
            let shares = probabilities.into_iter().enumerate();
            let mut shares: Vec<LabelShare> = shares
                .map(|(at, probability)| LabelShare { label: name(at), probability })
                .collect();
            shares.sort_by(|a, b| b.probability.total_cmp(&a.probability));
            (Answer::Labels(shares), sound)
        }
        (Prediction::Tags { tags, probabilities }, Content::Words(words)) => {
            let sound = probabilities.iter().all(|share| share.is_finite());
            let tags = words.into_iter().zip(tags).zip(probabilities);
            let tagged = tags.map(|((word, tag), probability)| TaggedWord {
                word,
                tag: name(tag),
                probability,
            });
            (Answer::Tags(tagged.collect()), sound)
        }
        (Prediction::Score(score), _) => (Answer::Score(score), score.is_finite()),
        (_, _) => (Answer::Score(f64::NAN), false),
    };
    if sound { Ok(answer) } else { Err(super::model::no_number()) }
}

/// A failure to read a text.
fn failure(error: TaskError) -> Failure {
    match error {
        TaskError::Checkpoint(error) => error.into(),
        error => Failure::new(FailureKind::BadText, error.to_string()),
    }
}
