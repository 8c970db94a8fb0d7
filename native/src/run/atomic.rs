//! Files that are either whole or not there.

use anyhow::{Context, Result};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Writes `bytes` to `path` so that a reader, or a program killed on the way, finds the old file
/// or the new one and nothing in between.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        // Makes the new name itself survive a power failure.
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    };
    write()
        .inspect_err(|_| {
            // The half-written file helps nobody; failing to remove it changes nothing.
            let _ = fs::remove_file(&temporary);
        })
        .with_context(|| format!("cannot write this file: {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("deeper/file");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_failure_names_the_file_and_leaves_the_old_one() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join("taken/inside")).unwrap();
        let error = write_atomically(&home.path().join("taken"), b"x").unwrap_err();
        assert!(format!("{error:#}").contains("taken"), "{error:#}");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }
}
