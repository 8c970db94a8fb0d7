//! What a person sees while a model is fine-tuned.

use crate::run::Mode;
use anstyle::{AnsiColor, Style};
use electra::finetune::TuneMetrics;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::Write;
use std::time::{Duration, Instant};

/// How often a line is printed where there is no bar.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// The display of one seed.
pub(super) struct Display {
    mode: Mode,
    bar: ProgressBar,
    label: String,
    total: usize,
    last_line: Instant,
}

impl Display {
    /// A display of `total` steps; `label` says what is trained.
    pub(super) fn new(mode: Mode, label: String, total: usize, done: usize) -> Self {
        let target = match mode {
            Mode::Bar => ProgressDrawTarget::stderr(),
            _ => ProgressDrawTarget::hidden(),
        };
        let style =
            ProgressStyle::with_template("{prefix}  {bar:24.cyan} {pos}/{len} {eta}  {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("━╸─");
        let bar = ProgressBar::with_draw_target(Some(total as u64), target)
            .with_style(style)
            .with_prefix(label.clone())
            .with_position(done as u64);
        Self { mode, bar, label, total, last_line: Instant::now() }
    }

    /// Moves the bar.
    pub(super) fn step(&self, step: usize) {
        self.bar.set_position(step as u64);
    }

    /// Shows how training goes.
    pub(super) fn train(&mut self, seed: u64, metrics: &TuneMetrics) {
        self.bar.set_message(format!("loss {:.4}", metrics.loss));
        if self.mode == Mode::Json {
            self.json(&serde_json::json!({ "kind": "train", "seed": seed, "metrics": metrics }));
        } else if self.mode == Mode::Plain && self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            let TuneMetrics { step, loss, .. } = metrics;
            self.print(&format!("{}  step {step}/{}  loss {loss:.4}", self.label, self.total));
        }
    }

    /// Prints one JSON object on the standard output.
    pub(super) fn json(&self, value: &serde_json::Value) {
        if self.mode == Mode::Json {
            // A reader that has gone away does not stop the training.
            let _ = writeln!(std::io::stdout(), "{value}");
        }
    }

    /// Shows what is being predicted.
    pub(super) fn predicting(&self, split: &str, done: usize, all: usize) {
        self.bar.set_message(format!("reading {split}: {done}/{all}"));
    }

    /// Says something that is worth knowing.
    pub(super) fn note(&self, text: &str) {
        if matches!(self.mode, Mode::Bar | Mode::Plain) {
            self.print(text);
        }
    }

    /// Says that something is wrong though training goes on.
    pub(super) fn warn(&self, text: &str) {
        if self.mode != Mode::Quiet {
            let style: Style = AnsiColor::Yellow.on_default().bold();
            self.print(&format!("{style}warning:{style:#} {text}"));
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn print(&self, text: &str) {
        self.bar.suspend(|| {
            // A reader that has gone away does not stop the training.
            let _ = writeln!(anstream::stderr(), "{text}");
        });
    }
}
