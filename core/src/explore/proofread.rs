//! Reads a text of any length as a proofreader would: in windows that overlap, so that every token
//! is judged with words on both sides of it. A model of single sentences reads them one by one.

use super::model::OpenModel;
use super::row::pieces;
use crate::protocol::{Failure, Proof, ProofToken};
use crate::tokenizer::Piece;
use crate::windows::{Window, windows};
use std::ops::Range;

/// Windows over a text, within its sentences if the model knows single sentences only.
fn readings(model: &OpenModel, text: &str, pieces: &[Piece]) -> Vec<Window> {
    let room = model.card.max_tokens.saturating_sub(2);
    if !model.card.about.as_ref().is_some_and(|about| about.single_sentences) {
        return windows(pieces, room);
    }
    let of_one = |sentence: Range<usize>| {
        let first = sentence.start;
        let moved = move |range: Range<usize>| first + range.start..first + range.end;
        let within = windows(&pieces[sentence], room).into_iter();
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
        let suspicions = model.suspicions(window.ids(&pieces, &special)).await?;
        let judged = window.judged.clone().zip(&suspicions[window.judged_in_row()]);
        for (at, &replaced) in judged {
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
}
