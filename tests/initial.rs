//! How weights begin, and how many there are: the authors' initialisation and the paper's counts.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]

mod common;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use common::{tiny, values};
use electra::config::{ElectraConfig, FineTuneConfig, Initializer};
use electra::detector::Detector;
use electra::electra::Electra;
use electra::flops::discriminator_parameters;
use electra::generator::Generator;
use electra::hugging_face::{Network, read_config, write_config};
use electra::layers::{Role, Weights};
use electra::parameters;
use electra::task_models::untrained;
use electra::tasks::TaskKind;

fn weights(kind: Initializer) -> Weights {
    Weights::new(7, kind, &Device::flex())
}

fn host<const D: usize>(param: &Param<Tensor<D>>) -> Vec<f32> {
    values(param.val())
}

fn largest(values: &[f32]) -> f64 {
    values.iter().fold(0.0, |most, &value| f64::from(value.abs()).max(most))
}

/// Mean and standard deviation.
fn moments(values: &[f32]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    let squares = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>();
    (mean, (squares / count).sqrt())
}

/// Normal with deviation 0.02, cut at two of them: deviation 0.0176.
fn assert_truncated_normal(values: &[f32], what: &str) {
    let (mean, deviation) = moments(values);
    assert!(mean.abs() < 3e-4, "{what}: mean {mean}");
    assert!((deviation - 0.017_593).abs() < 2e-4, "{what}: deviation {deviation}");
    let most = largest(values);
    assert!((0.0398..=0.04).contains(&most), "{what}: largest {most}");
}

#[test]
fn tables_and_inner_kernels_begin_as_truncated_normals() {
    let mut google = weights(Initializer::Google);
    assert_truncated_normal(&host(&google.table(500, 128)), "table");
    for role in [Role::Inner, Role::Residual(12)] {
        assert_truncated_normal(&host(&google.linear(128, 512, role).weight), "kernel");
    }
    assert_truncated_normal(&host(&weights(Initializer::FanIn).table(500, 128)), "table");
}

#[test]
fn projections_and_the_last_logit_begin_glorot_uniform() {
    let mut google = weights(Initializer::Google);
    for (from, to, limit) in [
        (256, 1, 0.1528),
        (768, 1, 0.0883),
        (1024, 1, 0.0765),
        (128, 256, 0.125),
        (128, 64, 0.1768),
    ] {
        let drawn: Vec<f32> =
            (0..40).flat_map(|_| host(&google.linear(from, to, Role::Projection).weight)).collect();
        let most = largest(&drawn);
        assert!((0.995 * limit..1.001 * limit).contains(&most), "{from} to {to}: {most}");
        // A uniform distribution's deviation is its limit over the root of three.
        let (_, deviation) = moments(&drawn);
        assert!((deviation / (limit / 3.0_f64.sqrt()) - 1.0).abs() < 0.02, "{deviation}");
    }
}

#[test]
fn fan_in_kernels_keep_the_size_of_what_they_read() {
    let mut ours = weights(Initializer::FanIn);
    for (role, blocks) in [(Role::Inner, 1.0), (Role::Projection, 1.0), (Role::Residual(5), 10.0)] {
        let kernel = host(&ours.linear(200, 300, role).weight);
        let expected = 1.0 / (200.0_f64 * blocks).sqrt();
        let (mean, deviation) = moments(&kernel);
        assert!((deviation / expected - 1.0).abs() < 0.02, "{role:?}: {deviation}, {expected}");
        assert!(mean.abs() < 0.02 * expected, "{role:?}: mean {mean}");
        assert!(largest(&kernel) > 3.0 * expected, "{role:?}: the normal is not cut");
    }
}

