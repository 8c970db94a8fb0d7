//! Text into shards: each document to its side, and what came of all of them.

use super::choose::HeldOut;
use super::corpus::{Identity, Progress, Sources, Summary};
use super::documents::Boundaries;
use super::doubts::{check, doubt_of_held_out, doubt_of_vocabulary};
use super::inputs::Source;
use super::shards::ShardWriter;
use super::tokenize::{Plan, Side, Sums, tokenize};
use anyhow::Result;
use electra::config::DataConfig;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Fills `folder` with examples.
pub(super) fn build(
    data: &DataConfig,
    sources: &Sources,
    plan: &Plan,
    folder: &Path,
    progress: &Progress,
) -> Result<Summary> {
    let mut packer = Packer::new(data, plan, folder)?;
    let report = |done| progress(done, sources.bytes());
    let boundaries = Boundaries::find(data, &sources.text, &report)?;
    let chosen = match &sources.held_out {
        Some(source) => {
            let mut listed = HashSet::new();
            let boundaries = Boundaries::find(data, source, &report)?;
            let side = |_, _| Side::HeldOut;
            packer.add(source, &boundaries, &side, Some(&mut listed), &report)?;
            HeldOut::Listed(listed)
        }
        None => boundaries.held_out(data.held_out),
    };
    let side = |document, part| match (&chosen, chosen.contains(document, part)) {
        (_, false) => Side::Train,
        (HeldOut::Share(..), true) => Side::HeldOut,
        (HeldOut::Listed(_), true) => Side::Nowhere,
    };
    packer.add(&sources.text, &boundaries, &side, None, &report)?;
    packer.finish()
}

/// Text on its way into shards.
struct Packer<'a> {
    data: &'a DataConfig,
    plan: &'a Plan<'a>,
    train: ShardWriter,
    held_out: ShardWriter,
    sums: Sums,
    /// How many documents the text has, where their parts are counted instead.
    whole_documents: Option<u64>,
    warnings: Vec<String>,
    /// Bytes read so far, of all sources.
    done: Arc<AtomicU64>,
}

impl<'a> Packer<'a> {
    fn new(data: &'a DataConfig, plan: &'a Plan<'a>, folder: &Path) -> Result<Self> {
        let vocab_size = plan.tokenizer.vocab_size();
        Ok(Self {
            data,
            plan,
            train: ShardWriter::create(folder, "train", vocab_size)?,
            held_out: ShardWriter::create(folder, "held_out", vocab_size)?,
            sums: Sums::new(vocab_size),
            whole_documents: None,
            warnings: Vec::new(),
            done: Arc::default(),
        })
    }

    /// Adds all documents of a source, and their hashes to `listed`.
    fn add(
        &mut self,
        source: &Source,
        boundaries: &Boundaries,
        side: &(dyn Fn(u64, u64) -> Side + Sync),
        mut listed: Option<&mut HashSet<u64>>,
        report: &dyn Fn(u64),
    ) -> Result<()> {
        let done = self.done.clone();
        let read = tokenize(self.plan, source, boundaries, side, &done, &mut |part| {
            part.train.iter().try_for_each(|example| self.train.push(example))?;
            part.held_out.iter().try_for_each(|example| self.held_out.push(example))?;
            if let Some(listed) = &mut listed {
                listed.extend(part.hashes);
            }
            report(done.load(Ordering::Relaxed));
            Ok(())
        })?;
        self.whole_documents = boundaries.whole_documents();
        self.sums.add(&read.sums);
        self.warnings.extend(read.warnings);
        Ok(())
    }

