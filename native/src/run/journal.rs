//! One place for every line of metrics: it reaches the log, TensorBoard, the display and the alarm
//! from here, so that the training loop stays short.

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
    /// Seconds trained before this process began.
    seconds_before: f64,
    began: Instant,
}

impl Journal {
    /// Begins the records of a new run.
    pub(crate) fn create(folder: &RunFolder, progress: Progress, alarm: Alarm) -> Result<Self> {
        let log = MetricsLog::create(&folder.metrics())?;
        let events = EventWriter::create(folder.root(), wall_time())?;
        Ok(Self::new(log, events, progress, alarm, 0.0))
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
        Ok(Self::new(log, events, progress, alarm, seconds))
    }

    fn new(
        log: MetricsLog,
        events: EventWriter,
        progress: Progress,
        alarm: Alarm,
        seconds_before: f64,
    ) -> Self {
        let warnings = Vec::new();
        Self { log, events, progress, alarm, warnings, seconds_before, began: Instant::now() }
    }

    /// Records what training measured. A [`Alert::Stop`] is handed back, a warning was shown.
    pub(crate) fn train(
        &mut self,
        metrics: &StepMetrics,
        tokens_per_second: f64,
    ) -> Result<Option<Alert>> {
        let seconds = self.seconds();
        let line = Line::Train { metrics: metrics.clone(), tokens_per_second, seconds };
        self.record(&line)?;
        self.events.train(wall_time(), metrics, tokens_per_second)?;
        let alert = self.alarm.step(metrics);
        Ok(self.heed(alert))
    }

    /// Records an evaluation. A [`Alert::Stop`] is handed back, a warning was shown.
    pub(crate) fn evaluated(&mut self, step: usize, metrics: &Evaluation) -> Result<Option<Alert>> {
        let line = Line::Eval { step, metrics: metrics.clone(), seconds: self.seconds() };
        self.record(&line)?;
        self.events.evaluation(wall_time(), step, metrics)?;
        let alert = self.alarm.evaluation(step, metrics);
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

/// Seconds since 1970; a clock set before that counts as then.
fn wall_time() -> f64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::super::progress::Mode;
    use super::*;

    fn journal(folder: &RunFolder) -> Journal {
        Journal::create(folder, Progress::new(Mode::Quiet, 10, 0), Alarm::new(0)).unwrap()
    }

    fn measured(step: usize, loss: f64) -> StepMetrics {
        StepMetrics {
            step,
            generator_loss: 5.0,
            discriminator_loss: loss,
            ..StepMetrics::default()
        }
    }

    #[test]
    fn a_loss_that_is_no_number_is_logged_and_handed_back() {
        let home = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(home.path(), 1).unwrap();
        let mut journal = journal(&folder);
        assert_eq!(journal.train(&measured(1, 0.3), 1e4).unwrap(), None);
        assert!(matches!(
            journal.train(&measured(2, f64::NAN), 1e4).unwrap(),
            Some(Alert::Stop(_))
        ));
        assert_eq!(std::fs::read_to_string(folder.metrics()).unwrap().lines().count(), 2);
    }

    #[test]
    fn a_warning_is_kept_for_the_report() {
        let home = tempfile::tempdir().unwrap();
        let mut journal = journal(&RunFolder::create(home.path(), 1).unwrap());
        assert_eq!(journal.train(&measured(1, 0.0), 1e4).unwrap(), None);
        assert_eq!(journal.warnings().len(), 1);
    }

    #[test]
    fn the_clock_goes_on_after_a_resume() {
        let home = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(home.path(), 1).unwrap();
        drop(journal(&folder));
        let line =
            Line::Train { metrics: measured(5, 0.3), tokens_per_second: 1.0, seconds: 900.0 };
        std::fs::write(folder.metrics(), line.to_json().unwrap() + "\n").unwrap();
        let progress = Progress::new(Mode::Quiet, 10, 5);
        let journal = Journal::resume(&folder, 5, progress, Alarm::new(0)).unwrap();
        assert!((900.0..960.0).contains(&journal.seconds()));
    }
}
