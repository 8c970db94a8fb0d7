//! Registers hand-written forward and backward passes with Burn's autodiff, on the CPU backend.

use burn::backend::autodiff::{
    checkpoint::base::Checkpointer,
    checkpoint::strategy::NoCheckpointing,
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::tensor::FloatTensor;
use burn::backend::{
    Autodiff, AutodiffBackend, BackendTensor, DispatchAutodiffContext, DispatchKindConversion,
    DispatchTensor, DispatchTensorKind, Flex,
};
use burn::tensor::{Bytes, Device, Element, GradientCheckpointingStrategy, Int, Shape, Tensor};
use std::fmt::Debug;
use std::marker::PhantomData;

/// An operation of `N` float tensors with its own backward pass.
pub(crate) trait CpuOp<const N: usize>: Send + Debug + Sized + 'static {
    /// What the backward pass needs to know.
    type Saved: Clone + Send + Debug + 'static;

    /// Gradients of the inputs, for those that are wanted.
    fn backward(saved: Self::Saved, grad: FlexTensor, wanted: [bool; N])
    -> [Option<FlexTensor>; N];
}

/// Adapts a [`CpuOp`] to Burn's trait.
struct Step<Op>(PhantomData<fn() -> Op>);

impl<Op> Debug for Step<Op> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(std::any::type_name::<Op>())
    }
}

impl<const N: usize, Op: CpuOp<N>> Backward<Flex, N> for Step<Op> {
    type State = Op::Saved;

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<Flex>(&ops.node);
        let wanted = ops.parents.each_ref().map(Option::is_some);
        let gradients = Op::backward(ops.state, grad, wanted);
        for (parent, gradient) in ops.parents.into_iter().zip(gradients) {
            if let (Some(parent), Some(gradient)) = (parent, gradient) {
                grads.register::<Flex>(parent.id, gradient);
            }
        }
    }
}

/// A tracked tensor of the CPU backend.
type Tracked = FloatTensor<Autodiff<Flex>>;

/// Whether a tensor lives where these operations work.
pub(crate) fn is_cpu<const D: usize>(tensor: &Tensor<D>) -> bool {
    let plain = tensor.gradient_checkpointing_strategy();
    tensor.device().inner() == Device::flex()
        && plain.is_none_or(|strategy| strategy == GradientCheckpointingStrategy::Disabled)
}

/// Runs `forward` and registers `Op` as its backward pass where any input is tracked.
///
/// All inputs must be on the CPU backend ([`is_cpu`]).
pub(crate) fn run<Op: CpuOp<N>, const N: usize>(
    inputs: [DispatchTensor; N],
    forward: impl FnOnce([FlexTensor; N]) -> (FlexTensor, Op::Saved),
) -> DispatchTensor {
    let disabled = DispatchAutodiffContext::Disabled;
    if inputs.iter().all(|input| input.autodiff == disabled) {
        let (output, _) = forward(inputs.map(untracked));
        return DispatchTensor::from_backend(BackendTensor::<Flex>::Float(output));
    }
    let inputs = inputs.map(tracked);
    let guards = inputs.each_ref().map(Tracked::node);
    let (output, saved) = forward(inputs.map(Tracked::into_primitive));
    let prepared = Step::<Op>(PhantomData).prepare::<NoCheckpointing>(guards).compute_bound();
    let output = match prepared.stateful() {
        OpsKind::Tracked(prepared) => prepared.finish(saved, output),
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    };
    DispatchTensor::from_backend(BackendTensor::<Autodiff<Flex>>::Float(output))
}

/// The primitive of a float tensor, whatever its autodiff context.
pub(crate) fn untracked(tensor: DispatchTensor) -> FlexTensor {
    if tensor.autodiff != DispatchAutodiffContext::Disabled {
        return tracked(tensor).into_primitive();
    }
    match <DispatchTensor as DispatchKindConversion<Flex>>::try_into_backend(tensor) {
        Ok(inner) => inner.float(),
        Err(message) => unreachable!("not on the CPU backend: {message}"),
    }
}

/// The tracked form of a float tensor; one without autodiff becomes a constant.
fn tracked(tensor: DispatchTensor) -> Tracked {
    if tensor.autodiff == DispatchAutodiffContext::Disabled {
        return Autodiff::<Flex>::from_inner(untracked(tensor));
    }
    match <DispatchTensor as DispatchKindConversion<Autodiff<Flex>>>::try_into_backend(tensor) {
        Ok(inner) => inner.float(),
        Err(message) => unreachable!("not on the CPU backend: {message}"),
    }
}

/// The primitive of an integer tensor on the CPU backend.
pub(crate) fn integers<const D: usize>(tensor: Tensor<D, Int>) -> FlexTensor {
    match tensor.into_dispatch().kind {
        DispatchTensorKind::Flex(inner) => inner.int(),
        other => unreachable!("not on the CPU backend: {other:?}"),
    }
}

/// Wraps a primitive without autodiff.
pub(crate) fn float_tensor<const D: usize>(primitive: FlexTensor) -> Tensor<D> {
    Tensor::from_dispatch(DispatchTensor::from_backend(BackendTensor::<Flex>::Float(primitive)))
}

/// Wraps an integer primitive.
pub(crate) fn int_tensor<const D: usize>(primitive: FlexTensor) -> Tensor<D, Int> {
    Tensor::from_dispatch(DispatchTensor::from_backend(BackendTensor::<Flex>::Int(primitive)))
}

/// A primitive over `values`, row by row.
pub(crate) fn from_values<E: Element>(values: Vec<E>, shape: impl Into<Shape>) -> FlexTensor {
    FlexTensor::new(Bytes::from_elems(values), Layout::contiguous(shape.into()), E::dtype())
}

/// Makes the elements lie row by row without gaps, copying only if they do not.
pub(crate) fn contiguous(tensor: FlexTensor) -> FlexTensor {
    if tensor.is_contiguous() { tensor } else { tensor.to_contiguous() }
}

/// The elements of a [`contiguous`] primitive.
pub(crate) fn floats(tensor: &FlexTensor) -> &[f32] {
    let Some(values) = tensor.as_slice::<f32>() else {
        unreachable!("a contiguous f32 tensor was expected, got {tensor:?}")
    };
    values
}

/// The elements of a [`contiguous`] integer primitive.
pub(crate) fn ints(tensor: &FlexTensor) -> &[i32] {
    let Some(values) = tensor.as_slice::<i32>() else {
        unreachable!("a contiguous i32 tensor was expected, got {tensor:?}")
    };
    values
}

/// The elements of a primitive, to be overwritten; copied first if shared.
pub(crate) fn into_values(tensor: FlexTensor) -> FlexTensor {
    let tensor = contiguous(tensor);
    let whole = tensor.layout().start_offset() == 0
        && tensor.bytes().len() == tensor.layout().num_elements() * size_of::<f32>();
    if whole {
        tensor
    } else {
        from_values(floats(&tensor).to_vec(), tensor.layout().shape().clone())
    }
}
