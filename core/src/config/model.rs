//! Shapes and recipe of the two networks: plain data, saved with every model.

use serde::{Deserialize, Serialize};

/// Standard deviation of the authors' initialiser, and of the tables in both recipes.
#[cfg(feature = "model")]
pub(crate) const INITIALIZER_RANGE: f64 = 0.02;

/// Both networks and what they share.
///
/// Sizes follow Clark et al., ICLR 2020, table 6, and `get_bert_config` of the authors' code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElectraConfig {
    /// Entries of the vocabulary.
    pub vocab_size: usize,
    /// Width of the word, position and token-type tables.
    pub embedding_size: usize,
    /// Longest sequence the position table knows.
    pub max_position_embeddings: usize,
    /// Number of segments.
    pub type_vocab_size: usize,
    /// Epsilon of every LayerNorm.
    pub layer_norm_eps: f64,
    /// Dropout after embeddings, attention output and feed-forward output.
    pub hidden_dropout_prob: f64,
    /// Dropout on attention probabilities.
    pub attention_probs_dropout_prob: f64,
    /// Where LayerNorm stands in a block.
    pub norm: NormPlacement,
    /// How tokens learn their position.
    pub position: PositionKind,
    /// How weights begin.
    pub initializer: Initializer,
    /// What the networks share.
    pub tie: Tie,
    /// The network one keeps.
    pub discriminator: NetworkConfig,
    /// The network that proposes replacements.
    pub generator: NetworkConfig,
}

/// Shape of one encoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    /// Width of the hidden states.
    pub hidden_size: usize,
    /// Number of blocks.
    pub num_hidden_layers: usize,
    /// Attention heads of each block.
    pub num_attention_heads: usize,
    /// Width of the feed-forward layer.
    pub intermediate_size: usize,
}

/// Where LayerNorm stands in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NormPlacement {
    /// After the residual sum, as in BERT and the paper.
    Post,
    /// Before each sub-layer, with one more at the end of the encoder.
    Pre,
}

/// How tokens learn their position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PositionKind {
    /// A learned table added to the word embeddings, as in the paper.
    Learned,
    /// Queries and keys rotated by their position (Su et al., 2021); no table.
    Rotary,
}

/// How weights begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Initializer {
    /// Truncated normal of 0.02 cut at two sigma, Glorot-uniform for projections to one logit and
    /// from the embedding width: the authors' code.
    Google,
    /// Normal with deviation `1 / sqrt(fan_in)`, divided by `sqrt(2 * layers)` where a sub-layer
    /// writes into the residual stream; tables as `google`.
    FanIn,
}

/// What generator and discriminator share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tie {
    /// Word, position and type tables and their LayerNorm: the paper's choice.
    Embeddings,
    /// The whole encoder; the sizes must be equal.
    All,
    /// Nothing; the generator's tables have the same width.
    None,
}

/// The paper's dropout, `layer_norm_eps` and positions, with the sizes of one row of table 6.
fn paper(
    embedding_size: usize,
    discriminator: NetworkConfig,
    generator: NetworkConfig,
) -> ElectraConfig {
    ElectraConfig {
        vocab_size: 30_522,
        embedding_size,
        max_position_embeddings: 512,
        type_vocab_size: 2,
        layer_norm_eps: 1e-12,
        hidden_dropout_prob: 0.1,
        attention_probs_dropout_prob: 0.1,
        norm: NormPlacement::Post,
        position: PositionKind::Learned,
        initializer: Initializer::Google,
        tie: Tie::Embeddings,
        discriminator,
        generator,
    }
}

/// Our recipe for small models and short runs; what was measured of it stands in `LOG.md`.
fn modern(
    vocab_size: usize,
    embedding_size: usize,
    max_position_embeddings: usize,
    discriminator: NetworkConfig,
    generator: NetworkConfig,
) -> ElectraConfig {
    ElectraConfig {
        vocab_size,
        max_position_embeddings,
        layer_norm_eps: 1e-6,
        hidden_dropout_prob: 0.0,
        attention_probs_dropout_prob: 0.0,
        norm: NormPlacement::Pre,
        position: PositionKind::Learned,
        initializer: Initializer::FanIn,
        ..paper(embedding_size, discriminator, generator)
    }
}

impl NetworkConfig {
    /// An encoder whose feed-forward layer is four times as wide as its hidden states.
    pub fn new(hidden_size: usize, num_hidden_layers: usize, num_attention_heads: usize) -> Self {
        Self {
            hidden_size,
            num_hidden_layers,
            num_attention_heads,
            intermediate_size: 4 * hidden_size,
        }
    }

    /// Width of one attention head.
    pub fn head_dim(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }
}

impl ElectraConfig {
    /// The paper's ELECTRA-Small.
    pub fn small() -> Self {
        paper(128, NetworkConfig::new(256, 12, 4), NetworkConfig::new(64, 12, 1))
    }

    /// The paper's ELECTRA-Base.
    pub fn base() -> Self {
        paper(768, NetworkConfig::new(768, 12, 12), NetworkConfig::new(256, 12, 4))
    }

    /// The paper's ELECTRA-Large.
    pub fn large() -> Self {
        paper(1024, NetworkConfig::new(1024, 24, 16), NetworkConfig::new(256, 24, 4))
    }

    /// Ours: small enough to train in minutes on a CPU or in a browser tab.
    pub fn nano() -> Self {
        modern(4096, 128, 64, NetworkConfig::new(128, 4, 4), NetworkConfig::new(64, 2, 2))
    }

    /// Ours: small enough to train in hours on a CPU. Rotary positions, because fine-tuning may be
    /// asked for longer rows than it is trained on, for which a table would have untrained places.
    pub fn tiny() -> Self {
        let (judging, proposing) = (NetworkConfig::new(256, 5, 4), NetworkConfig::new(96, 3, 3));
        Self { position: PositionKind::Rotary, ..modern(8192, 128, 128, judging, proposing) }
    }

    /// Whether embeddings of this width need a projection to reach `network`.
    pub fn needs_projection(&self, network: &NetworkConfig) -> bool {
        self.embedding_size != network.hidden_size
    }
}
