//! Rotary positions (Su et al., 2021): queries and keys turned by an angle that grows with the
//! position, so that their product depends on the distance alone.

use burn::tensor::{Device, Tensor, TensorData};

/// The slowest pair of features turns once in about this many positions.
const BASE: f64 = 10_000.0;

/// The turn of every position, computed once for all layers of a pass.
#[derive(Debug, Clone)]
pub(crate) struct Rotation {
    /// `[1, seq, 1, 1, head_dim / 2]`
    cos: Tensor<5>,
    /// Negative for the first halves of heads, which lose what the second ones gain:
    /// `[1, seq, 1, 2, head_dim / 2]`
    sin: Tensor<5>,
}

impl Rotation {
    /// Angles of `seq` positions for heads of `head_dim` features.
    pub(crate) fn new(seq: usize, head_dim: usize, device: &Device) -> Self {
        let (half, device) = (head_dim / 2, device.clone().inner());
        let angle =
            |position: usize, pair: usize| position as f64 / BASE.powf(pair as f64 / half as f64);
        let table = |signs: &[f64], f: fn(f64) -> f64| {
            let row = |position| {
                let sides = signs.iter();
                sides.flat_map(move |sign| (0..half).map(move |at| sign * f(angle(position, at))))
            };
            let values: Vec<f32> = (0..seq).flat_map(row).map(|value| value as f32).collect();
            Tensor::from_data(TensorData::new(values, [1, seq, 1, signs.len(), half]), &device)
        };
        Self { cos: table(&[1.0], f64::cos), sin: table(&[-1.0, 1.0], f64::sin) }
    }

    /// Turns pairs `(i, i + head_dim / 2)` of every head's features.
    ///
    /// # Shapes
    ///
    /// - `x`: `[batch, seq, hidden]`; returns the same
    pub(crate) fn turn(&self, x: Tensor<3>, heads: usize) -> Tensor<3> {
        let [batch, seq, hidden] = x.dims();
        let x = x.reshape([batch, seq, heads, 2, hidden / heads / 2]);
        // Halves change places instead of being cut out and put together: fewer kernels by far.
        let others = x.clone().flip([3]);
        (x * self.cos.clone() + others * self.sin.clone()).reshape([batch, seq, hidden])
    }
}

#[cfg(all(test, feature = "cpu"))]
#[allow(clippy::disallowed_methods, reason = "tests wait for devices")]
mod tests {
    use super::*;
    use burn::tensor::Distribution;

    const SEQ: usize = 12;
    const HEADS: usize = 2;
    const HIDDEN: usize = 16;

    /// One random vector at every position, turned: `[SEQ * HEADS, head_dim]` on the host.
    fn turned(seed: u64) -> Vec<f32> {
        let device = Device::flex();
        device.seed(seed);
        let vector = Tensor::<3>::random([1, 1, HIDDEN], Distribution::Normal(0.0, 1.0), &device);
        let rows = vector.expand([1, SEQ, HIDDEN]);
        let turned = Rotation::new(SEQ, HIDDEN / HEADS, &device).turn(rows, HEADS);
        turned.into_data().try_into_vec().expect("floats")
    }

    /// Product of one head's query at `from` with its key at `to`.
    fn product(query: &[f32], key: &[f32], head: usize, from: usize, to: usize) -> f32 {
        let width = HIDDEN / HEADS;
        let part = |rows: &[f32], at: usize| rows[at * HIDDEN + head * width..][..width].to_vec();
        part(query, from).iter().zip(part(key, to)).map(|(q, k)| q * k).sum()
    }

    #[test]
    fn rotary_products_depend_on_distance_alone() {
        let (query, key) = (turned(1), turned(2));
        for head in 0..HEADS {
            for distance in 0..SEQ {
                let expected = product(&query, &key, head, 0, distance);
                for from in 1..SEQ - distance {
                    let found = product(&query, &key, head, from, from + distance);
                    assert!((found - expected).abs() < 1e-5, "{distance}: {found}, {expected}");
                }
            }
            let [near, far] = [1, 5].map(|to| product(&query, &key, head, 0, to));
            assert!((near - far).abs() > 1e-3, "distances are not told apart");
        }
    }

    #[test]
    fn the_first_position_is_not_turned() {
        let device = Device::flex();
        let x = Tensor::<3>::random([1, 1, HIDDEN], Distribution::Normal(0.0, 1.0), &device);
        let turned = Rotation::new(1, HIDDEN / HEADS, &device).turn(x.clone(), HEADS);
        assert_eq!(turned.into_data(), x.into_data());
    }
}
