//! Held-out metrics, without dropout: the generator's guesses, the discriminator on its samples,
//! and the same discriminator on fixed corruptions, in which no generator has a part.
//!
//! Two models are judged on the same fixed corruptions if they read the same rows in the same
//! batches: one text, one vocabulary, one row length. For unigram swaps the counts must be the same
//! too, which are those of the training text during a run. Whatever else differs, seed, networks or
//! how a run masks, changes no swap; with another vocabulary or row length, metrics only resemble
//! each other.

use crate::batch::Batch;
use crate::config::ObjectiveConfig;
use crate::corrupt::{Corrupted, Plain, corrupt};
use crate::electra::{Electra, Inputs};
use crate::error::CheckpointError;
use crate::mask::{Masked, mask};
use crate::metrics::{Detection, Evaluation};
use crate::ops;
use crate::parameters;
use crate::random::{NoiseKeys, Stream, host};
use crate::trainer::Vocabulary;
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

/// Rows, masks and samples of every evaluation come from this seed, whatever the run's: two runs
/// that read one text alike are judged on the same rows and positions.
pub const EVALUATION_SEED: u64 = 0;

/// Share of tokens that the fixed corruptions swap, whatever share the run masks.
const FIXED_SHARE: f64 = 0.15;
/// Decides no swap, but which random numbers are drawn, and so where those of the next row lie.
const FIXED_MASK_TOKEN_PROB: f64 = 0.85;

/// Adds up the metrics of one model, batch by batch; a front-end pulls and may pause in between.
#[derive(Debug)]
pub struct Evaluator {
    model: Electra,
    objective: ObjectiveConfig,
    vocabulary: Vocabulary,
    unigram: Plain,
    uniform: Plain,
    max_seq_length: usize,
    fixed_shapes: bool,
    device: Device,
    batches: u64,
    rows: usize,
    guesses: Guesses,
    on_samples: Judged,
    on_unigram: Judged,
    on_uniform: Judged,
}

/// Sums over masked positions.
#[derive(Debug, Default)]
struct Guesses {
    loss: f64,
    right: usize,
    sampled_right: usize,
    count: usize,
}

/// Logits and labels of real tokens.
#[derive(Debug, Default)]
struct Judged {
    logits: Vec<f32>,
    replaced: Vec<bool>,
}

impl Judged {
    fn add(&mut self, logits: &[f32], replaced: &[f32], real: &[bool]) {
        for (slot, _) in real.iter().enumerate().filter(|&(_, &real)| real) {
            self.logits.push(logits[slot]);
            self.replaced.push(replaced[slot] > 0.5);
        }
    }

    fn detection(&self) -> Detection {
        Detection::new(&self.logits, &self.replaced)
    }
}

impl Evaluator {
    /// An evaluation of `model` as it is now; `device` is the model's.
    ///
    /// With `fixed_shapes`, every row gets the slots of the longest, as in [`Trainer::new`].
    ///
    /// [`Trainer::new`]: crate::trainer::Trainer::new
    pub fn new(
        model: &Electra,
        objective: &ObjectiveConfig,
        vocabulary: &Vocabulary,
        max_seq_length: usize,
        fixed_shapes: bool,
        device: &Device,
    ) -> Self {
        Self {
            model: model.valid(),
            objective: objective.clone(),
            unigram: vocabulary.unigram(),
            uniform: vocabulary.uniform(),
            vocabulary: vocabulary.clone(),
            max_seq_length,
            fixed_shapes,
            device: device.clone().inner(),
            batches: 0,
            rows: 0,
            guesses: Guesses::default(),
            on_samples: Judged::default(),
            on_unigram: Judged::default(),
            on_uniform: Judged::default(),
        }
    }

