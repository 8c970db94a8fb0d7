//! Promises of the whole way from files to examples.

use super::shards::Shards;
use super::*;
use electra::config::{DataConfig, PretrainConfig};
use electra::examples::{Example, Examples};
use electra::tokenizer::Tokenizer;
use std::cell::Cell;
use std::collections::HashSet;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

static EMBEDDED: &[u8] = include_bytes!("../../../assets/simple-english.txt.zst");

/// Text and cache of one test.
pub(super) struct World {
    pub(super) folder: TempDir,
    pub(super) data: DataConfig,
    pub(super) tokenizer: Tokenizer,
    pub(super) seed: u64,
    built: Cell<bool>,
}

impl World {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut data = PretrainConfig::preset("nano").unwrap().data;
        data.held_out = 0.2;
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
            data.text.push(folder.path().join(name).display().to_string());
        }
        let words: String = (0..2000)
            .fold(String::new(), |all, n| all + &format!("word{n} begins, then ends. x and on "));
        let tokenizer = Tokenizer::train(std::iter::once(words), 400, 2, true, true).unwrap();
        Self { folder, data, tokenizer, seed: 1, built: Cell::new(false) }
    }

    fn cache(&self) -> std::path::PathBuf {
        self.folder.path().join("cache")
    }

    fn prepare_in(&self, cache: &Path) -> anyhow::Result<Corpus> {
        self.built.set(false);
        let progress = |_, _| self.built.set(true);
        prepare(&self.data, EMBEDDED, 24, &self.tokenizer, self.seed, cache, &progress)
    }

    pub(super) fn prepare(&self) -> anyhow::Result<Corpus> {
        self.prepare_in(&self.cache())
    }
}

/// Documents of a few lines, each with words of its own.
pub(super) fn documents(range: std::ops::Range<usize>) -> String {
    range.fold(String::new(), |all, n| {
        all + &format!("word{n} begins.\nThen word{n}, word{n} and on.\n\n")
    })
}

pub(super) fn all(shards: &Shards) -> Vec<Example> {
    (0..shards.len()).map(|index| shards.get(index)).collect()
}

/// The words `word17` in examples.
pub(super) fn words(world: &World, shards: &Shards) -> HashSet<String> {
    let mut words = HashSet::new();
    for example in all(shards) {
        let tokens: Vec<String> =
            example.ids.iter().map(|id| world.tokenizer.token(*id).unwrap()).collect();
        let text = tokens.join(" ").replace(" ##", "");
        words.extend(text.split(' ').filter(|it| it.starts_with("word")).map(str::to_owned));
    }
    words
}

#[test]
fn the_same_text_is_prepared_once() {
    let world = World::new(&[("a.txt", &documents(0..50))]);
    let first = world.prepare().unwrap();
    assert!(world.built.get());
    let second = world.prepare().unwrap();
    assert!(!world.built.get());
    assert_eq!(all(&first.train), all(&second.train));
    assert_eq!((first.stats, first.unigram), (second.stats, second.unigram));
}

#[test]
fn a_text_is_known_again_by_what_it_says_and_not_by_its_name() {
    let identity =
        |name: &str, text: &str| World::new(&[(name, text)]).prepare().unwrap().identity();
    let text = documents(0..50);
    assert_eq!(identity("a.txt", &text), identity("b.txt", &text));
    for other in [documents(0..51), text.replacen("Then", "then that", 1), {
        let mut lines: Vec<&str> = text.split("\n\n").collect();
        lines.swap(3, 30);
        lines.join("\n\n")
    }] {
        assert_ne!(identity("a.txt", &text), identity("a.txt", &other));
    }
}

#[test]
fn a_change_of_text_vocabulary_or_settings_prepares_again() {
    let mut world = World::new(&[("a.txt", &documents(0..50))]);
    world.prepare().unwrap();
    fs::write(world.folder.path().join("a.txt"), documents(0..51)).unwrap();
    let corpus = world.prepare().unwrap();
    assert!(world.built.get());
    assert_eq!(corpus.stats.documents + corpus.stats.held_out_documents, 51);
    let vocab = world.tokenizer.vocab_txt() + "extra\n";
    world.tokenizer = Tokenizer::from_vocab_txt(&vocab, true, true).unwrap();
    world.prepare().unwrap();
    assert!(world.built.get());
    world.data.drop_overflow = true;
    world.prepare().unwrap();
    assert!(world.built.get());
}

