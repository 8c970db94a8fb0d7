//! What one fine-tuning came to, for a terminal.

use super::results::Results;
use electra::scores::Scores;
use std::fmt::Write as _;

/// Medians and extremes over the seeds, beside the majority class; then splits and their parts.
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
    for (part, scores) in &results.parts {
        let _ = writeln!(text, "  {part}: {}", in_percent(scores));
    }
    text
}

/// Scores in a row.
pub(super) fn in_percent(scores: &Scores) -> String {
    let shown = scores.iter().map(|(name, value)| format!("{name} {:.1}", 100.0 * value));
    shown.collect::<Vec<String>>().join("  ")
}
