//! Makes a vocabulary from text, the same one every time.

use super::scan::{BuildWordHasher, Chunks};
use super::{CONTINUES, SPECIAL, Tokenizer, bert_normalizer};
use crate::error::TokenizerError;
use std::collections::{BTreeMap, HashMap, HashSet};
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{
    AddedToken, NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString,
    PreTokenizer,
};

/// Longest word that teaches anything, in characters; WordPiece calls longer ones `[UNK]`.
const LONGEST_WORD: usize = 100;

/// Of all characters of the text, the share that may stay outside the alphabet: rare ones would
/// take two entries each, and hardly ever be seen.
const UNCOVERED: f64 = 1e-5;

/// How often each word of a text occurs. Counting is the long part of training a vocabulary;
/// counts of parts of a text can be merged.
#[derive(Debug, Clone, Default)]
pub struct WordCounts {
    chunks: HashMap<Box<str>, u64, BuildWordHasher>,
}

impl WordCounts {
    /// Counts the words of `text`.
    pub fn add(&mut self, text: &str) {
        for chunk in Chunks::new(text, true) {
            self.add_word(chunk, 1);
        }
    }

    /// Adds the counts of another text.
    pub fn merge(&mut self, other: Self) {
        for (word, count) in other.chunks.into_iter().collect::<Vec<_>>() {
            self.add_word(&word, count);
        }
    }

    /// Different words so far, before lower-casing.
    pub fn len(&self) -> usize {
        self.chunks.len()
    }

    /// Whether there was no word.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    fn add_word(&mut self, word: &str, count: u64) {
        if let Some(known) = self.chunks.get_mut(word) {
            *known += count;
        } else if word.len() <= 4 * LONGEST_WORD {
            self.chunks.insert(word.into(), count);
        }
    }

    /// The words as BERT's normaliser and pre-tokeniser leave them, in alphabetical order.
    fn normalized(&self, lower_case: bool, strip_accents: bool) -> BTreeMap<String, u64> {
        let normalizer = bert_normalizer(lower_case, strip_accents);
        let mut words = BTreeMap::new();
        for (chunk, count) in self.chunks.iter().collect::<Vec<_>>() {
            let mut normal = NormalizedString::from(&**chunk);
            let mut split = PreTokenizedString::from("");
            if normalizer.normalize(&mut normal).is_ok() {
                split = PreTokenizedString::from(normal.get());
            }
            if BertPreTokenizer.pre_tokenize(&mut split).is_err() {
                continue;
            }
            for (word, ..) in split.get_splits(OffsetReferential::Original, OffsetType::Byte) {
                if !word.is_empty() && word.chars().count() <= LONGEST_WORD {
                    *words.entry(word.to_owned()).or_default() += *count;
                }
            }
        }
        words
    }
}

impl Tokenizer {
    /// Trains a vocabulary of at most `vocab_size` entries on `texts`; pieces seen fewer than
    /// `min_frequency` times do not get in.
    ///
    /// # Errors
    ///
    /// [`TokenizerError::Training`] when there is no text or no room.
    pub fn train<I: Iterator<Item = String>>(
        texts: I,
        vocab_size: usize,
        min_frequency: u64,
        lower_case: bool,
        strip_accents: bool,
    ) -> Result<Self, TokenizerError> {
        let mut counts = WordCounts::default();
        for text in texts {
            counts.add(&text);
        }
        Self::train_on_counts(&counts, vocab_size, min_frequency, lower_case, strip_accents)
    }

    /// [`Self::train`] on words that were counted before.
    ///
    /// # Errors
    ///
    /// [`TokenizerError::Training`] when there is no word or no room.
    pub fn train_on_counts(
        counts: &WordCounts,
        vocab_size: usize,
        min_frequency: u64,
        lower_case: bool,
        strip_accents: bool,
    ) -> Result<Self, TokenizerError> {
        let words = counts.normalized(lower_case, strip_accents);
        if words.is_empty() {
            let message = "the text has no words; give some with `--text`".to_owned();
            return Err(TokenizerError::Training(message));
        }
        let alphabet = Alphabet::of(&words, vocab_size.saturating_sub(SPECIAL.len()) / 2);
        let first = alphabet.entries();
        if first.len() >= vocab_size {
            return Err(TokenizerError::Training(format!(
                "{vocab_size} entries leave no room for words; use at least {}",
                2 * first.len()
            )));
        }
        let trained = merge_pairs(&words, &alphabet, &first, vocab_size, min_frequency)?;
        Self::from_vocab_txt(&trained.join("\n"), lower_case, strip_accents)
    }
}

/// The characters that words are built from.
struct Alphabet {
    characters: HashSet<char>,
    /// Those that continue a word somewhere.
    continuing: HashSet<char>,
}