#[test]
fn a_damaged_or_unfinished_cache_is_never_used() {
    let world = World::new(&[("a.txt", &documents(0..50))]);
    let whole = all(&world.prepare().unwrap().train);
    let folder = fs::read_dir(world.cache()).unwrap().next().unwrap().unwrap().path();
    let names = ["train.ids", "train.offsets", "train.first", "corpus.json"];
    for name in names {
        let bytes = fs::read(folder.join(name)).unwrap();
        fs::write(folder.join(name), &bytes[..bytes.len() / 2]).unwrap();
        assert_eq!(all(&world.prepare().unwrap().train), whole, "{name}");
        assert!(world.built.get(), "{name}");
        fs::remove_file(folder.join(name)).unwrap();
        assert_eq!(all(&world.prepare().unwrap().train), whole, "{name}");
    }
    assert_eq!(fs::read_dir(world.cache()).unwrap().count(), 1);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let texts: Vec<String> = (0..4).map(|n| documents(n * 400..n * 400 + 400).repeat(30)).collect();
    let files: Vec<(String, &str)> =
        texts.iter().enumerate().map(|(n, it)| (format!("{n}.txt"), it.as_str())).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, it)| (name.as_str(), *it)).collect();
    let world = World::new(&files);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let cache = tempfile::tempdir().unwrap();
        let (data, tokenizer, path) = (&world.data, &world.tokenizer, cache.path());
        let corpus =
            pool.install(|| prepare(data, EMBEDDED, 24, tokenizer, 1, path, &|_, _| ())).unwrap();
        (all(&corpus.train), all(&corpus.held_out), corpus.unigram, corpus.stats)
    };
    assert_eq!(with(1), with(5));
}

#[test]
fn every_token_is_kept_unless_dropping_is_asked_for() {
    let line = "word1 word2, word3. ".repeat(40);
    let mut world = World::new(&[("a.txt", &line)]);
    world.data.held_out = 0.0;
    let corpus = world.prepare().unwrap();
    assert_eq!(corpus.stats.kept_share, 1.0);
    let tokens = world.tokenizer.encode(&line).unwrap().len() as u64;
    assert_eq!(corpus.stats.tokens, tokens);
    world.data.drop_overflow = true;
    let corpus = world.prepare().unwrap();
    assert_eq!(corpus.stats.examples, 1);
    assert_eq!(corpus.stats.kept_share, 22.0 / tokens as f64);
}

#[test]
fn unigram_counts_are_those_of_the_training_text() {
    let world = World::new(&[("a.txt", &documents(0..200))]);
    let corpus = world.prepare().unwrap();
    let mut counts = vec![0; world.tokenizer.vocab_size()];
    for id in all(&corpus.train).iter().flat_map(|it| &it.ids) {
        counts[*id as usize] += u64::from(!world.tokenizer.special().contains(*id));
    }
    assert_eq!(corpus.unigram, counts);
    assert_eq!(counts.iter().sum::<u64>(), corpus.stats.tokens);
}

#[test]
fn nothing_to_train_on_is_an_error_that_says_why() {
    let world = World::new(&[("a.txt", ""), ("b.txt", "\n \n")]);
    let error = world.prepare().unwrap_err().to_string();
    assert!(error.contains("no text") && error.contains("a.txt") && error.contains("b.txt"));
    let mut world = World::new(&[("a.txt", "word1\n")]);
    world.data.held_out = 0.999_999;
    let error = world.prepare().unwrap_err().to_string();
    assert!(error.contains("`--held-out`"), "{error}");
    let world = World::new(&[("a.txt.gz", "this is not gzip")]);
    let error = format!("{:#}", world.prepare().unwrap_err());
    assert!(error.contains("a.txt.gz"), "{error}");
    assert!(!world.cache().exists() || fs::read_dir(world.cache()).unwrap().count() == 0);
}

