//! Cross-entropy over a vocabulary.

use super::{ComposedOp, run};
use burn::backend::DispatchTensor;
use burn::tensor::activation::log_softmax;
use burn::tensor::{IndexingUpdateOp, Int, Tensor};

#[derive(Debug)]
struct CrossEntropy;

/// Logarithms of the probabilities, `[rows, vocab]`, with the targets and weights, `[rows, 1]`.
#[derive(Debug, Clone)]
struct Saved {
    likelihoods: Tensor<2>,
    targets: Tensor<2, Int>,
    weights: Tensor<2>,
}

impl ComposedOp<1> for CrossEntropy {
    type Saved = Saved;

    /// The probabilities, less one at the target, times the row's weight.
    fn backward(saved: Saved, grad: DispatchTensor) -> [DispatchTensor; 1] {
        let Saved { likelihoods, targets, weights } = saved;
        let weights = weights * Tensor::<1>::from_dispatch(grad).reshape([1, 1]);
        let spread = likelihoods.exp() * weights.clone();
        let gradient = spread.scatter(1, targets, weights.neg(), IndexingUpdateOp::Add);
        [gradient.into_dispatch()]
    }
}

/// See [`crate::ops::cross_entropy`].
pub(crate) fn cross_entropy(
    logits: Tensor<2>,
    targets: Tensor<1, Int>,
    weights: Tensor<1>,
) -> Tensor<1> {
    let rows = logits.dims()[0];
    Tensor::from_dispatch(run::<CrossEntropy, 1>([logits.into_dispatch()], |[logits]| {
        let likelihoods = log_softmax(Tensor::<2>::from_dispatch(logits), 1);
        let targets = targets.inner().reshape([rows, 1]);
        let weights = weights.inner().reshape([rows, 1]);
        let chosen = likelihoods.clone().gather(1, targets.clone());
        let loss = (chosen * weights.clone()).sum().neg();
        let saved = Saved { likelihoods, targets, weights };
        (loss.into_dispatch(), saved)
    }))
}
