//! Matrix products of tensors, by the fastest way of each platform.

use super::memory::contiguous;
use burn::backend::flex::FlexTensor;

/// `left · right` over the last two axes: `[…, m, k]`, `[…, k, n]` → `[…, m, n]`.
#[cfg(not(target_family = "wasm"))]
pub(super) fn product(left: FlexTensor, right: FlexTensor) -> FlexTensor {
    use burn::backend::{Flex, ops::FloatTensorOps};
    Flex::float_matmul(left, right)
}

/// `x · weight + bias`: `[rows, in]`, `[in, out]`, `[out]` → `[rows, out]`.
#[cfg(not(target_family = "wasm"))]
pub(super) fn affine(x: FlexTensor, weight: FlexTensor, bias: FlexTensor) -> FlexTensor {
    use super::memory::{floats, into_values};
    let bias = contiguous(bias);
    let mut output = into_values(product(x, weight));
    let (shift, width) = (floats(&bias), bias.layout().num_elements());
    super::parallel::rows(
        output.storage_mut::<f32>(),
        width,
        #[inline(always)]
        |_, share| {
            for row in share.chunks_exact_mut(width) {
                for (y, b) in row.iter_mut().zip(shift) {
                    *y += b;
                }
            }
        },
    );
    output
}

/// `left · right` over the last two axes: `[…, m, k]`, `[…, k, n]` → `[…, m, n]`.
#[cfg(target_family = "wasm")]
pub(super) fn product(left: FlexTensor, right: FlexTensor) -> FlexTensor {
    blocked(left, right, None)
}

/// `x · weight + bias`: `[rows, in]`, `[in, out]`, `[out]` → `[rows, out]`.
#[cfg(target_family = "wasm")]
pub(super) fn affine(x: FlexTensor, weight: FlexTensor, bias: FlexTensor) -> FlexTensor {
    blocked(x, weight, Some(contiguous(bias)))
}

/// All products of a batch, one after the other: a tab's worker has one thread.
#[cfg(any(target_family = "wasm", test))]
fn blocked(left: FlexTensor, right: FlexTensor, bias: Option<FlexTensor>) -> FlexTensor {
    use super::blocked::multiply;
    use super::memory::{floats, from_values};
    let (left, right) = (forward(left), forward(right));
    let mut shape = left.layout().shape().clone();
    let axes = shape.num_dims();
    let (rows, columns) = (shape[axes - 2], right.layout().shape()[axes - 1]);
    shape[axes - 1] = columns;
    let count = shape.iter().product::<usize>();
    let mut output = vec![0.0; count];
    if count > 0 {
        for (number, output) in output.chunks_exact_mut(rows * columns).enumerate() {
            multiply(view(&left, number), view(&right, number), bias.as_ref().map(floats), output);
        }
    }
    from_values(output, shape)
}

/// Makes strides positive.
#[cfg(any(target_family = "wasm", test))]
fn forward(tensor: FlexTensor) -> FlexTensor {
    if tensor.layout().strides().iter().all(|&stride| stride >= 0) {
        tensor
    } else {
        tensor.to_contiguous()
    }
}

/// The matrix of that number in a batch.
#[cfg(any(target_family = "wasm", test))]
fn view(tensor: &FlexTensor, number: usize) -> super::blocked::View<'_> {
    let layout = tensor.layout();
    let (shape, strides) = (layout.shape(), layout.strides());
    let axes = shape.num_dims();
    let stride = |axis: usize| strides[axis].unsigned_abs();
    let (mut start, mut rest) = (layout.start_offset(), number);
    for axis in (0..axes - 2).rev() {
        start += rest % shape[axis] * stride(axis);
        rest /= shape[axis];
    }
    super::blocked::View {
        values: &tensor.storage::<f32>()[start..],
        rows: shape[axes - 2],
        columns: shape[axes - 1],
        row_stride: stride(axes - 2),
        column_stride: stride(axes - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::super::memory::{floats, from_values};
    use super::*;
    use burn::tensor::Shape;

    fn numbers(shape: &[usize], seed: usize) -> FlexTensor {
        let count = shape.iter().product::<usize>();
        let values = (0..count).map(|i| ((i * 7919 + seed) % 1009) as f32 / 504.5 - 1.0).collect();
        from_values(values, Shape::from(shape.to_vec()))
    }

    fn assert_same(found: FlexTensor, expected: FlexTensor) {
        let (found, expected) = (contiguous(found), contiguous(expected));
        assert_eq!(found.layout().shape(), expected.layout().shape());
        for (found, expected) in floats(&found).iter().zip(floats(&expected)) {
            assert!((found - expected).abs() < 1e-4, "{found}, {expected}");
        }
    }

    #[test]
    fn the_browser_s_products_equal_the_programs() {
        // Heads of an attention, as they lie: `[batch, seq, heads, width]` seen by heads.
        let heads = |seed| {
            let x = numbers(&[2, 10, 3, 8], seed);
            let layout = x.layout().permute(&[0, 2, 1, 3]);
            x.with_layout(layout)
        };
        let (query, key) = (heads(1), heads(2));
        let turned = key.layout().transpose(2, 3);
        let key = key.with_layout(turned);
        assert_same(blocked(query.clone(), key.clone(), None), product(query, key));
        let (x, weight, bias) = (numbers(&[6, 20], 3), numbers(&[20, 9], 4), numbers(&[9], 5));
        let expected = affine(x.clone(), weight.clone(), bias.clone());
        assert_same(blocked(x, weight, Some(bias)), expected);
    }
}
