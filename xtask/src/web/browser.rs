//! The built page in a real browser: `tests/browser`, with its packages and the program.

use crate::report::Report;
use crate::workspace::Workspace;
use crate::{Result, cargo, process, tools};
use std::process::Command;

/// Runs both projects: on the CPU, and on an emulated GPU.
pub(crate) fn test(workspace: &Workspace, report: &mut Report) -> Result {
    if !workspace.root.join("dist").join(electra_site::MANIFEST).is_file() {
        return Err("the page has not been built; run `cargo xtask web` first".to_owned());
    }
    report.step("browser and packages", || install(workspace))?;
    let program = report.step("program", || cargo::program(workspace))?;
    for (step, project) in [("browser, CPU", "cpu"), ("browser, GPU", "gpu")] {
        report.step(step, || {
            let mut node = workspace.command("node");
            node.args(["tests/browser/run.js", project]).env("ELECTRA_PROGRAM", &program);
            process::run(&mut node)
        })?;
    }
    Ok(())
}

fn install(workspace: &Workspace) -> Result {
    if process::succeeds(Command::new("apt-get").arg("--version")) {
        let mut wanted = vec!["chromium"];
        // Whoever has a newer one from elsewhere keeps it.
        if !process::succeeds(Command::new("npm").arg("--version")) {
            wanted.extend(["nodejs", "npm"]);
        }
        tools::apt_install(workspace, &wanted)?;
    }
    let npm = ["ci", "--no-audit", "--no-fund", "--prefix", "tests/browser"];
    process::run(workspace.command("npm").args(npm))
}
