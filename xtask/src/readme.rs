//! Does the README tell the truth? Its file tree exists, and so do the commands and flags it names.

use crate::workspace::Workspace;
use crate::{Result, process};
use std::collections::BTreeSet;
use std::path::Path;

/// Fails with everything the README names that is not there.
pub(crate) fn check(workspace: &Workspace, program: &Path) -> Result {
    let path = workspace.root.join("README.md");
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("cannot read a file: {error}: {}", path.display()))?;
    let mut help = process::capture(workspace.command(program).arg("--help"))?;
    let mut wrong = Vec::new();
    for name in commands(&text) {
        match process::capture(workspace.command(program).args([&name, "--help"])) {
            Ok(more) => help.push_str(&more),
            Err(_) => wrong.push(format!("`electra {name}`")),
        }
    }
    let known = flags(&help);
    let named = flags(&text);
    wrong
        .extend(named.iter().filter(|flag| !known.contains(*flag)).map(|flag| format!("`{flag}`")));
    let missing = tree(&text).into_iter().filter(|path| !workspace.root.join(path).exists());
    wrong.extend(missing.map(|path| format!("`{path}`")));
    if wrong.is_empty() {
        println!("{} flags and {} paths are there", named.len(), tree(&text).len());
        return Ok(());
    }
    Err(format!("README.md names what does not exist: {}", wrong.join(", ")))
}

/// Subcommands: the word after `electra` in code, as in "`electra detect --model RUN`".
fn commands(text: &str) -> BTreeSet<String> {
    let words = text.match_indices("`electra ").map(|(at, found)| &text[at + found.len()..]);
    words
        .filter_map(|rest| rest.split(|letter: char| !letter.is_ascii_lowercase()).next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Long flags of `electra`; those of cargo stand in lines that begin with `cargo`.
fn flags(text: &str) -> BTreeSet<String> {
    let ours = text.lines().filter(|line| !line.contains("cargo "));
    ours.flat_map(|line| line.split(|letter: char| !letter.is_ascii_lowercase() && letter != '-'))
        .filter(|word| word.starts_with("--") && word.len() > 3 && !word.ends_with('-'))
        .map(str::to_owned)
        .collect()
}

/// Paths of the file tree: the first word of every line between "```text" and "```".
fn tree(text: &str) -> Vec<String> {
    let block = text.split_once("```text\n").map_or("", |(_, rest)| rest);
    let block = block.split_once("```").map_or("", |(block, _)| block);
    block.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "`electra detect --model RUN` and `electra --help`\n\
                        cargo run --release -- pretrain\n| `--batch-size` | rows |\n|---|---|\n\
                        ```text\ncore/  the library\ntests/golden/  numbers\n```\n";

    #[test]
    fn commands_are_words_after_the_programs_name() {
        assert_eq!(commands(TEXT), BTreeSet::from(["detect".to_owned()]));
    }

    #[test]
    fn flags_are_ours_and_not_cargos() {
        let names = ["--batch-size", "--help", "--model"].map(str::to_owned);
        assert_eq!(flags(TEXT), BTreeSet::from(names));
    }

    #[test]
    fn the_tree_is_the_first_word_of_each_line() {
        assert_eq!(tree(TEXT), ["core/", "tests/golden/"]);
    }
}
