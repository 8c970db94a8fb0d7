//! `electra glue`: every task in a folder, and the paper's table.

use super::finetune::listen;
use crate::args::GlueArgs;
use crate::device::{self, Chosen};
use crate::files::write_atomically;
use crate::print;
use crate::run::Mode;
use crate::tasks::{self, TaskRequest};
use crate::tuning::{Job, Request, Results, Table, page};
use anyhow::{Context, Result, bail};
use electra::tasks::{TASKS, TaskSpec};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Fine-tunes on every task that is found, with the seeds that are not done yet.
pub(super) fn run(args: &GlueArgs) -> Result<()> {
    let requests = wanted(args)?;
    // All of them first: a broken file should not be found after hours of the tasks before it.
    for request in &requests {
        tasks::read(request).with_context(|| request.task.clone())?;
    }
    let chosen = device::choose(&args.training.device)?;
    let interrupted = listen()?;
    let mut results = Vec::new();
    for request in requests {
        let out = args.out.join(&request.task);
        let Some(done) = one(args, request, &out, (&chosen, &interrupted))? else {
            anstream::eprintln!("saved; go on with the same command");
            return Ok(());
        };
        results.push(done);
        write(args, &results)?;
    }
    if Mode::choose(args.training.quiet, args.training.json) != Mode::Json {
        print::line(format_args!("\n{}", Table::new(&results).markdown()))?;
        print::line(format_args!("Written to {}", args.out.display()))?;
    }
    Ok(())
}

/// The tasks found, or those of them that were named.
fn wanted(args: &GlueArgs) -> Result<Vec<TaskRequest>> {
    let names: Vec<String> =
        args.task.iter().map(|name| Ok(TaskSpec::builtin(name)?.name)).collect::<Result<_>>()?;
    if !args.data.is_dir() {
        bail!("`--data` takes a folder with the tasks' folders in it: {}", args.data.display());
    }
    let found = tasks::find(&args.data)?;
    for name in &names {
        if !found.iter().any(|request| request.task == *name) {
            bail!("there are no files of {name} in {}", args.data.display());
        }
    }
    let found: Vec<TaskRequest> = found
        .into_iter()
        .filter(|request| names.is_empty() || names.contains(&request.task))
        .collect();
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

fn one(
    args: &GlueArgs,
    task: TaskRequest,
    out: &Path,
    (chosen, interrupted): (&Chosen, &Arc<AtomicBool>),
) -> Result<Option<Results>> {
    let name = task.task.clone();
    let resume = out.join("finetune.toml").exists();
    let request =
        Request { model: &args.model, task, training: &args.training, out: out.to_owned(), resume };
    let job = Job::open(request, chosen, interrupted).with_context(|| name.clone())?;
    job.run().with_context(|| name)
}

fn write(args: &GlueArgs, results: &[Results]) -> Result<()> {
    let table = Table::new(results);
    let markdown = table.markdown();
    write_atomically(&args.out.join("glue.md"), markdown.as_bytes())?;
    let json = serde_json::to_string_pretty(&table.json())? + "\n";
    write_atomically(&args.out.join("results.json"), json.as_bytes())?;
    let page = page("GLUE", results, Some(&markdown));
    write_atomically(&args.out.join("report.html"), page.as_bytes())
}
