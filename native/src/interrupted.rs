//! Ctrl-C: what is being done comes to a good end first.

use anyhow::{Context, Result};
use std::fmt::{self, Display};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Signals that come so soon after the first are one wish: GNU `timeout` signals the program, and
/// then the group of processes that the program is in.
const ONE_WISH: Duration = Duration::from_secs(1);

/// A flag that Ctrl-C raises, for whoever finishes the step and saves; another one, a second later
/// or more, ends at once.
pub(crate) fn listen() -> Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    let mut signals = Signals::default();
    ctrlc::set_handler(move || {
        flag.store(true, Ordering::SeqCst);
        if signals.end_at_once(Instant::now()) {
            std::process::exit(i32::from(Interrupted::CODE));
        }
    })
    .context("cannot listen for Ctrl-C")?;
    Ok(interrupted)
}

/// The signals that came so far.
#[derive(Debug, Default)]
struct Signals {
    first: Option<Instant>,
}

impl Signals {
    /// Whether the signal that comes `now` is a second wish.
    fn end_at_once(&mut self, now: Instant) -> bool {
        let first = *self.first.get_or_insert(now);
        now.duration_since(first) >= ONE_WISH
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_signal_a_second_after_the_first_ends_at_once() {
        let (mut signals, first) = (Signals::default(), Instant::now());
        let mut after = |millis| signals.end_at_once(first + Duration::from_millis(millis));
        assert_eq!([0, 1, 999, 1_000, 5_000].map(&mut after), [false, false, false, true, true]);
    }
}
