//! Ctrl-C: what is being done comes to a good end first.

use anyhow::{Context, Result};
use std::fmt::{self, Display};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that Ctrl-C raises, for whoever finishes the step and saves; a second one ends at once.
pub(crate) fn listen() -> Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(Interrupted::CODE));
        }
    })
    .context("cannot listen for Ctrl-C")?;
    Ok(interrupted)
}

/// A person stopped before there were results: no failure, but nothing that a next command could go
/// on with either. How to go on has been said.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl Interrupted {
    /// What shells call a program that Ctrl-C ended.
    pub(crate) const CODE: u8 = 130;
}

impl Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped; go on with `--resume`")
    }
}

impl std::error::Error for Interrupted {}
