//! `results.json`: every seed's scores, and what they come to.

use crate::files::write_atomically;
use anyhow::{Context, Result};
use electra::config::FineTuneConfig;
use electra::scores::{Interval, Scores, Summary, summarise};
use electra::tasks::{Metric, TaskSpec};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// Name of the file.
pub(crate) const RESULTS: &str = "results.json";

/// What one seed came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SeedResult {
    /// The seed.
    pub(crate) seed: u64,
    /// Scores on the first development split.
    pub(crate) metrics: Scores,
    /// 95 % intervals by bootstrap over the texts of that split.
    pub(crate) intervals: BTreeMap<String, Interval>,
    /// The best that a threshold for "no answer" reaches, with the threshold, as SQuAD 2.0's script
    /// reports them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) best: BTreeMap<String, f64>,
    /// Scores on parts of that split: spans of each kind, questions with and without an answer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) parts: BTreeMap<String, Scores>,
    /// Scores on every split whose truth is told, the diagnostic set and test splits among them.
    pub(crate) splits: BTreeMap<String, Scores>,
    /// The step whose model was kept.
    pub(crate) step: usize,
    /// Mean training loss of the last steps.
    pub(crate) loss: f64,
    /// Seconds of training and predicting.
    pub(crate) seconds: f64,
    /// Predictions files, relative to this one.
    pub(crate) predictions: Vec<String>,
}

/// Everything that a fine-tuning came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Results {
    /// Name of the task.
    pub(crate) task: String,
    /// Medians over the seeds, on the first development split.
    pub(crate) metrics: Scores,
    /// The same on every split that is scored.
    #[serde(default)]
    pub(crate) splits: BTreeMap<String, Scores>,
    /// The same on the parts of the first development split.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) parts: BTreeMap<String, Scores>,
    /// The same of what the best thresholds for "no answer" reach, and of these.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) best: BTreeMap<String, f64>,
    /// One entry a seed.
    pub(crate) seeds: Vec<SeedResult>,
    /// Median, mean and spread of each metric over the seeds.
    pub(crate) summary: BTreeMap<String, Summary>,
    /// The metric that tables show.
    pub(crate) primary: String,
    /// What the majority class (the mean score, the commonest tag, no answer) would score.
    pub(crate) majority: Scores,
    /// Texts of each split.
    pub(crate) texts: BTreeMap<String, usize>,
    /// Texts of each label in the training split.
    pub(crate) labels: BTreeMap<String, usize>,
    /// The model that was fine-tuned.
    pub(crate) model: String,
    /// Whether it began with random weights instead.
    pub(crate) untrained: bool,
    /// The seed whose model is in this folder.
    pub(crate) best_seed: u64,
    /// Every number of it; the seed is the first one's.
    pub(crate) config: FineTuneConfig,
    /// The task.
    pub(crate) spec: TaskSpec,
    /// What a person should know.
    pub(crate) warnings: Vec<String>,
    /// What a person may want to check, such as which columns were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
}

impl SeedResult {
    /// Name of its file, in the folder of its seed.
    pub(crate) const FILE: &'static str = "result.json";

    /// What the seeds in a folder came to, in the order in which they were finished.
    pub(crate) fn finished(folder: &Path) -> Vec<Self> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut finished: Vec<(SystemTime, Self)> = entries
            .filter_map(|entry| {
                let path = entry.path().join(Self::FILE);
                let ended = fs::metadata(&path).and_then(|metadata| metadata.modified()).ok()?;
                Some((ended, serde_json::from_str(&fs::read_to_string(&path).ok()?).ok()?))
            })
            .collect();
        finished.sort_by_key(|(ended, _)| *ended);
        finished.into_iter().map(|(_, result)| result).collect()
    }
}

