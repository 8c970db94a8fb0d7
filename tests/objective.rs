//! What is learned: samples, labels, losses, and who gets which gradient. Traps 5 to 10, 18 to 21,
//! 32 and 41 of the reference notes.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]

mod common;

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};
use common::{SPECIAL, VOCAB, batch, gradients, ints, norm, tiny, values};
use electra::batch::Batch;
use electra::config::{Initializer, PretrainConfig};
use electra::corrupt::{Slots, corrupt};
use electra::electra::{Denominators, Electra, Inputs, Losses, PlainSwaps};
use electra::examples::Example;
use electra::mask::{Masked, mask};
use electra::ops;
use electra::parameters;
use electra::random::{NoiseKeys, Stream, host};
use std::collections::BTreeMap;

fn key(index: u64) -> electra::random::NoiseKey {
    NoiseKeys::new(1, Stream::Sample, index).next_key()
}

struct Setting {
    config: PretrainConfig,
    model: Electra,
    device: Device,
}

fn setting(preset: &str) -> Setting {
    with(tiny(preset))
}

fn with(config: PretrainConfig) -> Setting {
    let device = Device::flex().autodiff();
    let model = Electra::new(&config.model, 3, &device);
    Setting { config, model, device }
}

impl Setting {
    fn masked(&self, batch: &Batch) -> Masked {
        let mut rng = host(9, Stream::Mask, 0);
        mask(batch, &SPECIAL, &self.config.objective, 16, false, &mut rng)
    }

    /// The same token for every masked position, so that nothing is drawn.
    fn all_seven(&self, batch: &Batch) -> Vec<i32> {
        vec![7; self.masked(batch).positions.len()]
    }

    fn losses(&self, batch: &Batch, swaps: Option<Vec<i32>>) -> Losses {
        let masked = self.masked(batch);
        let mut denominators = Denominators::default();
        denominators.add(batch, &masked);
        let slots = masked.positions.len();
        let plain = swaps.map(|tokens| PlainSwaps {
            tokens: Tensor::<1, Int>::from_data(TensorData::new(tokens, [slots]), &self.device),
            taken: Tensor::<1, Bool>::from_data(
                TensorData::new(vec![true; slots], [slots]),
                &self.device,
            ),
        });
        let inputs = Inputs::new(batch, &masked, &self.device);
        let objective = &self.config.objective;
        self.model.losses(&inputs, objective, denominators, key(0), plain, None)
    }
}

fn replaced(losses: &Losses) -> Vec<bool> {
    losses.corrupted.replaced.clone().into_data().iter::<bool>().collect()
}

#[test]
fn a_lucky_sample_counts_as_original() {
    let setting = setting("small");
    let batch = batch(4);
    let masked = setting.masked(&batch);
    let right = setting.losses(&batch, Some(masked.targets.clone()));
    assert!(replaced(&right).iter().all(|&replaced| !replaced));
    let wrong = masked.targets.iter().map(|&id| if id == 5 { 6 } else { 5 }).collect();
    let marks = replaced(&setting.losses(&batch, Some(wrong)));
    for (slot, mark) in marks.iter().enumerate() {
        assert_eq!(*mark, masked.positions.contains(&(slot as i32)));
    }
}

#[test]
fn unmasked_tokens_never_change_and_the_discriminator_never_sees_the_mask() {
    let setting = setting("small");
    let batch = batch(4);
    let masked = setting.masked(&batch);
    let losses = setting.losses(&batch, Some(setting.all_seven(&batch)));
    for (slot, &id) in ints(losses.corrupted.ids).iter().enumerate() {
        let selected = masked.positions.contains(&(slot as i32));
        assert_eq!(id, if selected { 7 } else { batch.ids[slot] });
    }
}

