//! Device-side noise composed of integer tensor operations: the hash of `cpu::math`, bit for bit.

use crate::random::NoiseKey;
use burn::tensor::{Device, Int, Tensor};

/// `count` numbers in (0, 1), never 0 and never 1.
pub(super) fn uniform(count: usize, key: NoiseKey, device: &Device) -> Tensor<1> {
    let element = Tensor::<1, Int>::arange(0..count as i64, &device.clone().inner());
    let x = (element * signed(0x9e37_79b1)).bitwise_xor_scalar(signed(key.first));
    let x = xor_shift(x, 16) * signed(0x21f0_aaad);
    let x = (xor_shift(x, 15) + signed(key.second)) * signed(0x735a_2d97);
    let x = xor_shift(x, 15) * signed(0x7feb_352d);
    let top = shift_right(xor_shift(x, 16), 9);
    top.float() * 1.192_092_9e-7 + 5.960_464_5e-8
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
