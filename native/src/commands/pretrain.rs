//! `electra pretrain`: files in, progress and checkpoints out, the core's steps in between.

use super::finish::finish;
use super::held_out::HeldOut;
use super::start::{begin, resume};
use crate::args::PretrainArgs;
use crate::device::Chosen;
use crate::run::{Alert, Journal, Mode, RunFolder, shell_word};
use crate::text::Corpus;
use anyhow::{Context, Result, bail};
use burn::tensor::read_sync;
use electra::examples::Examples;
use electra::metrics::Evaluation;
use electra::tokenizer::Tokenizer;
use electra::trainer::{Trainer, Vocabulary};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Steps measured before a time budget becomes a number of steps; the first ones warm up.
const PACE_STEPS: usize = 40;
const PACE_WARM_UP: usize = 10;

/// A run with everything around it.
pub(super) struct Session {
    pub(super) trainer: Trainer,
    pub(super) corpus: Corpus,
    pub(super) tokenizer: Tokenizer,
    pub(super) vocabulary: Vocabulary,
    pub(super) chosen: Chosen,
    pub(super) folder: RunFolder,
    pub(super) journal: Journal,
    pub(super) mode: Mode,
    pub(super) stop_after: Option<usize>,
    pub(super) interrupted: Arc<AtomicBool>,
}

/// Trains a new run, or goes on with an old one, and shows what came of it.
pub(super) fn run(args: &PretrainArgs) -> Result<()> {
    let mut session = match &args.resume {
        Some(run) => resume(args, run)?,
        None => begin(args)?,
    };
    session.listen()?;
    session.train()?;
    session.journal.progress().finish();
    finish(&mut session)
}

impl Session {
    pub(super) fn announce(&mut self) {
        let stats = &self.corpus.stats;
        let note = format!(
            "{} documents, {} tokens in {} rows ({:.1} % of the tokens kept), {} rows held out; \
             device {}; run folder {}",
            stats.documents,
            stats.tokens,
            stats.examples,
            100.0 * stats.kept_share,
            stats.held_out_examples,
            self.chosen.name.trim(),
            self.folder.root().display(),
        );
        self.journal.progress().note(&note);
    }

    /// Ctrl-C finishes the step; a second one ends at once.
    fn listen(&self) -> Result<()> {
        let interrupted = self.interrupted.clone();
        ctrlc::set_handler(move || {
            if interrupted.swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
        })
        .context("cannot listen for Ctrl-C")
    }

    pub(super) fn was_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }

    /// The step after which training ends here.
    fn end(&self) -> usize {
        let steps = self.trainer.config().training.steps;
        self.stop_after.map_or(steps, |stop| stop.min(steps))
    }

    fn train(&mut self) -> Result<()> {
        let mut pace = Pace::default();
        while self.trainer.step_count() < self.end() && !self.was_interrupted() {
            self.trainer.advance(&self.corpus.train)?;
            let step = self.trainer.step_count();
            let training = self.trainer.config().training.clone();
            let due = |every: usize| every > 0 && step.is_multiple_of(every);
            let logs = due(training.log_every);
            self.plan(&mut pace, logs)?;
            let last = step >= self.end() || self.was_interrupted();
            if logs || last {
                self.log()?;
            }
            if due(training.eval_every) && !last {
                self.evaluate(training.eval_rows)?;
            }
            if due(training.save_every) || last {
                self.save()?;
            }
        }
        Ok(())
    }

    /// Turns a time budget into steps once the pace is known, and mends the number with every
    /// line of metrics: a machine that does other work too keeps no pace.
    fn plan(&mut self, pace: &mut Pace, logged: bool) -> Result<()> {
        let Some(minutes) = self.trainer.config().training.minutes else { return Ok(()) };
        pace.steps += 1;
        if pace.steps == PACE_WARM_UP {
            read_sync(self.trainer.metrics())?;
            pace.since = Some(Instant::now());
        }
        let Some(since) = pace.since else { return Ok(()) };
        let first = pace.steps == PACE_STEPS;
        if !first && (pace.steps < PACE_STEPS || !logged) {
            return Ok(());
        }
        if first {
            read_sync(self.trainer.metrics())?;
        }
        let per_step = since.elapsed().as_secs_f64() / (pace.steps - PACE_WARM_UP) as f64;
        let left = (60.0 * minutes - self.journal.seconds()).max(0.0);
        let step = self.trainer.step_count();
        let steps = step + (left / per_step) as usize;
        self.trainer.plan_steps(steps);
        self.journal.progress().set_total(steps);
        if first {
            let note = format!("{per_step:.3} s a step: {steps} steps in about {minutes} minutes");
            self.journal.progress().note(&note);
            self.write_config()?;
        }
        Ok(())
    }

    fn write_config(&self) -> Result<()> {
        let resolved = toml::to_string_pretty(self.trainer.config())?;
        self.folder.write(crate::model_folder::CONFIG, resolved.as_bytes())?;
        Ok(())
    }

    fn log(&mut self) -> Result<()> {
        let metrics = read_sync(self.trainer.metrics())?;
        let seconds = self.journal.seconds();
        let speed = metrics.tokens as f64 / seconds.max(1e-9);
        let alert = self.journal.train(&metrics, speed)?;
        self.heed(alert)
    }

    fn evaluate(&mut self, rows: usize) -> Result<()> {
        if let Some(metrics) = self.measure(rows)? {
            let step = self.trainer.step_count();
            let alert = self.journal.evaluated(step, &metrics)?;
            self.heed(alert)?;
            self.save_best(&metrics)?;
        }
        Ok(())
    }

    /// Keeps this state as the best if it detects better than all before.
    pub(super) fn save_best(&self, metrics: &Evaluation) -> Result<()> {
        if let Some(score) = metrics.disc_auc {
            let bytes = read_sync(self.trainer.checkpoint())?;
            self.folder.checkpoints().save_best(self.trainer.step_count(), &bytes, score)?;
        }
        Ok(())
    }

    /// The metrics of the held-out part; none if nothing was held out.
    pub(super) fn measure(&self, rows: usize) -> Result<Option<Evaluation>> {
        if self.corpus.held_out.is_empty() {
            return Ok(None);
        }
        self.held_out().evaluate(self.trainer.model(), rows).map(Some)
    }

    pub(super) fn held_out(&self) -> HeldOut<'_> {
        HeldOut {
            examples: &self.corpus.held_out,
            config: self.trainer.config(),
            vocabulary: &self.vocabulary,
            device: &self.chosen.device,
            fixed_shapes: self.chosen.is_gpu,
        }
    }

    /// A lost run stops before it can overwrite its last good checkpoint.
    fn heed(&self, alert: Option<Alert>) -> Result<()> {
        let Some(Alert::Stop(reason)) = alert else { return Ok(()) };
        let run = shell_word(&self.folder.root().display().to_string());
        bail!("{reason}; the last good checkpoint is in {run}/checkpoints")
    }

    fn save(&mut self) -> Result<()> {
        let bytes = read_sync(self.trainer.checkpoint())?;
        self.folder.checkpoints().save(self.trainer.step_count(), &bytes)?;
        // The planned steps may have changed.
        self.write_config()
    }
}

/// Steps of this process, and since when they are timed.
#[derive(Default)]
struct Pace {
    steps: usize,
    since: Option<Instant>,
}
