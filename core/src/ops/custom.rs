//! Registers hand-written forward and backward passes with Burn's autodiff, on any backend.

use burn::backend::autodiff::{
    checkpoint::base::Checkpointer,
    checkpoint::strategy::NoCheckpointing,
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::tensor::FloatTensor;
use burn::backend::{
    Autodiff, AutodiffBackend, Backend, BackendTensor, DispatchAutodiffContext,
    DispatchKindConversion, DispatchTensor,
};
use std::fmt::Debug;
use std::marker::PhantomData;

/// An operation of `N` float tensors with its own backward pass.
pub(crate) trait CustomOp<B: Backend, const N: usize>:
    Send + Debug + Sized + 'static
{
    /// What the backward pass needs to know.
    type Saved: Clone + Send + Debug + 'static;

    /// Gradients of the inputs, for those that are wanted.
    fn backward(
        saved: Self::Saved,
        grad: FloatTensor<B>,
        wanted: [bool; N],
    ) -> [Option<FloatTensor<B>>; N];
}

/// Adapts a [`CustomOp`] to Burn's trait.
struct Step<Op>(PhantomData<fn() -> Op>);

impl<Op> Debug for Step<Op> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(std::any::type_name::<Op>())
    }
}

impl<B: Backend, const N: usize, Op: CustomOp<B, N>> Backward<B, N> for Step<Op> {
    type State = Op::Saved;

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        let wanted = ops.parents.each_ref().map(Option::is_some);
        let gradients = Op::backward(ops.state, grad, wanted);
        for (parent, gradient) in ops.parents.into_iter().zip(gradients) {
            if let (Some(parent), Some(gradient)) = (parent, gradient) {
                grads.register::<B>(parent.id, gradient);
            }
        }
    }
}

/// A backend whose tensors can be taken out of Burn's common type, tracked or not.
pub(crate) trait Reachable: Backend {
    fn plain(tensor: DispatchTensor) -> Result<BackendTensor<Self>, String>;
    fn tracked(tensor: DispatchTensor) -> Result<BackendTensor<Autodiff<Self>>, String>;
    fn wrap(primitive: FloatTensor<Self>) -> DispatchTensor;
    fn wrap_tracked(primitive: FloatTensor<Autodiff<Self>>) -> DispatchTensor;
}

impl<B: Backend> Reachable for B
where
    DispatchTensor: DispatchKindConversion<B> + DispatchKindConversion<Autodiff<B>>,
{
    fn plain(tensor: DispatchTensor) -> Result<BackendTensor<B>, String> {
        <DispatchTensor as DispatchKindConversion<B>>::try_into_backend(tensor)
    }

    fn tracked(tensor: DispatchTensor) -> Result<BackendTensor<Autodiff<B>>, String> {
        <DispatchTensor as DispatchKindConversion<Autodiff<B>>>::try_into_backend(tensor)
    }

    fn wrap(primitive: FloatTensor<B>) -> DispatchTensor {
        DispatchTensor::from_backend(BackendTensor::<B>::Float(primitive))
    }

    fn wrap_tracked(primitive: FloatTensor<Autodiff<B>>) -> DispatchTensor {
        DispatchTensor::from_backend(BackendTensor::<Autodiff<B>>::Float(primitive))
    }
}

/// Runs `forward` and registers `Op` as its backward pass where any input is tracked.
///
/// All inputs must be on backend `B`, without gradient checkpointing.
pub(crate) fn run<B: Reachable, Op: CustomOp<B, N>, const N: usize>(
    inputs: [DispatchTensor; N],
    forward: impl FnOnce([FloatTensor<B>; N]) -> (FloatTensor<B>, Op::Saved),
) -> DispatchTensor {
    let disabled = DispatchAutodiffContext::Disabled;
    if inputs.iter().all(|input| input.autodiff == disabled) {
        let (output, _) = forward(inputs.map(primitive::<B>));
        return B::wrap(output);
    }
    let inputs = inputs.map(tracked::<B>);
    let guards = inputs.each_ref().map(FloatTensor::<Autodiff<B>>::node);
    let (output, saved) = forward(inputs.map(FloatTensor::<Autodiff<B>>::into_primitive));
    let prepared = Step::<Op>(PhantomData).prepare::<NoCheckpointing>(guards).compute_bound();
    B::wrap_tracked(match prepared.stateful() {
        OpsKind::Tracked(prepared) => prepared.finish(saved, output),
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    })
}

/// The primitive of a float tensor on backend `B`, whatever its autodiff context.
pub(crate) fn primitive<B: Reachable>(tensor: DispatchTensor) -> FloatTensor<B> {
    if tensor.autodiff != DispatchAutodiffContext::Disabled {
        return tracked::<B>(tensor).into_primitive();
    }
    match B::plain(tensor) {
        Ok(inner) => inner.float(),
        Err(message) => unreachable!("on another backend: {message}"),
    }
}

/// The tracked form of a float tensor; one without autodiff becomes a constant.
fn tracked<B: Reachable>(tensor: DispatchTensor) -> FloatTensor<Autodiff<B>> {
    if tensor.autodiff == DispatchAutodiffContext::Disabled {
        return Autodiff::<B>::from_inner(primitive::<B>(tensor));
    }
    match B::tracked(tensor) {
        Ok(inner) => inner.float(),
        Err(message) => unreachable!("on another backend: {message}"),
    }
}
