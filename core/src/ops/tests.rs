//! Every CPU kernel against its composed twin, and the backward pass of every composed operation
//! against autodiff: values and gradients.
//!
//! Gradient checkpointing, which neither kernels nor composed backward passes work with, leaves it
//! all to Burn.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]

use super::*;
use burn::tensor::{Device, Distribution, Gradients, TensorData};

const TOLERANCE: f32 = 2e-5;

/// Runs `work` once with our backward passes and once with autodiff's, and compares its outputs and the
/// gradients of `inputs` under a random linear loss.
fn twins_agree<const D: usize, const N: usize, const E: usize>(
    shapes: [[usize; D]; N],
    work: impl Fn([Tensor<D>; N]) -> Tensor<E>,
) {
    let plain = Device::flex();
    plain.seed(5);
    let values: Vec<TensorData> = shapes
        .iter()
        .map(|&shape| Tensor::<D>::random(shape, Distribution::Normal(0.0, 1.0), &plain))
        .map(Tensor::into_data)
        .collect();
    let run = |device: Device| {
        let inputs: [Tensor<D>; N] = std::array::from_fn(|index| {
            Tensor::from_data(values[index].clone(), &device).require_grad()
        });
        let output = work(inputs.clone());
        let size = output.shape().num_elements();
        let slopes: Vec<f32> = (0..size).map(|i| ((i * 37 % 19) as f32 - 9.0) / 9.0).collect();
        let slopes = Tensor::<1>::from_data(TensorData::new(slopes, [size]), &device);
        let grads: Gradients = (output.clone().reshape([size]) * slopes).sum().backward();
        let grads: Vec<Vec<f32>> = inputs
            .iter()
            .map(|input| input.grad(&grads).expect("a gradient").into_data())
            .map(|data| data.try_into_vec().expect("floats"))
            .collect();
        (output.inner().into_data().try_into_vec::<f32>().expect("floats"), grads)
    };
    let (kernel, kernel_grads) = run(plain.clone().autodiff());
    let (composed, composed_grads) = run(plain.autodiff().gradient_checkpointing());
    assert_close(&kernel, &composed, "output");
    for (index, (left, right)) in kernel_grads.iter().zip(&composed_grads).enumerate() {
        assert_close(left, right, &format!("gradient of input {index}"));
    }
}

fn assert_close(left: &[f32], right: &[f32], what: &str) {
    assert_eq!(left.len(), right.len(), "{what}");
    let largest = right.iter().fold(1.0_f32, |largest, value| largest.max(value.abs()));
    for (index, (a, b)) in left.iter().zip(right).enumerate() {
        let difference = (a - b).abs();
        assert!(difference <= TOLERANCE * largest, "{what}, element {index}: {a} and {b}");
    }
}

fn vector(tensor: &Tensor<2>) -> Tensor<1> {
    let size = tensor.shape().num_elements();
    tensor.clone().reshape([size])
}

fn real(lengths: &[usize], seq: usize, device: &Device) -> RealTokens {
    let bias: Vec<f32> = lengths
        .iter()
        .flat_map(|&length| (0..seq).map(move |at| if at < length { 0.0 } else { -1e9 }))
        .collect();
    RealTokens {
        lengths: lengths.into(),
        bias: Tensor::from_data(TensorData::new(bias, [lengths.len(), 1, 1, seq]), device),
    }
}

fn key() -> NoiseKey {
    crate::random::NoiseKeys::new(3, crate::random::Stream::Dropout, 9).next_key()
}

#[test]
fn gelu_equals_its_twin() {
    twins_agree([[37, 129]], |[x]| gelu(x * 3.0));
}

#[test]
fn layer_norm_equals_its_twin() {
    twins_agree([[65, 50], [1, 50], [1, 50]], |[x, gamma, beta]| {
        layer_norm(x, vector(&gamma), vector(&beta), 1e-12)
    });
}

