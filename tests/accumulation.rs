//! Accumulated gradients are those of the large batch: trap 8 of the reference notes.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]

mod common;

use burn::tensor::{Bool, Device, Int, Tensor, TensorData, read_sync};
use common::{SPECIAL, batch, tiny, values, vocabulary};
use electra::batch::Batch;
use electra::config::PretrainConfig;
use electra::electra::{Denominators, Electra, Inputs, PlainSwaps};
use electra::mask::{Masked, mask};
use electra::parameters;
use electra::random::{NoiseKeys, Stream, host};
use electra::trainer::Trainer;
use std::ops::Range;

/// A batch, its masks, and the tokens that take the masked ones' place.
struct Part {
    batch: Batch,
    masked: Masked,
    swaps: Vec<i32>,
}

impl Part {
    fn whole(config: &PretrainConfig) -> Self {
        let batch = batch(6);
        let mut rng = host(9, Stream::Mask, 0);
        let masked = mask(&batch, &SPECIAL, &config.objective, 16, false, &mut rng);
        let swaps = masked.positions.iter().map(|at| 5 + at % 7).collect();
        Self { batch, masked, swaps }
    }

    fn rows(&self, rows: Range<usize>) -> Self {
        let (first, past) = (rows.start * self.batch.seq, rows.end * self.batch.seq);
        let inside =
            |slot: &usize| (first..past).contains(&(self.masked.positions[*slot] as usize));
        let slots: Vec<usize> = (0..self.masked.positions.len()).filter(inside).collect();
        let masked = &self.masked;
        Self {
            batch: self.batch.slice(rows),
            swaps: slots.iter().map(|&slot| self.swaps[slot]).collect(),
            masked: Masked {
                positions: slots
                    .iter()
                    .map(|&slot| masked.positions[slot] - first as i32)
                    .collect(),
                targets: slots.iter().map(|&slot| masked.targets[slot]).collect(),
                weights: slots.iter().map(|&slot| masked.weights[slot]).collect(),
                ids: masked.ids[first..past].to_vec(),
            },
        }
    }

    /// Both losses and every gradient, over `denominators`.
    fn pass(
        &self,
        model: &Electra,
        config: &PretrainConfig,
        denominators: Denominators,
        device: &Device,
    ) -> (Vec<f32>, Vec<Vec<f32>>) {
        let slots = self.swaps.len();
        let taken = vec![true; slots];
        let swaps = PlainSwaps {
            tokens: Tensor::<1, Int>::from_data(
                TensorData::new(self.swaps.clone(), [slots]),
                device,
            ),
            taken: Tensor::<1, Bool>::from_data(TensorData::new(taken, [slots]), device),
        };
        let key = NoiseKeys::new(1, Stream::Sample, 0).next_key();
        let inputs = Inputs::new(&self.batch, &self.masked, device);
        let objective = &config.objective;
        let losses = model.losses(&inputs, objective, denominators, key, Some(swaps), None);
        let grads = losses.total(objective).backward();
        let gradients = parameters::gradients(model, grads)
            .into_iter()
            .map(|gradient| values(gradient.expect("a gradient for every parameter")))
            .collect();
        ([losses.generator, losses.discriminator].map(|it| values(it)[0]).to_vec(), gradients)
    }
}

fn sum(left: &[f32], right: &[f32]) -> Vec<f32> {
    left.iter().zip(right).map(|(a, b)| a + b).collect()
}

fn assert_near(found: &[f32], expected: &[f32], scale: f32, what: &str) {
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= 1e-5 * scale, "{what}: {a} instead of {b}");
    }
}

