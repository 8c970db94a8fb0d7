//! Lines of a packed file, one after the other, in memory that does not grow with the file.

use super::endings::Packing;
use super::inputs::InputFile;
use anyhow::{Context, Result};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Longest line kept whole, in bytes.
pub(super) const LONGEST_LINE: usize = 64 << 20;

/// How far back from there a space is looked for, so that no word is cut.
const LOOK_BACK: usize = 4096;

const BUFFER: usize = 256 << 10;

/// Unpacks `file`; `done` counts the packed bytes as they are read.
pub(super) fn open(file: &InputFile, done: &Arc<AtomicU64>) -> Result<Lines<Box<dyn Read + Send>>> {
    let context = || format!("cannot read {}", file.path.display());
    let raw = Counted { inner: File::open(&file.path).with_context(context)?, done: done.clone() };
    let raw = BufReader::with_capacity(BUFFER, raw);
    let unpacked: Box<dyn Read + Send> = match file.packing {
        Packing::Plain => Box::new(raw),
        Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(raw)),
        Packing::Zstd => Box::new(unpack_zstd(raw).with_context(context)?),
    };
    Ok(Lines::new(unpacked, LONGEST_LINE))
}

/// Unpacks a Zstandard text that is in memory.
pub(super) fn open_bytes(
    bytes: &'static [u8],
    done: &Arc<AtomicU64>,
) -> Result<Lines<Box<dyn Read + Send>>> {
    let raw = BufReader::with_capacity(BUFFER, Counted { inner: bytes, done: done.clone() });
    let unpacked = unpack_zstd(raw).context("cannot unpack the embedded text")?;
    Ok(Lines::new(Box::new(unpacked), LONGEST_LINE))
}

fn unpack_zstd<R: BufRead>(raw: R) -> io::Result<zstd::stream::read::Decoder<'static, R>> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(raw)?;
    // Files packed with `--long` or `--ultra` say so; 2 GiB is all that the format allows.
    decoder.window_log_max(31)?;
    Ok(decoder)
}

struct Counted<R> {
    inner: R,
    done: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.done.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Reads a file line by line.
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    longest: usize,
    line: Vec<u8>,
    /// What a line too long left over.
    rest: Vec<u8>,
    repaired: String,
    /// Lines so far.
    pub(super) count: u64,
    /// Bytes so far.
    pub(super) bytes: u64,
    /// Invalid UTF-8 sequences replaced, and the first line with one.
    pub(super) replaced: (u64, u64),
    /// Lines that were too long and are now several.
    pub(super) split: u64,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R, longest: usize) -> Self {
        Self {
            reader: BufReader::with_capacity(BUFFER, reader),
            longest,
            line: Vec::new(),
            rest: Vec::new(),
            repaired: String::new(),
            count: 0,
            bytes: 0,
            replaced: (0, 0),
            split: 0,
        }
    }

    /// The next line without its end; none after the last.
    pub(super) fn next(&mut self) -> io::Result<Option<&str>> {
        self.line.clear();
        self.line.append(&mut self.rest);
        let room = self.longest.saturating_sub(self.line.len()) as u64;
        let read = self.reader.by_ref().take(room).read_until(b'\n', &mut self.line)?;
        self.bytes += read as u64;
        if self.line.is_empty() {
            return Ok(None);
        }
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
        } else if self.line.len() >= self.longest {
            self.rest = self.line.split_off(cut_before_end(&self.line));
            self.split += 1;
        }
        self.count += 1;
        if self.count == 1 {
            self.check_beginning()?;
        }
        self.decode().map(Some)
    }

    /// Removes a byte order mark, and refuses the encodings that are full of zeros.
    fn check_beginning(&mut self) -> io::Result<()> {
        if self.line.starts_with(b"\xff\xfe") || self.line.starts_with(b"\xfe\xff") {
            let advice = "this file is UTF-16; convert it to UTF-8, for example with `iconv`";
            return Err(io::Error::new(io::ErrorKind::InvalidData, advice));
        }
        if self.line.starts_with(b"\xef\xbb\xbf") {
            self.line.drain(..3);
        }
        Ok(())
    }

    /// The line as text; what is no UTF-8 becomes U+FFFD, which the tokenizer leaves out.
    fn decode(&mut self) -> io::Result<&str> {
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        if std::str::from_utf8(&self.line).is_ok() {
            return std::str::from_utf8(&self.line).map_err(io::Error::other);
        }
        let broken = self.line.utf8_chunks().filter(|part| !part.invalid().is_empty()).count();
        if self.replaced.0 == 0 {
            self.replaced.1 = self.count;
        }
        self.replaced.0 += broken as u64;
        self.repaired = String::from_utf8_lossy(&self.line).into_owned();
        Ok(&self.repaired)
    }
}

/// Where to cut a line that is too long: behind a space if there is one near the end, else
/// between two characters.
fn cut_before_end(line: &[u8]) -> usize {
    let from = line.len().saturating_sub(LOOK_BACK);
    if let Some(space) = line[from..].iter().rposition(|byte| *byte == b' ') {
        return from + space + 1;
    }
    let inside = line.iter().rev().take(3).take_while(|byte| **byte & 0xC0 == 0x80).count();
    match line.len().checked_sub(inside + 1).map(|at| (at, line[at])) {
        Some((at, 0xC0..)) if at > 0 => at,
        _ => line.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], longest: usize) -> (Vec<String>, Lines<&[u8]>) {
        let mut lines = Lines::new(bytes, longest);
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push(line.to_owned());
        }
        (all, lines)
    }

    #[test]
    fn every_line_end_is_taken_off() {
        assert_eq!(read(b"one\r\n\ntwo\nthree", 100).0, ["one", "", "two", "three"]);
        assert_eq!(read(b"\xef\xbb\xbfone\n", 100).0, ["one"]);
        assert_eq!(read(b"", 100).0, [""; 0]);
    }

    #[test]
    fn invalid_bytes_are_replaced_and_counted() {
        let (all, lines) = read(b"fine\nb\xffd \xc3(\nfine\n\xff", 100);
        assert_eq!(all, ["fine", "b\u{fffd}d \u{fffd}(", "fine", "\u{fffd}"]);
        assert_eq!(lines.replaced, (3, 2));
    }

    #[test]
    fn a_line_too_long_is_split_without_losing_a_byte() {
        let text = "ab cdé fgh ijklmnopqrstuvwx日本語日本語 z";
        for longest in 6..text.len() {
            let (all, lines) = read(text.as_bytes(), longest);
            assert_eq!(all.concat(), text, "{longest}");
            assert!(lines.split > 0 && lines.replaced.0 == 0, "{longest}");
        }
        assert_eq!(read(text.as_bytes(), 100).1.split, 0);
    }

    #[test]
    fn utf_16_is_refused_with_advice() {
        let error = Lines::new(&b"\xff\xfea\0b\0"[..], 100).next().unwrap_err();
        assert!(error.to_string().contains("convert"), "{error}");
    }
}
