//! A matrix product for WebAssembly, where `gemm` leaves a fifth of the vector unit idle.
//!
//! Both factors are copied into the order in which they are read: `left` by tiles of [`HEIGHT`]
//! rows, `right` by panels of [`WIDTH`] columns, which stay in the innermost cache while all tiles
//! pass by. A tile times a panel is summed in eight vectors, so that none goes to memory.

use super::lanes::{LANES, Lanes};

/// Rows of a tile.
const HEIGHT: usize = 4;
/// Vectors of a panel's row: with [`HEIGHT`], what fits 16 registers beside the operands.
const VECTORS: usize = 2;
/// Columns of a panel.
const WIDTH: usize = VECTORS * LANES;
/// Summands taken at once: a panel of them fills 8 KiB.
const DEPTH: usize = 256;

/// A matrix somewhere in `values`, which begin with its first element.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) values: &'a [f32],
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Elements from one row to the next.
    pub(super) row_stride: usize,
    /// Elements from one column to the next.
    pub(super) column_stride: usize,
}

/// `left · right + bias` over all that `output` held: `[left.rows, right.columns]`.
pub(super) fn multiply(left: View, right: View, bias: Option<&[f32]>, output: &mut [f32]) {
    let columns = right.columns;
    match bias {
        Some(bias) => output.chunks_exact_mut(columns).for_each(|row| row.copy_from_slice(bias)),
        None => output.fill(0.0),
    }
    let (mut tiles, mut panel) = (Vec::new(), Vec::new());
    for first in (0..left.columns).step_by(DEPTH) {
        let depth = DEPTH.min(left.columns - first);
        pack_left(left, first, depth, &mut tiles);
        for column in (0..columns).step_by(WIDTH) {
            pack_right(right, first, depth, column, &mut panel);
            for (tile, rows) in tiles.chunks_exact(depth).zip(output.chunks_mut(HEIGHT * columns)) {
                add(&sums(tile, &panel), rows, column, columns);
            }
        }
    }
}

/// `depth` columns of all rows, tile by tile. A last tile without enough rows repeats one, whose
/// sums nobody reads.
fn pack_left(left: View, first: usize, depth: usize, tiles: &mut Vec<[f32; HEIGHT]>) {
    let step = left.column_stride;
    tiles.clear();
    for top in (0..left.rows).step_by(HEIGHT) {
        let rows: [&[f32]; HEIGHT] = std::array::from_fn(|at| {
            let row = (top + at).min(left.rows - 1);
            &left.values[row * left.row_stride + first * step..][..=(depth - 1) * step]
        });
        tiles.extend((0..depth).map(|at| rows.map(|row| row[at * step])));
    }
}

/// `depth` rows of the columns from `column` on; columns that a last panel lacks are zero.
fn pack_right(
    right: View,
    first: usize,
    depth: usize,
    column: usize,
    panel: &mut Vec<[Lanes; VECTORS]>,
) {
    let width = WIDTH.min(right.columns - column);
    let values = &right.values[first * right.row_stride + column * right.column_stride..];
    panel.clear();
    if right.column_stride == 1 && width == WIDTH {
        let rows = (0..depth).map(|row| &values[row * right.row_stride..][..WIDTH]);
        panel.extend(rows.map(|row| [Lanes::read(&row[..LANES]), Lanes::read(&row[LANES..])]));
        return;
    }
    panel.extend((0..depth).map(|row| {
        let mut packed = [0.0; WIDTH];
        for (at, packed) in packed.iter_mut().take(width).enumerate() {
            *packed = values[row * right.row_stride + at * right.column_stride];
        }
        [Lanes::read(&packed[..LANES]), Lanes::read(&packed[LANES..])]
    }));
}

/// A tile times a panel.
#[inline(always)]
fn sums(tile: &[[f32; HEIGHT]], panel: &[[Lanes; VECTORS]]) -> [[Lanes; VECTORS]; HEIGHT] {
    let mut sums = [[Lanes::ZERO; VECTORS]; HEIGHT];
    for (left, right) in tile.iter().zip(panel) {
        for (sums, left) in sums.iter_mut().zip(left) {
            let left = Lanes::splat(*left);
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum = sum.plus_product(left, *right);
            }
        }
    }
    sums
}

/// Adds a tile's sums to its rows of the output, as far as there are rows and columns.
fn add(sums: &[[Lanes; VECTORS]; HEIGHT], rows: &mut [f32], column: usize, columns: usize) {
    for (sums, row) in sums.iter().zip(rows.chunks_exact_mut(columns)) {
        let row = &mut row[column..];
        for (sum, part) in sums.iter().zip(row.chunks_mut(LANES)) {
            for (value, sum) in part.iter_mut().zip(sum.values()) {
                *value += sum;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7919 + seed) % 1009) as f32 / 504.5 - 1.0).collect()
    }

    /// Row-major, or column-major where `turned`.
    fn view(values: &[f32], rows: usize, columns: usize, turned: bool) -> View<'_> {
        let (row_stride, column_stride) = if turned { (1, rows) } else { (columns, 1) };
        View { values, rows, columns, row_stride, column_stride }
    }

    fn element(view: View, row: usize, column: usize) -> f64 {
        f64::from(view.values[row * view.row_stride + column * view.column_stride])
    }

    #[test]
    fn products_are_those_of_the_definition_whatever_the_sizes_and_strides() {
        for (m, k, n) in [(1, 1, 1), (4, 256, 8), (5, 257, 9), (7, 3, 24), (3, 600, 7), (9, 64, 1)]
        {
            for turned in 0..4 {
                let (x, w, bias) = (numbers(m * k, 1), numbers(k * n, 2), numbers(n, 3));
                let left = view(&x, m, k, turned & 1 > 0);
                let right = view(&w, k, n, turned & 2 > 0);
                for bias in [None, Some(bias.as_slice())] {
                    let mut output = vec![f32::NAN; m * n];
                    multiply(left, right, bias, &mut output);
                    for (at, found) in output.iter().enumerate() {
                        let (row, column) = (at / n, at % n);
                        let sum: f64 =
                            (0..k).map(|i| element(left, row, i) * element(right, i, column)).sum();
                        let expected = sum + bias.map_or(0.0, |bias| f64::from(bias[column]));
                        let error = (f64::from(*found) - expected).abs();
                        assert!(error < 1e-4, "{m} x {k} x {n}, {turned}: {found}, {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn no_summands_leave_the_bias() {
        let mut output = [f32::NAN; 4];
        let (left, right) = (view(&[], 2, 0, false), view(&[], 0, 2, false));
        multiply(left, right, Some(&[1.0, 2.0]), &mut output);
        assert_eq!(output, [1.0, 2.0, 1.0, 2.0]);
    }
}
