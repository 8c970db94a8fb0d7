//! What is told about a task's data beside the scores.

use super::job::Request;
use super::results::RESULTS;
use anyhow::Result;
use electra::config::FineTuneConfig;
use electra::scores::{Scores, majority, score};
use electra::tasks::{LabelledText, Target, TaskData, TaskKind};
use std::collections::BTreeMap;

/// Above this share of one label, accuracy says little.
const IMBALANCED: f64 = 0.75;

/// What is told beside the scores.
pub(super) struct Facts {
    /// The model's folder, as given.
    pub(super) model: String,
    /// Scores of the majority class.
    pub(super) majority: Scores,
    /// Texts of each split.
    pub(super) texts: BTreeMap<String, usize>,
    /// Texts (words, for tags) of each label.
    pub(super) labels: BTreeMap<String, usize>,
    /// What a person should know.
    pub(super) warnings: Vec<String>,
    /// What a person may want to check.
    pub(super) notes: Vec<String>,
}

/// Counts texts and labels, scores the majority class, and gathers warnings.
pub(super) fn facts(
    request: &Request<'_>,
    data: &TaskData,
    config: &FineTuneConfig,
    trained: Option<usize>,
) -> Result<Facts> {
    let mut warnings = data.warnings.clone();
    warnings.extend(config.warnings(trained));
    let labels = label_counts(&data.spec.kind, &data.train);
    warnings.extend(imbalance(&data.spec.kind, &labels));
    let mut texts = BTreeMap::from([("train".to_owned(), data.train.len())]);
    for split in data.dev.iter().chain(&data.test) {
        texts.insert(split.name.clone(), split.texts.len());
    }
    let majority = match data.dev.first() {
        Some(dev) => {
            let guesses = majority(&data.spec, &data.train, &dev.texts);
            score(&data.spec, &dev.texts, &guesses)?
        }
        None => Scores::new(),
    };
    let (model, notes) = (request.model.display().to_string(), data.notes.clone());
    Ok(Facts { model, majority, texts, labels, warnings, notes })
}

/// Texts (words, for tags) of each label.
fn label_counts(kind: &TaskKind, texts: &[LabelledText]) -> BTreeMap<String, usize> {
    let names = kind.labels();
    let mut counts: BTreeMap<String, usize> = names.iter().map(|name| (name.clone(), 0)).collect();
    for text in texts {
        let numbers: &[usize] = match &text.target {
            Target::Class(label) => std::slice::from_ref(label),
            Target::Tags(tags) => tags,
            _ => &[],
        };
        for &number in numbers {
            *counts.entry(names[number].clone()).or_default() += 1;
        }
    }
    counts
}

fn imbalance(kind: &TaskKind, labels: &BTreeMap<String, usize>) -> Option<String> {
    if !matches!(kind, TaskKind::Classification { .. }) {
        return None;
    }
    let all: usize = labels.values().sum();
    let (label, most) = labels.iter().max_by_key(|(_, count)| **count)?;
    let share = *most as f64 / all.max(1) as f64;
    (share > IMBALANCED).then(|| {
        format!(
            "{:.0} % of the training texts are `{label}`: calling all of them so has that \
             accuracy; compare with `majority` in {RESULTS}",
            100.0 * share
        )
    })
}
