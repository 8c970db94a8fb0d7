//! Owns model, optimiser and the position in every random stream; offers one step at a time.

use super::layerwise;
use super::model::{FineTuned, Inputs};
use super::target::{ScoreRange, Targets, counted};
use crate::batch::{Batch, evenly};
use crate::config::{ElectraConfig, FineTuneConfig, OptimizerConfig, Reduction};
use crate::error::CheckpointError;
use crate::examples::Example;
use crate::features::{Feature, FeatureSettings};
use crate::optim::Adam;
use crate::order::Order;
use crate::parameters;
use crate::random::{NoiseKeys, Stream};
use crate::schedule::learning_rate;
use crate::tasks::TaskKind;
use crate::teams::Teams;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// What a fine-tuning is about, beside its rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// Every number of it.
    pub config: FineTuneConfig,
    /// The encoder's shape.
    pub model: ElectraConfig,
    /// What is answered.
    pub kind: TaskKind,
    /// Id of `[PAD]`.
    pub pad: u32,
    /// Optimiser steps; the schedule ends there.
    pub steps: usize,
    /// The scale of scores.
    pub range: ScoreRange,
}

impl Setup {
    /// A fine-tuning on these rows.
    pub fn new(
        config: FineTuneConfig,
        model: &ElectraConfig,
        kind: TaskKind,
        pad: u32,
        features: &[Feature],
    ) -> Self {
        let (model, steps) = (config.model(model), config.steps(features.len()));
        Self { model, kind, pad, steps, range: ScoreRange::of(features), config }
    }

    /// How texts become rows.
    pub fn feature_settings(config: &FineTuneConfig) -> FeatureSettings {
        FeatureSettings {
            max_seq_length: config.max_seq_length,
            max_query_length: config.window.max_query_length,
            stride: config.window.doc_stride,
            max_answer_length: config.window.max_answer_length,
            n_best: config.window.n_best,
        }
    }

    fn optimizer(&self) -> OptimizerConfig {
        self.config.optimizer(self.steps)
    }

    fn adam(&self, model: &FineTuned) -> Adam {
        let layers = self.model.discriminator.num_hidden_layers;
        let (decay, rule) = (self.config.layer_decay, self.config.layer_decay_rule);
        let scale = |path: &str| layerwise::scale(path, layers, decay, rule);
        Adam::new(&self.optimizer(), model).with_scales(model, scale)
    }
}

/// One line of the log: the mean since the line before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct TuneMetrics {
    /// Optimiser steps finished.
    pub step: usize,
    /// Mean loss of a text (of a word, for tags), whatever is minimised.
    pub loss: f64,
    /// Learning rate of the head at the last step.
    pub learning_rate: f64,
    /// Norm of all gradients together before clipping, at the last step.
    pub grad_norm: f64,
}

/// A fine-tuning in progress.
#[derive(Debug)]
pub struct FineTuner {
    pub(crate) setup: Setup,
    pub(crate) optimizer: Adam,
    pub(crate) step: usize,
    model: Option<FineTuned>,
    order: Option<Order>,
    device: Device,
    fixed_shapes: bool,
    /// Loss and gradient norm of each step since metrics were read: `[2]`.
    recent: Vec<Tensor<1>>,
    /// For the parts of each batch that are computed at the same time.
    teams: Teams,
}

impl FineTuner {
    /// A fine-tuning from its beginning.
    ///
    /// `model` holds pre-trained weights and lives on `device` with autodiff. With `fixed_shapes`,
    /// rows are padded to the longest there may be: right for a GPU, which compiles kernels by
    /// shape; wasteful on a CPU.
    pub fn new(setup: Setup, model: FineTuned, device: &Device, fixed_shapes: bool) -> Self {
        let optimizer = setup.adam(&model);
        Self {
            // A GPU computes a whole batch at once.
            teams: Teams::new(if fixed_shapes { 1 } else { setup.config.parts() }),
            setup,
            optimizer,
            step: 0,
            model: Some(model),
            order: None,
            device: device.clone().autodiff(),
            fixed_shapes,
            recent: Vec::new(),
        }
    }

    /// Steps finished.
    pub fn step_count(&self) -> usize {
        self.step
    }

    /// What it is about.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The model, with its parameters tracked.
    ///
    /// # Panics
    ///
    /// If a step panicked before and was caught.
    pub fn model(&self) -> &FineTuned {
        let Some(model) = &self.model else {
            unreachable!("the model is absent within a step only")
        };
        model
    }

    /// One optimiser step on the rows that are next in order.
    pub fn advance(&mut self, features: &[Feature]) {
        let batches = self.next_rows(features);
        let batches: Vec<Vec<&Feature>> = batches
            .into_iter()
            .map(|rows| rows.into_iter().map(|row| &features[row]).collect())
            .collect();
        self.train_on(&batches);
    }

