//! Tools that the checks need, installed when they are missing.

use crate::workspace::Workspace;
use crate::{Result, gpu, process, python};
use std::path::PathBuf;
use std::process::Command;

const TYPOS: &str = "typos==1.52.0";
const CARGO_DENY: &str = "0.20.2";

/// What the tests and checks need from the system, on machines that have `apt-get`.
///
/// Elsewhere, and where nobody may install packages, what needs them says that it is skipped.
pub(crate) fn system_packages(workspace: &Workspace) -> Result {
    if !process::succeeds(Command::new("apt-get").arg("--version")) {
        return Ok(());
    }
    let mut wanted = vec!["libvulkan1", "python3-venv"];
    if gpu::driver().is_none() {
        // Ubuntu's Chromium is a snap without the driver.
        let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        let debian = release.lines().any(|line| line == "ID=debian");
        wanted.push(if debian { "chromium" } else { "mesa-vulkan-drivers" });
    }
    match apt_install(workspace, &wanted) {
        Err(reason) if !workspace.ci => {
            println!("{reason}; going on without");
            Ok(())
        }
        outcome => outcome,
    }
}

/// Installs those of the packages that are missing.
pub(crate) fn apt_install(workspace: &Workspace, packages: &[&str]) -> Result {
    let missing: Vec<&str> = packages.iter().copied().filter(|name| !has_package(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    // The lists may be absent or old; a failed update shows in the install.
    let _ = process::run(apt_get(workspace).args(["update", "--quiet=2"]));
    let mut install = apt_get(workspace);
    install.args(["install", "--yes", "--quiet=2", "--no-install-recommends"]);
    process::run(install.args(&missing))
        .map_err(|reason| format!("{reason}; install {} by hand", missing.join(" ")))
}

fn has_package(name: &str) -> bool {
    let status =
        Command::new("dpkg-query").args(["--show", "--showformat=${Status}", name]).output();
    status.is_ok_and(|status| status.stdout == b"install ok installed")
}

/// `apt-get`, through `sudo` where this user is not root.
fn apt_get(workspace: &Workspace) -> Command {
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let mut command = workspace.command(if root { "apt-get" } else { "sudo" });
    command.env("DEBIAN_FRONTEND", "noninteractive");
    if !root {
        if workspace.ci {
            command.arg("--non-interactive");
        }
        command.arg("apt-get");
    }
    command
}

/// Spelling, everywhere.
pub(crate) fn spelling(workspace: &Workspace) -> Result {
    let typos = typos(workspace)?;
    process::run(&mut workspace.command(typos))
}

/// `typos` from the path, or from a Python wheel, or compiled.
fn typos(workspace: &Workspace) -> Result<PathBuf> {
    let on_path = PathBuf::from("typos");
    if process::succeeds(Command::new(&on_path).arg("--version")) {
        return Ok(on_path);
    }
    match python::environment(workspace, "tools", &[TYPOS]) {
        Ok(folder) => Ok(folder.join("typos")),
        Err(reason) => {
            println!("{reason}; compiling it instead");
            cargo_install(workspace, &["typos-cli"])?;
            Ok(on_path)
        }
    }
}

/// Licences, sources and bans; advisories where their database can be fetched.
pub(crate) fn deny(workspace: &Workspace) -> Result {
    if !process::succeeds(Command::new("cargo").args(["deny", "--version"])) {
        cargo_install(workspace, &["cargo-deny", "--version", CARGO_DENY])?;
    }
    process::run(
        &mut workspace.cargo(["deny", "--locked", "check", "bans", "licenses", "sources"]),
    )?;
    if !process::succeeds(&mut workspace.cargo(["deny", "fetch", "db"])) {
        println!("the advisory database cannot be fetched: advisories not checked");
        return Ok(());
    }
    process::run(&mut workspace.cargo(["deny", "--locked", "check", "advisories"]))
}

/// The program that writes the scripts around wasm files, of exactly the crate's version; compiled
/// into the cache where it is missing.
pub(crate) fn wasm_bindgen(workspace: &Workspace) -> Result<PathBuf> {
    let path = workspace.root.join("Cargo.lock");
    let lock = std::fs::read_to_string(&path)
        .map_err(|error| format!("cannot read a file: {error}: {}", path.display()))?;
    let version = locked_version(&lock, "wasm-bindgen").ok_or("Cargo.lock has no wasm-bindgen")?;
    let wanted = format!("wasm-bindgen {version}");
    let folder = workspace.cache.join(format!("wasm-bindgen-{version}"));
    let kept = folder.join("bin").join(format!("wasm-bindgen{}", std::env::consts::EXE_SUFFIX));
    for program in [PathBuf::from("wasm-bindgen"), kept.clone()] {
        let output = Command::new(&program).arg("--version").output();
        if output.is_ok_and(|output| output.stdout.trim_ascii() == wanted.as_bytes()) {
            return Ok(program);
        }
    }
    let (exact, folder) = (format!("={version}"), folder.display().to_string());
    cargo_install(
        workspace,
        &["wasm-bindgen-cli", "--version", &exact, "--root", &folder, "--force"],
    )?;
    Ok(kept)
}

/// Version of a package in a lock file.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let (_, rest) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    Some(rest.split_once('"')?.0)
}

/// Compiles a host tool with its own lock file, or without where a registry lags behind it.
fn cargo_install(workspace: &Workspace, what: &[&str]) -> Result {
    let install = |locked: &[&str]| {
        let mut command = workspace.cargo(["install"]);
        // Cargo then builds in a folder that it removes.
        command.env_remove("CARGO_TARGET_DIR");
        process::run(command.args(locked).args(what))
    };
    install(&["--locked"]).or_else(|_| install(&[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_version_is_that_of_the_package_itself() {
        let lock = "name = \"wasm-bindgen-macro\"\nversion = \"0.1.0\"\n\n\
                    name = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }
}
