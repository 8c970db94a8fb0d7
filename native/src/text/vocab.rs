//! A vocabulary: read from a file, or trained on the text and kept.

use super::batch::Batch;
use super::cache::{SourceKey, name_of};
use super::choose::{HeldOut, document_hash};
use super::corpus::{Progress, Sources};
use super::documents::{Boundaries, read};
use super::endings::Packing;
use super::inputs::Source;
use crate::files::write_atomically;
use anyhow::{Context, Result, anyhow};
use electra::config::DataConfig;
use electra::tokenizer::{Tokenizer, WordCounts};
use serde::Serialize;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

/// Changes whenever the same text gives another vocabulary.
const FORMAT: u32 = 4;

/// Text that a vocabulary is trained on at most, about, in bytes; more changes little and the
/// number of different words grows with it.
const SAMPLE: u64 = 200 << 20;

/// How often a piece must occur to get into the vocabulary.
const MIN_FREQUENCY: u64 = 2;

/// What packed text is assumed to unpack to.
const PACKED: u64 = 3;

/// A trained vocabulary.
pub(crate) struct Trained {
    /// The tokenizer with it.
    pub(crate) tokenizer: Tokenizer,
    /// What a person should know about the training, such as that it saw a sample.
    pub(crate) notes: Vec<String>,
    /// What was odd about the text.
    pub(crate) warnings: Vec<String>,
}

/// Reads a `tokenizer.json`, a `vocab.txt`, or a folder with one of them.
///
/// Case and accents are as given for a `vocab.txt`; a `tokenizer.json` says itself.
///
/// # Errors
///
/// When the file cannot be read or is no tokenizer; the message names it.
pub(crate) fn read_vocab(path: &Path, lower_case: bool, strip_accents: bool) -> Result<Tokenizer> {
    if path.is_dir() {
        let found = vocab_file(path).ok_or_else(|| {
            anyhow!("there is no tokenizer.json and no vocab.txt in {}", path.display())
        })?;
        return read_vocab(&found, lower_case, strip_accents);
    }
    let bytes =
        fs::read(path).with_context(|| format!("cannot read the vocabulary {}", path.display()))?;
    let tokenizer = if path.extension().is_some_and(|it| it == "json") {
        Tokenizer::from_json(&bytes)
    } else {
        Tokenizer::from_vocab_txt(&String::from_utf8_lossy(&bytes), lower_case, strip_accents)
    };
    tokenizer.with_context(|| format!("cannot use the vocabulary {}", path.display()))
}

/// The vocabulary of a folder, if there is one.
pub(crate) fn vocab_file(folder: &Path) -> Option<PathBuf> {
    let names = ["tokenizer.json", "vocab.txt"];
    names.map(|name| folder.join(name)).into_iter().find(|path| path.is_file())
}

/// Trains a vocabulary on the training part of the text of `data`, or finds it in `cache`.
///
/// Of a text much larger than 200 MB an even share of the documents is used.
///
/// # Errors
///
/// When a file cannot be read, or there is too little text.
pub(crate) fn train_vocab(
    data: &DataConfig,
    embedded: &'static [u8],
    vocab_size: usize,
    cache: &Path,
    progress: &Progress,
) -> Result<Trained> {
    let sources = Sources::new(data, embedded)?;
    let share = sample_share(&sources.text);
    let name = name_of(&Key::new(data, &sources, vocab_size))?;
    let path = cache.join(format!("vocab-{name}.json"));
    let oddities = cache.join(format!("vocab-{name}-warnings.json"));
    let mut notes = Vec::new();
    if share < 1.0 {
        let percent = 100.0 * share;
        notes.push(format!("the vocabulary is trained on {percent:.1} % of the documents"));
    }
    if let Some(tokenizer) = fs::read(&path).ok().and_then(|it| Tokenizer::from_json(&it).ok()) {
        let warnings: Option<Vec<String>> =
            fs::read(&oddities).ok().and_then(|it| serde_json::from_slice(&it).ok());
        return Ok(Trained { tokenizer, notes, warnings: warnings.unwrap_or_default() });
    }
    let (counts, warnings) = count(data, &sources, share, progress)?;
    let (lower, strip) = (data.lower_case, data.strip_accents);
    let trained = Tokenizer::train_on_counts(&counts, vocab_size, MIN_FREQUENCY, lower, strip);
    let tokenizer = if warnings.is_empty() {
        trained?
    } else {
        trained.with_context(|| warnings.join("; "))?
    };
    // First, so that whoever finds the vocabulary finds them too.
    write_atomically(&oddities, &serde_json::to_vec(&warnings)?)?;
    write_atomically(&path, tokenizer.to_json().as_bytes())?;
    Ok(Trained { tokenizer, notes, warnings })
}

