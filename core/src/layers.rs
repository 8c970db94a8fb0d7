//! The two layers that hold weights, and how weights begin.

use crate::config::{INITIALIZER_RANGE, Initializer};
use crate::ops;
use crate::random::{Stream, host};
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// An affine map of the last axis.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[in, out]`
    pub weight: Param<Tensor<2>>,
    /// `[out]`
    pub bias: Param<Tensor<1>>,
}

impl Linear {
    /// Applies the map: `[…, in]` → `[…, out]`.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        ops::linear(x, self.weight.val(), self.bias.val())
    }
}

/// Normalisation of the last axis with a learned scale and shift.
#[derive(Module, Debug)]
pub struct LayerNorm {
    /// Scale: `[width]`
    pub gamma: Param<Tensor<1>>,
    /// Shift: `[width]`
    pub beta: Param<Tensor<1>>,
    epsilon: f64,
}

impl LayerNorm {
    /// Normalises the last axis: `[…, width]` → `[…, width]`.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        ops::layer_norm(x, self.gamma.val(), self.beta.val(), self.epsilon)
    }
}

/// What a kernel is for, as far as its beginning depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Inside a sub-layer or a head.
    Inner,
    /// Writes into the residual stream of this many blocks.
    Residual(usize),
    /// A projection that the authors' code leaves to its framework's default, Glorot-uniform.
    Projection,
}

/// Draws initial weights, one after the other from one stream.
///
/// On the host, so that every backend begins with the same numbers.
#[derive(Debug)]
pub struct Weights {
    rng: ChaCha8Rng,
    /// None: zeros, to be loaded over.
    kind: Option<Initializer>,
    device: Device,
}

impl Weights {
    /// Draws from the `init` stream of `seed` for a model on `device`.
    pub fn new(seed: u64, kind: Initializer, device: &Device) -> Self {
        Self { rng: host(seed, Stream::Init, 0), kind: Some(kind), device: device.clone() }
    }

    /// Draws the weights of a head from their own stream.
    pub fn for_head(seed: u64, kind: Initializer, device: &Device) -> Self {
        Self { rng: host(seed, Stream::Head, 0), ..Self::new(seed, kind, device) }
    }

    /// Zeros everywhere, for a model whose weights are about to be loaded.
    pub fn blank(device: &Device) -> Self {
        Self { rng: host(0, Stream::Init, 0), kind: None, device: device.clone() }
    }

    /// A table of embeddings: truncated normal, as in the authors' code.
    pub fn table(&mut self, rows: usize, width: usize) -> Param<Tensor<2>> {
        let values = match self.kind {
            None => vec![0.0; rows * width],
            Some(_) => (0..rows * width).map(|_| self.truncated_normal()).collect(),
        };
        self.parameter(values, [rows, width])
    }

    /// A layer that maps `from` to `to` features; biases begin at zero.
    pub fn linear(&mut self, from: usize, to: usize, role: Role) -> Linear {
        let count = from * to;
        let values = match (self.kind, role) {
            (None, _) => vec![0.0; count],
            (Some(Initializer::Google), Role::Projection) => {
                let limit = (6.0 / (from + to) as f64).sqrt();
                (0..count).map(|_| self.rng.random_range(-limit..limit) as f32).collect()
            }
            (Some(Initializer::Google), _) => (0..count).map(|_| self.truncated_normal()).collect(),
            (Some(Initializer::FanIn), role) => {
                let blocks = if let Role::Residual(blocks) = role { 2 * blocks } else { 1 };
                let deviation = 1.0 / ((from * blocks) as f64).sqrt();
                (0..count).map(|_| (self.normal() * deviation) as f32).collect()
            }
        };
        Linear { weight: self.parameter(values, [from, to]), bias: self.constant(0.0, to) }
    }

    /// A normalisation that begins as the identity.
    pub fn layer_norm(&self, width: usize, epsilon: f64) -> LayerNorm {
        LayerNorm { gamma: self.constant(1.0, width), beta: self.constant(0.0, width), epsilon }
    }

    /// A vector of one value.
    pub fn constant(&self, value: f32, width: usize) -> Param<Tensor<1>> {
        self.parameter(vec![value; width], [width])
    }

    fn parameter<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Param<Tensor<D>> {
        Param::from_data(TensorData::new(values, shape), &self.device)
    }

    /// A standard normal number (Box and Muller, 1958).
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.rng.random::<f64>()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.rng.random::<f64>()).cos()
    }

    /// A normal number of the authors' deviation, drawn anew while beyond two of them.
    fn truncated_normal(&mut self) -> f32 {
        loop {
            let number = self.normal();
            if number.abs() <= 2.0 {
                return (number * INITIALIZER_RANGE) as f32;
            }
        }
    }
}
