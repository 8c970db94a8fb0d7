//! Sentences with their swaps and the discriminator's verdicts: for a terminal and for a page.
//!
//! Every mark is written in characters too, so that it reads without colour.

mod columns;

use super::html::escape;
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

/// A token called replaced scores above this, the discriminator's own threshold.
const THRESHOLD: f32 = 0.5;

/// One sentence after the generator has been at it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Shown {
    /// Its tokens in order, special ones included.
    pub(crate) tokens: Vec<ShownToken>,
}

/// One token and what is known about it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ShownToken {
    /// The token that the discriminator saw; `##` begins the rest of a word.
    pub(crate) text: String,
    /// What stood there before, when it was replaced.
    pub(crate) original: Option<String>,
    /// The discriminator's probability that it was replaced.
    pub(crate) probability: f32,
    /// `[CLS]`, `[SEP]` and their like.
    pub(crate) special: bool,
    /// Hidden from the generator, whatever it guessed.
    pub(crate) selected: bool,
}

/// Truth and verdict together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Original,
    Caught,
    Missed,
    FalseAlarm,
}

impl ShownToken {
    fn called_replaced(&self) -> bool {
        !self.special && self.probability > THRESHOLD
    }

    fn verdict(&self) -> Verdict {
        match (self.original.is_some(), self.called_replaced()) {
            (true, true) => Verdict::Caught,
            (true, false) => Verdict::Missed,
            (false, true) => Verdict::FalseAlarm,
            (false, false) => Verdict::Original,
        }
    }

    fn continues_word(&self) -> bool {
        self.text.starts_with("##")
    }

    /// Original and present text; `##` is kept only where the two differ in it.
    fn swap(&self) -> (String, String) {
        let original = self.original.as_deref().unwrap_or(&self.text);
        match (original.strip_prefix("##"), self.text.strip_prefix("##")) {
            (Some(original), Some(text)) => (harmless(original), harmless(text)),
            _ => (harmless(original), harmless(&self.text)),
        }
    }
}

impl Shown {
    /// The sentence with every swap and every verdict, for a terminal.
    ///
    /// `[cooked→ate 0.93]` was replaced and found, `[cooked→ate 0.12 missed]` was not found, and
    /// `[meal? 0.71]` is an original token called replaced.
    pub(crate) fn line(&self) -> String {
        self.join(|token| {
            let (original, text) = token.swap();
            let score = token.probability;
            match token.verdict() {
                Verdict::Original => text,
                Verdict::Caught => paint(green(), &format!("[{original}→{text} {score:.2}]")),
                Verdict::Missed => paint(red(), &format!("[{original}→{text} {score:.2} missed]")),
                Verdict::FalseAlarm => paint(yellow(), &format!("[{text}? {score:.2}]")),
            }
        })
    }

    /// The sentence for the report: `<del>` and `<ins>` carry the swap, a class the verdict.
    pub(crate) fn html(&self) -> String {
        self.join(|token| {
            let (original, text) = token.swap();
            let (original, text) = (escape(&original), escape(&text));
            let score = format!("<small>{:.2}</small>", token.probability);
            let swap = format!("<del>{original}</del> <ins>{text}</ins>");
            match token.verdict() {
                Verdict::Original if token.selected => {
                    format!("<span class=\"kept\">{text}</span>")
                }
                Verdict::Original => text,
                Verdict::Caught => format!("<span class=\"caught\">{swap} {score}</span>"),
                Verdict::Missed => {
                    format!("<span class=\"missed\">{swap} {score} <small>missed</small></span>")
                }
                Verdict::FalseAlarm => format!("<span class=\"alarm\">{text}? {score}</span>"),
            }
        })
    }

    /// How the marks of [`Self::line`] are to be read.
    pub(crate) fn legend() -> String {
        format!(
            "{}  {}  {}  (number: probability of being replaced)",
            paint(green(), "[original→swap 0.93]"),
            paint(red(), "[original→swap 0.12 missed]"),
            paint(yellow(), "[false alarm? 0.71]")
        )
    }

    /// Joins tokens as a person would write them; special ones vanish, but for a bar between
    /// two segments.
    fn join(&self, render: impl Fn(&ShownToken) -> String) -> String {
        let last = self.tokens.iter().rposition(|token| !token.special).unwrap_or(0);
        let mut line = String::new();
        let mut before: Option<&ShownToken> = None;
        for token in self.tokens.iter().take(last + 1) {
            match &*token.text {
                "[CLS]" | "[PAD]" if token.special => continue,
                "[SEP]" if token.special => line.push_str(" |"),
                _ => {
                    if before.is_some_and(|before| space_between(before, token)) {
                        line.push(' ');
                    }
                    line.push_str(&render(token));
                }
            }
            before = Some(token);
        }
        line
    }
}

