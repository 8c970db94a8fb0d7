//! One place for every line of metrics: it reaches the log, TensorBoard, the display and the alarm
//! from here, so that the training loop stays short.
//!
//! A person is shown more lines than the log gets. What was shown is kept until the log has it too,
//! since the device is asked once.

use super::alarm::{Alarm, Alert};
use super::folder::RunFolder;
use super::metrics_log::{Line, MetricsLog};
use super::progress::Progress;
use super::tensorboard::EventWriter;
use anyhow::Result;
use electra::metrics::{Evaluation, StepMetrics};
use std::time::{Instant, SystemTime};

/// The open records of one run.
#[derive(Debug)]
pub(crate) struct Journal {
    log: MetricsLog,
    events: EventWriter,
    progress: Progress,
    alarm: Alarm,
    warnings: Vec<String>,
    /// The newest evaluation of the log, and its step: of a run that goes on, that of its state
    /// may be there already.
    evaluated: Option<(usize, Evaluation)>,
    /// Seconds trained before this process began.
    seconds_before: f64,
    began: Instant,
    /// Where the newest line of the log ends.
    logged: Mark,
    /// Where the newest line that was shown ends.
    read: Mark,
    /// What was measured between the two.
    unlogged: StepMetrics,
}

/// A moment between two steps.
#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    step: usize,
    tokens: u64,
    seconds: f64,
}

impl Mark {
    /// Tokens a second from here to `later`.
    fn speed_until(&self, later: &Self) -> f64 {
        let tokens = later.tokens.saturating_sub(self.tokens);
        tokens as f64 / (later.seconds - self.seconds).max(1e-9)
    }
}

impl Journal {
    /// Begins the records of a new run.
    pub(crate) fn create(folder: &RunFolder, progress: Progress, alarm: Alarm) -> Result<Self> {
        let log = MetricsLog::create(&folder.metrics())?;
        let events = EventWriter::create(folder.root(), wall_time())?;
        Ok(Self::new(log, events, progress, alarm, Mark::default()))
    }

    /// Goes on with the records of a run that stands at `step`.
    pub(crate) fn resume(
        folder: &RunFolder,
        step: usize,
        progress: Progress,
        alarm: Alarm,
    ) -> Result<Self> {
        let log = MetricsLog::resume(&folder.metrics(), step)?;
        let lines = MetricsLog::read(&folder.metrics())?;
        let seconds = lines.last().map_or(0.0, Line::seconds);
        let events = EventWriter::resume(folder.root(), wall_time(), step)?;
        let evaluated = MetricsLog::evaluations(&folder.metrics())?.pop();
        let begins = Mark { step, tokens: 0, seconds };
        Ok(Self { evaluated, ..Self::new(log, events, progress, alarm, begins) })
    }

    fn new(
        log: MetricsLog,
        events: EventWriter,
        progress: Progress,
        alarm: Alarm,
        begins: Mark,
    ) -> Self {
        Self {
            log,
            events,
            progress,
            alarm,
            warnings: Vec::new(),
            evaluated: None,
            seconds_before: begins.seconds,
            began: Instant::now(),
            logged: begins,
            read: begins,
            unlogged: StepMetrics::default(),
        }
    }

    /// Begins to measure the speed, where earlier steps had `tokens`.
    pub(crate) fn start(&mut self, tokens: u64) {
        self.read.tokens = tokens;
        self.skip_pause();
    }

    /// Leaves the time since the newest line out of the speed: it was spent on other things.
    pub(crate) fn skip_pause(&mut self) {
        self.read.seconds = self.seconds();
        self.logged = self.read;
    }

    /// Shows what training measured since the last call and leaves it to the next line of the log.
    pub(crate) fn glimpse(&mut self, metrics: &StepMetrics) {
        let now = Mark { step: metrics.step, tokens: metrics.tokens, seconds: self.seconds() };
        if now.step <= self.read.step {
            return;
        }
        self.progress.train(metrics, self.read.speed_until(&now));
        let share = (now.step - self.read.step) as f64 / (now.step - self.logged.step) as f64;
        self.unlogged = joined(&self.unlogged, metrics, share);
        self.read = now;
    }

