//! How fast text becomes examples: read, unpack, tokenise, pack into rows, write, on all cores.
//!
//! `cargo bench -p electra-native --bench tokenizing -- TEXT VOCAB [ROW]` prints one JSON line;
//! `tokenizing.py` is the other side.

#![allow(dead_code, unused_imports, reason = "takes the program's modules, uses some of them")]

#[path = "../native/src/files.rs"]
mod files;
#[path = "../native/src/text/mod.rs"]
mod text;

use anyhow::{Context, Result};
use electra::config::PretrainConfig;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<()> {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [text, vocab, rest @ ..] = &arguments[..] else {
        anyhow::bail!("give a text and a vocabulary");
    };
    let row = rest.first().map_or(Ok(128), |it| it.parse()).context("the row is no number")?;
    let tokenizer = text::read_vocab(Path::new(vocab), true, true)?;
    let mut data = PretrainConfig::preset("small")?.data;
    data.text = vec![text.clone()];
    let cache = std::env::temp_dir().join(format!("electra-bench-{}", std::process::id()));
    let begin = Instant::now();
    let corpus = text::prepare(&data, b"", row, &tokenizer, 1, &cache, &|_, _| ())?;
    let seconds = begin.elapsed().as_secs_f64();
    std::fs::remove_dir_all(&cache).context("cannot remove the bench's cache")?;
    let stats = corpus.stats;
    let line = serde_json::json!({
        "seconds": seconds,
        "megabytes_per_second": stats.bytes as f64 / 1e6 / seconds,
        "peak_memory_megabytes": peak_memory(),
        "stats": stats,
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

/// The process's largest resident size, where the system tells.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1e3)
}