impl Alphabet {
    /// The most frequent characters, in at most `room` entries.
    fn of(words: &BTreeMap<String, u64>, room: usize) -> Self {
        let mut counts: BTreeMap<char, (u64, bool)> = BTreeMap::new();
        for (word, count) in words {
            for (place, character) in word.chars().enumerate() {
                let entry = counts.entry(character).or_default();
                entry.0 += count;
                entry.1 |= place > 0;
            }
        }
        let total: u64 = counts.values().map(|(count, _)| count).sum();
        let mut ranked: Vec<_> = counts.into_iter().collect();
        ranked.sort_by_key(|&(character, (count, _))| (std::cmp::Reverse(count), character));
        let mut alphabet = Self { characters: HashSet::new(), continuing: HashSet::new() };
        let mut covered = 0;
        for (character, (count, continues)) in ranked {
            let taken = alphabet.characters.len() + alphabet.continuing.len();
            let uncovered = (total - covered) as f64 / total as f64;
            if taken + 1 + usize::from(continues) > room || uncovered < UNCOVERED {
                break;
            }
            covered += count;
            alphabet.characters.insert(character);
            if continues {
                alphabet.continuing.insert(character);
            }
        }
        alphabet
    }

    /// Special tokens and the alphabet: the beginning of the vocabulary.
    fn entries(&self) -> Vec<String> {
        let sorted = |set: &HashSet<char>, prefix: &str| {
            let mut list: Vec<String> = set.iter().map(|it| format!("{prefix}{it}")).collect();
            list.sort_unstable();
            list
        };
        let mut entries = SPECIAL.map(str::to_owned).to_vec();
        entries.extend(sorted(&self.characters, ""));
        entries.extend(sorted(&self.continuing, CONTINUES));
        entries
    }
}

/// Joins the most frequent pair of pieces until the vocabulary is full; returns it in order.
///
/// The trainer breaks ties by id, and numbers the pieces that it meets in the order of a hash
/// map, a different one each time. Handing it the whole alphabet as `special_tokens`, which it
/// numbers first and in order, leaves it nothing to number by chance.
fn merge_pairs(
    words: &BTreeMap<String, u64>,
    alphabet: &Alphabet,
    first: &[String],
    vocab_size: usize,
    min_frequency: u64,
) -> Result<Vec<String>, TokenizerError> {
    let trainer = BpeTrainer::builder()
        .vocab_size(vocab_size)
        .min_frequency(min_frequency)
        .continuing_subword_prefix(CONTINUES.to_owned())
        .special_tokens(first.iter().map(|it| AddedToken::from(it.as_str(), true)).collect())
        .show_progress(false)
        .build();
    let known = words
        .iter()
        .filter(|(word, _)| word.chars().all(|it| alphabet.characters.contains(&it)))
        .map(|(word, count)| (word.as_str().into(), *count))
        .collect();
    let mut model = BPE::default();
    trainer
        .do_train(&known, &mut model)
        .map_err(|error| TokenizerError::Training(error.to_string()))?;
    let mut entries: Vec<(String, u32)> = model.get_vocab().into_iter().collect();
    entries.sort_unstable_by_key(|(_, id)| *id);
    Ok(entries.into_iter().map(|(token, _)| token).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> impl Iterator<Item = String> {
        (0..400).map(|n| format!("The cook number {n} cooked. Die Köchin kocht: {}", n * 7919))
    }

    #[test]
    fn the_same_text_gives_the_same_vocabulary() {
        let train = || Tokenizer::train(texts(), 200, 2, true, true).expect("text").vocab_txt();
        let first = train();
        assert_eq!(first, train());
        assert_eq!(first.lines().count(), 200);
    }

    #[test]
    fn special_tokens_come_first_and_frequent_words_are_whole() {
        let tokenizer = Tokenizer::train(texts(), 200, 2, true, true).expect("text");
        let vocab = tokenizer.vocab_txt();
        assert_eq!(vocab.lines().take(5).collect::<Vec<_>>(), SPECIAL);
        assert_eq!(tokenizer.encode("cooked").expect("text").len(), 1);
        assert!(vocab.lines().any(|it| it == "kochin"), "accents are stripped");
    }

    #[test]
    fn case_and_accents_are_kept_when_asked() {
        let tokenizer = Tokenizer::train(texts(), 300, 2, false, false).expect("text");
        assert!(tokenizer.vocab_txt().lines().any(|it| it == "Köchin"));
    }

    #[test]
    fn merged_counts_equal_counts_of_everything() {
        let mut whole = WordCounts::default();
        let mut parts = [WordCounts::default(), WordCounts::default()];
        for (n, text) in texts().enumerate() {
            whole.add(&text);
            parts[n % 2].add(&text);
        }
        let [mut left, right] = parts;
        left.merge(right);
        assert_eq!(left.chunks, whole.chunks);
    }

    #[test]
    fn no_words_and_no_room_are_errors() {
        let none = Tokenizer::train(std::iter::once(" \n".to_owned()), 100, 1, true, true);
        assert!(
            matches!(none.err(), Some(TokenizerError::Training(why)) if why.contains("--text"))
        );
        let tight = Tokenizer::train(texts(), 5, 1, true, true);
        assert!(matches!(tight.err(), Some(TokenizerError::Training(why)) if why.contains("room")));
    }
}