    /// Records what training measured since the last line, of which `metrics` were not shown yet. A
    /// [`Alert::Stop`] is handed back, a warning was shown.
    pub(crate) fn train(&mut self, metrics: &StepMetrics) -> Result<Option<Alert>> {
        self.glimpse(metrics);
        if self.read.step == self.logged.step {
            return Ok(None);
        }
        let tokens_per_second = self.logged.speed_until(&self.read);
        let (metrics, seconds) = (std::mem::take(&mut self.unlogged), self.seconds());
        self.logged = self.read;
        self.record(&Line::Train { metrics: metrics.clone(), tokens_per_second, seconds })?;
        self.events.train(wall_time(), &metrics, tokens_per_second)?;
        let alert = self.alarm.step(&metrics);
        Ok(self.heed(alert))
    }

    /// The evaluation of the state after `step` steps, if the log has one.
    pub(crate) fn evaluation_of(&self, step: usize) -> Option<&Evaluation> {
        self.evaluated.as_ref().filter(|(at, _)| *at == step).map(|(_, metrics)| metrics)
    }

    /// Records an evaluation, which may be the one that ends the run; one that the log has already,
    /// of the same step and as many rows, is only shown. A [`Alert::Stop`] is handed back, a warning
    /// was shown.
    pub(crate) fn evaluated(
        &mut self,
        step: usize,
        metrics: &Evaluation,
        is_final: bool,
    ) -> Result<Option<Alert>> {
        let line = Line::Eval { step, metrics: metrics.clone(), seconds: self.seconds() };
        if self.evaluation_of(step).is_some_and(|known| known.rows == metrics.rows) {
            self.progress.line(&line);
        } else {
            self.record(&line)?;
            self.events.evaluation(wall_time(), step, metrics)?;
            self.evaluated = Some((step, metrics.clone()));
        }
        let alert = self.alarm.evaluation(step, metrics, is_final);
        Ok(self.heed(alert))
    }

    /// Shows a warning and keeps it for the report.
    pub(crate) fn warn(&mut self, text: &str) {
        self.progress.warn(text);
        self.warnings.push(text.to_owned());
    }

    /// Takes note that the run is now planned to have `steps` steps, of which `warmup` warm up.
    pub(crate) fn plan(&mut self, steps: usize, warmup: usize) {
        self.progress.set_total(steps);
        self.alarm.plan(warmup);
    }

    /// The display, for notes and the end.
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// TensorBoard's file, for texts.
    pub(crate) fn text(&mut self, tag: &str, text: &str) -> Result<()> {
        self.events.text(wall_time(), tag, text)
    }

    /// Every warning so far.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Seconds of training since the run began, over all resumes.
    pub(crate) fn seconds(&self) -> f64 {
        self.seconds_before + self.began.elapsed().as_secs_f64()
    }

    fn record(&mut self, line: &Line) -> Result<()> {
        self.progress.line(line);
        self.log.append(line)
    }

    fn heed(&mut self, alert: Option<Alert>) -> Option<Alert> {
        if let Some(Alert::Warn(text)) = alert {
            self.warn(&text);
            return None;
        }
        alert
    }
}

/// The means over two stretches of training, of which the second has this share of the steps; what
/// is no loss is of the last step.
fn joined(first: &StepMetrics, second: &StepMetrics, share: f64) -> StepMetrics {
    let mean = |first: f64, second: f64| (1.0 - share) * first + share * second;
    StepMetrics {
        generator_loss: mean(first.generator_loss, second.generator_loss),
        discriminator_loss: mean(first.discriminator_loss, second.discriminator_loss),
        total_loss: mean(first.total_loss, second.total_loss),
        ..second.clone()
    }
}

/// Seconds since 1970; a clock set before that counts as then.
fn wall_time() -> f64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests;
