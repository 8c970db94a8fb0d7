//! The operations that networks are made of, one function each.
//!
//! On the CPU backend they run hand-written kernels; elsewhere they are composed of tensor operations,
//! which Burn compiles and fuses. Most have backward passes of their own on both. Both give the same
//! numbers.

#[cfg_attr(
    not(feature = "gpu"),
    allow(dead_code, reason = "backward passes are for GPUs; elsewhere tests alone need them")
)]
mod composed;
#[cfg(feature = "cpu")]
mod cpu;
mod custom;
mod noise;
mod sums;

use crate::random::NoiseKey;
use burn::tensor::activation::softmax;
use burn::tensor::{Int, Tensor, assert_shape};
pub use noise::gumbel;
use std::sync::Arc;
pub use sums::total;

/// Which tokens of a padded batch are real, for both kinds of kernels.
#[derive(Debug, Clone)]
pub struct RealTokens {
    /// Real tokens of each row; padding stands behind them.
    pub lengths: Arc<[usize]>,
    /// 0 for a real key, a large negative number for padding: `[batch, 1, 1, seq]`.
    pub bias: Tensor<4>,
}

/// Numbers of one optimiser update, the same for every parameter but the decay.
#[derive(Debug, Clone, Copy)]
pub struct AdamStep {
    /// Learning rate.
    pub learning_rate: f64,
    /// Decay of the first moment.
    pub beta_1: f64,
    /// Decay of the second moment.
    pub beta_2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Factor on the first moment: 1, or its bias correction.
    pub first_scale: f64,
    /// Factor on the second moment: 1, or its bias correction.
    pub second_scale: f64,
}

/// Sends a call to the CPU kernel where the tensor is on the CPU backend.
macro_rules! on_cpu {
    ($tensor:expr, $kernel:expr) => {
        #[cfg(feature = "cpu")]
        if cpu::is_cpu(&$tensor) {
            return $kernel;
        }
    };
}

/// `x · weight + bias` over the last axis.
///
/// # Shapes
///
/// - `x`: `[…, in]`; `weight`: `[in, out]`; `bias`: `[out]`
/// - returns: `[…, out]`
pub fn linear<const D: usize>(x: Tensor<D>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<D> {
    on_cpu!(x, cpu::linear(x, weight, bias));
    composed::plus_bias(burn::tensor::module::linear(x, weight, None), bias)
}

/// `x · tableᵀ + bias`: scores of every entry of a table.
///
/// # Shapes
///
/// - `x`: `[rows, width]`; `table`: `[vocab, width]`; `bias`: `[vocab]`
/// - returns: `[rows, vocab]`
pub fn project(x: Tensor<2>, table: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    on_cpu!(x, cpu::project(x, table, bias));
    composed::plus_bias(x.matmul(table.transpose()), bias)
}

/// `x · Phi(x)` with the normal distribution itself, not its tanh approximation, in both passes.
pub fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    on_cpu!(x, cpu::gelu(x));
    composed::gelu(x)
}

/// Normalises the last axis to mean 0 and variance 1, then scales by `gamma` and adds `beta`.
///
/// # Shapes
///
/// - `x`: `[…, width]`; `gamma`, `beta`: `[width]`
/// - returns: `[…, width]`
pub fn layer_norm<const D: usize>(
    x: Tensor<D>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
) -> Tensor<D> {
    on_cpu!(x, cpu::layer_norm(x, gamma, beta, epsilon));
    composed::layer_norm(x, gamma, beta, epsilon)
}

/// Sets each element to zero with probability `prob` and scales the others up.
pub fn dropout<const D: usize>(x: Tensor<D>, prob: f64, key: NoiseKey) -> Tensor<D> {
    if prob == 0.0 {
        return x;
    }
    on_cpu!(x, cpu::dropout(x, prob, key));
    let kept = noise::kept(x.dims(), prob, key, &x.device());
    x * kept
}

/// Softmax attention of all heads over the real keys of each row.
///
/// # Shapes
///
/// - `query`, `key`, `value`: `[batch, seq, hidden]`
/// - returns: `[batch, seq, hidden]`
pub fn attention(
    [query, key, value]: [Tensor<3>; 3],
    heads: usize,
    real: &RealTokens,
    drop: Option<(f64, NoiseKey)>,
) -> Tensor<3> {
    let [batch, seq, _] = query.dims();
    assert_shape!(real.bias, [batch, 1, 1, seq]);
    on_cpu!(query, cpu::attention(query, key, value, heads, real.lengths.clone(), drop));
    composed::attention([query, key, value], heads, real, drop)
}

/// Attention probabilities of one head, for looking at; not meant for training.
///
/// # Shapes
///
/// - `query`, `key`: `[batch, seq, hidden]`
/// - returns: `[batch, seq, seq]`, from each token to each
pub fn attention_weights(
    [query, key]: [Tensor<3>; 2],
    heads: usize,
    head: usize,
    real: &RealTokens,
) -> Tensor<3> {
    let [batch, seq, hidden] = query.dims();
    assert_shape!(real.bias, [batch, 1, 1, seq]);
    let width = hidden / heads;
    let part = |x: Tensor<3>| x.slice_dim(2, head * width..(head + 1) * width);
    let scores = part(query).matmul(part(key).swap_dims(1, 2)) / (width as f64).sqrt();
    softmax(scores + real.bias.clone().reshape([batch, 1, seq]), 2)
}

