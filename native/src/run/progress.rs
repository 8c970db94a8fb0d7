//! What a person sees while a run goes on: a bar, plain lines, JSON, or nothing.
//!
//! Everything but JSON goes to the standard error, so that the standard output stays the result.

use super::metrics_log::Line;
use super::numbers::{duration, percent, short};
use crate::print;
use electra::metrics::{Evaluation, StepMetrics};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::Cell;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// As long as this a person is content to see nothing new.
pub(super) const SILENCE: Duration = Duration::from_secs(10);

/// How much is shown, and in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A bar that is drawn over, for a terminal.
    Bar,
    /// Line after line, for a file or a pipe.
    Plain,
    /// Nothing but warnings, errors and the final result.
    Quiet,
    /// Every logged line as JSON on the standard output.
    Json,
}

impl Mode {
    /// The mode that the flags and the terminal ask for.
    pub(crate) fn choose(quiet: bool, json: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        Self::of(quiet, json, std::io::stderr().is_terminal() && !dumb)
    }

    fn of(quiet: bool, json: bool, terminal: bool) -> Self {
        match (json, quiet, terminal) {
            (true, _, _) => Self::Json,
            (_, true, _) => Self::Quiet,
            (_, _, true) => Self::Bar,
            (_, _, false) => Self::Plain,
        }
    }
}

/// The display of one run.
#[derive(Debug)]
pub(crate) struct Progress {
    mode: Mode,
    total: usize,
    bar: ProgressBar,
    pace: Pace,
    /// What training measured last, in words.
    learned: String,
    /// When the newest line was shown.
    shown: Cell<Option<Instant>>,
}

impl Progress {
    /// A display of `total_steps` that begins after `start_step`.
    pub(crate) fn new(mode: Mode, total_steps: usize, start_step: usize) -> Self {
        let target = match mode {
            Mode::Bar => ProgressDrawTarget::stderr(),
            _ => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(Some(total_steps as u64), target)
            .with_style(bar_style())
            .with_position(start_step as u64);
        // Draws it at once: the first numbers may take a while.
        let learned = "waiting for the first numbers".to_owned();
        bar.set_message(learned.clone());
        bar.tick();
        let (pace, shown) = (Pace::new(start_step), Cell::new(None));
        Self { mode, total: total_steps, bar, pace, learned, shown }
    }

    /// Corrects the number of steps, which a time budget can only estimate.
    pub(crate) fn set_total(&mut self, total_steps: usize) {
        self.total = total_steps;
        self.bar.set_length(total_steps as u64);
    }

    /// Shows one line of the log, as it is or, to a person, as far as [`Self::train`] did not.
    pub(crate) fn line(&self, line: &Line) {
        if self.mode == Mode::Json {
            if let Ok(json) = line.to_json() {
                // A reader that has gone away does not stop the training.
                let _ = print::line(json);
            }
            return;
        }
        if let Line::Eval { step, metrics, .. } = line {
            self.note(&evaluation_line(*step, metrics));
            self.bar.set_message(self.learned.clone());
            self.shown.set(Some(Instant::now()));
        }
    }

    /// Moves the bar to `step`, of which nothing needs to be read yet.
    pub(crate) fn reach(&self, step: usize) {
        self.bar.set_position(step as u64);
    }

    /// Whether a person waits for news: at the beginning, and after ten seconds without any.
    pub(crate) fn is_due(&self) -> bool {
        let shows = matches!(self.mode, Mode::Bar | Mode::Plain);
        shows && self.shown.get().is_none_or(|shown| shown.elapsed() >= SILENCE)
    }

    /// Shows an evaluation that has done so many held-out rows.
    pub(crate) fn evaluating(&self, done: usize, rows: usize) {
        let text = format!("evaluating: {done} of {rows} held-out rows");
        if self.mode == Mode::Bar {
            self.bar.set_message(text);
        } else if self.is_due() {
            self.print(&text);
            self.shown.set(Some(Instant::now()));
        }
    }

    /// Shows what training measured since the line before.
    pub(crate) fn train(&mut self, metrics: &StepMetrics, tokens_per_second: f64) {
        self.pace.reach(metrics.step, Instant::now());
        let left = self.pace.seconds_for(self.total.saturating_sub(metrics.step)).map_or_else(
            || "estimating".to_owned(),
            |seconds| format!("{} left", duration(seconds)),
        );
        let speed = format!("{} tokens/s  {left}", short(tokens_per_second));
        self.learned = training_line(metrics);
        match self.mode {
            Mode::Bar => {
                self.bar.set_position(metrics.step as u64);
                self.bar.set_prefix(speed);
                self.bar.set_message(self.learned.clone());
            }
            Mode::Plain => {
                let step = format!("step {}/{}", metrics.step, self.total);
                self.print(&format!("{step}  {}  {speed}", self.learned));
            }
            Mode::Quiet | Mode::Json => {}
        }
        self.shown.set(Some(Instant::now()));
    }

    /// Says something that is worth knowing.
    pub(crate) fn note(&self, text: &str) {
        if matches!(self.mode, Mode::Bar | Mode::Plain) {
            self.print(text);
        }
    }

    /// Says that something is wrong though the run goes on.
    pub(crate) fn warn(&self, text: &str) {
        self.bar.suspend(|| print::warn(text));
    }

    /// Takes the bar away: the result comes.
    pub(crate) fn finish(&self) {
        if self.mode == Mode::Bar {
            self.bar.finish_and_clear();
        }
    }

    fn print(&self, text: &str) {
        self.bar.suspend(|| print::note(text));
    }
}

/// Two lines: how far and how fast; what is learned. The width is fixed: a bar that fills the line
/// relies on the terminal's wrapping.
fn bar_style() -> ProgressStyle {
    const TEMPLATE: &str = "{bar:28.cyan} {pos}/{len}  {prefix}\n{msg}";
    ProgressStyle::with_template(TEMPLATE)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─")
}

/// Losses and detection in one line of less than 80 columns.
fn training_line(metrics: &StepMetrics) -> String {
    let parts = [
        Some(format!("generator {:.3}", metrics.generator_loss)),
        Some(format!("discriminator {:.4}", metrics.discriminator_loss)),
        Some(format!("replaced {}", percent(metrics.replaced_rate))),
        metrics.disc_recall.map(|recall| format!("recall {recall:.2}")),
        metrics.disc_auc.map(|auc| format!("AUC {auc:.3}")),
    ];
    in_one_line(parts)
}

/// The metrics to watch in one line of less than 80 columns.
fn evaluation_line(step: usize, metrics: &Evaluation) -> String {
    let parts = [
        Some(format!("held out at {step}: generator {:.2}", metrics.masked_lm_loss)),
        metrics.disc_recall.map(|recall| format!("recall {recall:.2}")),
        metrics.disc_auc.map(|auc| format!("AUC {auc:.3}")),
        metrics.unigram_disc_auc.map(|auc| format!("unigram AUC {auc:.3}")),
    ];
    in_one_line(parts)
}

fn in_one_line<const N: usize>(parts: [Option<String>; N]) -> String {
    let present: Vec<String> = parts.into_iter().flatten().collect();
    present.join("  ")
}

/// How long a step takes, smoothed: the first ones prepare kernels and say little.
#[derive(Debug)]
struct Pace {
    step: usize,
    at: Option<Instant>,
    seconds_per_step: Option<f64>,
}

impl Pace {
    /// Weight of the newest measurement.
    const NEWEST: f64 = 0.2;

