//! LayerNorm in one pass forward and two backward.

use super::math::Fused;
use super::memory::{contiguous, floats, from_values};
use super::parallel::{column_sums, rows, rows_pair};
use crate::ops::custom::{CustomOp, run};
use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;

#[derive(Debug)]
struct LayerNorm;

/// The normalised input, one reciprocal deviation a row, and the scale.
#[derive(Debug, Clone)]
struct Saved {
    normalised: FlexTensor,
    reciprocal: Vec<f32>,
    gamma: FlexTensor,
}

#[inline(always)]
fn sum(values: impl ExactSizeIterator<Item = f32> + Clone) -> f32 {
    // Eight partial sums: a single one would chain every addition to the one before.
    let mut lanes = [0.0_f32; 8];
    let mut values = values;
    for _ in 0..values.len() / 8 {
        for lane in &mut lanes {
            *lane += values.next().unwrap_or(0.0);
        }
    }
    for value in values {
        lanes[0] += value;
    }
    lanes.iter().sum()
}

impl CustomOp<Flex, 3> for LayerNorm {
    type Saved = Saved;

    fn backward(saved: Saved, grad: FlexTensor, _wanted: [bool; 3]) -> [Option<FlexTensor>; 3] {
        let grad = contiguous(grad);
        let width = saved.gamma.layout().shape()[0];
        let dx = input_gradients(&saved, floats(&grad));
        let sums = parameter_gradients(floats(&saved.normalised), floats(&grad), width);
        let shape = saved.normalised.layout().shape().clone();
        [
            Some(from_values(dx, shape)),
            Some(from_values(sums[..width].to_vec(), [width])),
            Some(from_values(sums[width..].to_vec(), [width])),
        ]
    }
}

fn input_gradients(saved: &Saved, dy: &[f32]) -> Vec<f32> {
    let (normalised, gamma) = (floats(&saved.normalised), floats(&saved.gamma));
    let width = gamma.len();
    let reciprocal = &saved.reciprocal;
    let mut dx = vec![0.0; dy.len()];
    rows(
        &mut dx,
        width,
        #[inline(always)]
        |first, share| {
            for (offset, dx) in share.chunks_exact_mut(width).enumerate() {
                let row = first + offset;
                let dy = &dy[row * width..][..width];
                let xhat = &normalised[row * width..][..width];
                input_gradient(dx, dy, xhat, gamma, reciprocal[row]);
            }
        },
    );
    dx
}

/// Gradients of scale and shift, one behind the other.
fn parameter_gradients(normalised: &[f32], dy: &[f32], width: usize) -> Vec<f32> {
    column_sums(
        dy.len() / width,
        2 * width,
        #[inline(always)]
        |range, sums| {
            let (dgamma, dbeta) = sums.split_at_mut(width);
            for row in range {
                let dy = &dy[row * width..][..width];
                let xhat = &normalised[row * width..][..width];
                for i in 0..width {
                    dgamma[i] = dy[i].fused(xhat[i], dgamma[i]);
                    dbeta[i] += dy[i];
                }
            }
        },
    )
}

/// `dx = r * (g - mean(g) - xhat * mean(g * xhat))` with `g = dy * gamma`.
#[inline(always)]
fn input_gradient(dx: &mut [f32], dy: &[f32], xhat: &[f32], gamma: &[f32], reciprocal: f32) {
    let width = dx.len();
    let count = width as f32;
    for i in 0..width {
        dx[i] = dy[i] * gamma[i];
    }
    let mean = sum(dx.iter().copied()) / count;
    let along = sum(dx.iter().zip(xhat).map(|(g, x)| g * x)) / count;
    for i in 0..width {
        dx[i] = reciprocal * (dx[i] - mean - xhat[i] * along);
    }
}

/// See [`crate::ops::layer_norm`].
pub(crate) fn layer_norm<const D: usize>(
    x: Tensor<D>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
) -> Tensor<D> {
    let inputs = [x.into_dispatch(), gamma.into_dispatch(), beta.into_dispatch()];
    Tensor::from_dispatch(run::<Flex, LayerNorm, 3>(inputs, |[x, gamma, beta]| {
        let (x, gamma, beta) = (contiguous(x), contiguous(gamma), contiguous(beta));
        let (scale, shift) = (floats(&gamma), floats(&beta));
        let (normalised, reciprocal) = normalised(floats(&x), scale.len(), epsilon as f32);
        let output = scaled(&normalised, scale, shift);
        let shape = x.layout().shape().clone();
        let normalised = from_values(normalised, shape.clone());
        (from_values(output, shape), Saved { normalised, reciprocal, gamma: gamma.clone() })
    }))
}

/// All rows normalised, and the reciprocal standard deviation of each.
fn normalised(input: &[f32], width: usize, epsilon: f32) -> (Vec<f32>, Vec<f32>) {
    let mut normalised = vec![0.0; input.len()];
    let mut reciprocal = vec![0.0; input.len() / width];
    rows_pair(
        (&mut normalised, width),
        (&mut reciprocal, 1),
        #[inline(always)]
        |first, share, reciprocal| {
            let rows = share.chunks_exact_mut(width).zip(reciprocal).enumerate();
            for (offset, (xhat, r)) in rows {
                let row = &input[(first + offset) * width..][..width];
                *r = normalise(xhat, row, epsilon);
            }
        },
    );
    (normalised, reciprocal)
}

fn scaled(normalised: &[f32], scale: &[f32], shift: &[f32]) -> Vec<f32> {
    let width = scale.len();
    let mut output = vec![0.0; normalised.len()];
    rows(
        &mut output,
        width,
        #[inline(always)]
        |first, share| {
            for (offset, y) in share.chunks_exact_mut(width).enumerate() {
                let xhat = &normalised[(first + offset) * width..][..width];
                for i in 0..width {
                    y[i] = xhat[i].fused(scale[i], shift[i]);
                }
            }
        },
    );
    output
}

/// Writes the normalised row and returns its reciprocal standard deviation.
#[inline(always)]
fn normalise(xhat: &mut [f32], row: &[f32], epsilon: f32) -> f32 {
    let count = row.len() as f32;
    let mean = sum(row.iter().copied()) / count;
    let variance = sum(row.iter().map(|x| (x - mean) * (x - mean))) / count;
    let reciprocal = 1.0 / (variance + epsilon).sqrt();
    for (out, x) in xhat.iter_mut().zip(row) {
        *out = (x - mean) * reciprocal;
    }
    reciprocal
}
