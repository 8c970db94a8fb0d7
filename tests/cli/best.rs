//! Checkpoints as models: the best state of a run, or any that it kept, is used like a run.

use crate::place::{Place, SMALL, weights};
use serde_json::Value;
use std::fs;

/// A run of 20 steps in `run`.
fn trained() -> Place {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 20 --out run"));
    place
}

#[test]
fn the_best_state_detects_from_everywhere_and_goes_to_other_programs() {
    let place = trained();
    let json = |model: &str| place.stdout(&format!("detect --model {model} --json the cat eats"));
    let best = json("run/checkpoints/best.ckpt");
    let detected: Value = serde_json::from_str(&best).expect("JSON");
    let tokens = detected["tokens"].as_array().expect("tokens");
    assert_eq!(tokens.len(), 5, "{best}");
    assert!(tokens.iter().all(|token| token["replaced"].is_number()), "{best}");
    let mut inside = place.command("detect --model best.ckpt --json the cat eats");
    let output = inside.current_dir(place.path("run/checkpoints")).output().expect("the program");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("step"), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), best);
    place.stdout("export --model run/checkpoints/best.ckpt --out best");
    assert_eq!(json("best"), best);
    let about = fs::read_to_string(place.path("best/tokenizer_config.json")).expect("a file");
    assert!(about.contains("\"model_max_length\": 16"), "{about}");
}

#[test]
fn the_last_checkpoint_holds_the_networks_that_the_run_wrote() {
    let place = trained();
    let (run, last) = ("run", "run/checkpoints/step-00000020.ckpt");
    for command in ["detect --json the cat eats", "evaluate --text text.txt --rows 16 --json"] {
        let said = |model: &str| place.stdout(&format!("{command} --device cpu --model {model}"));
        assert_eq!(said(last), said(run), "{command}");
    }
    // At this learning rate nothing moves.
    place.stdout(&format!(
        "pretrain --model {last} --text text.txt --steps 1 --lr 1e-30 --out next --device cpu"
    ));
    assert!(weights(&place.path("next")) == weights(&place.path(run)), "the networks are others");
}

#[test]
fn a_file_that_cannot_serve_says_why_and_is_named() {
    let place = trained();
    let checkpoints = place.path("run/checkpoints");
    let bytes = fs::read(checkpoints.join("best.ckpt")).expect("the best state");
    fs::write(checkpoints.join("cut.ckpt"), &bytes[..bytes.len() - 1000]).expect("a cut file");
    fs::create_dir_all(place.path("away/deep")).expect("folders");
    fs::write(place.path("away/deep/best.ckpt"), &bytes).expect("a copy");
    for (model, reason) in [
        ("run/checkpoints/cut.ckpt", "damaged"),
        ("run/discriminator/model.safetensors", "no checkpoint"),
        ("run/config.toml", "no checkpoint"),
        ("run/checkpoints/gone.ckpt", "cannot read"),
        ("away/deep/best.ckpt", "away/tokenizer.json"),
    ] {
        for command in ["detect the cat", "evaluate --text text.txt", "export --out out"] {
            let error = place.error(&format!("{command} --model {model}"));
            assert!(error.contains(reason) && error.contains(model), "`{command}` says: {error}");
        }
    }
}
