//! Which documents are never trained on: a function of the text alone, so that it is the same
//! for every run, vocabulary and seed.
//!
//! A document too long for one part is known by its first, so that no held-out book is partly
//! trained on.

use std::collections::HashSet;
use xxhash_rust::xxh3::xxh3_64;

/// Identity of a document or of a part: a hash of its letters and digits in lower case.
///
/// Documents that differ in punctuation or capitals only are the same one here; where every line
/// is a document, such near-copies are common, and one of them in the held-out part would tell
/// little about text that was never seen.
pub(super) fn document_hash(document: &str, scratch: &mut Vec<u8>) -> u64 {
    scratch.clear();
    scratch.extend(
        document
            .bytes()
            .filter(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())
            .map(|byte| byte.to_ascii_lowercase()),
    );
    if scratch.is_empty() {
        scratch.extend_from_slice(document.as_bytes());
    }
    xxh3_64(scratch)
}

/// Tells training text from held-out text.
#[derive(Debug)]
pub(super) enum HeldOut {
    /// This share of the documents, and that with this hash besides: of a text so short that the
    /// share misses it all, something is to be judged by nevertheless.
    Share(f64, Option<u64>),
    /// The documents of other files, by the hashes of all their parts: a part of a longer document
    /// may be one there.
    Listed(HashSet<u64>),
}

impl HeldOut {
    /// Whether a part with this hash is kept from training; `document` is the hash of the first part
    /// of its document.
    pub(super) fn contains(&self, document: u64, part: u64) -> bool {
        match self {
            Self::Share(share, besides) => is_in(*share, document) || *besides == Some(document),
            Self::Listed(hashes) => hashes.contains(&document) || hashes.contains(&part),
        }
    }
}

/// Whether a document with this hash is of the share.
fn is_in(share: f64, document: u64) -> bool {
    ((document >> 11) as f64 / (1_u64 << 53) as f64) < share
}

/// Finds out whether a share misses all documents, and which one to hold out then: that with the
/// smallest hash, which a share that grows would reach first.
#[derive(Debug)]
pub(super) struct Missed {
    share: f64,
    smallest: u64,
    largest: u64,
}

impl Missed {
    /// That nothing is known of yet.
    pub(super) fn new(share: f64) -> Self {
        Self { share, smallest: u64::MAX, largest: 0 }
    }

    /// Takes note of a document's hash.
    pub(super) fn add(&mut self, document: u64) {
        self.smallest = self.smallest.min(document);
        self.largest = self.largest.max(document);
    }

    /// Whether no document so far is of the share.
    pub(super) fn all(&self) -> bool {
        !is_in(self.share, self.smallest)
    }

    /// The document to hold out although the share misses it; none if that is not needed, or if
    /// nothing else would be left to train on.
    pub(super) fn choice(&self) -> Option<u64> {
        (self.all() && self.smallest < self.largest).then_some(self.smallest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_that_differ_in_marks_and_capitals_are_one_document() {
        let mut scratch = Vec::new();
        let mut hash = |text: &str| document_hash(text, &mut scratch);
        assert_eq!(hash("Tom isn't here.\n"), hash("tom isnt here!\n"));
        assert_ne!(hash("Tom is here."), hash("Tim is here."));
        assert_ne!(hash("..."), hash("!!!"));
        assert_ne!(hash("é"), hash("è"));
    }

    #[test]
    fn the_share_is_met() {
        let held_out = HeldOut::Share(0.05, None);
        let mut scratch = Vec::new();
        let count = (0..20_000)
            .filter(|n| {
                let hash = document_hash(&format!("document {n}"), &mut scratch);
                held_out.contains(hash, hash)
            })
            .count();
        assert!((850..1150).contains(&count), "{count}");
        assert!(!HeldOut::Share(0.0, None).contains(0, 0));
    }

    #[test]
    fn the_smallest_hash_is_chosen_where_the_share_misses_all() {
        let choice = |share: f64, documents: &[u64]| {
            let mut missed = Missed::new(share);
            for document in documents {
                missed.add(*document);
            }
            missed.choice()
        };
        let (low, high) = (u64::MAX / 4, u64::MAX / 2);
        assert_eq!(choice(0.1, &[high, low, u64::MAX]), Some(low));
        assert_eq!(choice(0.3, &[high, low]), None, "the share has it");
        assert_eq!((choice(0.1, &[low, low]), choice(0.1, &[])), (None, None), "none is left");
        assert!(HeldOut::Share(0.1, Some(low)).contains(low, high));
        assert!(!HeldOut::Share(0.1, Some(low)).contains(high, low));
    }
}
