//! `metrics.jsonl`: one JSON object a line, appended as training goes on.

use crate::files::write_atomically;
use anyhow::{Context, Result};
use electra::metrics::{Evaluation, StepMetrics};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// One line of the log; `kind` says which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Line {
    /// What training measured since the line before.
    Train {
        /// The measurements, field by field in the same object.
        #[serde(flatten)]
        metrics: StepMetrics,
        /// Real tokens trained on in a second.
        tokens_per_second: f64,
        /// Seconds of training since the run began, over all resumes.
        seconds: f64,
    },
    /// An evaluation on the held-out part.
    Eval {
        /// Optimiser steps finished.
        step: usize,
        /// The measurements, field by field in the same object.
        #[serde(flatten)]
        metrics: Evaluation,
        /// Seconds of training since the run began, over all resumes.
        seconds: f64,
    },
}

impl Line {
    /// Optimiser steps finished.
    pub(crate) fn step(&self) -> usize {
        match self {
            Self::Train { metrics, .. } => metrics.step,
            Self::Eval { step, .. } => *step,
        }
    }

    /// Seconds of training since the run began.
    pub(crate) fn seconds(&self) -> f64 {
        match self {
            Self::Train { seconds, .. } | Self::Eval { seconds, .. } => *seconds,
        }
    }

    /// The line as it stands in the log, without its end.
    pub(crate) fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).context("cannot write metrics as JSON")
    }
}

/// The open log.
#[derive(Debug)]
pub(crate) struct MetricsLog {
    file: File,
    path: PathBuf,
}

impl MetricsLog {
    /// Begins an empty log.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        write_atomically(path, b"")?;
        Self::open(path)
    }

    /// Goes on after `step`: what a killed process logged beyond it will be measured again.
    pub(crate) fn resume(path: &Path, step: usize) -> Result<Self> {
        let mut kept = String::new();
        for line in read_text(path)?.lines().filter(|line| belongs_before(line, step)) {
            kept.push_str(line);
            kept.push('\n');
        }
        write_atomically(path, kept.as_bytes())?;
        Self::open(path)
    }

    fn open(path: &Path) -> Result<Self> {
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .with_context(|| format!("cannot open the log of metrics: {}", path.display()))?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Appends one line, in a single write so that a kill can cut only the last one.
    pub(crate) fn append(&mut self, line: &Line) -> Result<()> {
        let text = line.to_json()? + "\n";
        self.file
            .write_all(text.as_bytes())
            .with_context(|| format!("cannot write metrics: {}", self.path.display()))
    }

    /// All lines that can be read; a cut last line or a loss that was not finite is left out.
    pub(crate) fn read(path: &Path) -> Result<Vec<Line>> {
        Ok(read_text(path)?.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    /// All evaluations with their steps, oldest first.
    pub(crate) fn evaluations(path: &Path) -> Result<Vec<(usize, Evaluation)>> {
        let evaluation = |line| match line {
            Line::Eval { step, metrics, .. } => Some((step, metrics)),
            Line::Train { .. } => None,
        };
        Ok(Self::read(path)?.into_iter().filter_map(evaluation).collect())
    }
}

/// The text of a log; none yet is an empty one.
fn read_text(path: &Path) -> Result<String> {
    match fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error)
            .with_context(|| format!("cannot read the log of metrics: {}", path.display())),
    }
}

/// Whether a line is whole and not later than `step`.
fn belongs_before(line: &str, step: usize) -> bool {
    #[derive(Deserialize)]
    struct At {
        step: usize,
    }
    serde_json::from_str::<At>(line).is_ok_and(|at| at.step <= step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn train(step: usize) -> Line {
        let metrics =
            StepMetrics { step, disc_auc: Some(0.75), tokens: 9, ..StepMetrics::default() };
        Line::Train { metrics, tokens_per_second: 1234.5, seconds: 1.5 }
    }

    fn evaluation(step: usize) -> Line {
        Line::Eval { step, metrics: Evaluation { rows: 7, ..Evaluation::default() }, seconds: 2.0 }
    }

    #[test]
    fn what_is_appended_is_read_back() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("metrics.jsonl");
        let lines = [train(1), evaluation(1), train(2)];
        let mut log = MetricsLog::create(&path).unwrap();
        for line in &lines {
            log.append(line).unwrap();
        }
        assert_eq!(MetricsLog::read(&path).unwrap(), lines);
    }

    #[test]
    fn one_object_a_line_names_its_kind_and_every_field() {
        let json: serde_json::Value = serde_json::from_str(&train(3).to_json().unwrap()).unwrap();
        assert_eq!(json["kind"], "train");
        assert_eq!(json["step"], 3);
        assert_eq!(json["tokens_per_second"], 1234.5);
        let json: serde_json::Value =
            serde_json::from_str(&evaluation(3).to_json().unwrap()).unwrap();
        assert_eq!((&json["kind"], &json["step"]), (&"eval".into(), &3.into()));
        assert!(json["disc_precision"].is_null());
    }

    #[test]
    fn resuming_forgets_what_came_after_the_checkpoint() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("metrics.jsonl");
        let mut log = MetricsLog::create(&path).unwrap();
        for line in [train(10), evaluation(10), train(20), evaluation(20)] {
            log.append(&line).unwrap();
        }
        let mut log = MetricsLog::resume(&path, 10).unwrap();
        log.append(&train(15)).unwrap();
        assert_eq!(MetricsLog::read(&path).unwrap(), [train(10), evaluation(10), train(15)]);
    }

    #[test]
    fn a_cut_last_line_is_left_out_and_not_glued_to_the_next() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("metrics.jsonl");
        MetricsLog::create(&path).unwrap().append(&train(1)).unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{whole}{}", &whole[..whole.len() / 2])).unwrap();
        assert_eq!(MetricsLog::read(&path).unwrap(), [train(1)]);
        MetricsLog::resume(&path, 5).unwrap().append(&train(2)).unwrap();
        assert_eq!(MetricsLog::read(&path).unwrap(), [train(1), train(2)]);
    }

    #[test]
    fn a_missing_log_is_an_empty_one() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(MetricsLog::read(&home.path().join("metrics.jsonl")).unwrap(), []);
    }
}
