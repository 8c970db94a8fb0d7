//! Text in: files to documents, documents to examples, examples to mapped shards.
//!
//! In reading order: [`inputs`] finds files, `endings` knows their kinds, `lines` unpacks them,
//! `documents` cuts them, `batch` gathers those, `choose` holds some back, `tokenize` makes
//! examples on every core, `packing` leads them into `shards`, `doubts` says what may be wrong with
//! them, `cache` keeps them, and `corpus` is the whole way. `vocab` trains what tokenising needs.

mod batch;
mod cache;
mod choose;
mod corpus;
mod documents;
mod doubts;
mod endings;
mod inputs;
mod lines;
mod mapped;
mod packing;
mod records;
mod shards;
#[cfg(test)]
mod tests;
mod tokenize;
mod vocab;

pub(crate) use cache::default_cache;
pub(crate) use corpus::{Corpus, Identity, prepare};
pub(crate) use inputs::{absolute, absolute_path};
pub(crate) use vocab::{read_vocab, train_vocab, vocab_file};
