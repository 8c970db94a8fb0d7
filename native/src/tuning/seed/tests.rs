//! A seed that goes on still knows what was before, one that stops early is its best, and every
//! split whose truth is told is scored.

use super::*;
use crate::args::TuningArgs;
use crate::device;
use crate::tasks::TaskRequest;
use crate::tuning::Request;
use std::path::Path;
use std::sync::atomic::Ordering;

/// Three steps with the model that is shipped.
fn job(place: &Path) -> Job {
    job_with(place, None, TuningArgs::default())
}

/// The same with a test file, and with other flags.
fn job_with(place: &Path, test: Option<&str>, flags: TuningArgs) -> Job {
    let row = |n: usize| format!("a text of number {n}\t{}\n", ["yes", "no"][n % 2]);
    let rows: String = (0..24).map(row).collect();
    let file = place.join("rows.tsv");
    fs::write(&file, format!("text\tlabel\n{rows}")).unwrap();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/demo");
    let training = TuningArgs {
        seeds: "1".to_owned(),
        epochs: flags.epochs.or(Some(1.0)),
        seq: Some(16),
        batch: Some(8),
        quiet: true,
        ..flags
    };
    let test = test.map(|text| {
        let file = place.join("test.tsv");
        fs::write(&file, text).unwrap();
        file
    });
    let task = TaskRequest {
        task: "mine".to_owned(),
        data: file.clone(),
        dev: Some(file),
        test,
        kind: Some("classification".to_owned()),
        ..TaskRequest::default()
    };
    let out = place.join("out");
    let request = Request { model: &model, task, training: &training, out, resume: false };
    Job::open(request, &device::choose("cpu").unwrap(), &std::sync::Arc::default()).unwrap()
}

fn session(job: &Job) -> Session<'_> {
    Session::begin(job, 0, job.out.join("seed-0")).unwrap()
}

#[test]
fn a_seed_killed_behind_its_last_step_tells_its_loss_and_the_time_of_all_sessions() {
    let place = tempfile::tempdir().unwrap();
    let job = job(place.path());
    let mut killed = session(&job);
    assert!(killed.train().unwrap());
    let loss = killed.past.last.loss;
    killed.past.seconds = 100.0;
    killed.save().unwrap();
    let mut resumed = session(&job);
    assert!(resumed.train().unwrap());
    let result = resumed.finish(&[]).unwrap();
    assert!(loss > 0.0 && result.seconds > 100.0, "{loss}, {}", result.seconds);
    assert_eq!((result.loss, result.step), (loss, 3));
    assert!(!job.out.join("seed-0").join(Past::FILE).exists());
}

#[test]
fn an_interrupted_seed_has_looked_at_what_it_saves() {
    let place = tempfile::tempdir().unwrap();
    let job = job(place.path());
    let mut first = session(&job);
    first.tuner.advance(&job.train);
    job.interrupted.store(true, Ordering::SeqCst);
    assert!(!first.train().unwrap());
    let kept = session(&job).past.last;
    assert!(kept.step == 1 && kept.loss > 0.0, "{kept:?}");
}

#[test]
fn early_stopping_goes_back_to_the_best_model() {
    let place = tempfile::tempdir().unwrap();
    // More evaluations than two for each share of 24 texts that can be right: it must stop.
    let flags = TuningArgs { epochs: Some(60.0), patience: Some(2), ..TuningArgs::default() };
    let job = job_with(place.path(), None, flags);
    let mut session = session(&job);
    assert!(session.train().unwrap());
    let (best, step) = session.past.stopping.best.unwrap();
    assert!(session.tuner.step_count() > step, "it stopped at its best");
    let result = session.finish(&[]).unwrap();
    assert_eq!((result.metrics["accuracy"], result.step), (best, step));
}

#[test]
fn a_test_split_is_scored_where_its_labels_are_told() {
    for (test, is_told) in [
        ("text\tlabel\nthis\tyes\nthat\tno\n", true),
        ("text\tlabel\nthis\t-1\nthat\t-1\n", false),
        ("text\nthis\nthat\n", false),
    ] {
        let place = tempfile::tempdir().unwrap();
        let job = job_with(place.path(), Some(test), TuningArgs::default());
        let mut session = session(&job);
        assert!(session.train().unwrap());
        let result = session.finish(&[]).unwrap();
        assert_eq!(result.splits.contains_key("test"), is_told, "{test}");
        assert_eq!(result.splits["dev"], result.metrics);
        assert_eq!(result.predictions.len(), 2);
    }
}
