//! Texts of a task to rows of tokens, and what a model says about rows back to texts.
//!
//! One row a text for labels and scores; several overlapping ones where tags or answers are looked
//! for in a text longer than a row.

mod answers;
mod contexts;
mod windows;
mod words;

pub use answers::{Candidate, NoneScore, RowAnswers, answers, plain_answers};
pub use contexts::ContextRow;
pub use words::word_tags;

use crate::error::TaskError;
use crate::examples::Example;
use crate::tasks::{Content, LabelledText, Target, TaskKind};
use crate::tokenizer::{Encoder, SpecialTokens, Tokenizer};

/// How texts are cut into rows, and how answers are chosen. The numbers are those of the authors'
/// code, which took them from BERT's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeatureSettings {
    /// Longest row in tokens, special tokens included.
    pub max_seq_length: usize,
    /// Tokens of a question that are read, half a row at most; the rest is cut off.
    pub max_query_length: usize,
    /// Tokens between the beginnings of two windows; half a window where that is less than this.
    pub stride: usize,
    /// Tokens of the longest answer.
    pub max_answer_length: usize,
    /// How many of the best answers are kept.
    pub n_best: usize,
}

impl FeatureSettings {
    /// The usual numbers for rows of this length.
    pub fn new(max_seq_length: usize) -> Self {
        Self {
            max_seq_length,
            max_query_length: 64,
            stride: 128,
            max_answer_length: 30,
            n_best: 20,
        }
    }
}

/// One row of tokens and what is true about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Which text it is made of.
    pub text: usize,
    /// Its tokens.
    pub row: Example,
    /// What the model should say.
    pub target: RowTarget,
    /// How to get back from the row to the text.
    pub source: Source,
    /// Whether tokens of the text are in no row at all.
    pub truncated: bool,
}

/// What is true about a row.
#[derive(Debug, Clone, PartialEq)]
pub enum RowTarget {
    /// Not told.
    Unknown,
    /// Number of the label.
    Class(usize),
    /// The number that regression looks for.
    Score(f64),
    /// The tag of each token of the row; none where it does not count.
    Tags(Vec<Option<usize>>),
    /// First and last token of the answer, as positions in the row; both 0 where the row does not
    /// hold it.
    Span {
        /// Position of its first token.
        start: usize,
        /// Position of its last token.
        end: usize,
        /// Whether the row holds an answer.
        answerable: bool,
    },
}

/// How positions of a row belong to its text.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// The row stands for the text as a whole.
    Whole,
    /// Position in the row of the first token of each word that this row speaks for, with the
    /// word's number.
    Words(Vec<(usize, usize)>),
    /// A window of a context.
    Context(ContextRow),
}

/// Makes rows of texts, in the order of the texts.
///
/// # Errors
///
/// [`TaskError::Data`] when a text is of another kind than the task, or rows are too short to hold
/// anything; [`TaskError::Tokenizer`].
pub fn featurize(
    texts: &[LabelledText],
    kind: &TaskKind,
    tokenizer: &Tokenizer,
    settings: &FeatureSettings,
) -> Result<Vec<Feature>, TaskError> {
    let mut maker = Maker::new(tokenizer, settings);
    let mut features = Vec::with_capacity(texts.len());
    for (number, text) in texts.iter().enumerate() {
        match (kind, &text.content) {
            (TaskKind::Spans { .. }, Content::Question { question, context }) => {
                maker.question(number, question, context, &text.target, &mut features)?;
            }
            _ => maker.plain(number, text, kind, &mut features)?,
        }
    }
    Ok(features)
}

/// Makes rows of one text for a task that asks no questions: the same as [`featurize`], for a page,
/// which is smaller without the rest.
///
/// # Errors
///
/// As [`featurize`].
pub fn plain_rows(
    text: &LabelledText,
    kind: &TaskKind,
    tokenizer: &Tokenizer,
    settings: &FeatureSettings,
) -> Result<Vec<Feature>, TaskError> {
    let mut features = Vec::new();
    Maker::new(tokenizer, settings).plain(0, text, kind, &mut features)?;
    Ok(features)
}

