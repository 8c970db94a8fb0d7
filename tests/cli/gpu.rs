//! The program on a GPU, real or computed by a software driver.

use crate::place::{Place, SMALL, newest, weights};
use std::io::Write as _;

/// The interface of an adapter. Without one it says so, and fails where `CI` is set, as
/// `tests/gpu.rs` does.
fn interface(place: &Place) -> Option<&'static str> {
    let devices = place.stdout("devices");
    let found = ["vulkan", "metal", "dx12"].into_iter().find(|name| devices.contains(*name));
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "there is no adapter to test on");
        let said = "skipped: there is no adapter to test on";
        // Past the test's output, which is hidden because it passes.
        writeln!(std::io::stderr(), "{said}").expect("standard error");
    }
    found
}

#[test]
fn a_gpu_trains_goes_on_and_evaluates() {
    let place = Place::new();
    let Some(interface) = interface(&place) else { return };
    let begin = SMALL
        .replace("--device cpu", &format!("--device {interface}"))
        .replace("num_hidden_layers=2", "num_hidden_layers=1");
    place.stdout(&format!("{begin} --steps 4 --stop-after 2 --out run"));
    let before = weights(&place.path("run"));
    let config = std::fs::read_to_string(place.path("run/config.toml")).expect("a configuration");
    assert!(config.contains(&format!("device = \"{interface}\"")), "{config}");
    let resumed = |flags: &str| {
        let output = place.run(&format!("pretrain --resume run --quiet {flags}"));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        said.contains(&format!("begun on `{interface}` and goes on with `cpu`"))
    };
    assert!(!resumed("--stop-after 3"), "it left the {interface} device");
    assert!(resumed("--device cpu"), "it left the {interface} device without a word");
    assert_eq!(newest(&place.path("run")), 4);
    assert_ne!(before, weights(&place.path("run")));
    let evaluate = "evaluate --model run --text text.txt --rows 16 --json";
    let metrics = |device: &str| -> serde_json::Value {
        let line = place.stdout(&format!("{evaluate} --device {device}"));
        serde_json::from_str(&line).expect("JSON")
    };
    let (gpu, cpu) = (metrics(interface), metrics("cpu"));
    let loss = |of: &serde_json::Value| of["masked_lm_loss"].as_f64().expect("a loss");
    assert!((loss(&gpu) - loss(&cpu)).abs() < 2e-2, "{gpu} on the GPU, {cpu} on the CPU");
}

#[test]
fn the_device_that_auto_takes_is_named_as_the_flag_takes_it() {
    let place = Place::new();
    let devices = place.stdout("devices");
    let said = devices.lines().last().and_then(|line| line.strip_prefix("`auto` takes "));
    let word = said.expect(&devices);
    let bench = format!("bench --preset nano --batch 2 --seq 8 --steps 1 --device {word}");
    place.stdout(&bench);
}
