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
    /// This share of the documents.
    Share(f64),
    /// The documents of other files, by the hashes of all their parts: a part of a longer document
    /// may be one there.
    Listed(HashSet<u64>),
}

impl HeldOut {
    /// Whether a part with this hash is kept from training; `document` is the hash of the first part
    /// of its document.
    pub(super) fn contains(&self, document: u64, part: u64) -> bool {
        match self {
            Self::Share(share) => ((document >> 11) as f64 / (1_u64 << 53) as f64) < *share,
            Self::Listed(hashes) => hashes.contains(&document) || hashes.contains(&part),
        }
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
        let held_out = HeldOut::Share(0.05);
        let mut scratch = Vec::new();
        let count = (0..20_000)
            .filter(|n| {
                let hash = document_hash(&format!("document {n}"), &mut scratch);
                held_out.contains(hash, hash)
            })
            .count();
        assert!((850..1150).contains(&count), "{count}");
        assert!(!HeldOut::Share(0.0).contains(0, 0));
    }
}
