//! Names of labels to numbers, and what is wrong with them.

use super::table::{Row, Table};
use anyhow::{Result, anyhow};
use electra::tasks::{LabelledText, MOST_LABELS, Target};
use std::collections::BTreeSet;

/// The number of a label by its name.
pub(super) fn class(labels: &[String], name: &str, title: &str) -> Result<Target, String> {
    let place = labels.iter().position(|label| label == name.trim());
    place.map(Target::Class).ok_or_else(|| {
        format!("`{}` is no label of {title}, which knows {}", name.trim(), quoted(labels))
    })
}

/// A finite number.
pub(super) fn score(text: &str) -> Result<Target, String> {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    number.map(Target::Score).ok_or_else(|| format!("`{}` is no number to learn", text.trim()))
}

/// The labels of a column, numbers in their order, else in that of the alphabet.
pub(super) fn collect(table: &Table, column: usize) -> Result<Vec<String>> {
    let names = table.rows.iter().map(|row: &Row| table.label(row, column));
    let names = names.collect::<Result<BTreeSet<String>>>()?;
    let mut names: Vec<String> = names.into_iter().collect();
    if names.len() > MOST_LABELS {
        return Err(anyhow!(
            "column `{}` has {} different labels, more than a head of {MOST_LABELS}; for numbers \
             use --kind regression: {}",
            table.columns[column],
            names.len(),
            table.name
        ));
    }
    let number = |name: &String| name.parse::<f64>().ok();
    if names.iter().all(|name| number(name).is_some()) {
        names
            .sort_by(|a, b| number(a).partial_cmp(&number(b)).unwrap_or(std::cmp::Ordering::Equal));
    }
    Ok(names)
}

/// Refuses training texts that are all of one class, or all have one score.
pub(super) fn check_classes(texts: &[LabelledText], labels: &[String], name: &str) -> Result<()> {
    let class = |text: &LabelledText| match text.target {
        Target::Class(class) => Some(class),
        _ => None,
    };
    let seen: BTreeSet<usize> = texts.iter().filter_map(class).collect();
    match (seen.len(), seen.first()) {
        (1, Some(&only)) => Err(anyhow!(
            "all {} texts are labelled `{}`, so there is nothing to tell apart: {name}",
            texts.len(),
            labels[only]
        )),
        _ => check_scores(texts, name),
    }
}

fn check_scores(texts: &[LabelledText], name: &str) -> Result<()> {
    let score = |text: &LabelledText| match text.target {
        Target::Score(score) => Some(score),
        _ => None,
    };
    let mut scores = texts.iter().filter_map(score);
    let Some(first) = scores.next() else { return Ok(()) };
    if scores.any(|score| score != first) {
        return Ok(());
    }
    Err(anyhow!(
        "all {} texts have the score {first}, so there is nothing to learn: {name}",
        texts.len()
    ))
}

/// Names in a sentence.
pub(super) fn quoted(labels: &[String]) -> String {
    let names: Vec<String> = labels.iter().take(12).map(|label| format!("`{label}`")).collect();
    let more = if labels.len() > 12 { ", …" } else { "" };
    format!("{}{more}", names.join(", "))
}