/// Text that cannot steer a terminal.
fn harmless(text: &str) -> String {
    text.chars().map(|one| if one.is_control() { '\u{fffd}' } else { one }).collect()
}

/// Whether two neighbouring tokens are written apart.
fn space_between(before: &ShownToken, token: &ShownToken) -> bool {
    if token.continues_word() {
        return false;
    }
    // A mark stands apart, or its brackets would run into the punctuation.
    if token.verdict() != Verdict::Original {
        return true;
    }
    let closes = matches!(&*token.text, "." | "," | ";" | ":" | "!" | "?" | ")" | "]" | "%" | "…");
    let opens = matches!(&*before.text, "(" | "[") && before.verdict() == Verdict::Original;
    let ending = matches!(&*token.text, "s" | "t" | "d" | "m" | "re" | "ve" | "ll");
    let apostrophe = |text: &str| matches!(text, "'" | "’");
    !(closes || opens || apostrophe(&token.text) || (apostrophe(&before.text) && ending))
}

fn paint(style: Style, text: &str) -> String {
    let mut painted = String::with_capacity(text.len() + 16);
    // Writing to a string cannot fail.
    let _ = write!(painted, "{style}{text}{style:#}");
    painted
}

fn green() -> Style {
    AnsiColor::Green.on_default().underline()
}

fn red() -> Style {
    AnsiColor::Red.on_default().underline()
}

fn yellow() -> Style {
    AnsiColor::Yellow.on_default().underline()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str, original: &str, probability: f32) -> ShownToken {
        let original = (!original.is_empty()).then(|| original.to_owned());
        let special = matches!(text, "[CLS]" | "[SEP]");
        ShownToken { text: text.to_owned(), original, probability, special, selected: false }
    }

    fn plain(tokens: Vec<ShownToken>) -> String {
        anstream::adapter::strip_str(&Shown { tokens }.line()).to_string()
    }

    fn words(text: &str) -> Vec<ShownToken> {
        text.split(' ').map(|word| token(word, "", 0.1)).collect()
    }

    #[test]
    fn every_verdict_reads_without_colour() {
        let tokens = vec![
            token("[CLS]", "", 0.9),
            token("the", "", 0.01),
            token("chef", "", 0.6),
            token("ate", "cooked", 0.934),
            token("a", "the", 0.1),
            token("meal", "", 0.1),
            token(".", "", 0.1),
            token("[SEP]", "", 0.9),
        ];
        assert_eq!(plain(tokens), "the [chef? 0.60] [cooked→ate 0.93] [the→a 0.10 missed] meal.");
    }

    #[test]
    fn word_pieces_are_glued() {
        let tokens = vec![
            token("play", "", 0.1),
            token("##ing", "##ed", 0.8),
            token("un", "", 0.0),
            token("##do", "", 0.0),
        ];
        assert_eq!(plain(tokens), "play[ed→ing 0.80] undo");
        assert_eq!(plain(vec![token("a", "", 0.0), token("##b", "dog", 0.9)]), "a[dog→##b 0.90]");
    }

    #[test]
    fn punctuation_is_written_as_people_do() {
        assert_eq!(
            plain(words("he said , i don ' t ( really ) know .")),
            "he said, i don't (really) know."
        );
    }

    #[test]
    fn a_bar_parts_the_segments() {
        assert_eq!(plain(words("[CLS] one [SEP] two [SEP]")), "one | two");
    }

    #[test]
    fn colour_ends_where_it_began() {
        let line = Shown { tokens: vec![token("ate", "cooked", 0.9), token("it", "", 0.1)] }.line();
        assert!(line.starts_with("\u{1b}[") && line.ends_with("\u{1b}[0m it"), "{line:?}");
    }

    #[test]
    fn a_text_cannot_steer_the_terminal() {
        assert_eq!(Shown { tokens: words("a \u{1b}[2J\rb") }.line(), "a \u{fffd}[2J\u{fffd}b");
    }

    #[test]
    fn markup_in_a_sentence_stays_text() {
        let shown = Shown { tokens: vec![token("<b>", "<i>", 0.9), token("&", "", 0.1)] };
        assert_eq!(
            shown.html(),
            "<span class=\"caught\"><del>&lt;i&gt;</del> <ins>&lt;b&gt;</ins> <small>0.90</small></span> &amp;"
        );
    }
}
