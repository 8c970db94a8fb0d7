//! The model against Hugging Face's in PyTorch: hidden states, logits, losses, every gradient and
//! parameters after optimiser steps, for both ways that embeddings reach the encoder.

use burn::module::AutodiffModule;
use burn::tensor::{Bool, Device, Int, Tensor, TensorData, read_sync};
use electra::batch::Batch;
use electra::config::{ElectraConfig, PretrainConfig};
use electra::electra::{Denominators, Electra, Inputs, PlainSwaps};
use electra::hugging_face::{Network, to_hugging_face};
use electra::mask::Masked;
use electra::models::{self, Folder};
use electra::optim::Adam;
use electra::parameters;
use electra::random::{NoiseKeys, Stream};
use electra::weights::{self, HostTensor, HostTensors};
use safetensors::SafeTensors;
use std::path::{Path, PathBuf};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden").join(name)
}

struct Fixture {
    config: ElectraConfig,
    model: Electra,
    batch: Batch,
    masked: Masked,
    sampled: Vec<i32>,
    numbers: HostTensors,
}

impl Fixture {
    fn read(name: &str, device: &Device) -> Self {
        let folder = golden(name);
        let file = |name: &str| std::fs::read(folder.join(name)).expect("a fixture");
        let both: serde_json::Value =
            serde_json::from_slice(&file("config.json")).expect("configurations");
        let part = |network: &str, weights: &str| Folder {
            config: both[network].to_string(),
            weights: file(weights),
        };
        let (config, model) = models::electra(
            &part("discriminator", "discriminator.safetensors"),
            &part("generator", "generator.safetensors"),
            device,
        )
        .expect("both networks");
        let bytes = file("golden.safetensors");
        let tensors = SafeTensors::deserialize(&bytes).expect("golden numbers");
        let ints = |name: &str| integers(&tensors, name);
        let shape = tensors.tensor("input_ids").expect("input ids").shape().to_vec();
        let batch = Batch {
            rows: shape[0],
            seq: shape[1],
            ids: ints("input_ids"),
            segments: ints("token_type_ids"),
            lengths: ints("attention_mask")
                .chunks(shape[1])
                .map(|row| row.iter().sum::<i32>() as usize)
                .collect(),
        };
        let numbers = floats(&tensors);
        let slots = tensors.tensor("masked_positions").expect("positions").shape()[1];
        let positions: Vec<i32> = ints("masked_positions")
            .into_iter()
            .enumerate()
            .map(|(slot, position)| (slot / slots * batch.seq) as i32 + position)
            .collect();
        let masked = Masked {
            targets: positions.iter().map(|&at| batch.ids[at as usize]).collect(),
            positions,
            weights: numbers["masked_weights"].values.clone(),
            ids: ints("masked_input_ids"),
        };
        Self { config, model, batch, masked, sampled: ints("sampled_ids"), numbers }
    }

    fn expected(&self, name: &str) -> &[f32] {
        &self.numbers[name].values
    }

    fn inputs(&self, device: &Device) -> Inputs {
        Inputs::new(&self.batch, &self.masked, device)
    }

    /// The fixture's samples in the place of the generator's.
    fn swaps(&self, device: &Device) -> PlainSwaps {
        let slots = self.sampled.len();
        PlainSwaps {
            tokens: Tensor::<1, Int>::from_data(
                TensorData::new(self.sampled.clone(), [slots]),
                device,
            ),
            taken: Tensor::<1, Bool>::from_data(TensorData::new(vec![true; slots], [slots]), device),
        }
    }

    fn losses(&self, model: &Electra, device: &Device) -> electra::electra::Losses {
        let mut denominators = Denominators::default();
        denominators.add(&self.batch, &self.masked);
        let objective = PretrainConfig::preset("small").expect("a preset").objective;
        let key = NoiseKeys::new(0, Stream::Sample, 0).next_key();
        let inputs = self.inputs(device);
        model.losses(&inputs, &objective, denominators, key, Some(self.swaps(device)), None)
    }
}

fn integers(tensors: &SafeTensors<'_>, name: &str) -> Vec<i32> {
    let view = tensors.tensor(name).expect(name);
    let words = view.data().chunks_exact(8);
    words.map(|word| i64::from_le_bytes(word.try_into().expect("8 bytes")) as i32).collect()
}

fn floats(tensors: &SafeTensors<'_>) -> HostTensors {
    tensors
        .tensors()
        .into_iter()
        .filter(|(_, view)| view.dtype() == safetensors::Dtype::F32)
        .map(|(name, view)| {
            let words = view.data().chunks_exact(4);
            let values = words.map(|word| f32::from_le_bytes(word.try_into().expect("4 bytes")));
            (name, HostTensor { shape: view.shape().to_vec(), values: values.collect() })
        })
        .collect()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.inner().into_data().into_vec().expect("floats")
}

/// Largest difference, relative to the largest expected value.
fn assert_near(found: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1e-6_f32, |scale, value| scale.max(value.abs()));
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        let error = (a - b).abs() / scale;
        assert!(error <= tolerance, "{what}, element {index}: {a} instead of {b} ({error:e})");
    }
}

/// Norm of the difference, relative to the norm of the expected values.
fn relative_norm(found: &[f32], expected: &[f32]) -> f64 {
    let norm = |values: &mut dyn Iterator<Item = f32>| {
        values.map(|value| f64::from(value).powi(2)).sum::<f64>().sqrt()
    };
    let difference = norm(&mut found.iter().zip(expected).map(|(a, b)| a - b));
    difference / norm(&mut expected.iter().copied()).max(1e-9)
}

