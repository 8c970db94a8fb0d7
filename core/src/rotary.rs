//! Rotary positions (Su et al., 2021): queries and keys turned by an angle that grows with the
//! position, so that their product depends on the distance alone.

use burn::tensor::{Tensor, TensorData};

/// The slowest pair of features turns once in about this many positions.
const BASE: f64 = 10_000.0;

/// Turns pairs `(i, i + head_dim / 2)` of every head's features.
///
/// # Shapes
///
/// - `x`: `[batch, seq, hidden]`; returns the same
pub(crate) fn rotate(x: Tensor<3>, heads: usize) -> Tensor<3> {
    let [batch, seq, hidden] = x.dims();
    let (width, half) = (hidden / heads, hidden / heads / 2);
    let angle =
        |position: usize, pair: usize| position as f64 / BASE.powf(pair as f64 / half as f64);
    let angles: Vec<f64> =
        (0..seq).flat_map(|position| (0..half).map(move |pair| angle(position, pair))).collect();
    let device = x.device().inner();
    let table = |f: fn(f64) -> f64| {
        let values: Vec<f32> = angles.iter().map(|&angle| f(angle) as f32).collect();
        Tensor::<4>::from_data(TensorData::new(values, [1, seq, 1, half]), &device)
    };
    let (cos, sin) = (table(f64::cos), table(f64::sin));
    let x = x.reshape([batch, seq, heads, width]);
    let (left, right) = (x.clone().slice_dim(3, 0..half), x.slice_dim(3, half..width));
    let turned_left = left.clone() * cos.clone() - right.clone() * sin.clone();
    let turned_right = right * cos + left * sin;
    Tensor::cat(vec![turned_left, turned_right], 3).reshape([batch, seq, hidden])
}
