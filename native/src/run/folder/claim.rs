//! Whether a folder can be that of a run, and who holds it.

use super::{DISCRIMINATOR, GENERATOR, checkpoints_in};
use crate::files::{beside, parent};
use anyhow::{Context, Result, bail};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;

const LOCK: &str = ".lock";

/// Refuses a folder in which no new run can begin.
pub(super) fn check_new(root: &Path) -> Result<()> {
    if root.exists() && !root.is_dir() {
        bail!("a run needs a folder, this is a file; choose another `--out`: {}", root.display());
    }
    refuse_if_held(root)?;
    if let Some(newest) = checkpoints_in(root, 1).latest() {
        bail!(
            "this folder already holds a run, saved at step {}; go on with `--resume` or choose \
             another `--out`: {}",
            newest.step,
            root.display()
        );
    }
    if let Some(leftover) = trace_of_a_run(root) {
        bail!(
            "this folder already holds `{leftover}` of a run without checkpoints; remove it or \
             choose another `--out`: {}",
            root.display()
        );
    }
    Ok(())
}

/// Refuses a folder that nothing can be written into: itself, or where it is to be made.
pub(super) fn check_writable(root: &Path) -> Result<()> {
    let mut place = root;
    while !place.exists() && parent(place) != place {
        place = parent(place);
    }
    // Permissions say too little: disks can be read-only, and the owner of all may write anywhere.
    let probe = beside(&place.join("probe"));
    File::create(&probe).and_then(|_| fs::remove_file(&probe)).with_context(|| {
        format!("cannot write into {}; choose another `--out`: {}", place.display(), root.display())
    })
}

/// Refuses the folder of a run that goes on right now: what it has not written yet is no reason to
/// call it unfinished or left over.
pub(super) fn refuse_if_held(root: &Path) -> Result<()> {
    if root.join(LOCK).exists() {
        lock(root)?;
    }
    Ok(())
}

/// Takes the folder for this process; two trainers would overwrite each other's files.
pub(super) fn lock(root: &Path) -> Result<File> {
    let path = root.join(LOCK);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("cannot write into the run folder: {}", root.display()))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => bail!(
            "another process is training in this folder; wait for it or choose another `--out`: {}",
            root.display()
        ),
        // Some network file systems know no locks; training is possible there all the same.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// The name of something that only a run leaves, or that a run would overwrite.
fn trace_of_a_run(root: &Path) -> Option<&'static str> {
    const TRACES: [&str; 6] = [
        "config.toml",
        "metrics.jsonl",
        "report.html",
        DISCRIMINATOR,
        GENERATOR,
        "checkpoints/best.ckpt",
    ];
    TRACES.into_iter().find(|name| root.join(name).exists())
}
