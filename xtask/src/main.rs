//! `cargo xtask check` is what CI runs; the other subcommands are its parts.
#![allow(clippy::print_stdout, reason = "a task runner talks to the terminal")]

mod bench;
mod cargo;
mod gpu;
mod process;
mod python;
mod readme;
mod report;
mod tools;
mod wasm;
mod web;
mod workspace;

use report::Report;
use std::process::ExitCode;
use workspace::Workspace;

/// What went wrong, in one sentence.
type Result<T = ()> = std::result::Result<T, String>;

/// A task: its name on the command line, what it does, and how.
struct Task {
    name: &'static str,
    what: &'static str,
    run: fn(&Workspace, &mut Report) -> Result,
}

const TASKS: [Task; 12] = [
    Task { name: "check", what: "everything CI runs", run: check },
    Task { name: "lint", what: "formatting, spelling, clippy", run: lint },
    Task { name: "test", what: "the Rust tests", run: test },
    Task { name: "wasm", what: "check the core for wasm32", run: wasm },
    Task { name: "web", what: "the page and its engines, into dist/", run: web::build },
    Task { name: "web-cpu", what: "the same without the GPU engine", run: web::build_without_gpu },
    Task { name: "browser", what: "the built page in Chromium", run: web::test_in_browser },
    Task { name: "trunk", what: "what Trunk's hook does", run: web::finish_trunk },
    Task { name: "python", what: "comparison with `transformers`", run: python },
    Task { name: "readme", what: "does the README tell the truth?", run: readme },
    Task { name: "golden", what: "make tests/golden again", run: golden },
    Task { name: "bench", what: "one training step, beside PyTorch", run: bench },
];

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let task = match names.as_slice() {
        [name] => TASKS.iter().find(|task| task.name == name),
        _ => None,
    };
    let Some(task) = task else {
        usage();
        return ExitCode::from(2);
    };
    let mut report = Report::new();
    let outcome = Workspace::find().and_then(|workspace| (task.run)(&workspace, &mut report));
    report.print();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            println!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn usage() {
    println!("cargo xtask TASK\n");
    for task in &TASKS {
        println!("  {:<8} {}", task.name, task.what);
    }
}

/// Cheap steps first, so that a slip costs seconds and not half an hour.
fn check(workspace: &Workspace, report: &mut Report) -> Result {
    report.step("format", || cargo::format(workspace))?;
    report.step("system packages", || tools::system_packages(workspace))?;
    report.step("spelling", || tools::spelling(workspace))?;
    report.step("clippy", || cargo::clippy(workspace))?;
    test(workspace, report)?;
    // Compiles the core for wasm32 too, with either backend.
    web::build(workspace, report)?;
    web::test_in_browser(workspace, report)?;
    report.step("docs", || cargo::docs(workspace))?;
    report.step("licences and sources", || tools::deny(workspace))?;
    python(workspace, report)?;
    readme(workspace, report)
}

fn lint(workspace: &Workspace, report: &mut Report) -> Result {
    report.step("format", || cargo::format(workspace))?;
    report.step("spelling", || tools::spelling(workspace))?;
    report.step("clippy", || cargo::clippy(workspace))
}

fn test(workspace: &Workspace, report: &mut Report) -> Result {
    let tally = report.step("tests", || cargo::test(workspace))?;
    report.tests = Some(tally);
    if tally.failed > 0 {
        return Err(format!("{} tests failed; their names are listed above", tally.failed));
    }
    Ok(())
}

fn wasm(workspace: &Workspace, report: &mut Report) -> Result {
    let toolchain = report.step("wasm32 compiler", || wasm::Toolchain::find(workspace))?;
    report.step("wasm32, CPU", || toolchain.check(workspace, "cpu"))?;
    report.step("wasm32, CPU and GPU", || toolchain.check(workspace, "cpu,gpu"))
}

fn python(workspace: &Workspace, report: &mut Report) -> Result {
    let python = report.step("python packages", || python::interpreter(workspace))?;
    let program = report.step("program", || cargo::program(workspace))?;
    report.step("python tests", || python::tests(workspace, &python, &program))
}

fn readme(workspace: &Workspace, report: &mut Report) -> Result {
    let program = report.step("program", || cargo::program(workspace))?;
    report.step("readme", || readme::check(workspace, &program))
}

fn golden(workspace: &Workspace, report: &mut Report) -> Result {
    let python = report.step("python packages", || python::interpreter(workspace))?;
    report.step("golden numbers", || python::golden(workspace, &python))
}

fn bench(workspace: &Workspace, report: &mut Report) -> Result {
    let python = report.step("python packages", || python::interpreter(workspace))?;
    let program = report.step("program", || cargo::program(workspace))?;
    report.step("benchmark", || bench::step(workspace, &python, &program))
}
