//! Tokenises much text fast: words are remembered, and only new ones go through the
//! `tokenizers` crate.

use super::Tokenizer;
use super::scan::{BuildWordHasher, Chunks};
use crate::error::TokenizerError;
use std::collections::HashMap;

/// Words remembered before the memory is emptied: enough for the words of a language, and about
/// 30 MB at most.
const REMEMBERED: usize = 1 << 18;

/// Longest word worth remembering, in bytes; longer ones hardly ever come back.
const LONGEST: usize = 64;

/// Encodes text after text with one [`Tokenizer`]; one per thread.
///
/// Gives exactly the ids that [`Tokenizer::encode`] gives.
pub struct Encoder<'a> {
    tokenizer: &'a Tokenizer,
    /// Word to its place in `pieces`.
    words: HashMap<Box<str>, (u32, u32), BuildWordHasher>,
    pieces: Vec<u32>,
}

impl<'a> Encoder<'a> {
    pub(super) fn new(tokenizer: &'a Tokenizer) -> Self {
        Self { tokenizer, words: HashMap::default(), pieces: Vec::new() }
    }

    /// Appends the ids of `text` to `ids`, without special tokens around them.
    ///
    /// # Errors
    ///
    /// [`TokenizerError::Encode`] when the tokenizer refuses the text.
    pub fn encode_into(&mut self, text: &str, ids: &mut Vec<u32>) -> Result<(), TokenizerError> {
        let Some(plain) = &self.tokenizer.plain else {
            ids.extend(self.tokenizer.encode(text)?);
            return Ok(());
        };
        let mut chunks = Chunks::new(text, plain.chinese);
        while let Some(chunk) = chunks.next() {
            // A special token written out in the text counts as that token.
            if chunk == "["
                && let Some((name, id)) = plain.added_at(chunks.rest())
            {
                chunks.extend_to(name.len());
                ids.push(*id);
            } else if let Some(&(start, end)) = self.words.get(chunk) {
                ids.extend_from_slice(&self.pieces[start as usize..end as usize]);
            } else if chunk.len() > plain.longest_word && chunk.bytes().all(is_alphanumeric) {
                // Spares the normaliser a "word" of megabytes.
                ids.push(plain.unknown);
            } else {
                self.learn(chunk, ids)?;
            }
        }
        Ok(())
    }

    /// Tokenises a word that is not remembered, and remembers it.
    fn learn(&mut self, word: &str, ids: &mut Vec<u32>) -> Result<(), TokenizerError> {
        let new = self.tokenizer.encode(word)?;
        ids.extend_from_slice(&new);
        if word.len() > LONGEST {
            return Ok(());
        }
        if self.words.len() >= REMEMBERED {
            self.words.clear();
            self.pieces.clear();
        }
        let start = self.pieces.len() as u32;
        self.pieces.extend_from_slice(&new);
        self.words.insert(word.into(), (start, self.pieces.len() as u32));
        Ok(())
    }
}

fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}
