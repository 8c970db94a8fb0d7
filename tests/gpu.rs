//! The GPU's path against the CPU's: losses, logits and every gradient of both recipes, the optimiser's
//! steps, dropout and samples, with operations fused and one by one; Gumbel numbers against the exact
//! ones.
//!
//! Without an adapter these tests say that they are skipped, and fail where `CI` is set.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]

mod common;
#[path = "common/fixture.rs"]
mod fixture;

use burn::tensor::wgpu::WgpuBackend;
use burn::tensor::{Device, DeviceKind, Distribution, Int, Tensor, TensorData};
use common::{SPECIAL, VOCAB, batch, ints, tiny};
use electra::config::PositionKind;
use electra::electra::{Denominators, Electra, Inputs, Losses, PlainSwaps};
use electra::mask::mask;
use electra::ops;
use electra::optim::Adam;
use electra::parameters;
use electra::random::{NoiseKey, NoiseKeys, Stream, host};
use fixture::{Fixture, assert_same_gradient, gradients, norm, values};
use std::io::Write;
use std::process::Command;
use std::sync::OnceLock;

/// Entries of a [`pass`] that are no gradients.
const LOSSES: usize = 3;
/// Keeps Burn from fusing anything; read once by a process.
const NO_FUSION: (&str, &str) = ("BURN_FUSION_MAX_EXPLORATIONS", "0");

/// Says something even where the test's output is hidden because it passes.
fn say(what: &str) {
    writeln!(std::io::stderr(), "{what}").expect("standard error");
}

/// A software adapter, else whatever adapter there is; opened once, since a second time is an error.
fn adapter() -> Option<Device> {
    static ADAPTER: OnceLock<Option<Device>> = OnceLock::new();
    ADAPTER.get_or_init(open).clone()
}

fn open() -> Option<Device> {
    let is_ci = std::env::var_os("CI").is_some();
    assert!(!is_ci || cfg!(feature = "fusion"), "the core is built without fusion");
    #[cfg(feature = "fusion")]
    electra::ops::choose_fusers();
    // Not OpenGL, which breaks down when several threads use it.
    let apis = [WgpuBackend::Vulkan, WgpuBackend::Metal, WgpuBackend::Dx12];
    let kinds = [DeviceKind::Cpu, DeviceKind::DefaultDevice];
    let device = kinds.iter().find_map(|kind| {
        apis.iter().find_map(|api| {
            let options = Device::wgpu_options().device_kind(kind.clone()).graphics_api(*api);
            options.init().ok()
        })
    });
    match &device {
        Some(device) => {
            let name = device.identity().map_or_else(String::new, |identity| identity.name);
            say(&format!("adapter: {name}"));
        }
        None if is_ci => panic!("there is no adapter to test on"),
        None => say("skipped: there is no adapter to test on"),
    }
    device
}

/// Everything that one pass of the objective gives.
type Pass = Vec<(String, Vec<f32>)>;

fn named(losses: Losses) -> Pass {
    vec![
        ("generator loss".to_owned(), values(losses.generator)),
        ("discriminator loss".to_owned(), values(losses.discriminator)),
        ("logits".to_owned(), values(losses.logits)),
    ]
}

fn with_gradients(mut pass: Pass, model: &Electra, found: Vec<Option<Tensor<1>>>) -> Pass {
    for (parameter, gradient) in parameters::list(model).into_iter().zip(found) {
        pass.push((parameter.name, values(gradient.expect("a gradient"))));
    }
    pass
}

/// A network of `tests/golden`, on the numbers that PyTorch's gradients belong to.
fn golden(name: &'static str, device: &Device) -> Pass {
    let device = device.clone().autodiff();
    let fixture = Fixture::read(name, &device);
    let pass = named(fixture.losses(&fixture.model, &device));
    let found = gradients(&fixture, &fixture.model, &device);
    with_gradients(pass, &fixture.model, found)
}

/// Our recipe with a kind of positions, and with dropout.
fn modern(position: PositionKind, device: &Device) -> Pass {
    let device = device.clone().autodiff();
    let mut config = tiny("nano");
    config.model.position = position;
    config.model.hidden_dropout_prob = 0.2;
    config.model.attention_probs_dropout_prob = 0.1;
    let model = Electra::new(&config.model, 3, &device);
    let (batch, objective) = (batch(4), &config.objective);
    let masked = mask(&batch, &SPECIAL, objective, 16, true, &mut host(9, Stream::Mask, 0));
    let mut denominators = Denominators::default();
    denominators.add(&batch, &masked);
    let slots = masked.positions.len();
    let tokens = Tensor::<1, Int>::from_data(TensorData::new(vec![7; slots], [slots]), &device);
    let taken = Tensor::from_data(TensorData::new(vec![true; slots], [slots]), &device);
    let inputs = Inputs::new(&batch, &masked, &device);
    let mut noise = NoiseKeys::new(1, Stream::Dropout, 5);
    let swaps = Some(PlainSwaps { tokens, taken });
    let losses = model.losses(&inputs, objective, denominators, key(), swaps, Some(&mut noise));
    let found = parameters::gradients(&model, losses.total(objective).backward());
    with_gradients(named(losses), &model, found)
}

fn key() -> NoiseKey {
    NoiseKeys::new(1, Stream::Sample, 0).next_key()
}

