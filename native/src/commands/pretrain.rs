//! `electra pretrain`: files in, progress and checkpoints out, the core's steps in between.

mod way_on;

use super::finish::finish;
use super::held_out::HeldOut;
use super::pace::{Judging, Pace, Saving};
use super::start::{begin, resume};
use crate::args::PretrainArgs;
use crate::device::Chosen;
use crate::interrupted::listen;
use crate::run::{Alert, Journal, Mode, RunFolder};
use crate::text::Corpus;
use anyhow::{Result, bail};
use burn::tensor::read_sync;
use electra::examples::Examples;
use electra::metrics::Evaluation;
use electra::tokenizer::Tokenizer;
use electra::trainer::{Trainer, Vocabulary};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use way_on::way_on;

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
    run.interrupted = listen()?;
    run.train()?;
    finish(&mut run)
}

impl Run {
    pub(super) fn announce(&self) {
        let stats = &self.corpus.stats;
        let note = format!(
            "{} {}, {} tokens in {} rows ({:.1} % of the tokens kept), {} rows held \
             out; device {}; run folder {}",
            stats.documents,
            stats.unit(),
            stats.tokens,
            stats.examples,
            100.0 * stats.kept_share,
            stats.held_out_examples,
            self.chosen.name,
            self.folder.root().display(),
        );
        self.journal.progress().note(&note);
    }

    pub(super) fn was_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }

    /// The step after which training ends here.
    fn end(&self) -> usize {
        let steps = self.trainer.config().training.steps;
        self.stop_after.map_or(steps, |stop| stop.min(steps))
    }

    fn nothing_to_train(&self) -> String {
        let (step, end) = (self.trainer.step_count(), self.end());
        let advice = if end < self.trainer.config().training.steps {
            format!("leave out `--stop-after {end}` or give more than {step}")
        } else {
            format!("`--steps` with more than {step} trains on")
        };
        format!("the run has done {step} steps already; nothing to train: {advice}")
    }

    fn train(&mut self) -> Result<()> {
        let (config, now) = (self.trainer.config(), self.journal.seconds());
        let mut judging = Judging::new(self.trainer.step_count(), config.eval_every());
        let mut saving = Saving::new(config.training.save_every, now);
        let mut pace = config.training.minutes.map(|minutes| Pace::new(minutes, now));
        // Before the first step there is nothing to read but the count of tokens.
        let tokens = read_sync(self.trainer.metrics())?.tokens;
        self.journal.start(tokens);
        if self.trainer.step_count() >= self.end() {
            self.journal.progress().note(&self.nothing_to_train());
        }
        while self.trainer.step_count() < self.end() && !self.was_interrupted() {
            self.trainer.advance(&self.corpus.train)?;
            self.after_step(pace.as_mut(), &mut judging, &mut saving)?;
        }
        // A signal may come at any moment of a step, so what was due in it says nothing about
        // what is on the disk.
        self.log()?;
        self.save()
    }

    fn after_step(
        &mut self,
        mut pace: Option<&mut Pace>,
        judging: &mut Judging,
        saving: &mut Saving,
    ) -> Result<()> {
        let (step, now) = (self.trainer.step_count(), self.journal.seconds());
        let config = self.trainer.config();
        let (rows, every) = (config.training.eval_rows, config.eval_every());
        let by_the_clock = config.training.minutes.is_some();
        let logs = step.is_multiple_of(config.training.log_every);
        let (evaluates, saves) = (judging.is_due(step, every), saving.is_due(step, now));
        self.journal.progress().reach(step);
        let paced = pace.as_mut().is_some_and(|pace| pace.step(now));
        // The alarm speaks before anything is saved: a lost run overwrites no good checkpoint.
        if logs || evaluates || saves || paced {
            self.log()?;
            if let Some(pace) = pace {
                self.plan(pace)?;
            }
        } else if self.journal.progress().is_due() {
            self.glimpse()?;
        }
        // The last evaluation is the final one, which the clock may have planned for the next steps.
        let near = if by_the_clock { every / 2 } else { 0 };
        if evaluates && step + near < self.end() {
            self.evaluate(rows)?;
        }
        if saves {
            self.save()?;
            saving.saved(self.journal.seconds());
        }
        if evaluates || saves {
            self.journal.skip_pause();
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
        let alert = self.journal.train(&metrics)?;
        self.heed(alert)
    }

    /// Shows what happened since the last line, though none is due in the log: with long steps that
    /// would take too long.
    fn glimpse(&mut self) -> Result<()> {
        let metrics = read_sync(self.trainer.metrics())?;
        self.journal.glimpse(&metrics);
        if metrics.total_loss.is_finite() && metrics.grad_norm.is_finite() {
            return Ok(());
        }
        // A lost run does not go on until a line is due.
        self.log()
    }

    fn evaluate(&mut self, rows: usize) -> Result<()> {
        if let Some(metrics) = self.measure(rows)? {
            let step = self.trainer.step_count();
            let alert = self.journal.evaluated(step, &metrics, false)?;
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
            let (step, score) = (self.trainer.step_count(), f64::midpoint(samples, unigram));
            let checkpoints = self.folder.checkpoints();
            if checkpoints.would_be_best(score) {
                let bytes = read_sync(self.trainer.checkpoint())?;
                checkpoints.save_best(step, &bytes, score)?;
            }
        }
        Ok(())
    }

    /// The metrics of the held-out part; none if nothing was held out.
    pub(super) fn measure(&self, rows: usize) -> Result<Option<Evaluation>> {
        if self.corpus.held_out.is_empty() {
            return Ok(None);
        }
        let progress = self.journal.progress();
        let report = |done, rows| progress.evaluating(done, rows);
        self.held_out().evaluate(self.trainer.model(), rows, &report).map(Some)
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
    pub(super) fn heed(&self, alert: Option<Alert>) -> Result<()> {
        let Some(Alert::Stop(reason)) = alert else { return Ok(()) };
        let (checkpoints, config) = (self.folder.checkpoints(), self.trainer.config());
        if let Some(newest) = checkpoints.latest() {
            let on = way_on(self.folder.root(), config);
            bail!("{reason}; go on from the state after step {}: {on}", newest.step);
        }
        let Some(best) = checkpoints.best() else {
            bail!("{reason}; nothing was saved before, so begin anew");
        };
        bail!("{reason}; only the best state was kept, so go on from it: {}", way_on(&best, config))
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
