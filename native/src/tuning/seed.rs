//! One seed: train, keep what is best, predict every split, score.

use super::job::Job;
use super::past::Past;
use super::progress::Display;
use super::results::SeedResult;
use super::terminal::in_a_row;
use crate::files::write_atomically;
use crate::{model_folder, tasks};
use anyhow::{Context, Result, bail};
use burn::tensor::read_sync;
use electra::finetune::{FineTuner, Setup, Verdict};
use electra::hugging_face::SavedTask;
use electra::scores::score;
use electra::task_models::{export, untrained, with_new_head};
use electra::tasks::{Prediction, Split};
use electra::weights::Precision;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Steps between two readings of the loss.
const LOG_EVERY: usize = 20;
/// A killed program loses at most this much.
const SAVE_EVERY: Duration = Duration::from_mins(1);

/// Trains with one seed; none when it was interrupted, which is saved.
///
/// `before` are the seeds that are done: the model of a better one becomes the folder's.
pub(super) fn run(job: &Job, seed: u64, before: &[SeedResult]) -> Result<Option<SeedResult>> {
    let folder = job.out.join(format!("seed-{seed}"));
    let mut session = Session::begin(job, seed, folder)?;
    if !session.train()? {
        session.display.finish();
        return Ok(None);
    }
    let result = session.finish(before)?;
    session.display.finish();
    Ok(Some(result))
}

struct Session<'a> {
    job: &'a Job,
    seed: u64,
    folder: PathBuf,
    tuner: FineTuner,
    past: Past,
    display: Display,
    began: Instant,
    saved: Instant,
}

impl<'a> Session<'a> {
    fn begin(job: &'a Job, seed: u64, folder: PathBuf) -> Result<Self> {
        let device = &job.chosen.device;
        let state = folder.join("state.safetensors");
        let patience = job.config.patience;
        let (tuner, past) = match fs::read(&state) {
            Ok(bytes) => {
                let tuner =
                    FineTuner::resume(&bytes, device, job.chosen.is_gpu).with_context(|| {
                        let state = state.display();
                        format!("cannot go on with {state}; remove it to begin this seed anew")
                    })?;
                (tuner, Past::read(&folder, patience))
            }
            Err(_) => (new_tuner(job, seed)?, Past::new(patience)),
        };
        let label = format!("{} seed {seed}", job.spec.title);
        let display = Display::new(job.mode, label, tuner.setup().steps, tuner.step_count());
        let now = Instant::now();
        Ok(Self { job, seed, folder, tuner, past, display, began: now, saved: now })
    }

    /// Whether training came to its end.
    fn train(&mut self) -> Result<bool> {
        let steps = self.tuner.setup().steps;
        let every = self.evaluate_every();
        while self.tuner.step_count() < steps {
            if self.job.was_interrupted() {
                self.look()?;
                self.save()?;
                return Ok(false);
            }
            self.tuner.advance(&self.job.train);
            let step = self.tuner.step_count();
            self.display.step(step);
            let save = self.saved.elapsed() >= SAVE_EVERY;
            if step.is_multiple_of(LOG_EVERY) || step == steps || save {
                self.look()?;
                self.display.train(self.seed, &self.past.last);
            }
            if every > 0 && (step.is_multiple_of(every) || step == steps) && !self.judge()? {
                break;
            }
            if save {
                self.save()?;
            }
        }
        Ok(true)
    }

    /// Reads how training goes, unless that is known of this step. Weights that are no numbers are
    /// neither saved nor written.
    fn look(&mut self) -> Result<()> {
        let last = &mut self.past.last;
        if last.step != self.tuner.step_count() {
            *last = read_sync(self.tuner.metrics())?;
        }
        if last.loss.is_finite() && last.grad_norm.is_finite() {
            return Ok(());
        }
        bail!(
            "{} seed {}: the loss is no longer a number at step {}; try a smaller `--lr`, or a \
             longer warm-up with `--set warmup_share=0.2`",
            self.job.spec.title,
            self.seed,
            last.step
        );
    }

    /// Steps between evaluations; 0: none before the end.
    fn evaluate_every(&self) -> usize {
        let config = &self.job.config;
        let evaluations = config.evals_per_epoch.max(usize::from(config.patience > 0));
        let epoch = self.job.train.len().div_ceil(config.batch_size * config.accumulation);
        epoch.checked_div(evaluations).map_or(0, |steps| steps.max(1))
    }

