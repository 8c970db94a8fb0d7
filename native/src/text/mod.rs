//! Text in: files to documents, documents to examples, examples to mapped shards.
//!
//! In reading order: [`inputs`] finds files, `lines` unpacks them, `documents` cuts them,
//! `choose` holds some back, `tokenize` makes examples on every core, `shards` stores them,
//! `cache` keeps them, and `corpus` is the whole way. `vocab` trains what tokenising needs.

mod batch;
mod cache;
mod choose;
mod corpus;
mod documents;
mod inputs;
mod lines;
mod mapped;
mod records;
mod shards;
#[cfg(test)]
mod tests;
mod tokenize;
mod vocab;

pub(crate) use cache::default_cache;
pub(crate) use corpus::{Corpus, prepare};
pub(crate) use vocab::{read_vocab, train_vocab};
