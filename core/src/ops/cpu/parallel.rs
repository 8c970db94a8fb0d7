//! Splits rows among the cores and runs each share with the widest vector unit there is.

/// Rows handed out at once hold at least this many elements: less is not worth a hand-over.
const SMALLEST_SHARE: usize = 1 << 13;

/// Work on one share of rows, compiled once for each vector unit.
///
/// Not a closure by itself: its `call_once` would be a function of its own, compiled for the oldest
/// processor, with a library call for each fused multiplication.
struct Share<F>(F);

impl<F: FnMut()> pulp::WithSimd for Share<F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(mut self, _simd: S) {
        (self.0)();
    }
}

/// Rows of one share when `rows` rows of `width` elements are split.
fn rows_per_share(rows: usize, width: usize) -> usize {
    #[cfg(feature = "threads")]
    let shares = 4 * rayon::current_num_threads();
    #[cfg(not(feature = "threads"))]
    let shares = 1;
    rows.div_ceil(shares).max(SMALLEST_SHARE.div_ceil(width.max(1))).max(1)
}

/// Calls `work(first_row, share)` until all rows of `output` are done.
///
/// Mark the closure's inner functions `#[inline(always)]`: only what is inlined is vectorised.
pub(crate) fn rows<T: Send>(output: &mut [T], width: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    rows_costing(output, width, width, work);
}

/// Like [`rows`], where making one row reads `cost` elements.
pub(crate) fn rows_costing<T: Send>(
    output: &mut [T],
    width: usize,
    cost: usize,
    work: impl Fn(usize, &mut [T]) + Sync,
) {
    let count = output.len() / width.max(1);
    let share = rows_per_share(count, cost);
    let run = |(index, chunk): (usize, &mut [T])| {
        pulp::Arch::new().dispatch(Share(
            #[inline(always)]
            || work(index * share, chunk),
        ));
    };
    #[cfg(feature = "threads")]
    {
        use rayon::prelude::*;
        output.par_chunks_mut(share * width.max(1)).enumerate().for_each(run);
    }
    #[cfg(not(feature = "threads"))]
    output.chunks_mut(share * width.max(1)).enumerate().for_each(run);
}

/// Like [`rows`], with a second output of its own width.
pub(crate) fn rows_pair<T: Send, U: Send>(
    output: (&mut [T], usize),
    second: (&mut [U], usize),
    work: impl Fn(usize, &mut [T], &mut [U]) + Sync,
) {
    let ((output, width), (second, second_width)) = (output, second);
    let count = output.len() / width.max(1);
    let share = rows_per_share(count, width.max(second_width));
    let run = |(index, (chunk, other)): (usize, (&mut [T], &mut [U]))| {
        pulp::Arch::new().dispatch(Share(
            #[inline(always)]
            || work(index * share, chunk, other),
        ));
    };
    #[cfg(feature = "threads")]
    {
        use rayon::prelude::*;
        output
            .par_chunks_mut(share * width.max(1))
            .zip(second.par_chunks_mut(share * second_width.max(1)))
            .enumerate()
            .for_each(run);
    }
    #[cfg(not(feature = "threads"))]
    output
        .chunks_mut(share * width.max(1))
        .zip(second.chunks_mut(share * second_width.max(1)))
        .enumerate()
        .for_each(run);
}

/// Sums `width` columns over rows `0..count`: `work(rows, sums)` adds a share of rows to `sums`.
///
/// The shares are fixed by the shapes alone and added in order, so that the result does not depend
/// on which core was faster.
pub(crate) fn column_sums(
    count: usize,
    width: usize,
    work: impl Fn(std::ops::Range<usize>, &mut [f32]) + Sync,
) -> Vec<f32> {
    const SHARES: usize = 8;
    let share = count.div_ceil(SHARES).max(1);
    let mut partial = vec![0.0_f32; SHARES * width];
    let run = |(index, sums): (usize, &mut [f32])| {
        let range = (index * share).min(count)..((index + 1) * share).min(count);
        pulp::Arch::new().dispatch(Share(
            #[inline(always)]
            || work(range.clone(), sums),
        ));
    };
    #[cfg(feature = "threads")]
    {
        use rayon::prelude::*;
        partial.par_chunks_mut(width).enumerate().for_each(run);
    }
    #[cfg(not(feature = "threads"))]
    partial.chunks_mut(width).enumerate().for_each(run);
    let mut total = vec![0.0; width];
    for sums in partial.chunks(width) {
        for (sum, value) in total.iter_mut().zip(sums) {
            *sum += value;
        }
    }
    total
}
