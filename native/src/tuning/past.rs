//! What a seed that is not finished has behind it; kept beside its weights.

use crate::files::write_atomically;
use anyhow::Result;
use electra::finetune::{EarlyStopping, TuneMetrics};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// Kept so that a resumed seed still knows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Past {
    /// What the evaluations came to; flat, since once there was nothing else in the file.
    #[serde(flatten)]
    pub(super) stopping: EarlyStopping,
    /// How training went when it was last looked at.
    pub(super) last: TuneMetrics,
    /// Seconds of the sessions before.
    pub(super) seconds: f64,
}

impl Past {
    /// Name of its file, in the folder of its seed.
    pub(super) const FILE: &'static str = "stopping.json";

    /// Nothing yet.
    pub(super) fn new(patience: usize) -> Self {
        Self { stopping: EarlyStopping::new(patience), ..Self::default() }
    }

    /// What a seed's folder tells; nothing where it tells nothing.
    pub(super) fn read(folder: &Path, patience: usize) -> Self {
        let text = fs::read_to_string(folder.join(Self::FILE)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_else(|_| Self::new(patience))
    }

    /// Writes it into a seed's folder.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        write_atomically(&folder.join(Self::FILE), &serde_json::to_vec(self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_an_older_file_tells_of_evaluations_only() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Past::read(folder.path(), 3), Past::new(3));
        let mut past = Past::new(3);
        past.stopping.judge(Some(0.75), 20);
        let old = serde_json::to_vec(&past.stopping).unwrap();
        write_atomically(&folder.path().join(Past::FILE), &old).unwrap();
        assert_eq!(Past::read(folder.path(), 3), past);
        past.last = TuneMetrics { step: 40, loss: 0.5, ..TuneMetrics::default() };
        past.seconds = 2.5;
        past.write(folder.path()).unwrap();
        assert_eq!(Past::read(folder.path(), 3), past);
    }
}