#[test]
fn a_line_of_ten_megabytes_is_text_like_any_other() {
    let line = "word1 begins and word2 ends, ".repeat(10_000_000 / 29);
    let endless = "x".repeat(10_000_000);
    let mut world = World::new(&[("a.txt", &line), ("b.txt", &endless)]);
    world.data.held_out = 0.0;
    let corpus = world.prepare().unwrap();
    assert_eq!(corpus.stats.kept_share, 1.0);
    assert!(corpus.stats.tokens > 10_000_000 / 29 * 5);
    assert_eq!(corpus.unigram[world.tokenizer.special().unk as usize], 1);
}

#[test]
fn the_embedded_text_needs_no_file() {
    let mut world = World::new(&[]);
    world.data.held_out = 0.01;
    let corpus = world.prepare().unwrap();
    assert!(corpus.stats.documents > 180_000, "{:?}", corpus.stats);
    assert!((1_000..3_000).contains(&corpus.stats.held_out_documents), "{:?}", corpus.stats);
    let one = (0..corpus.train.len()).filter(|index| corpus.train.tokens(*index) <= 24).count();
    assert_eq!(one, corpus.train.len());
}

#[test]
fn the_fast_path_agrees_on_ten_thousand_lines() {
    let text = String::from_utf8(zstd::decode_all(EMBEDDED).unwrap()).unwrap();
    let lines: Vec<&str> = text.lines().step_by(19).take(10_000).collect();
    let trained = lines.iter().map(|it| (*it).to_owned());
    let tokenizer = Tokenizer::train(trained, 2000, 2, true, true).unwrap();
    let mut encoder = tokenizer.encoder();
    for line in lines {
        let mut ids = Vec::new();
        encoder.encode_into(line, &mut ids).unwrap();
        assert_eq!(ids, tokenizer.encode(line).unwrap(), "{line}");
    }
}

#[test]
fn a_vocabulary_is_trained_once_and_not_on_held_out_text() {
    let world = World::new(&[("a.txt", &documents(100..400).repeat(2))]);
    let train = || {
        world.built.set(false);
        let progress = |_, _| world.built.set(true);
        train_vocab(&world.data, EMBEDDED, 1000, &world.cache(), &progress).unwrap().tokenizer
    };
    let first = train();
    assert!(world.built.get());
    assert_eq!(first.vocab_txt(), train().vocab_txt());
    assert!(!world.built.get());
    let corpus = world.prepare().unwrap();
    let vocab: HashSet<String> = first.vocab_txt().lines().map(str::to_owned).collect();
    let held_out = words(&world, &corpus.held_out);
    assert!(held_out.len() > 30 && held_out.is_disjoint(&vocab));
    assert!(words(&world, &corpus.train).is_subset(&vocab));
}

#[test]
fn a_vocabulary_knows_nothing_of_held_out_files() {
    let mut world = World::new(&[("a.txt", &documents(100..400).repeat(2))]);
    let other = world.folder.path().join("other.txt");
    world.data.held_out_text = vec![other.display().to_string()];
    // The second time, more of the text is in the file of the same name.
    for from in [380, 350] {
        fs::write(&other, documents(from..450)).unwrap();
        let trained = train_vocab(&world.data, EMBEDDED, 1000, &world.cache(), &|_, _| ());
        let vocab = trained.unwrap().tokenizer.vocab_txt();
        let vocab: HashSet<String> = vocab.lines().map(str::to_owned).collect();
        let corpus = world.prepare().unwrap();
        let held_out = words(&world, &corpus.held_out);
        assert!(held_out.len() == 450 - from && held_out.is_disjoint(&vocab));
        assert!(words(&world, &corpus.train).is_subset(&vocab));
    }
}

#[test]
fn a_vocabulary_file_that_is_missing_or_wrong_is_named() {
    let world = World::new(&[("vocab.txt", "[PAD]\nword\n"), ("bad.json", "{")]);
    for (name, said) in [
        ("vocab.txt", "no `[UNK]`"),
        ("bad.json", "bad.json"),
        ("none.txt", "none.txt"),
        ("cache", "cache"),
    ] {
        let path = world.folder.path().join(name);
        let error = format!("{:#}", read_vocab(&path, true, true).err().unwrap());
        assert!(error.contains(said), "{error}");
    }
}
