//! A run that goes on for longer than it was planned: how many steps it has then, and what that
//! changes.

use crate::args::PretrainArgs;
use crate::commands::pace::UNPLANNED;
use crate::run::{Journal, MetricsLog, RunFolder};
use anyhow::{Result, bail};
use electra::trainer::Trainer;

/// What a new length changes, in words.
#[derive(Debug)]
pub(super) struct Longer {
    note: String,
    /// What is wrong with it.
    doubt: Option<String>,
}

impl Longer {
    pub(super) fn tell(&self, journal: &mut Journal) {
        if let Some(doubt) = &self.doubt {
            journal.warn(doubt);
        }
        journal.progress().note(&self.note);
    }
}

/// Another length that the flags ask for.
#[derive(Debug)]
pub(super) struct Wanted {
    steps: usize,
    minutes: Option<f64>,
    /// Minutes that the steps so far took; 0 where no log tells.
    spent: f64,
}

/// The length that the flags ask for, if any, of a run that stands after `step` steps. Nothing is
/// read or written yet but the log, so that a refusal comes early and leaves the run as it was.
pub(super) fn wanted(
    step: usize,
    args: &PretrainArgs,
    folder: &RunFolder,
) -> Result<Option<Wanted>> {
    let lines = MetricsLog::read(&folder.metrics())?;
    let reached = lines.iter().rev().find(|line| line.step() <= step);
    let spent = reached.map_or(0.0, |line| line.seconds() / 60.0);
    let steps = length(step, spent, args.steps, args.minutes)?;
    Ok(steps.map(|steps| Wanted { steps, minutes: args.minutes, spent }))
}

impl Wanted {
    /// Plans the rest of the run anew.
    pub(super) fn replan(&self, trainer: &mut Trainer, folder: &RunFolder) -> Longer {
        let (step, before) = (trainer.step_count(), trainer.learning_rate());
        trainer.replan(self.steps, self.minutes);
        let about = if self.minutes.is_some() { "about " } else { "" };
        let (before, after) = (shown(before), shown(trainer.learning_rate()));
        let note = format!(
            "the run now has {about}{} steps: the learning rate goes from {before} to {after}",
            self.steps
        );
        let is_unknown = self.minutes.is_some() && step > 0 && self.spent == 0.0;
        let doubt = is_unknown.then(|| {
            format!(
                "nothing tells how long the {step} steps of this run took, so `--minutes` counts \
                 from now on; stop and put the run's log back in place if it is to count them \
                 too: {}",
                folder.metrics().display()
            )
        });
        Longer { note, doubt }
    }
}

/// Steps of the whole run, of which `step` took `spent` minutes, if another number is asked for.
fn length(
    step: usize,
    spent: f64,
    steps: Option<usize>,
    minutes: Option<f64>,
) -> Result<Option<usize>> {
    Ok(Some(match (steps, minutes) {
        (None, None) => return Ok(None),
        (Some(steps), _) if steps > step => steps,
        (Some(steps), _) => bail!(
            "the run has done {step} steps already: `--steps` counts those of the whole run; give \
             more than that instead of {steps}"
        ),
        (None, Some(minutes)) if minutes.is_finite() && minutes > spent => {
            guess(step, spent, minutes)
        }
        (None, Some(minutes)) => bail!(
            "the run has trained for {spent:.1} minutes already: `--minutes` counts those of the \
             whole run; give more than that instead of {minutes}"
        ),
    }))
}

/// Steps at the pace so far; the plan by the clock mends them, but needs some for that.
fn guess(step: usize, spent: f64, minutes: f64) -> usize {
    let fewest = step + UNPLANNED;
    // Without a log there is no pace, and more steps than any file can hold would be planned.
    if spent > 0.0 { fewest.max((step as f64 * minutes / spent) as usize) } else { fewest }
}

fn shown(rate: f64) -> String {
    if rate == 0.0 { "0".to_owned() } else { format!("{rate:.2e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_budget_is_guessed_at_the_pace_so_far() {
        let guessed = |step, spent, minutes| length(step, spent, None, Some(minutes)).unwrap();
        assert_eq!(guessed(3_562, 85.0, 170.0), Some(7_124));
        assert_eq!(guessed(10, 1.0, 2.0), Some(10 + UNPLANNED), "too few to plan the rest in");
    }

    #[test]
    fn without_a_log_no_run_is_guessed_to_go_on_for_ever() {
        for step in [0, 9] {
            assert_eq!(length(step, 0.0, None, Some(1_000.0)).unwrap(), Some(step + UNPLANNED));
        }
    }

    #[test]
    fn a_rate_is_shown_in_three_digits() {
        assert_eq!((shown(0.0), shown(3.872e-4)), ("0".to_owned(), "3.87e-4".to_owned()));
    }
}
