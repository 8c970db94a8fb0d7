//! `report.html`: one run on one page, without scripts and without anything from elsewhere.

use super::charts::charts;
use super::explain::{Explained, explain};
use super::html::{each, escape};
use super::metrics_log::Line;
use super::next::Command;
use super::numbers::{count, duration, percent, short};
use super::plot::Chart;
use super::show::Shown;
use anyhow::Result;
use electra::metrics::{Evaluation, StepMetrics};

const STYLE: &str = include_str!("report.css");

/// Everything the page tells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report<'a> {
    /// Name of the run, its folder's.
    pub(crate) name: &'a str,
    /// The command that was typed.
    pub(crate) command: &'a str,
    /// The device in words.
    pub(crate) device: &'a str,
    /// Steps of the whole schedule.
    pub(crate) steps: usize,
    /// The resolved configuration, as TOML.
    pub(crate) config: &'a str,
    /// The log.
    pub(crate) lines: &'a [Line],
    /// The final evaluation.
    pub(crate) evaluation: Option<&'a Evaluation>,
    /// Held-out sentences.
    pub(crate) sentences: &'a [Shown],
    /// What went wrong.
    pub(crate) warnings: &'a [String],
    /// What to type next.
    pub(crate) next: &'a [Command],
}

impl Report<'_> {
    /// The page.
    pub(crate) fn html(&self) -> Result<String> {
        let sections = [
            self.heading(),
            self.curves()?,
            self.evaluation(),
            self.sentences(),
            self.next(),
            self.origin(),
        ];
        Ok(format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{name} · ELECTRA</title>\n<style>\n{STYLE}</style>\n<body>\n{body}</body>\n</html>\n",
            name = escape(self.name),
            body = sections.concat(),
        ))
    }

    fn heading(&self) -> String {
        let warnings = each(self.warnings, |warning| {
            format!("<p class=\"warning\">Warning: {}</p>\n", escape(warning))
        });
        format!(
            "<h1>{}</h1>\n<p class=\"quiet\">ELECTRA pre-training: {}</p>\n{}{warnings}{}",
            escape(self.name),
            self.outcome(),
            self.evaluation.map(verdict).unwrap_or_default(),
            self.facts()
        )
    }

    /// How far the run came.
    fn outcome(&self) -> String {
        let (done, steps) = (self.done(), self.steps);
        let outcome = if done < steps {
            format!("stopped after {} of {} steps", count(done as u64), count(steps as u64))
        } else {
            format!("finished after {} steps", count(done as u64))
        };
        format!("{outcome} on {}", escape(self.device))
    }

    fn done(&self) -> usize {
        self.lines.iter().map(Line::step).max().unwrap_or(0)
    }

    fn facts(&self) -> String {
        let mut facts = Vec::new();
        if let Some(metrics) = self.evaluation {
            let optional =
                |value: Option<f64>| value.map_or("none".to_owned(), |v| format!("{v:.3}"));
            facts.push(("held-out AUC", optional(metrics.disc_auc)));
            facts.push(("generator loss", format!("{:.3}", metrics.masked_lm_loss)));
        }
        let seconds = self.lines.last().map_or(0.0, Line::seconds);
        facts.push(("trained for", duration(seconds)));
        if let Some(metrics) = last_training(self.lines) {
            facts.push(("tokens seen", short(metrics.tokens as f64)));
            facts.push(("tokens per second", short(metrics.tokens as f64 / seconds.max(1e-3))));
        }
        let cells = each(facts, |(name, value)| {
            format!("<div><dt>{name}</dt><dd>{}</dd></div>\n", escape(&value))
        });
        format!("<dl class=\"facts\">\n{cells}</dl>\n")
    }

    fn curves(&self) -> Result<String> {
        let figures: Vec<String> =
            charts(self.lines).iter().map(Chart::figure).collect::<Result<_>>()?;
        if figures.is_empty() {
            return Ok(String::new());
        }
        Ok(format!(
            "<h2>Curves</h2>\n<p class=\"quiet\">Steps to the right. Dashed: a detector that knows \
             only how rare replaced tokens are, and calls everything original.</p>\n<div class=\"figures\">\n{}</div>\n",
            figures.concat()
        ))
    }

    fn evaluation(&self) -> String {
        let Some(metrics) = self.evaluation else { return String::new() };
        let rows = each(explain(metrics), |metric| row(&metric));
        format!(
            "<h2>Held-out evaluation</h2>\n<p class=\"quiet\">On documents never trained on. The \
             baseline knows only how rare replaced tokens are, and calls everything original.</p>\n<table>\n<thead><tr><th>metric</th>\
             <th class=\"number\">value</th><th class=\"number\">baseline</th><th>meaning</th></tr>\
             </thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
        )
    }

    fn sentences(&self) -> String {
        if self.sentences.is_empty() {
            return String::new();
        }
        let items = each(self.sentences, |shown| format!("<li>{}</li>\n", shown.html()));
        format!(
            "<h2>Held-out sentences</h2>\n<p class=\"quiet\">The generator's swaps and the \
             discriminator's probability that a token was replaced: <span class=\"caught\">\
             <del>before</del> <ins>after</ins> <small>0.93</small></span> found, \
             <span class=\"missed\"><del>before</del> <ins>after</ins> <small>0.12</small> \
             <small>missed</small></span>, <span class=\"alarm\">word? <small>0.71</small></span> \
             false alarm, <span class=\"kept\">word</span> guessed rightly.</p>\n\
             <ul class=\"sentences\">\n{items}</ul>\n"
        )
    }

    fn next(&self) -> String {
        if self.next.is_empty() {
            return String::new();
        }
        let items = each(self.next, |next| {
            let (purpose, line) = (escape(&next.purpose), escape(&next.line));
            format!("<dt>{purpose}</dt><dd><pre>{line}</pre></dd>\n")
        });
        format!("<h2>How to go on</h2>\n<dl class=\"next\">\n{items}</dl>\n")
    }

    fn origin(&self) -> String {
        format!(
            "<h2>Where this comes from</h2>\n<p>The command, by electra {}:</p>\n<pre>{}</pre>\n\
             <p>The resolved configuration:</p>\n<pre>{}</pre>\n",
            env!("CARGO_PKG_VERSION"),
            escape(self.command),
            escape(self.config.trim_end())
        )
    }
}