#[derive(Serialize)]
struct Key<'a> {
    format: u32,
    text: SourceKey,
    held_out_text: Option<SourceKey>,
    held_out: f64,
    boundaries: (&'a str, bool, bool),
    lower_case: bool,
    strip_accents: bool,
    vocab_size: usize,
}

impl<'a> Key<'a> {
    fn new(data: &'a DataConfig, sources: &Sources, vocab_size: usize) -> Self {
        Self {
            format: FORMAT,
            text: SourceKey::of(&sources.text),
            held_out_text: sources.held_out.as_ref().map(SourceKey::of),
            held_out: data.held_out,
            boundaries: (&data.json_field, data.file_is_document, data.line_is_document),
            lower_case: data.lower_case,
            strip_accents: data.strip_accents,
            vocab_size,
        }
    }
}

/// The share of the documents that makes a sample of the wanted size.
fn sample_share(source: &Source) -> f64 {
    let bytes: u64 = match source {
        Source::Embedded(bytes) => PACKED * bytes.len() as u64,
        Source::Files(files) => files
            .iter()
            .map(|file| if file.packing == Packing::Plain { 1 } else { PACKED } * file.bytes)
            .sum(),
    };
    if bytes <= 2 * SAMPLE { 1.0 } else { SAMPLE as f64 / bytes as f64 }
}

/// Counts the words of the training documents.
fn count(
    data: &DataConfig,
    sources: &Sources,
    share: f64,
    progress: &Progress,
) -> Result<(WordCounts, Vec<String>)> {
    let done = Arc::new(AtomicU64::new(0));
    let report = |done| progress(done, sources.bytes());
    let boundaries = Boundaries::find(data, &sources.text, &report)?;
    let held_out = match &sources.held_out {
        Some(source) => {
            let mut listed = HashSet::new();
            // What is odd about these is told when they are tokenised.
            let boundaries = Boundaries::find(data, source, &report)?;
            each_part(source, &boundaries, &done, &report, &mut |_, hash, _| {
                listed.insert(hash);
            })?;
            HeldOut::Listed(listed)
        }
        None => boundaries.held_out(data.held_out),
    };
    let sampled = HeldOut::Share(share, None);
    let mut counts = WordCounts::default();
    let mut count = |document, hash: u64, text: &str| {
        // Other bits of the hash, so that both choices have nothing to do with each other.
        if !held_out.contains(document, hash) && sampled.contains(hash.rotate_left(32), hash) {
            counts.add(text);
        }
    };
    let warnings = each_part(&sources.text, &boundaries, &done, &report, &mut count)?;
    Ok((counts, warnings))
}

/// Hands over every part of every document, with the hashes of the document and of the part, while
/// the next ones are being read; returns what was odd.
fn each_part(
    source: &Source,
    boundaries: &Boundaries,
    done: &Arc<AtomicU64>,
    report: &dyn Fn(u64),
    take: &mut dyn FnMut(u64, u64, &str),
) -> Result<Vec<String>> {
    let mut scratch = Vec::new();
    thread::scope(|scope| {
        let (send, receive) = sync_channel::<Batch>(2);
        let reader =
            scope.spawn(move || read(source, boundaries, done, &mut |it| send.send(it).is_ok()));
        for batch in receive {
            for part in batch.parts() {
                let hash = document_hash(part.text, &mut scratch);
                take(part.continues.unwrap_or(hash), hash, part.text);
            }
            report(done.load(Ordering::Relaxed));
        }
        reader.join().map_err(|_| anyhow!("the thread that reads the text died"))?
    })
}
