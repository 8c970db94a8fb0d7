//! The build's id and the list of files.

use super::{MANIFEST, Result, Site};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Stands for the build's id in sources.
pub const BUILD_MARK: &str = "__BUILD__";
/// Hexadecimal digits of the id.
const DIGITS: usize = 16;
/// Kinds of files in which the mark is replaced.
const STAMPED: [&str; 3] = [".html", ".js", ".css"];

/// `manifest.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Id of the program's part of the page; the same for every model.
    pub build: String,
    /// Every other file.
    pub files: Vec<ManifestFile>,
}

/// One file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Below the page's folder.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Of its contents, in hexadecimal.
    pub sha256: String,
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Site {
    /// Gives the page its id, a hash of all files, and writes it where the mark stands.
    ///
    /// # Errors
    ///
    /// When a page, script or style is no text.
    pub fn stamp(&mut self) -> Result<String> {
        let mut all = String::new();
        for (path, bytes) in self.files() {
            let _ = writeln!(all, "{path} {}", sha256(bytes));
        }
        let build = sha256(all.as_bytes())[..DIGITS].to_owned();
        let stamped = |path: &&str| STAMPED.iter().any(|end| path.ends_with(end));
        let paths: Vec<String> =
            self.files().map(|(path, _)| path).filter(stamped).map(str::to_owned).collect();
        for path in paths {
            let text = self.text(&path)?.replace(BUILD_MARK, &build);
            self.put(&path, text);
        }
        Ok(build)
    }

    /// The id of a page that was built: its engines must be of the same build.
    ///
    /// # Errors
    ///
    /// When `worker.js` carries none.
    pub fn build(&self) -> Result<String> {
        let worker = self.text("worker.js")?;
        let id = worker
            .split_once("const BUILD = \"")
            .and_then(|(_, rest)| Some(rest.split_once('"')?.0.to_owned()));
        id.ok_or_else(|| "worker.js does not say which build it is".to_owned())
    }

    /// Lists all files in `manifest.json`.
    ///
    /// # Errors
    ///
    /// Never, for the list is plain data.
    pub fn list(&mut self, build: &str) -> Result {
        let file = |(path, bytes): (&str, &[u8])| ManifestFile {
            path: path.to_owned(),
            bytes: bytes.len() as u64,
            sha256: sha256(bytes),
        };
        let files = self.files().filter(|(path, _)| *path != MANIFEST).map(file).collect();
        let manifest = Manifest { build: build.to_owned(), files };
        let text = serde_json::to_string_pretty(&manifest).map_err(|error| error.to_string())?;
        self.put(MANIFEST, text + "\n");
        Ok(())
    }
}
