//! The discriminator alone, as one uses it: text in, a probability of being replaced per token out.

use crate::batch::Batch;
use crate::config::ElectraConfig;
use crate::discriminator::Discriminator;
use crate::encoder::Embeddings;
use crate::error::{CheckpointError, TokenizerError};
use crate::examples::Example;
use crate::layers::Weights;
use crate::parameters;
use crate::tokenizer::{Piece, SpecialTokens, Tokenizer};
use burn::module::Module;
use burn::tensor::Device;
use burn::tensor::activation::sigmoid;
use serde::Serialize;
use std::ops::Range;

/// Windows of a text judged at a time: a long text has too many for the memory.
const WINDOWS: usize = 32;

/// Embeddings and discriminator, under the same names as in [`crate::electra::Electra`].
#[derive(Module, Debug)]
pub struct Detector {
    /// The tables.
    pub embeddings: Embeddings,
    /// Encoder and head.
    pub discriminator: Discriminator,
}

/// One token and how suspicious it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DetectedToken {
    /// As in the vocabulary, `##` included.
    pub token: String,
    /// Its id.
    pub id: u32,
    /// First character in the text.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// Probability of having been replaced.
    pub replaced: f32,
}

/// One text, judged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detected {
    /// As given.
    pub text: String,
    /// Special tokens included.
    pub tokens: Vec<DetectedToken>,
}

impl Detector {
    /// A detector whose weights are about to be loaded.
    pub fn blank(config: &ElectraConfig, device: &Device) -> Self {
        let mut weights = Weights::blank(device);
        Self {
            embeddings: Embeddings::new(config, &mut weights),
            discriminator: Discriminator::new(config, &mut weights),
        }
    }

    /// Probabilities of being replaced, row by row without padding.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub async fn probabilities(
        &self,
        batch: &Batch,
        device: &Device,
    ) -> Result<Vec<Vec<f32>>, CheckpointError> {
        let ids = batch.upload(batch.ids.clone(), device);
        let segments = batch.upload(batch.segments.clone(), device);
        let real = batch.real_tokens(device);
        let embedded = self.embeddings.forward(ids, segments, &mut None);
        let hidden = self.discriminator.encoder.forward(embedded, &real, &mut None);
        let logits = self.discriminator.logits(hidden);
        let size = batch.rows * batch.seq;
        let values = parameters::read(vec![sigmoid(logits).reshape([size])]).await?;
        let rows = values[0].chunks(batch.seq).zip(&batch.lengths);
        Ok(rows.map(|(row, &length)| row[..length].to_vec()).collect())
    }

    /// Judges texts; one longer than `max_seq_length` tokens is read in windows that overlap.
    ///
    /// # Errors
    ///
    /// When a text cannot be tokenised or the device fails.
    pub async fn detect(
        &self,
        texts: &[String],
        tokenizer: &Tokenizer,
        max_seq_length: usize,
        device: &Device,
    ) -> Result<Vec<Detected>, DetectError> {
        let special = tokenizer.special();
        let mut detected = Vec::with_capacity(texts.len());
        for text in texts {
            let pieces = tokenizer.encode_for_display(text)?;
            // Every window has a `[CLS]` and a `[SEP]` of its own.
            let inner = &pieces[1..pieces.len() - 1];
            let windows = windows(inner, max_seq_length.saturating_sub(2));
            let mut rows = Vec::with_capacity(windows.len());
            for part in windows.chunks(WINDOWS) {
                let examples: Vec<Example> =
                    part.iter().map(|window| window.row(inner, &special)).collect();
                let batch = Batch::trimmed(&examples, max_seq_length, special.pad);
                rows.extend(self.probabilities(&batch, device).await?);
            }
            let tokens =
                pieces.into_iter().zip(joined(&windows, &rows)).map(|(piece, replaced)| {
                    let Piece { token, id, start, end, .. } = piece;
                    DetectedToken { token, id, start, end, replaced }
                });
            detected.push(Detected { text: text.clone(), tokens: tokens.collect() });
        }
        Ok(detected)
    }
}

/// Why a text could not be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DetectError {
    /// The text cannot be tokenised.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The device failed.
    #[error(transparent)]
    Device(#[from] CheckpointError),
}

/// One reading of a part of a text: which tokens are read, and which of them are judged by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    /// Tokens in the row.
    pub(crate) read: Range<usize>,
    /// Those that are farther from the row's edges here than in any other window.
    pub(crate) judged: Range<usize>,
}

impl Window {
    /// What it reads of the tokens of a text, as a row.
    fn row(&self, pieces: &[Piece], special: &SpecialTokens) -> Example {
        let mut ids = vec![special.cls];
        ids.extend(pieces[self.read.clone()].iter().map(|piece| piece.id));
        ids.push(special.sep);
        Example { first_segment: ids.len(), ids }
    }

    /// Those of the row's probabilities that count.
    fn of_judged<'a>(&self, row: &'a [f32]) -> &'a [f32] {
        // `[CLS]` stands first.
        let place = |token: usize| 1 + token - self.read.start;
        &row[place(self.judged.start)..place(self.judged.end)]
    }
}

/// Windows of at most `room` tokens over `pieces`, which are without `[CLS]` and `[SEP]`. Each
/// begins with a word, about in the middle of the one before; the middle of their overlap parts
/// what they judge. The ends of the text are no edges: nothing is missing behind them.
pub(crate) fn windows(pieces: &[Piece], room: usize) -> Vec<Window> {
    let room = room.max(1);
    let mut windows = Vec::new();
    let (mut start, mut first) = (0, 0);
    loop {
        let end = (start + room).min(pieces.len());
        if end == pieces.len() {
            windows.push(Window { read: start..end, judged: first..end });
            return windows;
        }
        let next = next_start(pieces, &(start..end));
        let last = (next + end).div_ceil(2);
        windows.push(Window { read: start..end, judged: first..last });
        (start, first) = (next, last);
    }
}

