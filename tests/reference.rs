//! The model against PyTorch: hidden states, logits, losses, every gradient and parameters after
//! optimiser steps; the paper's recipe against Hugging Face's code, for both ways that embeddings
//! reach the encoder, and ours against a network written anew.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]

#[path = "common/fixture.rs"]
mod fixture;

use burn::module::Module;
use burn::tensor::{Device, read_sync};
use electra::config::{NormPlacement, OptimizerConfig, PretrainConfig};
use electra::hugging_face::{Network, to_hugging_face};
use electra::models;
use electra::optim::Adam;
use electra::parameters;
use electra::schedule::learning_rate;
use electra::weights::{self, HostTensor, HostTensors};
use fixture::{Fixture, assert_same_gradient, golden, gradients, objective, values};

/// Largest difference, relative to the largest expected value.
fn assert_near(found: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1e-6_f32, |scale, value| scale.max(value.abs()));
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        let error = (a - b).abs() / scale;
        assert!(error <= tolerance, "{what}, element {index}: {a} instead of {b} ({error:e})");
    }
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
    for name in ["projected", "square", "modern"] {
        let device = Device::flex().autodiff();
        check(Fixture::read(name, &device), &device);
    }
}

/// The optimiser that a fixture's steps were made with: the paper's, or that of our recipe.
fn optimizer(fixture: &Fixture) -> OptimizerConfig {
    let preset = if fixture.config.norm == NormPlacement::Pre { "nano" } else { "small" };
    let optimizer = PretrainConfig::preset(preset).expect("a preset").optimizer;
    OptimizerConfig { learning_rate: 1e-3, ..optimizer }
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
        let hidden = fixture.model.discriminator_hidden(ids, segments, &inputs.real, &mut None);
        assert_near(&values(hidden), fixture.expected("disc_hidden"), 1e-4, "disc_hidden");
        assert_near(&values(losses.logits), fixture.expected("disc_logits"), 1e-4, "disc_logits");
    });
}

#[test]
fn losses_match_the_reference() {
    each_fixture(|fixture, device| {
        let losses = fixture.losses(&fixture.model, device);
        let objective = objective();
        let total = values(losses.total(&objective));
        assert_near(&total, fixture.expected("total_loss"), 1e-4, "total_loss");
        assert_near(&values(losses.generator), fixture.expected("mlm_loss"), 1e-4, "mlm_loss");
        let found = values(losses.discriminator);
        assert_near(&found, fixture.expected("disc_loss"), 1e-4, "disc_loss");
    });
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
        let all = f64::from(fixture.expected("step1.global_grad_norm")[0]);
        for name in expected {
            let found = &named[name.strip_prefix("grad.").expect("a prefix")];
            assert_same_gradient(name, &found.values, fixture.expected(name), all);
        }
    });
}

#[test]
fn parameters_after_optimiser_steps_match_the_reference() {
    each_fixture(|fixture, device| {
        let mut model = fixture.model.clone();
        let mut adam = Adam::new(&optimizer(&fixture), &model);
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
fn the_schedule_matches_the_reference() {
    each_fixture(|fixture, _| {
        let mut optimizer = PretrainConfig::preset("small").expect("a preset").optimizer;
        optimizer.learning_rate = 5e-4;
        optimizer.warmup_steps = 4;
        let found: Vec<f32> =
            (0..=10).map(|step| learning_rate(&optimizer, step, 10) as f32).collect();
        assert_near(&found, fixture.expected("adam_lr_schedule"), 1e-6, "adam_lr_schedule");
    });
}

#[test]
fn a_hugging_face_round_trip_is_bitwise() {
    each_fixture(|fixture, _| {
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
            let original = std::fs::read(golden(fixture.name).join(file)).expect("a fixture");
            let original = weights::read(&original).expect("tensors");
            assert_eq!(weights::read(&exported.weights).expect("tensors"), original);
        }
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
