//! Questions about a context: one row for each window of it, with the answer's place.

use super::windows::{best_for, windows};
use super::{Feature, Maker, RowTarget, Source};
use crate::error::TaskError;
use crate::tasks::{Answer, Target};
use std::ops::Range;
use std::sync::Arc;

/// A window of a context: where its tokens are in the row and in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct ContextRow {
    /// First and one past the last character of every token of the whole context.
    characters: Arc<[(usize, usize)]>,
    /// Tokens of the context that each of its rows holds.
    windows: Arc<[Range<usize>]>,
    /// Which of the windows this is.
    number: usize,
    /// Position in the row of the window's first token.
    begin: usize,
}

impl ContextRow {
    /// Positions of the row that hold the context, without special tokens.
    pub fn positions(&self) -> Range<usize> {
        self.begin..self.begin + self.tokens().len()
    }

    /// Whether this row is the one to ask about a span, given by its first and last position.
    pub(super) fn is_best(&self, start: usize, end: usize) -> bool {
        best_for(&self.windows, self.token(start), self.token(end)) == Some(self.number)
    }

    /// The characters of the context from the token at one position to that at another.
    pub(super) fn characters(&self, start: usize, end: usize) -> Range<usize> {
        self.characters[self.token(start)].0..self.characters[self.token(end)].1
    }

    fn tokens(&self) -> &Range<usize> {
        &self.windows[self.number]
    }

    fn token(&self, position: usize) -> usize {
        self.tokens().start + position - self.begin
    }

    /// Positions of the first and last token that share a character with `wanted`, if the row holds
    /// all of them.
    fn find(&self, wanted: &Range<usize>) -> Option<(usize, usize)> {
        let first = self.characters.partition_point(|&(_, end)| end <= wanted.start);
        let behind = self.characters.partition_point(|&(start, _)| start < wanted.end);
        let tokens = self.tokens();
        let held = first < behind && tokens.start <= first && behind <= tokens.end;
        let position = |token: usize| self.begin + token - tokens.start;
        held.then(|| (position(first), position(behind - 1)))
    }
}

/// A context as tokens.
pub(super) struct Tokenised {
    text: String,
    ids: Vec<u32>,
    characters: Arc<[(usize, usize)]>,
}

impl Maker<'_> {
    /// `[CLS] question [SEP] window [SEP]` for each window of the context.
    pub(super) fn question(
        &mut self,
        text: usize,
        question: &str,
        context: &str,
        target: &Target,
        features: &mut Vec<Feature>,
    ) -> Result<(), TaskError> {
        let mut query = Vec::new();
        self.encoder.encode_into(question, &mut query)?;
        // Half of a short row is for the context.
        let longest = self.settings.max_query_length.min(self.settings.max_seq_length / 2);
        let truncated = query.len() > longest;
        query.truncate(longest);
        let room = self.room(3 + query.len())?;
        if self.context.as_ref().is_none_or(|known| known.text != context) {
            self.context = Some(tokenise(self.tokenizer, context)?);
        }
        let Some(known) = &self.context else { return Ok(()) };
        let windows: Arc<[Range<usize>]> =
            windows(known.ids.len(), room, self.settings.stride).into();
        for (number, window) in windows.iter().enumerate() {
            let context = ContextRow {
                characters: known.characters.clone(),
                windows: windows.clone(),
                number,
                begin: query.len() + 2,
            };
            let target = row_target(target, &context);
            let row = self.row(&query, Some(&known.ids[window.clone()]));
            features.push(Feature {
                text,
                row,
                target,
                source: Source::Context(context),
                truncated,
            });
        }
        Ok(())
    }
}

fn tokenise(
    tokenizer: &crate::tokenizer::Tokenizer,
    context: &str,
) -> Result<Tokenised, TaskError> {
    let pieces = tokenizer.encode_for_display(context)?;
    // Without the `[CLS]` and `[SEP]` around them.
    let inner = &pieces[1..pieces.len() - 1];
    Ok(Tokenised {
        text: context.to_owned(),
        ids: inner.iter().map(|piece| piece.id).collect(),
        characters: inner.iter().map(|piece| (piece.start, piece.end)).collect(),
    })
}

/// The first answer is what is trained on.
///
/// Whether there is one is said of the row, which may lack what the question has elsewhere. The
/// authors' code says it of the question, and so calls rows answerable that show no answer.
fn row_target(target: &Target, context: &ContextRow) -> RowTarget {
    let Target::Answers(answers) = target else { return RowTarget::Unknown };
    let place =
        |Answer { text, start }: &Answer| context.find(&(*start..start + text.chars().count()));
    let (start, end) = answers.first().and_then(place).unwrap_or_default();
    RowTarget::Span { start, end, answerable: end > 0 }
}
