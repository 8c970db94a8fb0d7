//! Owns weights, optimiser and the position in every random stream; offers one step at a time.
//!
//! A front-end pulls steps: to pause, stop calling; to cancel, drop. Losses stay on the device
//! until [`Trainer::metrics`] is awaited.

mod metrics;
mod plan;
mod step;

use crate::batch::Batch;
use crate::config::PretrainConfig;
use crate::corrupt::Plain;
use crate::electra::Electra;
use crate::error::ConfigError;
use crate::examples::{Example, Examples};
use crate::optim::Adam;
use crate::order::Order;
use crate::teams::Teams;
use crate::tokenizer::SpecialTokens;
use burn::tensor::Device;
use metrics::Recent;

/// What a trainer needs to know about the text, beside its configuration.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    /// Ids of the special tokens.
    pub special: SpecialTokens,
    /// How often each id occurs in the training text.
    pub counts: Vec<u64>,
}

impl Vocabulary {
    /// Special tokens, which no plain swap may be.
    pub fn excluded(&self) -> [u32; 5] {
        let SpecialTokens { pad, unk, cls, sep, mask } = self.special;
        [pad, unk, cls, sep, mask]
    }

    /// Replacements as often as tokens in the text.
    pub fn unigram(&self) -> Plain {
        Plain::unigram(&self.counts, &self.excluded())
    }

    /// Replacements that are all equally likely.
    pub fn uniform(&self) -> Plain {
        Plain::uniform(self.counts.len(), &self.excluded())
    }
}

/// A run in progress.
#[derive(Debug)]
pub struct Trainer {
    pub(crate) config: PretrainConfig,
    pub(crate) model: Option<Electra>,
    pub(crate) optimizer: Adam,
    pub(crate) step: usize,
    pub(crate) tokens: u64,
    /// Whether the number of steps is a mere guess until the clock plans it.
    pub(crate) is_guess: bool,
    vocabulary: Vocabulary,
    plain: Plain,
    order: Option<Order>,
    device: Device,
    /// Whether every batch has the same shape, so that kernels are compiled once.
    fixed_shapes: bool,
    recent: Recent,
    /// For the parts of each batch that are computed at the same time.
    teams: Teams,
}

impl Trainer {
    /// A run from its beginning, with fresh weights.
    ///
    /// `device` is where everything is computed, without autodiff. With `fixed_shapes`, batches are
    /// padded to the longest row there may be: right for a GPU, which compiles kernels by shape;
    /// wasteful on a CPU.
    pub fn new(
        config: PretrainConfig,
        vocabulary: Vocabulary,
        device: &Device,
        fixed_shapes: bool,
    ) -> Self {
        let device = device.clone().autodiff();
        let model = Electra::new(&config.model, config.seed, &device);
        let optimizer = Adam::new(&config.optimizer, &model);
        Self::with_state(config, vocabulary, &device, fixed_shapes, (model, optimizer))
    }

    pub(crate) fn with_state(
        config: PretrainConfig,
        vocabulary: Vocabulary,
        device: &Device,
        fixed_shapes: bool,
        (model, optimizer): (Electra, Adam),
    ) -> Self {
        Self {
            plain: vocabulary.unigram(),
            teams: teams(&config, fixed_shapes),
            is_guess: config.training.minutes.is_some(),
            config,
            model: Some(model),
            optimizer,
            step: 0,
            tokens: 0,
            vocabulary,
            order: None,
            device: device.clone(),
            fixed_shapes,
            recent: Recent::default(),
        }
    }

    /// Steps finished.
    pub fn step_count(&self) -> usize {
        self.step
    }

    /// The configuration of this run.
    pub fn config(&self) -> &PretrainConfig {
        &self.config
    }

    /// Splits micro-batches into another number of parts from the next step on: what suited the
    /// device that a run was begun on may not suit the one that it goes on with. Bit for bit it is
    /// another run then.
    pub fn set_parts(&mut self, parts: usize) {
        self.config.training.data_parallel = Some(parts.max(1));
        self.teams = teams(&self.config, self.fixed_shapes);
    }

    /// The networks, with their parameters tracked.
    ///
    /// # Panics
    ///
    /// If a step panicked before and was caught.
    pub fn model(&self) -> &Electra {
        let Some(model) = &self.model else {
            unreachable!("the model is absent within a step only")
        };
        model
    }

    /// One optimiser step on the examples that are next in order.
    ///
    /// # Errors
    ///
    /// [`ConfigError::ScheduleOver`] when all planned steps are done: the learning rate is 0 then.
    pub fn advance(&mut self, examples: &impl Examples) -> Result<(), ConfigError> {
        let steps = self.config.training.steps;
        if self.step >= steps {
            return Err(ConfigError::ScheduleOver { steps });
        }
        let batches = self.next_batches(examples);
        self.train_on(&batches);
        Ok(())
    }

    /// The micro-batches of the next step: a pure function of seed, step and examples.
    pub fn next_batches(&mut self, examples: &impl Examples) -> Vec<Batch> {
        let training = &self.config.training;
        let (size, count) = (training.batch_size, training.accumulation);
        let (seed, grouped) = (self.config.seed, training.group_by_length);
        let order =
            self.order.get_or_insert_with(|| Order::new(examples.len(), size, seed, grouped));
        let first = (self.step * count) as u64;
        let drawn: Vec<Vec<Example>> = (first..first + count as u64)
            .map(|number| {
                let indexes = order.batch(number, &|index| examples.tokens(index));
                indexes.into_iter().map(|index| examples.get(index)).collect()
            })
            .collect();
        drawn.iter().map(|rows| self.pad(rows)).collect()
    }

    fn pad(&self, rows: &[Example]) -> Batch {
        let (limit, pad) = (self.config.training.max_seq_length, self.vocabulary.special.pad);
        if self.fixed_shapes {
            Batch::new(rows, limit, pad)
        } else {
            Batch::trimmed(rows, limit, pad)
        }
    }
}

/// Teams for the parts of a micro-batch.
fn teams(config: &PretrainConfig, fixed_shapes: bool) -> Teams {
    // A GPU computes a whole batch at once.
    Teams::new(if fixed_shapes { 1 } else { config.training.parts() })
}