#[test]
fn biases_begin_at_zero_and_norms_as_the_identity() {
    for preset in ["small", "nano"] {
        let model = Electra::new(&tiny(preset).model, 3, &Device::flex());
        for parameter in parameters::list(&model) {
            let found = values(parameter.values);
            if parameter.name.ends_with("bias") || parameter.name.ends_with("beta") {
                assert!(found.iter().all(|&value| value == 0.0), "{}", parameter.name);
            } else if parameter.name.ends_with("gamma") {
                assert!(found.iter().all(|&value| value == 1.0), "{}", parameter.name);
            } else {
                assert!(moments(&found).1 > 0.005, "{}", parameter.name);
            }
        }
    }
}

#[test]
fn each_part_of_a_google_model_begins_by_its_role() {
    let config = tiny("small").model;
    let model = Electra::new(&config, 3, &Device::flex());
    let glorot = |from: usize, to: usize| (6.0 / (from + to) as f64).sqrt();
    for (parameter, limit) in [
        (&model.discriminator.prediction, glorot(32, 1)),
        (model.discriminator.encoder.projection.as_ref().expect("24 to 32"), glorot(24, 32)),
        (&model.discriminator.dense, 0.04),
        (&model.generator.dense, 0.04),
        (&model.discriminator.encoder.layers[1].output, 0.04),
    ] {
        let most = largest(&host(&parameter.weight));
        assert!((0.85 * limit..=limit).contains(&most), "{most} instead of {limit}");
    }
}

fn whole(config: &ElectraConfig) -> usize {
    Electra::with_weights(config, &mut Weights::blank(&Device::flex())).num_params()
}

fn detector(config: &ElectraConfig) -> usize {
    Detector::blank(config, &Device::flex()).num_params()
}

#[test]
fn presets_have_exactly_these_numbers_of_parameters() {
    for (name, config, alone, both) in [
        ("nano", ElectraConfig::nano(), 1_342_977, 1_464_001),
        ("tiny", ElectraConfig::tiny(), 5_097_473, 5_466_433),
        ("small", ElectraConfig::small(), 13_549_057, 14_196_219),
    ] {
        assert_eq!((detector(&config), whole(&config)), (alone, both), "{name}");
    }
}

#[test]
fn the_paper_s_large_models_have_the_published_numbers_of_parameters() {
    for (config, alone, more) in [
        (ElectraConfig::base(), 109_483_009, 9_903_418),
        (ElectraConfig::large(), 335_142_913, 19_512_378),
    ] {
        // Blocks are all alike, so two tell how many parameters each has.
        let [one, two] = [1, 2].map(|layers| {
            let mut shallow = config.clone();
            shallow.discriminator.num_hidden_layers = layers;
            detector(&shallow)
        });
        let counted = one + (two - one) * (config.discriminator.num_hidden_layers - 1);
        assert_eq!(counted, alone);
        assert_eq!(discriminator_parameters(&config) as usize, alone);
        let generator = Generator::new(&config, &mut Weights::blank(&Device::flex()));
        assert_eq!(generator.num_params(), more);
    }
}

#[test]
fn an_untrained_twin_of_an_exported_model_begins_as_that_did() {
    let device = Device::flex();
    let tuning = FineTuneConfig::preset("small").expect("a preset");
    for preset in ["small", "nano"] {
        let config = tiny(preset).model;
        let exported = write_config(&config, Network::Discriminator, 0);
        let read = read_config(&exported).expect("own file");
        let twin = parameters::list(&untrained(&read, &TaskKind::Regression, &tuning, &device));
        let model = parameters::list(&Electra::new(&config, 3, &device));
        let mut compared = 0;
        for parameter in twin {
            let Some(at) = parameter.name.find("encoder.layers.") else { continue };
            if !parameter.name.ends_with(".weight") {
                continue;
            }
            let its = format!("discriminator.{}", &parameter.name[at..]);
            let its = model.iter().find(|it| it.name == its).expect("the same kernel");
            let [ours, theirs] =
                [parameter.values, its.values.clone()].map(|it| moments(&values(it)).1);
            let name = &parameter.name;
            assert!((ours / theirs - 1.0).abs() < 0.15, "{preset}, {name}: {ours}, {theirs}");
            compared += 1;
        }
        assert_eq!(compared, 12, "{preset}");
    }
}
