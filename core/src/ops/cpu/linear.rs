//! Affine maps and their gradients.

use super::memory::{contiguous, floats, from_values};
use super::parallel::column_sums;
use super::product;
use crate::ops::custom::{CustomOp, run};
use burn::backend::DispatchTensor;
use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{Shape, Tensor};

#[derive(Debug)]
struct Affine;

/// Input and weight, and whether the weight lies as `[out, in]`.
#[derive(Debug, Clone)]
struct Saved {
    x: FlexTensor,
    weight: FlexTensor,
    by_rows: bool,
}

impl CustomOp<Flex, 3> for Affine {
    type Saved = Saved;

    fn backward(saved: Saved, grad: FlexTensor, wanted: [bool; 3]) -> [Option<FlexTensor>; 3] {
        let Saved { x, weight, by_rows } = saved;
        let grad = contiguous(grad);
        let width = last(&grad);
        let shape = x.layout().shape().clone();
        let (x, dy) = (matrix(&x), matrix(&grad));
        let dx = wanted[0].then(|| {
            let back = if by_rows { weight } else { transposed(weight) };
            product::product(dy.clone(), back).reshape(shape)
        });
        let dweight = wanted[1].then(|| {
            let (left, right) = if by_rows { (dy.clone(), x) } else { (x, dy.clone()) };
            product::product(transposed(left), right)
        });
        let dbias = wanted[2].then(|| from_values(bias_gradient(floats(&dy), width), [width]));
        [dx, dweight, dbias]
    }
}

fn bias_gradient(dy: &[f32], width: usize) -> Vec<f32> {
    column_sums(
        dy.len() / width,
        width,
        #[inline(always)]
        |range, sums| {
            for row in range {
                for (sum, dy) in sums.iter_mut().zip(&dy[row * width..][..width]) {
                    *sum += dy;
                }
            }
        },
    )
}

fn last(tensor: &FlexTensor) -> usize {
    let shape = tensor.layout().shape();
    shape[shape.num_dims() - 1]
}

/// The tensor as rows of its last axis.
fn matrix(tensor: &FlexTensor) -> FlexTensor {
    let width = last(tensor);
    let rows = tensor.layout().num_elements() / width;
    tensor.reshape(Shape::from([rows, width]))
}

fn transposed(tensor: FlexTensor) -> FlexTensor {
    let layout = tensor.layout().transpose(0, 1);
    tensor.with_layout(layout)
}

fn affine(
    x: DispatchTensor,
    weight: DispatchTensor,
    bias: DispatchTensor,
    by_rows: bool,
) -> DispatchTensor {
    run::<Flex, Affine, 3>([x, weight, bias], |[x, weight, bias]| {
        let (x, weight, bias) = (contiguous(x), contiguous(weight), contiguous(bias));
        let forward = if by_rows { transposed(weight.clone()) } else { weight.clone() };
        let width = last(&bias);
        let output = product::affine(matrix(&x), forward, bias);
        let mut shape = x.layout().shape().clone();
        let axis = shape.num_dims() - 1;
        shape[axis] = width;
        (output.reshape(shape), Saved { x, weight, by_rows })
    })
}

/// See [`crate::ops::linear`].
pub(crate) fn linear<const D: usize>(
    x: Tensor<D>,
    weight: Tensor<2>,
    bias: Tensor<1>,
) -> Tensor<D> {
    Tensor::from_dispatch(affine(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        false,
    ))
}

/// See [`crate::ops::project`].
pub(crate) fn project(x: Tensor<2>, table: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    Tensor::from_dispatch(affine(
        x.into_dispatch(),
        table.into_dispatch(),
        bias.into_dispatch(),
        true,
    ))
}
