//! How a run begins: configuration, vocabulary, text, folder and trainer, or those of a checkpoint.

mod longer;

use super::pace::UNPLANNED;
use super::pretrain::Run;
use crate::args::PretrainArgs;
use crate::device::{self, Chosen};
use crate::embedded::CORPUS;
use crate::model_folder::{self, Loaded};
use crate::print;
use crate::run::{Alarm, Journal, Mode, Preparing, Progress, RunFolder};
use crate::settings::{self, Begun};
use crate::text::{Corpus, Identity, default_cache, prepare, read_vocab, train_vocab, vocab_file};
use anyhow::{Context, Result, bail};
use burn::tensor::{Device, read_sync};
use electra::config::PretrainConfig;
use electra::electra::Electra;
use electra::examples::Examples;
use electra::tokenizer::Tokenizer;
use electra::trainer::{Trainer, Vocabulary};
use longer::wanted;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where runs without `--out` go.
const RUNS: &str = "runs";

/// What the run was trained on, to tell on resuming whether it is still the same.
const TEXT: &str = "text.json";

/// A new run: its folder holds the configuration and the vocabulary before the first step.
pub(super) fn begin(args: &PretrainArgs) -> Result<Run> {
    let networks = args.model.as_deref().map(networks).transpose()?;
    let mut config = settings::resolve(args, networks.as_ref().map(|networks| &networks.begun))?;
    // Not saved: a run can be moved, and its configuration can begin another.
    let named = config.training.out.take().map(PathBuf::from);
    let out = args.out.clone().or(named);
    check_out(out.as_deref())?;
    let mode = Mode::choose(args.quiet, args.json);
    let preparing = Preparing::new(mode);
    let chosen = settle(&mut config, &preparing)?;
    let (tokenizer, networks) = match networks {
        Some(networks) => {
            networks.warn_of_length(config.training.max_seq_length, &preparing);
            (networks.tokenizer, Some(networks.model))
        }
        None => (tokenizer(&mut config, &preparing)?, None),
    };
    let (corpus, vocabulary) = text(&config, &tokenizer, &preparing)?;
    drop(preparing);
    let resolved = written(&config)?;
    let (preset, keep) = (config.preset.clone(), config.training.keep_checkpoints);
    let trainer = trainer(config, &vocabulary, &chosen, networks.as_ref())?;
    let folder = match &out {
        Some(root) => RunFolder::create(root, keep)?,
        None => RunFolder::create_default(Path::new(RUNS), &preset, keep)?,
    };
    show(mode, &resolved);
    folder.write(model_folder::CONFIG, resolved.as_bytes())?;
    folder.write("tokenizer.json", tokenizer.to_json().as_bytes())?;
    folder.write("vocab.txt", tokenizer.vocab_txt().as_bytes())?;
    folder.write(TEXT, &serde_json::to_vec_pretty(&corpus.identity())?)?;
    let training = &trainer.config().training;
    let alarm = Alarm::new(trainer.config().warmup_steps());
    let mut journal = Journal::create(&folder, Progress::new(mode, training.steps, 0), alarm)?;
    journal.text("configuration", &resolved)?;
    let text = Text { tokenizer, corpus, vocabulary };
    Ok(assemble(args, mode, chosen, text, folder, journal, trainer))
}

/// Refuses a folder that the run could not go into: better now than when all text is read.
fn check_out(out: Option<&Path>) -> Result<()> {
    match out {
        Some(root) => RunFolder::check(root),
        None => RunFolder::check_default(Path::new(RUNS)),
    }
}

fn written(config: &PretrainConfig) -> Result<String> {
    toml::to_string_pretty(config).context("cannot write the configuration")
}

/// The resolved configuration, for a person.
fn show(mode: Mode, resolved: &str) {
    if matches!(mode, Mode::Bar | Mode::Plain) {
        print::note(resolved);
    }
}

/// Opens the device, and settles what depends on it, so that a resumed run has the same; says what
/// may go wrong with the rest.
fn settle(config: &mut PretrainConfig, preparing: &Preparing) -> Result<Chosen> {
    let training = &mut config.training;
    let chosen = device::choose(training.device.as_deref().unwrap_or("auto"))?;
    training.device = Some(chosen.word.clone());
    let parts = chosen.parts(&config.model, training.batch_size);
    training.data_parallel.get_or_insert(parts);
    if training.minutes.is_some() {
        training.steps = training.steps.max(UNPLANNED);
    }
    for warning in config.warnings() {
        preparing.warn(&warning);
    }
    Ok(chosen)
}

/// With random weights, or with those of trained networks.
fn trainer(
    config: PretrainConfig,
    vocabulary: &Vocabulary,
    Chosen { device, is_gpu, .. }: &Chosen,
    networks: Option<&Electra>,
) -> Result<Trainer> {
    let vocabulary = vocabulary.clone();
    let Some(networks) = networks else {
        return Ok(Trainer::new(config, vocabulary, device, *is_gpu));
    };
    let begun = Trainer::from_networks(config, vocabulary, device, *is_gpu, networks);
    read_sync(begun).context("cannot begin with the networks of `--model`")
}

/// The networks that a new run begins with, and what belongs to them.
struct Networks {
    begun: Begun,
    model: Electra,
    tokenizer: Tokenizer,
    trained_length: usize,
}

fn networks(folder: &Path) -> Result<Networks> {
    // The trainer copies them to its own device, which is known after their configuration.
    let loaded = model_folder::both(folder, &Device::flex())?;
    // A run has the vocabulary at its root, a pair of folders in each.
    let root = model_folder::run_of(folder);
    let at_root = vocab_file(&root).is_some();
    let vocab = if at_root { root } else { folder.join("discriminator") };
    let begun = Begun {
        model: loaded.config,
        run: model_folder::read_run_config(folder)?,
        vocab: crate::text::absolute_path(&vocab.display().to_string()),
        normalizes: (loaded.tokenizer.lower_case(), loaded.tokenizer.strip_accents()),
    };
    let Loaded { model, tokenizer, trained_length, .. } = loaded;
    Ok(Networks { begun, model, tokenizer, trained_length })
}

