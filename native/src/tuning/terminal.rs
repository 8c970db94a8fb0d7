//! What one fine-tuning came to, for a terminal.

use super::results::Results;
use electra::scores::Scores;
use electra::tasks::Metric;
use std::fmt::Write as _;

/// Digits of an error, whose scale is that of the data.
const DIGITS: f64 = 4.0;

/// Medians and extremes over the seeds, beside the majority class; then splits and their parts.
pub(crate) fn terminal(results: &Results) -> String {
    let mut text = format!(
        "{} · {} seeds · median (lowest to highest){}\n",
        results.spec.title,
        results.seeds.len(),
        if results.untrained { " · random weights" } else { "" }
    );
    for metric in &results.spec.metrics {
        let name = metric.name();
        let Some(summary) = results.summary.get(name) else { continue };
        let [median, low, high] =
            [summary.median, summary.min, summary.max].map(|value| shown(name, value));
        let _ = write!(text, "  {name:<12} {median:>6}  ({low} to {high})");
        if let Some(majority) = results.majority.get(name) {
            let _ = write!(text, "  majority {}", shown(name, *majority));
        }
        text.push('\n');
    }
    for (split, metric, score) in results.split_scores() {
        let _ = writeln!(text, "  {split}: {} {}", metric.name(), shown(metric.name(), score));
    }
    for (part, scores) in &results.parts {
        let _ = writeln!(text, "  {part}: {}", in_a_row(scores));
    }
    for line in best(results) {
        let _ = writeln!(text, "  {line}");
    }
    text
}

/// What the best thresholds for "no answer" reach, medians over the seeds, as SQuAD 2.0's script
/// reports it.
pub(super) fn best(results: &Results) -> Vec<String> {
    let line = |metric: &Metric| {
        let name = metric.name();
        let threshold = results.best.get(&format!("{name}_threshold"))?;
        let score = shown(name, *results.best.get(name)?);
        Some(format!("best {name} {score}, if `--none-threshold` were {threshold:.2}"))
    };
    results.spec.metrics.iter().filter_map(line).collect()
}

/// Scores in a row.
pub(super) fn in_a_row(scores: &Scores) -> String {
    let shown = scores.iter().map(|(name, value)| format!("{name} {}", shown(name, *value)));
    shown.collect::<Vec<String>>().join("  ")
}

/// A score by its metric's name: shares and correlations in percent; an error is neither.
pub(super) fn shown(metric: &str, value: f64) -> String {
    if metric != Metric::MeanSquaredError.name() {
        return format!("{:.1}", 100.0 * value);
    }
    let before_point = value.log10().floor() + 1.0;
    let behind_point = (DIGITS - before_point).clamp(0.0, 2.0 * DIGITS) as usize;
    format!("{value:.behind_point$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_no_percentage() {
        let errors = [2.0, 0.5, 0.012_345, 12_345.6, 0.0].map(|value| shown("mse", value));
        assert_eq!(errors, ["2.000", "0.5000", "0.01235", "12346", "0.00000000"]);
        assert_eq!([shown("spearman", 0.5), shown("f1", 1.0)], ["50.0", "100.0"]);
        let scores = Scores::from([("mse".to_owned(), 2.25), ("pearson".to_owned(), -0.125)]);
        assert_eq!(in_a_row(&scores), "mse 2.250  pearson -12.5");
    }
}
