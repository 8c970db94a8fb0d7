//! What meets every row of a tensor: LayerNorm, and adding a bias.

use super::super::sums;
use super::{ComposedOp, run};
use burn::backend::DispatchTensor;
use burn::tensor::Tensor;

#[derive(Debug)]
struct LayerNorm<const D: usize>;

/// The normalised input, the reciprocal deviation of each row, `[…, 1]`, and the scale.
#[derive(Debug, Clone)]
struct Saved<const D: usize> {
    normalised: Tensor<D>,
    reciprocal: Tensor<D>,
    gamma: Tensor<D>,
}

impl<const D: usize> ComposedOp<3> for LayerNorm<D> {
    type Saved = Saved<D>;

    /// `dx = r · (g - mean(g) - xhat · mean(g · xhat))` with `g = dy · gamma`.
    fn backward(saved: Saved<D>, grad: DispatchTensor) -> [DispatchTensor; 3] {
        let Saved { normalised, reciprocal, gamma } = saved;
        let grad = Tensor::<D>::from_dispatch(grad);
        // All products before the first sum, which ends what is fused into one kernel.
        let scaled = grad.clone() * gamma;
        let along = grad.clone() * normalised.clone();
        let scaled_along = scaled.clone() * normalised.clone();
        let mean = scaled.clone().mean_dim(D - 1);
        let mean_along = scaled_along.mean_dim(D - 1);
        let dx = (scaled - mean - normalised * mean_along) * reciprocal;
        let [dgamma, dbeta] = [along, grad].map(sums::rows);
        [dx.into_dispatch(), dgamma.into_dispatch(), dbeta.into_dispatch()]
    }
}

/// See [`crate::ops::layer_norm`].
pub(crate) fn layer_norm<const D: usize>(
    x: Tensor<D>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
) -> Tensor<D> {
    let inputs = [x.into_dispatch(), gamma.into_dispatch(), beta.into_dispatch()];
    Tensor::from_dispatch(run::<LayerNorm<D>, 3>(inputs, |[x, gamma, beta]| {
        let x = Tensor::<D>::from_dispatch(x);
        let [gamma, beta] =
            [gamma, beta].map(|vector| sums::spread::<D>(Tensor::from_dispatch(vector)));
        let centred = x.clone() - x.mean_dim(D - 1);
        let variance = (centred.clone() * centred.clone()).mean_dim(D - 1);
        let reciprocal = (variance + epsilon).sqrt().recip();
        let normalised = centred * reciprocal.clone();
        let output = normalised.clone() * gamma.clone() + beta;
        (output.into_dispatch(), Saved { normalised, reciprocal, gamma })
    }))
}

#[derive(Debug)]
struct PlusBias<const D: usize>;

impl<const D: usize> ComposedOp<2> for PlusBias<D> {
    type Saved = ();

    fn backward((): (), grad: DispatchTensor) -> [DispatchTensor; 2] {
        let bias = sums::rows(Tensor::<D>::from_dispatch(grad.clone()));
        [grad, bias.into_dispatch()]
    }
}

/// `x + bias` in every row.
///
/// # Shapes
///
/// - `x`: `[…, width]`; `bias`: `[width]`; returns the shape of `x`
pub(crate) fn plus_bias<const D: usize>(x: Tensor<D>, bias: Tensor<1>) -> Tensor<D> {
    let inputs = [x.into_dispatch(), bias.into_dispatch()];
    Tensor::from_dispatch(run::<PlusBias<D>, 2>(inputs, |[x, bias]| {
        let bias = sums::spread::<D>(Tensor::from_dispatch(bias));
        ((Tensor::<D>::from_dispatch(x) + bias).into_dispatch(), ())
    }))
}