/// Tensors under our names as the fixture calls them: shared ones once, the generator's own behind
/// `generator.`.
fn under_golden_names(ours: &HostTensors) -> HostTensors {
    let mut named = to_hugging_face(ours, Network::Discriminator);
    for (name, tensor) in to_hugging_face(ours, Network::Generator) {
        if !name.starts_with("electra.embeddings.") {
            named.insert(format!("generator.{name}"), tensor);
        }
    }
    named
}

fn each_fixture(check: impl Fn(Fixture, &Device)) {
    for name in ["projected", "square"] {
        let device = Device::flex().autodiff();
        check(Fixture::read(name, &device), &device);
    }
}

#[test]
fn hidden_states_and_logits_match_the_reference() {
    each_fixture(|fixture, device| {
        let inputs = fixture.inputs(device);
        let segments = inputs.segments.clone();
        let hidden = fixture.model.generator_hidden(
            inputs.masked.clone(),
            segments.clone(),
            &inputs.real,
            &mut None,
        );
        assert_near(&values(hidden.clone()), fixture.expected("gen_hidden"), 1e-4, "gen_hidden");
        let scores = fixture.model.generator_scores(hidden, inputs.slots.positions.clone());
        assert_near(&values(scores), fixture.expected("gen_logits"), 1e-4, "gen_logits");
        let losses = fixture.losses(&fixture.model, device);
        let ids = losses.corrupted.ids.clone();
        let hidden =
            fixture.model.discriminator_hidden(ids, segments, &inputs.real, &mut None);
        assert_near(&values(hidden), fixture.expected("disc_hidden"), 1e-4, "disc_hidden");
        assert_near(&values(losses.logits), fixture.expected("disc_logits"), 1e-4, "disc_logits");
    });
}

#[test]
fn losses_match_the_reference() {
    each_fixture(|fixture, device| {
        let losses = fixture.losses(&fixture.model, device);
        let objective = PretrainConfig::preset("small").expect("a preset").objective;
        let total = values(losses.total(&objective));
        assert_near(&total, fixture.expected("total_loss"), 1e-4, "total_loss");
        assert_near(&values(losses.generator), fixture.expected("mlm_loss"), 1e-4, "mlm_loss");
        let found = values(losses.discriminator);
        assert_near(&found, fixture.expected("disc_loss"), 1e-4, "disc_loss");
    });
}

fn gradients(fixture: &Fixture, model: &Electra, device: &Device) -> Vec<Option<Tensor<1>>> {
    let objective = PretrainConfig::preset("small").expect("a preset").objective;
    let losses = fixture.losses(model, device);
    parameters::gradients(model, losses.total(&objective).backward())
}

#[test]
fn every_gradient_matches_the_reference() {
    each_fixture(|fixture, device| {
        let found = gradients(&fixture, &fixture.model, device);
        let ours: HostTensors = parameters::list(&fixture.model)
            .into_iter()
            .zip(found)
            .map(|(parameter, gradient)| {
                let values = values(gradient.expect("a gradient for every parameter"));
                (parameter.name, HostTensor { shape: parameter.shape, values })
            })
            .collect();
        let named = under_golden_names(&ours);
        let expected: Vec<&String> =
            fixture.numbers.keys().filter(|name| name.starts_with("grad.")).collect();
        assert_eq!(expected.len(), ours.len(), "one expected gradient per parameter");
        for name in expected {
            let found = &named[name.strip_prefix("grad.").expect("a prefix")];
            let error = relative_norm(&found.values, fixture.expected(name));
            assert!(error < 1e-3, "{name}: relative error {error:e}");
        }
    });
}

#[test]
fn parameters_after_optimiser_steps_match_the_reference() {
    each_fixture(|fixture, device| {
        let mut optimizer = PretrainConfig::preset("small").expect("a preset").optimizer;
        optimizer.learning_rate = 1e-3;
        let mut model = fixture.model.clone();
        let mut adam = Adam::new(&optimizer, &model);
        for step in 1..=3 {
            let found = gradients(&fixture, &model, device);
            let (updated, norm) = adam.step(model, found, 1e-3);
            model = updated;
            let name = format!("step{step}.global_grad_norm");
            assert_near(&values(norm), fixture.expected(&name), 1e-3, &name);
            if step == 2 {
                continue;
            }
            let ours = read_sync(models::host_tensors(&model)).expect("parameters");
            for (name, tensor) in under_golden_names(&ours) {
                let name = format!("step{step}.{name}");
                for (a, b) in tensor.values.iter().zip(fixture.expected(&name)) {
                    assert!((a - b).abs() <= 1e-5, "{name}: {a} instead of {b}");
                }
            }
        }
    });
}

#[test]
fn a_hugging_face_round_trip_is_bitwise() {
    each_fixture(|fixture, device| {
        for (network, file) in [
            (Network::Discriminator, "discriminator.safetensors"),
            (Network::Generator, "generator.safetensors"),
        ] {
            let exported = read_sync(models::export(
                &fixture.model,
                &fixture.config,
                network,
                0,
                weights::Precision::F32,
            ))
            .expect("an export");
            let name = if fixture.config.embedding_size == 24 { "projected" } else { "square" };
            let original = std::fs::read(golden(name).join(file)).expect("a fixture");
            let original = weights::read(&original).expect("tensors");
            assert_eq!(weights::read(&exported.weights).expect("tensors"), original);
        }
        let _ = device;
    });
}

#[test]
fn evaluation_needs_no_autodiff() {
    each_fixture(|fixture, _| {
        let plain = Device::flex();
        let model = fixture.model.valid();
        let losses = fixture.losses(&model, &plain);
        assert_near(&values(losses.logits), fixture.expected("disc_logits"), 1e-4, "disc_logits");
    });
}
