//! The real program in a folder of one test, with a cache of its own.
#![allow(dead_code, reason = "every test program uses its own part")]

use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than any test needs on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// The folder.
pub(crate) struct Place(TempDir);

/// A sentence of a few words; no two lines are alike for long.
pub(crate) fn sentence(line: usize) -> String {
    let words = ["the", "cat", "dog", "sees", "eats", "a", "small", "red", "fish", "house"];
    let word = |at: usize| words[(line * 7 + at * at + at * (line / 11)) % words.len()];
    (0..5 + line % 7).map(word).collect::<Vec<&str>>().join(" ")
}

/// Waits until something is there.
pub(crate) fn wait_until(what: &str, is_there: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_there() {
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What the key does, where there are signals.
pub(crate) fn press_ctrl_c(child: &Child) {
    let pid = child.id().to_string();
    Command::new("kill").args(["-INT", &pid]).status().expect("a signal");
}

impl Place {
    /// A folder with nothing in it.
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        let text = fs::read_to_string(self.path(name)).expect(name);
        serde_json::from_str(&text).expect("JSON")
    }

    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_electra"));
        command
            .current_dir(self.0.path())
            .env("XDG_CACHE_HOME", self.path("cache"))
            .args(arguments.split_whitespace());
        command
    }

    pub(crate) fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    /// Begins without a word.
    pub(crate) fn silently(&self, arguments: &str) -> Child {
        let mut command = self.command(arguments);
        let silent = command.stdout(Stdio::null()).stderr(Stdio::null());
        silent.spawn().expect("the program starts")
    }

    /// Runs and expects success.
    pub(crate) fn stdout(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`{arguments}` failed: {error}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Runs and expects one sentence and exit code 1.
    pub(crate) fn error(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "`{arguments}`: {error}");
        // Notes of what was being done may stand before it.
        let sentence = error.trim().lines().last().unwrap_or_default().to_owned();
        assert!(sentence.starts_with("electra: "), "{error}");
        assert_eq!(error.matches("electra: ").count(), 1, "{error}");
        sentence
    }
}
