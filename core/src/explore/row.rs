//! A text as one row of tokens, cut where the model's row ends.

use super::model::OpenModel;
use crate::protocol::{Failure, FailureKind};
use crate::tokenizer::Piece;

/// Longest text that is tokenised, in bytes: a book.
pub(super) const LONGEST_TEXT: usize = 1 << 21;

/// `[CLS] … [SEP]` and what did not fit.
pub(super) struct Row {
    pub(super) pieces: Vec<Piece>,
    /// Tokens that did not fit.
    pub(super) truncated: usize,
    /// Characters before the first of those, or of the whole text.
    pub(super) characters_read: usize,
}

impl Row {
    pub(super) fn new(model: &OpenModel, text: &str) -> Result<Self, Failure> {
        let mut pieces = pieces(model, text)?;
        let truncated = pieces.len().saturating_sub(model.card.max_tokens);
        let inner = pieces.len() - 1 - truncated;
        let characters_read = match pieces.get(inner) {
            Some(first) if truncated > 0 => first.start,
            _ => text.chars().count(),
        };
        // The `[SEP]` stays.
        pieces.drain(inner..inner + truncated);
        Ok(Self { pieces, truncated, characters_read })
    }

    pub(super) fn ids(&self) -> Vec<u32> {
        self.pieces.iter().map(|piece| piece.id).collect()
    }
}

/// Tokens of a text between `[CLS]` and `[SEP]`.
pub(super) fn pieces(model: &OpenModel, text: &str) -> Result<Vec<Piece>, Failure> {
    if text.len() > LONGEST_TEXT {
        let message = format!(
            "this text has {} bytes, at most {LONGEST_TEXT} are read at once; paste a part of it",
            text.len()
        );
        return Err(Failure::new(FailureKind::BadText, message));
    }
    model
        .tokenizer
        .encode_for_display(text)
        .map_err(|error| Failure::new(FailureKind::BadText, error.to_string()))
}
