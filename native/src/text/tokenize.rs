//! Documents to examples on every core, in an order and with a result that do not depend on how
//! many there are.

use super::batch::{Batch, Part};
use super::choose::document_hash;
use super::corpus::Stats;
use super::documents::{Boundaries, read};
use super::inputs::Source;
use anyhow::{Context, Result, anyhow};
use electra::builder::{ExampleBuilder, Kept};
use electra::evaluate::EVALUATION_SEED;
use electra::examples::Example;
use electra::tokenizer::{Encoder, Tokenizer};
use rayon::prelude::*;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Text that one core takes at a time, in bytes.
const PORTION: usize = 64 << 10;

/// Batches that may wait between reading and tokenising.
const WAITING: usize = 2;

/// How text becomes examples.
pub(super) struct Plan<'a> {
    pub(super) tokenizer: &'a Tokenizer,
    pub(super) max_seq_length: usize,
    /// Of the examples to train on; those held out never drop anything.
    pub(super) drop_overflow: bool,
    /// Of the examples to train on; those held out have [`EVALUATION_SEED`].
    pub(super) seed: u64,
}

/// Where a document goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Train,
    HeldOut,
    Nowhere,
}

/// Some documents' examples, in the documents' order.
#[derive(Debug, Default)]
pub(super) struct Portion {
    pub(super) train: Vec<Example>,
    pub(super) held_out: Vec<Example>,
    /// Hashes of the documents' parts.
    pub(super) hashes: Vec<u64>,
}

/// Counts over all that was read.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    bytes: u64,
    /// Documents to train on, held out, and left out.
    documents: [u64; 3],
    /// Tokens to train on and held out.
    tokens: [u64; 2],
    kept: Kept,
    pub(super) unigram: Vec<u64>,
}

impl Sums {
    pub(super) fn new(vocab_size: usize) -> Self {
        let unigram = vec![0; vocab_size];
        Self { bytes: 0, documents: [0; 3], tokens: [0; 2], kept: Kept::default(), unigram }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.kept.add(other.kept);
        let pairs = |to: &mut [u64], from: &[u64]| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        };
        pairs(&mut self.documents, &other.documents);
        pairs(&mut self.tokens, &other.tokens);
        pairs(&mut self.unigram, &other.unigram);
    }

    pub(super) fn stats(&self, examples: u64, held_out_examples: u64) -> Stats {
        let [documents, held_out_documents, excluded_documents] = self.documents;
        Stats {
            bytes: self.bytes,
            documents,
            held_out_documents,
            excluded_documents,
            whole_documents: None,
            examples,
            held_out_examples,
            tokens: self.tokens[0],
            held_out_tokens: self.tokens[1],
            kept_share: self.kept.share(),
        }
    }
}

/// What a core keeps between portions.
struct Worker<'a> {
    plan: &'a Plan<'a>,
    encoder: Encoder<'a>,
    train: ExampleBuilder,
    held_out: ExampleBuilder,
    ids: Vec<u32>,
    scratch: Vec<u8>,
    sums: Sums,
}

impl<'a> Worker<'a> {
    fn new(plan: &'a Plan<'a>) -> Self {
        let builder = |drop_overflow, seed| {
            let special = plan.tokenizer.special();
            ExampleBuilder::new(plan.max_seq_length, special, drop_overflow, seed)
        };
        Self {
            plan,
            encoder: plan.tokenizer.encoder(),
            train: builder(plan.drop_overflow, plan.seed),
            held_out: builder(false, EVALUATION_SEED),
            ids: Vec::new(),
            scratch: Vec::new(),
            sums: Sums::new(plan.tokenizer.vocab_size()),
        }
    }

