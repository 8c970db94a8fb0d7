//! Text into shards: each document to its side, and what came of all of them.

use super::choose::HeldOut;
use super::corpus::{Progress, Sources, Stats, Summary};
use super::documents::Boundaries;
use super::inputs::Source;
use super::shards::ShardWriter;
use super::tokenize::{Plan, Side, Sums, tokenize};
use anyhow::{Result, bail};
use electra::config::DataConfig;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Fills `folder` with examples.
pub(super) fn build(
    data: &DataConfig,
    sources: &Sources,
    plan: &Plan,
    folder: &Path,
    progress: &Progress,
) -> Result<Summary> {
    let mut packer = Packer::new(data, plan, folder)?;
    let total = sources.text.bytes() + sources.held_out.as_ref().map_or(0, Source::bytes);
    let report = |done| progress(done, total);
    let chosen = match &sources.held_out {
        Some(source) => {
            let mut listed = HashSet::new();
            packer.add(source, &|_| Side::HeldOut, Some(&mut listed), &report)?;
            HeldOut::Listed(listed)
        }
        None => HeldOut::Share(data.held_out),
    };
    let side = |hash| match (&chosen, chosen.contains(hash)) {
        (_, false) => Side::Train,
        (HeldOut::Share(_), true) => Side::HeldOut,
        (HeldOut::Listed(_), true) => Side::Nowhere,
    };
    packer.add(&sources.text, &side, None, &report)?;
    packer.finish()
}

/// Text on its way into shards.
struct Packer<'a> {
    data: &'a DataConfig,
    plan: &'a Plan<'a>,
    train: ShardWriter,
    held_out: ShardWriter,
    sums: Sums,
    warnings: Vec<String>,
    /// Bytes read so far, of all sources.
    done: Arc<AtomicU64>,
}

impl<'a> Packer<'a> {
    fn new(data: &'a DataConfig, plan: &'a Plan<'a>, folder: &Path) -> Result<Self> {
        let vocab_size = plan.tokenizer.vocab_size();
        Ok(Self {
            data,
            plan,
            train: ShardWriter::create(folder, "train", vocab_size)?,
            held_out: ShardWriter::create(folder, "held_out", vocab_size)?,
            sums: Sums::new(vocab_size),
            warnings: Vec::new(),
            done: Arc::default(),
        })
    }

    /// Adds all documents of a source, and their hashes to `listed`.
    fn add(
        &mut self,
        source: &Source,
        side: &(dyn Fn(u64) -> Side + Sync),
        mut listed: Option<&mut HashSet<u64>>,
        report: &dyn Fn(u64),
    ) -> Result<()> {
        let done = self.done.clone();
        let boundaries = Boundaries::of(self.data, source);
        let read = tokenize(self.plan, source, &boundaries, side, &done, &mut |part| {
            part.train.iter().try_for_each(|example| self.train.push(example))?;
            part.held_out.iter().try_for_each(|example| self.held_out.push(example))?;
            if let Some(listed) = &mut listed {
                listed.extend(part.hashes);
            }
            report(done.load(Ordering::Relaxed));
            Ok(())
        })?;
        self.sums.add(&read.sums);
        self.warnings.extend(read.warnings);
        Ok(())
    }

    fn finish(mut self) -> Result<Summary> {
        let (train, held_out) = (self.train.finish()?, self.held_out.finish()?);
        let stats = self.sums.stats(train.examples, held_out.examples);
        check(&stats, self.data, &mut self.warnings)?;
        let hash = format!("{:016x}{:016x}", train.hash, held_out.hash);
        Ok(Summary { stats, hash, warnings: self.warnings, unigram: self.sums.unigram })
    }
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
