//! What is known about a model: read from its files by an engine, or shipped beside them.

use super::judgement::TaskCard;
use crate::config::{ElectraConfig, ObjectiveConfig};
use crate::metrics::Evaluation;
use serde::{Deserialize, Serialize};

/// Files of one network that an engine looks at; a folder needs the first two and one of the two
/// after them.
pub const MODEL_FILES: [&str; 5] =
    ["config.json", "model.safetensors", "tokenizer.json", "vocab.txt", "tokenizer_config.json"];

/// An open model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Both shapes; without a generator, its own is the discriminator's again.
    pub config: ElectraConfig,
    /// Whether there is a generator; without, only a person can replace tokens.
    pub has_generator: bool,
    /// Parameters, shared ones counted once.
    pub parameters: Parameters,
    /// Longest row of an exploration, `[CLS]` and `[SEP]` included.
    pub max_tokens: usize,
    /// How text becomes tokens.
    pub tokenizer: TokenizerCard,
    /// What `about.json` says, if it was there.
    pub about: Option<About>,
    /// What it answers, if it was fine-tuned; such a model judges no tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskCard>,
}

/// Numbers of parameters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    /// Embeddings, encoder and head.
    pub discriminator: usize,
    /// What the generator adds.
    pub generator: usize,
}

/// How text becomes tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenizerCard {
    /// Entries.
    pub vocab_size: usize,
    /// Whether capital letters become small ones.
    pub lower_case: bool,
    /// Whether accents are taken off.
    pub strip_accents: bool,
    /// Id of `[MASK]`, for showing what the generator reads.
    pub mask: u32,
}

/// `about.json`: what cannot be seen in the weights.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// For people.
    pub name: String,
    /// Text that it was trained on, in words.
    pub trained_on: String,
    /// Licence of the weights.
    pub licence: String,
    /// Optimiser steps.
    pub steps: Option<usize>,
    /// Held-out metrics.
    pub evaluation: Option<Evaluation>,
    /// How it was trained, which is the rule that masks.
    pub objective: Option<ObjectiveConfig>,
    /// Whether it was trained on single sentences: more of them at once are strange to it.
    pub single_sentences: bool,
}

/// `models.json`: what a page ships, in the order of its menu.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelList {
    /// The first is opened by itself.
    pub models: Vec<ShippedModel>,
}

/// One shipped model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ShippedModel {
    /// Its name in links: letters, digits, `-`.
    pub id: String,
    /// What is known about it.
    pub about: About,
    /// Its files, in the order in which they are fetched.
    pub files: Vec<ModelFile>,
}

/// One file of a shipped model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFile {
    /// Path as `open` wants it.
    pub path: String,
    /// Where it is, relative to the page.
    pub url: String,
    /// Its size.
    pub bytes: u64,
    /// Of its contents, in hexadecimal; also its key in caches.
    pub sha256: String,
}
