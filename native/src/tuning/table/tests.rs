//! What stands in the table, and what it is made of.

use super::*;
use crate::tuning::results::SeedResult;
use crate::tuning::terminal;
use electra::config::FineTuneConfig;
use electra::scores::Scores;
use std::collections::BTreeMap;

/// What seeds with one score on each split come to; the first split is the one that counts.
fn results(task: &str, seeds: &[&[(&str, &str, f64)]]) -> Results {
    let spec = TaskSpec::builtin(task).unwrap();
    let scores = |metric: &str, value| Scores::from([(metric.to_owned(), value)]);
    let seed = |splits: &[(&str, &str, f64)]| SeedResult {
        metrics: scores(splits[0].1, splits[0].2),
        splits: splits
            .iter()
            .map(|&(split, metric, value)| (split.to_owned(), scores(metric, value)))
            .collect(),
        ..SeedResult::new(0, 1, 0.0)
    };
    let results = Results {
        task: spec.name.clone(),
        metrics: Scores::new(),
        splits: BTreeMap::new(),
        parts: BTreeMap::new(),
        best: BTreeMap::new(),
        seeds: seeds.iter().map(|splits| seed(splits)).collect(),
        summary: BTreeMap::new(),
        primary: spec.primary.name().to_owned(),
        majority: Scores::from([(spec.primary.name().to_owned(), 0.355)]),
        texts: BTreeMap::new(),
        labels: BTreeMap::new(),
        model: "runs/x".to_owned(),
        untrained: false,
        best_seed: 0,
        config: FineTuneConfig::preset("small").unwrap(),
        spec,
        warnings: Vec::new(),
        notes: Vec::new(),
    };
    results.summarised()
}

#[test]
fn mnli_stands_in_the_table_with_both_splits_and_the_diagnostic_set_below_it() {
    let mnli = |matched: f64| {
        [
            ("dev_matched", "accuracy", matched),
            ("dev_mismatched", "accuracy", matched - 0.01),
            ("ax", "matthews", matched - 0.5),
        ]
    };
    let rte: &[(&str, &str, f64)] = &[("dev", "accuracy", 0.6)];
    let all = [results("mnli", &[&mnli(0.7), &mnli(0.9), &mnli(0.8)]), results("rte", &[rte])];
    let table = Table::new(&all, &[]);
    let text = table.markdown();
    for part in [
        "| | MNLI-m/mm (accuracy) | RTE (accuracy) | mean of 2 |",
        "| runs/x (median) | 80.0/79.0 | 60.0 | 70.0 |",
        "| majority class | 35.5 | 35.5 | 35.5 |",
        "| ELECTRA-Base (published) | 88.8 | 82.7 |",
        "\nAX, GLUE's diagnostic set, by the model of MNLI: matthews 30.0 (median)",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(table.average().map(|average| average.tasks), Some(2));
    let ax = table.json()["tasks"]["mnli"]["splits"]["ax"]["matthews"].as_f64();
    assert!((ax.unwrap() - 0.3).abs() < 1e-9);
    assert!(terminal(&all[0]).contains("  ax: matthews 30.0"), "{}", terminal(&all[0]));
}

#[test]
fn a_task_of_one_split_stands_alone() {
    let rte: &[(&str, &str, f64)] = &[("dev", "accuracy", 0.6)];
    let all = [results("rte", &[rte])];
    let text = Table::new(&all, &[]).markdown();
    assert!(text.contains("| runs/x (median) | 60.0 | 60.0 |"), "{text}");
    assert!(!text.contains("AX") && !text.contains("matched"), "{text}");
}

#[test]
fn a_seed_whose_correlation_is_not_defined_counts_as_0() {
    let dev = |value: f64| [("dev", "spearman", value)];
    let mut all = [results("stsb", &[&dev(0.8), &dev(0.9), &dev(0.7)])];
    for seed in &mut all[0].seeds[..2] {
        seed.metrics.clear();
        seed.splits.insert("dev".to_owned(), Scores::new());
    }
    let all = all.map(Results::summarised);
    let summary = all[0].summary["spearman"];
    assert_eq!((summary.median, summary.min, summary.max, summary.runs), (0.0, 0.0, 0.7, 3));
    assert_eq!(all[0].splits["dev"]["spearman"], 0.0);
    assert!(all[0].warnings[1].contains("counts as 0"), "{:?}", all[0].warnings);
    let text = Table::new(&all, &[]).markdown();
    assert!(text.contains("| runs/x (median) | 0.0 | 0.0 |"), "{text}");
}

#[test]
fn a_task_that_failed_keeps_its_place_and_the_mean_waits_for_it() {
    let rte: &[(&str, &str, f64)] = &[("dev", "accuracy", 0.6)];
    let (all, failed) = ([results("rte", &[rte])], [TaskSpec::builtin("cola").unwrap()]);
    let table = Table::new(&all, &failed);
    let text = table.markdown();
    for part in [
        "| | CoLA (matthews) | RTE (accuracy) | mean of 2 |",
        "| runs/x (median) | – | 60.0 | – |",
        "| ELECTRA-Base (published) | 67.7 | 82.7 |",
        "\nFailed: CoLA.\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(table.json()["failed"][0], "cola");
}

#[test]
fn parts_of_the_split_stand_below_the_scores_of_all() {
    let dev = |value: f64| [("dev", "exact_match", value)];
    let mut squad = results("squad2", &[&dev(0.5), &dev(0.7), &dev(0.6)]);
    for (seed, share) in squad.seeds.iter_mut().zip([0.2, 0.4, 0.3]) {
        let part = Scores::from([("exact_match".to_owned(), share), ("f1".to_owned(), 0.5)]);
        seed.parts.insert("HasAns".to_owned(), part);
    }
    let text = terminal(&squad.summarised());
    assert!(text.contains("\n  HasAns: exact_match 30.0  f1 50.0\n"), "{text}");
}
