//! The commands to type after a run, with its own paths in them.

use super::checkpoints::Checkpoints;
use super::numbers::count;
use std::path::Path;

/// A command and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    /// What it does, in a few words.
    pub(crate) purpose: String,
    /// The command, ready to be pasted into a shell.
    pub(crate) line: String,
}

/// What to do with the run in `root`; `program` is how this program is called.
pub(crate) fn next_commands(program: &str, root: &Path, finished: bool) -> Vec<Command> {
    let run = shell_word(&root.display().to_string());
    let command = |purpose: &str, line: String| Command { purpose: purpose.to_owned(), line };
    let mut commands = Vec::new();
    if !finished {
        commands.push(command("go on with this run", format!("{program} pretrain --resume {run}")));
    }
    commands.push(command(
        "find replaced words in a text",
        format!("{program} detect --model {run} \"the chef ate the meal\""),
    ));
    if let Some((step, score)) = Checkpoints::new(root.join("checkpoints"), 1).best_measured() {
        let best = shell_word(&root.join("checkpoints/best.ckpt").display().to_string());
        let step = count(step as u64);
        commands.push(command(
            &format!("the same with the best state: that of step {step}, mean AUC {score:.3}"),
            format!("{program} detect --model {best} \"the chef ate the meal\""),
        ));
    }
    commands.push(command(
        "measure it on another text",
        format!("{program} evaluate --model {run} --text FILE"),
    ));
    commands.push(command("compare runs", format!("tensorboard --logdir {run}")));
    commands
}

/// `word` as a shell reads it back, quoted only when it must be.
pub(crate) fn shell_word(word: &str) -> String {
    let harmless =
        |character: char| character.is_ascii_alphanumeric() || "-_./=:,@%+".contains(character);
    if !word.is_empty() && word.chars().all(harmless) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_spaces_can_be_pasted() {
        assert_eq!(shell_word("runs/nano-1"), "runs/nano-1");
        assert_eq!(shell_word("my runs/it's"), r"'my runs/it'\''s'");
        assert_eq!(shell_word(""), "''");
    }

    #[test]
    fn only_an_unfinished_run_is_resumed() {
        let first = |finished| next_commands("electra", Path::new("r"), finished)[0].line.clone();
        assert_eq!(first(false), "electra pretrain --resume r");
        assert!(first(true).starts_with("electra detect --model r "));
    }
}
