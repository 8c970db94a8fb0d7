//! What every held-out metric means, and what a detector reaches that calls everything original.

use super::numbers::{count, percent};
use anstyle::{AnsiColor, Style};
use electra::metrics::{Evaluation, base_rate_entropy};
use std::fmt::Write;

/// One metric, ready to be shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Explained {
    /// Name in the authors' code and in `metrics.jsonl`.
    pub(crate) name: &'static str,
    /// The measured value.
    pub(crate) value: String,
    /// The same for a detector that calls everything original, where it says anything.
    pub(crate) baseline: String,
    /// A few words, for a terminal.
    pub(crate) brief: &'static str,
    /// One sentence, for the report.
    pub(crate) meaning: &'static str,
}

/// Every field of an evaluation, in its order.
pub(crate) fn explain(metrics: &Evaluation) -> Vec<Explained> {
    let parts = [language_rows, verdict_rows, ranking_rows, shared_rows, amounts];
    parts.iter().flat_map(|rows| rows(metrics)).collect()
}

fn language_rows(metrics: &Evaluation) -> Vec<Explained> {
    vec![
        row(
            ("masked_lm_loss", number(metrics.masked_lm_loss), NONE),
            "nats per masked token",
            "The generator's cross-entropy over masked tokens, in nats; guessing evenly gives the \
             logarithm of the vocabulary's size.",
        ),
        row(
            ("masked_lm_accuracy", share(metrics.masked_lm_accuracy), NONE),
            "first guess is the original",
            "How often the generator's first choice is the hidden token.",
        ),
        row(
            ("sampled_masked_lm_accuracy", share(metrics.sampled_masked_lm_accuracy), NONE),
            "sample is the original",
            "How often the generator's sample is the hidden token; such a token counts as original.",
        ),
    ]
}

fn verdict_rows(metrics: &Evaluation) -> Vec<Explained> {
    let entropy = number(base_rate_entropy(metrics.replaced_rate));
    let accuracy = share(metrics.baseline_accuracy);
    vec![
        row(
            ("disc_loss", number(metrics.disc_loss), &entropy),
            "nats per token",
            "The discriminator's cross-entropy over all tokens, in nats. The baseline says the share \
             of replaced tokens everywhere.",
        ),
        row(
            ("disc_accuracy", share(metrics.disc_accuracy), &accuracy),
            "tokens judged rightly",
            "How many tokens are judged rightly. Few are replaced, so this alone flatters.",
        ),
        row(
            ("disc_precision", optional(metrics.disc_precision), NONE),
            "called replaced, and were",
            "Of the tokens called replaced, the share that was.",
        ),
        row(
            ("disc_recall", optional(metrics.disc_recall), ZERO),
            "replaced, and called so",
            "Of the replaced tokens, the share that was called so.",
        ),
        row(
            ("disc_f1", optional(metrics.disc_f1), ZERO),
            "both of these in one",
            "The harmonic mean of precision and recall.",
        ),
    ]
}

fn ranking_rows(metrics: &Evaluation) -> Vec<Explained> {
    vec![
        row(
            ("disc_auc", optional(metrics.disc_auc), COIN),
            "replaced ranked above original",
            "How often a replaced token scores higher than an original one: 0.5 is a coin, 1 is \
             perfect. The swaps are the generator's own.",
        ),
        row(
            ("replaced_rate", share(metrics.replaced_rate), NONE),
            "tokens that were replaced",
            "The share of tokens that differ from the text.",
        ),
        row(
            ("baseline_accuracy", share(metrics.baseline_accuracy), NONE),
            "calling everything original",
            "The accuracy of calling everything original, which the discriminator has to beat.",
        ),
    ]
}

fn shared_rows(metrics: &Evaluation) -> Vec<Explained> {
    vec![
        row(
            ("unigram_disc_auc", optional(metrics.unigram_disc_auc), COIN),
            "AUC on frequent-word swaps",
            "AUC on words drawn by how frequent they are: the same swaps for all runs on one text \
             with one vocabulary and row length, so these can be compared.",
        ),
        row(
            ("unigram_disc_recall", optional(metrics.unigram_disc_recall), ZERO),
            "recall on these",
            "Recall on the same swaps.",
        ),
        row(
            ("uniform_disc_auc", optional(metrics.uniform_disc_auc), COIN),
            "AUC on any-word swaps",
            "AUC on words drawn evenly from the vocabulary.",
        ),
        row(
            ("uniform_disc_recall", optional(metrics.uniform_disc_recall), ZERO),
            "recall on these",
            "Recall on the same swaps.",
        ),
    ]
}

fn amounts(metrics: &Evaluation) -> Vec<Explained> {
    vec![
        row(
            ("rows", count(metrics.rows as u64), NONE),
            "rows evaluated",
            "Held-out rows evaluated.",
        ),
        row(
            ("tokens", count(metrics.tokens as u64), NONE),
            "tokens evaluated",
            "Tokens in them, without padding.",
        ),
    ]
}

const NONE: &str = "–";
const ZERO: &str = "0";
const COIN: &str = "0.5";

fn row(
    (name, value, baseline): (&'static str, String, &str),
    brief: &'static str,
    meaning: &'static str,
) -> Explained {
    Explained { name, value, baseline: baseline.to_owned(), brief, meaning }
}

fn number(value: f64) -> String {
    format!("{value:.4}")
}

fn share(value: f64) -> String {
    percent(value)
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| format!("{value:.3}"))
}

/// The metrics as a table for a terminal of 80 columns.
pub(crate) fn table(metrics: &Evaluation) -> String {
    let rows = explain(metrics);
    let width = |of: fn(&Explained) -> &str, least: usize| {
        rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0).max(least)
    };
    let name = width(|row| row.name, 6);
    let value = width(|row| &row.value, 5);
    let baseline = width(|row| &row.baseline, 8);
    let head = Style::new().underline();
    let bold = Style::new().bold();
    let quiet = AnsiColor::BrightBlack.on_default();
    let mut table = format!(
        "{head}{:name$}  {:>value$}  {:>baseline$}  meaning{head:#}\n",
        "metric", "value", "baseline"
    );
    for row in &rows {
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "{:name$}  {bold}{:>value$}{bold:#}  {:>baseline$}  {quiet}{}{quiet:#}",
            row.name, row.value, row.baseline, row.brief
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measured_field_is_explained_in_its_order() {
        let fields = serde_json::to_value(Evaluation::default()).unwrap();
        let fields: Vec<_> = fields.as_object().unwrap().keys().cloned().collect();
        let rows: Vec<_> = explain(&Evaluation::default()).iter().map(|row| row.name).collect();
        assert_eq!(rows, fields);
    }

    #[test]
    fn the_table_fits_80_columns() {
        let metrics = Evaluation { tokens: 9_999_999, rows: 99_999, ..Evaluation::default() };
        for line in anstream::adapter::strip_str(&table(&metrics)).to_string().lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }

    #[test]
    fn the_baseline_stands_beside_the_value() {
        let metrics = Evaluation {
            disc_accuracy: 0.95,
            baseline_accuracy: 0.9,
            replaced_rate: 0.1,
            ..Evaluation::default()
        };
        let rows = explain(&metrics);
        let find = |name| rows.iter().find(|row| row.name == name).unwrap();
        assert_eq!(
            (&*find("disc_accuracy").value, &*find("disc_accuracy").baseline),
            ("95.0 %", "90.0 %")
        );
        assert_eq!(find("disc_loss").baseline, "0.3251");
        assert_eq!(find("disc_recall").value, "none");
    }
}
