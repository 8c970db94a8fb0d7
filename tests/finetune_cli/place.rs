//! A folder with a small pre-trained model in `run` and tables to learn, and the program in it.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder with a small pre-trained model in `run` and tables to learn.
pub(crate) struct Place(TempDir);

const SMALL: &str = "pretrain --device cpu --text text.txt --vocab-size 80 --seq 32 --batch 8 \
    --steps 4 --quiet --set model.discriminator.hidden_size=32 \
    --set model.discriminator.num_hidden_layers=2 --set model.discriminator.num_attention_heads=2 \
    --set model.discriminator.intermediate_size=64 --set model.embedding_size=32 \
    --generator-hidden 32 --generator-layers 1 --out run";

/// Fine-tuning of seconds.
pub(crate) const TUNE: &str = "finetune --model run --device cpu --quiet --batch 8 --lr 0.005 \
    --layer-decay 1";

pub(crate) fn sentence(line: usize) -> String {
    let words = ["the", "cat", "dog", "sees", "eats", "a", "small", "red", "fish", "house"];
    let word = |at: usize| words[(line * 7 + at * at + at * (line / 11)) % words.len()];
    (0..5 + line % 7).map(word).collect::<Vec<&str>>().join(" ")
}

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        let text: String = (0..300).map(|line| sentence(line) + " .\n\n").collect();
        place.write("text.txt", &text);
        let label = |line: usize| if sentence(line).contains("fish") { "fish" } else { "none" };
        let row = |line: usize| format!("{}\t{}\n", sentence(line), label(line));
        let rows: String = (0..96).map(row).collect();
        place.write("rows.tsv", &format!("text\tlabel\n{rows}"));
        place.stdout(SMALL);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        let text = fs::read_to_string(self.path(name)).expect(name);
        serde_json::from_str(&text).expect("JSON")
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

    pub(crate) fn stdout(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`{arguments}` failed: {error}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    pub(crate) fn error(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "`{arguments}`: {error}");
        let sentence = error.trim().lines().last().unwrap_or_default().to_owned();
        assert!(sentence.starts_with("electra: "), "{error}");
        sentence
    }
}

pub(crate) fn weights(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("model.safetensors")).expect("weights")
}

pub(crate) const OWN: &str = "--task fish --kind classification --data rows.tsv --text-column text \
    --label-column label";
