//! Every token with its probability under it, for text whose truth is not known.

use super::{Shown, ShownToken, THRESHOLD, harmless, paint, red, yellow};
use unicode_width::UnicodeWidthStr;

/// A token above this is worth a second look.
const DOUBT: f32 = 0.2;
/// Between two columns.
const GAP: &str = "  ";
/// Width of a number such as `0.93`.
const NUMBER: usize = 4;

impl Shown {
    /// Tokens in columns, each over its probability of being replaced; lines in pairs, at most `width`
    /// wide if the tokens are. Special tokens are left out.
    pub(crate) fn columns(&self, width: usize) -> String {
        let mut pairs: Vec<[String; 2]> = Vec::new();
        let mut used = 0;
        for token in self.tokens.iter().filter(|token| !token.special) {
            let (text, wide) = cell(token);
            let is_full = used + GAP.len() + wide > width;
            if let Some(pair) = pairs.last_mut().filter(|_| !is_full) {
                for (line, cell) in pair.iter_mut().zip(text) {
                    line.push_str(GAP);
                    line.push_str(&cell);
                }
                used += GAP.len() + wide;
            } else {
                pairs.push(text);
                used = wide;
            }
        }
        let lines = pairs.iter().flatten().map(|line| line.trim_end());
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Both lines of a column, and its width.
fn cell(token: &ShownToken) -> ([String; 2], usize) {
    let text = harmless(&token.text);
    let narrow = text.width();
    let wide = narrow.max(NUMBER);
    let painted = |text: &str, narrow: usize| {
        let blanks = " ".repeat(wide - narrow);
        match token.probability {
            score if score > THRESHOLD => format!("{}{blanks}", paint(red(), text)),
            score if score > DOUBT => format!("{}{blanks}", paint(yellow(), text)),
            _ => format!("{text}{blanks}"),
        }
    };
    let number = format!("{:.2}", token.probability);
    ([painted(&text, narrow), painted(&number, NUMBER)], wide)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(tokens: &[(&str, f32)]) -> Shown {
        let token = |&(text, probability): &(&str, f32)| ShownToken {
            text: text.to_owned(),
            probability,
            special: text.starts_with('['),
            ..ShownToken::default()
        };
        Shown { tokens: tokens.iter().map(token).collect() }
    }

    fn plain(tokens: &[(&str, f32)], width: usize) -> String {
        anstream::adapter::strip_str(&shown(tokens).columns(width)).to_string()
    }

    #[test]
    fn every_token_stands_over_its_probability() {
        let tokens =
            [("[CLS]", 0.9), ("the", 0.01), ("landing", 0.934), ("##s", 0.3), ("[SEP]", 0.0)];
        assert_eq!(plain(&tokens, 80), "the   landing  ##s\n0.01  0.93     0.30");
    }

    #[test]
    fn long_texts_are_broken_into_pairs_of_lines() {
        let tokens = [("one", 0.1), ("two", 0.2), ("three", 0.3), ("a-very-long-word", 0.4)];
        let expected = "one   two\n0.10  0.20\nthree\n0.30\na-very-long-word\n0.40";
        assert_eq!(plain(&tokens, 12), expected);
        assert_eq!(plain(&[], 12), "");
    }

    #[test]
    fn wide_letters_take_two_columns() {
        assert_eq!(plain(&[("日本語", 0.1), ("x", 0.2)], 80), "日本語  x\n0.10    0.20");
    }

    #[test]
    fn doubtful_tokens_are_coloured_and_others_are_not() {
        let painted = |score| shown(&[("ate", score)]).columns(80);
        assert!(painted(0.9).contains("\u{1b}[") && painted(0.3).contains("\u{1b}["));
        assert_ne!(painted(0.9).replace("0.90", ""), painted(0.3).replace("0.30", ""));
        assert_eq!(painted(0.1), "ate\n0.10");
    }

    #[test]
    fn a_token_cannot_steer_the_terminal() {
        assert!(plain(&[("a\u{7}b", 0.1)], 80).starts_with("a\u{fffd}b"));
    }
}
