//! Dropout whose mask is a hash: nothing is kept for the backward pass.

use super::math::{hash, unit};
use super::memory::{contiguous, floats, from_values};
use super::parallel::rows;
use crate::ops::custom::{CustomOp, run};
use crate::random::NoiseKey;
use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;

#[derive(Debug)]
struct Dropout;

impl CustomOp<Flex, 1> for Dropout {
    type Saved = (f32, NoiseKey);

    fn backward(
        (prob, key): Self::Saved,
        grad: FlexTensor,
        _wanted: [bool; 1],
    ) -> [Option<FlexTensor>; 1] {
        [Some(drop(&contiguous(grad), prob, key))]
    }
}

/// What a value is multiplied with: zero, or one over the share that is kept.
#[inline(always)]
pub(super) fn keep(element: u32, prob: f32, key: NoiseKey) -> f32 {
    let kept = unit(hash(element, key.first, key.second)) >= prob;
    if kept { 1.0 / (1.0 - prob) } else { 0.0 }
}

fn drop(x: &FlexTensor, prob: f32, key: NoiseKey) -> FlexTensor {
    let input = floats(x);
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
    from_values(output, x.layout().shape().clone())
}

/// See [`crate::ops::dropout`].
pub(crate) fn dropout<const D: usize>(x: Tensor<D>, prob: f64, key: NoiseKey) -> Tensor<D> {
    let prob = prob as f32;
    Tensor::from_dispatch(run::<Flex, Dropout, 1>([x.into_dispatch()], |[x]| {
        (drop(&contiguous(x), prob, key), (prob, key))
    }))
}