/// Where the window after `before` begins: with the last word that begins in its first half, or
/// else with the first one behind. A word longer than a window is cut.
fn next_start(pieces: &[Piece], before: &Range<usize>) -> usize {
    let half = before.start + (before.len() / 2).max(1);
    let begins_word = |&at: &usize| !pieces[at].token.starts_with("##");
    let in_first_half = (before.start + 1..=half).rev().find(begins_word);
    in_first_half.or_else(|| (half + 1..=before.end).find(begins_word)).unwrap_or(half)
}

/// One `[CLS]`, all tokens of the text, one `[SEP]`.
fn joined(windows: &[Window], rows: &[Vec<f32>]) -> Vec<f32> {
    let mut all: Vec<f32> = rows.first().and_then(|row| row.first()).copied().into_iter().collect();
    for (window, row) in windows.iter().zip(rows) {
        all.extend_from_slice(window.of_judged(row));
    }
    all.extend(rows.last().and_then(|row| row.last()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of so many tokens each.
    fn words(lengths: impl Iterator<Item = usize>) -> Vec<Piece> {
        let token = |at: usize| if at == 0 { "word" } else { "##s" };
        let tokens = lengths.flat_map(|length| (0..length).map(token));
        let piece = |(at, token): (usize, &str)| {
            let (token, id) = (token.to_owned(), 10 + at as u32);
            Piece { token, id, start: at, end: at + 1, special: false }
        };
        tokens.enumerate().map(piece).collect()
    }

    /// Texts of up to 40 words, which have one token or up to 2, 5 or 17.
    fn texts() -> Vec<Vec<Piece>> {
        let text = |count: usize, longest: usize| {
            words((0..count).map(|at| 1 + (at * at + at / 3) % longest))
        };
        (0..=40).flat_map(|count| [1, 2, 5, 17].map(|longest| text(count, longest))).collect()
    }

    fn holds_everywhere(law: impl Fn(&[Piece], usize, &[Window])) {
        for pieces in texts() {
            for room in 1..=40 {
                law(&pieces, room, &windows(&pieces, room));
            }
        }
    }

    #[test]
    fn every_token_is_judged_once_by_a_window_that_reads_it() {
        holds_everywhere(|pieces, room, windows| {
            let mut next = 0;
            for Window { read, judged } in windows {
                assert!(judged.start == next && read.len() <= room, "{windows:?}");
                assert!(read.start <= judged.start && judged.end <= read.end, "{windows:?}");
                next = judged.end;
            }
            assert_eq!(next, pieces.len());
        });
    }

    #[test]
    fn a_window_begins_with_a_word_unless_that_is_longer_than_a_row() {
        holds_everywhere(|pieces, room, windows| {
            let continues = |at: usize| pieces[at].token.starts_with("##");
            let starts = windows.iter().skip(1).map(|window| window.read.start);
            for start in starts.filter(|&start| continues(start)) {
                let first = (0..start).rfind(|&at| !continues(at)).expect("a beginning");
                let end = (start..pieces.len()).find(|&at| !continues(at)).unwrap_or(pieces.len());
                assert!(end - first > room, "a word of {} tokens, {windows:?}", end - first);
            }
        });
    }

    #[test]
    fn a_token_is_judged_where_it_is_farthest_from_the_edges() {
        holds_everywhere(|pieces, _, windows| {
            let context = |window: &Window, at: usize| {
                let Range { start, end } = window.read;
                let before = if start == 0 { usize::MAX } else { at - start };
                let behind = if end == pieces.len() { usize::MAX } else { end - 1 - at };
                before.min(behind)
            };
            for window in windows {
                for at in window.judged.clone() {
                    let reading = windows.iter().filter(|window| window.read.contains(&at));
                    let most = reading.map(|window| context(window, at)).max();
                    assert_eq!(Some(context(window, at)), most, "token {at}, {windows:?}");
                }
            }
        });
    }

    #[test]
    fn a_text_of_one_row_is_one_window() {
        for tokens in 0..=14 {
            let one = Window { read: 0..tokens, judged: 0..tokens };
            assert_eq!(windows(&words(std::iter::repeat_n(1, tokens)), 14), [one]);
        }
    }

    #[test]
    fn rows_are_framed_and_joined_without_their_overlaps() {
        let special = SpecialTokens { pad: 0, unk: 1, cls: 2, sep: 3, mask: 4 };
        let pieces = words([1, 1, 2, 1, 1, 1].into_iter());
        let windows = windows(&pieces, 4);
        let ids: Vec<_> = windows.iter().map(|window| window.row(&pieces, &special).ids).collect();
        let expected =
            [vec![2, 10, 11, 12, 13, 3], vec![2, 12, 13, 14, 15, 3], vec![2, 14, 15, 16, 3]];
        assert_eq!(ids, expected);
        let rows = [
            vec![0.9, 0.0, 0.1, 0.2, 1.0, 1.0],
            vec![1.0, 1.0, 0.3, 0.4, 1.0, 1.0],
            vec![1.0, 1.0, 0.5, 0.6, 0.8],
        ];
        assert_eq!(joined(&windows, &rows), [0.9, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8]);
    }
}
