//! Lines for people and scripts, whose reader may go away at any time.

use anyhow::{Context, Result};
use std::fmt::{self, Display};
use std::io::{ErrorKind, Write};

/// The reader of the standard output has gone away: what `head` does when it has enough, and no
/// failure.
#[derive(Debug)]
pub(crate) struct ReaderGone;

impl Display for ReaderGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the reader of the standard output has gone away")
    }
}

impl std::error::Error for ReaderGone {}

/// Writes a line to the standard output, in colour where that is shown.
///
/// # Errors
///
/// [`ReaderGone`] when nobody reads any more: an end, but a good one.
pub(crate) fn line(text: impl Display) -> Result<()> {
    match writeln!(anstream::stdout(), "{text}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(ReaderGone.into()),
        written => written.context("cannot write to the standard output"),
    }
}

/// Writes a line to the standard error; when that fails there is nobody left to tell.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Says on the standard error that something is wrong though the work goes on.
pub(crate) fn warn(text: impl Display) {
    let style = anstyle::AnsiColor::Yellow.on_default().bold();
    note(format_args!("{style}warning:{style:#} {text}"));
}