impl Networks {
    fn warn_of_length(&self, longest: usize, preparing: &Preparing) {
        if longest > self.trained_length {
            preparing.warn(&format!(
                "rows of up to {longest} tokens are longer than the {} that these networks were \
                 trained on: the positions beyond begin untrained",
                self.trained_length
            ));
        }
    }
}

/// A run as its newest checkpoint left it.
pub(super) fn resume(args: &PretrainArgs, root: &Path) -> Result<Run> {
    settings::refuse_changes(args)?;
    let folder = RunFolder::open(root, 1)?;
    let saved = folder.checkpoints().newest_readable()?;
    let wanted = wanted(saved.header.step, args, &folder)?;
    let config = saved.header.config;
    let folder = folder.keeping(config.training.keep_checkpoints);
    let mode = Mode::choose(args.quiet, args.json);
    let preparing = Preparing::new(mode);
    let chosen = settings::resumed_device(args, &config, &preparing)?;
    for damage in &saved.damaged {
        preparing.warn(&format!("{damage}; going on from the checkpoint before it"));
    }
    let tokenizer = read_vocab(&root.join("tokenizer.json"), true, true)?;
    let (corpus, vocabulary) = text(&config, &tokenizer, &preparing)?;
    same_text(root, &corpus)?;
    drop(preparing);
    let mut trainer =
        Trainer::resume(&saved.bytes, vocabulary.clone(), &chosen.device, chosen.is_gpu)
            .with_context(|| format!("cannot go on with {}", root.display()))?;
    if let Some(parts) = settings::parts_elsewhere(trainer.config(), &chosen) {
        trainer.set_parts(parts);
    }
    let longer = wanted.map(|wanted| wanted.replan(&mut trainer, &folder));
    let (step, planned) = (trainer.step_count(), trainer.config());
    show(mode, &written(planned)?);
    let alarm = Alarm::new(planned.warmup_steps());
    let progress = Progress::new(mode, planned.training.steps, step);
    let mut journal = Journal::resume(&folder, step, progress, alarm)?;
    if let Some(longer) = longer {
        longer.tell(&mut journal);
    }
    let text = Text { tokenizer, corpus, vocabulary };
    let run = assemble(args, mode, chosen, text, folder, journal, trainer);
    Ok(Run { saved: Some(step), ..run })
}

/// What the files became.
struct Text {
    tokenizer: Tokenizer,
    corpus: Corpus,
    vocabulary: Vocabulary,
}

fn assemble(
    args: &PretrainArgs,
    mode: Mode,
    chosen: Chosen,
    text: Text,
    folder: RunFolder,
    journal: Journal,
    trainer: Trainer,
) -> Run {
    let run = Run {
        logged: trainer.step_count(),
        saved: None,
        trainer,
        corpus: text.corpus,
        tokenizer: text.tokenizer,
        vocabulary: text.vocabulary,
        chosen,
        folder,
        journal,
        mode,
        stop_after: args.stop_after,
        interrupted: Arc::default(),
    };
    run.announce();
    run
}

/// Fails if the text is another one than the run was begun with: the same step would then train on
/// other rows. Runs of older versions do not say what they read.
fn same_text(root: &Path, corpus: &Corpus) -> Result<()> {
    let Ok(text) = std::fs::read(root.join(TEXT)) else { return Ok(()) };
    let (now, then) = (corpus.identity(), serde_json::from_slice::<Identity>(&text));
    let Ok(then) = then else { return Ok(()) };
    if then.is_of(&now) {
        return Ok(());
    }
    bail!(
        "the text of this run has changed since it began ({} rows then, {} now, or rows with other \
         words, or others held out); put the old text back in place or begin a new run: {}",
        then.examples,
        now.examples,
        root.display()
    )
}

/// The vocabulary that the configuration names, or one trained on its text; the model's size
/// follows it.
fn tokenizer(config: &mut PretrainConfig, preparing: &Preparing) -> Result<Tokenizer> {
    let data = &config.data;
    let tokenizer = if let Some(path) = &data.vocab {
        read_vocab(Path::new(path), data.lower_case, data.strip_accents)?
    } else {
        preparing.begin("training a vocabulary on the text");
        let (size, cache) = (config.model.vocab_size, default_cache());
        let reading = |done, total| preparing.read(done, total);
        let trained = train_vocab(data, CORPUS, size, &cache, &reading)?;
        for note in &trained.notes {
            preparing.note(note);
        }
        trained.tokenizer
    };
    config.model.vocab_size = tokenizer.vocab_size();
    Ok(tokenizer)
}

fn text(
    config: &PretrainConfig,
    tokenizer: &Tokenizer,
    preparing: &Preparing,
) -> Result<(Corpus, Vocabulary)> {
    preparing.begin("reading the text");
    let (seq, cache) = (config.training.max_seq_length, default_cache());
    let reading = |done, total| preparing.read(done, total);
    let corpus = prepare(&config.data, CORPUS, seq, tokenizer, config.seed, &cache, &reading)?;
    for warning in &corpus.warnings {
        preparing.warn(warning);
    }
    if corpus.train.is_empty() {
        bail!("the text holds nothing to train on; give more of it with `--text`");
    }
    let mut counts = corpus.unigram.clone();
    counts.resize(config.model.vocab_size, 0);
    let vocabulary = Vocabulary { special: tokenizer.special(), counts };
    Ok((corpus, vocabulary))
}
