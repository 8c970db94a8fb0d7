//! How a run begins: configuration, vocabulary, text, folder and trainer, or those of a checkpoint.

use super::pretrain::Session;
use crate::args::PretrainArgs;
use crate::device;
use crate::embedded::CORPUS;
use crate::run::{Alarm, Journal, Mode, Progress, RunFolder};
use crate::settings;
use crate::text::{Corpus, default_cache, prepare, read_vocab, train_vocab};
use anyhow::{Context, Result, anyhow, bail};
use electra::checkpoint::header;
use electra::config::PretrainConfig;
use electra::examples::Examples;
use electra::tokenizer::Tokenizer;
use electra::trainer::{Trainer, Vocabulary};
use std::path::Path;
use std::sync::Arc;

/// Where runs without `--out` go.
const RUNS: &str = "runs";

/// A new run: its folder holds the configuration and the vocabulary before the first step.
pub(super) fn begin(args: &PretrainArgs) -> Result<Session> {
    let mut config = settings::resolve(args)?;
    let chosen = device::choose(args.device.as_deref().unwrap_or("auto"))?;
    let mode = Mode::choose(args.quiet, args.json);
    let preparing = Progress::new(mode, 0, 0);
    let tokenizer = tokenizer(&mut config, &preparing)?;
    let (corpus, vocabulary) = text(&config, &tokenizer, &preparing)?;
    let keep = config.training.keep_checkpoints;
    let folder = match &args.out {
        Some(root) => RunFolder::create(root, keep)?,
        None => RunFolder::create_default(Path::new(RUNS), &config.preset, keep)?,
    };
    let resolved = toml::to_string_pretty(&config).context("cannot write the configuration")?;
    if matches!(mode, Mode::Bar | Mode::Plain) {
        anstream::eprintln!("{resolved}");
    }
    folder.write(crate::model_folder::CONFIG, resolved.as_bytes())?;
    folder.write("tokenizer.json", tokenizer.to_json().as_bytes())?;
    folder.write("vocab.txt", tokenizer.vocab_txt().as_bytes())?;
    let trainer = Trainer::new(config, vocabulary.clone(), &chosen.device, chosen.is_gpu);
    let training = &trainer.config().training;
    let alarm = Alarm::new(trainer.config().optimizer.warmup_steps);
    let journal = Journal::create(&folder, Progress::new(mode, training.steps, 0), alarm)?;
    let mut session = Session {
        trainer,
        corpus,
        tokenizer,
        vocabulary,
        chosen,
        folder,
        journal,
        mode,
        stop_after: args.stop_after,
        interrupted: Arc::default(),
    };
    session.journal.text("configuration", &resolved)?;
    session.announce();
    Ok(session)
}

/// A run as its newest checkpoint left it.
pub(super) fn resume(args: &PretrainArgs, run: &Path) -> Result<Session> {
    refuse_changes(args)?;
    let folder = RunFolder::open(run, 1)?;
    let (bytes, config) = newest_state(&folder)?;
    let folder = folder.keeping(config.training.keep_checkpoints);
    let chosen = device::choose(args.device.as_deref().unwrap_or("auto"))?;
    let mode = Mode::choose(args.quiet, args.json);
    let tokenizer = read_vocab(&run.join("tokenizer.json"), true, true)?;
    let (corpus, vocabulary) = text(&config, &tokenizer, &Progress::new(mode, 0, 0))?;
    let trainer = Trainer::resume(&bytes, vocabulary.clone(), &chosen.device, chosen.is_gpu)
        .with_context(|| format!("cannot go on with {}", run.display()))?;
    let step = trainer.step_count();
    let alarm = Alarm::new(config.optimizer.warmup_steps);
    let progress = Progress::new(mode, config.training.steps, step);
    let journal = Journal::resume(&folder, step, progress, alarm)?;
    let mut session = Session {
        trainer,
        corpus,
        tokenizer,
        vocabulary,
        chosen,
        folder,
        journal,
        mode,
        stop_after: args.stop_after,
        interrupted: Arc::default(),
    };
    session.announce();
    Ok(session)
}

/// The newest checkpoint that can be read, and its configuration.
fn newest_state(folder: &RunFolder) -> Result<(Vec<u8>, PretrainConfig)> {
    let mut failure = anyhow!("this run has no checkpoint to go on from; begin anew");
    for checkpoint in folder.checkpoints().all() {
        let state = std::fs::read(&checkpoint.path)
            .map_err(anyhow::Error::from)
            .and_then(|bytes| header(&bytes).map(|it| (bytes, it.config)).map_err(Into::into));
        match state {
            Ok(state) => return Ok(state),
            Err(error) => {
                failure = error.context(format!("cannot read {}", checkpoint.path.display()));
            }
        }
    }
    Err(failure)
}

/// A resumed run is the run it was: a flag that would change it is an error, not a surprise.
fn refuse_changes(args: &PretrainArgs) -> Result<()> {
    let PretrainArgs { device, resume, stop_after, quiet, json, .. } = args;
    let allowed = PretrainArgs {
        device: device.clone(),
        resume: resume.clone(),
        stop_after: *stop_after,
        quiet: *quiet,
        json: *json,
        ..PretrainArgs::default()
    };
    if format!("{args:?}") == format!("{allowed:?}") {
        return Ok(());
    }
    bail!(
        "`--resume` goes on with the run's own configuration; only --device, --stop-after, --quiet \
         and --json can stand beside it"
    )
}

/// The vocabulary that the configuration names, or one trained on its text; the model's size
/// follows it.
fn tokenizer(config: &mut PretrainConfig, progress: &Progress) -> Result<Tokenizer> {
    let data = &config.data;
    let tokenizer = if let Some(path) = &data.vocab {
        read_vocab(Path::new(path), data.lower_case, data.strip_accents)?
    } else {
        progress.note("training a vocabulary on the text");
        let size = config.model.vocab_size;
        let trained = train_vocab(data, CORPUS, size, &default_cache(), &|_, _| ())?;
        for note in &trained.notes {
            progress.note(note);
        }
        trained.tokenizer
    };
    config.model.vocab_size = tokenizer.vocab_size();
    Ok(tokenizer)
}

fn text(
    config: &PretrainConfig,
    tokenizer: &Tokenizer,
    progress: &Progress,
) -> Result<(Corpus, Vocabulary)> {
    progress.note("reading the text");
    let (seq, cache) = (config.training.max_seq_length, default_cache());
    let corpus = prepare(&config.data, CORPUS, seq, tokenizer, config.seed, &cache, &|_, _| ())?;
    for warning in &corpus.warnings {
        progress.warn(warning);
    }
    if corpus.train.is_empty() {
        bail!("the text holds nothing to train on; give more of it with `--text`");
    }
    let mut counts = corpus.unigram.clone();
    counts.resize(config.model.vocab_size, 0);
    let vocabulary = Vocabulary { special: tokenizer.special(), counts };
    Ok((corpus, vocabulary))
}
