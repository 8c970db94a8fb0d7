//! GELU in one pass each way.

use super::math::{Fused, normal};
use super::memory::{contiguous, floats, from_values};
use super::parallel::rows;
use crate::ops::custom::{CustomOp, run};
use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;

#[derive(Debug)]
struct Gelu;

impl CustomOp<Flex, 1> for Gelu {
    type Saved = FlexTensor;

    fn backward(
        input: FlexTensor,
        grad: FlexTensor,
        _wanted: [bool; 1],
    ) -> [Option<FlexTensor>; 1] {
        let grad = contiguous(grad);
        let (x, dy) = (floats(&input), floats(&grad));
        let mut dx = vec![0.0; x.len()];
        rows(
            &mut dx,
            1,
            #[inline(always)]
            |first, share| {
                let range = first..first + share.len();
                for ((dx, &x), &dy) in share.iter_mut().zip(&x[range.clone()]).zip(&dy[range]) {
                    let (below, density) = normal(x);
                    *dx = dy * x.fused(density, below);
                }
            },
        );
        [Some(from_values(dx, input.layout().shape().clone()))]
    }
}

/// See [`crate::ops::gelu`].
pub(crate) fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(run::<Flex, Gelu, 1>([x.into_dispatch()], |[x]| {
        let x = contiguous(x);
        let input = floats(&x);
        let mut output = vec![0.0; input.len()];
        rows(
            &mut output,
            1,
            #[inline(always)]
            |first, share| {
                for (y, &x) in share.iter_mut().zip(&input[first..]) {
                    *y = x * normal(x).0;
                }
            },
        );
        let output = from_values(output, x.layout().shape().clone());
        (output, x)
    }))
}