#[test]
fn linear_equals_its_twin() {
    twins_agree([[33, 24], [24, 40], [1, 40]], |[x, weight, bias]| {
        linear(x.reshape([3, 11, 24]), weight, vector(&bias))
    });
}

#[test]
fn project_equals_its_twin() {
    twins_agree([[9, 24], [70, 24], [1, 70]], |[x, table, bias]| project(x, table, vector(&bias)));
}

#[test]
fn attention_equals_its_twin_and_ignores_padding() {
    for drop in [None, Some((0.3, key()))] {
        twins_agree([[3, 11, 24], [3, 11, 24], [3, 11, 24]], |[query, key, value]| {
            let real = real(&[11, 4, 1], 11, &query.device());
            attention([query, key, value], 3, &real, drop)
        });
    }
}

#[test]
fn composed_backward_passes_equal_autodiff() {
    twins_agree([[37, 129]], |[x]| composed::gelu(x * 3.0));
    twins_agree([[65, 50], [1, 50], [1, 50]], |[x, gamma, beta]| {
        composed::layer_norm(x, vector(&gamma), vector(&beta), 1e-12)
    });
    twins_agree([[33, 24], [1, 24]], |[x, bias]| {
        composed::plus_bias(x.reshape([3, 11, 24]), vector(&bias))
    });
    for drop in [None, Some((0.3, key()))] {
        twins_agree([[3, 11, 24], [3, 11, 24], [3, 11, 24]], |inputs| {
            let real = real(&[11, 4, 1], 11, &inputs[0].device());
            composed::attention(inputs, 3, &real, drop)
        });
    }
    twins_agree([[6, 99]], |[logits]| {
        let device = logits.device();
        let targets = Tensor::<1, Int>::from_ints([0, 98, 5, 7, 7, 1], &device);
        let weights = Tensor::<1>::from_floats([1.0, 1.0, 0.0, 1.0, 1.0, 1.0], &device);
        composed::cross_entropy(logits * 4.0, targets, weights)
    });
}

#[test]
fn dropout_equals_its_twin_and_keeps_the_right_share() {
    twins_agree([[64, 33]], |[x]| dropout(x, 0.25, key()));
    let ones = Tensor::<1>::ones([100_000], &Device::flex());
    let mean = dropout(ones, 0.1, key()).mean().into_scalar::<f32>();
    assert!((mean - 1.0).abs() < 0.01, "the mean moved to {mean}");
}

#[test]
fn cross_entropy_equals_its_twin() {
    twins_agree([[6, 99]], |[logits]| {
        let device = logits.device();
        let targets = Tensor::<1, Int>::from_ints([0, 98, 5, 7, 7, 1], &device);
        let weights = Tensor::<1>::from_floats([1.0, 1.0, 0.0, 1.0, 1.0, 1.0], &device);
        cross_entropy(logits * 4.0, targets, weights)
    });
}

#[test]
fn a_constant_row_has_a_finite_norm_and_gradient() {
    let device = Device::flex();
    for device in [device.clone().autodiff(), device.autodiff().gradient_checkpointing()] {
        for value in [0.0, 1.0, -3e4] {
            let x = Tensor::<2>::full([2, 40], value, &device).require_grad();
            let (gamma, beta) = (Tensor::ones([40], &device), Tensor::full([40], 0.5, &device));
            let y = layer_norm(x.clone(), gamma, beta, 1e-12);
            let grads = (y.clone() * 0.1).sum().backward();
            let grad = x.grad(&grads).expect("a gradient").into_data();
            assert!(y.inner().into_data().iter::<f32>().all(|y| (y - 0.5).abs() < 1e-3));
            assert!(grad.iter::<f32>().all(f32::is_finite), "{value}: {grad}");
        }
    }
}

