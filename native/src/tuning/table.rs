//! Results as tables: one task for the terminal, all of GLUE as the paper prints them.

use super::results::Results;
use electra::scores::{GlueAverage, glue_average};
use electra::tasks::{PAPER_TASKS, PUBLISHED};
use std::fmt::Write as _;

/// MNLI's second development split, of other genres than those trained on.
const MISMATCHED: &str = "dev_mismatched";

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
    for (split, metric, score) in results.split_scores() {
        let _ = writeln!(text, "  {split}: {} {:.1}", metric.name(), 100.0 * score);
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
    cells: Vec<String>,
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
            cells: row.into_iter().map(|(_, score)| cell(score)).collect(),
        };
        let model = self.results.first().map_or(String::new(), |results| {
            let start = if results.untrained { ", random weights" } else { "" };
            format!("{}{start}", results.model)
        });
        let mut ours = line(&format!("{model} (median)"), self.row(Results::score));
        for (text, results) in ours.cells.iter_mut().zip(self.results) {
            if let Some((_, mismatched)) = results.split_score(MISMATCHED) {
                let _ = write!(text, "/{}", cell(Some(mismatched)));
            }
        }
        let majority = |results: &Results| results.majority.get(&results.primary).copied();
        let mut lines = vec![ours, line("majority class", self.row(majority))];
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
        let heads: Vec<String> = self.results.iter().map(head).collect();
        let average = match self.average() {
            Some(average) if !average.complete => format!("mean of {}", average.tasks),
            _ => "mean".to_owned(),
        };
        let mut text = format!("| | {} | {average} |\n|---|", heads.join(" | "));
        text += &"---:|".repeat(heads.len() + 1);
        text.push('\n');
        for line in self.lines() {
            let mean = cell(line.average.map(|average| average.mean));
            let _ = writeln!(text, "| {} | {} | {mean} |", line.name, line.cells.join(" | "));
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
        text += &self.below();
        text
    }

    /// What does not count in the mean: MNLI's second split, and the diagnostic set.
    fn below(&self) -> String {
        let mut text = String::new();
        let scored = |split| self.results.iter().find_map(|results| results.split_score(split));
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

fn head(results: &Results) -> String {
    let both = if results.split_score(MISMATCHED).is_some() { "-m/mm" } else { "" };
    format!("{}{both} ({})", results.spec.title, results.primary)
}

fn cell(score: Option<f64>) -> String {
    score.map_or_else(|| "–".to_owned(), |score| format!("{:.1}", 100.0 * score))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tuning::results::SeedResult;
    use electra::config::FineTuneConfig;
    use electra::scores::Scores;
    use electra::tasks::TaskSpec;
    use std::collections::BTreeMap;

    /// What seeds with one score on each split come to; the first split is the one that counts.
    fn results(task: &str, seeds: &[&[(&str, &str, f64)]]) -> Results {
        let spec = TaskSpec::builtin(task).unwrap();
        let scores = |metric: &str, value| Scores::from([(metric.to_owned(), value)]);
        let seed = |splits: &[(&str, &str, f64)]| SeedResult {
            seed: 0,
            metrics: scores(splits[0].1, splits[0].2),
            intervals: BTreeMap::new(),
            best: BTreeMap::new(),
            splits: splits
                .iter()
                .map(|&(split, metric, value)| (split.to_owned(), scores(metric, value)))
                .collect(),
            step: 1,
            loss: 0.0,
            seconds: 0.0,
            predictions: Vec::new(),
        };
        let results = Results {
            task: spec.name.clone(),
            metrics: Scores::new(),
            splits: BTreeMap::new(),
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
        let table = Table::new(&all);
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
        let text = Table::new(&all).markdown();
        assert!(text.contains("| runs/x (median) | 60.0 | 60.0 |"), "{text}");
        assert!(!text.contains("AX") && !text.contains("matched"), "{text}");
    }
}