/// What the discriminator can do, in a sentence with the baseline in it.
fn verdict(metrics: &Evaluation) -> String {
    // A percent sign never begins a line.
    let share = |share: f64| percent(share).replace(' ', "&nbsp;");
    let recall = metrics.disc_recall.unwrap_or(0.0);
    let nothing = || ", for it calls everything original".to_owned();
    let rightly = metrics.disc_precision.map_or_else(nothing, |precision| {
        format!(", and is right in {} of its calls", share(precision))
    });
    format!(
        "<p>On held-out text the discriminator finds <b>{}</b> of the replaced tokens{rightly}. \
         Calling everything original finds none, and is still right about {} of the tokens.</p>\n",
        share(recall),
        share(metrics.baseline_accuracy)
    )
}

fn last_training(lines: &[Line]) -> Option<&StepMetrics> {
    lines.iter().rev().find_map(|line| match line {
        Line::Train { metrics, .. } => Some(metrics),
        Line::Eval { .. } => None,
    })
}

fn row(metric: &Explained) -> String {
    let none = if metric.baseline == "–" { " none" } else { "" };
    format!(
        "<tr><td><code>{}</code></td><td class=\"number value\">{}</td>\
         <td class=\"number baseline{none}\">{}</td><td class=\"meaning\">{}</td></tr>\n",
        metric.name,
        metric.value,
        metric.baseline,
        escape(metric.meaning)
    )
}

#[cfg(test)]
mod tests {
    use super::super::show::ShownToken;
    use super::*;

    const NASTY: &str = "</pre><script>alert('x')</script>";

    fn page(evaluation: Option<&Evaluation>, lines: &[Line]) -> String {
        let token = ShownToken {
            text: NASTY.to_owned(),
            original: Some(NASTY.to_owned()),
            ..ShownToken::default()
        };
        let report = Report {
            name: NASTY,
            command: NASTY,
            device: NASTY,
            steps: 20,
            config: NASTY,
            lines,
            evaluation,
            sentences: &[Shown { tokens: vec![token] }],
            warnings: &[NASTY.to_owned()],
            next: &[Command { purpose: NASTY.to_owned(), line: NASTY.to_owned() }],
        };
        report.html().unwrap()
    }

    fn lines() -> Vec<Line> {
        let metrics = StepMetrics { step: 10, generator_loss: 5.0, ..StepMetrics::default() };
        let line = Line::Train { metrics, tokens_per_second: 1.0, seconds: 100.0 };
        vec![line, Line::Eval { step: 10, metrics: Evaluation::default(), seconds: 151.0 }]
    }

    #[test]
    fn nothing_a_person_typed_becomes_markup() {
        let page = page(Some(&Evaluation::default()), &lines());
        assert!(!page.contains("<script"), "{page}");
        assert_eq!(page.matches("<pre>").count(), page.matches("</pre>").count());
        assert_eq!(page.matches("&lt;script&gt;").count(), 10);
    }

    #[test]
    fn the_page_needs_nothing_from_elsewhere() {
        let page = page(Some(&Evaluation::default()), &lines());
        let without_names = page.replace("http://www.w3.org/2000/svg", "");
        for outside in ["http:", "https:", "src=", "<link", "@import", "url("] {
            assert!(!without_names.contains(outside), "{outside}");
        }
    }

    #[test]
    fn the_page_tells_how_far_the_run_came() {
        let page = page(None, &lines());
        assert!(page.contains("stopped after 10 of 20 steps") && page.contains("2 min 31 s"));
    }

    #[test]
    fn a_run_without_a_single_line_still_has_a_page() {
        let page = page(None, &[]);
        assert!(page.contains("stopped after 0 of 20 steps") && !page.contains("<figure"));
    }
}
