//! The GPU's path against the CPU's, on the numbers of `tests/golden`: losses, logits and every
//! gradient, with operations fused and one by one.
//!
//! Without an adapter these tests are skipped with a message, and fail where `CI` is set.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]
#![allow(clippy::print_stdout, reason = "says which adapter was tested")]

#[path = "common/fixture.rs"]
mod fixture;

use burn::tensor::{Device, DeviceKind};
use fixture::{Fixture, assert_same_gradient, gradients, norm, values};
use std::process::Command;

/// Entries of [`pass`] that are no gradients.
const LOSSES: usize = 3;
/// Keeps Burn from fusing anything; read once by a process.
const NO_FUSION: (&str, &str) = ("BURN_FUSION_MAX_EXPLORATIONS", "0");

/// A software adapter, else whatever adapter there is.
fn adapter() -> Option<Device> {
    let open = |kind| Device::wgpu_options().device_kind(kind).init().ok();
    let device = open(DeviceKind::Cpu).or_else(|| open(DeviceKind::DefaultDevice));
    match &device {
        Some(device) => {
            let name = device.identity().map_or_else(String::new, |identity| identity.name);
            println!("adapter: {name}");
        }
        None if std::env::var_os("CI").is_some() => panic!("there is no adapter to test on"),
        None => println!("skipped: there is no adapter to test on"),
    }
    device
}

/// Everything that one pass of the objective gives, on one device.
fn pass(name: &'static str, device: &Device) -> Vec<(String, Vec<f32>)> {
    let device = device.clone().autodiff();
    let fixture = Fixture::read(name, &device);
    let losses = fixture.losses(&fixture.model, &device);
    let mut found = vec![
        ("generator loss".to_owned(), values(losses.generator)),
        ("discriminator loss".to_owned(), values(losses.discriminator)),
        ("logits".to_owned(), values(losses.logits)),
    ];
    let gradients = gradients(&fixture, &fixture.model, &device);
    for (parameter, gradient) in
        electra::parameters::list(&fixture.model).into_iter().zip(gradients)
    {
        found.push((parameter.name, values(gradient.expect("a gradient"))));
    }
    found
}

#[test]
fn the_gpu_computes_what_the_cpu_computes() {
    let Some(gpu) = adapter() else { return };
    for name in ["projected", "square"] {
        let (on_gpu, on_cpu) = (pass(name, &gpu), pass(name, &Device::flex()));
        let all = norm(on_cpu.iter().skip(LOSSES).flat_map(|(_, values)| values.iter().copied()));
        for ((what, on_gpu), (_, on_cpu)) in on_gpu.iter().zip(&on_cpu) {
            assert_same_gradient(&format!("{name}, {what}"), on_gpu, on_cpu, all);
        }
    }
}

#[test]
fn it_does_so_without_fusion_too() {
    if std::env::var_os(NO_FUSION.0).is_some() {
        return;
    }
    let test = "the_gpu_computes_what_the_cpu_computes";
    let program = std::env::current_exe().expect("this program");
    let status = Command::new(program)
        .args(["--exact", test, "--nocapture"])
        .env(NO_FUSION.0, NO_FUSION.1)
        .status()
        .expect("a second process");
    assert!(status.success(), "without fusion the numbers differ");
}
