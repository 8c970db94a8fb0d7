//! Device-side noise: the hash of `cpu::math`, bit for bit, composed of integer tensor operations,
//! and Gumbel noise out of it.

use super::sums::near_root;
use crate::random::NoiseKey;
use burn::tensor::{Device, Int, Tensor, TensorData};

/// This close to 1, [`gumbel`] takes no device's word for a logarithm.
const NEAR: f64 = 1.0 / 16.0;
/// Terms of the series there: what is left out is a sixth of the fifth power, below 2e-7 of the sum.
const TERMS: i32 = 5;

/// Standard Gumbel numbers out of uniform ones: `-ln(-ln u)`.
///
/// Between 0.5 and 2 WGSL and Vulkan promise a logarithm to an absolute 2^-21 only. Beside 1, where
/// the largest numbers come from, that may be 0 or positive, and the result infinite or none at
/// all; there, `-ln u` is its series in `1 - u`, which is exact. Elsewhere the promise is enough
/// for 8e-6.
///
/// # Shapes
///
/// - `units`: any, in (0, 1); returns the same
pub fn gumbel<const D: usize>(units: Tensor<D>) -> Tensor<D> {
    let rest = units.clone().neg() + 1.0;
    let mut series = rest.clone() / f64::from(TERMS);
    for power in (1..TERMS).rev() {
        series = (series + 1.0 / f64::from(power)) * rest.clone();
    }
    let exponential = units.log().neg().mask_where(rest.lower_elem(NEAR), series);
    exponential.log().neg()
}

/// `count` numbers in (0, 1), never 0 and never 1: odd multiples of 2^-24.
pub(super) fn uniform(count: usize, key: NoiseKey, device: &Device) -> Tensor<1> {
    let x = (numbered(count, device) * signed(0x9e37_79b1)).bitwise_xor_scalar(signed(key.first));
    let x = xor_shift(x, 16) * signed(0x21f0_aaad);
    let x = (xor_shift(x, 15) + signed(key.second)) * signed(0x735a_2d97);
    let x = xor_shift(x, 15) * signed(0x7feb_352d);
    let top = shift_right(xor_shift(x, 16), 9);
    top.float() * 1.192_092_9e-7 + 5.960_464_5e-8
}

/// What dropout multiplies elements with: 0 with probability `prob`, else what makes up for those.
pub(super) fn kept<const D: usize>(
    shape: [usize; D],
    prob: f64,
    key: NoiseKey,
    device: &Device,
) -> Tensor<D> {
    let uniform = uniform(shape.iter().product(), key, device);
    (uniform.greater_equal_elem(prob).float() / (1.0 - prob)).reshape(shape)
}

/// The numbers from 0 to `count`.
///
/// Not by Burn's `arange`, see `clippy.toml`.
fn numbered(count: usize, device: &Device) -> Tensor<1, Int> {
    let device = device.clone().inner();
    let rows = near_root(count);
    let upload = |numbers: usize, step: usize, shape: [usize; 2]| {
        let numbers: Vec<i32> = (0..numbers).map(|number| (number * step) as i32).collect();
        Tensor::<2, Int>::from_data(TensorData::new(numbers, shape), &device)
    };
    let width = count / rows;
    (upload(rows, width, [rows, 1]) + upload(width, 1, [1, width])).reshape([count])
}

/// The same 32 bits as a signed number: devices have no unsigned tensors.
fn signed(bits: u32) -> i32 {
    bits as i32
}

/// A logical shift out of an arithmetic one.
fn shift_right(x: Tensor<1, Int>, bits: u32) -> Tensor<1, Int> {
    x.bitwise_right_shift_scalar(bits as i32).bitwise_and_scalar(signed(u32::MAX >> bits))
}

fn xor_shift(x: Tensor<1, Int>, bits: u32) -> Tensor<1, Int> {
    x.clone().bitwise_xor(shift_right(x, bits))
}
