//! Texts to predict: no truth is asked for.

use super::bundle::{Text, read_text};
use super::squad::Truth;
use super::table::{Form, Ragged, Table};
use super::{columns, conll, glue, own, squad};
use anyhow::{Result, bail};
use electra::asking;
use electra::tasks::{Columns, Content, LabelledText, Target, TaskKind, TaskSpec};
use std::path::Path;

/// Reads texts for a task: in GLUE's layout if the file has it, else as [`read`] does.
pub(super) fn read_for(path: &Path, spec: &TaskSpec) -> Result<Vec<LabelledText>> {
    let text = read_text(path)?;
    if spec.columns.is_none() && Form::of(&text) == Some(Form::Tsv) && glue::fits(spec, &text) {
        return glue::unlabelled(spec, text);
    }
    read(text, &spec.kind, spec.columns.as_ref())
}

/// Reads texts to predict, without truth.
///
/// Tables have a first line with names; `columns` says which are meant, else the usual names count.
/// Other files hold one text a line, with a tab between the two of a pair; for tagging also words
/// in columns; SQuAD's JSON for spans.
pub(super) fn read(
    text: Text,
    kind: &TaskKind,
    columns: Option<&Columns>,
) -> Result<Vec<LabelledText>> {
    let name = text.name.clone();
    let mut texts = match (kind, Form::of(&text)) {
        (TaskKind::Tagging { labels }, form) if has_words(&text, form, columns, labels)? => {
            let sentences = conll::parse(text, None)?.sentences.into_iter();
            sentences.map(|(words, _)| Content::Words(words)).map(unnamed).collect()
        }
        (_, Some(form)) => table(&Table::parse(text, form)?, kind, columns)?,
        (TaskKind::Spans { .. }, None) => {
            let kind = TaskKind::Spans { answerable: true };
            let spec = TaskSpec::custom("spans", kind, Columns::default());
            squad::questions(&spec, text, Truth::Ignored)?
        }
        (_, None) => lines(&text.text, kind),
    };
    if texts.is_empty() {
        bail!("there is no text in {name}");
    }
    for (number, text) in texts.iter_mut().enumerate() {
        text.target = Target::Unknown;
        if text.id.is_empty() {
            text.id = number.to_string();
        }
    }
    Ok(texts)
}

/// Whether a file holds one word a line. A .tsv may be that, unless a first line names the column
/// of words.
fn has_words(
    text: &Text,
    form: Option<Form>,
    columns: Option<&Columns>,
    labels: &[String],
) -> Result<bool> {
    let may_be = match form {
        None => true,
        Some(Form::Tsv) => {
            let first = text.text.lines().next().unwrap_or_default();
            let first = Text { name: text.name.clone(), text: first.to_owned() };
            let names = Table::tsv(first, Ragged::Refuse)?.0;
            let is_named = columns.is_some_and(|columns| names.optional(&columns.first).is_some());
            let kind = TaskKind::Tagging { labels: Vec::new() };
            !is_named && columns::of_texts(&kind, &names).is_err()
        }
        Some(_) => false,
    };
    Ok(may_be && conll::is_columns(text, labels))
}

fn lines(text: &str, kind: &TaskKind) -> Vec<LabelledText> {
    let is_tagged = matches!(kind, TaskKind::Tagging { .. });
    let content = |line: &str| match line.split_once('\t') {
        Some((first, second)) if !is_tagged => {
            // A tab at the end of a line.
            let second = Some(second).filter(|second| !second.trim().is_empty());
            asking::content(kind, first, second)
        }
        _ => asking::content(kind, line, None),
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(content).map(unnamed).collect()
}

fn unnamed(content: Content) -> LabelledText {
    LabelledText { id: String::new(), content, target: Target::Unknown }
}

fn table(table: &Table, kind: &TaskKind, columns: Option<&Columns>) -> Result<Vec<LabelledText>> {
    let known = columns.filter(|columns| !columns.first.is_empty());
    let (first, second) = match known {
        Some(known) => (known.first.clone(), known.second.clone()),
        None => columns::of_texts(kind, table)?,
    };
    let id = known.and_then(|it| it.id.clone()).or_else(|| columns::id(table));
    let no_label = Columns { first, second, label: String::new(), id };
    own::texts(table, kind, &no_label, false)
}
