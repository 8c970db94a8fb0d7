//! `report.html`: fine-tunings on one page, without scripts and without anything from elsewhere.

use super::results::Results;
use super::terminal::{best, in_a_row, shown};
use crate::run::{each, escape};
use std::fmt::Write as _;

const STYLE: &str = include_str!("../run/report.css");

/// The page of one or several tasks; `table` is the comparison in Markdown, where there is one.
pub(crate) fn page(title: &str, results: &[Results], table: Option<&str>) -> String {
    let body = table.map_or(String::new(), markdown_table) + &each(results, section);
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} · ELECTRA</title>\n<style>\n{STYLE}</style>\n<body>\n\
         <h1>{title}</h1>\n{body}</body>\n</html>\n"
    )
}

/// The lines of a Markdown table as one of HTML, and what stands below it as a paragraph.
fn markdown_table(table: &str) -> String {
    let mut html = "<table>\n".to_owned();
    let rows = table.lines().filter(|line| line.starts_with('|') && !line.starts_with("|---"));
    for (number, row) in rows.enumerate() {
        let tag = if number == 0 { "th" } else { "td" };
        let cells = row.trim_matches('|').split('|').map(|cell| escape(cell.trim()));
        let _ = writeln!(html, "<tr>{}</tr>", each(cells, |cell| format!("<{tag}>{cell}</{tag}>")));
    }
    html += "</table>\n";
    let below = table.lines().filter(|line| !line.starts_with('|') && !line.is_empty());
    html + &each(below, |line| format!("<p>{}</p>\n", escape(line)))
}

fn section(results: &Results) -> String {
    let warnings = each(&results.warnings, |text| format!("<p>Warning: {}</p>\n", escape(text)));
    let notes = each(&results.notes, |text| format!("<p>{}</p>\n", escape(text)));
    format!(
        "<h2>{}</h2>\n<p>{}, {} training texts</p>\n{notes}{warnings}<table>\n<tr><th>metric</th>\
         <th>median</th><th>mean</th><th>deviation</th><th>majority</th></tr>\n{}</table>\n\
         {}<table>\n<tr><th>seed</th><th>{}</th><th>95 % interval</th><th>training loss</th>\
         <th>time</th></tr>\n{}</table>\n",
        escape(&results.spec.title),
        escape(&results.model),
        results.texts.get("train").copied().unwrap_or(0),
        metrics(results),
        splits_and_parts(results),
        escape(&results.primary),
        seeds(results),
    )
}

/// A row of each metric.
fn metrics(results: &Results) -> String {
    each(&results.spec.metrics, |metric| {
        let name = metric.name();
        let Some(summary) = results.summary.get(name) else { return String::new() };
        let shown = |value: f64| shown(name, value);
        format!(
            "<tr><td>{name}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            shown(summary.median),
            shown(summary.mean),
            summary.std.map_or_else(|| "–".to_owned(), shown),
            results.majority.get(name).map_or_else(|| "–".to_owned(), |value| shown(*value)),
        )
    })
}

/// A row of each seed.
fn seeds(results: &Results) -> String {
    let shown = |value: f64| shown(&results.primary, value);
    each(&results.seeds, |seed| {
        let score = seed.metrics.get(&results.primary).copied();
        let interval = seed.intervals.get(&results.primary);
        format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{:.4}</td><td>{:.0} s</td></tr>\n",
            seed.seed,
            score.map_or_else(|| "–".to_owned(), shown),
            interval.map_or_else(
                || "–".to_owned(),
                |interval| format!("{} to {}", shown(interval.low), shown(interval.high)),
            ),
            seed.loss,
            seed.seconds,
        )
    })
}

fn splits_and_parts(results: &Results) -> String {
    let splits = each(results.split_scores(), |(split, metric, score)| {
        let name = metric.name();
        format!("<p>{}: {name} {}</p>\n", escape(split), shown(name, score))
    });
    splits
        + &each(&results.parts, |(part, scores)| {
            format!("<p>{}: {}</p>\n", escape(part), in_a_row(scores))
        })
        + &each(best(results), |line| format!("<p>{}</p>\n", escape(&line)))
}