    fn portion(&mut self, parts: &[Part], side: &dyn Fn(u64, u64) -> Side) -> Result<Portion> {
        let mut out = Portion::default();
        for &Part { text, continues } in parts {
            let hash = document_hash(text, &mut self.scratch);
            let side = side(continues.unwrap_or(hash), hash);
            self.sums.bytes += text.len() as u64;
            self.sums.documents[side as usize] += u64::from(continues.is_none());
            out.hashes.push(hash);
            match side {
                Side::Train => {
                    let before = out.train.len();
                    self.examples(text, hash, side, &mut out.train)?;
                    self.count(&out.train[before..]);
                }
                Side::HeldOut => {
                    let before = out.held_out.len();
                    self.examples(text, hash, side, &mut out.held_out)?;
                    let special = self.plan.tokenizer.special();
                    let ids = out.held_out[before..].iter().flat_map(|it| &it.ids);
                    self.sums.tokens[1] += ids.filter(|id| !special.contains(**id)).count() as u64;
                }
                Side::Nowhere => {}
            }
        }
        Ok(out)
    }

    /// Appends the examples of one side's part.
    fn examples(
        &mut self,
        text: &str,
        hash: u64,
        side: Side,
        out: &mut Vec<Example>,
    ) -> Result<()> {
        let builder = if side == Side::Train { &mut self.train } else { &mut self.held_out };
        builder.begin_document(hash);
        for line in text.lines() {
            self.ids.clear();
            self.encoder.encode_into(line, &mut self.ids)?;
            builder.push_line(&self.ids, out);
        }
        builder.end_document(out);
        Ok(())
    }

    fn count(&mut self, examples: &[Example]) {
        let special = self.plan.tokenizer.special();
        for id in examples.iter().flat_map(|example| &example.ids) {
            if !special.contains(*id) {
                self.sums.unigram[*id as usize] += 1;
                self.sums.tokens[0] += 1;
            }
        }
    }
}

/// What [`tokenize`] found.
pub(super) struct Read {
    pub(super) sums: Sums,
    pub(super) warnings: Vec<String>,
}

/// Reads `source` and hands examples to `take`, in order.
///
/// One thread reads and unpacks while all cores tokenise; at most a few batches are in memory.
pub(super) fn tokenize(
    plan: &Plan,
    source: &Source,
    boundaries: &Boundaries,
    side: &(dyn Fn(u64, u64) -> Side + Sync),
    done: &Arc<AtomicU64>,
    take: &mut dyn FnMut(Portion) -> Result<()>,
) -> Result<Read> {
    let idle = Mutex::new(Vec::new());
    let warnings = thread::scope(|scope| {
        let (send, receive) = sync_channel::<Batch>(WAITING);
        let reader =
            scope.spawn(move || read(source, boundaries, done, &mut |it| send.send(it).is_ok()));
        for batch in receive {
            for portion in tokenize_batch(plan, &batch, side, &idle)? {
                take(portion)?;
            }
        }
        reader.join().map_err(|_| anyhow!("the thread that reads the text died"))?
    })?;
    let mut sums = Sums::new(plan.tokenizer.vocab_size());
    let workers = idle.into_inner().unwrap_or_else(PoisonError::into_inner);
    for mut worker in workers {
        worker.sums.kept = worker.train.kept();
        worker.sums.kept.add(worker.held_out.kept());
        sums.add(&worker.sums);
    }
    Ok(Read { sums, warnings })
}

/// One batch on all cores.
fn tokenize_batch<'a>(
    plan: &'a Plan<'a>,
    batch: &Batch,
    side: &(dyn Fn(u64, u64) -> Side + Sync),
    idle: &Mutex<Vec<Worker<'a>>>,
) -> Result<Vec<Portion>> {
    let lock = || idle.lock().unwrap_or_else(PoisonError::into_inner);
    portions(batch)
        .par_iter()
        .map(|parts| {
            // Workers remember words, so they are worth keeping.
            let idle = lock().pop();
            let mut worker = idle.unwrap_or_else(|| Worker::new(plan));
            let portion = worker.portion(parts, side).context("cannot tokenise the text")?;
            lock().push(worker);
            Ok(portion)
        })
        .collect()
}

/// Parts in groups that are worth a core's while.
fn portions(batch: &Batch) -> Vec<Vec<Part<'_>>> {
    let mut groups = vec![Vec::new()];
    let mut bytes = 0;
    for part in batch.parts() {
        if bytes >= PORTION {
            groups.push(Vec::new());
            bytes = 0;
        }
        bytes += part.text.len();
        if let Some(group) = groups.last_mut() {
            group.push(part);
        }
    }
    groups
}
