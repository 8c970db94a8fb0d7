//! Whole runs: what they leave, and that they can be repeated and used.

use crate::place::{Place, SMALL, weights};
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::process::Stdio;

/// What `evaluate --json` prints at least; scripts rely on it.
const METRICS: [&str; 15] = [
    "masked_lm_loss",
    "masked_lm_accuracy",
    "sampled_masked_lm_accuracy",
    "disc_loss",
    "disc_accuracy",
    "disc_precision",
    "disc_recall",
    "disc_f1",
    "disc_auc",
    "replaced_rate",
    "baseline_accuracy",
    "unigram_disc_auc",
    "unigram_disc_recall",
    "uniform_disc_auc",
    "uniform_disc_recall",
];

#[test]
fn a_run_leaves_everything_behind_and_its_model_can_be_used() {
    let place = Place::new();
    let shown = place.stdout(&format!("{SMALL} --steps 20 --out run"));
    assert!(shown.contains("disc_auc") && shown.contains("baseline"), "{shown}");
    let run = place.path("run");
    for name in ["config.toml", "metrics.jsonl", "report.html", "tokenizer.json", "vocab.txt"] {
        assert!(run.join(name).is_file(), "{name}");
    }
    for network in ["discriminator", "generator"] {
        for name in ["config.json", "model.safetensors", "tokenizer.json", "vocab.txt"] {
            assert!(run.join(network).join(name).is_file(), "{network}/{name}");
        }
    }
    let entries = fs::read_dir(&run).expect("the run");
    let events = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("events.out.tfevents"));
    assert_eq!(events.count(), 1);

    let line = place.stdout("detect --model run --json the cat eats a Fish");
    let detected: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(detected["text"], "the cat eats a Fish");
    let tokens = detected["tokens"].as_array().expect("tokens");
    assert_eq!((&tokens[0]["token"], &tokens[0]["end"]), (&"[CLS]".into(), &0.into()));
    assert_eq!((&tokens[5]["start"], &tokens[5]["end"]), (&15.into(), &19.into()));
    for token in tokens {
        let probability = token["replaced"].as_f64().expect("a probability");
        assert!((0.0..=1.0).contains(&probability));
    }

    let line = place.stdout("evaluate --model run --text text.txt --rows 64 --device cpu --json");
    let metrics: Value = serde_json::from_str(&line).expect("JSON");
    for name in METRICS {
        assert!(metrics.get(name).is_some(), "{name} is not in {line}");
    }
}

#[test]
fn detect_reads_standard_input_line_by_line() {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 2 --out run"));
    let mut child = place
        .command("detect --model run/discriminator --json")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // The last is of more windows than are judged at a time.
    let long = "the cat ".repeat(400);
    let input = format!("the cat\n\n{long}\n");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("input");
    let output = child.wait_with_output().expect("an end");
    let detected: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let tokens = |at: usize| detected[at]["tokens"].as_array().expect("tokens").len();
    assert_eq!((detected.len(), tokens(1)), (3, 2));
    assert_eq!(tokens(2) - 2, 400 * (tokens(0) - 2));
}

#[test]
fn a_resumed_run_repeats_the_uninterrupted_one_bitwise() {
    let place = Place::new();
    // Random streams are numbered by micro-batch and part too.
    let begin = format!(
        "{SMALL} --set model.position=rotary --accumulate 2 --data-parallel 3 --steps 20 --out"
    );
    place.stdout(&format!("{begin} whole"));
    place.stdout(&format!("{begin} parts --stop-after 10"));
    assert_ne!(weights(&place.path("whole")), weights(&place.path("parts")));
    place.stdout("pretrain --resume parts --device cpu --quiet");
    assert_eq!(weights(&place.path("whole")), weights(&place.path("parts")));
}

