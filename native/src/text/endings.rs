//! What the endings of a file's name say: how its bytes are packed, and what they mean. Upper and
//! lower case are the same.

use anyhow::{Result, bail};
use std::path::Path;

/// Endings that are read from folders.
pub(super) const KNOWN: &str = "`.txt`, `.jsonl` and `.ndjson`, each also `.gz` or `.zst`";

/// Endings whose bytes are no text: read as such they would be trained on as noise.
const NO_TEXT: [&str; 22] = [
    "7z", "arrow", "bz2", "doc", "docx", "epub", "feather", "lz4", "lzma", "mobi", "odt",
    "parquet", "pdf", "pptx", "rar", "tar", "tgz", "xls", "xlsx", "xz", "zip", "zstd",
];

/// How the bytes of a file are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// As they are.
    Plain,
    /// gzip, of one or more members.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// What the unpacked bytes mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Lines of text.
    Text,
    /// One JSON object a line.
    JsonLines,
}

/// Form and packing of a file whose ending is known.
pub(super) fn recognise(path: &Path) -> Option<(Form, Packing)> {
    let (inner, packing) = endings(path);
    match inner?.as_str() {
        "txt" => Some((Form::Text, packing)),
        "jsonl" | "ndjson" => Some((Form::JsonLines, packing)),
        _ => None,
    }
}

/// Form and packing of a file that somebody asked for; an unknown ending is read as text.
///
/// # Errors
///
/// When the ending says that there is no text in it.
pub(super) fn form_and_packing(path: &Path) -> Result<(Form, Packing)> {
    let (inner, packing) = endings(path);
    if let Some(ending) = inner.filter(|it| NO_TEXT.contains(&it.as_str())) {
        bail!("`.{ending}` files are not read; give text as {KNOWN}: {}", path.display());
    }
    Ok(recognise(path).unwrap_or((Form::Text, packing)))
}

/// The ending in front of that of the packing, and the packing.
fn endings(path: &Path) -> (Option<String>, Packing) {
    let outer = ending(path);
    let packing = match outer.as_deref() {
        Some("gz") => Packing::Gzip,
        Some("zst") => Packing::Zstd,
        _ => return (outer, Packing::Plain),
    };
    (path.file_stem().map(Path::new).and_then(ending), packing)
}

fn ending(path: &Path) -> Option<String> {
    path.extension()?.to_str().map(str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_tell_form_and_packing() {
        let of = |name: &str| recognise(Path::new(name));
        assert_eq!(of("a.txt"), Some((Form::Text, Packing::Plain)));
        assert_eq!(of("x/a.b.jsonl.zst"), Some((Form::JsonLines, Packing::Zstd)));
        assert_eq!(of("a.ndjson.gz"), Some((Form::JsonLines, Packing::Gzip)));
        assert_eq!(of("a.gz"), None);
        assert_eq!(of(".txt"), None);
    }

    #[test]
    fn case_means_nothing_in_an_ending() {
        for name in ["A.TXT", "a.JsonL", "a.Txt.GZ", "a.NDJSON.Zst"] {
            assert_eq!(recognise(Path::new(name)), recognise(Path::new(&name.to_lowercase())));
            assert!(recognise(Path::new(name)).is_some(), "{name}");
        }
    }

    #[test]
    fn what_holds_no_text_is_refused_with_what_does() {
        for (name, said) in [
            ("books.zip", "`.zip` files"),
            ("x/a.PARQUET", "`.parquet` files"),
            ("a.txt.bz2", "`.bz2` files"),
            ("all.tar.gz", "`.tar` files"),
            ("all.tgz", "`.tgz` files"),
        ] {
            let error = form_and_packing(Path::new(name)).unwrap_err().to_string();
            for part in [said, name, "`.txt`", "`.jsonl`", "`.gz`"] {
                assert!(error.contains(part), "{error}");
            }
        }
    }

    #[test]
    fn an_unknown_ending_is_text() {
        for (name, packing) in [
            ("a.md", Packing::Plain),
            ("a.html", Packing::Plain),
            ("zip", Packing::Plain),
            ("a.gz", Packing::Gzip),
            ("a.md.zst", Packing::Zstd),
        ] {
            assert_eq!(form_and_packing(Path::new(name)).unwrap(), (Form::Text, packing), "{name}");
        }
    }
}
