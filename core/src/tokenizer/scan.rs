//! Cuts a text where no word of a BERT tokenizer can cross, without looking at what the parts
//! mean: the parts are then tokenised, or counted, one by one and remembered.
//!
//! Cutting commutes with BERT's normaliser and pre-tokeniser because every cut lies beside a
//! character that both leave alone and that separates words: white space, punctuation, or a
//! Chinese character, around which the normaliser puts spaces. None of them takes part in a
//! canonical decomposition with its neighbours.

use std::hash::Hasher;

/// What a byte does to a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Ends a word and vanishes. The other ASCII control characters are part of the word here:
    /// the normaliser removes them, so `a\u{b}b` is one word.
    Space,
    /// Ends a word and is one.
    Mark,
    /// Part of a word.
    Word,
    /// Begins a character of several bytes.
    Wide,
}

const CLASS: [Class; 256] = {
    let mut table = [Class::Word; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b' ' | b'\t' | b'\n' | b'\r' => Class::Space,
            other if other.is_ascii_punctuation() => Class::Mark,
            128.. => Class::Wide,
            _ => Class::Word,
        };
        byte += 1;
    }
    table
};

/// Whether a character of several bytes is a word of its own wherever it stands.
///
/// `U+2010` to `U+2027` are dashes, quotation marks, bullets and the ellipsis; the other ranges
/// are what BERT calls Chinese.
fn stands_alone(c: char, chinese: bool) -> bool {
    match c as u32 {
        0x2010..=0x2027 => true,
        0x4E00..=0x9FFF
        | 0x3400..=0x4DBF
        | 0x20000..=0x2A6DF
        | 0x2A700..=0x2B73F
        | 0x2B740..=0x2B81F
        | 0x2B920..=0x2CEAF
        | 0xF900..=0xFAFF
        | 0x2F800..=0x2FA1F => chinese,
        _ => false,
    }
}

/// The parts of one text, in order, white space left out.
pub(super) struct Chunks<'a> {
    text: &'a str,
    start: usize,
    end: usize,
    chinese: bool,
}

impl<'a> Chunks<'a> {
    /// Cuts `text`; `chinese`: the normaliser isolates Chinese characters.
    pub(super) fn new(text: &'a str, chinese: bool) -> Self {
        Self { text, start: 0, end: 0, chinese }
    }

    /// The text from the beginning of the latest part on.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.start..]
    }

    /// Makes the latest part `bytes` long.
    pub(super) fn extend_to(&mut self, bytes: usize) {
        self.end = self.start + bytes;
    }

    /// The character that begins at `at`, and whether it stands alone.
    fn wide(&self, at: usize) -> (usize, bool) {
        self.text[at..]
            .chars()
            .next()
            .map_or((1, false), |c| (c.len_utf8(), stands_alone(c, self.chinese)))
    }

    /// Where the word that begins at `at` ends.
    fn word_end(&self, mut at: usize) -> usize {
        let bytes = self.text.as_bytes();
        while at < bytes.len() {
            match CLASS[bytes[at] as usize] {
                Class::Word => at += 1,
                Class::Wide => match self.wide(at) {
                    (_, true) => break,
                    (width, false) => at += width,
                },
                Class::Space | Class::Mark => break,
            }
        }
        at
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        let mut at = self.end;
        while at < bytes.len() && CLASS[bytes[at] as usize] == Class::Space {
            at += 1;
        }
        self.start = at;
        self.end = match CLASS[*bytes.get(at)? as usize] {
            Class::Mark => at + 1,
            Class::Wide => match self.wide(at) {
                (width, true) => at + width,
                (width, false) => self.word_end(at + width),
            },
            Class::Word | Class::Space => self.word_end(at),
        };
        Some(&self.text[self.start..self.end])
    }
}

/// A fast hash for words: the standard one guards against hostile keys at several times the cost,
/// which is most of the time of looking a word up.
#[derive(Default, Clone, Copy)]
pub(super) struct WordHasher(u64);

impl WordHasher {
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * 0x9E37_79B9_7F4A_7C15_F39C_0C2B_u128;
        self.0 = (product as u64) ^ ((product >> 64) as u64) ^ word.rotate_left(29);
    }
}

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.mix(u64::from_le_bytes(last) ^ ((bytes.len() as u64) << 56));
    }

    fn write_u8(&mut self, _end_of_string: u8) {}

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

/// Builds [`WordHasher`]s.
pub(super) type BuildWordHasher = std::hash::BuildHasherDefault<WordHasher>;

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        Chunks::new(text, true).collect()
    }

    #[test]
    fn words_end_at_spaces_and_marks() {
        assert_eq!(cut("  Don't stop,\tnow!\n"), ["Don", "'", "t", "stop", ",", "now", "!"]);
        assert_eq!(cut(""), [""; 0]);
        assert_eq!(cut(" \r\n"), [""; 0]);
    }

    #[test]
    fn wide_characters_stand_alone_only_where_bert_isolates_them() {
        assert_eq!(cut("“naïve”—no"), ["“", "naïve", "”", "—", "no"]);
        assert_eq!(cut("東京a"), ["東", "京", "a"]);
        assert_eq!(Chunks::new("東京a", false).collect::<Vec<_>>(), ["東京a"]);
    }

    #[test]
    fn hidden_controls_stay_inside_their_word() {
        assert_eq!(cut("a\u{b}b\u{0}c"), ["a\u{b}b\u{0}c"]);
    }
}
