//! Sums in steps that each fill a device with threads.
//!
//! Where Burn measures no kernels, one thread adds up each column, or all elements if the device adds
//! no floats atomically: of a long sum, a GPU would be idle but for a few threads.

use burn::tensor::Tensor;

/// Sums of no more elements are left to Burn: they would save little and cost launches.
const SHORT: usize = 256;

/// The sum of all rows: `[…, width]` → `[width]`
///
/// In about as many groups as each has rows: first over the rows of each, then over groups.
pub(super) fn rows<const D: usize>(x: Tensor<D>) -> Tensor<1> {
    let (count, width) = (x.shape().num_elements(), x.dims()[D - 1]);
    let rows = count / width;
    let groups = near_root(rows);
    x.reshape([groups, rows / groups, width]).sum_dim(1).sum_dim(0).reshape([width])
}

/// A vector that meets every row: `[width]` → `[1, …, 1, width]`
pub(super) fn spread<const D: usize>(vector: Tensor<1>) -> Tensor<D> {
    let mut dims = [1; D];
    dims[D - 1] = vector.dims()[0];
    vector.reshape(dims)
}

/// The largest divisor that is not above the root.
pub(super) fn near_root(count: usize) -> usize {
    (1..=count.isqrt()).rev().find(|divisor| count.is_multiple_of(*divisor)).unwrap_or(1)
}

/// The sum of all elements: `[any]` → `[1]`.
pub fn total(mut values: Tensor<1>) -> Tensor<1> {
    while values.dims()[0] > SHORT {
        values = column_sums(values);
    }
    values.sum()
}

/// Sums of about as many columns as there are rows, and whatever fills no row.
fn column_sums(values: Tensor<1>) -> Tensor<1> {
    let count = values.dims()[0];
    let width = count.isqrt().next_power_of_two();
    let full = count / width * width;
    let rows = values.clone().slice_dim(0, 0..full).reshape([count / width, width]);
    let sums = rows.sum_dim(0).reshape([width]);
    if full == count { sums } else { Tensor::cat(vec![sums, values.slice_dim(0, full..count)], 0) }
}
