//! What a person asked to read: files, folders and globs to a list of files, each with its form.

use super::endings::{Form, KNOWN, Packing, form_and_packing, recognise};
use anyhow::{Context, Result, bail};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// What makes a name a glob.
const GLOB: [char; 3] = ['*', '?', '['];

/// One file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InputFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// How it is packed.
    pub(crate) packing: Packing,
    /// What it holds.
    pub(crate) form: Form,
    /// Bytes on disk.
    pub(crate) bytes: u64,
    /// Last change, in nanoseconds since 1970.
    pub(crate) changed: u128,
}

/// Where text comes from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// Files, in reading order.
    Files(Vec<InputFile>),
    /// A Zstandard-compressed text inside the program, each line a document.
    Embedded(&'static [u8]),
}

impl Source {
    /// The files behind `names`, which are files, folders or globs; `embedded` if there are none.
    ///
    /// Folders and globs are read in alphabetical order, and no file twice.
    ///
    /// # Errors
    ///
    /// When a name leads to no file, or to one that holds no text; the message names it.
    pub(crate) fn new(names: &[String], embedded: &'static [u8]) -> Result<Self> {
        if names.is_empty() {
            return Ok(Self::Embedded(embedded));
        }
        let mut paths = Vec::new();
        for name in names {
            expand(name, &mut paths)?;
        }
        let mut seen = HashSet::new();
        let mut files = Vec::new();
        for path in paths {
            let real = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            if seen.insert(real) {
                files.push(InputFile::new(path)?);
            }
        }
        Ok(Self::Files(files))
    }

    /// Bytes to read, as they lie on disk.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::Files(files) => files.iter().map(|file| file.bytes).sum(),
            Self::Embedded(bytes) => bytes.len() as u64,
        }
    }
}

impl InputFile {
    /// A file by its name.
    fn new(path: PathBuf) -> Result<Self> {
        let about =
            fs::metadata(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if !about.is_file() {
            bail!(
                "this is a pipe or a device, and text is read more than once; write it to a file \
                 first: {}",
                path.display()
            );
        }
        let changed = about.modified().ok().and_then(|it| it.duration_since(UNIX_EPOCH).ok());
        let (form, packing) = form_and_packing(&path)?;
        let changed = changed.map_or(0, |it| it.as_nanos());
        Ok(Self { packing, form, bytes: about.len(), changed, path })
    }
}

/// A file, folder or glob by a name that means the same in every folder.
pub(crate) fn absolute(name: &str) -> String {
    let path = Path::new(name);
    let is_glob = !path.exists() && name.contains(GLOB);
    if !is_glob || path.is_absolute() {
        return absolute_path(name);
    }
    let Ok(here) = std::env::current_dir() else { return name.to_owned() };
    // What looks like a pattern in the folder's own name is none.
    let Some(here) = here.to_str().map(glob::Pattern::escape) else { return name.to_owned() };
    Path::new(&here).join(name).display().to_string()
}

/// A file by a name that means the same in every folder.
pub(crate) fn absolute_path(name: &str) -> String {
    let absolute = std::path::absolute(name).ok();
    absolute.as_deref().and_then(Path::to_str).unwrap_or(name).to_owned()
}

/// Appends the files that `name` stands for.
fn expand(name: &str, paths: &mut Vec<PathBuf>) -> Result<()> {
    let path = Path::new(name);
    if path.is_dir() {
        return expand_folder(path, paths);
    }
    if path.exists() {
        paths.push(path.to_owned());
        return Ok(());
    }
    if !name.contains(GLOB) {
        bail!("there is no file or folder {name}");
    }
    let matches = glob::glob(name).with_context(|| format!("this is not a glob: {name}"))?;
    let before = paths.len();
    for found in matches {
        let found = found.with_context(|| format!("cannot read what matches {name}"))?;
        if found.is_dir() {
            collect(&found, paths)?;
        } else {
            paths.push(found);
        }
    }
    if paths.len() == before {
        bail!("no file matches {name}");
    }
    Ok(())
}

fn expand_folder(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    let before = paths.len();
    collect(folder, paths)?;
    if paths.len() == before {
        bail!(
            "no file in this folder ends in {KNOWN}; name the files or give a glob: {}",
            folder.display()
        );
    }
    Ok(())
}

/// Appends the files with known endings in `folder` and below, in alphabetical order.
///
/// Links to folders are not followed: they may lead in a circle.
fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    let context = || format!("cannot read the folder {}", folder.display());
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .with_context(context)?;
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if entry.file_type().with_context(context)?.is_dir() {
            collect(&path, paths)?;
        } else if path.is_file() && recognise(&path).is_some() {
            paths.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"text").unwrap();
        }
        folder
    }

    fn names(folder: &tempfile::TempDir, asked: &[&str]) -> Result<Vec<String>> {
        let asked: Vec<String> =
            asked.iter().map(|it| folder.path().join(it).display().to_string()).collect();
        match Source::new(&asked, b"")? {
            Source::Files(files) => Ok(files
                .iter()
                .map(|it| it.path.strip_prefix(folder.path()).unwrap().display().to_string())
                .collect()),
            Source::Embedded(_) => bail!("embedded"),
        }
    }

    #[test]
    fn folders_give_known_endings_in_order_and_globs_what_matches() {
        let folder = folder_with(&["b.txt", "a/z.jsonl.gz", "a/y.txt.zst", "c.md", "d.txt.bak"]);
        assert_eq!(names(&folder, &["."]).unwrap(), ["a/y.txt.zst", "a/z.jsonl.gz", "b.txt"]);
        assert_eq!(names(&folder, &["*.md", "b.txt"]).unwrap(), ["c.md", "b.txt"]);
    }

    #[test]
    fn a_file_without_text_is_refused_by_its_name_and_passed_over_in_a_folder() {
        let folder = folder_with(&["a.TXT", "b.ndjson", "c.zip"]);
        assert_eq!(names(&folder, &["."]).unwrap(), ["a.TXT", "b.ndjson"]);
        for asked in ["c.zip", "*"] {
            let error = names(&folder, &[asked]).unwrap_err().to_string();
            assert!(error.contains("`.zip` files are not read"), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_refused_before_it_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        std::os::unix::fs::symlink(&pipe, folder.path().join("link")).unwrap();
        for asked in ["pipe", "link", "p*e"] {
            let error = names(&folder, &[asked]).unwrap_err().to_string();
            assert!(error.contains("this is a pipe") && error.contains("a file first"), "{error}");
        }
    }

    #[test]
    fn no_file_is_read_twice() {
        let folder = folder_with(&["a.txt", "b.txt"]);
        assert_eq!(names(&folder, &["b.txt", "*.txt", "."]).unwrap(), ["b.txt", "a.txt"]);
    }

    #[test]
    fn what_is_not_there_is_named() {
        let folder = folder_with(&["c.md"]);
        for (asked, said) in
            [("none.txt", "none.txt"), ("*.txt", "no file matches"), (".", "`.jsonl`")]
        {
            let error = names(&folder, &[asked]).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn an_absolute_glob_matches_what_the_relative_one_did() {
        // Tests run in the folder of the crate.
        let relative = Source::new(&["src/t*/inputs.rs".to_owned()], b"").unwrap();
        let absolute = Source::new(&[absolute("src/t*/inputs.rs")], b"").unwrap();
        assert!(absolute.bytes() > 0 && absolute.bytes() == relative.bytes());
        assert!(Path::new(&absolute_path("src")).is_absolute());
    }
}