/// Weighted sum of the cross-entropies of rows of logits, in nats.
///
/// # Shapes
///
/// - `logits`: `[rows, vocab]`; `targets`, `weights`: `[rows]`
/// - returns: `[1]`
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<1, Int>, weights: Tensor<1>) -> Tensor<1> {
    on_cpu!(logits, cpu::cross_entropy(logits, targets, weights));
    composed::cross_entropy(logits, targets, weights)
}

/// Draws one column of each row from the softmax of `logits / temperature`, by the Gumbel-max
/// trick (Gumbel, 1954). Not differentiable, and no gradient flows through it.
///
/// # Shapes
///
/// - `logits`: `[rows, vocab]`
/// - returns: `[rows]`
pub fn gumbel_argmax(logits: Tensor<2>, temperature: f64, key: NoiseKey) -> Tensor<1, Int> {
    on_cpu!(logits, cpu::gumbel_argmax(logits, temperature, key));
    let logits = logits.inner();
    let [rows, vocab] = logits.dims();
    let noise = noise::uniform(rows * vocab, key, &logits.device()).reshape([rows, vocab]);
    (logits / temperature + gumbel(noise)).argmax(1).reshape([rows])
}

/// Rows of a table.
///
/// # Shapes
///
/// - `table`: `[vocab, width]`; `ids`: `[batch, seq]`
/// - returns: `[batch, seq, width]`
pub fn lookup(table: Tensor<2>, ids: Tensor<2, Int>) -> Tensor<3> {
    on_cpu!(table, cpu::lookup(table, ids));
    let ([batch, seq], width) = (ids.dims(), table.dims()[1]);
    // By `gather`, whose backward pass is parallel where the device adds floats atomically.
    let rows = ids.reshape([batch * seq, 1]).expand([batch * seq, width]);
    table.gather(0, rows).reshape([batch, seq, width])
}

/// The sum of the squares of all elements: `[any]` → `[1]`
pub fn sum_of_squares(values: Tensor<1>) -> Tensor<1> {
    on_cpu!(values, cpu::sum_of_squares(values));
    total(values.clone() * values)
}

/// One update of Adam with decoupled weight decay: the new parameter and both moments.
///
/// # Shapes
///
/// - `[parameter, gradient, first moment, second moment]`: each `[size]`
/// - `clip`: `[1]`, multiplied with the gradient
pub fn adam(tensors: [Tensor<1>; 4], clip: Tensor<1>, step: &AdamStep) -> [Tensor<1>; 3] {
    on_cpu!(tensors[0], cpu::adam(tensors, clip, step));
    let [parameter, gradient, first, second] = tensors;
    let [direction, first, second] = direction([gradient, first, second], clip, step);
    [moved(parameter, direction, step), first, second]
}

/// The first half of [`adam`]: where to go, and both new moments.
///
/// # Shapes
///
/// - `[gradient, first moment, second moment]`: each `[size]`, of any number of parameters
/// - `clip`: `[1]`, multiplied with the gradient
pub fn direction(
    [gradient, first, second]: [Tensor<1>; 3],
    clip: Tensor<1>,
    step: &AdamStep,
) -> [Tensor<1>; 3] {
    let gradient = gradient * clip;
    let first = first * step.beta_1 + gradient.clone() * (1.0 - step.beta_1);
    let second = second * step.beta_2 + gradient.clone() * gradient * (1.0 - step.beta_2);
    let deviation = (second.clone() * step.second_scale).sqrt() + step.epsilon;
    [first.clone() * step.first_scale / deviation, first, second]
}

/// The second half of [`adam`]: the parameter, moved in a direction and by weight decay.
pub fn moved(parameter: Tensor<1>, direction: Tensor<1>, step: &AdamStep) -> Tensor<1> {
    let update = direction * step.learning_rate;
    if step.weight_decay == 0.0 {
        return parameter - update;
    }
    parameter * (1.0 - step.learning_rate * step.weight_decay) - update
}

/// Leaves out what of Burn's fusion only costs here; to be called before anything is computed on a
/// GPU.
///
/// Where kernels are not chosen by measuring, Burn runs a group of sums and what stands between them
/// as single unfused operations; its other fusers take the neighbours of each sum at least.
#[cfg(feature = "fusion")]
pub fn choose_fusers() {
    if cfg!(not(feature = "autotune")) {
        // Too late is no error: all is computed, only with more kernels.
        let _ = burn_cubecl::fusion::remove("ReduceBroadcasted");
    }
}

/// Whether a tensor is on the CPU backend, whose [`adam`] is one pass over each parameter; elsewhere
/// the moments of all parameters together are faster.
pub fn updates_one_by_one(tensor: &Tensor<1>) -> bool {
    on_cpu!(tensor, true);
    let _ = tensor;
    false
}

#[cfg(all(test, feature = "cpu"))]
mod tests;
