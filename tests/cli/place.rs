//! A folder of one test, the program in it, and what it leaves there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A folder with a small corpus, and a cache of its own.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
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

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_electra"));
        command
            .current_dir(self.0.path())
            .env("XDG_CACHE_HOME", self.path("cache"))
            .args(arguments.split_whitespace());
        command
    }

    pub(crate) fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    /// Runs and expects success.
    pub(crate) fn stdout(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`{arguments}` failed: {error}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Runs and expects one sentence and exit code 1.
    pub(crate) fn error(&self, arguments: &str) -> String {
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
pub(crate) const SMALL: &str = "pretrain --device cpu --text text.txt --set model.vocab_size=80 --seq 16 --batch 8 \
    --held-out 0.1 --eval-every 10 --quiet --set training.log_every=5 \
    --set model.discriminator.hidden_size=32 --set model.discriminator.num_hidden_layers=2 \
    --set model.discriminator.num_attention_heads=2 \
    --set model.discriminator.intermediate_size=64 --set model.embedding_size=32 \
    --generator-hidden 32 --generator-layers 1";

/// Longer than any test needs on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// Waits until something is there.
pub(crate) fn wait_until(what: &str, is_there: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_there() {
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The bytes of both exported networks.
pub(crate) fn weights(run: &Path) -> Vec<u8> {
    let file = |network: &str| {
        fs::read(run.join(network).join("model.safetensors")).expect("exported weights")
    };
    [file("discriminator"), file("generator")].concat()
}

/// Steps of the newest checkpoint of a run; 0 if there is none.
pub(crate) fn newest(run: &Path) -> usize {
    let names = fs::read_dir(run.join("checkpoints")).into_iter().flatten().flatten();
    let step = |name: &str| name.strip_prefix("step-")?.strip_suffix(".ckpt")?.parse().ok();
    names.filter_map(|entry| step(&entry.file_name().to_string_lossy())).max().unwrap_or(0)
}

/// Every file in `checkpoints` that has its final name.
pub(crate) fn checkpoints(run: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(run.join("checkpoints")).expect("checkpoints").flatten();
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "ckpt")).collect()
}
