//! The steps that cargo runs. One profile everywhere, so that dependencies are compiled once for
//! the program and the tests, and checked once for clippy and the docs.

use crate::report::Tally;
use crate::workspace::Workspace;
use crate::{Result, gpu, process};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;

/// Is every file formatted?
pub(crate) fn format(workspace: &Workspace) -> Result {
    process::run(&mut workspace.cargo(["fmt", "--all", "--", "--check"]))
        .map_err(|reason| format!("{reason}; `cargo fmt` mends it"))
}

/// Clippy on everything, warnings refused.
pub(crate) fn clippy(workspace: &Workspace) -> Result {
    process::run(&mut workspace.cargo([
        "clippy",
        "--release",
        "--workspace",
        "--all-targets",
        "--",
        "-Dwarnings",
    ]))
}

/// Every Rust test, on a software GPU where one is found; the output passes through.
pub(crate) fn test(workspace: &Workspace) -> Result<Tally> {
    let mut command = workspace.cargo(["test", "--release", "--workspace", "--no-fail-fast"]);
    gpu::use_software_adapter(workspace, &mut command)?;
    println!("$ cargo test --release --workspace --no-fail-fast");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    let mut tally = Tally::default();
    for line in child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()) {
        let line = line.map_err(|error| format!("cannot read cargo's output: {error}"))?;
        println!("{line}");
        tally.add_line(&line);
    }
    let status = child.wait().map_err(|error| format!("cannot wait for cargo: {error}"))?;
    if !status.success() && tally.failed == 0 {
        return Err(format!("cargo test stopped before its end ({status})"));
    }
    Ok(tally)
}

/// The documentation, warnings refused.
pub(crate) fn docs(workspace: &Workspace) -> Result {
    let mut command = workspace.cargo(["doc", "--release", "--workspace", "--no-deps"]);
    process::run(command.env("RUSTDOCFLAGS", "-Dwarnings"))
}

/// Builds `electra`, with the features that the tests have built already, and returns its path.
pub(crate) fn program(workspace: &Workspace) -> Result<PathBuf> {
    process::run(&mut workspace.cargo(["build", "--release", "--workspace"]))?;
    let name = format!("electra{}", std::env::consts::EXE_SUFFIX);
    Ok(workspace.target()?.join("release").join(name))
}
