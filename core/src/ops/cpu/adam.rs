//! The optimiser's update in one pass over each parameter.

use super::math::Fused;
use super::memory::{contiguous, float_tensor, floats, from_values, into_values, untracked};
use super::parallel::{column_sums, rows, rows_pair};
use crate::ops::AdamStep;
use burn::tensor::Tensor;

/// See [`crate::ops::sum_of_squares`].
pub(crate) fn sum_of_squares(values: Tensor<1>) -> Tensor<1> {
    let values = contiguous(untracked(values.into_dispatch()));
    let input = floats(&values);
    let sums = column_sums(
        input.len(),
        8,
        #[inline(always)]
        |range, sums| {
            for chunk in input[range].chunks(8) {
                for (sum, value) in sums.iter_mut().zip(chunk) {
                    *sum = value.fused(*value, *sum);
                }
            }
        },
    );
    let total: f32 = sums.iter().sum();
    float_tensor(from_values(vec![total], [1]))
}

/// See [`crate::ops::adam`].
pub(crate) fn adam(
    [parameter, gradient, first, second]: [Tensor<1>; 4],
    clip: Tensor<1>,
    step: &AdamStep,
) -> [Tensor<1>; 3] {
    let [parameter, gradient, first, second, clip] =
        [parameter, gradient, first, second, clip].map(|tensor| untracked(tensor.into_dispatch()));
    let clip = floats(&contiguous(clip))[0];
    let gradient = contiguous(gradient);
    let gradient = floats(&gradient);
    let [mut parameter, mut first, mut second] = [parameter, first, second].map(into_values);
    average([first.storage_mut(), second.storage_mut()], gradient, clip, step);
    descend(parameter.storage_mut(), [floats(&first), floats(&second)], step);
    [parameter, first, second].map(float_tensor)
}

/// Moves both moments towards the clipped gradient and its square.
fn average([first, second]: [&mut [f32]; 2], gradient: &[f32], clip: f32, step: &AdamStep) {
    let [beta_1, beta_2] = [step.beta_1, step.beta_2].map(|beta| beta as f32);
    // In f32, 1 - 0.999 would be wrong in its fifth digit.
    let [new_1, new_2] = [step.beta_1, step.beta_2].map(|beta| (1.0 - beta) as f32);
    rows_pair(
        (first, 1),
        (second, 1),
        #[inline(always)]
        |start, first, second| {
            for ((m, v), g) in first.iter_mut().zip(second).zip(&gradient[start..]) {
                let g = g * clip;
                *m = beta_1.fused(*m, new_1 * g);
                *v = beta_2.fused(*v, new_2 * g * g);
            }
        },
    );
}

/// Moves a parameter against its first moment, and decays it.
fn descend(parameter: &mut [f32], [m, v]: [&[f32]; 2], step: &AdamStep) {
    let [rate, decay, epsilon] =
        [step.learning_rate as f32, step.weight_decay as f32, step.epsilon as f32];
    let [first_scale, second_scale] = [step.first_scale as f32, step.second_scale as f32];
    rows(
        parameter,
        1,
        #[inline(always)]
        |start, share| {
            for ((p, m), v) in share.iter_mut().zip(&m[start..]).zip(&v[start..]) {
                let direction = m * first_scale / ((v * second_scale).sqrt() + epsilon);
                *p -= rate * decay.fused(*p, direction);
            }
        },
    );
}
