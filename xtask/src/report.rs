//! What ran and how long it took.

use crate::Result;
use std::time::{Duration, Instant};

/// Test functions by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl Tally {
    /// Adds the numbers of one `test result:` line; any other line changes nothing.
    pub(crate) fn add_line(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result: ") else { return };
        for part in counts.split([';', '.']) {
            match part.split_whitespace().collect::<Vec<_>>().as_slice() {
                [count, "passed"] => self.passed += count.parse().unwrap_or(0),
                [count, "failed"] => self.failed += count.parse().unwrap_or(0),
                [count, "ignored"] => self.skipped += count.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

/// Finished steps in order.
pub(crate) struct Report {
    begin: Instant,
    steps: Vec<(&'static str, Duration, bool)>,
    pub(crate) tests: Option<Tally>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self { begin: Instant::now(), steps: Vec::new(), tests: None }
    }

    /// Announces a step, runs it and notes its time.
    pub(crate) fn step<T>(
        &mut self,
        name: &'static str,
        run: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        println!("\n== {name}");
        let begin = Instant::now();
        let outcome = run();
        self.steps.push((name, begin.elapsed(), outcome.is_ok()));
        outcome.map_err(|reason| format!("{name}: {reason}"))
    }

    /// Prints every step with its time, and the tests' total as the last line.
    pub(crate) fn print(&self) {
        println!();
        for (name, time, fine) in &self.steps {
            let verdict = if *fine { "ok" } else { "FAILED" };
            println!("{name:<24} {:>7.1} s  {verdict}", time.as_secs_f64());
        }
        println!("{:<24} {:>7.1} s", "total", self.begin.elapsed().as_secs_f64());
        if let Some(Tally { passed, failed, skipped }) = self.tests {
            println!("{passed} passed, {failed} failed, {skipped} skipped");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_adds_up_result_lines_and_nothing_else() {
        let mut tally = Tally::default();
        for line in [
            "test special_tokens_are_never_masked ... ok",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out",
            "test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out",
            "5 passed; 5 failed",
        ] {
            tally.add_line(line);
        }
        assert_eq!(tally, Tally { passed: 14, failed: 3, skipped: 1 });
    }
}
