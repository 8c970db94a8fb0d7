//! `electra finetune`

use super::finish::program;
use crate::args::{FineTuneArgs, OwnTaskArgs};
use crate::device;
use crate::files::write_atomically;
use crate::interrupted::{Interrupted, listen};
use crate::print;
use crate::run::{Mode, shell_word};
use crate::tasks::TaskRequest;
use crate::tuning::{Job, Request, page, terminal};
use anyhow::Result;
use electra::asking::SecondText;
use electra::tasks::{TaskKind, TaskSpec};
use std::path::{Path, PathBuf};

/// Where results without `--out` go.
const RUNS: &str = "runs";

/// Fine-tunes on one task with every seed, and shows what came of it.
pub(super) fn run(args: &FineTuneArgs) -> Result<()> {
    let chosen = device::choose(&args.training.device)?;
    let interrupted = listen()?;
    let out = match &args.out {
        Some(out) => out.clone(),
        None => free_folder(&args.task),
    };
    let request = Request {
        model: &args.model,
        task: task(&args.task, &args.data, &args.own),
        training: &args.training,
        out: out.clone(),
        resume: args.resume,
    };
    let job = Job::open(request, &chosen, &interrupted)?;
    let Some(results) = job.run()? else {
        print::note(format_args!(
            "saved; go on with the same command and --out {} --resume",
            shell_word(&out.display().to_string())
        ));
        return Err(Interrupted.into());
    };
    let title = format!("{} fine-tuned", results.spec.title);
    let page = page(&title, std::slice::from_ref(&results), None);
    write_atomically(&out.join("report.html"), page.as_bytes())?;
    if Mode::choose(args.training.quiet, args.training.json) != Mode::Json {
        let folder = shell_word(&out.display().to_string());
        print::line(format_args!("{}", terminal(&results)))?;
        print::line(format_args!("Results, predictions and the best seed's model: {folder}"))?;
        let asked = asked(&results.spec);
        print::line(format_args!("Next: {} predict --model {folder} {asked}", program()))?;
    }
    Ok(())
}

fn task(name: &str, data: &Path, own: &OwnTaskArgs) -> TaskRequest {
    TaskRequest {
        task: name.to_owned(),
        data: data.to_owned(),
        dev: own.dev.clone(),
        test: own.test.clone(),
        kind: own.kind.clone(),
        text: own.text_column.clone(),
        pair: own.pair_column.clone(),
        label: own.label_column.clone(),
        id: own.id_column.clone(),
    }
}

/// What `predict` wants behind the model.
fn asked(spec: &TaskSpec) -> &'static str {
    match (&spec.kind, SecondText::of(&spec.name, &spec.kind, spec.columns.as_ref())) {
        (TaskKind::Spans { .. }, _) => "QUESTION --pair CONTEXT",
        (_, SecondText::Always) => "TEXT --pair TEXT",
        (_, _) => "TEXT",
    }
}

/// `runs/<task>-<n>` with the first free `n`; made only when there is something to put into it.
fn free_folder(task: &str) -> PathBuf {
    let name: String =
        task.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect();
    let mut number = 1_u32;
    loop {
        let folder = Path::new(RUNS).join(format!("{name}-{number}"));
        if !folder.exists() {
            return folder;
        }
        number += 1;
    }
}
