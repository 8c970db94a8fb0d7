//! Compiles for the browser, with whichever compiler this machine can have.

use crate::workspace::Workspace;
use crate::{Result, process, tools};
use std::path::PathBuf;
use std::process::Command;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
/// Where Debian's compiler for the web stands.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// How to compile for wasm32 here.
pub(crate) enum Toolchain {
    /// Rustup has the target's standard library.
    Rustup,
    /// Debian's compiler; cargo builds the standard library from Debian's sources.
    Debian {
        /// `rust-lld` of the rustup toolchain.
        linker: PathBuf,
    },
}

impl Toolchain {
    /// Rustup's target, downloaded if need be; without that, Debian's packages.
    pub(crate) fn find(workspace: &Workspace) -> Result<Self> {
        let list = workspace.command("rustup").args(["target", "list", "--installed"]).output();
        let installed = list.map(|list| String::from_utf8_lossy(&list.stdout).into_owned());
        if installed.is_ok_and(|list| list.lines().any(|line| line == TARGET)) {
            println!("rustup has {TARGET}");
            return Ok(Self::Rustup);
        }
        if process::run(workspace.command("rustup").args(["target", "add", TARGET])).is_ok() {
            return Ok(Self::Rustup);
        }
        println!("rustup cannot add {TARGET}; trying Debian's compiler");
        tools::apt_install(workspace, &["rustc-web", "rust-web-src"])?;
        let sysroot = process::capture(workspace.command("rustc").args(["--print", "sysroot"]))?;
        let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let tools = PathBuf::from(sysroot.trim()).join("lib/rustlib").join(host).join("bin");
        Ok(Self::Debian { linker: tools.join("rust-lld") })
    }

    /// Checks the core with some of its backends.
    pub(crate) fn check(&self, workspace: &Workspace, features: &str) -> Result {
        let mut command = workspace.cargo(["check", "--release", "--package", "electra"]);
        command.args(["--no-default-features", "--features", features]);
        self.prepare(workspace, &mut command)?;
        process::run(&mut command)
    }

    /// Builds a package and returns its wasm file; `features` are all that it gets.
    pub(crate) fn build(
        &self,
        workspace: &Workspace,
        package: &str,
        features: &[&str],
        profile: &str,
    ) -> Result<PathBuf> {
        let mut command = workspace.cargo(["build", "--package", package, "--profile", profile]);
        command.args(["--no-default-features", "--features", &features.join(",")]);
        // Vectors of 128 bits: in every browser since 2023. The same for all packages, so that
        // what they share is built once.
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Ctarget-feature=+simd128");
        let target = self.prepare(workspace, &mut command)?;
        process::run(&mut command)?;
        let name = format!("{}.wasm", package.replace('-', "_"));
        Ok(target.join(TARGET).join(profile).join(name))
    }

    /// Makes a cargo command compile for wasm32; returns the folder that it builds into.
    fn prepare(&self, workspace: &Workspace, command: &mut Command) -> Result<PathBuf> {
        command.args(["--target", TARGET]);
        let mut target = workspace.target()?;
        if let Self::Debian { linker } = self {
            command.env("RUSTC", DEBIAN_RUSTC);
            // Building the standard library is an unstable feature; this asks for it on a stable
            // compiler.
            command.env("RUSTC_BOOTSTRAP", "1");
            command.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            // Two compilers in one folder would rebuild each other's procedural macros.
            target = target.join("web");
            command.env("CARGO_TARGET_DIR", &target);
        }
        Ok(target)
    }
}