/// What making rows takes.
struct Maker<'a> {
    tokenizer: &'a Tokenizer,
    encoder: Encoder<'a>,
    special: SpecialTokens,
    settings: FeatureSettings,
    /// The latest context: questions about it follow one another.
    context: Option<contexts::Tokenised>,
}

impl<'a> Maker<'a> {
    fn new(tokenizer: &'a Tokenizer, settings: &FeatureSettings) -> Self {
        Self {
            tokenizer,
            encoder: tokenizer.encoder(),
            special: tokenizer.special(),
            settings: *settings,
            context: None,
        }
    }

    /// Rows of a text that is no question.
    fn plain(
        &mut self,
        number: usize,
        text: &LabelledText,
        kind: &TaskKind,
        features: &mut Vec<Feature>,
    ) -> Result<(), TaskError> {
        match (kind, &text.content) {
            (TaskKind::Tagging { .. }, Content::Words(words)) => {
                self.words(number, words, &text.target, features)?;
            }
            (TaskKind::Classification { .. } | TaskKind::Regression, Content::Text(first)) => {
                features.push(self.sentences(number, first, None, &text.target)?);
            }
            (TaskKind::Classification { .. } | TaskKind::Regression, Content::Pair(a, b)) => {
                features.push(self.sentences(number, a, Some(b), &text.target)?);
            }
            _ => {
                let id = &text.id;
                return Err(TaskError::Data(format!("text `{id}` is of another kind of task")));
            }
        }
        Ok(())
    }

    /// `[CLS] A [SEP]` or `[CLS] A [SEP] B [SEP]`, cut to length.
    fn sentences(
        &mut self,
        text: usize,
        first: &str,
        second: Option<&str>,
        target: &Target,
    ) -> Result<Feature, TaskError> {
        let room = self.room(2 + usize::from(second.is_some()))?;
        let (mut a, mut b) = (Vec::new(), Vec::new());
        self.encoder.encode_into(first, &mut a)?;
        if let Some(second) = second {
            self.encoder.encode_into(second, &mut b)?;
        }
        let before = a.len() + b.len();
        cut_longest_first(&mut a, &mut b, room);
        let truncated = a.len() + b.len() < before;
        let target = match target {
            Target::Class(class) => RowTarget::Class(*class),
            Target::Score(score) => RowTarget::Score(*score),
            _ => RowTarget::Unknown,
        };
        let row = self.row(&a, second.is_some().then_some(b.as_slice()));
        Ok(Feature { text, row, target, source: Source::Whole, truncated })
    }

    /// Puts special tokens around one or two segments.
    fn row(&self, a: &[u32], b: Option<&[u32]>) -> Example {
        let mut ids = vec![self.special.cls];
        ids.extend_from_slice(a);
        ids.push(self.special.sep);
        let first_segment = ids.len();
        if let Some(b) = b {
            ids.extend_from_slice(b);
            ids.push(self.special.sep);
        }
        Example { ids, first_segment }
    }

    /// Tokens of a row beside `frame` special ones.
    fn room(&self, frame: usize) -> Result<usize, TaskError> {
        let longest = self.settings.max_seq_length;
        longest.checked_sub(frame).filter(|&room| room > 0).ok_or_else(|| {
            TaskError::Data(format!(
                "rows of {longest} tokens have no room for text beside {frame} special tokens; \
                 use longer rows"
            ))
        })
    }
}

/// Takes tokens off the end of the longer segment, the second of equals, until both fit in `room`.
fn cut_longest_first(a: &mut Vec<u32>, b: &mut Vec<u32>, room: usize) {
    while a.len() + b.len() > room {
        if a.len() > b.len() {
            a.pop()
        } else {
            b.pop()
        };
    }
}

#[cfg(test)]
mod tests;
