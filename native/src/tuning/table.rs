//! Results as tables: one task for the terminal, all of GLUE as the paper prints them.

use super::results::Results;
use electra::scores::{GlueAverage, glue_average};
use electra::tasks::{PAPER_TASKS, PUBLISHED};
use std::fmt::Write as _;

/// What one fine-tuning came to, for a terminal.
pub(crate) fn terminal(results: &Results) -> String {
    let mut text = format!(
        "{} · {} seeds · median (lowest to highest){}\n",
        results.spec.title,
        results.seeds.len(),
        if results.untrained { " · random weights" } else { "" }
    );
    for metric in &results.spec.metrics {
        let Some(summary) = results.summary.get(metric.name()) else { continue };
        let percent = |value: f64| 100.0 * value;
        let (median, low, high) =
            (percent(summary.median), percent(summary.min), percent(summary.max));
        let _ = write!(text, "  {:<12} {median:>6.1}  ({low:.1} to {high:.1})", metric.name());
        if let Some(majority) = results.majority.get(metric.name()) {
            let _ = write!(text, "  majority {:.1}", percent(*majority));
        }
        text.push('\n');
    }
    for (split, score) in results.other_splits() {
        let _ = writeln!(text, "  {split}: {} {:.1}", results.primary, 100.0 * score);
    }
    text
}

/// Every task of a folder, as the paper's table.
pub(crate) struct Table<'a> {
    results: &'a [Results],
}

/// One line of the table.
struct Line {
    name: String,
    scores: Vec<Option<f64>>,
    average: Option<GlueAverage>,
}

impl<'a> Table<'a> {
    /// A table of these results.
    pub(crate) fn new(results: &'a [Results]) -> Self {
        Self { results }
    }

    /// The mean over the paper's eight tasks, as far as they are there.
    pub(crate) fn average(&self) -> Option<GlueAverage> {
        average(&self.row(Results::score))
    }

    fn row(&self, score: impl Fn(&Results) -> Option<f64>) -> Vec<(&'a str, Option<f64>)> {
        self.results.iter().map(|results| (results.task.as_str(), score(results))).collect()
    }

    fn lines(&self) -> Vec<Line> {
        let line = |name: &str, row: Vec<(&str, Option<f64>)>| Line {
            name: name.to_owned(),
            average: average(&row),
            scores: row.into_iter().map(|(_, score)| score).collect(),
        };
        let model = self.results.first().map_or(String::new(), |results| {
            let start = if results.untrained { ", random weights" } else { "" };
            format!("{}{start}", results.model)
        });
        let majority = |results: &Results| results.majority.get(&results.primary).copied();
        let mut lines = vec![
            line(&format!("{model} (median)"), self.row(Results::score)),
            line("majority class", self.row(majority)),
        ];
        for (name, scores) in PUBLISHED {
            let published = |results: &Results| {
                let at = PAPER_TASKS.iter().position(|task| *task == results.task)?;
                Some(scores[at] / 100.0)
            };
            lines.push(line(&format!("{name} (published)"), self.row(published)));
        }
        lines
    }

    /// The table in Markdown: tasks as columns, in percent.
    pub(crate) fn markdown(&self) -> String {
        let heads: Vec<String> = self
            .results
            .iter()
            .map(|results| format!("{} ({})", results.spec.title, results.primary))
            .collect();
        let average = match self.average() {
            Some(average) if !average.complete => format!("mean of {}", average.tasks),
            _ => "mean".to_owned(),
        };
        let mut text = format!("| | {} | {average} |\n|---|", heads.join(" | "));
        text += &"---:|".repeat(heads.len() + 1);
        text.push('\n');
        for line in self.lines() {
            let cells: Vec<String> = line.scores.iter().map(|score| cell(*score)).collect();
            let mean = cell(line.average.map(|average| average.mean));
            let _ = writeln!(text, "| {} | {} | {mean} |", line.name, cells.join(" | "));
        }
        let seeds: Vec<String> = self
            .results
            .iter()
            .map(|results| format!("{} {}", results.spec.title, results.seeds.len()))
            .collect();
        let _ = write!(
            text,
            "\nDevelopment splits, in percent; seeds: {}. The paper's mean is over eight tasks \
             without WNLI.\n",
            seeds.join(", ")
        );
        text
    }

    /// The table as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        let tasks: serde_json::Map<String, serde_json::Value> = self
            .results
            .iter()
            .map(|results| (results.task.clone(), serde_json::json!(results)))
            .collect();
        serde_json::json!({ "average": self.average(), "tasks": tasks })
    }
}

/// None where a score is not defined: a mean of fewer tasks would stand beside one of more.
fn average(row: &[(&str, Option<f64>)]) -> Option<GlueAverage> {
    let counted = row.iter().filter(|(name, _)| PAPER_TASKS.contains(name));
    let known: Option<Vec<(&str, f64)>> =
        counted.map(|(name, score)| Some((*name, (*score)?))).collect();
    glue_average(&known?)
}

fn cell(score: Option<f64>) -> String {
    score.map_or_else(|| "–".to_owned(), |score| format!("{:.1}", 100.0 * score))
}
