//! What reaches the log, and what is only shown.

use super::super::progress::Mode;
use super::*;
use serde_json::Value;
use tempfile::TempDir;

fn begun() -> (TempDir, RunFolder, Journal) {
    let home = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(home.path(), 1).unwrap();
    let progress = Progress::new(Mode::Quiet, 10, 0);
    let journal = Journal::create(&folder, progress, Alarm::new(0)).unwrap();
    (home, folder, journal)
}

fn measured(step: usize, discriminator_loss: f64) -> StepMetrics {
    StepMetrics { step, generator_loss: 5.0, discriminator_loss, ..StepMetrics::default() }
}

/// One number of every line of the log; none where it is not finite.
fn logged(folder: &RunFolder, field: &str) -> Vec<Option<f64>> {
    let log = std::fs::read_to_string(folder.metrics()).unwrap();
    let line = |line| serde_json::from_str::<Value>(line).unwrap();
    log.lines().map(|text| line(text)[field].as_f64()).collect()
}

#[test]
fn a_loss_that_is_no_number_is_logged_and_handed_back() {
    let (_home, folder, mut journal) = begun();
    assert_eq!(journal.train(&measured(1, 0.3)).unwrap(), None);
    assert!(matches!(journal.train(&measured(2, f64::NAN)).unwrap(), Some(Alert::Stop(_))));
    assert_eq!(logged(&folder, "discriminator_loss"), [Some(0.3), None]);
}

#[test]
fn a_line_of_the_log_covers_what_was_shown_before_it() {
    let (_home, folder, mut journal) = begun();
    journal.glimpse(&measured(1, 1.0));
    journal.glimpse(&measured(2, 0.5));
    journal.train(&measured(4, 0.25)).unwrap();
    journal.glimpse(&measured(5, 0.75));
    // No step came after the one that was shown, so nothing is left to measure.
    journal.train(&measured(5, 0.0)).unwrap();
    assert_eq!(logged(&folder, "step"), [Some(4.0), Some(5.0)]);
    assert_eq!(logged(&folder, "discriminator_loss"), [Some(0.5), Some(0.75)]);
}

#[test]
fn the_speed_is_that_of_the_steps_since_the_line_before() {
    let (_home, folder, mut journal) = begun();
    journal.start(1_000);
    // The clock goes on by ten seconds of training, a hundred of evaluating, two of training.
    journal.seconds_before += 10.0;
    journal.train(&StepMetrics { tokens: 1_100, ..measured(1, 0.3) }).unwrap();
    journal.seconds_before += 100.0;
    journal.skip_pause();
    journal.seconds_before += 2.0;
    journal.train(&StepMetrics { tokens: 1_300, ..measured(2, 0.3) }).unwrap();
    let speeds = logged(&folder, "tokens_per_second");
    // The test itself takes a moment.
    assert!(matches!(speeds[..], [Some(8.0..10.1), Some(60.0..101.0)]), "{speeds:?}");
}

#[test]
fn a_warning_is_kept_for_the_report() {
    let (_home, _folder, mut journal) = begun();
    assert_eq!(journal.train(&measured(1, 0.0)).unwrap(), None);
    assert_eq!(journal.warnings().len(), 1);
}

#[test]
fn one_evaluation_of_a_step_is_logged_whoever_resumes() {
    let (_home, folder, mut journal) = begun();
    journal.evaluated(5, &Evaluation::default(), false).unwrap();
    let progress = Progress::new(Mode::Quiet, 10, 5);
    let mut journal = Journal::resume(&folder, 5, progress, Alarm::new(0)).unwrap();
    assert!(journal.evaluation_of(5).is_some() && journal.evaluation_of(6).is_none());
    for step in [5, 6] {
        journal.evaluated(step, &Evaluation::default(), true).unwrap();
    }
    assert_eq!(logged(&folder, "step"), [Some(5.0), Some(6.0)]);
}

#[test]
fn the_clock_goes_on_after_a_resume() {
    let (_home, folder, _) = begun();
    let line = Line::Train { metrics: measured(5, 0.3), tokens_per_second: 1.0, seconds: 900.0 };
    std::fs::write(folder.metrics(), line.to_json().unwrap() + "\n").unwrap();
    let progress = Progress::new(Mode::Quiet, 10, 5);
    let journal = Journal::resume(&folder, 5, progress, Alarm::new(0)).unwrap();
    assert!((900.0..960.0).contains(&journal.seconds()));
}
