//! The end of a fine-tuning that a person stopped.

use std::fmt::{self, Display};

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
