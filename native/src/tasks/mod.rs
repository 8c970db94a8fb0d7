//! Task files in, predictions out.
//!
//! In reading order: [`read`] finds where a task's files are (`bundle`: a folder or a zip file,
//! `own_files`), takes them apart (`table`, `columns`, `glue`, `squad`, `conll`, `own`, `answers`) and
//! checks the truth in them (`labels`, `doubts`); `predictions` writes what a model says in the form that
//! the benchmark expects. What is wrong with a file is said in one sentence that ends in its name and
//! line.

mod answers;
mod bundle;
mod columns;
mod conll;
mod doubts;
mod glue;
mod hold_back;
mod labels;
mod own;
mod own_files;
mod predictions;
mod squad;
mod table;
#[cfg(test)]
mod tests;
mod unlabelled;

pub(crate) use predictions::{predictions_bytes, predictions_files, six_digits, submission_files};

use anyhow::{Result, bail};
use bundle::Bundle;
use electra::tasks::{LabelledText, TASKS, TaskData, TaskKind, TaskSpec};
use hold_back::hold_back;
use std::fs;
use std::path::{Path, PathBuf};

/// What a person asked to learn, as flags say it.
#[derive(Debug, Clone, Default)]
pub(crate) struct TaskRequest {
    /// A built-in name, or any name if `kind` is given.
    pub(crate) task: String,
    /// A folder of benchmarks, the task's own folder or zip file, or the training file.
    pub(crate) data: PathBuf,
    /// The development file of one's own task.
    pub(crate) dev: Option<PathBuf>,
    /// The test file of one's own task.
    pub(crate) test: Option<PathBuf>,
    /// classification, regression, tagging or spans: the task is one's own.
    pub(crate) kind: Option<String>,
    /// Column of the text, the first of a pair, the question or the words.
    pub(crate) text: Option<String>,
    /// Column of the second of a pair, or of the context.
    pub(crate) pair: Option<String>,
    /// Column of the label, score, tags or answers.
    pub(crate) label: Option<String>,
    /// Column of the name that predictions carry.
    pub(crate) id: Option<String>,
}

/// Reads everything that a task's files hold.
///
/// # Errors
///
/// In one sentence, with the file and the line where there is one.
pub(crate) fn read(request: &TaskRequest) -> Result<TaskData> {
    if let Some(kind) = &request.kind {
        let mut data = own::read(request, kind)?;
        hold_back(&mut data)?;
        return Ok(data);
    }
    let spec = TaskSpec::builtin(&request.task)?;
    if spec.name == "ax" {
        bail!(
            "AX has no training texts: it is predicted by a model of MNLI; use `--task mnli` with \
             {} in the folder or as `--test`, or `electra predict` with such a model and `--file \
             {}`",
            glue::AX.join(" or "),
            glue::AX[2]
        );
    }
    refuse_columns(request)?;
    if !request.data.exists() {
        bail!("there is no file or folder {}", request.data.display());
    }
    if request.data.is_file() && !squad::has_ending(&request.data.to_string_lossy(), "zip") {
        return read_files(&spec, request);
    }
    refuse_other_files(request)?;
    let Some(bundle) = locate(&spec, &request.data)? else {
        bail!(
            "there are no files of {} in {}; they are looked for there, in a folder {} and in {}.zip",
            spec.title,
            request.data.display(),
            spec.title,
            spec.title
        );
    };
    let mut data = match spec.name.as_str() {
        "mnli" => add_diagnostic(glue::read(&spec, &bundle)?, bundle, &request.data)?,
        name if glue::knows(name) => glue::read(&spec, &bundle)?,
        "squad1" | "squad2" => squad::read(&spec, &bundle)?,
        _ => conll::read(&spec, &bundle)?,
    };
    hold_back(&mut data)?;
    Ok(data)
}

