//! The whole way from files to mapped examples, done once for the same text and settings.

use super::cache::{SUMMARY, SourceKey, Unfinished, name_of, touch, write_synced};
use super::inputs::Source;
use super::packing::build;
use super::shards::Shards;
use super::tokenize::Plan;
use anyhow::{Context, Result, bail};
use electra::config::DataConfig;
use electra::tokenizer::Tokenizer;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

/// Changes whenever the same text gives other files.
const FORMAT: u32 = 5;

/// Told how many bytes of how many are read.
pub(crate) type Progress<'a> = dyn Fn(u64, u64) + 'a;

/// Text ready for training.
#[derive(Debug)]
pub(crate) struct Corpus {
    /// Examples to train on.
    pub(crate) train: Shards,
    /// Examples never trained on; empty if nothing was held out.
    pub(crate) held_out: Shards,
    /// How often each id of the vocabulary occurs in the training text. Zero for `[PAD]`,
    /// `[CLS]`, `[SEP]` and `[MASK]`.
    pub(crate) unigram: Vec<u64>,
    /// What was read.
    pub(crate) stats: Stats,
    /// What was odd about the text.
    pub(crate) warnings: Vec<String>,
    identity: Identity,
}

/// What tells one prepared text from another, wherever its files lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// Examples to train on.
    pub(crate) examples: u64,
    /// Hash of these in order, 16 digits; what older versions wrote has more behind it.
    hash: String,
    /// The same of the examples held out; older versions held out other rows.
    #[serde(default)]
    held_out: Option<String>,
}

impl Identity {
    pub(super) fn new(examples: u64, hash: u64, held_out: u64) -> Self {
        let digits = |hash: u64| format!("{hash:016x}");
        Self { examples, hash: digits(hash), held_out: Some(digits(held_out)) }
    }

    /// Whether a run that keeps this would train on the rows of `now`, and be judged by them.
    pub(crate) fn is_of(&self, now: &Self) -> bool {
        let trains_alike = self.examples == now.examples && self.hash.starts_with(&now.hash);
        trains_alike && (self.held_out.is_none() || self.held_out == now.held_out)
    }
}

impl Corpus {
    /// What a run keeps to know its text again.
    pub(crate) fn identity(&self) -> Identity {
        self.identity.clone()
    }
}

/// What was read and what became of it. Tokens do not count special tokens.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stats {
    /// Bytes of text, unpacked.
    pub(crate) bytes: u64,
    /// Documents to train on; with `whole_documents`, parts of them.
    pub(crate) documents: u64,
    /// Documents held out.
    pub(crate) held_out_documents: u64,
    /// Documents of the training text that are also in the held-out files, and so left out.
    pub(crate) excluded_documents: u64,
    /// How many documents there are, if they are so few that their parts were counted and held out
    /// in their place.
    pub(crate) whole_documents: Option<u64>,
    /// Examples to train on.
    pub(crate) examples: u64,
    /// Examples held out.
    pub(crate) held_out_examples: u64,
    /// Tokens to train on.
    pub(crate) tokens: u64,
    /// Tokens held out.
    pub(crate) held_out_tokens: u64,
    /// Share of all tokens that is in an example.
    pub(crate) kept_share: f64,
}

impl Stats {
    /// What is counted as documents.
    pub(crate) fn unit(&self) -> &'static str {
        if self.whole_documents.is_some() { "parts of documents" } else { "documents" }
    }
}

/// All that decides what the files hold.
#[derive(Serialize)]
struct Key {
    format: u32,
    text: SourceKey,
    held_out_text: Option<SourceKey>,
    held_out: f64,
    json_field: String,
    file_is_document: bool,
    line_is_document: bool,
    drop_overflow: bool,
    max_seq_length: usize,
    vocabulary: u64,
    seed: u64,
}

/// The file that makes a folder a finished one.
#[derive(Serialize, Deserialize)]
pub(super) struct Summary {
    pub(super) stats: Stats,
    pub(super) identity: Identity,
    pub(super) warnings: Vec<String>,
    pub(super) unigram: Vec<u64>,
}

/// Reads, tokenises and packs the text of `data`, or finds all that in the folder `cache`.
///
/// `embedded` is the text to use when `data` names none: Zstandard, each line a document.
///
/// # Errors
///
/// When a file cannot be read or the cache not be written, or when there is no text.
pub(crate) fn prepare(
    data: &DataConfig,
    embedded: &'static [u8],
    max_seq_length: usize,
    tokenizer: &Tokenizer,
    seed: u64,
    cache: &Path,
    progress: &Progress,
) -> Result<Corpus> {
    let sources = Sources::new(data, embedded)?;
    let key = Key {
        format: FORMAT,
        text: SourceKey::of(&sources.text),
        held_out_text: sources.held_out.as_ref().map(SourceKey::of),
        held_out: data.held_out,
        json_field: data.json_field.clone(),
        file_is_document: data.file_is_document,
        line_is_document: data.line_is_document,
        drop_overflow: data.drop_overflow,
        max_seq_length,
        vocabulary: xxh3_64(tokenizer.to_json().as_bytes()),
        seed,
    };
    let folder = cache.join(name_of(&key)?);
    let vocab_size = tokenizer.vocab_size();
    if folder.is_dir() {
        if let Ok(corpus) = open(&folder, vocab_size) {
            touch(&folder);
            return Ok(corpus);
        }
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot replace the damaged cache {}", folder.display()))?;
    }
    let unfinished = Unfinished::begin(&folder)?;
    let plan = Plan { tokenizer, max_seq_length, drop_overflow: data.drop_overflow, seed };
    let summary = build(data, &sources, &plan, unfinished.path(), progress)?;
    let summary = serde_json::to_vec(&summary).context("cannot describe the text")?;
    write_synced(&unfinished.path().join(SUMMARY), &summary)?;
    unfinished.finish()?;
    open(&folder, vocab_size)
}

/// What there is to read.
pub(super) struct Sources {
    pub(super) text: Source,
    pub(super) held_out: Option<Source>,
}

impl Sources {
    pub(super) fn new(data: &DataConfig, embedded: &'static [u8]) -> Result<Self> {
        let text = Source::new(&data.text, embedded)?;
        let held_out = if data.held_out_text.is_empty() {
            None
        } else {
            Some(Source::new(&data.held_out_text, embedded)?)
        };
        Ok(Self { text, held_out })
    }

    /// Bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.text.bytes() + self.held_out.as_ref().map_or(0, Source::bytes)
    }
}

/// Opens a finished folder.
fn open(folder: &Path, vocab_size: usize) -> Result<Corpus> {
    let path = folder.join(SUMMARY);
    let summary = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let summary: Summary = serde_json::from_slice(&summary)
        .with_context(|| format!("this cache is damaged: {}", path.display()))?;
    let Summary { stats, identity, warnings, unigram } = summary;
    if unigram.len() != vocab_size {
        bail!("this cache belongs to another vocabulary: {}", path.display());
    }
    Ok(Corpus {
        train: Shards::open(folder, "train", vocab_size, stats.examples as usize)?,
        held_out: Shards::open(folder, "held_out", vocab_size, stats.held_out_examples as usize)?,
        unigram,
        stats,
        warnings,
        identity,
    })
}
