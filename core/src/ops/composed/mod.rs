//! Operations composed of tensor operations, which Burn compiles for the GPU, with backward passes
//! of their own: autodiff would run several kernels for each of its small steps.
//!
//! The forward pass alone is right for tensors of any kind, whose gradients autodiff then finds;
//! tests compare the two.

mod activation;
mod attention;
mod norm;
mod vocabulary;

use super::custom::{self, CustomOp, Reachable, primitive};
pub(crate) use activation::gelu;
pub(crate) use attention::attention;
use burn::backend::tensor::FloatTensor;
use burn::backend::{DispatchAutodiffContext, DispatchTensor, DispatchTensorKind};
use burn::tensor::GradientCheckpointingStrategy;
pub(crate) use norm::{layer_norm, plus_bias};
use std::fmt::Debug;
use std::marker::PhantomData;
pub(crate) use vocabulary::cross_entropy;

/// An operation of `N` float tensors whose backward pass is composed as well.
pub(crate) trait ComposedOp<const N: usize>: Debug + 'static {
    /// What the backward pass needs to know.
    type Saved: Clone + Send + Debug + 'static;

    /// Gradients of the inputs, all without autodiff.
    fn backward(saved: Self::Saved, grad: DispatchTensor) -> [DispatchTensor; N];
}

/// Adapts a [`ComposedOp`] to a backend.
struct On<Op>(PhantomData<fn() -> Op>);

impl<Op> Debug for On<Op> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(std::any::type_name::<Op>())
    }
}

impl<B: Reachable, const N: usize, Op: ComposedOp<N>> CustomOp<B, N> for On<Op> {
    type Saved = Op::Saved;

    fn backward(
        saved: Op::Saved,
        grad: FloatTensor<B>,
        wanted: [bool; N],
    ) -> [Option<FloatTensor<B>>; N] {
        // In training all are wanted.
        let gradients = Op::backward(saved, B::wrap(grad)).map(Some);
        let mut wanted = wanted.into_iter();
        gradients
            .map(|gradient| gradient.filter(|_| wanted.next() == Some(true)).map(primitive::<B>))
    }
}

/// Runs `forward`, with the backward pass of `Op` where a GPU's tensors are tracked.
pub(crate) fn run<Op: ComposedOp<N>, const N: usize>(
    inputs: [DispatchTensor; N],
    forward: impl FnOnce([DispatchTensor; N]) -> (DispatchTensor, Op::Saved),
) -> DispatchTensor {
    let enabled = DispatchAutodiffContext::Enabled(GradientCheckpointingStrategy::Disabled);
    let tracked = inputs.iter().find(|input| input.autodiff == enabled);
    if let Some(DispatchTensorKind::Autodiff(inner)) = tracked.map(|input| &input.kind) {
        match **inner {
            #[cfg(feature = "gpu")]
            DispatchTensorKind::Cube(_) => {
                return run_on::<burn::backend::Cube, Op, N>(inputs, forward);
            }
            #[cfg(all(test, feature = "cpu"))]
            DispatchTensorKind::Flex(_) => {
                return run_on::<burn::backend::Flex, Op, N>(inputs, forward);
            }
            _ => {}
        }
    }
    forward(inputs).0
}

fn run_on<B: Reachable, Op: ComposedOp<N>, const N: usize>(
    inputs: [DispatchTensor; N],
    forward: impl FnOnce([DispatchTensor; N]) -> (DispatchTensor, Op::Saved),
) -> DispatchTensor {
    custom::run::<B, On<Op>, N>(inputs, |inputs| {
        let (output, saved) = forward(inputs.map(B::wrap));
        (primitive::<B>(output), saved)
    })
}
