//! The built page in a real browser: `tests/browser`, with its packages and the program.

use crate::report::Report;
use crate::workspace::Workspace;
use crate::{Result, cargo, process, tools};
use std::process::Command;

/// Steps and projects: on the CPU, on an emulated GPU, and on the CPU in another browser.
const PROJECTS: [(&str, &str); 3] =
    [("browser, CPU", "cpu"), ("browser, GPU", "gpu"), ("browser, Firefox", "firefox")];

/// Runs all projects.
pub(crate) fn test(workspace: &Workspace, report: &mut Report) -> Result {
    if !workspace.root.join("dist").join(electra_site::MANIFEST).is_file() {
        return Err("the page has not been built; run `cargo xtask web` first".to_owned());
    }
    report.step("browser and packages", || install(workspace))?;
    let program = report.step("program", || cargo::program(workspace))?;
    for (step, project) in PROJECTS {
        if project == "firefox" && !has_firefox() && !workspace.ci {
            println!("no Firefox is here; going on without");
            continue;
        }
        report.step(step, || {
            let mut node = workspace.command("node");
            node.args(["tests/browser/run.js", project]).env("ELECTRA_PROGRAM", &program);
            process::run(&mut node)
        })?;
    }
    Ok(())
}

fn has_firefox() -> bool {
    any_starts(&["firefox-esr", "firefox"])
}

fn has_chromium() -> bool {
    any_starts(&["chromium", "chromium-browser", "google-chrome"])
}

fn any_starts(names: &[&str]) -> bool {
    names.iter().any(|name| process::succeeds(Command::new(name).arg("--version")))
}

fn install(workspace: &Workspace) -> Result {
    if process::succeeds(Command::new("apt-get").arg("--version")) {
        if !process::succeeds(Command::new("npm").arg("--version")) {
            tools::apt_install(workspace, &["nodejs", "npm"])?;
        }
        if !has_chromium() && tools::apt_install(workspace, &["chromium"]).is_err() {
            println!("there is no package `chromium` here; Playwright's is taken");
        }
        // Not every distribution has this package, and one browser does for a person.
        if !has_firefox() && tools::apt_install(workspace, &["firefox-esr"]).is_err() {
            println!("firefox-esr cannot be installed");
        }
    }
    let npm = ["ci", "--no-audit", "--no-fund", "--prefix", "tests/browser"];
    process::run(workspace.command("npm").args(npm))?;
    if has_chromium() || std::env::var_os("CHROMIUM").is_some() {
        return Ok(());
    }
    // Ubuntu's is a snap, which does not start in a container.
    let playwright = "tests/browser/node_modules/playwright-core/cli.js";
    process::run(workspace.command("node").args([playwright, "install", "--with-deps", "chromium"]))
}
