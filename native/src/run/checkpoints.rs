//! Checkpoints of a run: which are kept, which is the newest, which is the best.
//!
//! A checkpoint appears under its name only when it is complete and on the disk, so killing the
//! process at any moment leaves the ones before it.

use crate::files::write_atomically;
use anyhow::{Context, Result, anyhow};
use electra::checkpoint::{Header, header};
use electra::error::CheckpointError;
use electra::weights::Reader;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

const BEST: &str = "best.ckpt";
const BEST_SCORE: &str = "best.json";

/// The folder `checkpoints` of a run.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    folder: PathBuf,
    keep: usize,
}

/// A checkpoint that was saved completely.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Checkpoint {
    /// Steps finished when it was saved.
    pub(crate) step: usize,
    /// Where it lies.
    pub(crate) path: PathBuf,
}

/// A checkpoint in memory, whole.
#[derive(Debug)]
pub(crate) struct Saved {
    /// Its file.
    pub(crate) path: PathBuf,
    /// All its bytes.
    pub(crate) bytes: Vec<u8>,
    /// What it says beside its tensors.
    pub(crate) header: Header,
    /// Newer checkpoints that are damaged, each with the reason.
    pub(crate) damaged: Vec<String>,
}

/// How good `best.ckpt` is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct BestScore {
    step: usize,
    /// Mean of the AUCs on the generator's samples and on unigram swaps.
    mean_auc: f64,
}

impl Saved {
    /// Reads the checkpoint `path`, which lies anywhere.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is no checkpoint, or is damaged; the message says which.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let named = |what: &str| format!("{what}: {}", path.display());
        let bytes = fs::read(path).with_context(|| named("cannot read this checkpoint"))?;
        let header = header(&bytes).map_err(|error| {
            let what = match error {
                CheckpointError::Parse(_) if is_damaged(&bytes) => {
                    "this checkpoint is damaged; give another one of its run"
                }
                CheckpointError::Parse(_) => {
                    "this file is no checkpoint of a run; `--model` takes a run, one of its \
                     checkpoints, or a Hugging Face folder"
                }
                _ => "cannot use this checkpoint",
            };
            anyhow::Error::new(error).context(named(what))
        })?;
        Ok(Self { path: path.to_owned(), bytes, header, damaged: Vec::new() })
    }
}

impl Checkpoints {
    /// Those in `folder`, of which the newest `keep` are kept.
    pub(crate) fn new(folder: PathBuf, keep: usize) -> Self {
        Self { folder, keep: keep.max(1) }
    }

    /// Where they lie.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Saves the state after `step` steps and removes the checkpoints that are no longer kept.
    pub(crate) fn save(&self, step: usize, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.folder.join(format!("step-{step:08}.ckpt"));
        write_atomically(&path, bytes)?;
        self.prune(step);
        Ok(path)
    }

    /// Saves the state after `step` steps as the best if no score before was as high; says so.
    pub(crate) fn save_best(&self, step: usize, bytes: &[u8], score: f64) -> Result<bool> {
        if !self.would_be_best(score) {
            return Ok(false);
        }
        write_atomically(&self.folder.join(BEST), bytes)?;
        // In this order: a kill in between leaves a score that is too low, never a state that is
        // worse than its score.
        let score = serde_json::to_vec(&BestScore { step, mean_auc: score })?;
        write_atomically(&self.folder.join(BEST_SCORE), &score)?;
        Ok(true)
    }

    /// Whether a state with this score would be saved as the best: to be asked before its bytes
    /// are made.
    pub(crate) fn would_be_best(&self, score: f64) -> bool {
        let before = self.best_score().map_or(f64::NEG_INFINITY, |best| best.mean_auc);
        // A score that is not a number is never the best.
        !score.is_nan() && (score > before || self.best().is_none())
    }

    /// The state with the highest score, if one was saved.
    pub(crate) fn best(&self) -> Option<PathBuf> {
        let path = self.folder.join(BEST);
        holds_bytes(&path).then_some(path)
    }

    /// The step of the state with the highest score, and that score.
    pub(crate) fn best_measured(&self) -> Option<(usize, f64)> {
        self.best()?;
        self.best_score().map(|best| (best.step, best.mean_auc))
    }

    /// The newest checkpoint that can be opened.
    pub(crate) fn latest(&self) -> Option<Checkpoint> {
        self.all().into_iter().next()
    }

    /// All checkpoints that can be opened, newest first: when one turns out to be damaged, the
    /// next one may serve.
    pub(crate) fn all(&self) -> Vec<Checkpoint> {
        complete_in(&self.folder)
    }

    /// The newest checkpoint of which every tensor can be read.
    ///
    /// # Errors
    ///
    /// When there is none; the message says why the oldest of them cannot be read.
    pub(crate) fn newest_readable(&self) -> Result<Saved> {
        let mut failure = anyhow!("this run has no checkpoint to go on from; begin anew");
        let mut damaged = Vec::new();
        for checkpoint in self.all() {
            match read_whole(&checkpoint.path) {
                Ok((bytes, header)) => {
                    return Ok(Saved { path: checkpoint.path, bytes, header, damaged });
                }
                Err(error) => {
                    let error = error.context(format!("cannot read {}", checkpoint.path.display()));
                    damaged.push(format!("{error:#}"));
                    failure = error;
                }
            }
        }
        Err(failure)
    }