/// Refuses training texts that are all of one class or have one score, as few ones easily are when
/// others were held back or left out.
pub(crate) fn check_classes(data: &TaskData) -> Result<()> {
    let name = format!("{}, after some were held back or left out", data.spec.title);
    labels::check_classes(&data.train, data.spec.kind.labels(), &name)
}

/// The first flag that names a column, with the name.
fn named_column(request: &TaskRequest) -> Option<(&'static str, &str)> {
    let flags = [
        ("--text-column", &request.text),
        ("--pair-column", &request.pair),
        ("--label-column", &request.label),
        ("--id-column", &request.id),
    ];
    flags.into_iter().find_map(|(flag, column)| Some((flag, column.as_deref()?)))
}

/// A built-in task has its own columns.
fn refuse_columns(request: &TaskRequest) -> Result<()> {
    if let Some((flag, column)) = named_column(request) {
        bail!(
            "`{flag} {column}` is for a task of your own, and {} is a built-in one; give `--kind` \
             too (classification, regression, tagging or spans), or leave it out",
            request.task
        );
    }
    Ok(())
}

/// A folder or zip file of a built-in task holds all its splits.
fn refuse_other_files(request: &TaskRequest) -> Result<()> {
    for (flag, file) in [("--dev", &request.dev), ("--test", &request.test)] {
        if let Some(file) = file {
            bail!(
                "`{flag} {}` goes with a training file, and `--data` is a folder or zip file, \
                 whose own splits are read; name its training file with `--data`, or leave \
                 `{flag}` out: {}",
                file.display(),
                request.data.display()
            );
        }
    }
    Ok(())
}

/// A built-in task from files that are named one by one.
fn read_files(spec: &TaskSpec, request: &TaskRequest) -> Result<TaskData> {
    let open = |path: &Option<PathBuf>| path.as_deref().map(bundle::read_text).transpose();
    let (dev, test) = (open(&request.dev)?, open(&request.test)?);
    let train = bundle::read_text(&request.data)?;
    if !glue::knows(&spec.name) {
        columns::refuse_tables(spec, std::iter::once(&train).chain(&dev).chain(&test))?;
    }
    // A model of MNLI answers the diagnostic set too, whose columns are others.
    let is_ax = spec.name == "mnli" && request.test.as_deref().is_some_and(glue::is_diagnostic);
    let (test, ax) = if is_ax { (None, test) } else { (test, None) };
    let mut data = if glue::knows(&spec.name) {
        glue::read_files(spec, train, dev, test)?
    } else if matches!(spec.kind, TaskKind::Spans { .. }) {
        squad::read_files(spec, train, dev, test)?
    } else {
        conll::read_files(spec, train, dev, test)?
    };
    hold_back(&mut data)?;
    // Behind the split that counts, which is the first.
    glue::add_diagnostic(ax.map(Ok), &mut data)?;
    Ok(data)
}

/// Every task found in a folder of benchmarks, in the order of the paper's tables; where `wanted`
/// names some, only those, without a look at the files of others.
///
/// A task whose files are broken counts as found: [`read`] says what is wrong with them.
pub(crate) fn find(folder: &Path, wanted: &[String]) -> Vec<TaskRequest> {
    let is_wanted = |task: &str| wanted.is_empty() || wanted.iter().any(|name| name == task);
    let mut found = Vec::new();
    for task in TASKS.into_iter().filter(|task| *task != "ax" && is_wanted(task)) {
        let Ok(spec) = TaskSpec::builtin(task) else { continue };
        let is_here = match locate(&spec, folder) {
            Ok(Some(bundle)) => is_of_version(&spec, &bundle).unwrap_or(true),
            Ok(None) => false,
            Err(_) => true,
        };
        if is_here {
            let (task, data) = (task.to_owned(), folder.to_owned());
            found.push(TaskRequest { task, data, ..TaskRequest::default() });
        }
    }
    found
}

