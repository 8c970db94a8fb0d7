//! All of GLUE in a table, as the paper prints it.

use super::results::Results;
use electra::scores::{GlueAverage, glue_average};
use electra::tasks::{Metric, PAPER_TASKS, PUBLISHED, TASKS, TaskSpec};
use std::fmt::Write as _;

/// MNLI's second development split, of other genres than those trained on.
const MISMATCHED: &str = "dev_mismatched";

/// Every task of a folder, as the paper's table.
pub(crate) struct Table<'a> {
    columns: Vec<Column<'a>>,
}

/// One task.
struct Column<'a> {
    spec: &'a TaskSpec,
    /// None where it failed.
    results: Option<&'a Results>,
}

impl Column<'_> {
    fn score(&self) -> Option<f64> {
        self.results?.score()
    }

    fn majority(&self) -> Option<f64> {
        let results = self.results?;
        results.majority.get(&results.primary).copied()
    }

    fn split_score(&self, split: &str) -> Option<(Metric, f64)> {
        self.results?.split_score(split)
    }

    fn head(&self) -> String {
        let both = if self.split_score(MISMATCHED).is_some() { "-m/mm" } else { "" };
        format!("{}{both} ({})", self.spec.title, self.spec.primary.name())
    }
}

/// One line of the table.
struct Line {
    name: String,
    cells: Vec<String>,
    average: Option<GlueAverage>,
}

impl<'a> Table<'a> {
    /// A table of these results, with tasks that have none because they failed.
    pub(crate) fn new(results: &'a [Results], failed: &'a [TaskSpec]) -> Self {
        let done = results.iter().map(|results| (&results.spec, Some(results)));
        let all = done.chain(failed.iter().map(|spec| (spec, None)));
        let mut columns: Vec<Column<'a>> =
            all.map(|(spec, results)| Column { spec, results }).collect();
        columns.sort_by_key(|column| TASKS.iter().position(|task| *task == column.spec.name));
        Self { columns }
    }

    /// The mean over the paper's eight tasks, as far as they are there.
    pub(crate) fn average(&self) -> Option<GlueAverage> {
        average(&self.row(Column::score))
    }

    fn row(&self, score: impl Fn(&Column<'a>) -> Option<f64>) -> Vec<(&'a str, Option<f64>)> {
        self.columns.iter().map(|column| (column.spec.name.as_str(), score(column))).collect()
    }

    fn results(&self) -> impl Iterator<Item = &'a Results> {
        self.columns.iter().filter_map(|column| column.results)
    }

    fn lines(&self) -> Vec<Line> {
        let line = |name: &str, row: Vec<(&str, Option<f64>)>| Line {
            name: name.to_owned(),
            average: average(&row),
            cells: row.into_iter().map(|(_, score)| cell(score)).collect(),
        };
        let model = self.results().next().map_or(String::new(), |results| {
            let start = if results.untrained { ", random weights" } else { "" };
            format!("{}{start}", results.model)
        });
        let mut ours = line(&format!("{model} (median)"), self.row(Column::score));
        for (text, column) in ours.cells.iter_mut().zip(&self.columns) {
            if let Some((_, mismatched)) = column.split_score(MISMATCHED) {
                let _ = write!(text, "/{}", cell(Some(mismatched)));
            }
        }
        let mut lines = vec![ours, line("majority class", self.row(Column::majority))];
        for (name, scores) in PUBLISHED {
            let published = |column: &Column<'a>| {
                let at = PAPER_TASKS.iter().position(|task| *task == column.spec.name)?;
                Some(scores[at] / 100.0)
            };
            lines.push(line(&format!("{name} (published)"), self.row(published)));
        }
        lines
    }

    /// The table in Markdown: tasks as columns, in percent.
    pub(crate) fn markdown(&self) -> String {
        let heads: Vec<String> = self.columns.iter().map(Column::head).collect();
        let counted = |column: &&Column<'_>| PAPER_TASKS.contains(&column.spec.name.as_str());
        let average = match self.columns.iter().filter(counted).count() {
            some if (1..PAPER_TASKS.len()).contains(&some) => format!("mean of {some}"),
            _ => "mean".to_owned(),
        };
        let mut text = format!("| | {} | {average} |\n|---|", heads.join(" | "));
        text += &"---:|".repeat(heads.len() + 1);
        text.push('\n');
        for line in self.lines() {
            let mean = cell(line.average.map(|average| average.mean));
            let _ = writeln!(text, "| {} | {} | {mean} |", line.name, line.cells.join(" | "));
        }
        let seeds = self.results().map(|it| format!("{} {}", it.spec.title, it.seeds.len()));
        let _ = write!(
            text,
            "\nDevelopment splits, in percent; seeds: {}. The paper's mean is over eight tasks \
             without WNLI.\n",
            seeds.collect::<Vec<String>>().join(", ")
        );
        text += &self.below();
        text
    }

    /// What does not count in the mean, MNLI's second split and the diagnostic set; what failed.
    fn below(&self) -> String {
        let mut text = String::new();
        let scored = |split| self.columns.iter().find_map(|column| column.split_score(split));
        if scored(MISMATCHED).is_some() {
            text += "\nMNLI is matched/mismatched; what stands alone is matched, which the mean \
                     is over.\n";
        }
        if let Some((metric, score)) = scored("ax") {
            let (metric, score) = (metric.name(), cell(Some(score)));
            let _ = writeln!(
                text,
                "\nAX, GLUE's diagnostic set, by the model of MNLI: {metric} {score} (median); it \
                 does not count in the mean."
            );
        }
        let failed = self.failed().map(|spec| spec.title.as_str()).collect::<Vec<&str>>();
        if !failed.is_empty() {
            let _ = writeln!(text, "\nFailed: {}.", failed.join(", "));
        }
        text
    }

    fn failed(&self) -> impl Iterator<Item = &'a TaskSpec> {
        self.columns.iter().filter(|column| column.results.is_none()).map(|column| column.spec)
    }

    /// The table as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        let tasks: serde_json::Map<String, serde_json::Value> = self
            .results()
            .map(|results| (results.task.clone(), serde_json::json!(results)))
            .collect();
        let failed: Vec<&str> = self.failed().map(|spec| spec.name.as_str()).collect();
        serde_json::json!({ "average": self.average(), "tasks": tasks, "failed": failed })
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

#[cfg(test)]
mod tests;
