//! The real program: what it prints, what it leaves behind, and that nothing kills a run.

use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A folder with a small corpus, and a cache of its own.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        let words = ["the", "cat", "dog", "sees", "eats", "a", "small", "red", "fish", "house"];
        let mut text = String::new();
        for line in 0..600_usize {
            let word = |at: usize| words[(line * 7 + at * at + at * (line / 11)) % words.len()];
            let sentence: Vec<&str> = (0..5 + line % 7).map(word).collect();
            text += &sentence.join(" ");
            text += if line % 3 == 0 { " .\n\n" } else { " .\n" };
        }
        fs::write(place.path("text.txt"), text).expect("a corpus");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_electra"));
        command
            .current_dir(self.0.path())
            .env("XDG_CACHE_HOME", self.path("cache"))
            .args(arguments.split_whitespace());
        command
    }

    fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    /// Runs and expects success.
    fn stdout(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`{arguments}` failed: {error}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Runs and expects one sentence and exit code 1.
    fn error(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "`{arguments}`: {error}");
        // Notes of what was being done may stand before it.
        let sentence = error.trim().lines().last().unwrap_or_default().to_owned();
        assert!(sentence.starts_with("electra: "), "{error}");
        assert_eq!(error.matches("electra: ").count(), 1, "{error}");
        sentence
    }
}

/// A run of seconds: two layers of 32.
const SMALL: &str = "pretrain --device cpu --text text.txt --vocab-size 80 --seq 16 --batch 8 \
    --held-out 0.1 --eval-every 10 --quiet --set training.log_every=5 \
    --set model.discriminator.hidden_size=32 --set model.discriminator.num_hidden_layers=2 \
    --set model.discriminator.num_attention_heads=2 \
    --set model.discriminator.intermediate_size=64 --set model.embedding_size=32 \
    --generator-hidden 32 --generator-layers 1";

fn weights(run: &Path) -> Vec<u8> {
    let file = |network: &str| {
        fs::read(run.join(network).join("model.safetensors")).expect("exported weights")
    };
    [file("discriminator"), file("generator")].concat()
}

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
    for name in [
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
    ] {
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
    child.stdin.take().expect("a pipe").write_all(b"the cat\n\na dog\n").expect("input");
    let output = child.wait_with_output().expect("an end");
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 2);
}

#[test]
fn a_resumed_run_repeats_the_uninterrupted_one_bitwise() {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 20 --out whole"));
    place.stdout(&format!("{SMALL} --steps 20 --out parts --stop-after 10"));
    assert_ne!(weights(&place.path("whole")), weights(&place.path("parts")));
    place.stdout("pretrain --resume parts --device cpu --quiet");
    assert_eq!(weights(&place.path("whole")), weights(&place.path("parts")));
}

#[test]
fn killing_the_program_never_costs_more_than_the_last_checkpoint() {
    let place = Place::new();
    let begin = format!("{SMALL} --steps 100000 --save-every 1 --out run");
    let mut command = place.command(&begin);
    for round in 0..20_u64 {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        if round == 0 {
            while !fs::read_dir(place.path("run/checkpoints"))
                .is_ok_and(|mut all| all.next().is_some())
            {
                assert!(child.try_wait().expect("a child").is_none(), "the run ended by itself");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        std::thread::sleep(Duration::from_millis(400 + 37 * (round * 7 % 20)));
        child.kill().expect("a kill");
        child.wait().expect("an end");
        command = place.command("pretrain --resume run --device cpu --quiet");
    }
    let step = newest(&place.path("run/checkpoints"));
    assert!(step >= 20, "only {step} steps survived");
    place.stdout(&format!("pretrain --resume run --device cpu --quiet --stop-after {}", step + 2));
    assert!(newest(&place.path("run/checkpoints")) >= step);
}

fn newest(folder: &Path) -> usize {
    let names = fs::read_dir(folder).expect("checkpoints").flatten();
    let step = |name: &str| name.strip_prefix("step-")?.strip_suffix(".ckpt")?.parse().ok();
    names.filter_map(|entry| step(&entry.file_name().to_string_lossy())).max().expect("a step")
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_and_says_how_to_go_on() {
    let place = Place::new();
    let arguments =
        format!("{SMALL} --steps 100000 --save-every 5 --out run").replace(" --quiet", "");
    let child = place.command(&arguments).stderr(Stdio::piped()).spawn().expect("the program");
    while !place.path("run/checkpoints/step-00000005.ckpt").is_file()
        && !place.path("run/checkpoints/step-00000010.ckpt").is_file()
    {
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = child.id().to_string();
    Command::new("kill").args(["-INT", &pid]).status().expect("a signal");
    let output = child.wait_with_output().expect("an end");
    let shown = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("--resume run"), "{shown}");
}

#[test]
fn bad_input_gets_one_sentence_that_names_it() {
    let place = Place::new();
    fs::write(place.path("empty.txt"), "\n \n").expect("a file");
    fs::write(place.path("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n").expect("a file");
    fs::write(place.path("run.toml"), "[training]\nstep = 3\n").expect("a file");
    for (arguments, named) in [
        ("pretrain --text nowhere.txt", "nowhere.txt"),
        ("pretrain --text *.nothing", "*.nothing"),
        ("pretrain --text empty.txt --device cpu", "empty.txt"),
        ("pretrain --preset huge", "nano, tiny, small, base, large"),
        ("pretrain --device toaster", "toaster"),
        ("pretrain --lr -1", "-1"),
        ("pretrain --mask-prob 1.5", "objective.mask_prob"),
        ("pretrain --config run.toml", "steps"),
        ("pretrain --config nowhere.toml", "nowhere.toml"),
        ("pretrain --text text.txt --vocab vocab.txt --device cpu", "[MASK]"),
        ("pretrain --resume nowhere", "nowhere"),
        ("pretrain --resume nowhere --lr 1", "--resume"),
        ("pretrain --set model.norm", "="),
        ("detect --model nowhere text", "nowhere"),
        ("evaluate --model nowhere --text text.txt", "nowhere"),
    ] {
        let arguments = arguments.replace("--lr -1", "--lr=-1");
        let error = place.error(&arguments);
        assert!(error.contains(named), "`{arguments}` says: {error}");
    }
    assert!(!place.path("runs").exists(), "a failed start left a folder");
}

#[test]
fn help_names_every_flag_once_and_shows_examples() {
    let place = Place::new();
    let help = place.stdout("pretrain --help");
    for flag in [
        "--preset",
        "--text",
        "--vocab",
        "--steps",
        "--minutes",
        "--batch",
        "--seq",
        "--lr",
        "--seed",
        "--device",
        "--out",
        "--resume",
        "--stop-after",
        "--config",
        "--quiet",
        "--json",
    ] {
        let lines = help.lines().filter(|line| {
            line.trim_start().trim_start_matches("-h, ").split([' ', '=']).next() == Some(flag)
        });
        assert_eq!(lines.count(), 1, "{flag} in {help}");
    }
    assert!(help.contains("Examples:"));
}

#[test]
fn flops_and_devices_answer() {
    let place = Place::new();
    assert!(place.stdout("flops").contains("electra_small"));
    assert!(place.stdout("devices").contains("cpu"));
}
