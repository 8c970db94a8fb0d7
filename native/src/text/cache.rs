//! Work done once: folders named by a hash of all that went into them.

use super::inputs::Source;
use crate::files::{beside, sync_folder};
use anyhow::{Context, Result};
use serde::Serialize;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// After this long, an unfinished folder belongs to a program that died.
const ABANDONED: Duration = Duration::from_hours(24);
/// Prepared text that nobody has used for so long is removed; it can be made again.
const UNUSED: Duration = Duration::from_hours(30 * 24);

/// The file that makes a folder a finished one; its time says when the folder was last used.
pub(super) const SUMMARY: &str = "corpus.json";

/// Where prepared text is kept if nobody says otherwise.
pub(crate) fn default_cache() -> PathBuf {
    let from = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    from("XDG_CACHE_HOME")
        .or_else(|| from("LOCALAPPDATA"))
        .or_else(|| from("HOME").map(|home| home.join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
        .join("electra")
}

/// Everything about a source that tells whether it changed.
#[derive(Debug, Serialize)]
pub(super) enum SourceKey {
    Files(Vec<(PathBuf, u64, u128)>),
    Embedded(u64),
}

impl SourceKey {
    pub(super) fn of(source: &Source) -> Self {
        match source {
            Source::Embedded(bytes) => Self::Embedded(xxh3_64(bytes)),
            Source::Files(files) => Self::Files(
                files
                    .iter()
                    .map(|file| {
                        let path = fs::canonicalize(&file.path);
                        let path = path.unwrap_or_else(|_| file.path.clone());
                        (path, file.bytes, file.changed)
                    })
                    .collect(),
            ),
        }
    }
}

/// The name that stands for `key`.
pub(super) fn name_of(key: &impl Serialize) -> Result<String> {
    let text = serde_json::to_vec(key).context("cannot describe the text")?;
    Ok(format!("{:032x}", xxh3_128(&text)))
}

/// A folder that gets its name when it is complete, and vanishes if it never is.
pub(super) struct Unfinished {
    path: PathBuf,
    target: PathBuf,
}

impl Unfinished {
    /// Begins a folder that is to become `target`.
    pub(super) fn begin(target: &Path) -> Result<Self> {
        remove_old(crate::files::parent(target));
        let path = beside(target);
        let _ = fs::remove_dir_all(&path); // what an earlier process with this number left
        fs::create_dir_all(&path)
            .with_context(|| format!("cannot make the cache folder {}", path.display()))?;
        Ok(Self { path, target: target.to_owned() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the folder its name. Another process that finished the same work first is fine.
    pub(super) fn finish(self) -> Result<()> {
        sync_folder(&self.path).ok();
        if let Err(error) = fs::rename(&self.path, &self.target)
            && !self.target.is_dir()
        {
            let what = format!("cannot rename into the cache {}", self.target.display());
            return Err(anyhow::Error::new(error).context(what));
        }
        sync_folder(crate::files::parent(&self.target)).ok();
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After `finish` there is nothing of this name.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Notes that a finished folder is in use.
pub(super) fn touch(folder: &Path) {
    let summary = File::options().append(true).open(folder.join(SUMMARY));
    let _ = summary.and_then(|summary| summary.set_modified(SystemTime::now()));
}

/// Removes what programs that were killed left unfinished, and what nobody uses any more.
fn remove_old(cache: &Path) {
    let Ok(entries) = fs::read_dir(cache) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let unfinished = path.extension().is_some_and(|it| it == "tmp");
        let summary = path.join(SUMMARY);
        let (dated, limit) = if unfinished { (&path, ABANDONED) } else { (&summary, UNUSED) };
        let changed = fs::metadata(dated).and_then(|about| about.modified());
        let age = changed.ok().and_then(|it| SystemTime::now().duration_since(it).ok());
        if age.is_some_and(|age| age > limit) {
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// Writes a file inside an unfinished folder and puts it on the disk.
pub(super) fn write_synced(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        use std::io::Write;
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_folder_never_has_the_final_name() {
        let cache = tempfile::tempdir().unwrap();
        let target = cache.path().join("name");
        let dropped = Unfinished::begin(&target).unwrap();
        write_synced(&dropped.path().join("a"), b"half").unwrap();
        drop(dropped);
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
        let finished = Unfinished::begin(&target).unwrap();
        write_synced(&finished.path().join("a"), b"whole").unwrap();
        assert!(!target.exists());
        finished.finish().unwrap();
        assert_eq!(fs::read(target.join("a")).unwrap(), b"whole");
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_nobody_has_used_for_a_month_makes_room() {
        let cache = tempfile::tempdir().unwrap();
        let long_ago = SystemTime::now() - UNUSED - Duration::from_hours(1);
        for name in ["used", "forgotten", "of-another-kind"] {
            fs::create_dir(cache.path().join(name)).unwrap();
        }
        for name in ["used", "forgotten"] {
            let summary = File::create(cache.path().join(name).join(SUMMARY)).unwrap();
            summary.set_modified(long_ago).unwrap();
        }
        touch(&cache.path().join("used"));
        let unfinished = Unfinished::begin(&cache.path().join("new")).unwrap();
        for (name, there) in [("used", true), ("forgotten", false), ("of-another-kind", true)] {
            assert_eq!(cache.path().join(name).exists(), there, "{name}");
        }
        drop(unfinished);
    }

    #[test]
    fn who_comes_second_finds_the_work_done() {
        let cache = tempfile::tempdir().unwrap();
        let target = cache.path().join("name");
        fs::create_dir(&target).unwrap();
        fs::write(target.join("a"), b"first").unwrap();
        let second = Unfinished::begin(&target).unwrap();
        write_synced(&second.path().join("a"), b"second").unwrap();
        second.finish().unwrap();
        assert_eq!(fs::read(target.join("a")).unwrap(), b"first");
    }
}
