//! Where things are: the workspace, the cache, and whether a machine is watching.

use crate::{Result, process};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Paths and circumstances of one invocation.
pub(crate) struct Workspace {
    /// The repository.
    pub(crate) root: PathBuf,
    /// Tools and packages that outlive a clone.
    pub(crate) cache: PathBuf,
    /// Whether this is a CI run, where nothing may be skipped silently.
    pub(crate) ci: bool,
    target: Option<PathBuf>,
}

impl Workspace {
    /// Reads the environment that `cargo run` sets.
    pub(crate) fn find() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let root = manifest
            .as_deref()
            .and_then(Path::parent)
            .ok_or("start this with `cargo xtask`, which says where the workspace is")?
            .to_owned();
        let cache = env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(env::home_dir()?.join(".cache")))
            .ok_or("no home folder is known; set XDG_CACHE_HOME to a folder for tools")?
            .join("electra");
        let ci = env::var_os("CI").is_some();
        let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        // A CI clone is thrown away, its compiled dependencies need not be. A person's clone keeps
        // cargo's own folder, which `cargo run --release` shares.
        let target = target.or_else(|| ci.then(|| cache.join("target")));
        Ok(Self { root, cache, ci, target })
    }

    /// A command that runs in the repository with the workspace's target folder.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        if let Some(target) = &self.target {
            command.env("CARGO_TARGET_DIR", target);
        }
        command
    }

    /// `cargo` with arguments.
    pub(crate) fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = self.command("cargo");
        command.args(arguments);
        command
    }

    /// The folder that cargo builds into, whatever decides it.
    pub(crate) fn target(&self) -> Result<PathBuf> {
        let metadata =
            process::capture(&mut self.cargo(["metadata", "--no-deps", "--format-version=1"]))?;
        json_string(&metadata, "target_directory")
            .map(PathBuf::from)
            .ok_or_else(|| "cargo metadata names no target folder".to_owned())
    }
}

/// The value of a string field that occurs once; enough for cargo's one-line output.
fn json_string(text: &str, field: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("\"{field}\":\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(value.replace("\\\\", "\\"))
}

/// The value of a number field that occurs once; enough for one line that a benchmark prints.
pub(crate) fn json_number(text: &str, field: &str) -> Option<f64> {
    let (_, rest) = text.split_once(&format!("\"{field}\":"))?;
    let end = rest.find([',', '}'])?;
    rest[..end].trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_and_unescaped() {
        let text = r#"{"version":1,"target_directory":"C:\\work\\target","x":"y"}"#;
        assert_eq!(json_string(text, "target_directory").as_deref(), Some("C:\\work\\target"));
        assert_eq!(json_string(text, "workspace_root"), None);
    }

    #[test]
    fn a_number_is_found_with_and_without_a_space() {
        assert_eq!(json_number(r#"{"a":1,"seconds": 0.25}"#, "seconds"), Some(0.25));
        assert_eq!(json_number(r#"{"a":1}"#, "seconds"), None);
    }
}
