//! Attention of all heads: batched matrix products around one softmax pass.
//!
//! Keeps the probabilities and nothing else of size `[batch, heads, seq, seq]`; the dropout mask
//! is hashed anew in the backward pass.

use super::math::exp;
use super::memory::{contiguous, floats, from_values, into_values};
use super::noise::keep;
use super::parallel::rows;
use super::product::product;
use crate::ops::custom::{CustomOp, run};
use crate::random::NoiseKey;
use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{Shape, Tensor};
use std::sync::Arc;

#[derive(Debug)]
struct Attention;

/// What does not change between the passes.
#[derive(Debug, Clone)]
struct Plan {
    heads: usize,
    /// Real tokens of each row of the batch.
    lengths: Arc<[usize]>,
    dropout: Option<(f32, NoiseKey)>,
}

#[derive(Debug, Clone)]
struct Saved {
    query: FlexTensor,
    key: FlexTensor,
    value: FlexTensor,
    probabilities: FlexTensor,
    plan: Plan,
}

/// `[batch, seq, hidden]` seen as `[batch, heads, seq, head_dim]`.
fn split(x: &FlexTensor, heads: usize) -> FlexTensor {
    let shape = x.layout().shape();
    let (batch, seq, hidden) = (shape[0], shape[1], shape[2]);
    let x = x.reshape(Shape::from([batch, seq, heads, hidden / heads]));
    let layout = x.layout().permute(&[0, 2, 1, 3]);
    x.with_layout(layout)
}

/// The inverse of [`split`]; copies.
fn merge(x: FlexTensor) -> FlexTensor {
    let shape = x.layout().shape().clone();
    let layout = x.layout().permute(&[0, 2, 1, 3]);
    let x = contiguous(x.with_layout(layout));
    x.reshape(Shape::from([shape[0], shape[2], shape[1] * shape[3]]))
}

fn swapped(x: FlexTensor) -> FlexTensor {
    let layout = x.layout().transpose(2, 3);
    x.with_layout(layout)
}

/// Turns scores into probabilities over the real keys of each row.
fn softmax(scores: &mut [f32], seq: usize, scale: f32, plan: &Plan) {
    rows(
        scores,
        seq,
        #[inline(always)]
        |first, share| {
            for (offset, row) in share.chunks_exact_mut(seq).enumerate() {
                let batch = (first + offset) / (plan.heads * seq);
                let (real, padding) = row.split_at_mut(plan.lengths[batch]);
                softmax_row(real, scale);
                padding.fill(0.0);
            }
        },
    );
}

/// Folds a row by eight at a time: one alone would wait for the one before.
#[inline(always)]
fn lanes(row: &[f32], first: f32, fold: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [first; 8];
    let chunks = row.chunks_exact(8);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = fold(*lane, *value);
        }
    }
    lanes.iter().chain(rest).fold(first, |folded, value| fold(folded, *value))
}

#[inline(always)]
fn softmax_row(row: &mut [f32], scale: f32) {
    let largest = lanes(row, f32::MIN, |most, score| if score > most { score } else { most });
    for value in row.iter_mut() {
        *value = exp((*value - largest) * scale);
    }
    let total = lanes(row, 0.0, |sum, value| sum + value);
    let share = 1.0 / total;
    for value in row {
        *value *= share;
    }
}

/// The probabilities as the values see them: some dropped.
fn dropped(probabilities: &FlexTensor, plan: &Plan) -> FlexTensor {
    let Some((prob, key)) = plan.dropout else { return probabilities.clone() };
    let input = floats(probabilities);
    let mut output = vec![0.0; input.len()];
    rows(
        &mut output,
        1,
        #[inline(always)]
        |first, share| {
            for (offset, (y, x)) in share.iter_mut().zip(&input[first..]).enumerate() {
                *y = x * keep((first + offset) as u32, prob, key);
            }
        },
    );
    from_values(output, probabilities.layout().shape().clone())
}

/// Gradient of the scores in place of the gradient of the dropped probabilities:
/// `scale * p * (g - sum(g * p))`, after dropout's own.
fn softmax_gradient(grad: &mut [f32], probabilities: &[f32], seq: usize, scale: f32, plan: &Plan) {
    rows(
        grad,
        seq,
        #[inline(always)]
        |first, share| {
            for (offset, g) in share.chunks_exact_mut(seq).enumerate() {
                let start = (first + offset) * seq;
                let p = &probabilities[start..][..seq];
                if let Some((prob, key)) = plan.dropout {
                    for (i, g) in g.iter_mut().enumerate() {
                        *g *= keep((start + i) as u32, prob, key);
                    }
                }
                let mut along = [0.0_f32; 8];
                for (g, p) in g.chunks(8).zip(p.chunks(8)) {
                    for ((lane, g), p) in along.iter_mut().zip(g).zip(p) {
                        *lane += g * p;
                    }
                }
                let along: f32 = along.iter().sum();
                for (g, p) in g.iter_mut().zip(p) {
                    *g = scale * p * (*g - along);
                }
            }
        },
    );
}

fn scale(hidden: usize, heads: usize) -> f32 {
    1.0 / ((hidden / heads) as f32).sqrt()
}

impl CustomOp<Flex, 3> for Attention {
    type Saved = Saved;

    fn backward(saved: Saved, grad: FlexTensor, _wanted: [bool; 3]) -> [Option<FlexTensor>; 3] {
        let Saved { query, key, value, probabilities, plan } = saved;
        let (seq, hidden) = (query.layout().shape()[1], query.layout().shape()[2]);
        let grad = split(&contiguous(grad), plan.heads);
        let dropped = dropped(&probabilities, &plan);
        let dvalue = product(swapped(dropped), grad.clone());
        let value = split(&value, plan.heads);
        let mut dscores = into_values(product(grad, swapped(value)));
        let scale = scale(hidden, plan.heads);
        softmax_gradient(dscores.storage_mut::<f32>(), floats(&probabilities), seq, scale, &plan);
        let dquery = product(dscores.clone(), split(&key, plan.heads));
        let dkey = product(swapped(dscores), split(&query, plan.heads));
        [Some(merge(dquery)), Some(merge(dkey)), Some(merge(dvalue))]
    }
}

/// See [`crate::ops::attention`].
pub(crate) fn attention(
    query: Tensor<3>,
    key: Tensor<3>,
    value: Tensor<3>,
    heads: usize,
    lengths: Arc<[usize]>,
    dropout: Option<(f64, NoiseKey)>,
) -> Tensor<3> {
    let [_, seq, hidden] = query.dims();
    let dropout = dropout.map(|(prob, key)| (prob as f32, key));
    let plan = Plan { heads, lengths, dropout };
    let inputs = [query.into_dispatch(), key.into_dispatch(), value.into_dispatch()];
    Tensor::from_dispatch(run::<Flex, Attention, 3>(inputs, |inputs| {
        let [query, key, value] = inputs.map(contiguous);
        let scores = product(split(&query, heads), swapped(split(&key, heads)));
        let mut probabilities = into_values(scores);
        softmax(probabilities.storage_mut::<f32>(), seq, scale(hidden, heads), &plan);
        let context = product(dropped(&probabilities, &plan), split(&value, heads));
        (merge(context), Saved { query, key, value, probabilities, plan })
    }))
}
