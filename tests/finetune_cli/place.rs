//! What tests of fine-tunings begin with.

use std::fs;
use std::path::Path;
use std::process::ExitStatus;

pub(crate) use crate::program::{Place, sentence};
use crate::program::{press_ctrl_c, wait_until};

const SMALL: &str = "pretrain --device cpu --text text.txt --vocab-size 80 --seq 32 --batch 8 \
    --steps 4 --quiet --set model.discriminator.hidden_size=32 \
    --set model.discriminator.num_hidden_layers=2 --set model.discriminator.num_attention_heads=2 \
    --set model.discriminator.intermediate_size=64 --set model.embedding_size=32 \
    --generator-hidden 32 --generator-layers 1 --out run";

/// Fine-tuning of seconds.
pub(crate) const TUNE: &str = "finetune --model run --device cpu --quiet --batch 8 --lr 0.005 \
    --layer-decay 1";

impl Place {
    /// A folder with a small pre-trained model in `run` and tables to learn.
    pub(crate) fn new() -> Self {
        let place = Self::empty();
        let text: String = (0..300).map(|line| sentence(line) + " .\n\n").collect();
        place.write("text.txt", &text);
        let label = |line: usize| if sentence(line).contains("fish") { "fish" } else { "none" };
        let row = |line: usize| format!("{}\t{}\n", sentence(line), label(line));
        let rows: String = (0..96).map(row).collect();
        place.write("rows.tsv", &format!("text\tlabel\n{rows}"));
        place.stdout(SMALL);
        place
    }

    /// Begins, presses Ctrl-C as soon as there is such a file, and waits for the end; kills where
    /// there are no signals.
    pub(crate) fn interrupted(&self, arguments: &str, file: &str) -> ExitStatus {
        let mut child = self.silently(arguments);
        wait_until(file, || self.path(file).exists());
        if cfg!(unix) {
            press_ctrl_c(&child);
        } else {
            child.kill().expect("a kill");
        }
        child.wait().expect("an end")
    }
}

pub(crate) fn weights(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("model.safetensors")).expect("weights")
}

pub(crate) const OWN: &str = "--task fish --kind classification --data rows.tsv --text-column text \
    --label-column label";
