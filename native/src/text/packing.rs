//! Text into shards: each document to its side, and what came of all of them.

use super::choose::HeldOut;
use super::corpus::{Identity, Progress, Sources, Stats, Summary};
use super::documents::Boundaries;
use super::inputs::Source;
use super::shards::ShardWriter;
use super::tokenize::{Plan, Side, Sums, tokenize};
use anyhow::{Result, bail};
use electra::config::DataConfig;
use electra::tokenizer::SpecialTokens;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Share of unknown tokens from which on the vocabulary is doubted: one that was made for the text
/// misses rare characters only.
const UNKNOWN: f64 = 0.02;

/// Fills `folder` with examples.
pub(super) fn build(
    data: &DataConfig,
    sources: &Sources,
    plan: &Plan,
    folder: &Path,
    progress: &Progress,
) -> Result<Summary> {
    let mut packer = Packer::new(data, plan, folder)?;
    let total = sources.text.bytes() + sources.held_out.as_ref().map_or(0, Source::bytes);
    let report = |done| progress(done, total);
    let chosen = match &sources.held_out {
        Some(source) => {
            let mut listed = HashSet::new();
            packer.add(source, &|_, _| Side::HeldOut, Some(&mut listed), &report)?;
            HeldOut::Listed(listed)
        }
        None => HeldOut::Share(data.held_out),
    };
    let side = |document, part| match (&chosen, chosen.contains(document, part)) {
        (_, false) => Side::Train,
        (HeldOut::Share(_), true) => Side::HeldOut,
        (HeldOut::Listed(_), true) => Side::Nowhere,
    };
    packer.add(&sources.text, &side, None, &report)?;
    packer.finish()
}

/// Text on its way into shards.
struct Packer<'a> {
    data: &'a DataConfig,
    plan: &'a Plan<'a>,
    train: ShardWriter,
    held_out: ShardWriter,
    sums: Sums,
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
            warnings: Vec::new(),
            done: Arc::default(),
        })
    }

    /// Adds all documents of a source, and their hashes to `listed`.
    fn add(
        &mut self,
        source: &Source,
        side: &(dyn Fn(u64, u64) -> Side + Sync),
        mut listed: Option<&mut HashSet<u64>>,
        report: &dyn Fn(u64),
    ) -> Result<()> {
        let done = self.done.clone();
        let boundaries = Boundaries::find(self.data, source, report)?;
        let read = tokenize(self.plan, source, &boundaries, side, &done, &mut |part| {
            part.train.iter().try_for_each(|example| self.train.push(example))?;
            part.held_out.iter().try_for_each(|example| self.held_out.push(example))?;
            if let Some(listed) = &mut listed {
                listed.extend(part.hashes);
            }
            report(done.load(Ordering::Relaxed));
            Ok(())
        })?;
        self.sums.add(&read.sums);
        self.warnings.extend(read.warnings);
        Ok(())
    }

    fn finish(mut self) -> Result<Summary> {
        let (train, held_out) = (self.train.finish()?, self.held_out.finish()?);
        let stats = self.sums.stats(train.examples, held_out.examples);
        check(&stats, self.data, &mut self.warnings)?;
        let special = self.plan.tokenizer.special();
        self.warnings.extend(doubt_of_vocabulary(&self.sums.unigram, special));
        let identity = Identity::new(stats.examples, train.hash, held_out.hash);
        Ok(Summary { stats, identity, warnings: self.warnings, unigram: self.sums.unigram })
    }
}

/// Fails without anything to train on, warns without anything to evaluate on.
fn check(stats: &Stats, data: &DataConfig, warnings: &mut Vec<String>) -> Result<()> {
    if stats.examples == 0 {
        let more = warnings.iter().fold(String::new(), |all, it| format!("{all}; {it}"));
        if stats.held_out_documents > 0 {
            bail!(
                "all {} documents are held out, none is left to train on; give more text or lower \
                 `data.held_out`{more}",
                stats.held_out_documents
            );
        }
        bail!("there is no text to train on; look at the files that `--text` names{more}");
    }
    if stats.held_out_examples == 0 && data.held_out > 0.0 {
        warnings.push(format!(
            "nothing is held out: the text has only {} documents, and a share of {} missed them \
             all; raise `data.held_out` or name files in `data.held_out_text`",
            stats.documents, data.held_out
        ));
    }
    if stats.excluded_documents > 0 {
        warnings.push(format!(
            "{} documents are also in the held-out files and are not trained on",
            stats.excluded_documents
        ));
    }
    Ok(())
}

/// What to say about a vocabulary that much of the training text is unknown to.
fn doubt_of_vocabulary(unigram: &[u64], special: SpecialTokens) -> Option<String> {
    let all: u64 = unigram.iter().sum();
    let share = unigram[special.unk as usize] as f64 / all.max(1) as f64;
    (share > UNKNOWN).then(|| {
        format!(
            "{:.1} % of the tokens are unknown to the vocabulary (`[UNK]`); is it made for this \
             language and case?",
            100.0 * share
        )
    })
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
    fn a_text_too_small_to_hold_anything_out_warns() {
        let mut world = World::new(&[("a.txt", &documents(0..3))]);
        world.data.held_out = 1e-9;
        let corpus = world.prepare().unwrap();
        assert!(corpus.held_out.is_empty());
        assert!(corpus.warnings[0].contains("nothing is held out"), "{:?}", corpus.warnings);
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
