//! Runs that have nothing to do, and such as cannot begin or go on: said early, with nothing written.

use crate::place::{Place, SMALL};
use serde_json::Value;
use std::fs;

#[test]
fn a_run_with_nothing_left_to_train_says_so_and_logs_no_evaluation_twice() {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 6 --stop-after 4 --out run"));
    let log = || fs::read_to_string(place.path("run/metrics.jsonl")).expect("metrics");
    let resume = |flags: &str| {
        let before = log();
        let output = place.run(&format!("pretrain --resume run --device cpu {flags}"));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        (said, shown, log() == before)
    };
    let (said, shown, is_same) = resume("--stop-after 3");
    let sentence = "the run has done 4 steps already; nothing to train";
    assert!(said.contains(sentence) && said.contains("`--stop-after 3`"), "{said}");
    assert!(shown.contains("disc_auc") && is_same, "{shown}");
    let (said, _, is_same) = resume("");
    assert!(!said.contains("nothing to train") && !is_same, "{said}");
    let (said, shown, is_same) = resume("--json");
    assert!(said.is_empty() && is_same, "{said}");
    // Scripts read the result from the last line, whenever it was measured.
    let last: Value = serde_json::from_str(shown.lines().last().expect("a line")).expect("JSON");
    assert_eq!((&last["kind"], &last["step"]), (&"eval".into(), &6.into()));
    let (said, ..) = resume("");
    assert!(said.contains("6 steps already; nothing to train: `--steps`"), "{said}");
}

#[test]
fn what_cannot_begin_or_go_on_is_refused_before_any_text_is_read() {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 6 --out run"));
    place.write("file", "");
    place.write("leftover/config.toml", "seed = 1");
    fs::remove_file(place.path("text.txt")).expect("the text");
    for (flags, said) in [
        ("--out run", "already holds a run, saved at step 6"),
        ("--out file", "this is a file"),
        ("--out file/run", "cannot write into"),
        ("--out leftover", "`config.toml`"),
    ] {
        let error = place.error(&format!("{SMALL} --steps 2 {flags}"));
        assert!(error.contains(said), "{error}");
    }
    let error = place.error("pretrain --resume run --device cpu --quiet --steps 3");
    assert!(error.contains("6 steps already") && error.contains("instead of 3"), "{error}");
}
