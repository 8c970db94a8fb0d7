//! A text that is longer than a row, as windows that overlap: which tokens are read together, and by
//! which window each of them is judged.

use crate::tokenizer::{Piece, SpecialTokens};
use std::ops::Range;

/// One reading of a part of a text: which tokens are read, and which of them are judged by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    /// Tokens in the row.
    pub(crate) read: Range<usize>,
    /// Those that are farther from the row's edges here than in any other window.
    pub(crate) judged: Range<usize>,
}

impl Window {
    /// What it reads of the tokens of a text, between `[CLS]` and `[SEP]`.
    pub(crate) fn ids(&self, pieces: &[Piece], special: &SpecialTokens) -> Vec<u32> {
        let read = pieces[self.read.clone()].iter().map(|piece| piece.id);
        std::iter::once(special.cls).chain(read).chain([special.sep]).collect()
    }

    /// Where the tokens that it judges stand in that row.
    pub(crate) fn judged_in_row(&self) -> Range<usize> {
        let place = |token: usize| 1 + token - self.read.start;
        place(self.judged.start)..place(self.judged.end)
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Words of so many tokens each.
    pub(crate) fn words(lengths: impl Iterator<Item = usize>) -> Vec<Piece> {
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
}