    /// Rows of the micro-batches of the next step: a pure function of seed, step and rows.
    fn next_rows(&mut self, features: &[Feature]) -> Vec<Vec<usize>> {
        let config = &self.setup.config;
        let (size, seed, grouped) = (config.batch_size, config.seed, config.group_by_length);
        let count = config.accumulation as u64;
        let order =
            self.order.get_or_insert_with(|| Order::new(features.len(), size, seed, grouped));
        let first = self.step as u64 * count;
        let tokens = |row: usize| features[row].row.ids.len();
        (first..first + count).map(|number| order.batch(number, &tokens)).collect()
    }

    /// One optimiser step on given micro-batches, each in `data_parallel` parts that are computed at
    /// the same time and added up in their order.
    pub fn train_on(&mut self, batches: &[Vec<&Feature>]) {
        let losses: usize = batches.iter().map(|rows| counted(rows)).sum();
        let losses = losses.max(1) as f64;
        let denominator = match self.setup.config.loss {
            Reduction::Sum => 1.0,
            Reduction::Mean => losses,
        };
        let width = self.teams.count();
        let mut sum: Option<(Vec<Option<Tensor<1>>>, Tensor<1>)> = None;
        for (index, rows) in batches.iter().enumerate() {
            let parts: Vec<&[&Feature]> =
                evenly(rows.len(), width).map(|part| &rows[part]).collect();
            let first = (self.step * batches.len() + index) * width;
            let passes = self.teams.each(parts.len(), |part| {
                self.pass((first + part) as u64, parts[part], denominator, parts.len() > 1)
            });
            for (gradients, loss) in passes {
                sum = Some(match sum {
                    None => (gradients, loss),
                    Some((total, shown)) => (parameters::added(total, gradients), shown + loss),
                });
            }
        }
        if let Some((gradients, total)) = sum {
            self.update(gradients, total / losses);
        }
    }

    /// Gradients and summed loss of one part, of this number in the whole run.
    ///
    /// A part computed beside others has parameters of its own, as in pre-training.
    fn pass(
        &self,
        number: u64,
        rows: &[&Feature],
        denominator: f64,
        beside_others: bool,
    ) -> (Vec<Option<Tensor<1>>>, Tensor<1>) {
        let own = beside_others.then(|| parameters::separate(self.model()));
        let model = own.as_ref().unwrap_or(self.model());
        let loss = self.forward(model, number, rows);
        let shown = loss.clone().inner();
        (parameters::gradients(model, (loss / denominator).backward()), shown)
    }

    fn forward(&self, model: &FineTuned, number: u64, rows: &[&Feature]) -> Tensor<1> {
        let examples: Vec<Example> = rows.iter().map(|feature| feature.row.clone()).collect();
        let (limit, pad) = (self.setup.config.max_seq_length, self.setup.pad);
        let batch = if self.fixed_shapes {
            Batch::new(&examples, limit, pad)
        } else {
            Batch::trimmed(&examples, limit, pad)
        };
        let inputs = Inputs::new(&batch, &self.device);
        let targets = Targets::new(rows, &batch, self.setup.range, &self.device);
        let seed = self.setup.config.seed;
        let mut dropping = NoiseKeys::new(seed, Stream::FineTuneDropout, number);
        model.loss(&inputs, &targets, Some(&mut dropping))
    }

    fn update(&mut self, gradients: Vec<Option<Tensor<1>>>, loss: Tensor<1>) {
        let rate = learning_rate(&self.setup.optimizer(), self.step, self.setup.steps);
        if let Some(model) = self.model.take() {
            let (model, norm) = self.optimizer.step(model, gradients, rate);
            self.model = Some(model);
            self.recent.push(Tensor::cat(vec![loss, norm], 0));
        }
        self.step += 1;
    }

    /// Brings what happened since the last call to the host, in one transfer.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub async fn metrics(&mut self) -> Result<TuneMetrics, CheckpointError> {
        let recent = std::mem::take(&mut self.recent);
        let last = self.step.saturating_sub(1);
        let mut metrics = TuneMetrics {
            step: self.step,
            learning_rate: learning_rate(&self.setup.optimizer(), last, self.setup.steps),
            ..TuneMetrics::default()
        };
        if recent.is_empty() {
            return Ok(metrics);
        }
        let steps = recent.len();
        let values = parameters::read(vec![Tensor::cat(recent, 0)]).await?;
        let losses = values[0].iter().step_by(2).map(|&loss| f64::from(loss));
        metrics.loss = losses.sum::<f64>() / steps as f64;
        metrics.grad_norm = values[0].last().copied().map_or(0.0, f64::from);
        Ok(metrics)
    }
}
