//! GLUE's files, each with its own columns and oddities.

use super::bundle::{Bundle, Text, is_called};
use super::labels;
use super::table::{Ragged, Row, Table};
use anyhow::{Result, anyhow, bail};
use electra::tasks::{Content, LabelledText, Split, Target, TaskData, TaskKind, TaskSpec};
use std::path::Path;

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

/// Columns of the diagnostic set in the file that tells its labels.
const AX_TOLD: Layout = Layout { first: "Premise", second: Some("Hypothesis"), label: "Label" };

/// What is made of a file's labels.
#[derive(Clone, Copy)]
enum Truth {
    /// They must be there.
    Needed,
    /// They are read if they are there.
    IfTold,
    /// They do not matter.
    Ignored,
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

/// The same of the splits that are predicted for the benchmark's server.
pub(super) fn test_files(task: &str) -> Vec<(&'static str, &'static [&'static str])> {
    match task {
        "mnli" => vec![
            ("test_matched", &["test_matched.tsv"]),
            ("test_mismatched", &["test_mismatched.tsv"]),
        ],
        _ => vec![("test", &["test.tsv"])],
    }
}

/// The diagnostic set's file; the one that tells its labels comes first.
pub(super) const AX: &[&str] = &["diagnostic-full.tsv", "ax.tsv", "diagnostic.tsv"];

/// Reads a task of GLUE from its files.
pub(super) fn read(spec: &TaskSpec, bundle: &Bundle) -> Result<TaskData> {
    let train = bundle.need(train_names(&spec.name))?;
    let mut data = read_files(spec, train, None, None)?;
    for (name, files) in dev_files(&spec.name) {
        let text = bundle.need(files)?;
        data.dev.push(split(name, spec, text, Truth::Needed, &mut data.warnings)?);
    }
    for (name, files) in test_files(&spec.name) {
        if let Some(text) = bundle.read(files)? {
            data.test.push(split(name, spec, text, Truth::IfTold, &mut data.warnings)?);
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
    let train = examples(spec, train, Truth::Needed, &mut warnings)?;
    labels::check_classes(&train, spec.kind.labels(), &name)?;
    let mut one = |usual, text: Option<Text>, truth| {
        let name = text.as_ref().map_or(usual, |text| split_name(usual, spec, text));
        text.map(|text| split(name, spec, text, truth, &mut warnings)).transpose()
    };
    let (dev, test) = (one("dev", dev, Truth::Needed)?, one("test", test, Truth::IfTold)?);
    let (dev, test) = (dev.into_iter().collect(), test.into_iter().collect());
    Ok(TaskData { spec: spec.clone(), train, dev, test, warnings, notes: Vec::new() })
}

/// What the split of a file is called: the server takes MNLI's two test files by their names only.
fn split_name(usual: &'static str, spec: &TaskSpec, text: &Text) -> &'static str {
    let file = Path::new(&text.name).file_name().unwrap_or_default().to_string_lossy();
    let is_meant = |files: &[&str]| files.iter().any(|name| is_called(&file, name));
    let mut known = dev_files(&spec.name).into_iter().chain(test_files(&spec.name));
    let found = known.find(|&(split, files)| split.starts_with(usual) && is_meant(files));
    found.map_or(usual, |(split, _)| split)
}

/// One split from its file.
fn split(
    name: &str,
    spec: &TaskSpec,
    text: Text,
    truth: Truth,
    warnings: &mut Vec<String>,
) -> Result<Split> {
    let texts = examples(spec, text, truth, warnings)?;
    Ok(Split { name: name.to_owned(), texts })
}

/// Whether a file is the diagnostic set, by its name.
pub(super) fn is_diagnostic(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    AX.iter().any(|ax| is_called(&name, ax))
}

/// Adds the diagnostic set, which a model of MNLI answers: the first of `texts` that tells its
/// labels to what is scored, else the first to what is predicted only.
pub(super) fn add_diagnostic(
    texts: impl IntoIterator<Item = Result<Text>>,
    data: &mut TaskData,
) -> Result<()> {
    let spec = TaskSpec::builtin("ax")?;
    let mut untold = None;
    for text in texts {
        let split = split(&spec.name, &spec, text?, Truth::IfTold, &mut data.warnings)?;
        if split.is_told() {
            data.dev.push(split);
            return Ok(());
        }
        untold.get_or_insert(split);
    }
    data.test.extend(untold);
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
fn examples(
    spec: &TaskSpec,
    text: Text,
    truth: Truth,
    warnings: &mut Vec<String>,
) -> Result<Vec<LabelledText>> {
    let mut skipped = Skipped::default();
    let table = table(spec, text, &mut skipped)?;
    let layout = layout_of(spec, &table)?;
    let first = table.column(layout.first)?;
    let second = layout.second.map(|name| table.column(name)).transpose()?;
    let label = match truth {
        Truth::Needed => Some(table.column(layout.label)?),
        Truth::IfTold => table.optional(layout.label).filter(|&label| table.tells(label)),
        Truth::Ignored => None,
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

/// The columns that a file of this task has.
fn layout_of(spec: &TaskSpec, table: &Table) -> Result<Layout> {
    if spec.name == "ax" && table.optional(AX_TOLD.first).is_some() {
        return Ok(AX_TOLD);
    }
    layout(&spec.name).ok_or_else(|| anyhow!("{} is no task of GLUE", spec.title))
}

/// Whether a file has the columns of its task.
pub(super) fn fits(spec: &TaskSpec, text: &Text) -> bool {
    let Some(layout) = layout(&spec.name) else { return false };
    let cells: Vec<&str> = text.text.lines().next().unwrap_or_default().split('\t').collect();
    let named = |name: &str| cells.iter().any(|cell| cell.trim() == name);
    let columns = named(layout.first) && layout.second.is_none_or(named);
    columns || is_unnamed_cola(spec, text)
}

/// Whether a file is one of CoLA's whose first line is an example, with a number for its label.
fn is_unnamed_cola(spec: &TaskSpec, text: &Text) -> bool {
    let cells: Vec<&str> = text.text.lines().next().unwrap_or_default().split('\t').collect();
    let is_label = |cell: &str| cell.trim().parse::<i64>().is_ok();
    spec.name == "cola" && cells.len() == COLA.len() && is_label(cells[1])
}

/// The texts of a file whose labels, if it has any, do not matter.
pub(super) fn unlabelled(spec: &TaskSpec, text: Text) -> Result<Vec<LabelledText>> {
    examples(spec, text, Truth::Ignored, &mut Vec::new())
}

fn table(spec: &TaskSpec, text: Text, skipped: &mut Skipped) -> Result<Table> {
    if is_unnamed_cola(spec, &text) {
        return Table::tsv_without_names(text, &COLA);
    }
    // Three published rows of QQP are broken in the middle.
    let ragged = if spec.name == "qqp" { Ragged::Skip } else { Ragged::Refuse };
    let (table, rows) = Table::tsv(text, ragged)?;
    skipped.ragged = rows;
    Ok(table)
}

/// The truth of a row; none where annotators did not agree.
fn target(
    spec: &TaskSpec,
    table: &Table,
    row: &Row,
    label: Option<usize>,
) -> Result<Option<Target>> {
    let Some(label) = label else { return Ok(Some(Target::Unknown)) };
    let label = table.label(row, label)?;
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
