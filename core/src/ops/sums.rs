//! Sums in steps that each fill a device with threads.
//!
//! Where Burn measures no kernels, one thread adds up each column, or all elements if the device adds
//! no floats atomically: of a long sum, a GPU would be idle but for a few threads.

use burn::tensor::Tensor;

/// Sums of no more elements are left to Burn: they would save little and cost launches.
const SHORT: usize = 256;

/// The rows of a tensor, `[…, width]`, in about as many groups as each has rows.
///
/// The gradient of a vector that every row meets is a sum over all rows; in groups it becomes a sum
/// over those of each, then over groups.
pub(super) struct Rows {
    pub(super) groups: usize,
    pub(super) each: usize,
}

impl Rows {
    pub(super) fn of(dims: &[usize]) -> Self {
        let rows: usize = dims.iter().rev().skip(1).product();
        let groups = near_root(rows);
        Self { groups, each: rows / groups }
    }

    /// `[…, width]` → `[groups, rows of each, width]`
    pub(super) fn fold<const D: usize>(&self, x: Tensor<D>) -> Tensor<3> {
        let width = x.dims()[D - 1];
        x.reshape([self.groups, self.each, width])
    }

    /// A vector for every group: `[width]` → `[groups, 1, width]`
    pub(super) fn spread(&self, vector: Tensor<1>) -> Tensor<3> {
        let width = vector.dims()[0];
        vector.reshape([1, 1, width]).expand([self.groups, 1, width])
    }
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

/// Sums of about as many columns as there are rows, and whatever fills no row; few elements as they
/// are.
pub(super) fn column_sums(values: Tensor<1>) -> Tensor<1> {
    let count = values.dims()[0];
    if count <= SHORT {
        return values;
    }
    let width = count.isqrt().next_power_of_two();
    let full = count / width * width;
    let rows = values.clone().slice_dim(0, 0..full).reshape([count / width, width]);
    let sums = rows.sum_dim(0).reshape([width]);
    if full == count { sums } else { Tensor::cat(vec![sums, values.slice_dim(0, full..count)], 0) }
}
