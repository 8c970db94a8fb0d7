//! What each wasm file links: by cargo's own word, before anything is compiled.

use super::parts::{NOWHERE, PARTS, Part};
use crate::wasm::TARGET;
use crate::workspace::Workspace;
use crate::{Result, process};
use std::collections::BTreeSet;

/// Fails if a part links what it must not.
pub(super) fn check(workspace: &Workspace) -> Result {
    let mut wrong = Vec::new();
    for part in &PARTS {
        let tree = tree(workspace, part)?;
        let linked = packages(&tree);
        let refused = part.without.iter().chain(NOWHERE);
        let found: Vec<&str> = refused.copied().filter(|name| linked.contains(*name)).collect();
        println!("{}: {} packages", part.name, linked.len());
        if !found.is_empty() {
            wrong.push(format!("{} links {}", part.name, found.join(", ")));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

fn tree(workspace: &Workspace, part: &Part) -> Result<String> {
    let mut command = workspace.cargo(["tree", "--package", part.package, "--target", TARGET]);
    command.args(["--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    command.args(["--no-default-features", "--features", &part.features.join(",")]);
    process::capture(&mut command)
}

/// Names of the packages in the output of `cargo tree`.
fn packages(tree: &str) -> BTreeSet<&str> {
    tree.lines().filter_map(|line| line.split(' ').next()).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_the_first_word_of_its_line() {
        let tree = "electra v0.1.0 (/somewhere/burn)\nserde v1.0.0 (*)\n\n";
        assert_eq!(packages(tree), BTreeSet::from(["electra", "serde"]));
    }
}