#[test]
fn a_new_gradient_has_its_share_to_the_last_digit() {
    let device = Device::flex();
    let zero = || Tensor::<1>::zeros([1], &device);
    let one = || Tensor::<1>::ones([1], &device);
    let step = AdamStep {
        learning_rate: 1.0,
        beta_1: 0.9,
        beta_2: 0.999,
        epsilon: 1e-6,
        weight_decay: 0.0,
        first_scale: 1.0,
        second_scale: 1.0,
    };
    let [_, first, second] = adam([zero(), one(), zero(), zero()], one(), &step);
    // Not what f32 makes of 1 - 0.9 and 1 - 0.999.
    assert_eq!(first.into_scalar::<f32>(), 0.1);
    assert_eq!(second.into_scalar::<f32>(), 0.001);
}

#[test]
fn lookup_equals_its_twin() {
    twins_agree([[13, 8]], |[table]| {
        let ids = Tensor::<2, Int>::from_ints([[0, 12, 5], [5, 5, 1]], &table.device());
        lookup(table, ids)
    });
}

#[test]
fn both_paths_draw_the_same_samples() {
    let device = Device::flex();
    let logits = Tensor::<2>::random([40, 300], Distribution::Normal(0.0, 2.0), &device);
    let composed = logits.clone().autodiff().with_gradient_checkpointing_strategy(
        burn::tensor::GradientCheckpointingStrategy::Balanced,
    );
    let kernel = gumbel_argmax(logits, 0.7, key()).into_data();
    assert_eq!(kernel, gumbel_argmax(composed, 0.7, key()).into_data());
}

#[test]
fn the_update_equals_its_twin() {
    let device = Device::flex();
    let random = || Tensor::<1>::random([1_000], Distribution::Normal(0.0, 1.0), &device);
    let [parameter, gradient, first] = [random(), random(), random()];
    let second = random().abs();
    let clip = Tensor::<1>::from_floats([0.3], &device);
    let step = AdamStep {
        learning_rate: 1e-2,
        beta_1: 0.9,
        beta_2: 0.98,
        epsilon: 1e-6,
        weight_decay: 0.01,
        first_scale: 1.7,
        second_scale: 2.5,
    };
    let tensors = [parameter, gradient, first, second];
    let strategy = burn::tensor::GradientCheckpointingStrategy::Balanced;
    let composed = tensors
        .clone()
        .map(|tensor| tensor.autodiff().with_gradient_checkpointing_strategy(strategy));
    let kernel = adam(tensors, clip.clone(), &step);
    let composed = adam(composed, clip, &step);
    for (left, right) in kernel.into_iter().zip(composed) {
        let [left, right] = [left, right.inner()].map(|tensor| tensor.into_data());
        let (left, right) =
            (left.try_into_vec().expect("floats"), right.try_into_vec().expect("floats"));
        assert_close(&left, &right, "update");
    }
}

#[test]
fn sums_in_steps_leave_no_element_out() {
    let device = Device::flex();
    for count in [1, 256, 257, 1_000, 4_096, 70_001] {
        // Each element another power of 2 below 2^7: exact in whatever order they are added.
        let values: Vec<f32> = (0..count).map(|at| (1 << (at % 7)) as f32).collect();
        let expected: f32 = values.iter().sum();
        let values = Tensor::<1>::from_data(TensorData::new(values, [count]), &device);
        assert_eq!(total(values).into_scalar::<f32>(), expected, "{count} elements");
    }
}

#[test]
fn rows_are_added_up_in_groups_of_any_number() {
    let device = Device::flex();
    for rows in [1, 12, 13, 2_048] {
        let values: Vec<f32> = (0..rows * 3).map(|at| (at % 7) as f32).collect();
        let expected: Vec<f32> =
            (0..3).map(|column| values.iter().skip(column).step_by(3).sum()).collect();
        let values = Tensor::<2>::from_data(TensorData::new(values, [rows, 3]), &device);
        let found: Vec<f32> = sums::rows(values).into_data().try_into_vec().expect("floats");
        assert_eq!(found, expected, "{rows} rows");
    }
}

#[test]
fn groups_are_about_as_many_as_the_rows_of_each() {
    for (rows, groups) in [(1, 1), (12, 3), (2_048, 32), (16_384, 128), (13, 1)] {
        assert_eq!(sums::near_root(rows), groups);
    }
}
