//! Files as memory: the one place that needs `unsafe`.
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
        // SAFETY: the file lies in the cache, was renamed into place when complete, and nothing
        // here ever writes to it again; a rebuilt cache has another name. The bytes are only read
        // as numbers, so even a change by somebody else could not break an invariant.
        unsafe { Mmap::map(&file) }.map(|map| Self(Some(map)))
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}
