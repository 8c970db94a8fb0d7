//! `electra glue`: every task in a folder, and the paper's table.

use crate::args::GlueArgs;
use crate::device::{self, Chosen};
use crate::files::write_atomically;
use crate::interrupted::{Interrupted, listen};
use crate::print;
use crate::run::Mode;
use crate::tasks::{self, TaskRequest};
use crate::tuning::{self, Job, RESULTS, Request, Results, Table, page};
use anyhow::{Context, Error, Result, bail};
use electra::tasks::{TASKS, TaskSpec};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Fine-tunes on every task that is found, with the seeds that are not done yet. A task that fails
/// does not keep the others from their results.
pub(super) fn run(args: &GlueArgs) -> Result<()> {
    let requests = wanted(args)?;
    let mut outcome = Outcome { earlier: earlier(args), ..Outcome::default() };
    let mut readable = Vec::new();
    // All of them first: a broken file should not be found after hours of the tasks before it.
    for request in requests {
        match tasks::read(&request) {
            Ok(_) => readable.push(request),
            Err(error) => outcome.fail(&request.task, &error)?,
        }
    }
    let chosen = device::choose(&args.training.device)?;
    let interrupted = listen()?;
    for request in readable {
        let task = request.task.clone();
        match one(args, request, (&chosen, &interrupted)) {
            Ok(Some(results)) => outcome.add(args, results),
            Ok(None) => {
                print::note("saved; go on with the same command");
                outcome.end()?;
                return Err(Interrupted.into());
            }
            Err(error) => outcome.fail(&task, &error)?,
        }
        outcome.write(args)?;
    }
    outcome.show(args)?;
    outcome.end()
}

/// The tasks found, or those of them that were named.
fn wanted(args: &GlueArgs) -> Result<Vec<TaskRequest>> {
    let names: Vec<String> =
        args.task.iter().map(|name| Ok(TaskSpec::builtin(name)?.name)).collect::<Result<_>>()?;
    if !args.data.is_dir() {
        bail!("`--data` takes a folder with the tasks' folders in it: {}", args.data.display());
    }
    let found = tasks::find(&args.data, &names);
    for name in &names {
        if !found.iter().any(|request| request.task == *name) {
            bail!("there are no files of {name} in {}", args.data.display());
        }
    }
    if found.is_empty() {
        bail!(
            "no task was found in {}; it should hold folders such as CoLA, MRPC or RTE ({} are \
             known)",
            args.data.display(),
            TASKS.len()
        );
    }
    Ok(found)
}

/// Where a task's results go.
fn folder(args: &GlueArgs, task: &str) -> PathBuf {
    args.out.join(task)
}

fn one(
    args: &GlueArgs,
    task: TaskRequest,
    (chosen, interrupted): (&Chosen, &Arc<AtomicBool>),
) -> Result<Option<Results>> {
    let out = folder(args, &task.task);
    let resume = out.join("finetune.toml").exists();
    let request = Request { model: &args.model, task, training: &args.training, out, resume };
    Job::open(request, chosen, interrupted)?.run()
}

/// What other tasks came to in this folder, when they were asked for.
fn earlier(args: &GlueArgs) -> Vec<Results> {
    // A file of another program, or one of an older form, is no result.
    let read = |task: &str| {
        let text = fs::read_to_string(folder(args, task).join(RESULTS)).ok()?;
        serde_json::from_str(&text).ok()
    };
    TASKS.into_iter().filter_map(read).collect()
}

/// What became of the tasks so far.
#[derive(Default)]
struct Outcome {
    /// Of calls before, to stand in the same table if it is of the same model.
    earlier: Vec<Results>,
    results: Vec<Results>,
    failed: Vec<TaskSpec>,
    /// Why they failed.
    sentences: Vec<String>,
}

