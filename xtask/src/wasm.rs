//! Does the core compile for the browser? With whichever compiler this machine can have.

use crate::workspace::Workspace;
use crate::{Result, process, tools};
use std::path::PathBuf;

const TARGET: &str = "wasm32-unknown-unknown";
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
        command.args(["--target", TARGET, "--no-default-features", "--features", features]);
        if let Self::Debian { linker } = self {
            command.env("RUSTC", DEBIAN_RUSTC);
            // Building the standard library is an unstable feature; this asks for it on a stable
            // compiler.
            command.env("RUSTC_BOOTSTRAP", "1");
            command.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            // Two compilers in one folder would rebuild each other's procedural macros.
            command.env("CARGO_TARGET_DIR", workspace.target()?.join("web"));
        }
        process::run(&mut command)
    }
}
