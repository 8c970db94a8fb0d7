//! A place where a task's files are: a folder, or the zip file that one downloads.

use anyhow::{Context, Result, anyhow, bail};
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// A file that was read.
pub(super) struct Text {
    /// How messages call it.
    pub(super) name: String,
    /// Its contents, without a byte order mark.
    pub(super) text: String,
}

/// Where the files of one task are.
pub(super) struct Bundle {
    /// The folder or zip file.
    pub(super) place: PathBuf,
    packed: bool,
    /// Paths inside.
    files: Vec<String>,
}

impl Bundle {
    /// The files directly in a folder, or all in a zip file.
    pub(super) fn open(place: &Path) -> Result<Self> {
        let context = || format!("cannot read {}", place.display());
        let packed = !place.is_dir();
        let mut files = if packed {
            let archive = unpack(place)?;
            let names = archive.file_names().map(|name| Ok(name?.into_owned()));
            names.collect::<Result<Vec<String>>>().with_context(context)?
        } else {
            let mut names = Vec::new();
            for entry in fs::read_dir(place).with_context(context)? {
                let entry = entry.with_context(context)?;
                // A folder called `train` is no file of that name.
                if !entry.path().is_dir() {
                    names.push(entry.file_name().to_string_lossy().into_owned());
                }
            }
            names
        };
        // The shallowest of several of the same name is the one meant.
        files.sort_by_key(|name| (name.matches('/').count(), name.clone()));
        Ok(Self { place: place.to_owned(), packed, files })
    }

    /// Names of the files, without folders.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|path| base(path)).filter(|name| !name.is_empty())
    }

    /// Whether one of `names` is here.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.find(names).is_some()
    }

    /// The first of `names` that is here, upper or lower case, packed or not.
    pub(super) fn read(&self, names: &[&str]) -> Result<Option<Text>> {
        self.find(names).map(|path| self.load(path)).transpose()
    }

    /// The first of `names`, which must be here.
    pub(super) fn need(&self, names: &[&str]) -> Result<Text> {
        self.read(names)?.ok_or_else(|| {
            anyhow!("there is no {} in {}", names.join(" or "), self.place.display())
        })
    }

    fn find(&self, names: &[&str]) -> Option<&str> {
        let find = |name| self.files.iter().find(|path| is_called(base(path), name));
        names.iter().find_map(|name| find(name)).map(String::as_str)
    }

    fn load(&self, path: &str) -> Result<Text> {
        if !self.packed {
            return read_text(&self.place.join(path));
        }
        let name = format!("{}/{path}", self.place.display());
        let context = || format!("cannot read {name}");
        let mut archive = unpack(&self.place)?;
        let mut bytes = Vec::new();
        archive
            .by_name(path)
            .with_context(context)?
            .read_to_end(&mut bytes)
            .with_context(context)?;
        let bytes = inflate(path, bytes).with_context(context)?;
        decode(name, bytes)
    }
}

/// Whether a file has this name, upper or lower case, packed or not.
pub(super) fn is_called(found: &str, name: &str) -> bool {
    [found, bare(found)].iter().any(|found| found.eq_ignore_ascii_case(name))
}

/// A name without the ending of what packed the file.
pub(super) fn bare(name: &str) -> &str {
    name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name)
}

/// The part of a path behind its folders.
fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn unpack(place: &Path) -> Result<ZipArchive<BufReader<File>>> {
    let file = File::open(place).with_context(|| format!("cannot read {}", place.display()))?;
    ZipArchive::new(BufReader::new(file))
        .with_context(|| format!("this is no zip file: {}", place.display()))
}

/// Reads a UTF-8 text, also `.gz` and `.zst`.
pub(super) fn read_text(path: &Path) -> Result<Text> {
    let name = path.display().to_string();
    let context = || format!("cannot read {name}");
    let bytes = fs::read(path).with_context(context)?;
    let bytes = inflate(&name, bytes).with_context(context)?;
    decode(name, bytes)
}

fn inflate(name: &str, packed: Vec<u8>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match Path::new(name).extension().and_then(|ending| ending.to_str()) {
        Some("gz") => flate2::read::MultiGzDecoder::new(&packed[..]).read_to_end(&mut bytes)?,
        Some("zst") => zstd::stream::read::Decoder::new(&packed[..])?.read_to_end(&mut bytes)?,
        _ => return Ok(packed),
    };
    Ok(bytes)
}

/// Labels must not be guessed at: unlike running text, tables with broken letters are refused.
fn decode(name: String, bytes: Vec<u8>) -> Result<Text> {
    match String::from_utf8(bytes) {
        Ok(text) => {
            let text = match text.strip_prefix('\u{feff}') {
                Some(rest) => rest.to_owned(),
                None => text,
            };
            Ok(Text { name, text })
        }
        Err(error) => {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = good.split(|byte| *byte == b'\n').count();
            bail!(
                "this is no UTF-8 text; convert it, for example with `iconv`: {name}, line {line}"
            )
        }
    }
}
