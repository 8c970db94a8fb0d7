//! The page as a folder of static files: put together in memory, stamped, listed, written.
//!
//! Used where the page is built and where the program writes it around another model.

mod models;
mod stamp;

pub use models::{Model, model_files, records};
pub use stamp::{BUILD_MARK, Manifest, ManifestFile, sha256};

use electra::protocol::Trace;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What went wrong, in one sentence.
pub type Result<T = ()> = std::result::Result<T, String>;

/// The list of all other files.
pub const MANIFEST: &str = "manifest.json";
/// The list of shipped models.
pub const MODELS: &str = "models.json";
/// The page itself.
pub const INDEX: &str = "index.html";

/// Largest file that every static host takes, in bytes.
pub const LARGEST_FILE: usize = 25 << 20;

/// Where the precomputed traces begin and end in the page.
const TRACES: (&str, &str) = (r#"<script type="application/json" id="traces">"#, "</script>");

/// Files by their path below the page's folder, with `/` between folders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Site {
    files: BTreeMap<String, Vec<u8>>,
}

impl Site {
    /// Reads a page that was built.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or is not as its manifest says.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(MANIFEST);
        let manifest: Manifest = serde_json::from_slice(&read(&path)?).map_err(|error| {
            format!("cannot use the list of files: {error}: {}", path.display())
        })?;
        let mut site = Self::default();
        for file in &manifest.files {
            let path = folder.join(&file.path);
            let bytes = read(&path)?;
            if sha256(&bytes) != file.sha256 {
                return Err(format!(
                    "this file was changed after the page was built; build it again: {}",
                    path.display()
                ));
            }
            site.put(&file.path, bytes);
        }
        Ok(site)
    }

    /// Adds or replaces a file.
    pub fn put(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path.to_owned(), bytes.into());
    }

    /// A file's contents.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// All files in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// Files that some static hosts refuse, and their sizes in bytes.
    pub fn too_large(&self) -> impl Iterator<Item = (&str, usize)> {
        let sizes = self.files().map(|(path, bytes)| (path, bytes.len()));
        sizes.filter(|&(_, size)| size > LARGEST_FILE)
    }

    fn text(&self, path: &str) -> Result<String> {
        let bytes = self.get(path).ok_or_else(|| format!("the page has no `{path}`"))?;
        String::from_utf8(bytes.to_vec()).map_err(|_| format!("`{path}` is not UTF-8"))
    }

    /// The page before its precomputed traces, they, and the page after them.
    fn around_traces(&self) -> Result<[String; 3]> {
        let page = self.text(INDEX)?;
        let (begin, end) = TRACES;
        let parts = page.split_once(begin).and_then(|(before, rest)| {
            let (json, after) = rest.split_once(end)?;
            Some([before, json, after].map(str::to_owned))
        });
        parts.ok_or_else(|| "index.html has no element `traces`".to_owned())
    }

    /// The precomputed traces in the page.
    ///
    /// # Errors
    ///
    /// When the page has no place for them, or something else stands there.
    pub fn traces(&self) -> Result<Vec<Trace>> {
        let [_, json, _] = self.around_traces()?;
        serde_json::from_str(&json).map_err(|error| format!("index.html holds no traces: {error}"))
    }

    /// Puts precomputed traces into the page, and the first of them before everybody's eyes.
    ///
    /// # Errors
    ///
    /// When the page has no place for them.
    pub fn set_traces(&mut self, traces: &[Trace]) -> Result {
        let [before, _, after] = self.around_traces()?;
        let (begin, end) = TRACES;
        let json = serde_json::to_string(traces).map_err(|error| error.to_string())?;
        // Nothing in a text may end the element.
        let json = json.replace('<', "\\u003c");
        let page = format!("{before}{begin}{json}{end}{after}");
        // The first of them can be seen before any script has run.
        self.put(INDEX, electra_view::cold::fill(&page, traces));
        Ok(())
    }

    /// Removes all files whose paths begin with `prefix`.
    pub fn remove_below(&mut self, prefix: &str) {
        self.files.retain(|path, _| !path.starts_with(prefix));
    }

    /// Leaves out the lines that only Trunk reads.
    ///
    /// # Errors
    ///
    /// When there is no page.
    pub fn remove_trunk_lines(&mut self) -> Result {
        let page = self.text(INDEX)?;
        let kept: Vec<&str> = page.lines().filter(|line| !line.contains("data-trunk")).collect();
        self.put(INDEX, kept.join("\n") + "\n");
        Ok(())
    }

    /// Writes all files and their list, so that `folder` is either the old page or the new one.
    ///
    /// # Errors
    ///
    /// When a file cannot be written, or `folder` holds something that is no page.
    pub fn write(&self, folder: &Path) -> Result {
        refuse_foreign(folder)?;
        let failed = |error: std::io::Error, path: &Path| {
            format!("cannot write the page: {error}: {}", path.display())
        };
        let temporary = sibling(folder, "new");
        let _ = fs::remove_dir_all(&temporary);
        for (path, bytes) in self.files() {
            let path = temporary.join(path);
            let parent = path.parent().unwrap_or(&temporary);
            fs::create_dir_all(parent).map_err(|error| failed(error, parent))?;
            fs::write(&path, bytes).map_err(|error| failed(error, &path))?;
        }
        let old = sibling(folder, "old");
        let _ = fs::remove_dir_all(&old);
        if folder.exists() {
            fs::rename(folder, &old).map_err(|error| failed(error, folder))?;
        }
        fs::rename(&temporary, folder).map_err(|error| failed(error, folder))?;
        let _ = fs::remove_dir_all(&old);
        Ok(())
    }
}

/// A folder with something in it that is no page is somebody's; it is not replaced.
fn refuse_foreign(folder: &Path) -> Result {
    let is_empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !folder.exists(),
    };
    if is_empty || folder.join(MANIFEST).is_file() {
        return Ok(());
    }
    Err(format!("this folder holds something else than a page; name another: {}", folder.display()))
}

fn sibling(folder: &Path, what: &str) -> std::path::PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{what}.{}", std::process::id()));
    folder.with_file_name(name)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("cannot read a file: {error}: {}", path.display()))
}

#[cfg(test)]
mod tests;