#[test]
fn gradients_of_both_losses_add_up_over_unequal_micro_batches() {
    let device = Device::flex().autodiff();
    for preset in ["small", "nano"] {
        let config = tiny(preset);
        let model = Electra::new(&config.model, 3, &device);
        let whole = Part::whole(&config);
        let mut shared = Denominators::default();
        shared.add(&whole.batch, &whole.masked);
        let (losses, large) = whole.pass(&model, &config, shared, &device);
        let parts = [whole.rows(0..1), whole.rows(1..6)];
        assert!(parts[0].batch.tokens() * 4 < parts[1].batch.tokens(), "unequal parts");
        let [left, right] = parts.each_ref().map(|it| it.pass(&model, &config, shared, &device));
        assert_near(&sum(&left.0, &right.0), &losses, 1.0, "losses");
        let largest = large.iter().flatten().fold(0.0_f32, |most, it| most.max(it.abs()));
        for ((left, right), large) in left.1.iter().zip(&right.1).zip(&large) {
            assert_near(&sum(left, right), large, largest, preset);
        }
        // Each part over its own counts would be another sum.
        let own = parts.each_ref().map(|part| {
            let mut own = Denominators::default();
            own.add(&part.batch, &part.masked);
            part.pass(&model, &config, own, &device).0[1]
        });
        assert!((f32::midpoint(own[0], own[1]) - losses[1]).abs() > 1e-5, "{own:?}");
    }
}

/// The generator's loss over two steps on the same micro-batches, and the weights after them.
fn two_steps(config: &PretrainConfig, batches: &[Batch]) -> (f64, Vec<f32>) {
    let mut trainer = Trainer::new(config.clone(), vocabulary(), &Device::flex(), false);
    trainer.train_on(batches);
    trainer.train_on(batches);
    let loss = read_sync(trainer.metrics()).expect("metrics").generator_loss;
    let listed = parameters::list(trainer.model());
    (loss, listed.into_iter().flat_map(|parameter| values(parameter.values)).collect())
}

#[test]
fn accumulated_micro_batches_equal_one_large_batch() {
    // Without noise that depends on the batch: everything hidden, and no judging of samples.
    let mut config = tiny("nano");
    config.objective.mask_prob = 1.0;
    config.objective.mask_token_prob = 1.0;
    config.objective.discriminator_weight = 0.0;
    let whole = batch(6);
    let (loss, large) = two_steps(&config, std::slice::from_ref(&whole));
    let (summed, small) = two_steps(&config, &[whole.slice(0..1), whole.slice(1..6)]);
    assert!((loss - summed).abs() < 1e-5, "{loss} and {summed}");
    assert_near(&small, &large, 1.0, "weights");
}

#[test]
fn parts_computed_at_the_same_time_equal_micro_batches_one_after_the_other() {
    for preset in ["small", "nano"] {
        let mut config = tiny(preset);
        let whole = batch(7);
        let one_by_one = two_steps(&config, &whole.split(3));
        config.training.data_parallel = Some(3);
        let together = two_steps(&config, std::slice::from_ref(&whole));
        // To the last bit, dropout and samples included; and so again.
        assert!(one_by_one == together, "{preset}");
        assert!(together == two_steps(&config, std::slice::from_ref(&whole)), "{preset}, again");
        config.training.data_parallel = None;
        assert!(one_by_one != two_steps(&config, std::slice::from_ref(&whole)), "{preset}, whole");
    }
}

#[test]
fn metrics_speak_of_all_parts_of_the_last_batch() {
    let mut config = tiny("nano");
    let judged = |config: &PretrainConfig| {
        let mut trainer = Trainer::new(config.clone(), vocabulary(), &Device::flex(), false);
        trainer.train_on(&[batch(7)]);
        read_sync(trainer.metrics()).expect("metrics")
    };
    // Plain swaps only, of tokens all hidden: how many are replaced depends on chance alone.
    config.objective.mask_prob = 1.0;
    let whole = judged(&config);
    config.training.data_parallel = Some(7);
    let parts = judged(&config);
    assert_eq!(whole.tokens, parts.tokens);
    // Of the last row alone the rate would be another multiple.
    let share = parts.replaced_rate * parts.tokens as f64;
    assert!((share - share.round()).abs() < 1e-6, "{share} of {}", parts.tokens);
    let last = batch(7).lengths[6] as f64;
    let of_last = parts.replaced_rate * last;
    assert!((of_last - of_last.round()).abs() > 1e-6, "{of_last} of {last}");
}
