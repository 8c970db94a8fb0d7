//! A task of one's own: tables with named columns, tagged words, questions in SQuAD's form.

use super::bundle::Text;
use super::doubts::doubts;
use super::own_files::Files;
use super::squad::Truth;
use super::table::{Form, Row, Table};
use super::{TaskRequest, answers, columns, conll, labels, squad};
use anyhow::{Result, anyhow, bail};
use electra::tasks::{
    Columns, Content, LabelledText, Metric, Split, Target, TaskData, TaskKind, TaskSpec,
};
use serde_json::Value;

/// Reads training, development and test files.
pub(super) fn read(request: &TaskRequest, kind: &str) -> Result<TaskData> {
    let kind = match kind {
        "classification" => TaskKind::Classification { labels: Vec::new() },
        "regression" => TaskKind::Regression,
        "tagging" => TaskKind::Tagging { labels: Vec::new() },
        "spans" => TaskKind::Spans { answerable: false },
        other => bail!(
            "there is no kind of task called `{other}`; use classification, regression, tagging or \
             spans"
        ),
    };
    let files = Files::find(request)?;
    match kind {
        _ if Form::of(&files.train).is_some() => read_tables(request, &kind, files),
        TaskKind::Tagging { .. } => read_conll(request, &kind, files),
        TaskKind::Spans { .. } => read_squad(request, files),
        _ => bail!(
            "it is not clear what this file is; write a table, and name it .tsv, .csv or .jsonl: {}",
            files.train.name
        ),
    }
}

fn read_conll(request: &TaskRequest, kind: &TaskKind, files: Files) -> Result<TaskData> {
    columns::refuse_named(request, &files.train.name)?;
    let spec = TaskSpec::custom(&request.task, kind.clone(), Columns::default());
    let parse = |text| conll::parse(text, None);
    let (dev, test) = (files.dev.map(parse).transpose()?, files.test.map(parse).transpose()?);
    conll::number(&spec, parse(files.train)?, dev, test)
}

fn read_squad(request: &TaskRequest, files: Files) -> Result<TaskData> {
    columns::refuse_named(request, &files.train.name)?;
    let kind = TaskKind::Spans { answerable: true };
    let mut spec = TaskSpec::custom(&request.task, kind, Columns::default());
    let train = squad::answered(&spec, files.train, Truth::Needed)?;
    let dev = files.dev.map(|text| squad::answered(&spec, text, Truth::Scored)).transpose()?;
    let test = files.test.map(|text| squad::questions(&spec, text, Truth::IfTold)).transpose()?;
    let answerable = answers::some_have_none(train.iter().chain(dev.iter().flatten()));
    spec.kind = TaskKind::Spans { answerable };
    Ok(TaskData {
        train,
        dev: split("dev", dev),
        test: split("test", test),
        warnings: Vec::new(),
        notes: Vec::new(),
        spec,
    })
}

fn split(name: &str, texts: Option<Vec<LabelledText>>) -> Vec<Split> {
    texts.map(|texts| Split { name: name.to_owned(), texts }).into_iter().collect()
}

/// The files of a task that are tables.
struct Tables {
    train: Table,
    dev: Option<Table>,
    test: Option<Table>,
}

fn read_tables(request: &TaskRequest, kind: &TaskKind, files: Files) -> Result<TaskData> {
    let table = |text: Text| {
        let form = Form::of(&text).ok_or_else(|| {
            anyhow!(
                "this file should be .tsv, .csv or .jsonl as the training file is: {}",
                text.name
            )
        })?;
        Table::parse(text, form)
    };
    let train = table(files.train)?;
    let (dev, test) = (files.dev.map(table).transpose()?, files.test.map(table).transpose()?);
    let tables = Tables { train, dev, test };
    let columns = columns::choose(request, kind, &tables.train)?;
    let mut notes = vec![columns::note(&columns, kind, &tables.train)];
    let all = [Some(&tables.train), tables.dev.as_ref(), tables.test.as_ref()];
    let doubts: Vec<String> =
        all.into_iter().flatten().flat_map(|table| doubts(table, &columns)).collect();
    let mut data = match kind {
        TaskKind::Tagging { .. } => tagged_words(&request.task, kind, columns, &tables)?,
        _ => labelled_texts(&request.task, kind, columns, &tables)?,
    };
    data.warnings = [doubts, data.warnings].concat();
    notes.extend(whose_f1(&data.spec));
    Ok(TaskData { notes, ..data })
}

/// Which of two labels the F1 is of.
fn whose_f1(spec: &TaskSpec) -> Option<String> {
    let TaskKind::Classification { labels } = &spec.kind else { return None };
    let second = labels.get(1).filter(|_| spec.metrics.contains(&Metric::F1))?;
    Some(format!("f1 is that of label `{second}`"))
}

fn tagged_words(
    name: &str,
    kind: &TaskKind,
    columns: Columns,
    tables: &Tables,
) -> Result<TaskData> {
    let read = |table: &Table| tagged(table, &columns);
    let train = read(&tables.train)?;
    let dev = tables.dev.as_ref().map(read).transpose()?;
    let test = tables.test.as_ref().map(read).transpose()?;
    let spec = TaskSpec::custom(name, kind.clone(), columns);
    conll::number(&spec, train, dev, test)
}

