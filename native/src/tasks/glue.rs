//! GLUE's files, each with its own columns and oddities.

use super::bundle::{Bundle, Text};
use super::labels;
use super::table::{Ragged, Row, Table};
use anyhow::{Result, bail};
use electra::tasks::{Content, LabelledText, Split, Target, TaskData, TaskKind, TaskSpec};

/// Pairs of MRPC's development set in GLUE; copies with more hold the test set.
const MRPC_DEV: usize = 408;

/// Columns of CoLA's labelled files, which do not name them.
const COLA: [&str; 4] = ["source", "label", "judgement", "sentence"];

/// Columns of a task.
struct Layout {
    first: &'static str,
    second: Option<&'static str>,
    label: &'static str,
}

/// What is read of a file beside its texts.
#[derive(Default)]
struct Skipped {
    /// Rows with another number of columns.
    ragged: usize,
    /// Rows whose annotators did not agree.
    undecided: usize,
}

/// Whether a task has its own reader here.
pub(super) fn knows(name: &str) -> bool {
    layout(name).is_some()
}

fn layout(name: &str) -> Option<Layout> {
    let of = |first, second, label| Some(Layout { first, second, label });
    match name {
        "cola" | "sst2" => of("sentence", None, "label"),
        "mrpc" => of("#1 String", Some("#2 String"), "Quality"),
        "stsb" => of("sentence1", Some("sentence2"), "score"),
        "qqp" => of("question1", Some("question2"), "is_duplicate"),
        "mnli" => of("sentence1", Some("sentence2"), "gold_label"),
        "qnli" => of("question", Some("sentence"), "label"),
        "rte" | "wnli" | "ax" => of("sentence1", Some("sentence2"), "label"),
        _ => None,
    }
}

/// Files of the training split.
pub(super) fn train_names(task: &str) -> &'static [&'static str] {
    if task == "mrpc" { &["train.tsv", "msr_paraphrase_train.txt"] } else { &["train.tsv"] }
}

