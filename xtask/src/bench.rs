//! One joint training step of ELECTRA-Small, here and in PyTorch, one after the other.

use crate::workspace::Workspace;
use crate::{Result, process};
use std::path::Path;

/// Prints both sides' JSON; `benches/README.md` says what the fields mean.
pub(crate) fn step(workspace: &Workspace, python: &Path, program: &Path) -> Result {
    let shape = ["--batch", "16", "--seq", "128", "--steps", "10"];
    let mut ours = workspace.command(program);
    process::run(ours.args(["bench", "--preset", "small", "--json"]).args(shape))?;
    let mut theirs = workspace.command(python);
    process::run(theirs.arg("benches/step_pytorch.py").args(shape))
}
