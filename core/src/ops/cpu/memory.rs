//! Tensors of the CPU backend as plain memory, and back.

use crate::ops::custom::primitive;
use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::{
    BackendTensor, DispatchKindConversion, DispatchTensor, DispatchTensorKind, Flex,
};
use burn::tensor::{Bytes, Device, Element, GradientCheckpointingStrategy, Int, Shape, Tensor};

/// Whether a tensor lives where these operations work.
pub(crate) fn is_cpu<const D: usize>(tensor: &Tensor<D>) -> bool {
    let plain = tensor.gradient_checkpointing_strategy();
    tensor.device().inner() == Device::flex()
        && plain.is_none_or(|strategy| strategy == GradientCheckpointingStrategy::Disabled)
}

/// The primitive of a float tensor, whatever its autodiff context.
pub(crate) fn untracked(tensor: DispatchTensor) -> FlexTensor {
    primitive::<Flex>(tensor)
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
