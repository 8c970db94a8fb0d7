//! The picture as one SVG file, for slides and papers.

use crate::words;
use electra::protocol::{THRESHOLD, Trace, TraceToken};
use std::fmt::Write as _;

/// Widths and heights in pixels.
const CHARACTER: f32 = 10.5;
const MARGIN: f32 = 24.0;
const LABELS: f32 = 130.0;
const ROW: f32 = 26.0;
const BAR: f32 = 90.0;
const NARROWEST: f32 = 48.0;
const WITH_GUESSES: f32 = 140.0;

/// Ink, paper and the two hues of the light theme: a file has no theme.
const INK: &str = "#1a1a1a";
const QUIET: &str = "#595f69";
const ORIGINAL: &str = "#0072b2";
const REPLACED: &str = "#c44e00";

/// The three rows and the verdict. Everything that came from a text is escaped.
pub fn svg(trace: &Trace) -> String {
    let shown: Vec<&TraceToken> = trace.tokens.iter().filter(|token| !token.special).collect();
    let most = shown.iter().map(|token| token.candidates.len()).max().unwrap_or(0).max(1);
    let width: f32 = MARGIN * 2.0 + LABELS + shown.iter().map(|token| wide(token)).sum::<f32>();
    let guesses = MARGIN + ROW * 1.5;
    let bars = guesses + ROW * most as f32 + ROW * 0.5;
    let height = bars + BAR + ROW * 4.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"Georgia, serif\" font-size=\"18\" \
         fill=\"{INK}\"><title>{}</title><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>",
        escaped(&words::verdict(trace))
    );
    let mut draw = Draw(&mut svg);
    draw.label(MARGIN + 18.0, "You mask");
    draw.label(guesses + 18.0, "Generator guesses");
    draw.label(bars + BAR, "Discriminator");
    let mut x = MARGIN + LABELS;
    for token in shown {
        draw.column(token, x, guesses, bars);
        x += wide(token);
    }
    let (from, middle) = (MARGIN + LABELS, bars + BAR / 2.0);
    let _ = write!(
        svg,
        "<line x1=\"{from}\" x2=\"{x:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\" stroke=\"{QUIET}\" \
         stroke-dasharray=\"2 4\"/>"
    );
    Draw(&mut svg).text(from, height - MARGIN, INK, &words::verdict(trace));
    svg.push_str("</svg>");
    svg
}

struct Draw<'a>(&'a mut String);

impl Draw<'_> {
    fn text(&mut self, x: f32, y: f32, fill: &str, words: &str) {
        let words = escaped(words);
        let _ = write!(self.0, "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{fill}\">{words}</text>");
    }

    fn label(&mut self, y: f32, words: &str) {
        let _ = write!(
            self.0,
            "<text x=\"{MARGIN}\" y=\"{y:.1}\" fill=\"{QUIET}\" font-family=\"sans-serif\" \
             font-size=\"13\">{words}</text>"
        );
    }

    fn column(&mut self, token: &TraceToken, x: f32, guesses: f32, bars: f32) {
        let word = words::piece(&token.text);
        if token.selected {
            let width = wide(token) - 8.0;
            let _ = write!(
                self.0,
                "<rect x=\"{x:.1}\" y=\"{MARGIN}\" width=\"{width:.1}\" height=\"{ROW}\" \
                 fill=\"none\" stroke=\"{QUIET}\" stroke-dasharray=\"4 3\"/>"
            );
        }
        self.text(x + 6.0, MARGIN + 19.0, INK, word);
        for (at, guess) in token.candidates.iter().enumerate() {
            let share = words::percent(guess.probability);
            let line = format!("{} {share}", words::piece(&guess.text));
            let read = token.read.first().is_some_and(|read| read.id == guess.id);
            let fill = if read { INK } else { QUIET };
            self.text(x + 6.0, guesses + ROW * at as f32 + 19.0, fill, &line);
        }
        self.judged(token, x, bars);
    }

    fn judged(&mut self, token: &TraceToken, x: f32, bars: f32) {
        let suspicion = token.suspicion();
        let fill = if suspicion > THRESHOLD { REPLACED } else { ORIGINAL };
        let (width, tall) = ((wide(token) - 8.0).min(60.0), suspicion.clamp(0.0, 1.0) * BAR);
        let _ = write!(
            self.0,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{tall:.1}\" fill=\"{fill}\"/>",
            x + 4.0,
            bars + BAR - tall
        );
        self.text(x + 4.0, bars + BAR + 22.0, INK, &words::read(token));
        let mark = if suspicion > THRESHOLD { "▲ " } else { "" };
        let percent = format!("{mark}{}", words::percent(suspicion));
        self.text(x + 4.0, bars + BAR + 44.0, QUIET, &percent);
    }
}

/// Room for a column; letters differ in width, so it is generous.
fn wide(token: &TraceToken) -> f32 {
    let letters = |word: &str| word.chars().count() as f32 * CHARACTER + 18.0;
    let words = letters(words::piece(&token.text)).max(letters(&words::read(token)));
    let least = if token.candidates.is_empty() { NARROWEST } else { WITH_GUESSES };
    words.max(least)
}

fn escaped(words: &str) -> String {
    crate::node::text(words).to_html()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::chef;

    #[test]
    fn the_drawing_holds_every_word_and_number() {
        let svg = svg(&chef());
        for part in ["chef", "cooked", "ate 41 %", "▲ 91 %", "Caught the one replacement"] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        assert_eq!(svg.matches(REPLACED).count(), 1);
    }

    #[test]
    fn hostile_words_stay_words() {
        let mut trace = chef();
        trace.tokens[1].text = "</text><script>".to_owned();
        assert!(!svg(&trace).contains("<script"), "{}", svg(&trace));
    }
}