#[test]
fn positions_drawn_twice_get_the_mean_of_their_samples() {
    let device = Device::flex();
    let example = Example { ids: vec![2, 10, 11, 12, 3], first_segment: 5 };
    let batch = Batch::new(&[example], 5, SPECIAL.pad);
    let masked = Masked {
        positions: vec![1, 2, 2, 0],
        targets: vec![10, 11, 11, 0],
        weights: vec![1.0, 1.0, 1.0, 0.0],
        ids: batch.ids.clone(),
    };
    let sampled = Tensor::<1, Int>::from_ints([20, 30, 35, 50], &device);
    let original = batch.upload(batch.ids.clone(), &device);
    let corrupted = corrupt(original, &Slots::new(&batch, &masked, &device), sampled);
    assert_eq!(ints(corrupted.ids), [2, 20, 32, 12, 3]);
}

#[test]
fn a_million_samples_follow_the_softmax_of_logits_over_temperature() {
    let device = Device::flex();
    let shares = [0.3_f64, 0.25, 0.2, 0.1, 0.08, 0.05, 0.015, 0.005];
    let rows = 1_000_000;
    for temperature in [1.0, 0.5] {
        let logits: Vec<f32> = shares.iter().map(|p| p.ln() as f32).collect();
        let logits = Tensor::<2>::from_data(TensorData::new(logits, [1, shares.len()]), &device)
            .expand([rows, shares.len()]);
        let mut seen = [0.0_f64; 8];
        for id in ints(ops::gumbel_argmax(logits, temperature, key(4))) {
            seen[id as usize] += 1.0;
        }
        let sharpened = shares.map(|p| p.powf(1.0 / temperature));
        let total: f64 = sharpened.iter().sum();
        let chi_square: f64 = seen
            .iter()
            .zip(sharpened)
            .map(|(seen, weight)| {
                let expected = rows as f64 * weight / total;
                (seen - expected).powi(2) / expected
            })
            .sum();
        // Seven degrees of freedom: above 24.3 once in a thousand times.
        assert!(chi_square < 24.3, "{chi_square} at temperature {temperature}");
    }
}

#[test]
fn another_step_draws_other_samples_and_the_same_step_the_same() {
    let device = Device::flex();
    let draw = |step| ints(ops::gumbel_argmax(Tensor::zeros([50, VOCAB], &device), 1.0, key(step)));
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
}

#[test]
fn the_generator_gets_no_gradient_through_the_sample() {
    let setting = setting("small");
    let losses = setting.losses(&batch(4), None);
    for (name, gradient) in gradients(&setting.model, losses.discriminator.backward()) {
        if name.starts_with("generator.") {
            assert!(gradient.iter().all(|&it| it == 0.0), "{name}");
        } else if name == "embeddings.word" {
            assert!(norm(gradient) > 0.0);
        }
    }
}

#[test]
fn weights_scale_the_two_losses() {
    let setting = setting("small");
    let losses = setting.losses(&batch(4), None);
    let total = values(losses.total(&setting.config.objective))[0];
    let parts = values(losses.generator)[0] + 50.0 * values(losses.discriminator)[0];
    assert!((total - parts).abs() < 1e-4);
}

#[test]
fn loss_starts_at_log_vocab() {
    let device = Device::flex().autodiff();
    let mut config = PretrainConfig::preset("small").expect("a preset");
    config.model.discriminator.num_hidden_layers = 2;
    config.model.generator.num_hidden_layers = 2;
    let model = Electra::new(&config.model, 1, &device);
    let batch = batch(4);
    let setting = Setting { config, model, device };
    let total = values(setting.losses(&batch, None).total(&setting.config.objective))[0];
    // ln 30522 + 50 ln 2 = 44.98
    assert!((44.0..48.0).contains(&total), "{total}");
}

