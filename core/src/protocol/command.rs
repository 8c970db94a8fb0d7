//! What a page asks of an engine.

use super::judgement::Classify;
use serde::{Deserialize, Serialize};

/// A command and the number that its replies carry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Chosen by the page, growing; a newer request of a kind supersedes an older one.
    pub id: u32,
    /// What to do.
    pub command: Command,
}

/// What to do; files travel beside it, each under its path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Load the model in the files beside; the present one stays if that fails.
    ///
    /// Paths are those of a run (`discriminator/config.json`, `generator/…`) or of a flat
    /// Hugging Face folder (`config.json`, `model.safetensors`, `tokenizer.json` or `vocab.txt`).
    Open,
    /// Mask, guess and judge one text.
    Explore(Explore),
    /// Judge a text of any length without masking anything.
    Proofread {
        /// The text.
        text: String,
    },
    /// Where one head of one layer looks.
    Inspect(Inspect),
    /// Ask a fine-tuned model about a text.
    Classify(Classify),
    /// Run the fixed little network and say its numbers.
    SelfTest,
    /// Time forward passes of the discriminator.
    Measure {
        /// Tokens of the row.
        tokens: usize,
        /// Timed passes, after one that warms up.
        passes: usize,
    },
    /// Give up the request with this number, if it has not ended.
    Cancel {
        /// Its number.
        request: u32,
    },
}

/// One text and what happens to it.
///
/// Positions count tokens of the row: `[CLS]` is 0, the first token of the text is 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explore {
    /// The text, as typed.
    pub text: String,
    /// What the generator has to guess.
    pub selection: Selection,
    /// Seeds the choice of positions and the samples.
    pub seed: u64,
    /// Softmax temperature of the samples; positive.
    pub temperature: f64,
    /// Tokens that a person puts in, wherever they stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replacements: Vec<Replacement>,
}

/// Which positions the generator has to guess.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Selection {
    /// These; all of them are hidden. Special tokens and what lies beyond the row are left out.
    Positions {
        /// Numbers of tokens.
        positions: Vec<usize>,
    },
    /// Those that training would choose by this seed; some are shown as they are.
    Rule,
}

/// A person's choice at one position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// Number of the token.
    pub position: usize,
    /// What stands there instead.
    pub with: Choice,
}

/// What a person puts in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// A token of the vocabulary, such as another candidate.
    Token(u32),
    /// Own words; they may become several tokens.
    Word(String),
}

/// One row of one attention matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inspect {
    /// Which network reads.
    pub network: NetworkName,
    /// What it reads, special tokens included: the generator the row with masks, the discriminator
    /// the row with replacements.
    pub ids: Vec<u32>,
    /// Number of the layer, from 0.
    pub layer: usize,
    /// Number of the head, from 0.
    pub head: usize,
    /// Position in `ids` of the token that looks.
    pub from: usize,
}

/// One of the two networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkName {
    /// Guesses masked tokens.
    Generator,
    /// Detects replaced tokens.
    Discriminator,
}

impl Command {
    /// Whether a newer request of the same kind makes this one pointless.
    pub fn is_superseded_by(&self, newer: &Self) -> bool {
        use Command::{Classify, Explore, Inspect, Proofread};
        matches!(
            (self, newer),
            (Explore(_), Explore(_))
                | (Inspect(_), Inspect(_))
                | (Classify(_), Classify(_))
                | (Proofread { .. }, Proofread { .. })
        )
    }
}
