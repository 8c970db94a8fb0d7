//! Work over the whole vocabulary: losses and samples of logits, and rows of a table.

use super::math::{Fused, exp, gumbel, hash, unit};
use super::memory::{contiguous, floats, from_values, int_tensor, integers, ints, untracked};
use super::parallel::{rows, rows_costing};
use crate::ops::custom::{CustomOp, run};
use crate::random::NoiseKey;
use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{Int, Tensor};

#[derive(Debug)]
struct CrossEntropy;

#[derive(Debug, Clone)]
struct Saved {
    logits: FlexTensor,
    /// Logarithm of the sum of exponentials of each row.
    normalisers: Vec<f32>,
    targets: FlexTensor,
    weights: FlexTensor,
}

impl CustomOp<Flex, 1> for CrossEntropy {
    type Saved = Saved;

    fn backward(saved: Saved, grad: FlexTensor, _wanted: [bool; 1]) -> [Option<FlexTensor>; 1] {
        let Saved { logits, normalisers, targets, weights } = saved;
        let vocab = logits.layout().shape()[1];
        let upstream = floats(&contiguous(grad))[0];
        let (input, targets, weights) = (floats(&logits), ints(&targets), floats(&weights));
        let mut output = vec![0.0; input.len()];
        rows(
            &mut output,
            vocab,
            #[inline(always)]
            |first, share| {
                for (offset, dlogits) in share.chunks_exact_mut(vocab).enumerate() {
                    let row = first + offset;
                    let factor = upstream * weights[row];
                    let normaliser = normalisers[row];
                    for (d, &l) in dlogits.iter_mut().zip(&input[row * vocab..][..vocab]) {
                        *d = factor * exp(l - normaliser);
                    }
                    dlogits[targets[row] as usize] -= factor;
                }
            },
        );
        [Some(from_values(output, logits.layout().shape().clone()))]
    }
}

#[inline(always)]
fn log_sum_exp(row: &[f32]) -> f32 {
    let mut largest = f32::MIN;
    for &value in row {
        largest = if value > largest { value } else { largest };
    }
    let mut lanes = [0.0_f32; 8];
    for chunk in row.chunks(8) {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += exp(value - largest);
        }
    }
    largest + lanes.iter().sum::<f32>().ln()
}

/// See [`crate::ops::cross_entropy`].
pub(crate) fn cross_entropy(
    logits: Tensor<2>,
    targets: Tensor<1, Int>,
    weights: Tensor<1>,
) -> Tensor<1> {
    let targets = contiguous(integers(targets));
    let weights = contiguous(untracked(weights.into_dispatch()));
    Tensor::from_dispatch(run::<Flex, CrossEntropy, 1>([logits.into_dispatch()], |[logits]| {
        let logits = contiguous(logits);
        let vocab = logits.layout().shape()[1];
        let input = floats(&logits);
        let mut normalisers = vec![0.0; input.len() / vocab];
        rows_costing(
            &mut normalisers,
            1,
            vocab,
            #[inline(always)]
            |first, share| {
                for (offset, normaliser) in share.iter_mut().enumerate() {
                    *normaliser = log_sum_exp(&input[(first + offset) * vocab..][..vocab]);
                }
            },
        );
        let mut loss = 0.0_f64;
        let targets_of = ints(&targets).iter().zip(floats(&weights));
        for (row, (&target, &weight)) in targets_of.enumerate() {
            let logit = input[row * vocab + target as usize];
            loss += f64::from(weight) * f64::from(normalisers[row] - logit);
        }
        let saved = Saved { logits, normalisers, targets, weights };
        (from_values(vec![loss as f32], [1]), saved)
    }))
}

/// See [`crate::ops::gumbel_argmax`].
pub(crate) fn gumbel_argmax(logits: Tensor<2>, temperature: f64, key: NoiseKey) -> Tensor<1, Int> {
    let logits = contiguous(untracked(logits.into_dispatch()));
    let vocab = logits.layout().shape()[1];
    let (input, scale) = (floats(&logits), 1.0 / temperature as f32);
    let mut samples = vec![0_i32; input.len() / vocab];
    rows_costing(
        &mut samples,
        1,
        vocab,
        #[inline(always)]
        |first, share| {
            let mut perturbed = vec![0.0_f32; vocab];
            for (offset, sample) in share.iter_mut().enumerate() {
                let start = (first + offset) * vocab;
                for (i, (p, &l)) in perturbed.iter_mut().zip(&input[start..]).enumerate() {
                    let u = unit(hash((start + i) as u32, key.first, key.second));
                    *p = l.fused(scale, gumbel(u));
                }
                *sample = argmax(&perturbed) as i32;
            }
        },
    );
    let count = samples.len();
    int_tensor(from_values(samples, [count]))
}

#[inline(always)]
fn argmax(values: &[f32]) -> usize {
    let mut largest = f32::MIN;
    for &value in values {
        largest = if value > largest { value } else { largest };
    }
    values.iter().position(|&value| value == largest).unwrap_or(0)
}

#[derive(Debug)]
struct Lookup;

impl CustomOp<Flex, 1> for Lookup {
    type Saved = (FlexTensor, [usize; 2]);

    fn backward(
        (ids, shape): Self::Saved,
        grad: FlexTensor,
        _wanted: [bool; 1],
    ) -> [Option<FlexTensor>; 1] {
        let grad = contiguous(grad);
        let width = shape[1];
        let mut table = vec![0.0_f32; shape[0] * width];
        for (&id, row) in ints(&ids).iter().zip(floats(&grad).chunks_exact(width)) {
            for (sum, value) in table[id as usize * width..][..width].iter_mut().zip(row) {
                *sum += value;
            }
        }
        [Some(from_values(table, shape))]
    }
}

/// See [`crate::ops::lookup`].
pub(crate) fn lookup(table: Tensor<2>, ids: Tensor<2, Int>) -> Tensor<3> {
    let ([vocab, width], [batch, seq]) = (table.dims(), ids.dims());
    let ids = contiguous(integers(ids));
    Tensor::from_dispatch(run::<Flex, Lookup, 1>([table.into_dispatch()], |[table]| {
        let table = contiguous(table);
        let source = floats(&table);
        let mut output = Vec::with_capacity(batch * seq * width);
        for &id in ints(&ids) {
            output.extend_from_slice(&source[id as usize * width..][..width]);
        }
        (from_values(output, [batch, seq, width]), (ids, [vocab, width]))
    }))
}
