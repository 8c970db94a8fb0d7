//! Reads a text of any length as a proofreader would: in windows that overlap, so that every token
//! is judged with words on both sides of it. A model of single sentences reads them one by one.

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

/// Windows over a text, within its sentences if the model knows single sentences only.
fn readings(model: &OpenModel, text: &str, pieces: &[Piece]) -> Vec<Window> {
    let room = model.card.max_tokens.saturating_sub(2);
    if !model.card.about.as_ref().is_some_and(|about| about.single_sentences) {
        return windows(pieces.len(), room);
    }
    let of_one = |sentence: Range<usize>| {
        let within = windows(sentence.len(), room).into_iter();
        let moved =
            move |range: Range<usize>| sentence.start + range.start..sentence.start + range.end;
        within
            .map(move |Window { read, judged }| Window { read: moved(read), judged: moved(judged) })
    };
    sentences(text, pieces).into_iter().flat_map(of_one).collect()
}

/// Runs of tokens that end a sentence: after `.`, `!` or `?` and what closes it, where a space
/// follows, and at line ends.
fn sentences(text: &str, pieces: &[Piece]) -> Vec<Range<usize>> {
    let letters: Vec<char> = text.chars().collect();
    let mut sentences = Vec::new();
    let (mut start, mut ended) = (0, false);
    for (at, pair) in pieces.windows(2).enumerate() {
        ended = match pair[0].token.as_str() {
            "." | "!" | "?" | "…" => true,
            "\"" | "'" | ")" | "”" | "’" => ended,
            _ => false,
        };
        let between = &letters[pair[0].end..pair[1].start];
        if (ended && !between.is_empty()) || between.contains(&'\n') {
            sentences.push(start..at + 1);
            start = at + 1;
        }
    }
    if start < pieces.len() {
        sentences.push(start..pieces.len());
    }
    sentences
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
    let windows = readings(model, text, &pieces);
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

    fn cut(text: &str) -> Vec<String> {
        let letters: Vec<char> = text.chars().collect();
        let (mut pieces, mut start) = (Vec::new(), 0);
        for at in 0..=letters.len() {
            let apart = at == letters.len() || !letters[at].is_alphanumeric();
            if apart && start < at {
                pieces.push(start..at);
            }
            if apart {
                start = at + 1;
            }
            if apart && at < letters.len() && !letters[at].is_whitespace() {
                pieces.push(at..at + 1);
            }
        }
        let word = |range: &Range<usize>| letters[range.clone()].iter().collect::<String>();
        let pieces: Vec<Piece> = pieces
            .iter()
            .map(|range| Piece {
                token: word(range),
                id: 0,
                start: range.start,
                end: range.end,
                special: false,
            })
            .collect();
        let sentences = sentences(text, &pieces);
        let whole = |of: &Range<usize>| pieces[of.start].start..pieces[of.end - 1].end;
        sentences.iter().map(|of| word(&whole(of))).collect()
    }

    #[test]
    fn sentences_end_with_their_marks_and_with_lines() {
        let text = "He said “Go!” Then 3.5 km. Why?\nno mark\nEnd";
        assert_eq!(cut(text), ["He said “Go!”", "Then 3.5 km.", "Why?", "no mark", "End"]);
        assert_eq!(cut(""), [""; 0]);
        assert_eq!(cut("…"), ["…"]);
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
