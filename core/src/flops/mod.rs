//! What pre-training costs, counted by the paper's own rules, so that runs compare with its tables.
//!
//! The rules (Clark et al., ICLR 2020, appendix, and `flops_computation.py` of the authors' code):
//! an addition, a multiplication and an exponential are one operation each, a product with an
//! `m x n` matrix takes `2mn`, the backward pass costs as much as the forward pass, and looking up
//! an embedding counts as a product with a one-hot vector. Dropout is always counted, whatever the
//! configuration says, and so are learned positions: the numbers compare sizes, not recipes.

mod table;

pub use table::{Row, table};

use crate::config::{ElectraConfig, NetworkConfig, PretrainConfig};

/// Operations of dropout per element: draw, compare, mask, rescale.
const DROPOUT: f64 = 4.0;
/// Operations of LayerNorm per element.
const LAYER_NORM: f64 = 5.0;
/// Operations of GELU per element.
const GELU: f64 = 8.0;
/// Operations of softmax per element.
const SOFTMAX: f64 = 5.0;
/// Share of the positions whose word is predicted: 20 of 128, also where 25 % are masked.
const PREDICTED_SHARE: f64 = 0.15625;
/// Row length at which the paper states inference cost.
pub const INFERENCE_LENGTH: usize = 128;

/// Operations of one run and of using its result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Training the generator, all steps.
    pub train_generator: f64,
    /// Training the discriminator, all steps.
    pub train_discriminator: f64,
    /// One row of 128 tokens through the discriminator.
    pub inference: f64,
}

impl Cost {
    /// Training both networks, all steps.
    pub fn train(&self) -> f64 {
        self.train_generator + self.train_discriminator
    }
}

/// A transformer as the rules see it; every method counts one row of `seq` tokens, forward.
#[derive(Debug, Clone, Copy)]
struct Shape {
    vocab: f64,
    embedding: f64,
    hidden: f64,
    layers: f64,
    heads: f64,
    intermediate: f64,
    seq: f64,
}

impl Shape {
    fn new(vocab: usize, embedding: usize, network: &NetworkConfig, seq: usize) -> Self {
        Self {
            vocab: vocab as f64,
            embedding: embedding as f64,
            hidden: network.hidden_size as f64,
            layers: network.num_hidden_layers as f64,
            heads: network.num_attention_heads as f64,
            intermediate: network.intermediate_size as f64,
            seq: seq as f64,
        }
    }

    /// All blocks.
    fn encoder(&self) -> f64 {
        self.layers * self.seq * (self.attention() + self.feed_forward())
    }

    /// Attention of one block, per token.
    fn attention(&self) -> f64 {
        let (hidden, scores) = (self.hidden, self.seq * self.heads);
        let inputs = 3.0 * (2.0 * hidden * hidden + hidden);
        let weights = 2.0 * hidden * self.seq + (SOFTMAX + DROPOUT + 1.0) * scores;
        let values = 2.0 * hidden * self.seq;
        let output = 2.0 * hidden * hidden + (1.0 + DROPOUT + 1.0) * hidden;
        // The authors' code counts this LayerNorm once per token, not once per element.
        inputs + weights + values + output + LAYER_NORM
    }

    /// Feed-forward layer of one block, per token.
    fn feed_forward(&self) -> f64 {
        let (hidden, inner) = (self.hidden, self.intermediate);
        let products = 2.0 * (2.0 * hidden * inner);
        products + (GELU + 1.0) * inner + (1.0 + DROPOUT + 1.0 + LAYER_NORM) * hidden
    }

    /// Word, position and type tables, with the projection where the widths differ.
    fn embeddings(&self) -> f64 {
        let width = self.embedding;
        let words = 2.0 * width * self.vocab;
        let places = 2.0 * width * (self.seq + 2.0) + 2.0 * width;
        let project = self.embedding != self.hidden;
        let projection = if project { (2.0 * width + 1.0) * self.hidden } else { 0.0 };
        self.seq * (words + places + (LAYER_NORM + DROPOUT) * width + projection)
    }

    /// The masked-token head on `share` of the positions.
    fn word_head(&self, share: f64) -> f64 {
        let width = self.embedding;
        let dense = 2.0 * self.hidden * width + (1.0 + GELU + LAYER_NORM) * width;
        let words = 2.0 * width * self.vocab + (SOFTMAX + 2.0) * self.vocab;
        share * self.seq * (dense + words)
    }

    /// The replaced-token head on every position.
    fn replaced_head(&self) -> f64 {
        let hidden = self.hidden;
        self.seq * (2.0 * hidden * hidden + (1.0 + GELU + 2.0) * hidden)
    }

    /// Using the network for classification.
    fn inference(&self) -> f64 {
        self.encoder() + self.embeddings() + self.replaced_head()
    }

    /// Masked-language-model training on `rows` rows; backward doubles forward.
    fn train_words(&self, share: f64, rows: f64) -> f64 {
        2.0 * rows * (self.encoder() + self.embeddings() + self.word_head(share))
    }

    /// Replaced-token training on `rows` rows; backward doubles forward.
    fn train_replaced(&self, rows: f64) -> f64 {
        2.0 * rows * self.inference()
    }

    /// Weights of the encoder with a dense layer and one logit on top.
    fn parameters(&self, positions: usize, types: usize) -> u64 {
        let (hidden, width, inner) = (self.hidden, self.embedding, self.intermediate);
        let tables = (self.vocab + positions as f64 + types as f64 + 2.0) * width;
        let projection = if width == hidden { 0.0 } else { (width + 1.0) * hidden };
        let attention = 4.0 * (hidden + 1.0) * hidden;
        let feed_forward = (hidden + 1.0) * inner + (inner + 1.0) * hidden;
        let blocks = self.layers * (attention + feed_forward + 4.0 * hidden);
        let head = (hidden + 1.0) * hidden + hidden + 1.0;
        (tables + projection + blocks + head) as u64
    }
}

/// What a run of this configuration costs.
pub fn of(config: &PretrainConfig) -> Cost {
    let (model, training) = (&config.model, &config.training);
    let rows = (training.steps * training.batch_size * training.accumulation) as f64;
    let seq = training.max_seq_length;
    let shape = |network, seq| Shape::new(model.vocab_size, model.embedding_size, network, seq);
    Cost {
        train_generator: shape(&model.generator, seq).train_words(PREDICTED_SHARE, rows),
        train_discriminator: shape(&model.discriminator, seq).train_replaced(rows),
        inference: shape(&model.discriminator, INFERENCE_LENGTH).inference(),
    }
}

/// Weights of the paper's discriminator with its head, tied tables counted once.
///
/// Counted for the paper's recipe: learned positions, LayerNorm after every sum.
pub fn discriminator_parameters(model: &ElectraConfig) -> u64 {
    Shape::new(model.vocab_size, model.embedding_size, &model.discriminator, 0)
        .parameters(model.max_position_embeddings, model.type_vocab_size)
}
