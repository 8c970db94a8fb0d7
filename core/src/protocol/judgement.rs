//! What a fine-tuned model is and what it says about a text, as data.

use crate::tasks::TaskKind;
use serde::{Deserialize, Serialize};

/// What a fine-tuned model answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskCard {
    /// Name of the task.
    pub name: String,
    /// The kind of answer, with its labels.
    pub kind: TaskKind,
    /// Whether a second text may belong to the first.
    pub reads_pairs: bool,
    /// Tokens of the longest row.
    pub longest_row: usize,
}

/// A text for a fine-tuned model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Classify {
    /// The text; for a tagger, words, punctuation around them apart.
    pub text: String,
    /// The second of a pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<String>,
}

/// What a fine-tuned model says about a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// As given.
    pub asked: Classify,
    /// The answer.
    pub answer: Answer,
    /// Whether a part was in no row and so was not read.
    pub truncated: bool,
    /// Filled by the engine's clock.
    pub milliseconds: f64,
}

/// The answer, by the kind of the task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Labels and their probabilities, likeliest first.
    Labels(Vec<LabelShare>),
    /// One number.
    Score(f64),
    /// A tag for every word, in the order of the text.
    Tags(Vec<TaggedWord>),
}

/// A label and how likely it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelShare {
    /// Its name.
    pub label: String,
    /// Its probability.
    pub probability: f32,
}

/// A word and its tag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaggedWord {
    /// As it stands in the text.
    pub word: String,
    /// The likeliest tag.
    pub tag: String,
    /// The tag's probability.
    pub probability: f32,
}
