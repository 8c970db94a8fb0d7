//! Embeddings and the stack of transformer blocks, in the paper's recipe or ours.

use crate::config::{ElectraConfig, NetworkConfig, NormPlacement, PositionKind};
use crate::layers::{LayerNorm, Linear, Role, Weights};
use crate::ops::{self, RealTokens};
use crate::random::NoiseKeys;
use crate::rotary::Rotation;
use burn::module::{Module, Param};
use burn::tensor::{Int, Tensor};

/// Whether this pass drops activations, and by which noise.
///
/// Absent in evaluation.
pub type Dropping<'a> = Option<&'a mut NoiseKeys>;

/// Word, position and token-type tables with their LayerNorm.
#[derive(Module, Debug)]
pub struct Embeddings {
    /// `[vocab, width]`; also the generator's output table.
    pub word: Param<Tensor<2>>,
    /// `[positions, width]`; absent with rotary positions.
    pub position: Option<Param<Tensor<2>>>,
    /// `[types, width]`
    pub token_type: Param<Tensor<2>>,
    /// After the sum of the three.
    pub norm: LayerNorm,
    dropout: f64,
}

impl Embeddings {
    /// Tables of the configured width.
    pub fn new(config: &ElectraConfig, weights: &mut Weights) -> Self {
        let width = config.embedding_size;
        let learned = config.position == PositionKind::Learned;
        Self {
            word: weights.table(config.vocab_size, width),
            position: learned.then(|| weights.table(config.max_position_embeddings, width)),
            token_type: weights.table(config.type_vocab_size, width),
            norm: weights.layer_norm(width, config.layer_norm_eps),
            dropout: config.hidden_dropout_prob,
        }
    }

    /// Looks tokens up and adds where they stand.
    ///
    /// # Shapes
    ///
    /// - `ids`, `segments`: `[batch, seq]`
    /// - returns: `[batch, seq, width]`
    pub fn forward(
        &self,
        ids: Tensor<2, Int>,
        segments: Tensor<2, Int>,
        dropping: &mut Dropping,
    ) -> Tensor<3> {
        let [_, seq] = ids.dims();
        let mut sum = ops::lookup(self.word.val(), ids);
        if let Some(position) = &self.position {
            sum = sum + position.val().slice_dim(0, 0..seq).unsqueeze();
        }
        sum = sum + ops::lookup(self.token_type.val(), segments);
        drop_some(self.norm.forward(sum), self.dropout, dropping)
    }
}

/// One transformer block: attention and feed-forward, each around a residual sum.
#[derive(Module, Debug)]
pub struct Block {
    /// `[hidden, hidden]`
    pub query: Linear,
    /// `[hidden, hidden]`
    pub key: Linear,
    /// `[hidden, hidden]`
    pub value: Linear,
    /// `[hidden, hidden]`, back into the residual stream.
    pub attention_output: Linear,
    /// After the first sum (post) or before attention (pre).
    pub attention_norm: LayerNorm,
    /// `[hidden, intermediate]`
    pub intermediate: Linear,
    /// `[intermediate, hidden]`, back into the residual stream.
    pub output: Linear,
    /// After the second sum (post) or before the feed-forward layer (pre).
    pub output_norm: LayerNorm,
    heads: usize,
    pre_norm: bool,
    hidden_dropout: f64,
    attention_dropout: f64,
}

impl Block {
    fn new(config: &ElectraConfig, network: &NetworkConfig, weights: &mut Weights) -> Self {
        let (hidden, wide) = (network.hidden_size, network.intermediate_size);
        let residual = Role::Residual(network.num_hidden_layers);
        let norm = |weights: &Weights| weights.layer_norm(hidden, config.layer_norm_eps);
        Self {
            query: weights.linear(hidden, hidden, Role::Inner),
            key: weights.linear(hidden, hidden, Role::Inner),
            value: weights.linear(hidden, hidden, Role::Inner),
            attention_output: weights.linear(hidden, hidden, residual),
            attention_norm: norm(weights),
            intermediate: weights.linear(hidden, wide, Role::Inner),
            output: weights.linear(wide, hidden, residual),
            output_norm: norm(weights),
            heads: network.num_attention_heads,
            pre_norm: config.norm == NormPlacement::Pre,
            hidden_dropout: config.hidden_dropout_prob,
            attention_dropout: config.attention_probs_dropout_prob,
        }
    }

    fn attend(
        &self,
        x: Tensor<3>,
        real: &RealTokens,
        rotation: Option<&Rotation>,
        dropping: &mut Dropping,
    ) -> Tensor<3> {
        let mut query = self.query.forward(x.clone());
        let mut key = self.key.forward(x.clone());
        let value = self.value.forward(x);
        if let Some(rotation) = rotation {
            query = rotation.turn(query, self.heads);
            key = rotation.turn(key, self.heads);
        }
        let prob = self.attention_dropout;
        let noise = dropping.as_mut().filter(|_| prob > 0.0).map(|keys| (prob, keys.next_key()));
        let context = ops::attention([query, key, value], self.heads, real, noise);
        drop_some(self.attention_output.forward(context), self.hidden_dropout, dropping)
    }