    fn finish(mut self) -> Result<Summary> {
        let (train, held_out) = (self.train.finish()?, self.held_out.finish()?);
        let mut stats = self.sums.stats(train.examples, held_out.examples);
        let counted = stats.documents + stats.held_out_documents;
        // Few documents that are all short are whole too.
        stats.whole_documents = self.whole_documents.filter(|&whole| whole < counted);
        check(&stats, self.data, &mut self.warnings)?;
        self.warnings.extend(doubt_of_held_out(&stats));
        let special = self.plan.tokenizer.special();
        self.warnings.extend(doubt_of_vocabulary(&self.sums.unigram, special));
        let identity = Identity::new(stats.examples, train.hash, held_out.hash);
        Ok(Summary { stats, identity, warnings: self.warnings, unigram: self.sums.unigram })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Corpus;
    use super::super::shards::Shards;
    use super::super::tests::{World, all, documents, words};
    use electra::examples::Examples;
    use electra::tokenizer::Tokenizer;
    use std::collections::HashSet;
    use std::fs;

    #[test]
    fn no_held_out_document_is_trained_on() {
        let world = World::new(&[("a.txt", &documents(0..500)), ("b.txt", &documents(400..900))]);
        let corpus = world.prepare().unwrap();
        let (train, held_out) = (words(&world, &corpus.train), words(&world, &corpus.held_out));
        assert!(train.is_disjoint(&held_out));
        assert_eq!(train.len() + held_out.len(), 900);
        assert!((120..240).contains(&held_out.len()), "{}", held_out.len());
        assert_eq!(corpus.stats.documents + corpus.stats.held_out_documents, 1000);
    }

    #[test]
    fn held_out_files_are_left_out_of_the_training_text() {
        let mut world = World::new(&[("a.txt", &documents(0..500))]);
        let other = world.folder.path().join("other.txt");
        fs::write(&other, documents(450..600)).unwrap();
        world.data.held_out_text = vec![other.display().to_string()];
        let corpus = world.prepare().unwrap();
        let (train, held_out) = (words(&world, &corpus.train), words(&world, &corpus.held_out));
        assert!(train.is_disjoint(&held_out));
        assert_eq!((train.len(), held_out.len()), (450, 150));
        assert_eq!(corpus.stats.excluded_documents, 50);
        assert!(corpus.warnings[0].contains("50 documents"), "{:?}", corpus.warnings);
    }

    #[test]
    fn one_document_is_held_out_where_the_share_misses_them_all() {
        for count in [2, 3, 40] {
            let mut world = World::new(&[("a.txt", &documents(0..count))]);
            world.data.held_out = 1e-9;
            let corpus = world.prepare().unwrap();
            assert_eq!(corpus.stats.held_out_documents, 1, "{count}");
            assert_eq!(words(&world, &corpus.held_out).len(), 1, "{count}");
            assert_eq!(words(&world, &corpus.train).len(), count - 1);
            assert!(corpus.warnings[0].contains("`--held-out 0.1`"), "{:?}", corpus.warnings);
            world.seed += 1;
            assert_eq!(all(&corpus.held_out), all(&world.prepare().unwrap().held_out));
        }
    }

    #[test]
    fn a_text_of_one_document_keeps_all_of_it_and_warns() {
        for text in [documents(0..1), documents(0..1).repeat(3)] {
            let mut world = World::new(&[("a.txt", &text)]);
            world.data.held_out = 1e-9;
            let corpus = world.prepare().unwrap();
            assert!(corpus.held_out.is_empty());
            for said in ["nothing is held out", "`--held-out-text`"] {
                assert!(corpus.warnings[0].contains(said), "{:?}", corpus.warnings);
            }
        }
    }

    #[test]
    fn a_book_of_300_kb_is_judged_by_a_little_of_it() {
        let page = |from: usize| documents(from..from + 100).replace("\n\n", "\n");
        let text = (0..60).fold(String::new(), |all, n| all + &page(100 * n));
        assert!((250_000..350_000).contains(&text.len()), "{}", text.len());
        let mut world = World::new(&[("a.txt", &text)]);
        world.data.held_out = 0.01;
        let stats = world.prepare().unwrap().stats;
        let share = stats.held_out_tokens as f64 / (stats.tokens + stats.held_out_tokens) as f64;
        assert!((0.005..0.05).contains(&share), "{share} of {stats:?}");
        assert_eq!(stats.whole_documents, Some(1));
    }

    #[test]
    fn a_run_s_settings_cut_the_rows_it_trains_on_and_not_those_it_is_judged_on() {
        let mut world = World::new(&[("a.txt", &documents(0..500))]);
        let first = world.prepare().unwrap();
        world.seed += 1;
        world.data.drop_overflow = true;
        let second = world.prepare().unwrap();
        assert!(!first.held_out.is_empty());
        assert_eq!(all(&first.held_out), all(&second.held_out));
        assert_ne!(all(&first.train), all(&second.train));
    }

    /// A document of one letter, all of whose parts differ.
    fn of_letter(letter: char, lines: usize) -> String {
        (0..lines)
            .fold(String::new(), |all, line| all + &format!("{letter} ").repeat(200 + line) + "\n")
    }

    /// Prepares a text of letters with half of it held out.
    fn prepare_letters(text: &str) -> Corpus {
        let mut world = World::new(&[("a.txt", text)]);
        let vocab = ('a'..='z')
            .fold("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n".to_owned(), |all, letter| {
                all + &format!("{letter}\n")
            });
        world.tokenizer = Tokenizer::from_vocab_txt(&vocab, true, true).unwrap();
        world.data.held_out = 0.5;
        world.prepare().unwrap()
    }

    #[test]
    fn a_long_document_is_held_out_as_a_whole_or_not_at_all() {
        let text =
            ('a'..='p').fold(String::new(), |all, letter| all + &of_letter(letter, 300) + "\n");
        let corpus = prepare_letters(&text);
        // The first token of a row is a special one.
        let letters = |shards: &Shards| -> HashSet<u32> {
            all(shards).iter().map(|example| example.ids[1]).collect()
        };
        let (train, held_out) = (letters(&corpus.train), letters(&corpus.held_out));
        assert!(train.is_disjoint(&held_out));
        assert!(!train.is_empty() && !held_out.is_empty());
        let documents = (corpus.stats.documents, corpus.stats.held_out_documents);
        assert_eq!(documents, (train.len() as u64, held_out.len() as u64));
        assert_eq!(train.len() + held_out.len(), 16);
    }

    #[test]
    fn a_text_of_few_documents_is_held_out_by_their_parts() {
        let corpus = prepare_letters(&(of_letter('a', 900) + "\n" + &of_letter('b', 300)));
        assert!(!corpus.train.is_empty() && !corpus.held_out.is_empty());
        let documents = corpus.stats.documents + corpus.stats.held_out_documents;
        assert!(documents > 20, "{documents}");
        assert_eq!(corpus.stats.whole_documents, Some(2));
        for said in ["only 2 documents", "`--line-is-document`", "`--held-out-text`"] {
            assert!(corpus.warnings[0].contains(said), "{:?}", corpus.warnings);
        }
    }

    #[test]
    fn held_out_documents_that_are_whole_are_not_doubted() {
        // As many as are enough for half of them, and fewer that are all shorter than a part.
        for count in [16, 9] {
            let text = (0..count).fold(String::new(), |all, n| {
                let letter = char::from(b'a' + n);
                let lines = if count == 16 && n == 0 { 300 } else { 1 };
                all + &of_letter(letter, lines) + "\n"
            });
            let corpus = prepare_letters(&text);
            assert!(corpus.stats.held_out_examples > 0);
            assert_eq!(corpus.stats.whole_documents, None, "{count} documents");
            assert_eq!(corpus.warnings, [""; 0], "{count} documents");
        }
    }

    #[test]
    fn a_vocabulary_of_another_language_is_doubted_each_time() {
        let text = documents(0..50) + &"слово\n\n".repeat(50);
        let mut world = World::new(&[("a.txt", &text)]);
        world.data.held_out = 0.0;
        for _ in 0..2 {
            let corpus = world.prepare().unwrap();
            let share = 50.0 / corpus.stats.tokens as f64;
            let said = format!("{:.1} % of the tokens are unknown", 100.0 * share);
            assert!(corpus.warnings[0].contains(&said), "{:?}", corpus.warnings);
        }
        let mut world = World::new(&[("a.txt", &(documents(0..50) + "слово\n"))]);
        world.data.held_out = 0.0;
        assert!(world.prepare().unwrap().warnings.is_empty());
    }
}
