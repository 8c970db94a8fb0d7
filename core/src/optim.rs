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
        gradients.iter().flatten().cloned().map(ops::sums_of_squares).collect();
    ops::total(Tensor::cat(squares, 0)).sqrt()
}

#[cfg(all(test, feature = "cpu"))]
#[allow(clippy::disallowed_methods, reason = "tests wait for devices")]
mod tests {
    use super::*;
    use crate::config::PretrainConfig;
    use crate::electra::Electra;
    use burn::tensor::Device;

    #[test]
    fn one_clip_covers_both_networks_together() {
        let device = Device::flex();
        let mut config = PretrainConfig::preset("small").expect("a preset");
        config.model.vocab_size = 20;
        config.model.discriminator.num_hidden_layers = 1;
        config.model.generator.num_hidden_layers = 1;
        let model = Electra::new(&config.model, 1, &device);
        let mut adam = Adam::new(&config.optimizer, &model);
        // Gradients of 2 in the generator and of 3 elsewhere: a clip of its own for each network
        // would scale them differently.
        let listed = parameters::list(&model);
        let sizes = listed.iter().map(|it| {
            let gradient = if it.name.starts_with("generator.") { 2.0 } else { 3.0 };
            (gradient, it.values.dims()[0])
        });
        let sizes: Vec<(f64, usize)> = sizes.collect();
        let norm = sizes.iter().map(|(g, size)| g * g * *size as f64).sum::<f64>().sqrt();
        let gradients = listed
            .iter()
            .zip(&sizes)
            .map(|(it, (g, _))| Some(it.values.ones_like() * *g))
            .collect();
        let (_, found) = adam.step(model, gradients, 1e-3);
        assert!((f64::from(found.into_scalar::<f32>()) / norm - 1.0).abs() < 1e-5);
        for ((gradient, _), moment) in sizes.iter().zip(&adam.first) {
            let expected = (1.0 - config.optimizer.beta_1) * gradient / norm;
            for value in moment.clone().into_data().iter::<f32>() {
                assert!((f64::from(value) / expected - 1.0).abs() < 1e-4, "{value}, {expected}");
            }
        }
    }
}