    /// Where one head looks, given what enters the block: `[batch, seq, seq]`, rows add up to 1.
    fn looks(
        &self,
        x: Tensor<3>,
        head: usize,
        real: &RealTokens,
        rotation: Option<&Rotation>,
    ) -> Tensor<3> {
        let x = if self.pre_norm { self.attention_norm.forward(x) } else { x };
        let mut query = self.query.forward(x.clone());
        let mut key = self.key.forward(x);
        if let Some(rotation) = rotation {
            query = rotation.turn(query, self.heads);
            key = rotation.turn(key, self.heads);
        }
        ops::attention_weights([query, key], self.heads, head, real)
    }

    fn feed_forward(&self, x: Tensor<3>, dropping: &mut Dropping) -> Tensor<3> {
        let wide = ops::gelu(self.intermediate.forward(x));
        drop_some(self.output.forward(wide), self.hidden_dropout, dropping)
    }

    fn forward(
        &self,
        x: Tensor<3>,
        real: &RealTokens,
        rotation: Option<&Rotation>,
        dropping: &mut Dropping,
    ) -> Tensor<3> {
        if self.pre_norm {
            let normal = self.attention_norm.forward(x.clone());
            let x = x + self.attend(normal, real, rotation, dropping);
            x.clone() + self.feed_forward(self.output_norm.forward(x), dropping)
        } else {
            let sum = x.clone() + self.attend(x, real, rotation, dropping);
            let x = self.attention_norm.forward(sum);
            self.output_norm.forward(x.clone() + self.feed_forward(x, dropping))
        }
    }
}

/// A projection from the embedding width where it differs, then the blocks.
#[derive(Module, Debug)]
pub struct Encoder {
    /// `[embedding, hidden]`, with bias, without activation; absent when the widths are equal.
    pub projection: Option<Linear>,
    /// The blocks, first to last.
    pub layers: Vec<Block>,
    /// At the end of a pre-norm stack.
    pub final_norm: Option<LayerNorm>,
    head_dim: usize,
    rotary: bool,
}

impl Encoder {
    /// An encoder of the given shape.
    pub fn new(config: &ElectraConfig, network: &NetworkConfig, weights: &mut Weights) -> Self {
        let (width, hidden) = (config.embedding_size, network.hidden_size);
        let pre_norm = config.norm == NormPlacement::Pre;
        Self {
            projection: config
                .needs_projection(network)
                .then(|| weights.linear(width, hidden, Role::Projection)),
            layers: (0..network.num_hidden_layers)
                .map(|_| Block::new(config, network, weights))
                .collect(),
            final_norm: pre_norm.then(|| weights.layer_norm(hidden, config.layer_norm_eps)),
            head_dim: network.head_dim(),
            rotary: config.position == PositionKind::Rotary,
        }
    }

    /// Contextualises embeddings.
    ///
    /// # Shapes
    ///
    /// - `embedded`: `[batch, seq, embedding]`
    /// - returns: `[batch, seq, hidden]`
    pub fn forward(
        &self,
        embedded: Tensor<3>,
        real: &RealTokens,
        dropping: &mut Dropping,
    ) -> Tensor<3> {
        let mut x = self.project(embedded);
        let rotation = self.rotation(&x);
        for layer in &self.layers {
            x = layer.forward(x, real, rotation.as_ref(), dropping);
        }
        match &self.final_norm {
            Some(norm) => norm.forward(x),
            None => x,
        }
    }

    fn rotation(&self, x: &Tensor<3>) -> Option<Rotation> {
        let [_, seq, _] = x.dims();
        self.rotary.then(|| Rotation::new(seq, self.head_dim, &x.device()))
    }

    fn project(&self, embedded: Tensor<3>) -> Tensor<3> {
        match &self.projection {
            Some(projection) => projection.forward(embedded),
            None => embedded,
        }
    }

    /// Attention probabilities of one head, for looking at.
    ///
    /// # Shapes
    ///
    /// - `embedded`: `[batch, seq, embedding]`
    /// - returns: `[batch, seq, seq]`, from each token to each
    pub fn looks(
        &self,
        embedded: Tensor<3>,
        real: &RealTokens,
        layer: usize,
        head: usize,
    ) -> Tensor<3> {
        let mut x = self.project(embedded);
        let rotation = self.rotation(&x);
        for before in &self.layers[..layer] {
            x = before.forward(x, real, rotation.as_ref(), &mut None);
        }
        self.layers[layer].looks(x, head, real, rotation.as_ref())
    }
}

fn drop_some(x: Tensor<3>, prob: f64, dropping: &mut Dropping) -> Tensor<3> {
    match dropping {
        Some(keys) if prob > 0.0 => ops::dropout(x, prob, keys.next_key()),
        _ => x,
    }
}