/// Both losses and all gradients of rows padded to `seq`.
fn padded(setting: &Setting, seq: usize) -> ([f32; 2], BTreeMap<String, Vec<f32>>) {
    let examples: Vec<Example> = batch(3)
        .ids
        .chunks(16)
        .map(|row| Example {
            ids: row[..8].iter().map(|&id| id as u32).collect(),
            first_segment: 8,
        })
        .collect();
    let batch = Batch::new(&examples, seq, SPECIAL.pad);
    let losses = setting.losses(&batch, Some(setting.all_seven(&batch)));
    let both = [&losses.generator, &losses.discriminator].map(|loss| values(loss.clone())[0]);
    (both, gradients(&setting.model, losses.total(&setting.config.objective).backward()))
}

#[test]
fn padding_cannot_be_seen() {
    for preset in ["small", "nano"] {
        let mut config = tiny(preset);
        config.model.max_position_embeddings = 72;
        let setting = with(config);
        let ((losses, short), (padded_losses, long)) = (padded(&setting, 8), padded(&setting, 72));
        for (left, right) in losses.into_iter().zip(padded_losses) {
            assert!((left - right).abs() < 1e-6, "{left} and {right}");
        }
        let all = norm(short.values().flatten().copied());
        for (name, left) in &short {
            let difference = norm(left.iter().zip(&long[name]).map(|(a, b)| a - b));
            let allowed = 1e-5 * norm(left.iter().copied()) + 1e-7 * all;
            assert!(difference < allowed, "{preset}, {name}: {difference:e} of {allowed:e}");
        }
    }
}

impl Setting {
    /// The same, with `step` added to one parameter.
    fn moved(&self, moved: &str, step: &[f32]) -> Self {
        let model = parameters::change(self.model.clone(), |_, name, values| {
            if name != moved {
                return values;
            }
            let step = TensorData::new(step.to_vec(), [step.len()]);
            let step = Tensor::from_data(step, &values.device());
            values + step
        });
        Self { config: self.config.clone(), model, device: self.device.clone() }
    }

    /// The objective with nothing drawn; summed in 64 bits, since differences of it are wanted.
    fn objective(&self, batch: &Batch) -> f64 {
        let losses = self.losses(batch, Some(self.all_seven(batch)));
        let [generator, discriminator] =
            [losses.generator, losses.discriminator].map(|loss| f64::from(values(loss)[0]));
        let weights = &self.config.objective;
        weights.generator_weight * generator + weights.discriminator_weight * discriminator
    }
}

#[test]
fn finite_differences_agree_with_every_gradient() {
    const WAY: f64 = 0.02;
    for preset in ["small", "nano"] {
        let mut config = tiny(preset);
        // Else most gradients would drown in the rounding of the loss.
        config.model.initializer = Initializer::FanIn;
        config.objective.generator_weight = 50.0;
        let (setting, batch) = (with(config), batch(4));
        let losses = setting.losses(&batch, Some(setting.all_seven(&batch)));
        let total = losses.total(&setting.config.objective);
        for (name, gradient) in gradients(&setting.model, total.backward()) {
            // One vector more for all keys changes no attention where positions are learned.
            if name.ends_with("key.bias") {
                continue;
            }
            let slope = norm(gradient.iter().copied());
            let at = |way: f64| {
                let step = gradient.iter().map(|it| (f64::from(*it) * way / slope) as f32);
                setting.moved(&name, &step.collect::<Vec<f32>>()).objective(&batch)
            };
            let central = |way: f64| (at(way) - at(-way)) / (2.0 * way);
            // Richardson's extrapolation: the error falls with the fourth power of the way.
            let found = (4.0 * central(WAY / 2.0) - central(WAY)) / 3.0;
            let error = (found - slope).abs() / slope;
            assert!(error < 0.01, "{preset}, {name}: {found} where {slope} was computed");
        }
    }
}

#[test]
fn a_batch_without_masked_tokens_has_a_finite_loss() {
    let setting = setting("small");
    let example = Example { ids: vec![SPECIAL.cls, SPECIAL.sep], first_segment: 2 };
    let losses = setting.losses(&Batch::new(&[example], 8, SPECIAL.pad), None);
    assert_eq!(values(losses.generator)[0], 0.0);
    assert!(values(losses.discriminator)[0].is_finite());
}
