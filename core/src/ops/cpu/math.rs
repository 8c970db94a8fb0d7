//! Branch-free scalar functions that compilers turn into vector code.

/// Multiplies and adds, in one rounding where the processor has an instruction for it.
///
/// WebAssembly has none; there, a fused one would be a call into a library.
pub(crate) trait Fused {
    /// `self * factor + term`.
    fn fused(self, factor: Self, term: Self) -> Self;
}

impl Fused for f32 {
    #[inline(always)]
    fn fused(self, factor: Self, term: Self) -> Self {
        if cfg!(target_family = "wasm") { self * factor + term } else { self.mul_add(factor, term) }
    }
}

/// `ln 2` split so that `n * LN2_HI` is exact.
const LN2_HI: f32 = 0.693_359_4;
const LN2_LO: f32 = -2.121_944_4e-4;
/// Adding and subtracting this rounds to the nearest integer.
const ROUND: f32 = 12_582_912.0;

/// `e^x` to about 2 units in the last place; below -87 it is 0.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let clamped = x.clamp(-87.0, 88.0);
    let shifted = clamped.fused(std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = n.fused(-LN2_LO, n.fused(-LN2_HI, clamped));
    // Minimax polynomial of Cephes' `expf`.
    let p = 1.987_569_1e-4_f32
        .fused(r, 1.398_2e-3)
        .fused(r, 8.333_452e-3)
        .fused(r, 4.166_579_6e-2)
        .fused(r, 1.666_666_5e-1)
        .fused(r, 5.000_000_3e-1);
    let mantissa = (r * r).fused(p, r + 1.0);
    // The last bits of `shifted` are those of the integer `n`: no conversion is needed.
    let scale = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    if x < -87.0 { 0.0 } else { mantissa * scale }
}

/// `ln x` for normal positive `x`, to about 2 units in the last place.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    let bits = x.to_bits();
    // Mantissa in [sqrt(1/2), sqrt(2)).
    let offset = bits.wrapping_sub(0x3f35_04f3);
    let exponent = ((offset as i32) >> 23) as f32;
    let m = f32::from_bits((offset & 0x007f_ffff).wrapping_add(0x3f35_04f3)) - 1.0;
    // Minimax polynomial of Cephes' `logf`.
    let p = 7.037_683_6e-2_f32
        .fused(m, -1.151_461_03e-1)
        .fused(m, 1.167_699_87e-1)
        .fused(m, -1.242_014_1e-1)
        .fused(m, 1.424_932_3e-1)
        .fused(m, -1.666_805_8e-1)
        .fused(m, 2.000_071_5e-1)
        .fused(m, -2.499_999_4e-1)
        .fused(m, 3.333_333_1e-1);
    let square = m * m;
    let tail = (p * m).fused(square, exponent * LN2_LO);
    exponent.fused(LN2_HI, square.fused(-0.5, m + tail))
}

/// The normal distribution's `(Phi(x), phi(x))`: probability below `x`, and density at `x`.
///
/// The complementary error function by Abramowitz and Stegun 7.1.26, error below 1.5e-7.
#[inline(always)]
pub(crate) fn normal(x: f32) -> (f32, f32) {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / 0.327_591_1_f32.fused(z, 1.0);
    let p = 1.061_405_4_f32
        .fused(t, -1.453_152_1)
        .fused(t, 1.421_413_8)
        .fused(t, -0.284_496_72)
        .fused(t, 0.254_829_6);
    let gauss = exp(-z * z);
    let upper = 0.5 * p * t * gauss;
    let below = if x < 0.0 { upper } else { 1.0 - upper };
    (below, gauss * 0.398_942_3)
}

/// A well-mixed hash of an element's number; see `random`.
#[inline(always)]
pub(crate) fn hash(element: u32, first: u32, second: u32) -> u32 {
    let mut x = element.wrapping_mul(0x9e37_79b1) ^ first;
    x = (x ^ (x >> 16)).wrapping_mul(0x21f0_aaad);
    x = (x ^ (x >> 15)).wrapping_add(second).wrapping_mul(0x735a_2d97);
    x = (x ^ (x >> 15)).wrapping_mul(0x7feb_352d);
    x ^ (x >> 16)
}

/// A number in (0, 1) from a hash: 23 bits and a half, never 0 and never 1.
///
/// One bit more, and the largest number would round to 1.
#[inline(always)]
pub(crate) fn unit(hash: u32) -> f32 {
    // Through i32: vector units convert signed integers only.
    (((hash >> 9) as i32) as f32).fused(1.192_092_9e-7, 5.960_464_5e-8)
}

/// A standard Gumbel number from one of [`unit`]: see `ops::gumbel`.
#[inline(always)]
pub(crate) fn gumbel(unit: f32) -> f32 {
    -ln(-ln(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst(f: impl Fn(f32) -> f32, truth: impl Fn(f64) -> f64, points: &[f32]) -> f64 {
        let error = |x: f32| (f64::from(f(x)) - truth(f64::from(x))).abs();
        points.iter().map(|&x| error(x) / truth(f64::from(x)).abs().max(1e-3)).fold(0.0, f64::max)
    }

    #[test]
    fn exponential_and_logarithm_are_accurate() {
        let wide: Vec<f32> = (-8_000..8_000).map(|i| i as f32 * 0.01).collect();
        assert!(worst(exp, f64::exp, &wide) < 4e-7);
        let positive: Vec<f32> = (1..40_000).map(|i| i as f32 * 0.003).collect();
        assert!(worst(ln, f64::ln, &positive) < 4e-7);
        assert_eq!(exp(-1e30), 0.0);
        assert!((ln(5.960_464_5e-8) + 16.635_532).abs() < 1e-4);
    }

    #[test]
    fn the_normal_distribution_is_the_exact_one() {
        // gelu(1) = Phi(1) = 0.841345 for erf, 0.841192 for the tanh approximation.
        assert!((normal(1.0).0 - 0.841_344_75).abs() < 3e-7);
        assert!((normal(-1.0).0 - 0.158_655_25).abs() < 3e-7);
        assert!((normal(0.5).1 - 0.352_065_33).abs() < 3e-7);
    }

    #[test]
    fn gumbel_numbers_are_finite_and_ordered_up_to_both_ends() {
        // All units beside 0 and 1, some between.
        let low = (0..1_000_u32).chain((1_000_u32..1 << 22).step_by(5_003));
        let high = low.clone().rev().map(|step| (1 << 23) - 1 - step);
        let mut last = f32::NEG_INFINITY;
        for unit in low.chain(high).map(|step| unit(step << 9)) {
            let (found, exact) = (gumbel(unit), -(-f64::from(unit).ln()).ln());
            let error = (f64::from(found) - exact).abs();
            assert!(error < 1e-5, "of {unit:e}: {found} instead of {exact}");
            assert!(found > last, "of {unit:e}: {found} after {last}");
            last = found;
        }
    }

    #[test]
    fn units_are_uniform_and_never_touch_the_ends() {
        let count = 1 << 20;
        let mut histogram = [0_u32; 16];
        for element in 0..count {
            let u = unit(hash(element, 12, 34));
            assert!(u > 0.0 && u < 1.0);
            histogram[(u * 16.0) as usize] += 1;
        }
        let expected = f64::from(count) / 16.0;
        let chi: f64 =
            histogram.iter().map(|&seen| (f64::from(seen) - expected).powi(2) / expected).sum();
        assert!(chi < 37.7, "chi-square {chi} of 15 degrees, p < 0.001");
        assert!(unit(0) > 0.0 && unit(u32::MAX) < 1.0);
    }
}
