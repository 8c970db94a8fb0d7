//! Flags and files that change a run.

use crate::place::{Place, SMALL, newest, weights};
use serde_json::Value;
use std::fs;

#[test]
fn every_line_of_json_is_an_object_and_the_last_is_the_result() {
    let place = Place::new();
    let begin = format!("{SMALL} --steps 20 --out run --json").replace(" --quiet", "");
    let lines = place.stdout(&begin);
    let lines: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).count();
    // Steps 5, 10, 15 and 20; evaluations after 10 and in the end.
    assert_eq!((of("train"), of("eval"), lines.len()), (4, 2, 6));
    assert!(lines[5]["disc_auc"].is_number() && lines[5]["step"] == 20);
}

#[test]
fn a_time_budget_is_kept_and_planned_into_the_schedule() {
    let place = Place::new();
    let began = std::time::Instant::now();
    // The steps of a configuration end no run that is planned by the clock.
    place.stdout(&format!("{SMALL} --minutes 0.05 --set training.steps=2 --warmup 999 --out run"));
    assert!(began.elapsed().as_secs() < 60, "3 seconds took {:?}", began.elapsed());
    let config = fs::read_to_string(place.path("run/config.toml")).expect("a configuration");
    let config: toml::Table = config.parse().expect("TOML");
    let number = |section: &str, field: &str| config[section][field].as_integer();
    let (steps, warmup) = (number("training", "steps"), number("optimizer", "warmup_steps"));
    let (steps, warmup) = (steps.expect("steps"), warmup.expect("warm-up"));
    assert_eq!(newest(&place.path("run")) as i64, steps);
    assert!(steps > 2 && warmup == 999, "{warmup} of {steps}");
}

#[test]
fn one_configuration_in_toml_and_json_gives_one_run() {
    let place = Place::new();
    place.stdout("vocab --text text.txt --size 80 --out vocab.txt");
    let begin = SMALL.replace("--vocab-size 80 ", "");
    place.stdout(&format!("{begin} --vocab vocab.txt --steps 4 --out flags"));
    let resolved = fs::read_to_string(place.path("flags/config.toml")).expect("a configuration");
    let config: Value = toml::from_str(&resolved).expect("TOML");
    fs::write(place.path("run.toml"), &resolved).expect("a file");
    fs::write(place.path("run.json"), config.to_string()).expect("a file");
    for form in ["toml", "json"] {
        place.stdout(&format!("pretrain --config run.{form} --device cpu --quiet --out {form}"));
        assert!(weights(&place.path(form)) == weights(&place.path("flags")), "{form}");
        let again = fs::read_to_string(place.path(form).join("config.toml")).expect("a file");
        assert_eq!(again, resolved, "{form}");
    }
}

#[test]
fn compat_google_masks_with_replacement_and_drops_overflow() {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 4 --compat google --out run"));
    let config = fs::read_to_string(place.path("run/config.toml")).expect("a configuration");
    for field in ["mask_with_replacement = true", "drop_overflow = true"] {
        assert!(config.contains(field), "{config}");
    }
}

#[test]
fn quiet_silences_progress_but_no_warning() {
    let place = Place::new();
    let mut text = fs::read(place.path("text.txt")).expect("the text");
    text.extend(b"the cat \xff sees a dog .\n");
    fs::write(place.path("odd.txt"), text).expect("a file");
    let begin = SMALL.replace("text.txt", "odd.txt");
    let output = place.run(&format!("{begin} --steps 2 --out run"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("odd.txt") && said.contains("UTF-8"), "{said}");
    assert!(said.lines().all(|line| line.starts_with("warning: ")), "{said}");
}

#[test]
fn a_file_names_device_and_folder_and_a_run_keeps_the_device_alone() {
    let place = Place::new();
    let file = "[training]\ndevice = \"cpu\"\nout = \"there\"\n";
    fs::write(place.path("run.toml"), file).expect("a file");
    let begin = SMALL.replace("--device cpu ", "") + " --config run.toml --steps 2";
    place.stdout(&begin);
    let config = fs::read_to_string(place.path("there/config.toml")).expect("a configuration");
    let config: toml::Table = config.parse().expect("TOML");
    assert_eq!(config["training"]["device"].as_str(), Some("cpu"));
    assert!(config["training"].get("out").is_none(), "{config:?}");
    // Flags win.
    place.stdout(&format!("{begin} --out here"));
    assert!(place.path("here/config.toml").is_file());
    let error = place.error(&format!("{begin} --out nowhere --device 99"));
    assert!(error.contains("no device 99"), "{error}");
}

#[test]
fn a_run_goes_on_where_it_began_and_says_when_it_does_not() {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 6 --stop-after 2 --out run"));
    let resume = |flags: &str| {
        let output = place.run(&format!("pretrain --resume run --quiet {flags}"));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        said
    };
    for flags in ["--stop-after 3", "--stop-after 4 --device cpu"] {
        let said = resume(flags);
        assert!(!said.contains("bit for bit"), "{said}");
    }
    // As if it had begun on a device that is no longer there.
    let path = place.path("run/checkpoints/step-00000004.ckpt");
    let bytes = fs::read(&path).expect("a checkpoint");
    let mut header = electra::checkpoint::header(&bytes).expect("a header");
    let began = header.config.training.device.replace("99".to_owned());
    assert_eq!(began.as_deref(), Some("cpu"));
    let header = serde_json::to_string(&header).expect("JSON");
    let tensors = electra::weights::read(&bytes).expect("tensors");
    let precision = electra::weights::Precision::F32;
    let bytes = electra::weights::write(&tensors, &[("electra", header)], precision);
    fs::write(&path, bytes.expect("bytes")).expect("a checkpoint");
    let error = place.error("pretrain --resume run --quiet");
    assert!(error.contains("`99`") && error.contains("--device auto"), "{error}");
    let said = resume("--device cpu");
    assert!(said.contains("`99`") && said.contains("bit for bit"), "{said}");
}

#[test]
fn a_warm_up_that_was_asked_for_is_kept_and_doubted_where_it_fills_the_run() {
    let place = Place::new();
    let warmup = |flags: &str, run: &str| {
        let output = place.run(&format!("{SMALL} {flags} --out {run}"));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let config = fs::read_to_string(place.path(run).join("config.toml")).expect("a file");
        let config: toml::Table = config.parse().expect("TOML");
        let steps = config["optimizer"]["warmup_steps"].as_integer();
        (steps, said.contains("a warm-up of 9 steps is not shorter than the run of 4"))
    };
    assert_eq!(warmup("--set training.steps=4", "preset"), (Some(1), false));
    assert_eq!(warmup("--steps 4 --set optimizer.warmup_steps=9", "set"), (Some(9), true));
}

#[test]
fn flags_that_would_be_ignored_beside_others_are_refused() {
    let place = Place::new();
    for flags in ["--vocab-size 80 --vocab vocab.txt", "--held-out 0.1 --held-out-text text.txt"] {
        let output = place.run(&format!("pretrain {flags}"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains("cannot be used with"), "{said}");
    }
}

#[test]
fn help_names_the_defaults_of_every_preset() {
    let help = Place::new().stdout("pretrain --help");
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in ["default: 42", "default: 0.01", "default: auto", "0: only at the end"] {
        assert!(help.contains(said), "{said} in {help}");
    }
}
