//! What tests of runs begin with, and what runs leave behind.

use std::fs;
use std::path::{Path, PathBuf};

use crate::program::sentence;
pub(crate) use crate::program::{Place, press_ctrl_c, wait_until};

impl Place {
    /// A folder with a small corpus.
    pub(crate) fn new() -> Self {
        let place = Self::empty();
        let end = |line: usize| if line.is_multiple_of(3) { " .\n\n" } else { " .\n" };
        let text: String = (0..600).map(|line| sentence(line) + end(line)).collect();
        place.write("text.txt", &text);
        place
    }
}

/// A run of seconds: two layers of 32.
pub(crate) const SMALL: &str = "pretrain --device cpu --text text.txt --set model.vocab_size=80 --seq 16 --batch 8 \
    --held-out 0.1 --eval-every 10 --quiet --set training.log_every=5 \
    --set model.discriminator.hidden_size=32 --set model.discriminator.num_hidden_layers=2 \
    --set model.discriminator.num_attention_heads=2 \
    --set model.discriminator.intermediate_size=64 --set model.embedding_size=32 \
    --generator-hidden 32 --generator-layers 1";

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
