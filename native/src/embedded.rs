//! What the program carries: the corpus that a run without arguments trains on.

/// Short English sentences from Tatoeba, one a line, Zstandard; see `assets/README.md`.
pub(crate) static CORPUS: &[u8] = include_bytes!("../../assets/simple-english.txt.zst");
