//! Four numbers at once, as WebAssembly has them; elsewhere only for tests.

#[cfg(target_family = "wasm")]
use std::arch::wasm32::{f32x4, f32x4_add, f32x4_extract_lane, f32x4_mul, f32x4_splat, v128};

/// Numbers of a vector.
pub(super) const LANES: usize = 4;

/// A vector.
#[cfg(target_family = "wasm")]
#[derive(Clone, Copy)]
pub(super) struct Lanes(v128);

#[cfg(target_family = "wasm")]
impl Lanes {
    pub(super) const ZERO: Self = Self(f32x4(0.0, 0.0, 0.0, 0.0));

    /// The first four of `values`.
    #[inline(always)]
    pub(super) fn read(values: &[f32]) -> Self {
        Self(f32x4(values[0], values[1], values[2], values[3]))
    }

    /// The same number four times.
    #[inline(always)]
    pub(super) fn splat(value: f32) -> Self {
        Self(f32x4_splat(value))
    }

    /// `self + left * right`.
    #[inline(always)]
    pub(super) fn plus_product(self, left: Self, right: Self) -> Self {
        Self(f32x4_add(self.0, f32x4_mul(left.0, right.0)))
    }

    #[inline(always)]
    pub(super) fn values(self) -> [f32; LANES] {
        [
            f32x4_extract_lane::<0>(self.0),
            f32x4_extract_lane::<1>(self.0),
            f32x4_extract_lane::<2>(self.0),
            f32x4_extract_lane::<3>(self.0),
        ]
    }
}

/// A vector.
#[cfg(not(target_family = "wasm"))]
#[derive(Clone, Copy)]
pub(super) struct Lanes([f32; LANES]);

#[cfg(not(target_family = "wasm"))]
impl Lanes {
    pub(super) const ZERO: Self = Self([0.0; LANES]);

    pub(super) fn read(values: &[f32]) -> Self {
        Self([values[0], values[1], values[2], values[3]])
    }

    pub(super) fn splat(value: f32) -> Self {
        Self([value; LANES])
    }

    pub(super) fn plus_product(mut self, left: Self, right: Self) -> Self {
        for ((sum, left), right) in self.0.iter_mut().zip(left.0).zip(right.0) {
            *sum += left * right;
        }
        self
    }

    pub(super) fn values(self) -> [f32; LANES] {
        self.0
    }
}