    /// Adds one batch.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub async fn add(&mut self, batch: &Batch) -> Result<(), CheckpointError> {
        let masked = self.mask(batch, &self.objective);
        let inputs = Inputs::new(batch, &masked, &self.device);
        let scores = self.scores(&inputs);
        let key = NoiseKeys::new(EVALUATION_SEED, Stream::Sample, self.batches).next_key();
        let sampled = ops::gumbel_argmax(scores.clone(), self.objective.temperature, key);
        let first_choice = scores.clone().argmax(1).reshape([masked.positions.len()]);
        let hits = |ids: Tensor<1, _>| ids.equal(inputs.targets.clone()).float();
        let mut wanted = vec![
            ops::cross_entropy(scores, inputs.targets.clone(), inputs.weights.clone()),
            hits(first_choice) * inputs.weights.clone(),
            hits(sampled.clone()) * inputs.weights.clone(),
        ];
        let corrupted = corrupt(inputs.original.clone(), &inputs.slots, sampled);
        wanted.extend(self.judge(&corrupted, &inputs));
        wanted.extend(self.judge_fixed(batch));
        let values = parameters::read(wanted).await?;
        self.count(&values, &batch.real(), masked.selected());
        self.batches += 1;
        self.rows += batch.rows;
        Ok(())
    }

    fn mask(&self, batch: &Batch, objective: &ObjectiveConfig) -> Masked {
        let mut rng = host(EVALUATION_SEED, Stream::Mask, self.batches);
        let (special, seq) = (&self.vocabulary.special, self.max_seq_length);
        mask(batch, special, objective, seq, self.fixed_shapes, &mut rng)
    }

    /// Flattened logits and labels of the unigram and of the uniform corruption: the same swaps for
    /// every model that is given the same batches, so that models compare.
    fn judge_fixed(&self, batch: &Batch) -> Vec<Tensor<1>> {
        let objective = ObjectiveConfig {
            mask_prob: FIXED_SHARE,
            mask_token_prob: FIXED_MASK_TOKEN_PROB,
            mask_with_replacement: false,
            ..self.objective.clone()
        };
        let masked = self.mask(batch, &objective);
        let inputs = Inputs::new(batch, &masked, &self.device);
        let mut rng = host(EVALUATION_SEED, Stream::Plain, self.batches);
        let mut judged = Vec::with_capacity(4);
        for source in [&self.unigram, &self.uniform] {
            // Empty slots draw nothing, so that fixed shapes change no swap.
            let draw = |&weight: &f32| if weight > 0.0 { source.draw(&mut rng) } else { 0 };
            let tokens: Vec<i32> = masked.weights.iter().map(draw).collect();
            let count = tokens.len();
            let tokens = Tensor::from_data(TensorData::new(tokens, [count]), &self.device);
            let corrupted = corrupt(inputs.original.clone(), &inputs.slots, tokens);
            judged.extend(self.judge(&corrupted, &inputs));
        }
        judged
    }

    fn scores(&self, inputs: &Inputs) -> Tensor<2> {
        let segments = inputs.segments.clone();
        let hidden =
            self.model.generator_hidden(inputs.masked.clone(), segments, &inputs.real, &mut None);
        self.model.generator_scores(hidden, inputs.slots.positions.clone())
    }

    /// Flattened logits and labels.
    fn judge(&self, corrupted: &Corrupted, inputs: &Inputs) -> [Tensor<1>; 2] {
        let logits = self.model.judge(corrupted, inputs, &mut None);
        let size = logits.shape().num_elements();
        [logits.reshape([size]), corrupted.replaced.clone().float().reshape([size])]
    }

    fn count(&mut self, values: &[Vec<f32>], real: &[bool], selected: usize) {
        let total = |values: &[f32]| values.iter().sum::<f32>() as usize;
        self.guesses.loss += f64::from(values[0][0]);
        self.guesses.right += total(&values[1]);
        self.guesses.sampled_right += total(&values[2]);
        self.guesses.count += selected;
        let judged = [&mut self.on_samples, &mut self.on_unigram, &mut self.on_uniform];
        for (judged, pair) in judged.into_iter().zip(values[3..].chunks(2)) {
            judged.add(&pair[0], &pair[1], real);
        }
    }

    /// The metrics of everything added so far.
    pub fn finish(&self) -> Evaluation {
        let detection = self.on_samples.detection();
        let (unigram, uniform) = (self.on_unigram.detection(), self.on_uniform.detection());
        let masked = self.guesses.count.max(1) as f64;
        Evaluation {
            masked_lm_loss: self.guesses.loss / masked,
            masked_lm_accuracy: self.guesses.right as f64 / masked,
            sampled_masked_lm_accuracy: self.guesses.sampled_right as f64 / masked,
            disc_loss: detection.loss,
            disc_accuracy: detection.accuracy,
            disc_precision: detection.precision,
            disc_recall: detection.recall,
            disc_f1: detection.f1,
            disc_auc: detection.auc,
            replaced_rate: detection.replaced_rate,
            baseline_accuracy: detection.baseline_accuracy,
            unigram_disc_auc: unigram.auc,
            unigram_disc_recall: unigram.recall,
            uniform_disc_auc: uniform.auc,
            uniform_disc_recall: uniform.recall,
            rows: self.rows,
            tokens: detection.tokens,
        }
    }
}
