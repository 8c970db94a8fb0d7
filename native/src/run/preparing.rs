//! What a person sees while text is read, before the first step, and while a finished model is
//! evaluated.

use super::progress::{Mode, SILENCE};
use crate::print;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::Cell;
use std::time::Instant;

/// The display of everything that comes before training.
#[derive(Debug)]
pub(crate) struct Preparing {
    mode: Mode,
    bar: ProgressBar,
    /// When the newest line about an evaluation was shown.
    shown: Cell<Option<Instant>>,
}

impl Preparing {
    /// A display that shows nothing yet.
    pub(crate) fn new(mode: Mode) -> Self {
        let target = match mode {
            Mode::Bar => ProgressDrawTarget::stderr(),
            _ => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(Some(0), target).with_style(bar_style());
        Self { mode, bar, shown: Cell::new(None) }
    }

    /// Says what begins now.
    pub(crate) fn begin(&self, what: &str) {
        self.bar.reset();
        self.bar.set_message(what.to_owned());
        if self.mode == Mode::Plain {
            print::note(what);
        }
    }

    /// Shows that `done` bytes of `total` are read.
    pub(crate) fn read(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        // Packed files end in bytes that are never needed.
        self.bar.set_position(done.min(total));
    }

    /// Shows an evaluation that has done so many rows.
    pub(crate) fn evaluating(&self, done: usize, rows: usize) {
        let text = format!("evaluating: {done} of {rows} rows");
        if self.mode == Mode::Bar {
            self.bar.set_style(rows_style());
            self.bar.set_length(rows as u64);
            self.bar.set_position(done as u64);
            self.bar.set_message(text);
        } else if self.shown.get().is_none_or(|shown| shown.elapsed() >= SILENCE) {
            self.note(&text);
            self.shown.set(Some(Instant::now()));
        }
    }

    /// Says something that is worth knowing.
    pub(crate) fn note(&self, text: &str) {
        if matches!(self.mode, Mode::Bar | Mode::Plain) {
            self.bar.suspend(|| print::note(text));
        }
    }

    /// Says that something is wrong though the work goes on.
    pub(crate) fn warn(&self, text: &str) {
        self.bar.suspend(|| print::warn(text));
    }
}

impl Drop for Preparing {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn bar_style() -> ProgressStyle {
    style("{bar:28.cyan} {bytes}/{total_bytes}  {eta} left  {msg}")
}

fn rows_style() -> ProgressStyle {
    style("{bar:28.cyan} {msg}")
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─")
}