/// Reads texts to predict, without truth: in GLUE's layout if the file has it; tables with the task's
/// own columns or usual names; else one text a line (a tab between two), for tagging also words in
/// columns, SQuAD's JSON.
///
/// # Errors
///
/// As [`read`].
pub(crate) fn read_texts(path: &Path, spec: &TaskSpec) -> Result<Vec<LabelledText>> {
    unlabelled::read_for(path, spec)
}

/// Where a task's files are: a folder or zip file named after it in `data`, or `data` itself. Of
/// several, one of the task's version is meant.
fn locate(spec: &TaskSpec, data: &Path) -> Result<Option<Bundle>> {
    let mut of_other_version = None;
    for place in named_after(spec, data)? {
        let bundle = Bundle::open(&place)?;
        if !holds(spec, &bundle) {
            continue;
        }
        if is_of_version(spec, &bundle)? {
            return Ok(Some(bundle));
        }
        of_other_version.get_or_insert(bundle);
    }
    if of_other_version.is_some() {
        // Who asks for this version may mean these; what does not fit is told then.
        return Ok(of_other_version);
    }
    // A folder of another task's files must not be taken for this one's.
    let other = |task: &str| plain(&data.file_stem().unwrap_or_default().to_string_lossy()) == task;
    if TASKS.iter().any(|task| *task != spec.name && other(task)) {
        return Ok(None);
    }
    let own = Bundle::open(data)?;
    Ok(holds(spec, &own).then_some(own))
}

/// Whether the training files of a task are here.
fn holds(spec: &TaskSpec, bundle: &Bundle) -> bool {
    match spec.name.as_str() {
        name if glue::knows(name) => bundle.has(glue::train_names(name)),
        "squad1" | "squad2" => squad::is_here(spec, bundle),
        _ => conll::is_here(bundle),
    }
}

/// Whether files are of the task's version, where it has several.
fn is_of_version(spec: &TaskSpec, bundle: &Bundle) -> Result<bool> {
    Ok(!matches!(spec.kind, TaskKind::Spans { .. }) || squad::is_of_version(spec, bundle)?)
}

/// Folders and zip files in `data` that are called like the task.
fn named_after(spec: &TaskSpec, data: &Path) -> Result<Vec<PathBuf>> {
    if !data.is_dir() {
        return Ok(Vec::new());
    }
    let mut places = Vec::new();
    for entry in fs::read_dir(data)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let zip = squad::has_ending(&name, "zip");
        let stem = if zip { &name[..name.len() - 4] } else { &name };
        let called = TaskSpec::builtin(stem).is_ok_and(|found| found.name == spec.name);
        let other_name = match plain(stem).as_str() {
            "squad" => "squad1", // both versions are called so
            "qnliv2" => "qnli",
            "qqpclean" => "qqp",
            "diagnostic" => "ax",
            _ => "",
        };
        if (zip || path.is_dir()) && (called || other_name == spec.name) {
            places.push(path);
        }
    }
    // A folder before the zip file that it came from.
    places.sort_by_key(|path| (!path.is_dir(), path.clone()));
    Ok(places)
}

/// Adds the diagnostic set to MNLI, from its files, a folder of its own beside them, or `data`.
fn add_diagnostic(mut mnli: TaskData, files: Bundle, data: &Path) -> Result<TaskData> {
    let mut places = vec![files];
    for place in named_after(&TaskSpec::builtin("ax")?, data)? {
        // A zip file that was unpacked beside itself says nothing new.
        if place.is_dir() || !place.with_extension("").is_dir() {
            places.push(Bundle::open(&place)?);
        }
    }
    places.push(Bundle::open(data)?);
    let named = |name| places.iter().filter_map(move |place| place.read(&[name]).transpose());
    glue::add_diagnostic(glue::AX.iter().copied().flat_map(named), &mut mnli)?;
    Ok(mnli)
}

/// Letters and digits in lower case.
fn plain(name: &str) -> String {
    name.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect()
}
