//! `electra pretrain`: files in, progress and checkpoints out, the core's steps in between.

use super::finish::finish;
use super::held_out::HeldOut;
use super::pace::Pace;
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

/// A run with everything around it.
pub(super) struct Run {
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
    /// The step of the newest line of metrics.
    pub(super) logged: usize,
    /// The step of the newest checkpoint.
    pub(super) saved: Option<usize>,
}

/// Trains a new run, or goes on with an old one, and shows what came of it.
pub(super) fn run(args: &PretrainArgs) -> Result<()> {
    let mut run = match &args.resume {
        Some(folder) => resume(args, folder)?,
        None => begin(args)?,
    };
    run.listen()?;
    run.train()?;
    run.journal.progress().finish();
    finish(&mut run)
}

impl Run {
    pub(super) fn announce(&self) {
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
        let minutes = self.trainer.config().training.minutes;
        let mut pace = minutes.map(|minutes| Pace::new(minutes, self.journal.seconds()));
        while self.trainer.step_count() < self.end() && !self.was_interrupted() {
            self.trainer.advance(&self.corpus.train)?;
            self.after_step(pace.as_mut())?;
        }
        // A signal may come at any moment of a step, so what was due in it says nothing about
        // what is on the disk.
        self.log()?;
        self.save()
    }

    fn after_step(&mut self, mut pace: Option<&mut Pace>) -> Result<()> {
        let step = self.trainer.step_count();
        let training = self.trainer.config().training.clone();
        let due = |every: usize| every > 0 && step.is_multiple_of(every);
        let (evaluates, saves) = (due(training.eval_every), due(training.save_every));
        let paced = pace.as_mut().is_some_and(|pace| pace.step(self.journal.seconds()));
        // The alarm speaks before anything is saved: a lost run overwrites no good checkpoint.
        if due(training.log_every) || evaluates || saves || paced {
            self.log()?;
            if let Some(pace) = pace {
                self.plan(pace)?;
            }
        }
        // The last evaluation is the final one.
        if evaluates && step < self.end() {
            self.evaluate(training.eval_rows)?;
        }
        if saves {
            self.save()?;
        }
        Ok(())
    }

    /// Turns a time budget into steps once the pace is known, and mends the number with every
    /// line of metrics: a machine that does other work too keeps no pace.
    fn plan(&mut self, pace: &mut Pace) -> Result<()> {
        let (first, now) = (!pace.is_planned(), self.journal.seconds());
        let Some(left) = pace.plan(now) else { return Ok(()) };
        let steps = self.trainer.step_count() + left;
        self.trainer.plan_steps(steps);
        self.journal.plan(steps, self.trainer.config().warmup_steps());
        if first {
            let per_step = pace.seconds_per_step(now);
            let note = format!("{per_step:.3} s a step: about {steps} steps fit the time");
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

    /// Logs what happened since the last line, if anything did.
    fn log(&mut self) -> Result<()> {
        let step = self.trainer.step_count();
        if self.logged == step {
            return Ok(());
        }
        self.logged = step;
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
    ///
    /// `metrics` must be of `training.eval_rows` rows: scores of other rows do not compare. The
    /// AUC on the generator's samples alone would not do, since a weak generator makes them easy
    /// to find and the highest one comes early; that on unigram swaps is the same task all along,
    /// but asks for less than the run is for.
    pub(super) fn save_best(&self, metrics: &Evaluation) -> Result<()> {
        if let (Some(samples), Some(unigram)) = (metrics.disc_auc, metrics.unigram_disc_auc) {
            let bytes = read_sync(self.trainer.checkpoint())?;
            let (step, score) = (self.trainer.step_count(), f64::midpoint(samples, unigram));
            self.folder.checkpoints().save_best(step, &bytes, score)?;
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
        let checkpoints = self.folder.checkpoints();
        if checkpoints.latest().is_none() {
            bail!("{reason}; nothing was saved yet");
        }
        let folder = shell_word(&checkpoints.folder().display().to_string());
        bail!("{reason}; the checkpoints up to then are in {folder}")
    }

    /// Saves the state, unless it is on the disk already.
    fn save(&mut self) -> Result<()> {
        let step = self.trainer.step_count();
        if self.saved == Some(step) {
            return Ok(());
        }
        let bytes = read_sync(self.trainer.checkpoint())?;
        // Networks of an older state would be read instead of the checkpoint. They go first: until
        // it is saved, the checkpoint before it holds the same state as they.
        if let Err(error) = self.folder.remove_networks() {
            let warning = format!("{error:#}; until the run ends, the old state in it is read");
            self.journal.warn(&warning);
        }
        self.folder.checkpoints().save(step, &bytes)?;
        self.saved = Some(step);
        // The planned steps may have changed.
        self.write_config()
    }
}
