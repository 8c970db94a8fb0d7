//! Adam as in the authors' code: no bias correction unless asked for, epsilon outside the root,
//! decoupled weight decay of everything but biases and LayerNorms, one clip of all gradients.

use crate::config::OptimizerConfig;
use crate::ops::{self, AdamStep};
use crate::parameters;
use burn::module::Module;
use burn::tensor::Tensor;

/// Both moments of every parameter, in the order of [`parameters::list`].
#[derive(Debug, Clone)]
pub struct Adam {
    config: OptimizerConfig,
    /// Factor on the learning rate of each parameter; none: 1.
    scales: Option<Vec<f64>>,
    /// Updates made, for the bias correction.
    pub(crate) updates: usize,
    pub(crate) first: Vec<Tensor<1>>,
    pub(crate) second: Vec<Tensor<1>>,
}

/// Whether weight decay spares a parameter: biases and LayerNorms, by name.
pub fn is_spared(name: &str) -> bool {
    name.ends_with("bias") || name.contains("norm")
}

impl Adam {
    /// Moments of zero for every parameter of `module`.
    pub fn new(config: &OptimizerConfig, module: &impl Module) -> Self {
        let zeros: Vec<Tensor<1>> = parameters::list(module)
            .into_iter()
            .map(|parameter| parameter.values.zeros_like())
            .collect();
        Self {
            config: config.clone(),
            scales: None,
            updates: 0,
            first: zeros.clone(),
            second: zeros,
        }
    }

    /// Gives every parameter its own learning rate, as a factor on the common one; `scale` is
    /// asked by name.
    #[must_use]
    pub fn with_scales(mut self, module: &impl Module, scale: impl Fn(&str) -> f64) -> Self {
        let listed = parameters::list(module);
        self.scales = Some(listed.iter().map(|parameter| scale(&parameter.name)).collect());
        self
    }

    /// One update; returns the module and the norm of all gradients together before clipping.
    ///
    /// Parameters without a gradient keep their values and moments.
    pub fn step<M: Module>(
        &mut self,
        module: M,
        gradients: Vec<Option<Tensor<1>>>,
        learning_rate: f64,
    ) -> (M, Tensor<1>) {
        self.updates += 1;
        let norm = global_norm(&gradients);
        let clip = self.clip(&norm);
        let mut gradients = gradients;
        let module = parameters::change(module, |index, name, values| {
            let Some(gradient) = gradients[index].take() else { return values };
            let scale = self.scales.as_ref().map_or(1.0, |scales| scales[index]);
            let step = self.numbers(learning_rate * scale, is_spared(name));
            // The old moments must be gone before the update, or it cannot reuse their memory.
            let empty = || Tensor::empty([0], &values.device());
            let first = std::mem::replace(&mut self.first[index], empty());
            let second = std::mem::replace(&mut self.second[index], empty());
            let tensors = [values, gradient, first, second];
            let [values, first, second] = ops::adam(tensors, clip.clone(), &step);
            self.first[index] = first;
            self.second[index] = second;
            values
        });
        (module, norm)
    }

    /// What every gradient is multiplied with: `[1]`.
    fn clip(&self, norm: &Tensor<1>) -> Tensor<1> {
        let most = self.config.max_grad_norm;
        if most == 0.0 {
            return norm.ones_like();
        }
        // A norm of zero divides nothing: the gradients are all zero.
        (norm.clone().clamp_min(f32::MIN_POSITIVE).recip() * most).clamp_max(1.0)
    }

    fn numbers(&self, learning_rate: f64, spared: bool) -> AdamStep {
        let OptimizerConfig { beta_1, beta_2, epsilon, bias_correction, .. } = self.config;
        let correction = |beta: f64| {
            if bias_correction { 1.0 / (1.0 - beta.powi(self.updates as i32)) } else { 1.0 }
        };
        AdamStep {
            learning_rate,
            beta_1,
            beta_2,
            epsilon,
            weight_decay: if spared { 0.0 } else { self.config.weight_decay },
            first_scale: correction(beta_1),
            second_scale: correction(beta_2),
        }
    }
}

/// Euclidean norm of all gradients together: `[1]`.
fn global_norm(gradients: &[Option<Tensor<1>>]) -> Tensor<1> {
    let squares: Vec<Tensor<1>> =
        gradients.iter().flatten().cloned().map(ops::sum_of_squares).collect();
    Tensor::cat(squares, 0).sum().sqrt()
}