    fn new(step: usize) -> Self {
        Self { step, at: None, seconds_per_step: None }
    }

    fn reach(&mut self, step: usize, now: Instant) {
        if let Some(before) = self.at
            && step > self.step
        {
            let measured = (now - before).as_secs_f64() / (step - self.step) as f64;
            let smoothed = self.seconds_per_step.unwrap_or(measured);
            self.seconds_per_step = Some(smoothed + Self::NEWEST * (measured - smoothed));
        }
        self.step = step;
        self.at = Some(now);
    }

    fn seconds_for(&self, steps: usize) -> Option<f64> {
        Some(self.seconds_per_step? * steps as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_come_before_the_terminal() {
        assert_eq!(Mode::of(false, false, true), Mode::Bar);
        assert_eq!(Mode::of(false, false, false), Mode::Plain);
        assert_eq!(Mode::of(true, false, true), Mode::Quiet);
        assert_eq!(Mode::of(true, true, true), Mode::Json);
    }

    #[test]
    fn a_person_gets_the_first_line_at_once_and_the_next_in_its_time() {
        let mut progress = Progress::new(Mode::Bar, 10, 0);
        assert!(progress.is_due());
        progress.train(&StepMetrics { step: 1, ..StepMetrics::default() }, 1e4);
        assert!(!progress.is_due());
        progress.shown.set(Instant::now().checked_sub(SILENCE));
        assert!(progress.is_due());
        assert!(!Progress::new(Mode::Json, 10, 0).is_due(), "the log has lines of its own");
    }

    #[test]
    fn the_bar_moves_with_every_step_and_shows_an_evaluation() {
        let progress = Progress::new(Mode::Bar, 10, 0);
        progress.reach(3);
        progress.evaluating(64, 512);
        assert_eq!(progress.bar.position(), 3);
        assert_eq!(progress.bar.message(), "evaluating: 64 of 512 held-out rows");
    }

    #[test]
    fn the_first_line_does_not_count_towards_the_time_left() {
        let start = Instant::now();
        let mut pace = Pace::new(500);
        pace.reach(510, start);
        assert_eq!(pace.seconds_for(100), None);
        pace.reach(520, start + Duration::from_secs(5));
        assert_eq!(pace.seconds_for(100), Some(50.0));
    }

    #[test]
    fn a_line_of_metrics_fits_80_columns() {
        let metrics = StepMetrics {
            generator_loss: 10.123,
            discriminator_loss: 0.71234,
            replaced_rate: 0.151,
            disc_recall: Some(0.5),
            disc_auc: Some(0.5),
            ..StepMetrics::default()
        };
        let line = training_line(&metrics);
        assert!(line.chars().count() <= 80, "{line}");
        assert!(line.contains("replaced 15.1 %") && line.contains("AUC 0.500"), "{line}");
    }
}
