//! Adam as in the authors' code: no bias correction unless asked for, epsilon outside the root,
//! decoupled weight decay of everything but biases and LayerNorms, one clip of all gradients.

use crate::config::OptimizerConfig;
use crate::joined::Layout;
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
    moments: Moments,
}

/// First and second moments.
#[derive(Debug, Clone)]
enum Moments {
    /// Of one parameter each.
    Each(Vec<[Tensor<1>; 2]>),
    /// Of all parameters together: a few long kernels take their step, where a GPU would be busier
    /// with starting many short ones.
    Joined(Layout, Box<[Tensor<1>; 2]>),
}

impl Moments {
    fn joined(moments: Vec<[Tensor<1>; 2]>) -> Self {
        let (first, second): (Vec<_>, Vec<_>) =
            moments.into_iter().map(|[first, second]| (first, second)).unzip();
        let layout = Layout::new(first.iter().map(|moment| moment.dims()[0]));
        let both = [first, second].map(|parts| layout.join(parts.into_iter().map(Some).collect()));
        Self::Joined(layout, Box::new(both))
    }
}

/// Whether weight decay spares a parameter: biases and LayerNorms, by name.
pub fn is_spared(name: &str) -> bool {
    name.ends_with("bias") || name.contains("norm")
}

impl Adam {
    /// Moments of zero for every parameter of `module`.
    pub fn new(config: &OptimizerConfig, module: &impl Module) -> Self {
        let listed = parameters::list(module).into_iter();
        let zeros = listed.map(|parameter| parameter.values.zeros_like());
        let mut adam = Self {
            config: config.clone(),
            scales: None,
            updates: 0,
            moments: Moments::Each(Vec::new()),
        };
        adam.set_moments(zeros.map(|zero| [zero.clone(), zero]).collect());
        adam
    }

    /// Gives every parameter its own learning rate, as a factor on the common one; `scale` is
    /// asked by name.
    #[must_use]
    pub fn with_scales(mut self, module: &impl Module, scale: impl Fn(&str) -> f64) -> Self {
        let listed = parameters::list(module);
        self.scales = Some(listed.iter().map(|parameter| scale(&parameter.name)).collect());
        self
    }

    /// First and second moment of every parameter.
    pub(crate) fn moments(&self) -> Vec<[Tensor<1>; 2]> {
        match &self.moments {
            Moments::Each(moments) => moments.clone(),
            Moments::Joined(layout, both) => (0..layout.len())
                .map(|index| both.each_ref().map(|all| layout.part(all, index)))
                .collect(),
        }
    }

    /// Goes on from the moments of every parameter.
    pub(crate) fn set_moments(&mut self, moments: Vec<[Tensor<1>; 2]>) {
        let one_by_one = moments.first().is_none_or(|[first, _]| ops::updates_one_by_one(first));
        self.moments = if one_by_one { Moments::Each(moments) } else { Moments::joined(moments) };
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
        // The old moments must have no other owner, or an update cannot reuse their memory.
        match std::mem::replace(&mut self.moments, Moments::Each(Vec::new())) {
            Moments::Each(moments) => self.step_each(module, moments, gradients, learning_rate),
            Moments::Joined(layout, moments) => {
                self.step_joined(module, (layout, *moments), gradients, learning_rate)
            }
        }
    }

    fn step_each<M: Module>(
        &mut self,
        module: M,
        moments: Vec<[Tensor<1>; 2]>,
        mut gradients: Vec<Option<Tensor<1>>>,
        learning_rate: f64,
    ) -> (M, Tensor<1>) {
        let squares = gradients.iter().flatten().cloned().map(ops::sum_of_squares).collect();
        let norm = ops::total(Tensor::cat(squares, 0)).sqrt();
        let clip = self.clip(&norm);
        let mut moments = moments.into_iter();
        let mut updated = Vec::with_capacity(moments.len());
        let module = parameters::change(module, |index, name, values| {
            let Some([first, second]) = moments.next() else { return values };
            let Some(gradient) = gradients[index].take() else {
                updated.push([first, second]);
                return values;
            };
            let step = self.numbers(learning_rate, index, name);
            let tensors = [values, gradient, first, second];
            let [values, first, second] = ops::adam(tensors, clip.clone(), &step);
            updated.push([first, second]);
            values
        });
        self.moments = Moments::Each(updated);
        (module, norm)
    }

