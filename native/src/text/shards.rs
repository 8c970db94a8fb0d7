//! Tokenised examples on disk: written once, one behind the other, then mapped into memory.
//!
//! Three files: token ids (two bytes each when the vocabulary allows, else four), the offset of
//! every example and of the end (eight bytes), and the length of every first segment (four).
//! All numbers are little-endian.

use super::mapped::Mapped;
use anyhow::{Context, Result, bail};
use electra::examples::{Example, Examples};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use xxhash_rust::xxh3::Xxh3;

/// Largest vocabulary whose ids take two bytes.
const NARROW: usize = 1 << 16;

fn id_bytes(vocab_size: usize) -> usize {
    if vocab_size <= NARROW { 2 } else { 4 }
}

/// Writes examples one after the other.
pub(super) struct ShardWriter {
    ids: BufWriter<File>,
    offsets: BufWriter<File>,
    first_segments: BufWriter<File>,
    id_bytes: usize,
    tokens: u64,
    examples: u64,
    /// One example's ids as they are written.
    row: Vec<u8>,
    hash: Xxh3,
}

/// What a [`ShardWriter`] wrote.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) examples: u64,
    /// A hash of all examples in order.
    pub(super) hash: u64,
}

impl ShardWriter {
    /// Makes the files `NAME.*` in `folder`.
    pub(super) fn create(folder: &Path, name: &str, vocab_size: usize) -> Result<Self> {
        let create = |ending: &str| -> Result<BufWriter<File>> {
            let path = folder.join(format!("{name}.{ending}"));
            let file =
                File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
            Ok(BufWriter::with_capacity(1 << 20, file))
        };
        let mut writer = Self {
            ids: create("ids")?,
            offsets: create("offsets")?,
            first_segments: create("first")?,
            id_bytes: id_bytes(vocab_size),
            tokens: 0,
            examples: 0,
            row: Vec::new(),
            hash: Xxh3::new(),
        };
        writer.offsets.write_all(&0_u64.to_le_bytes())?;
        Ok(writer)
    }

    pub(super) fn push(&mut self, example: &Example) -> Result<()> {
        self.row.clear();
        for id in &example.ids {
            self.row.extend_from_slice(&id.to_le_bytes()[..self.id_bytes]);
        }
        self.tokens += example.ids.len() as u64;
        self.examples += 1;
        let (end, first) =
            (self.tokens.to_le_bytes(), (example.first_segment as u32).to_le_bytes());
        self.ids.write_all(&self.row)?;
        self.offsets.write_all(&end)?;
        self.first_segments.write_all(&first)?;
        for part in [&self.row[..], &end, &first] {
            self.hash.update(part);
        }
        Ok(())
    }

    /// Puts everything on the disk.
    pub(super) fn finish(self) -> Result<Written> {
        for writer in [self.ids, self.offsets, self.first_segments] {
            writer.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        }
        Ok(Written { examples: self.examples, hash: self.hash.digest() })
    }
}

/// Examples in mapped files: read at random, never all in memory.
#[derive(Debug)]
pub(crate) struct Shards {
    ids: Mapped,
    offsets: Mapped,
    first_segments: Mapped,
    id_bytes: usize,
    len: usize,
}

impl Shards {
    /// Opens what a [`ShardWriter`] finished, and checks that nothing is cut off.
    pub(super) fn open(folder: &Path, name: &str, vocab_size: usize, len: usize) -> Result<Self> {
        let map = |ending: &str| {
            let path = folder.join(format!("{name}.{ending}"));
            Mapped::open(&path).with_context(|| format!("cannot read {}", path.display()))
        };
        let shards = Self {
            ids: map("ids")?,
            offsets: map("offsets")?,
            first_segments: map("first")?,
            id_bytes: id_bytes(vocab_size),
            len,
        };
        let complete = shards.offsets.len() == 8 * (len + 1)
            && shards.first_segments.len() == 4 * len
            && shards.ids.len() == shards.offset(len) * shards.id_bytes;
        if !complete {
            bail!("these examples are damaged: {}", folder.join(name).display());
        }
        Ok(shards)
    }

    fn offset(&self, index: usize) -> usize {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.offsets[8 * index..][..8]);
        u64::from_le_bytes(bytes) as usize
    }
}

impl Examples for Shards {
    fn len(&self) -> usize {
        self.len
    }

    fn tokens(&self, index: usize) -> usize {
        self.offset(index + 1) - self.offset(index)
    }

    fn get(&self, index: usize) -> Example {
        let range = self.offset(index) * self.id_bytes..self.offset(index + 1) * self.id_bytes;
        let ids = self.ids[range]
            .chunks_exact(self.id_bytes)
            .map(|id| id.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte)))
            .collect();
        let mut first = [0; 4];
        first.copy_from_slice(&self.first_segments[4 * index..][..4]);
        Example { ids, first_segment: u32::from_le_bytes(first) as usize }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples() -> Vec<Example> {
        (1..40)
            .map(|n| Example { ids: (7 * n..8 * n).collect(), first_segment: n as usize / 2 })
            .collect()
    }

    #[test]
    fn what_is_written_is_read_with_narrow_and_wide_ids() {
        for vocab_size in [320, NARROW, NARROW + 1] {
            let folder = tempfile::tempdir().unwrap();
            let mut writer = ShardWriter::create(folder.path(), "train", vocab_size).unwrap();
            for example in examples() {
                writer.push(&example).unwrap();
            }
            let len = writer.finish().unwrap().examples as usize;
            let shards = Shards::open(folder.path(), "train", vocab_size, len).unwrap();
            let read: Vec<Example> = (0..shards.len()).map(|index| shards.get(index)).collect();
            assert_eq!(read, examples());
            assert_eq!(shards.tokens(3), examples()[3].ids.len());
            assert_eq!(shards.id_bytes, if vocab_size > NARROW { 4 } else { 2 });
        }
    }

    #[test]
    fn a_cut_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = ShardWriter::create(folder.path(), "train", 500).unwrap();
        for example in examples() {
            writer.push(&example).unwrap();
        }
        let len = writer.finish().unwrap().examples as usize;
        let file = File::options().write(true).open(folder.path().join("train.ids")).unwrap();
        file.set_len(100).unwrap();
        assert!(Shards::open(folder.path(), "train", 500, len).is_err());
    }

    #[test]
    fn no_examples_are_no_error() {
        let folder = tempfile::tempdir().unwrap();
        ShardWriter::create(folder.path(), "held_out", 500).unwrap().finish().unwrap();
        let shards = Shards::open(folder.path(), "held_out", 500, 0).unwrap();
        assert!(shards.is_empty());
    }
}
