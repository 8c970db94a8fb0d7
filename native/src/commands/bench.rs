//! `electra bench`: training steps on synthetic rows, to compare machines and programs.

use crate::args::BenchArgs;
use crate::device;
use anyhow::Result;
use burn::tensor::read_sync;
use electra::batch::Batch;
use electra::config::PretrainConfig;
use electra::examples::Example;
use electra::tokenizer::SpecialTokens;
use electra::trainer::{Trainer, Vocabulary};
use serde::Serialize;
use std::time::Instant;

/// Ids of the special tokens in BERT's vocabulary, which the paper's presets use.
const SPECIAL: SpecialTokens = SpecialTokens { pad: 0, unk: 100, cls: 101, sep: 102, mask: 103 };

/// What is printed.
#[derive(Debug, Serialize)]
struct Measured {
    preset: String,
    device: String,
    batch: usize,
    seq: usize,
    steps: usize,
    /// Seconds of the median step.
    step_seconds: f64,
    /// Seconds of the fastest step.
    fastest_seconds: f64,
    tokens_per_second: f64,
    /// Most memory the process held, where the system tells.
    peak_memory_mb: Option<f64>,
}

/// Times whole steps: masking, both networks, both passes, update.
pub(super) fn run(args: &BenchArgs) -> Result<()> {
    let chosen = device::choose(&args.device)?;
    let mut config = PretrainConfig::preset(&args.preset)?;
    config.training.max_seq_length = args.seq;
    config.training.batch_size = args.batch;
    config.validate()?;
    let vocab = config.model.vocab_size;
    let vocabulary = Vocabulary { special: SPECIAL, counts: vec![1; vocab] };
    let batch = rows(args.batch, args.seq, vocab);
    let mut trainer = Trainer::new(config, vocabulary, &chosen.device, chosen.is_gpu);
    let mut seconds = Vec::with_capacity(args.steps);
    for step in 0..=args.steps {
        let began = Instant::now();
        trainer.train_on(std::slice::from_ref(&batch));
        read_sync(trainer.metrics())?;
        if step > 0 {
            seconds.push(began.elapsed().as_secs_f64());
        }
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN);
    let measured = Measured {
        preset: args.preset.clone(),
        device: chosen.name.trim().to_owned(),
        batch: args.batch,
        seq: args.seq,
        steps: args.steps,
        step_seconds: median,
        fastest_seconds: seconds.first().copied().unwrap_or(f64::NAN),
        tokens_per_second: (args.batch * args.seq) as f64 / median,
        peak_memory_mb: peak_memory_mb(),
    };
    if args.json {
        anstream::println!("{}", serde_json::to_string(&measured)?);
    } else {
        anstream::println!(
            "{} on {}: {:.3} s a step, {:.0} tokens/s, peak memory {} MB",
            measured.preset,
            measured.device,
            measured.step_seconds,
            measured.tokens_per_second,
            measured.peak_memory_mb.map_or("?".to_owned(), |mb| format!("{mb:.0}")),
        );
    }
    Ok(())
}

/// Full rows of tokens that are not special.
fn rows(count: usize, seq: usize, vocab: usize) -> Batch {
    let examples: Vec<Example> = (0..count)
        .map(|row| {
            let token = |at: usize| (1000 + (row * seq + at) * 7919 % (vocab - 1000)) as u32;
            let mut ids: Vec<u32> = (0..seq).map(token).collect();
            ids[0] = SPECIAL.cls;
            ids[seq - 1] = SPECIAL.sep;
            Example { ids, first_segment: seq }
        })
        .collect();
    Batch::new(&examples, seq, SPECIAL.pad)
}

/// Linux tells in `/proc`; elsewhere it stays unknown.
fn peak_memory_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}
