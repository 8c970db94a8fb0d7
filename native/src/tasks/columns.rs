//! Which columns of a table are meant: those that flags name, else those with usual names.

use super::bundle::Text;
use super::table::{Form, Table};
use super::{TaskRequest, labels, named_column};
use anyhow::{Result, anyhow, bail};
use electra::tasks::{Columns, TaskKind, TaskSpec};

/// What the columns of two texts that belong together are usually called.
const PAIRS: [(&str, &str); 12] = [
    ("sentence1", "sentence2"),
    ("question1", "question2"),
    ("premise", "hypothesis"),
    ("question", "context"),
    ("question", "passage"),
    ("question", "sentence"),
    ("query", "document"),
    ("query", "passage"),
    ("text_a", "text_b"),
    ("sentence_a", "sentence_b"),
    ("text1", "text2"),
    ("text", "text2"),
];

/// The same of texts that are no such pair.
const FIRST: [&str; 8] =
    ["text", "sentence", "sentence1", "question", "premise", "words", "tokens", "query"];
const SECOND: [&str; 6] = ["sentence2", "hypothesis", "context", "text2", "passage", "document"];
const LABEL: [&str; 7] = ["label", "score", "tags", "ner_tags", "answers", "answer", "class"];
const ID: [&str; 3] = ["id", "index", "guid"];

/// Where an answer begins, if a table says so beside its text.
pub(super) const ANSWER_START: &str = "answer_start";

/// The columns asked for, or those with usual names.
pub(super) fn choose(request: &TaskRequest, kind: &TaskKind, table: &Table) -> Result<Columns> {
    let asked = |name: &Option<String>| -> Result<Option<String>> {
        name.as_ref().map(|name| table.column(name).map(|_| name.clone())).transpose()
    };
    if matches!(kind, TaskKind::Tagging { .. }) {
        refuse_unused(request, table)?;
    }
    let (text, pair) = (asked(&request.text)?, asked(&request.pair)?);
    let (first, second) = match (text, pair) {
        // Who names the text names the second one too, but for the context, which must be there.
        (Some(first), None) if is_spans(kind) => (first, usual(&SECOND, table)),
        (Some(first), second) => (first, second),
        (None, pair) => {
            let (first, second) = guess(kind, pair.as_deref(), table)
                .ok_or_else(|| unclear("name it with --text-column", table))?;
            (first, pair.or(second))
        }
    };
    if is_spans(kind) && second.is_none() {
        return Err(unclear("name the context with --pair-column", table));
    }
    let label = asked(&request.label)?.or_else(|| usual(&LABEL, table));
    let label = label.ok_or_else(|| unclear("name it with --label-column", table))?;
    let id = match asked(&request.id)? {
        // Sentences are numbered.
        None if matches!(kind, TaskKind::Tagging { .. }) => None,
        None => id(table),
        found => found,
    };
    Ok(Columns { first, second, label, id })
}

/// The usual columns of a text to predict, and of the second of a pair.
pub(super) fn of_texts(kind: &TaskKind, table: &Table) -> Result<(String, Option<String>)> {
    let found = guess(kind, None, table).ok_or_else(|| unclear("call it `text`", table))?;
    if is_spans(kind) && found.1.is_none() {
        return Err(unclear("call the context `context`", table));
    }
    Ok(found)
}

/// The usual column of the name that predictions carry.
pub(super) fn id(table: &Table) -> Option<String> {
    usual(&ID, table)
}

