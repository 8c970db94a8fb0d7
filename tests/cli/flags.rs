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
    place.stdout(&format!("{SMALL} --vocab vocab.txt --steps 4 --out flags"));
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