    /// Scores the first development split; whether to go on.
    fn judge(&mut self) -> Result<bool> {
        let job = self.job;
        let Some(split) = job.splits.first() else { return Ok(true) };
        let predictions = self.predict(split)?;
        let scores = score(&job.spec, &split.texts, &predictions)?;
        let step = self.tuner.step_count();
        self.display.note(&format!(
            "{} seed {}  step {step}  {} {}",
            job.spec.title,
            self.seed,
            split.name,
            in_a_row(&scores)
        ));
        let verdict = self.past.stopping.judge(scores.get(job.spec.primary.name()).copied(), step);
        if verdict == Verdict::Better && job.config.patience > 0 {
            let bytes = read_sync(self.tuner.checkpoint())?;
            write_atomically(&self.folder.join("best.safetensors"), &bytes)?;
        }
        Ok(verdict != Verdict::Stop)
    }

    fn save(&mut self) -> Result<()> {
        let bytes = read_sync(self.tuner.checkpoint())?;
        // Before the state: with an older state it would only count evaluations twice.
        Past { seconds: self.seconds(), ..self.past.clone() }.write(&self.folder)?;
        write_atomically(&self.folder.join("state.safetensors"), &bytes)?;
        self.saved = Instant::now();
        Ok(())
    }

    /// Seconds of all sessions.
    fn seconds(&self) -> f64 {
        self.past.seconds + self.began.elapsed().as_secs_f64()
    }

    fn predict(&self, split: &Split) -> Result<Vec<Prediction>> {
        let job = self.job;
        let rows = job.rows(&split.texts)?;
        let progress = |done, all| self.display.predicting(&split.name, done, all);
        rows.ask(self.tuner.model(), job.predict_settings(), &job.chosen.device, progress)
    }

    fn finish(&mut self, before: &[SeedResult]) -> Result<SeedResult> {
        self.take_best()?;
        let job = self.job;
        let mut result = SeedResult::new(self.seed, self.tuner.step_count(), self.past.last.loss);
        for (number, split) in job.splits.iter().enumerate() {
            let predictions = self.predict(split)?;
            for (name, bytes) in
                tasks::predictions_files(&job.spec, &split.name, &split.texts, &predictions)?
            {
                write_atomically(&self.folder.join(&name), &bytes)?;
                result.predictions.push(format!("seed-{}/{name}", self.seed));
            }
            if split.is_told() {
                result.score(&job.spec, split, &predictions, number == 0)?;
            }
        }
        result.seconds = self.seconds();
        let score = job.primary(&result);
        if before.iter().all(|done| score > job.primary(done)) {
            self.write_model()?;
        }
        self.close(&result)?;
        Ok(result)
    }

    /// With early stopping, goes back to the best model.
    fn take_best(&mut self) -> Result<()> {
        let path = self.folder.join("best.safetensors");
        if self.job.config.patience == 0 || !path.exists() {
            return Ok(());
        }
        let failed = || format!("cannot read {}", path.display());
        let bytes = fs::read(&path).with_context(failed)?;
        let (device, fixed) = (&self.job.chosen.device, self.job.chosen.is_gpu);
        self.tuner = FineTuner::resume(&bytes, device, fixed).with_context(failed)?;
        Ok(())
    }

    fn write_model(&self) -> Result<()> {
        let job = self.job;
        let config = &job.config;
        let task = SavedTask {
            name: job.spec.name.clone(),
            kind: job.spec.kind.clone(),
            head: config.head,
            max_seq_length: config.max_seq_length,
            columns: job.spec.columns.clone(),
            window: Some(config.window.clone()),
        };
        let setup = self.tuner.setup();
        let files = read_sync(export(
            self.tuner.model(),
            &setup.model,
            &task,
            setup.range,
            setup.pad,
            Precision::F32,
        ))?;
        model_folder::write(&job.out, &files, &job.source.tokenizer, config.max_seq_length)
    }

    /// Writes the result and takes away what only an unfinished seed needs.
    fn close(&self, result: &SeedResult) -> Result<()> {
        let text = serde_json::to_string_pretty(result)? + "\n";
        write_atomically(&self.folder.join(SeedResult::FILE), text.as_bytes())?;
        for name in ["state.safetensors", "best.safetensors", Past::FILE] {
            // What is not there need not go.
            let _ = fs::remove_file(self.folder.join(name));
        }
        Ok(())
    }
}

fn new_tuner(job: &Job, seed: u64) -> Result<FineTuner> {
    let mut config = job.config.clone();
    config.seed = seed;
    let (kind, device) = (&job.spec.kind, job.chosen.device.clone().autodiff());
    let model = if job.untrained {
        untrained(&job.model, kind, &config, &device)
    } else {
        with_new_head(&job.source.contents, kind, &config, &device)
            .with_context(|| format!("cannot use {}", job.source.folder.display()))?
    };
    let pad = job.source.tokenizer.special().pad;
    let setup = Setup::new(config, &job.model, kind.clone(), pad, &job.train);
    Ok(FineTuner::new(setup, model, &job.chosen.device, job.chosen.is_gpu))
}

#[cfg(test)]
mod tests;
