//! Files that are either whole or not there.

use anyhow::{Context, Result};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes `bytes` to `path` so that a reader, or a program killed on the way, finds the old file
/// or the new one and nothing in between.
///
/// # Errors
///
/// When the folder cannot be made or written to; the message names the file.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = parent(path);
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let temporary = beside(path);
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        sync_folder(folder)
    };
    write().map_err(|error| {
        // The half-written file helps nobody; failing to remove it changes nothing.
        let _ = fs::remove_file(&temporary);
        anyhow::Error::new(error).context(format!("cannot write {}", path.display()))
    })
}

/// Gives the finished folder `new` the name `path`; an older folder of that name is removed.
///
/// A program killed on the way leaves the new folder, the old one or none, but never a part.
///
/// # Errors
///
/// When the folder cannot be renamed; the message names it.
pub(crate) fn replace_folder(new: &Path, path: &Path) -> Result<()> {
    remove_folder(path)?;
    fs::rename(new, path)
        .and_then(|()| sync_folder(parent(path)))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Removes the folder `path`, if it is there, at once as far as readers can tell.
///
/// # Errors
///
/// When the folder cannot be renamed; the message names it.
pub(crate) fn remove_folder(path: &Path) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".old");
    let old = beside(&path.with_file_name(name));
    let _ = fs::remove_dir_all(&old); // what an earlier attempt left
    fs::rename(path, &old)
        .and_then(|()| sync_folder(parent(path)))
        .with_context(|| format!("cannot remove the folder {}", path.display()))?;
    // Under this name it costs space, nothing else.
    let _ = fs::remove_dir_all(&old);
    Ok(())
}

/// A name beside `path` for what is not finished; of this process only.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}

/// The folder that holds `path`.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes a rename in `folder` survive a power failure, where the system can.
///
/// # Errors
///
/// When the folder cannot be synchronised.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/file.json");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(parent(&path)).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_is_replaced_whole_and_nothing_is_left_beside_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("network");
        for (old, new) in [("none", "first"), ("first", "second")] {
            let unfinished = beside(&path);
            write_atomically(&unfinished.join(new), b"weights").unwrap();
            replace_folder(&unfinished, &path).unwrap();
            assert!(path.join(new).is_file() && !path.join(old).exists());
            assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
        }
        remove_folder(&path).unwrap();
        remove_folder(&path).unwrap();
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_failure_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), b"").unwrap();
        let error = write_atomically(&folder.path().join("file/inside"), b"").unwrap_err();
        assert!(format!("{error:#}").contains("file"), "{error:#}");
    }
}
