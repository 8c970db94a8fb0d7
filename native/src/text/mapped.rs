//! Files as memory, the one thing about text that needs `unsafe`.
#![allow(unsafe_code, reason = "mapping a file is unsafe because others could change it meanwhile")]

use memmap2::Mmap;
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

/// A file's bytes, read from disk as they are looked at.
#[derive(Debug)]
pub(super) struct Mapped(Option<Mmap>);

impl Mapped {
    /// Maps a whole file.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.len() == 0 {
            return Ok(Self(None)); // nothing to map, which some systems refuse
        }
        // SAFETY: the file lies in the cache and was renamed into place when complete; nothing here
        // writes into it again: a damaged cache is removed and another file renamed into its place.
        // The bytes are only copied out as plain numbers, so no invariant hangs on them; should
        // another program cut the file short, the system ends this one.
        unsafe { Mmap::map(&file) }.map(|map| Self(Some(map)))
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}