    fn best_score(&self) -> Option<BestScore> {
        serde_json::from_slice(&fs::read(self.folder.join(BEST_SCORE)).ok()?).ok()
    }

    /// Keeps the newest up to `saved`. What lies beyond it belongs to a future that was given up
    /// when the run went on from an older checkpoint.
    fn prune(&self, saved: usize) {
        let (beyond, kept): (Vec<_>, Vec<_>) =
            self.all().into_iter().partition(|checkpoint| checkpoint.step > saved);
        for checkpoint in beyond.iter().chain(kept.iter().skip(self.keep)) {
            // A file that cannot be removed costs space, not the run.
            let _ = fs::remove_file(&checkpoint.path);
        }
    }
}

/// Complete checkpoints in `folder`, newest first.
fn complete_in(folder: &Path) -> Vec<Checkpoint> {
    let mut found: Vec<Checkpoint> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let step = step_in_name(entry.file_name().to_str()?)?;
            let path = entry.path();
            holds_bytes(&path).then_some(Checkpoint { step, path })
        })
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found
}

/// Reads header and tensors: a file that is cut off has a header all the same.
fn read_whole(path: &Path) -> Result<(Vec<u8>, Header)> {
    let bytes = fs::read(path)?;
    let header = header(&bytes)?;
    electra::weights::read(&bytes)?;
    Ok((bytes, header))
}

/// Whether a file begins as one of weights does, with the length of a header and its brace, and is
/// none all the same.
fn is_damaged(bytes: &[u8]) -> bool {
    bytes.get(8) == Some(&b'{') && Reader::new(bytes).is_err()
}

/// The step in `step-00000500.ckpt`; none for any other name.
fn step_in_name(name: &str) -> Option<usize> {
    let digits = name.strip_prefix("step-")?.strip_suffix(".ckpt")?;
    let written_by_us = digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if written_by_us { digits.parse().ok() } else { None }
}

/// Whether a file can be opened and is not empty; a disk that lost power may leave empty ones.
fn holds_bytes(path: &Path) -> bool {
    File::open(path)
        .and_then(|file| file.metadata())
        .is_ok_and(|about| about.is_file() && about.len() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(checkpoints: &Checkpoints) -> Vec<usize> {
        checkpoints.all().iter().map(|checkpoint| checkpoint.step).collect()
    }

    #[test]
    fn only_the_newest_checkpoints_and_the_best_stay() {
        let home = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(home.path().to_owned(), 2);
        assert!(checkpoints.save_best(100, b"best", 0.7).unwrap());
        for step in [100, 200, 300, 100_000_000] {
            checkpoints.save(step, b"state").unwrap();
        }
        assert_eq!(steps(&checkpoints), [100_000_000, 300]);
        assert_eq!(fs::read(checkpoints.best().unwrap()).unwrap(), b"best");
    }

    #[test]
    fn the_checkpoint_just_saved_survives_whatever_lies_beyond_it() {
        let home = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(home.path().to_owned(), 1);
        checkpoints.save(1000, b"damaged on the disk").unwrap();
        checkpoints.save(600, b"resumed from 500").unwrap();
        assert_eq!(steps(&checkpoints), [600]);
    }

    #[test]
    fn half_written_and_foreign_files_are_no_checkpoints() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path();
        let checkpoints = Checkpoints::new(root.to_owned(), 3);
        checkpoints.save(500, b"whole").unwrap();
        for name in [
            "step-00000900.ckpt.tmp",
            "step-900.ckpt",
            "step-0000090x.ckpt",
            "step-.ckpt",
            "x.ckpt",
        ] {
            fs::write(root.join(name), b"x").unwrap();
        }
        fs::write(root.join("step-00000800.ckpt"), b"").unwrap();
        fs::create_dir(root.join("step-00000700.ckpt")).unwrap();
        assert_eq!(checkpoints.latest().unwrap().step, 500);
        assert_eq!(steps(&checkpoints), [500]);
    }

    #[test]
    fn the_best_survives_a_resume_and_only_a_higher_score_replaces_it() {
        let home = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(home.path().to_owned(), 3);
        checkpoints.save(10, b"state").unwrap();
        assert!(checkpoints.save_best(10, b"good", 0.8).unwrap());
        let checkpoints = Checkpoints::new(home.path().to_owned(), 3);
        assert!(!checkpoints.save_best(20, b"worse", 0.7).unwrap());
        assert!(!checkpoints.save_best(20, b"same", 0.8).unwrap());
        assert!(!checkpoints.save_best(20, b"broken", f64::NAN).unwrap());
        assert!(!checkpoints.would_be_best(0.8) && checkpoints.would_be_best(0.9));
        assert_eq!(fs::read(checkpoints.best().unwrap()).unwrap(), b"good");
        assert!(checkpoints.save_best(30, b"better", 0.9).unwrap());
        assert_eq!(fs::read(checkpoints.best().unwrap()).unwrap(), b"better");
    }
}
