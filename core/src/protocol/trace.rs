//! One text after both networks have been at it: the three rows of the page, as data.

use super::THRESHOLD;
use super::command::Selection;
use serde::{Deserialize, Serialize};

/// One text: what was masked, what was guessed, what is suspected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// As given.
    pub text: String,
    /// What the generator had to guess, as asked for.
    pub selection: Selection,
    /// The seed that was used.
    pub seed: u64,
    /// The temperature that was used.
    pub temperature: f64,
    /// One column a token of the text, `[CLS]` first and `[SEP]` last.
    pub tokens: Vec<TraceToken>,
    /// Tokens of the text that do not fit the row and were not read.
    pub truncated: usize,
    /// Characters of the text that were read; the rest is what `truncated` counts.
    pub characters_read: usize,
    /// Filled by the engine's clock; 0 in what was computed beforehand.
    pub milliseconds: f64,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceToken {
    /// What stands in the text, as in the vocabulary, `##` included.
    pub text: String,
    /// Its id: the original.
    pub id: u32,
    /// First character that it covers; characters, not bytes.
    pub start: usize,
    /// One past the last; equal to `start` for `[CLS]` and `[SEP]`.
    pub end: usize,
    /// No text: cannot be masked or replaced.
    #[serde(default, skip_serializing_if = "is_false")]
    pub special: bool,
    /// Whether the generator had to guess it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub selected: bool,
    /// Whether the generator saw `[MASK]` here; the training rule shows some selected tokens.
    #[serde(default, skip_serializing_if = "is_false")]
    pub hidden: bool,
    /// The generator's best guesses, best first; empty where it had nothing to guess.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// Where what the discriminator read came from.
    #[serde(default, skip_serializing_if = "Origin::is_text")]
    pub origin: Origin,
    /// What the discriminator read: one token, or several where a person's word needs them.
    pub read: Vec<Read>,
}

/// A guess.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// As in the vocabulary.
    pub text: String,
    /// Its id.
    pub id: u32,
    /// The generator's, at the temperature in use.
    pub probability: f32,
}

/// Where a token that the discriminator read came from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// It stands in the text.
    #[default]
    Text,
    /// The generator's sample.
    Sampled,
    /// A token that a person chose.
    Chosen,
    /// A word that a person typed.
    Typed,
}

/// A token as the discriminator read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Read {
    /// As in the vocabulary.
    pub text: String,
    /// Its id.
    pub id: u32,
    /// The generator's probability of it, at the temperature in use; none where it had nothing to
    /// guess.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f32>,
    /// The discriminator's probability that it was replaced.
    pub replaced: f32,
}

/// Truth and judgement of one column together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Original and called so.
    Original,
    /// Replaced and called so.
    Caught,
    /// Replaced and called original.
    Missed,
    /// Original and called replaced.
    FalseAlarm,
}

/// Counts of a whole trace, special tokens left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Columns that the generator had to guess.
    pub selected: usize,
    /// Selected columns where the original came back; they count as original.
    pub guessed: usize,
    /// Columns whose token is another one now.
    pub replaced: usize,
    /// Of those, called replaced.
    pub caught: usize,
    /// Original columns called replaced.
    pub false_alarms: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl Origin {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    fn is_text(&self) -> bool {
        *self == Self::Text
    }
}

impl TraceToken {
    /// Whether the discriminator read something else than stands in the text. A lucky sample
    /// leaves the token original.
    pub fn is_replaced(&self) -> bool {
        self.read.len() != 1 || self.read[0].id != self.id
    }

    /// The discriminator's probability that this column was replaced: its most suspicious token's.
    pub fn suspicion(&self) -> f32 {
        self.read.iter().map(|read| read.replaced).fold(0.0, f32::max)
    }

    /// Truth and judgement.
    pub fn verdict(&self) -> Verdict {
        match (self.is_replaced(), self.suspicion() > THRESHOLD) {
            (true, true) => Verdict::Caught,
            (true, false) => Verdict::Missed,
            (false, true) => Verdict::FalseAlarm,
            (false, false) => Verdict::Original,
        }
    }
}

impl Trace {
    /// Counts of the columns that are text.
    pub fn score(&self) -> Score {
        let mut score = Score::default();
        for token in self.tokens.iter().filter(|token| !token.special) {
            let verdict = token.verdict();
            score.selected += usize::from(token.selected);
            score.guessed += usize::from(token.selected && !token.is_replaced());
            score.replaced += usize::from(token.is_replaced());
            score.caught += usize::from(verdict == Verdict::Caught);
            score.false_alarms += usize::from(verdict == Verdict::FalseAlarm);
        }
        score
    }

    /// What the discriminator read, for inspecting it.
    pub fn read_ids(&self) -> Vec<u32> {
        self.tokens.iter().flat_map(|token| token.read.iter().map(|read| read.id)).collect()
    }

    /// What the generator read, given the id of `[MASK]`.
    pub fn masked_ids(&self, mask: u32) -> Vec<u32> {
        self.tokens.iter().map(|token| if token.hidden { mask } else { token.id }).collect()
    }

    /// Largest difference of the discriminator's probabilities; none when the traces do not show
    /// the same tokens.
    pub fn difference(&self, other: &Self) -> Option<f32> {
        let mine = self.tokens.iter().flat_map(|token| &token.read);
        let theirs = other.tokens.iter().flat_map(|token| &token.read);
        if self.read_ids() != other.read_ids() {
            return None;
        }
        Some(mine.zip(theirs).map(|(a, b)| (a.replaced - b.replaced).abs()).fold(0.0, f32::max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(id: u32, read: &[(u32, f32)], selected: bool) -> TraceToken {
        let read = read.iter().map(|&(id, replaced)| Read {
            text: id.to_string(),
            id,
            probability: None,
            replaced,
        });
        TraceToken {
            text: id.to_string(),
            id,
            start: 0,
            end: 1,
            special: false,
            selected,
            hidden: selected,
            candidates: Vec::new(),
            origin: if selected { Origin::Sampled } else { Origin::Text },
            read: read.collect(),
        }
    }

    fn trace(tokens: Vec<TraceToken>) -> Trace {
        Trace {
            text: "a text".to_owned(),
            selection: Selection::Rule,
            seed: 7,
            temperature: 1.0,
            tokens,
            truncated: 0,
            characters_read: 6,
            milliseconds: 0.0,
        }
    }

    #[test]
    fn a_lucky_sample_counts_as_original() {
        let score = trace(vec![
            column(10, &[(10, 0.1)], true),
            column(11, &[(12, 0.9)], true),
            column(13, &[(14, 0.2)], true),
            column(15, &[(15, 0.7)], false),
            column(16, &[(16, 0.1)], false),
        ])
        .score();
        let expected = Score { selected: 3, guessed: 1, replaced: 2, caught: 1, false_alarms: 1 };
        assert_eq!(score, expected);
    }

    #[test]
    fn a_word_of_several_tokens_is_as_suspicious_as_its_worst() {
        let column = column(10, &[(11, 0.2), (12, 0.8)], false);
        assert_eq!(column.suspicion(), 0.8);
        assert_eq!(column.verdict(), Verdict::Caught);
    }

    #[test]
    fn a_trace_survives_its_journey() {
        let there = trace(vec![column(11, &[(12, 0.123_456_79)], true)]);
        let text = serde_json::to_string(&there).expect("JSON");
        let back: Trace = serde_json::from_str(&text).expect("a trace");
        assert_eq!(back, there);
        assert_eq!(back.difference(&there), Some(0.0));
    }
}
