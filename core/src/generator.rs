//! The generator: an encoder with a masked-language-modelling head over the tied word table.

use crate::config::{ElectraConfig, Tie};
use crate::encoder::{Embeddings, Encoder};
use crate::layers::{LayerNorm, Linear, Role, Weights};
use crate::ops;
use burn::module::{Module, Param};
use burn::tensor::Tensor;

/// What belongs to the generator alone; the rest is shared, see [`Tie`].
#[derive(Module, Debug)]
pub struct Generator {
    /// Its own tables, when nothing is tied.
    pub embeddings: Option<Embeddings>,
    /// Its own encoder, unless everything is tied.
    pub encoder: Option<Encoder>,
    /// `[hidden, embedding]`
    pub dense: Linear,
    /// Over the embedding width.
    pub norm: LayerNorm,
    /// One score a word: `[vocab]`
    pub bias: Param<Tensor<1>>,
}

impl Generator {
    /// A generator of the configured shape.
    pub fn new(config: &ElectraConfig, weights: &mut Weights) -> Self {
        let (hidden, width) = (config.generator.hidden_size, config.embedding_size);
        Self {
            embeddings: (config.tie == Tie::None).then(|| Embeddings::new(config, weights)),
            encoder: (config.tie != Tie::All)
                .then(|| Encoder::new(config, &config.generator, weights)),
            dense: weights.linear(hidden, width, Role::Inner),
            norm: weights.layer_norm(width, config.layer_norm_eps),
            bias: weights.constant(0.0, config.vocab_size),
        }
    }

    /// Scores of every word at gathered positions.
    ///
    /// # Shapes
    ///
    /// - `hidden`: `[masked, hidden]`; `table`: `[vocab, embedding]`
    /// - returns: `[masked, vocab]`
    pub fn scores(&self, hidden: Tensor<2>, table: Tensor<2>) -> Tensor<2> {
        let x = self.norm.forward(ops::gelu(self.dense.forward(hidden)));
        ops::project(x, table, self.bias.val())
    }
}