    fn step_joined<M: Module>(
        &mut self,
        module: M,
        (layout, old): (Layout, [Tensor<1>; 2]),
        gradients: Vec<Option<Tensor<1>>>,
        learning_rate: f64,
    ) -> (M, Tensor<1>) {
        let lacking: Vec<usize> =
            (0..gradients.len()).filter(|&index| gradients[index].is_none()).collect();
        let kept: Vec<[Tensor<1>; 2]> = lacking
            .iter()
            .map(|&index| old.each_ref().map(|all| layout.part(all, index)))
            .collect();
        let gradient = layout.join(gradients);
        let norm = ops::sum_of_squares(gradient.clone()).sqrt();
        let [first, second] = old;
        // Of these, a direction needs only what all parameters share.
        let step = self.numbers(learning_rate, 0, "");
        let [direction, mut first, mut second] =
            ops::direction([gradient, first, second], self.clip(&norm), &step);
        for (&index, [old_first, old_second]) in lacking.iter().zip(kept) {
            first = layout.put(first, index, old_first);
            second = layout.put(second, index, old_second);
        }
        let module = parameters::change(module, |index, name, values| {
            if lacking.contains(&index) {
                return values;
            }
            let step = self.numbers(learning_rate, index, name);
            ops::moved(values, layout.part(&direction, index), &step)
        });
        self.moments = Moments::Joined(layout, Box::new([first, second]));
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

    /// What one parameter's update is made of.
    fn numbers(&self, learning_rate: f64, index: usize, name: &str) -> AdamStep {
        let OptimizerConfig { beta_1, beta_2, epsilon, bias_correction, .. } = self.config;
        let correction = |beta: f64| {
            if bias_correction { 1.0 / (1.0 - beta.powi(self.updates as i32)) } else { 1.0 }
        };
        let scale = self.scales.as_ref().map_or(1.0, |scales| scales[index]);
        AdamStep {
            learning_rate: learning_rate * scale,
            beta_1,
            beta_2,
            epsilon,
            weight_decay: if is_spared(name) { 0.0 } else { self.config.weight_decay },
            first_scale: correction(beta_1),
            second_scale: correction(beta_2),
        }
    }
}

#[cfg(all(test, feature = "cpu"))]
#[allow(clippy::disallowed_methods, reason = "tests wait for devices")]
mod tests {
    use super::*;
    use crate::config::PretrainConfig;
    use crate::electra::Electra;
    use burn::tensor::Device;

    /// A model of little more than one layer each; changes the configuration to it.
    fn small(config: &mut PretrainConfig) -> Electra {
        config.model.vocab_size = 20;
        config.model.discriminator.num_hidden_layers = 1;
        config.model.generator.num_hidden_layers = 1;
        Electra::new(&config.model, 1, &Device::flex())
    }

    #[test]
    fn joined_moments_take_the_same_steps() {
        let mut config = PretrainConfig::preset("tiny").expect("a preset");
        let mut each = small(&mut config);
        let mut joined = each.clone();
        let scale = |name: &str| if name.contains("query") { 0.5 } else { 1.0 };
        let mut one_by_one = Adam::new(&config.optimizer, &each).with_scales(&each, scale);
        let mut together = one_by_one.clone();
        together.moments = Moments::joined(one_by_one.moments());
        for step in 0..3 {
            // One parameter lacks its gradient in the second step, and keeps everything.
            let gradients = |model: &Electra| -> Vec<Option<Tensor<1>>> {
                let listed = parameters::list(model).into_iter().enumerate();
                let slope = |index: usize| ((index * 7 + step * 3) % 5) as f64 - 2.0;
                let gradient = |(index, it): (usize, parameters::Parameter)| {
                    (step != 1 || index != 4).then(|| it.values.ones_like() * slope(index))
                };
                listed.map(gradient).collect()
            };
            let (left, right) = (gradients(&each), gradients(&joined));
            each = one_by_one.step(each, left, 1e-2).0;
            joined = together.step(joined, right, 1e-2).0;
        }
        for (left, right) in parameters::list(&each).into_iter().zip(parameters::list(&joined)) {
            let [left_values, right_values] = [left, right.clone()]
                .map(|it| it.values.into_data().try_into_vec::<f32>().expect("floats"));
            for (a, b) in left_values.into_iter().zip(right_values) {
                assert!((a - b).abs() < 1e-6, "{}: {a}, {b}", right.name);
            }
        }
        let both = one_by_one.moments().into_iter().zip(together.moments());
        for (left, right) in both.flat_map(|(left, right)| left.into_iter().zip(right)) {
            let difference = (left - right).abs().max().into_scalar::<f32>();
            assert!(difference < 1e-6, "moments differ by {difference}");
        }
    }

    #[test]
    fn one_clip_covers_both_networks_together() {
        let mut config = PretrainConfig::preset("small").expect("a preset");
        let model = small(&mut config);
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
        for ((gradient, _), [moment, _]) in sizes.iter().zip(adam.moments()) {
            let expected = (1.0 - config.optimizer.beta_1) * gradient / norm;
            for value in moment.into_data().iter::<f32>() {
                assert!((f64::from(value) / expected - 1.0).abs() < 1e-4, "{value}, {expected}");
            }
        }
    }
}
