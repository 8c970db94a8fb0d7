//! What a fine-tuned model is asked to do: plain data, shared by readers, heads and scores.
//!
//! The benchmark tasks and their settings follow GLUE (Wang et al., 2019), SQuAD (Rajpurkar et al.,
//! 2016 and 2018), CoNLL-2000, and appendix B of the ELECTRA paper.

mod builtin;
mod prediction;

pub use builtin::{PAPER_TASKS, PUBLISHED, TASKS, known_task};
pub use prediction::{PredictedAnswer, Prediction};

use serde::{Deserialize, Serialize};

/// More names of labels or tags than this, most of them seen once, come from a wrong column.
pub const MOST_LABELS: usize = 1000;

/// What a head says about a text, and so which head it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// One of several labels.
    Classification {
        /// Names of the labels; a label's place is its number.
        labels: Vec<String>,
    },
    /// One number.
    Regression,
    /// One label for every word.
    Tagging {
        /// Names of the tags, in BIO, BIOES or BILOU form where spans are meant.
        labels: Vec<String>,
    },
    /// A stretch of the context that answers the question.
    Spans {
        /// Whether some questions have no answer.
        answerable: bool,
    },
}

/// A number that a benchmark quotes; all are better when larger, but the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Share of texts (or words) judged rightly.
    Accuracy,
    /// F1 of label 1 for two classes (MRPC, QQP); of answers' words for SQuAD; of spans for tags.
    F1,
    /// F1 of every label, averaged with equal weights.
    MacroF1,
    /// Precision of spans.
    Precision,
    /// Recall of spans.
    Recall,
    /// Matthews' correlation.
    Matthews,
    /// Pearson's correlation.
    Pearson,
    /// Spearman's rank correlation.
    Spearman,
    /// Mean squared error.
    MeanSquaredError,
    /// Share of answers that are word for word right, after SQuAD's normalisation.
    ExactMatch,
}

impl Metric {
    /// Name in `results.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::F1 => "f1",
            Self::MacroF1 => "macro_f1",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::Matthews => "matthews",
            Self::Pearson => "pearson",
            Self::Spearman => "spearman",
            Self::MeanSquaredError => "mse",
            Self::ExactMatch => "exact_match",
        }
    }
}

/// Columns of a table of examples, by the names in its first line or the fields of its objects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Columns {
    /// The text, the first of a pair, the question, or the words to tag.
    pub first: String,
    /// The second of a pair, or the context.
    pub second: Option<String>,
    /// The label, score, tags or answer.
    pub label: String,
    /// What the predictions file calls the example; none: its number.
    pub id: Option<String>,
}

/// The paper's settings of a task that do not depend on the size of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskSettings {
    /// Passes over the training texts.
    pub epochs: f64,
    /// Longest row in tokens, special tokens included.
    pub max_seq_length: usize,
    /// Train on every pair in both orders, as the authors' code does for MRPC and STS-B.
    pub both_orders: bool,
}

/// A task: what is asked, what counts, and the paper's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskSpec {
    /// As on the command line.
    pub name: String,
    /// As in the paper's tables.
    pub title: String,
    /// The kind of answer; labels of tasks that are not built in come from the data.
    pub kind: TaskKind,
    /// Columns of one's own file; none: the layout that people download.
    pub columns: Option<Columns>,
    /// Everything that is reported.
    pub metrics: Vec<Metric>,
    /// What early stopping watches and tables show.
    pub primary: Metric,
    /// The paper's settings.
    pub settings: TaskSettings,
}

/// What is to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// One text.
    Text(String),
    /// Two texts, such as premise and hypothesis.
    Pair(String, String),
    /// Words that stand apart already; each gets a tag.
    Words(Vec<String>),
    /// A question about a context.
    Question {
        /// The question.
        question: String,
        /// Where the answer is looked for.
        context: String,
    },
}

/// An answer as a stretch of the context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Its words.
    pub text: String,
    /// Its first character in the context; characters, not bytes.
    pub start: usize,
}

/// The truth about a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Target {
    /// Not told, as in a benchmark's test split.
    Unknown,
    /// Number of the label.
    Class(usize),
    /// The number that regression looks for.
    Score(f64),
    /// Numbers of the tags, one a word.
    Tags(Vec<usize>),
    /// Answers that count as right; none: the question has no answer.
    Answers(Vec<Answer>),
}

/// One example of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelledText {
    /// As the file or the predictions file calls it.
    pub id: String,
    /// What is read.
    pub content: Content,
    /// What is true.
    pub target: Target,
}

/// A named part of a task's data, such as `dev` or `dev_mismatched`.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// `dev`, `dev_matched`, `dev_mismatched`, `test`, `test_matched`, `test_mismatched`, `ax`.
    pub name: String,
    /// Its examples.
    pub texts: Vec<LabelledText>,
}

impl Split {
    /// Whether the truth is told of every text, so that predictions can be scored.
    pub fn is_told(&self) -> bool {
        self.texts.iter().all(|text| text.target != Target::Unknown)
    }
}

/// Everything that a task's files hold.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskData {
    /// The task, with the labels found.
    pub spec: TaskSpec,
    /// What is trained on.
    pub train: Vec<LabelledText>,
    /// What is scored; early stopping watches the first.
    pub dev: Vec<Split>,
    /// What is predicted too, and scored where its truth is told.
    pub test: Vec<Split>,
    /// What a person should know about the files.
    pub warnings: Vec<String>,
    /// What a person may want to check, such as which columns are read.
    pub notes: Vec<String>,
}

/// Every pair a second time with its texts exchanged, behind the others.
pub fn in_both_orders(mut texts: Vec<LabelledText>) -> Vec<LabelledText> {
    let swapped: Vec<LabelledText> = texts
        .iter()
        .filter_map(|text| {
            let Content::Pair(first, second) = &text.content else { return None };
            let content = Content::Pair(second.clone(), first.clone());
            Some(LabelledText { content, ..text.clone() })
        })
        .collect();
    texts.extend(swapped);
    texts
}

impl TaskKind {
    /// Labels, where there are any.
    pub fn labels(&self) -> &[String] {
        match self {
            Self::Classification { labels } | Self::Tagging { labels } => labels,
            Self::Regression | Self::Spans { .. } => &[],
        }
    }
}