fn assert_same(what: &str, on_gpu: &Pass, on_cpu: &Pass) {
    assert_eq!(on_gpu.len(), on_cpu.len());
    let all = norm(on_cpu.iter().skip(LOSSES).flat_map(|(_, values)| values.iter().copied()));
    for ((name, on_gpu), (_, on_cpu)) in on_gpu.iter().zip(on_cpu) {
        assert_same_gradient(&format!("{what}, {name}"), on_gpu, on_cpu, all);
    }
}

#[test]
fn the_gpu_computes_what_the_cpu_computes() {
    let Some(gpu) = adapter() else { return };
    for name in ["projected", "square", "modern"] {
        assert_same(name, &golden(name, &gpu), &golden(name, &Device::flex()));
    }
    for position in [PositionKind::Learned, PositionKind::Rotary] {
        let what = format!("pre-norm, {position:?}");
        assert_same(&what, &modern(position, &gpu), &modern(position, &Device::flex()));
    }
}

#[test]
fn the_gpu_takes_the_steps_that_the_cpu_takes() {
    let Some(gpu) = adapter() else { return };
    let stepped = |device: &Device| {
        let fixture = Fixture::read("modern", &device.clone().autodiff());
        let optimizer = &tiny("nano").optimizer;
        let (mut model, mut adam) = (fixture.model.clone(), Adam::new(optimizer, &fixture.model));
        for step in 0..3 {
            // Steps of a size known beforehand: gradients of two devices differ where they are
            // nothing but rounding, and Adam makes full steps of these too.
            let listed = parameters::list(&model).into_iter().enumerate();
            let slope = |index: usize| ((index * 7 + step * 3) % 5) as f64 - 2.0;
            let gradients = listed
                .map(|(index, it)| (index != 3).then(|| it.values.ones_like() * slope(index)))
                .collect();
            model = adam.step(model, gradients, 1e-2).0;
        }
        parameters::list(&model)
    };
    for (on_gpu, on_cpu) in stepped(&gpu).into_iter().zip(stepped(&Device::flex())) {
        let pairs = values(on_gpu.values).into_iter().zip(values(on_cpu.values));
        let largest = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(largest < 1e-5, "{} differs by {largest}", on_gpu.name);
    }
}

#[test]
fn the_gpu_drops_and_draws_what_the_cpu_does() {
    let Some(gpu) = adapter() else { return };
    let cpu = Device::flex();
    let kept = |device: &Device| {
        let dropped = ops::dropout(Tensor::<1>::ones([10_000], device), 0.3, key());
        values(dropped).into_iter().map(|value| value > 0.0).collect::<Vec<bool>>()
    };
    assert_eq!(kept(&gpu), kept(&cpu));

    cpu.seed(5);
    let logits = Tensor::<2>::random([1_000, VOCAB], Distribution::Normal(0.0, 2.0), &cpu);
    let logits = logits.into_data();
    let draw = |device: &Device, temperature| {
        let logits = Tensor::<2>::from_data(logits.clone(), device);
        ints(ops::gumbel_argmax(logits, temperature, key()))
    };
    for temperature in [1.0, 0.5] {
        let (on_gpu, on_cpu) = (draw(&gpu, temperature), draw(&cpu, temperature));
        // Logarithms of devices differ in the last bit, which may decide between two equals.
        let other = on_gpu.iter().zip(&on_cpu).filter(|(a, b)| a != b).count();
        assert!(other <= 1, "{other} of 1000 samples differ at temperature {temperature}");
    }
}

/// Uniform numbers as they are drawn, in ascending order: all those beside 0 and 1, some between.
fn units() -> Vec<f32> {
    let unit = |step: u32| (2 * step + 1) as f32 / 16_777_216.0;
    let low = (0..1_000_u32).chain((1_000_u32..1 << 22).step_by(5_003));
    let high = low.clone().rev().map(|step| (1 << 23) - 1 - step);
    low.chain(high).map(unit).collect()
}

#[test]
fn gumbel_numbers_are_finite_and_ordered_up_to_both_ends() {
    let units = units();
    for device in [Some(Device::flex()), adapter()].into_iter().flatten() {
        let drawn = TensorData::new(units.clone(), [units.len()]);
        let found = values(ops::gumbel(Tensor::<1>::from_data(drawn, &device)));
        for (&unit, &gumbel) in units.iter().zip(&found) {
            let exact = -(-f64::from(unit).ln()).ln();
            // A logarithm that is 0 or positive below 1 makes an infinity or no number of it.
            let error = (f64::from(gumbel) - exact).abs();
            assert!(error < 2e-5, "of {unit:e}: {gumbel} instead of {exact}");
        }
        assert!(found.is_sorted_by(|a, b| a < b), "they do not grow with what is drawn");
    }
}

#[test]
fn a_constant_row_is_normalised_to_finite_numbers_on_the_gpu() {
    let Some(gpu) = adapter() else { return };
    for value in [0.0, 1.0, -300.0] {
        let x = Tensor::<2>::full([3, 40], value, &gpu);
        let (gamma, beta) = (Tensor::ones([40], &gpu), Tensor::full([40], 0.5, &gpu));
        let y = values(ops::layer_norm(x, gamma, beta, 1e-12));
        assert!(y.iter().all(|y| y.is_finite()), "{value}: {y:?}");
    }
}

#[test]
fn it_does_so_without_fusion_too() {
    if std::env::var_os(NO_FUSION.0).is_some() {
        return;
    }
    let program = std::env::current_exe().expect("this program");
    let status = Command::new(program)
        .args(["--skip", "it_does_so_without_fusion_too"])
        .env(NO_FUSION.0, NO_FUSION.1)
        .status()
        .expect("a second process");
    assert!(status.success(), "without fusion the numbers differ");
}
