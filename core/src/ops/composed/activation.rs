//! The exact GELU.

use super::{ComposedOp, run};
use burn::backend::DispatchTensor;
use burn::tensor::Tensor;
use std::f64::consts::{FRAC_1_SQRT_2, PI};

#[derive(Debug)]
struct Gelu<const D: usize>;

/// The normal distribution up to `x`.
fn below<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    (x * FRAC_1_SQRT_2).erf() * 0.5 + 0.5
}

impl<const D: usize> ComposedOp<1> for Gelu<D> {
    type Saved = Tensor<D>;

    /// `Phi(x) + x · phi(x)`, with the density `phi`.
    fn backward(x: Tensor<D>, grad: DispatchTensor) -> [DispatchTensor; 1] {
        let grad = Tensor::<D>::from_dispatch(grad);
        let density = (x.clone() * x.clone() * -0.5).exp() * (1.0 / (2.0 * PI).sqrt());
        let slope = below(x.clone()) + x * density;
        [(grad * slope).into_dispatch()]
    }
}

/// See [`crate::ops::gelu`].
pub(crate) fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(run::<Gelu<D>, 1>([x.into_dispatch()], |[x]| {
        let x = Tensor::<D>::from_dispatch(x);
        ((x.clone() * below(x.clone())).into_dispatch(), x)
    }))
}
