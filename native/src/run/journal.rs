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
        Ok(Self::new(log, events, progress, alarm, Mark { step, tokens: 0, seconds }))
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

    /// Records an evaluation, which may be the one that ends the run. A [`Alert::Stop`] is handed
    /// back, a warning was shown.
    pub(crate) fn evaluated(
        &mut self,
        step: usize,
        metrics: &Evaluation,
        is_final: bool,
    ) -> Result<Option<Alert>> {
        let line = Line::Eval { step, metrics: metrics.clone(), seconds: self.seconds() };
        self.record(&line)?;
        self.events.evaluation(wall_time(), step, metrics)?;
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
mod tests {
    use super::super::progress::Mode;
    use super::*;
    use serde_json::Value;
    use tempfile::TempDir;

    fn begun() -> (TempDir, RunFolder, Journal) {
        let home = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(home.path(), 1).unwrap();
        let progress = Progress::new(Mode::Quiet, 10, 0);
        let journal = Journal::create(&folder, progress, Alarm::new(0)).unwrap();
        (home, folder, journal)
    }

    fn measured(step: usize, discriminator_loss: f64) -> StepMetrics {
        StepMetrics { step, generator_loss: 5.0, discriminator_loss, ..StepMetrics::default() }
    }

    /// One number of every line of the log; none where it is not finite.
    fn logged(folder: &RunFolder, field: &str) -> Vec<Option<f64>> {
        let log = std::fs::read_to_string(folder.metrics()).unwrap();
        let line = |line| serde_json::from_str::<Value>(line).unwrap();
        log.lines().map(|text| line(text)[field].as_f64()).collect()
    }

    #[test]
    fn a_loss_that_is_no_number_is_logged_and_handed_back() {
        let (_home, folder, mut journal) = begun();
        assert_eq!(journal.train(&measured(1, 0.3)).unwrap(), None);
        assert!(matches!(journal.train(&measured(2, f64::NAN)).unwrap(), Some(Alert::Stop(_))));
        assert_eq!(logged(&folder, "discriminator_loss"), [Some(0.3), None]);
    }

    #[test]
    fn a_line_of_the_log_covers_what_was_shown_before_it() {
        let (_home, folder, mut journal) = begun();
        journal.glimpse(&measured(1, 1.0));
        journal.glimpse(&measured(2, 0.5));
        journal.train(&measured(4, 0.25)).unwrap();
        journal.glimpse(&measured(5, 0.75));
        // No step came after the one that was shown, so nothing is left to measure.
        journal.train(&measured(5, 0.0)).unwrap();
        assert_eq!(logged(&folder, "step"), [Some(4.0), Some(5.0)]);
        assert_eq!(logged(&folder, "discriminator_loss"), [Some(0.5), Some(0.75)]);
    }

    #[test]
    fn the_speed_is_that_of_the_steps_since_the_line_before() {
        let (_home, folder, mut journal) = begun();
        journal.start(1_000);
        // The clock goes on by ten seconds of training, a hundred of evaluating, two of training.
        journal.seconds_before += 10.0;
        journal.train(&StepMetrics { tokens: 1_100, ..measured(1, 0.3) }).unwrap();
        journal.seconds_before += 100.0;
        journal.skip_pause();
        journal.seconds_before += 2.0;
        journal.train(&StepMetrics { tokens: 1_300, ..measured(2, 0.3) }).unwrap();
        let speeds = logged(&folder, "tokens_per_second");
        // The test itself takes a moment.
        assert!(matches!(speeds[..], [Some(8.0..10.1), Some(60.0..101.0)]), "{speeds:?}");
    }

    #[test]
    fn a_warning_is_kept_for_the_report() {
        let (_home, _folder, mut journal) = begun();
        assert_eq!(journal.train(&measured(1, 0.0)).unwrap(), None);
        assert_eq!(journal.warnings().len(), 1);
    }

    #[test]
    fn the_clock_goes_on_after_a_resume() {
        let (_home, folder, _) = begun();
        let line =
            Line::Train { metrics: measured(5, 0.3), tokens_per_second: 1.0, seconds: 900.0 };
        std::fs::write(folder.metrics(), line.to_json().unwrap() + "\n").unwrap();
        let progress = Progress::new(Mode::Quiet, 10, 5);
        let journal = Journal::resume(&folder, 5, progress, Alarm::new(0)).unwrap();
        assert!((900.0..960.0).contains(&journal.seconds()));
    }
}
