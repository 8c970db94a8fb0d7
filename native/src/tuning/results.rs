//! `results.json`: every seed's scores, and what they come to.

use crate::files::write_atomically;
use anyhow::{Context, Result};
use electra::config::FineTuneConfig;
use electra::scores::{Interval, Scores, Summary, summarise};
use electra::tasks::{Metric, TaskSpec};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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
    /// Scores on every development split, and on the diagnostic set where its labels are told.
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
        let mut columns: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for seed in &self.seeds {
            for (name, value) in &seed.metrics {
                columns.entry(name.clone()).or_default().push(*value);
            }
        }
        self.summary = columns
            .into_iter()
            .filter_map(|(name, values)| Some((name, summarise(&values)?)))
            .collect();
        self.splits = medians(&self.seeds);
        self.metrics =
            self.summary.iter().map(|(name, summary)| (name.clone(), summary.median)).collect();
        let score = |seed: &SeedResult| seed.metrics.get(&self.primary).copied();
        let mut best: Option<(&SeedResult, Option<f64>)> = None;
        for seed in &self.seeds {
            // The first of equals, whose model is in the folder.
            if best.is_none_or(|(_, highest)| score(seed) > highest) {
                best = Some((seed, score(seed)));
            }
            if score(seed).is_none() {
                self.warnings.push(format!(
                    "seed {}: {} is not defined, as when every text is told the same; it is not in \
                     the summary",
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

/// Medians over the seeds, by split and metric.
fn medians(seeds: &[SeedResult]) -> BTreeMap<String, Scores> {
    let mut columns: BTreeMap<&String, BTreeMap<&String, Vec<f64>>> = BTreeMap::new();
    for (split, scores) in seeds.iter().flat_map(|seed| &seed.splits) {
        let columns = columns.entry(split).or_default();
        for (name, value) in scores {
            columns.entry(name).or_default().push(*value);
        }
    }
    let median =
        |(name, values): (&String, Vec<f64>)| Some((name.clone(), summarise(&values)?.median));
    let of_split = |(split, columns): (&String, BTreeMap<&String, Vec<f64>>)| {
        (split.clone(), columns.into_iter().filter_map(median).collect::<Scores>())
    };
    columns.into_iter().map(of_split).collect()
}