impl Outcome {
    /// Says at once why a task failed, for whoever can mend it while others are trained.
    fn fail(&mut self, task: &str, error: &Error) -> Result<()> {
        let sentence = format!("{error:#}");
        print::warn(format_args!("{task} is left out: {sentence}"));
        // What it once came to may be of other files or flags.
        self.earlier.retain(|results| results.task != task);
        self.results.retain(|results| results.task != task);
        self.failed.push(TaskSpec::builtin(task)?);
        self.sentences.push(sentence);
        Ok(())
    }

    /// Puts a task's results to the others, in the order of the paper's tables; those of calls before
    /// stay if they began with the same weights, as the head of their configuration says.
    fn add(&mut self, args: &GlueArgs, results: Results) {
        let began = |results: &Results| tuning::began_with(&folder(args, &results.task));
        let same = std::mem::take(&mut self.earlier)
            .into_iter()
            .filter(|it| began(it).is_some() && began(it) == began(&results));
        self.results.extend(same);
        self.results.retain(|it| it.task != results.task);
        self.results.push(results);
        let place = |it: &Results| TASKS.iter().position(|task| *task == it.task);
        self.results.sort_by_key(place);
    }

    fn table(&self) -> Table<'_> {
        Table::new(&self.results, &self.failed)
    }

    /// Writes the table, if there is anything in it.
    fn write(&self, args: &GlueArgs) -> Result<()> {
        if self.results.is_empty() {
            return Ok(());
        }
        let table = self.table();
        let markdown = table.markdown();
        write_atomically(&args.out.join("glue.md"), markdown.as_bytes())?;
        let json = serde_json::to_string_pretty(&table.json())? + "\n";
        write_atomically(&args.out.join("results.json"), json.as_bytes())?;
        let page = page("GLUE", &self.results, Some(&markdown));
        write_atomically(&args.out.join("report.html"), page.as_bytes())
    }

    /// Gathers what the server takes, and prints the table.
    fn show(&self, args: &GlueArgs) -> Result<()> {
        let submission = args.out.join("submission");
        let files = self.submit(args, &submission)?;
        let is_shown = Mode::choose(args.training.quiet, args.training.json) != Mode::Json;
        if self.results.is_empty() || !is_shown {
            return Ok(());
        }
        print::line(format_args!("\n{}", self.table().markdown()))?;
        print::line(format_args!("Written to {}", args.out.display()))?;
        if files > 0 {
            let place = submission.display();
            print::line(format_args!("Test predictions as GLUE's server names them: {place}"))?;
        }
        Ok(())
    }

    /// Copies the best seeds' test predictions, which lie in folders of seeds; how many there are.
    fn submit(&self, args: &GlueArgs, submission: &Path) -> Result<usize> {
        let mut files = 0;
        for results in &self.results {
            let seed = folder(args, &results.task).join(format!("seed-{}", results.best_seed));
            for name in tasks::submission_files(&results.spec) {
                let path = seed.join(&name);
                if path.exists() {
                    let read = fs::read(&path);
                    let bytes = read.with_context(|| format!("cannot read {}", path.display()))?;
                    write_atomically(&submission.join(name), &bytes)?;
                    files += 1;
                }
            }
        }
        Ok(files)
    }

    /// Fails if a task did, with every sentence once.
    fn end(&self) -> Result<()> {
        let mut said: Vec<(&String, Vec<&str>)> = Vec::new();
        for (spec, sentence) in self.failed.iter().zip(&self.sentences) {
            match said.iter_mut().find(|(known, _)| *known == sentence) {
                Some((_, tasks)) => tasks.push(spec.name.as_str()),
                None => said.push((sentence, vec![spec.name.as_str()])),
            }
        }
        if said.is_empty() {
            return Ok(());
        }
        let said = said.iter().map(|(sentence, tasks)| format!("{}: {sentence}", tasks.join(", ")));
        bail!("not every task was done; {}", said.collect::<Vec<String>>().join("; "))
    }
}
