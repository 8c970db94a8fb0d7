//! The whole way from files to mapped examples, done once for the same text and settings.

use super::cache::{SourceKey, Unfinished, name_of, write_synced};
use super::choose::HeldOut;
use super::documents::Boundaries;
use super::inputs::Source;
use super::shards::{ShardWriter, Shards};
use super::tokenize::{Plan, Side, tokenize};
use anyhow::{Context, Result, bail};
use electra::config::DataConfig;
use electra::tokenizer::Tokenizer;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use xxhash_rust::xxh3::xxh3_64;

/// Changes whenever the same text gives other files.
const FORMAT: u32 = 2;

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
}

/// What was read and what became of it. Tokens do not count special tokens.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stats {
    /// Bytes of text, unpacked.
    pub(crate) bytes: u64,
    /// Documents to train on; long ones count once for every 64 KB.
    pub(crate) documents: u64,
    /// Documents held out.
    pub(crate) held_out_documents: u64,
    /// Documents of the training text that are also in the held-out files, and so left out.
    pub(crate) excluded_documents: u64,
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
struct Summary {
    stats: Stats,
    warnings: Vec<String>,
    unigram: Vec<u64>,
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
            return Ok(corpus);
        }
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot replace the damaged cache {}", folder.display()))?;
    }
    let unfinished = Unfinished::begin(&folder)?;
    let plan = Plan { tokenizer, max_seq_length, drop_overflow: data.drop_overflow, seed };
    let summary = build(data, &sources, &plan, unfinished.path(), progress)?;
    let summary = serde_json::to_vec(&summary).context("cannot describe the text")?;
    write_synced(&unfinished.path().join("corpus.json"), &summary)?;
    unfinished.finish()?;
    open(&folder, vocab_size)
}

struct Sources {
    text: Source,
    held_out: Option<Source>,
}

impl Sources {
    fn new(data: &DataConfig, embedded: &'static [u8]) -> Result<Self> {
        let text = Source::new(&data.text, embedded)?;
        let held_out = if data.held_out_text.is_empty() {
            None
        } else {
            Some(Source::new(&data.held_out_text, embedded)?)
        };
        Ok(Self { text, held_out })
    }
}

/// Opens a finished folder.
fn open(folder: &Path, vocab_size: usize) -> Result<Corpus> {
    let path = folder.join("corpus.json");
    let summary = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let summary: Summary = serde_json::from_slice(&summary)
        .with_context(|| format!("this cache is damaged: {}", path.display()))?;
    let Summary { stats, warnings, unigram } = summary;
    if unigram.len() != vocab_size {
        bail!("this cache belongs to another vocabulary: {}", path.display());
    }
    Ok(Corpus {
        train: Shards::open(folder, "train", vocab_size, stats.examples as usize)?,
        held_out: Shards::open(folder, "held_out", vocab_size, stats.held_out_examples as usize)?,
        unigram,
        stats,
        warnings,
    })
}

/// Fills `folder` with examples.
fn build(
    data: &DataConfig,
    sources: &Sources,
    plan: &Plan,
    folder: &Path,
    progress: &Progress,
) -> Result<Summary> {
    let vocab_size = plan.tokenizer.vocab_size();
    let mut train = ShardWriter::create(folder, "train", vocab_size)?;
    let mut held_out = ShardWriter::create(folder, "held_out", vocab_size)?;
    let done = Arc::new(AtomicU64::new(0));
    let total = sources.text.bytes() + sources.held_out.as_ref().map_or(0, Source::bytes);
    let report = || progress(done.load(Ordering::Relaxed), total);

    let mut warnings = Vec::new();
    let mut listed = HashSet::new();
    let mut sums = super::tokenize::Sums::new(vocab_size);
    if let Some(source) = &sources.held_out {
        let boundaries = Boundaries::of(data, source);
        let read = tokenize(plan, source, &boundaries, &|_| Side::HeldOut, &done, &mut |part| {
            listed.extend(&part.hashes);
            part.held_out.iter().try_for_each(|example| held_out.push(example))?;
            report();
            Ok(())
        })?;
        sums.add(&read.sums);
        warnings.extend(read.warnings);
    }
    let chosen = match &sources.held_out {
        Some(_) => HeldOut::Listed(listed),
        None => HeldOut::Share(data.held_out),
    };
    let side = |hash| match (&chosen, chosen.contains(hash)) {
        (_, false) => Side::Train,
        (HeldOut::Share(_), true) => Side::HeldOut,
        (HeldOut::Listed(_), true) => Side::Nowhere,
    };
    let boundaries = Boundaries::of(data, &sources.text);
    let read = tokenize(plan, &sources.text, &boundaries, &side, &done, &mut |part| {
        part.train.iter().try_for_each(|example| train.push(example))?;
        part.held_out.iter().try_for_each(|example| held_out.push(example))?;
        report();
        Ok(())
    })?;
    sums.add(&read.sums);
    warnings.extend(read.warnings);
    let stats = sums.stats(train.finish()?, held_out.finish()?);
    check(&stats, data, &mut warnings)?;
    Ok(Summary { stats, warnings, unigram: sums.unigram })
}

/// Fails without anything to train on, warns without anything to evaluate on.
fn check(stats: &Stats, data: &DataConfig, warnings: &mut Vec<String>) -> Result<()> {
    if stats.examples == 0 {
        let more = warnings.iter().fold(String::new(), |all, it| format!("{all}; {it}"));
        if stats.held_out_documents > 0 {
            bail!(
                "all {} documents are held out, none is left to train on; give more text or lower \
                 `data.held_out`{more}",
                stats.held_out_documents
            );
        }
        bail!("there is no text to train on; look at the files that `--text` names{more}");
    }
    if stats.held_out_examples == 0 && data.held_out > 0.0 {
        warnings.push(format!(
            "nothing is held out: the text has only {} documents, and a share of {} missed them \
             all; raise `data.held_out` or name files in `data.held_out_text`",
            stats.documents, data.held_out
        ));
    }
    if stats.excluded_documents > 0 {
        warnings.push(format!(
            "{} documents are also in the held-out files and are not trained on",
            stats.excluded_documents
        ));
    }
    Ok(())
}