/// Which columns are read and which are not, for a person to check.
pub(super) fn note(columns: &Columns, kind: &TaskKind, table: &Table) -> String {
    let mut read = vec![format!("text `{}`", columns.first)];
    read.extend(columns.second.iter().map(|name| format!("second text `{name}`")));
    read.push(format!("label `{}`", columns.label));
    read.extend(columns.id.iter().map(|name| format!("name `{name}`")));
    let named = [&columns.first, &columns.label].into_iter().chain(&columns.second);
    let mut known: Vec<&str> = named.chain(&columns.id).map(String::as_str).collect();
    if is_spans(kind) {
        known.push(ANSWER_START);
    }
    let is_other = |name: &&String| {
        let name = name.trim();
        !name.is_empty() && !known.iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    let others: Vec<String> = table.columns.iter().filter(is_other).cloned().collect();
    let not = if others.is_empty() { "none".to_owned() } else { labels::quoted(&others) };
    format!("columns that are read: {}; that are not: {not}", read.join(", "))
}

/// Refuses flags that name a column where there is none to choose from.
pub(super) fn refuse_named(request: &TaskRequest, file: &str) -> Result<()> {
    if let Some((flag, column)) = named_column(request) {
        bail!(
            "`{flag} {column}` names a column of a table, and this file is none; leave it out, or \
             give a .tsv, .csv or .jsonl: {file}"
        );
    }
    Ok(())
}

/// Refuses tables for a built-in task of words in columns or of SQuAD's JSON. Words may be in a
/// .tsv: tabs stand between columns like spaces.
pub(super) fn refuse_tables<'a>(
    spec: &TaskSpec,
    files: impl IntoIterator<Item = &'a Text>,
) -> Result<()> {
    let (form, kind) = match spec.kind {
        TaskKind::Spans { .. } => ("SQuAD's JSON", "spans"),
        _ => ("words in columns", "tagging"),
    };
    let is_table = |file: &&Text| match Form::of(file) {
        Some(Form::Tsv) => is_spans(&spec.kind),
        found => found.is_some(),
    };
    if let Some(file) = files.into_iter().find(is_table) {
        bail!(
            "`--task {}` reads {form}, and this file is a table; add `--kind {kind}`: {}",
            spec.name,
            file.name
        );
    }
    Ok(())
}

/// Refuses flags that say nothing about words and their tags.
fn refuse_unused(request: &TaskRequest, table: &Table) -> Result<()> {
    for (flag, column) in [("--pair-column", &request.pair), ("--id-column", &request.id)] {
        if let Some(column) = column {
            bail!(
                "`{flag} {column}` is not read where words are tagged; leave it out: {}",
                table.name
            );
        }
    }
    Ok(())
}

fn is_spans(kind: &TaskKind) -> bool {
    matches!(kind, TaskKind::Spans { .. })
}

/// The usual columns of a text and of the second of a pair; `second` is that one where it is known.
fn guess(kind: &TaskKind, second: Option<&str>, table: &Table) -> Option<(String, Option<String>)> {
    if matches!(kind, TaskKind::Tagging { .. }) {
        return Some((usual(&FIRST, table)?, None));
    }
    let is_here = |name: &str| table.optional(name).is_some();
    let is_second = |name: &str| second.is_some_and(|second| second.eq_ignore_ascii_case(name));
    let fits = |name: &str| if second.is_some() { is_second(name) } else { is_here(name) };
    let pair = PAIRS.into_iter().find(|&(first, other)| is_here(first) && fits(other));
    if let Some((first, other)) = pair {
        return Some((first.to_owned(), Some(other.to_owned())));
    }
    let first = FIRST.into_iter().find(|&name| is_here(name) && !is_second(name))?;
    Some((first.to_owned(), usual(&SECOND, table)))
}

fn usual(names: &[&str], table: &Table) -> Option<String> {
    names.iter().find(|name| table.optional(name).is_some()).map(|&name| name.to_owned())
}

fn unclear(advice: &str, table: &Table) -> anyhow::Error {
    let columns = labels::quoted(&table.columns);
    let hint = match &table.columns[..] {
        // One name that holds what could stand between several.
        [only] if only.contains([',', ';', '\t', '|']) => ", if the separator is right",
        _ if table.columns.iter().any(|name| name.starts_with('"')) => {
            "; quotation marks are part of a .tsv, so write a .csv"
        }
        _ => "",
    };
    anyhow!("which column is meant? {advice}; the columns are {columns}{hint}: {}", table.name)
}
