//! Reads a text of any length as a proofreader would: in windows that overlap, so that every token
//! is judged with words on both sides of it.

use super::model::OpenModel;
use super::row::pieces;
use crate::protocol::{Failure, Proof, ProofToken};
use crate::tokenizer::Piece;
use std::ops::Range;

/// One reading: which tokens are read, and which of them are judged by it.
#[derive(Debug, PartialEq, Eq)]
struct Window {
    read: Range<usize>,
    judged: Range<usize>,
}

/// Windows of at most `room` tokens over `count`; each begins half a window after the one before,
/// and of an overlap each judges the half that is nearer to its middle.
fn windows(count: usize, room: usize) -> Vec<Window> {
    let room = room.max(4);
    let (stride, margin) = (room / 2, room / 4);
    let mut windows: Vec<Window> = Vec::new();
    let mut start = 0;
    loop {
        let end = (start + room).min(count);
        let first = windows.last().map_or(0, |before| before.judged.end);
        let last = if end == count { count } else { end - margin };
        windows.push(Window { read: start..end, judged: first..last });
        if end == count {
            return windows;
        }
        start += stride;
    }
}

/// Judges every token of a text; none if `go_on(windows read, windows in all)` says no.
///
/// # Errors
///
/// When the text cannot be tokenised or the device fails.
pub async fn proofread(
    model: &OpenModel,
    text: &str,
    mut go_on: impl AsyncFnMut(usize, usize) -> bool,
) -> Result<Option<Proof>, Failure> {
    let pieces: Vec<Piece> =
        pieces(model, text)?.into_iter().filter(|piece| piece.start < piece.end).collect();
    let special = model.tokenizer.special();
    let windows = windows(pieces.len(), model.card.max_tokens.saturating_sub(2));
    let mut tokens = Vec::with_capacity(pieces.len());
    for (done, window) in windows.iter().enumerate() {
        if !go_on(done, windows.len()).await {
            return Ok(None);
        }
        let mut ids = vec![special.cls];
        ids.extend(pieces[window.read.clone()].iter().map(|piece| piece.id));
        ids.push(special.sep);
        let suspicions = model.suspicions(ids).await?;
        for at in window.judged.clone() {
            let replaced = suspicions[1 + at - window.read.start];
            let Piece { ref token, id, start, end, .. } = pieces[at];
            tokens.push(ProofToken { text: token.clone(), id, start, end, replaced });
        }
    }
    let windows = windows.len();
    Ok(Some(Proof { text: text.to_owned(), tokens, windows, milliseconds: 0.0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_judged_once_by_a_window_that_reads_it() {
        for room in [4, 5, 7, 62, 126] {
            for count in 0..300 {
                let windows = windows(count, room);
                let mut next = 0;
                for window in &windows {
                    assert_eq!(window.judged.start, next, "{count} tokens, room {room}");
                    assert!(window.read.len() <= room);
                    assert!(window.read.start <= window.judged.start);
                    assert!(window.judged.end <= window.read.end);
                    next = window.judged.end;
                }
                assert_eq!(next, count);
            }
        }
    }

    #[test]
    fn a_token_inside_has_a_quarter_of_a_window_on_both_sides() {
        let windows = windows(1_000, 100);
        for window in &windows {
            let (first, last) = (window.judged.start, window.judged.end);
            assert!(first == 0 || first - window.read.start >= 25, "{window:?}");
            assert!(last == 1_000 || window.read.end - last >= 25, "{window:?}");
        }
    }
}