/// Names of the splits beside training, with their files.
fn dev_files(task: &str) -> Vec<(&'static str, &'static [&'static str])> {
    match task {
        "mnli" => {
            vec![("dev_matched", &["dev_matched.tsv"]), ("dev_mismatched", &["dev_mismatched.tsv"])]
        }
        "mrpc" => vec![("dev", &["dev.tsv", "msr_paraphrase_test.txt"])],
        _ => vec![("dev", &["dev.tsv"])],
    }
}

fn test_files(task: &str) -> Vec<(&'static str, &'static [&'static str])> {
    match task {
        "mnli" => vec![
            ("test_matched", &["test_matched.tsv"]),
            ("test_mismatched", &["test_mismatched.tsv"]),
            ("ax", AX),
        ],
        _ => vec![("test", &["test.tsv"])],
    }
}

/// The diagnostic set's file.
pub(super) const AX: &[&str] = &["ax.tsv", "diagnostic.tsv"];

/// Reads a task of GLUE from its files; `ax` is where the diagnostic set may be.
pub(super) fn read(spec: &TaskSpec, bundle: &Bundle, ax: Option<&Bundle>) -> Result<TaskData> {
    let train = bundle.need(train_names(&spec.name))?;
    let mut data = read_files(spec, train, None, None)?;
    for (split, names) in dev_files(&spec.name) {
        add(split, bundle.need(names)?, &mut data, |data| &mut data.dev)?;
    }
    for (split, names) in test_files(&spec.name) {
        let elsewhere = ax.filter(|_| split == "ax");
        let text = match bundle.read(names)? {
            None => elsewhere.map(|ax| ax.read(names)).transpose()?.flatten(),
            found => found,
        };
        if let Some(text) = text {
            add(split, text, &mut data, |data| &mut data.test)?;
        }
    }
    warn_of_test_pairs(&mut data);
    Ok(data)
}

/// Reads a task of GLUE from files that were found.
pub(super) fn read_files(
    spec: &TaskSpec,
    train: Text,
    dev: Option<Text>,
    test: Option<Text>,
) -> Result<TaskData> {
    let mut warnings = Vec::new();
    let name = train.name.clone();
    let train = examples(spec, train, &mut warnings)?;
    labels::check_classes(&train, spec.kind.labels(), &name)?;
    let spec = spec.clone();
    let mut data = TaskData { spec, train, dev: Vec::new(), test: Vec::new(), warnings };
    if let Some(dev) = dev {
        add("dev", dev, &mut data, |data| &mut data.dev)?;
    }
    if let Some(test) = test {
        add("test", test, &mut data, |data| &mut data.test)?;
    }
    Ok(data)
}

fn add(
    name: &str,
    text: Text,
    data: &mut TaskData,
    splits: fn(&mut TaskData) -> &mut Vec<Split>,
) -> Result<()> {
    let texts = examples(&data.spec, text, &mut data.warnings)?;
    splits(data).push(Split { name: name.to_owned(), texts });
    Ok(())
}

fn warn_of_test_pairs(data: &mut TaskData) {
    let pairs = data.dev.first().map_or(0, |split| split.texts.len());
    if data.spec.name == "mrpc" && pairs > MRPC_DEV {
        data.warnings.push(format!(
            "MRPC's development set has {pairs} pairs where GLUE's has {MRPC_DEV}: these are the \
             test pairs, so scores compare with published test scores"
        ));
    }
}

/// The texts of one file.
pub(super) fn examples(
    spec: &TaskSpec,
    text: Text,
    warnings: &mut Vec<String>,
) -> Result<Vec<LabelledText>> {
    examples_of(spec, text, true, warnings)
}

fn examples_of(
    spec: &TaskSpec,
    text: Text,
    told: bool,
    warnings: &mut Vec<String>,
) -> Result<Vec<LabelledText>> {
    let Some(layout) = layout(&spec.name) else {
        bail!("{} is no task of GLUE", spec.title);
    };
    let mut skipped = Skipped::default();
    let table = table(spec, text, &mut skipped)?;
    let first = table.column(layout.first)?;
    let second = layout.second.map(|name| table.column(name)).transpose()?;
    let label = match table.optional(layout.label).filter(|_| told) {
        None if told && !is_test(&table) => Some(table.column(layout.label)?),
        found => found,
    };
    let id = table.optional("index").or_else(|| table.optional("id"));
    let mut texts = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let first = table.text(row, first)?;
        let content = match second {
            Some(second) => Content::Pair(first, table.text(row, second)?),
            None => Content::Text(first),
        };
        let Some(target) = target(spec, &table, row, label)? else {
            skipped.undecided += 1;
            continue;
        };
        let id = id.map(|id| table.text(row, id)).transpose()?;
        let id = id.unwrap_or_else(|| texts.len().to_string());
        texts.push(LabelledText { id, content, target });
    }
    if texts.is_empty() {
        bail!("there are no examples of {} in {}", spec.title, table.name);
    }
    skipped.report(&table.name, warnings);
    Ok(texts)
}

/// Whether a file has the columns of its task.
pub(super) fn fits(spec: &TaskSpec, text: &Text) -> bool {
    let Some(layout) = layout(&spec.name) else { return false };
    let cells: Vec<&str> = text.text.lines().next().unwrap_or_default().split('\t').collect();
    let named = |name: &str| cells.iter().any(|cell| cell.trim() == name);
    let columns = named(layout.first) && layout.second.is_none_or(named);
    columns || spec.name == "cola" && cells.len() == COLA.len()
}

/// The texts of a file whose labels, if it has any, do not matter.
pub(super) fn unlabelled(spec: &TaskSpec, text: Text) -> Result<Vec<LabelledText>> {
    examples_of(spec, text, false, &mut Vec::new())
}

fn table(spec: &TaskSpec, text: Text, skipped: &mut Skipped) -> Result<Table> {
    // Its test file names its columns.
    if spec.name == "cola" && !text.text.starts_with("index\t") {
        return Table::tsv_without_names(text, &COLA);
    }
    // Three published rows of QQP are broken in the middle.
    let ragged = if spec.name == "qqp" { Ragged::Skip } else { Ragged::Refuse };
    let (table, rows) = Table::tsv(text, ragged)?;
    skipped.ragged = rows;
    Ok(table)
}

/// Whether a file without labels may be: the diagnostic set, and test files, whose rows are numbered
/// for the submission.
fn is_test(table: &Table) -> bool {
    let name = table.name.rsplit(['/', '\\']).next().unwrap_or_default();
    !(name.starts_with("train") || name.starts_with("dev") || name.starts_with("msr"))
}

/// The truth of a row; none where annotators did not agree.
fn target(
    spec: &TaskSpec,
    table: &Table,
    row: &Row,
    label: Option<usize>,
) -> Result<Option<Target>> {
    let Some(label) = label else { return Ok(Some(Target::Unknown)) };
    let label = table.text(row, label)?;
    if spec.name == "mnli" && label == "-" {
        return Ok(None);
    }
    let target = match &spec.kind {
        TaskKind::Regression => labels::score(&label),
        kind => labels::class(kind.labels(), &label, &spec.title),
    };
    target.map(Some).map_err(|what| table.error(row, what))
}

impl Skipped {
    fn report(&self, name: &str, warnings: &mut Vec<String>) {
        if self.ragged > 0 {
            let rows = self.ragged;
            warnings.push(format!("{rows} rows with too few or too many columns left out: {name}"));
        }
        if self.undecided > 0 {
            let rows = self.undecided;
            warnings.push(format!("{rows} rows without an agreed label left out: {name}"));
        }
    }
}
