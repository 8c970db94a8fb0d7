//! `electra bench`: training steps on synthetic rows, to compare machines and programs.

use crate::args::BenchArgs;
use crate::device;
use crate::print;
use anyhow::Result;
use burn::tensor::read_sync;
use electra::batch::Batch;
use electra::config::PretrainConfig;
use electra::examples::Example;
use electra::metrics::StepMetrics;
use electra::tokenizer::SpecialTokens;
use electra::trainer::{Trainer, Vocabulary};
use serde::Serialize;
use std::time::Instant;

/// Ids of the special tokens in BERT's vocabulary, which the paper's presets use.
const SPECIAL: SpecialTokens = SpecialTokens { pad: 0, unk: 100, cls: 101, sep: 102, mask: 103 };

/// Steps before the clock starts: memory is claimed, kernels are compiled.
const UNMEASURED: usize = 2;

/// What is printed; `benches/step_pytorch.py` prints the same fields.
#[derive(Debug, Serialize)]
struct Measured {
    preset: String,
    device: String,
    threads: usize,
    data_parallel: usize,
    batch: usize,
    seq: usize,
    steps: usize,
    /// Median step.
    seconds_per_step: f64,
    seconds_min: f64,
    seconds_max: f64,
    tokens_per_second: f64,
    /// Most memory the process held, in 10^6 bytes, where the system tells.
    peak_rss_mb: Option<f64>,
    /// Of the last step, to show that it learns.
    generator_loss: f64,
    discriminator_loss: f64,
}

/// Times whole steps: masking, both networks, both passes, update.
pub(super) fn run(args: &BenchArgs) -> Result<()> {
    let measured = measure(args)?;
    if args.json {
        print::line(serde_json::to_string(&measured)?)?;
    } else {
        print::line(format_args!(
            "{} on {}: {:.3} s a step, {:.0} tokens/s, peak memory {} MB",
            measured.preset,
            measured.device,
            measured.seconds_per_step,
            measured.tokens_per_second,
            measured.peak_rss_mb.map_or("?".to_owned(), |mb| format!("{mb:.0}")),
        ))?;
    }
    Ok(())
}

fn measure(args: &BenchArgs) -> Result<Measured> {
    let chosen = device::choose(&args.device)?;
    let mut config = PretrainConfig::preset(&args.preset)?;
    config.training.max_seq_length = args.seq;
    config.training.batch_size = args.batch;
    config.training.data_parallel = args.data_parallel;
    config.validate()?;
    let suitable = chosen.parts(&config.model, args.batch);
    config.training.data_parallel.get_or_insert(suitable);
    let parts = config.training.parts();
    let vocab = config.model.vocab_size;
    let vocabulary = Vocabulary { special: SPECIAL, counts: vec![1; vocab] };
    let mut trainer = Trainer::new(config, vocabulary, &chosen.device, chosen.is_gpu);
    let (seconds, last) = timed_steps(&mut trainer, args, vocab)?;
    let at = |index: usize| seconds.get(index).copied().unwrap_or(f64::NAN);
    let median = f64::midpoint(at((seconds.len() - 1) / 2), at(seconds.len() / 2));
    Ok(Measured {
        preset: args.preset.clone(),
        device: chosen.name.clone(),
        threads: rayon::current_num_threads(),
        data_parallel: parts,
        batch: args.batch,
        seq: args.seq,
        steps: args.steps,
        seconds_per_step: median,
        seconds_min: at(0),
        seconds_max: at(seconds.len() - 1),
        tokens_per_second: (args.batch * args.seq) as f64 / median,
        peak_rss_mb: peak_rss_mb(),
        generator_loss: last.generator_loss,
        discriminator_loss: last.discriminator_loss,
    })
}

/// Seconds of each measured step in ascending order, and what the last one measured.
fn timed_steps(
    trainer: &mut Trainer,
    args: &BenchArgs,
    vocab: usize,
) -> Result<(Vec<f64>, StepMetrics)> {
    let mut seconds = Vec::with_capacity(args.steps);
    let mut last = StepMetrics::default();
    for step in 0..UNMEASURED + args.steps {
        let batch = rows(args.batch, args.seq, vocab, step);
        let began = Instant::now();
        trainer.train_on(std::slice::from_ref(&batch));
        last = read_sync(trainer.metrics())?;
        if step >= UNMEASURED {
            seconds.push(began.elapsed().as_secs_f64());
        }
    }
    seconds.sort_by(f64::total_cmp);
    Ok((seconds, last))
}

/// Full rows of tokens that are not special, others in every step.
fn rows(count: usize, seq: usize, vocab: usize, step: usize) -> Batch {
    let examples: Vec<Example> = (0..count)
        .map(|row| {
            let first = (step * count + row) * seq;
            let token = |at: usize| (1000 + (first + at) * 7919 % (vocab - 1000)) as u32;
            let mut ids: Vec<u32> = (0..seq).map(token).collect();
            ids[0] = SPECIAL.cls;
            ids[seq - 1] = SPECIAL.sep;
            Example { ids, first_segment: seq }
        })
        .collect();
    Batch::new(&examples, seq, SPECIAL.pad)
}

/// Linux tells in `/proc`; elsewhere it stays unknown.
fn peak_rss_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}
