//! One joint training step of ELECTRA-Small, here and in PyTorch, in turn, and the ratio.

use crate::workspace::{Workspace, json_number};
use crate::{Result, process};
use std::path::Path;

/// Rounds: each side is measured this often, so that a busy moment hits neither alone.
const ROUNDS: usize = 3;

/// Prints both sides' JSON and their ratio; `benches/README.md` says what the fields mean.
pub(crate) fn step(workspace: &Workspace, python: &Path, program: &Path) -> Result {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).to_string();
    let shape = ["--batch", "16", "--seq", "128", "--steps", "8"];
    let mut fastest = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        let mut ours = workspace.command(program);
        ours.args(["bench", "--preset", "small", "--json"]).args(shape);
        ours.env("RAYON_NUM_THREADS", &threads);
        let mut theirs = workspace.command(python);
        theirs.arg("benches/step_pytorch.py").args(shape).args(["--threads", &threads]);
        for (side, command) in [&mut ours, &mut theirs].into_iter().enumerate() {
            let printed = process::capture(command)?;
            print!("{printed}");
            let seconds = json_number(&printed, "seconds_per_step")
                .ok_or("the benchmark printed no `seconds_per_step`")?;
            fastest[side] = fastest[side].min(seconds);
        }
    }
    let [ours, theirs] = fastest;
    println!(
        "a step takes {ours:.3} s here, {theirs:.3} s in PyTorch (best median of {ROUNDS} rounds, \
         {threads} threads): {:.2} of PyTorch's speed",
        theirs / ours
    );
    Ok(())
}