impl Results {
    /// Fills in what follows from the seeds.
    pub(crate) fn summarised(mut self) -> Self {
        let seeds = self.seeds.iter();
        self.summary = over_seeds(seeds.clone().map(|seed| &seed.metrics), &self.spec.metrics);
        let metrics = |split: &str| self.spec.of_split(split).metrics;
        self.splits = medians(seeds.clone().map(|seed| &seed.splits), metrics);
        self.parts = medians(seeds.clone().map(|seed| &seed.parts), |_| self.spec.metrics.clone());
        self.best = medians_of_all(seeds.map(|seed| &seed.best));
        self.metrics =
            self.summary.iter().map(|(name, summary)| (name.clone(), summary.median)).collect();
        let score = |seed: &SeedResult| counted(self.spec.primary, &seed.metrics);
        let mut best: Option<(&SeedResult, Option<f64>)> = None;
        for seed in &self.seeds {
            // The first of equals, whose model is in the folder.
            if best.is_none_or(|(_, highest)| score(seed) > highest) {
                best = Some((seed, score(seed)));
            }
            if !seed.metrics.contains_key(&self.primary) {
                self.warnings.push(format!(
                    "seed {}: {} is not defined, as when every text is told the same; it counts \
                     as 0",
                    seed.seed, self.primary
                ));
            }
        }
        self.best_seed = best.map_or(0, |(seed, _)| seed.seed);
        self
    }

    /// The metric that tables show of a split, and its median; none where it was not scored.
    pub(crate) fn split_score(&self, split: &str) -> Option<(Metric, f64)> {
        let metric = self.spec.of_split(split).primary;
        Some((metric, *self.splits.get(split)?.get(metric.name())?))
    }

    /// That of every split, where there are several.
    pub(crate) fn split_scores(&self) -> Vec<(&str, Metric, f64)> {
        if self.splits.len() < 2 {
            return Vec::new();
        }
        let splits = self.splits.keys().filter_map(|split| {
            let (metric, score) = self.split_score(split)?;
            Some((split.as_str(), metric, score))
        });
        splits.collect()
    }

    /// The median that tables show.
    pub(crate) fn score(&self) -> Option<f64> {
        self.metrics.get(&self.primary).copied()
    }

    /// Writes `results.json`.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).context("cannot write the results")? + "\n";
        write_atomically(&folder.join(RESULTS), text.as_bytes())
    }
}

/// A seed's score. A correlation that is not defined counts as 0, as Matthews' does: a median
/// without the seeds that learned nothing would flatter.
pub(super) fn counted(metric: Metric, scores: &Scores) -> Option<f64> {
    let undefined = matches!(metric, Metric::Pearson | Metric::Spearman).then_some(0.0);
    scores.get(metric.name()).copied().or(undefined)
}

/// Medians over the seeds of whatever numbers they have.
fn medians_of_all<'a>(
    seeds: impl Iterator<Item = &'a BTreeMap<String, f64>> + Clone,
) -> BTreeMap<String, f64> {
    let names: BTreeSet<&String> = seeds.clone().flat_map(BTreeMap::keys).collect();
    let median = |name: &String| -> Option<(String, f64)> {
        let values = seeds.clone().filter_map(|seed| seed.get(name).copied());
        Some((name.clone(), summarise(&values.collect::<Vec<f64>>())?.median))
    };
    names.into_iter().filter_map(median).collect()
}

/// What each metric comes to over the seeds.
fn over_seeds<'a>(
    seeds: impl Iterator<Item = &'a Scores> + Clone,
    metrics: &[Metric],
) -> BTreeMap<String, Summary> {
    let summary = |&metric: &Metric| {
        let values = seeds.clone().filter_map(|scores| counted(metric, scores));
        Some((metric.name().to_owned(), summarise(&values.collect::<Vec<f64>>())?))
    };
    metrics.iter().filter_map(summary).collect()
}

/// Medians over the seeds of scores that have names, such as those of splits; `metrics` says which
/// belong to a name.
fn medians<'a>(
    seeds: impl Iterator<Item = &'a BTreeMap<String, Scores>> + Clone,
    metrics: impl Fn(&str) -> Vec<Metric>,
) -> BTreeMap<String, Scores> {
    let names: BTreeSet<&String> = seeds.clone().flat_map(BTreeMap::keys).collect();
    let of_name = |name: &String| -> (String, Scores) {
        let scores = seeds.clone().filter_map(|seed| seed.get(name));
        let summaries = over_seeds(scores, &metrics(name)).into_iter();
        (name.clone(), summaries.map(|(metric, summary)| (metric, summary.median)).collect())
    };
    names.into_iter().map(of_name).collect()
}
