//! The discriminator: an encoder with one logit a token, the network one keeps.

use crate::config::ElectraConfig;
use crate::encoder::Encoder;
use crate::layers::{Linear, Role, Weights};
use crate::ops;
use burn::module::Module;
use burn::tensor::Tensor;

/// Encoder and head; the embeddings are shared.
#[derive(Module, Debug)]
pub struct Discriminator {
    /// The encoder that fine-tuning keeps.
    pub encoder: Encoder,
    /// `[hidden, hidden]`
    pub dense: Linear,
    /// `[hidden, 1]`
    pub prediction: Linear,
}

impl Discriminator {
    /// A discriminator of the configured shape.
    pub fn new(config: &ElectraConfig, weights: &mut Weights) -> Self {
        let hidden = config.discriminator.hidden_size;
        Self {
            encoder: Encoder::new(config, &config.discriminator, weights),
            dense: weights.linear(hidden, hidden, Role::Inner),
            prediction: weights.linear(hidden, 1, Role::Projection),
        }
    }

    /// Logits of "this token was replaced", at every position.
    ///
    /// # Shapes
    ///
    /// - `hidden`: `[batch, seq, hidden]`
    /// - returns: `[batch, seq]`
    pub fn logits(&self, hidden: Tensor<3>) -> Tensor<2> {
        let [batch, seq, _] = hidden.dims();
        let x = ops::gelu(self.dense.forward(hidden));
        self.prediction.forward(x).reshape([batch, seq])
    }
}