#[test]
fn a_finished_run_goes_on_for_longer_if_asked_and_never_for_shorter() {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 6 --out run"));
    let resume = "pretrain --resume run --device cpu --quiet";
    let last_step = || {
        let lines = fs::read_to_string(place.path("run/metrics.jsonl")).expect("metrics");
        let last: Value = lines.lines().last().map(serde_json::from_str).expect("a line").unwrap();
        last["step"].as_u64().expect("a step")
    };
    let files = || fs::read_dir(place.path("run")).expect("a run").count();
    let before = files();
    for (flags, said) in [("--steps 6", "6 steps"), ("--minutes 0", "--minutes")] {
        let error = place.error(&format!("{resume} {flags}"));
        assert!(error.contains(said), "{error}");
    }
    assert_eq!(files(), before, "a refusal wrote something");
    assert_eq!(last_step(), 6);
    let said = |flags: &str| {
        let output = place.run(&format!("pretrain --resume run --device cpu {flags}"));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        said
    };
    let planned = |steps: usize| {
        let config = fs::read_to_string(place.path("run/config.toml")).expect("a configuration");
        assert!(config.contains(&format!("\nsteps = {steps}\n")), "{config}");
    };
    let longer = said("--steps 9");
    assert!(longer.contains("9 steps: the learning rate goes from 0 to 5.00e-4"), "{longer}");
    planned(9);
    assert_eq!(last_step(), 9);
    // Without its log nobody knows at which pace it went.
    fs::remove_file(place.path("run/metrics.jsonl")).expect("a log");
    let longer = said("--quiet --minutes 1000 --stop-after 12");
    assert!(longer.contains("how long the 9 steps of this run took"), "{longer}");
    planned(109);
    assert_eq!(last_step(), 12);
}

#[test]
fn the_first_step_is_shown_at_once_and_the_log_keeps_its_own_steps() {
    let place = Place::new();
    let output = place.run(&format!("{SMALL} --steps 6 --out run").replace(" --quiet", ""));
    let shown = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown}");
    for step in ["step 1/6 ", "step 5/6 ", "step 6/6 "] {
        assert!(shown.contains(step), "{step} is not in {shown}");
    }
    let log = fs::read_to_string(place.path("run/metrics.jsonl")).expect("metrics");
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let train = lines.filter(|line| line["kind"] == "train");
    let steps: Vec<u64> = train.filter_map(|line| line["step"].as_u64()).collect();
    assert_eq!(steps, [5, 6]);
    // What is shown in between is only looked at.
    place.stdout(&format!("{SMALL} --steps 6 --out quiet"));
    assert_eq!(weights(&place.path("run")), weights(&place.path("quiet")));
}

#[test]
fn a_run_that_ends_on_the_baseline_says_so() {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 2 --out first"));
    // A discriminator that says the same of every token, and a learning rate that leaves it so.
    let file = place.path("first/discriminator/model.safetensors");
    let mut tensors = electra::weights::read(&fs::read(&file).expect("weights")).expect("tensors");
    for (parameter, value) in [("weight", 0.0), ("bias", -1.0)] {
        let name = format!("discriminator_predictions.dense_prediction.{parameter}");
        tensors.get_mut(&name).expect("the head").values.fill(value);
    }
    let precision = electra::weights::Precision::F32;
    let bytes = electra::weights::write(&tensors, &[("format", "pt".to_owned())], precision);
    fs::write(&file, bytes.expect("bytes")).expect("weights");
    let output = place.run(
        "pretrain --model first --text text.txt --held-out 0.1 --steps 4 --warmup 1 --lr 1e-30 \
         --device cpu --quiet --out run",
    );
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("warning: the discriminator still cannot tell"), "{said}");
    assert!(said.contains("at step 4: AUC 0.50"), "{said}");
}