fn labelled_texts(
    name: &str,
    kind: &TaskKind,
    columns: Columns,
    tables: &Tables,
) -> Result<TaskData> {
    let Tables { train, dev, test } = tables;
    let kind = match kind {
        TaskKind::Classification { .. } => {
            let labels = labels::collect(train, train.column(&columns.label)?)?;
            TaskKind::Classification { labels }
        }
        other => other.clone(),
    };
    let read = |table: &Table, told| texts(table, &kind, &columns, told);
    let texts = read(train, true)?;
    labels::check_classes(&texts, kind.labels(), &train.name)?;
    let dev = dev.as_ref().map(|table| read(table, true)).transpose()?;
    let test = test.as_ref().map(|table| read(table, false)).transpose()?;
    let kind = match kind {
        TaskKind::Spans { .. } => TaskKind::Spans {
            answerable: answers::some_have_none(texts.iter().chain(dev.iter().flatten())),
        },
        other => other,
    };
    Ok(TaskData {
        spec: TaskSpec::custom(name, kind, columns),
        train: texts,
        dev: split("dev", dev),
        test: split("test", test),
        warnings: Vec::new(),
        notes: Vec::new(),
    })
}

/// The texts of a table; `told`: the truth must be there, else it is read as far as it is.
pub(super) fn texts(
    table: &Table,
    kind: &TaskKind,
    columns: &Columns,
    told: bool,
) -> Result<Vec<LabelledText>> {
    let first = table.column(&columns.first)?;
    let second = columns.second.as_ref().map(|name| table.column(name)).transpose()?;
    let label = if told {
        Some(table.column(&columns.label)?)
    } else {
        table.optional(&columns.label).filter(|&label| table.tells(label))
    };
    // Files to predict often have the column but nothing in it; to questions that is an answer.
    let is_needed = told || matches!(kind, TaskKind::Spans { .. });
    let id = columns.id.as_ref().and_then(|name| table.optional(name));
    let mut texts = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let content = content(table, row, kind, first, second)?;
        let label = label.filter(|&label| is_needed || !is_blank(&row.cells[label]));
        let target = match label {
            None => Target::Unknown,
            Some(label) => target(table, row, kind, label, &content)?,
        };
        let id = id.map(|id| table.text(row, id)).transpose()?;
        let id = id.unwrap_or_else(|| texts.len().to_string());
        texts.push(LabelledText { id, content, target });
    }
    if texts.is_empty() {
        bail!("there are no examples in {}", table.name);
    }
    Ok(texts)
}

fn is_blank(cell: &Value) -> bool {
    cell.as_str().map_or(cell.is_null(), |text| text.trim().is_empty())
}

fn content(
    table: &Table,
    row: &Row,
    kind: &TaskKind,
    first: usize,
    second: Option<usize>,
) -> Result<Content> {
    if matches!(kind, TaskKind::Tagging { .. }) {
        return Ok(Content::Words(table.words(row, first)?));
    }
    let first = table.text(row, first)?;
    let second = second.map(|second| table.text(row, second)).transpose()?;
    Ok(match (kind, second) {
        (TaskKind::Spans { .. }, Some(context)) => Content::Question { question: first, context },
        (_, Some(second)) => Content::Pair(first, second),
        (_, None) => Content::Text(first),
    })
}

fn target(
    table: &Table,
    row: &Row,
    kind: &TaskKind,
    label: usize,
    content: &Content,
) -> Result<Target> {
    if let Content::Question { context, .. } = content {
        let start = table.optional(columns::ANSWER_START).map(|column| &row.cells[column]);
        let answers = answers::of_cell(&row.cells[label], start, context);
        return answers.map(Target::Answers).map_err(|what| table.error(row, what));
    }
    let text = table.label(row, label)?;
    let target = match kind {
        TaskKind::Regression => labels::score(&text),
        _ => labels::class(kind.labels(), &text, "the training file"),
    };
    target.map_err(|what| table.error(row, what))
}

/// Words and tags of a table's rows.
fn tagged(table: &Table, columns: &Columns) -> Result<conll::Tagged> {
    let words = table.column(&columns.first)?;
    let tags = table.optional(&columns.label).filter(|&column| table.tells(column));
    let mut sentences = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let words = table.words(row, words)?;
        let tags = tags.map(|column| table.words(row, column)).transpose()?;
        if let Some(tags) = tags.as_ref().filter(|tags| tags.len() != words.len()) {
            let what = format!("there are {} tags for {} words", tags.len(), words.len());
            return Err(table.error(row, what));
        }
        if tags.iter().flatten().any(|tag| tag.trim().is_empty()) {
            return Err(table.error(row, format!("a tag in `{}` is blank", columns.label)));
        }
        if !words.is_empty() {
            sentences.push((words, tags));
        }
    }
    if sentences.is_empty() {
        bail!("there are no sentences in {}", table.name);
    }
    Ok(conll::Tagged { name: table.name.clone(), sentences })
}
