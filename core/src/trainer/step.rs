//! One optimiser step: masks, passes over all parts of the batch, and the update.

use super::Trainer;
use super::metrics::Judged;
use crate::batch::Batch;
use crate::electra::{Denominators, Electra, Inputs, Losses, PlainSwaps};
use crate::mask::{Masked, mask};
use crate::parameters;
use crate::random::{NoiseKeys, Stream, host};
use burn::tensor::{Tensor, TensorData};
use rand::RngExt;

/// What a pass over a part of a batch leaves.
struct Pass {
    gradients: Vec<Option<Tensor<1>>>,
    /// Generator's and discriminator's loss: `[2]`
    losses: Tensor<1>,
    judged: Judged,
}

impl Trainer {
    /// One optimiser step on given micro-batches.
    ///
    /// Their losses are sums over the counts of all of them, so that accumulating equals one large
    /// batch. Each is split into `training.data_parallel` parts, which are computed at the same
    /// time and added up in their order.
    pub fn train_on(&mut self, batches: &[Batch]) {
        let width = self.teams.count();
        let parts: Vec<Vec<Batch>> = batches.iter().map(|batch| batch.split(width)).collect();
        let masked: Vec<Vec<Masked>> = self.mask(&parts);
        let mut denominators = Denominators::default();
        for (part, masked) in parts.iter().flatten().zip(masked.iter().flatten()) {
            denominators.add(part, masked);
            self.tokens += part.tokens() as u64;
        }
        let mut sum: Option<(Vec<Option<Tensor<1>>>, Tensor<1>)> = None;
        for (index, (parts, masked)) in parts.iter().zip(&masked).enumerate() {
            let first = (self.step * batches.len() + index) * width;
            let passes = self.teams.each(parts.len(), |part| {
                let work = (&parts[part], &masked[part], denominators);
                self.pass((first + part) as u64, work, parts.len() > 1)
            });
            self.recent.judged.clear();
            for Pass { gradients, losses, judged } in passes {
                self.recent.judged.push(judged);
                sum = Some(match sum {
                    None => (gradients, losses),
                    Some((total, both)) => (parameters::added(total, gradients), both + losses),
                });
            }
        }
        if let Some((gradients, losses)) = sum {
            self.update(gradients, losses);
        }
    }

    /// Losses and gradients of one part, of this number in the whole run.
    ///
    /// A part computed beside others has parameters of its own.
    fn pass(
        &self,
        number: u64,
        (batch, masked, denominators): (&Batch, &Masked, Denominators),
        beside_others: bool,
    ) -> Pass {
        let own = beside_others.then(|| parameters::separate(self.model()));
        let model = own.as_ref().unwrap_or(self.model());
        let out = self.forward(model, number, batch, masked, denominators);
        let gradients = out.total(&self.config.objective).backward();
        Pass {
            gradients: parameters::gradients(model, gradients),
            losses: Tensor::cat(vec![out.generator.inner(), out.discriminator.inner()], 0),
            judged: Judged {
                logits: out.logits.inner(),
                replaced: out.corrupted.replaced,
                real: batch.real(),
            },
        }
    }

    fn mask(&self, parts: &[Vec<Batch>]) -> Vec<Vec<Masked>> {
        let mut rng = host(self.config.seed, Stream::Mask, self.step as u64);
        let (objective, seq) = (&self.config.objective, self.config.training.max_seq_length);
        let (special, fixed) = (&self.vocabulary.special, self.fixed_shapes);
        let mut one = |part: &Batch| mask(part, special, objective, seq, fixed, &mut rng);
        parts.iter().map(|batch| batch.iter().map(&mut one).collect()).collect()
    }

    fn forward(
        &self,
        model: &Electra,
        number: u64,
        batch: &Batch,
        masked: &Masked,
        denominators: Denominators,
    ) -> Losses {
        let seed = self.config.seed;
        let mut dropping = NoiseKeys::new(seed, Stream::Dropout, number);
        let sampling = NoiseKeys::new(seed, Stream::Sample, number).next_key();
        let inputs = Inputs::new(batch, masked, &self.device);
        model.losses(
            &inputs,
            &self.config.objective,
            denominators,
            sampling,
            self.plain_swaps(number, masked.positions.len()),
            Some(&mut dropping),
        )
    }

    /// Swaps of the curriculum, where it asks for any.
    fn plain_swaps(&self, number: u64, slots: usize) -> Option<PlainSwaps> {
        let share = self.plain_share();
        if share == 0.0 {
            return None;
        }
        let mut rng = host(self.config.seed, Stream::Plain, number);
        let tokens: Vec<i32> = (0..slots).map(|_| self.plain.draw(&mut rng)).collect();
        let taken: Vec<bool> = (0..slots).map(|_| rng.random_bool(share)).collect();
        Some(PlainSwaps {
            tokens: Tensor::from_data(TensorData::new(tokens, [slots]), &self.device),
            taken: Tensor::from_data(TensorData::new(taken, [slots]), &self.device),
        })
    }

    fn update(&mut self, gradients: Vec<Option<Tensor<1>>>, losses: Tensor<1>) {
        let rate = self.learning_rate();
        if let Some(model) = self.model.take() {
            let (model, norm) = self.optimizer.step(model, gradients, rate);
            self.model = Some(model);
            self.recent.losses.push(Tensor::cat(vec![losses, norm], 0));
        }
        self.recent.learning_rate = rate;
        self.step += 1;
    }
}