#[test]
fn detect_reads_no_position_that_was_never_trained() {
    let place = Place::new();
    // The table knows 64 positions, rows have 16 tokens.
    place.stdout(&format!("{SMALL} --set model.position=learned --steps 2 --out run"));
    let file = place.path("run/discriminator/model.safetensors");
    let mut tensors = electra::weights::read(&fs::read(&file).expect("weights")).expect("tensors");
    let table = tensors
        .get_mut("electra.embeddings.position_embeddings.weight")
        .expect("learned positions");
    let width = table.shape[1];
    assert!(table.shape[0] > 16);
    table.values[16 * width..].fill(f32::NAN);
    let precision = electra::weights::Precision::F32;
    let bytes = electra::weights::write(&tensors, &[("format", "pt".to_owned())], precision);
    fs::write(&file, bytes.expect("bytes")).expect("weights");
    let long = "the cat sees a small red fish ".repeat(6);
    for model in ["run", "run/discriminator"] {
        let line = place.stdout(&format!("detect --model {model} --json {long}"));
        let detected: Value = serde_json::from_str(&line).expect("JSON");
        let tokens = detected["tokens"].as_array().expect("tokens");
        assert_eq!(tokens.len(), 44);
        assert!(tokens.iter().all(|token| token["replaced"].is_number()), "{line}");
    }
}

#[test]
fn evaluate_refuses_rows_without_positions_and_doubts_untrained_ones() {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 2 --out run"));
    let evaluate = "evaluate --model run --text text.txt --device cpu --line-is-document";
    for (flags, said) in [("--rows 0", "--rows"), ("--seq 65", "64"), ("--seq 3", "5 to 64")] {
        let error = place.error(&format!("{evaluate} {flags}"));
        assert!(error.contains(said), "{error}");
    }
    let rows = |flags: &str| {
        let output = place.run(&format!("{evaluate} --json {flags}"));
        let metrics: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let warned = String::from_utf8_lossy(&output.stderr).contains("at most 16 tokens");
        (metrics["rows"].as_u64().expect("rows"), warned)
    };
    // Every line is a row of its own.
    assert_eq!(rows("--seq 16"), (600, false));
    assert_eq!(rows("--seq 32 --rows 50"), (50, true));
}

#[test]
fn a_run_can_begin_with_the_networks_of_another() {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 4 --out first"));
    // At this learning rate nothing moves: the networks must still be those of the first run.
    place.stdout(
        "pretrain --model first --text text.txt --steps 1 --lr 1e-30 --out second --device cpu",
    );
    let of = |run: &str| weights(&place.path(run));
    assert!(of("first") == of("second"), "the networks are others");
    let config = fs::read_to_string(place.path("second/config.toml")).expect("a configuration");
    let config: toml::Table = config.parse().expect("TOML");
    let corruption = &config["objective"]["corruption"];
    assert_eq!(corruption["start"], corruption["end"], "the curriculum is over");
    assert!(config["data"]["vocab"].as_str().is_some_and(|path| path.ends_with("first")));
}

#[test]
fn a_run_that_cannot_begin_with_networks_says_why_and_leaves_nothing() {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 2 --out first"));
    let alone = place.error("pretrain --model first/discriminator --text text.txt --out second");
    assert!(alone.contains("needs a generator too"), "{alone}");
    let wider = "pretrain --model first --text text.txt --set model.embedding_size=48 --out second";
    let wider = place.error(wider);
    assert!(wider.contains("keep their shape"), "{wider}");
    let longer = place.error("pretrain --model first --text text.txt --seq 4096 --out second");
    assert!(longer.contains("positions") && longer.contains("4096"), "{longer}");
    let vocab = "pretrain --model first --text text.txt --set data.vocab=vocab.txt --out second";
    assert!(place.error(vocab).contains("keep their vocabulary"));
    let other = place.run("pretrain --model first --vocab first/vocab.txt");
    let said = String::from_utf8_lossy(&other.stderr);
    assert!(!other.status.success() && said.contains("cannot be used with"), "{said}");
    fs::write(place.path("first/config.toml"), "preset = 3").expect("a spoilt configuration");
    let spoilt = place.error("pretrain --model first --text text.txt --out second");
    assert!(spoilt.contains("cannot read the configuration"), "{spoilt}");
    assert!(!place.path("second").exists());
}
