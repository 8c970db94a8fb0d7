//! `electra pretrain`: files in, progress and checkpoints out, the core's steps in between.

use super::finish::finish;
use super::held_out::HeldOut;
use crate::args::PretrainArgs;
use crate::device::{self, Chosen};
use crate::embedded::CORPUS;
use crate::run::{Alarm, Alert, Journal, Mode, Progress, RunFolder, shell_word};
use crate::settings;
use crate::text::{Corpus, default_cache, prepare, read_vocab, train_vocab};
use anyhow::{Context, Result, anyhow, bail};
use burn::tensor::read_sync;
use electra::checkpoint::header;
use electra::config::PretrainConfig;
use electra::examples::Examples;
use electra::metrics::Evaluation;
use electra::tokenizer::Tokenizer;
use electra::trainer::{Trainer, Vocabulary};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Where runs without `--out` go.
const RUNS: &str = "runs";
/// Steps measured before a time budget becomes a number of steps; the first ones warm up.
const PACE_STEPS: usize = 40;
const PACE_WARM_UP: usize = 10;

/// A run with everything around it.
pub(super) struct Session {
    pub(super) trainer: Trainer,
    pub(super) corpus: Corpus,
    pub(super) tokenizer: Tokenizer,
    pub(super) vocabulary: Vocabulary,
    pub(super) chosen: Chosen,
    pub(super) folder: RunFolder,
    pub(super) journal: Journal,
    pub(super) mode: Mode,
    stop_after: Option<usize>,
    interrupted: Arc<AtomicBool>,
}

/// Trains a new run, or goes on with an old one, and shows what came of it.
pub(super) fn run(args: &PretrainArgs) -> Result<()> {
    let mut session = match &args.resume {
        Some(run) => resume(args, run)?,
        None => begin(args)?,
    };
    session.listen()?;
    session.train()?;
    session.journal.progress().finish();
    finish(&mut session)
}

fn begin(args: &PretrainArgs) -> Result<Session> {
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

fn resume(args: &PretrainArgs, run: &Path) -> Result<Session> {
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

impl Session {
    fn announce(&mut self) {
        let stats = &self.corpus.stats;
        let note = format!(
            "{} documents, {} tokens in {} rows ({:.1} % of the tokens kept), {} rows held out; \
             device {}; run folder {}",
            stats.documents,
            stats.tokens,
            stats.examples,
            100.0 * stats.kept_share,
            stats.held_out_examples,
            self.chosen.name.trim(),
            self.folder.root().display(),
        );
        self.journal.progress().note(&note);
    }

    /// Ctrl-C finishes the step; a second one ends at once.
    fn listen(&self) -> Result<()> {
        let interrupted = self.interrupted.clone();
        ctrlc::set_handler(move || {
            if interrupted.swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
        })
        .context("cannot listen for Ctrl-C")
    }

    pub(super) fn was_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }

    /// The step after which training ends here.
    fn end(&self) -> usize {
        let steps = self.trainer.config().training.steps;
        self.stop_after.map_or(steps, |stop| stop.min(steps))
    }

    fn train(&mut self) -> Result<()> {
        let mut pace = Pace::default();
        while self.trainer.step_count() < self.end() && !self.was_interrupted() {
            self.trainer.advance(&self.corpus.train);
            let step = self.trainer.step_count();
            self.plan(&mut pace)?;
            let training = self.trainer.config().training.clone();
            let last = step == self.end() || self.was_interrupted();
            if step.is_multiple_of(training.log_every) || last {
                self.log()?;
            }
            let due = |every: usize| every > 0 && step.is_multiple_of(every);
            if due(training.eval_every) && !last {
                self.evaluate(training.eval_rows)?;
            }
            if due(training.save_every) || last {
                self.save()?;
            }
        }
        Ok(())
    }

    /// Turns a time budget into steps once the pace is known.
    fn plan(&mut self, pace: &mut Pace) -> Result<()> {
        let Some(minutes) = self.trainer.config().training.minutes else { return Ok(()) };
        let step = self.trainer.step_count();
        if step == PACE_WARM_UP {
            read_sync(self.trainer.metrics())?;
            *pace = Pace { since: Some(Instant::now()) };
        }
        let (PACE_STEPS, Some(since)) = (step, pace.since) else { return Ok(()) };
        read_sync(self.trainer.metrics())?;
        let per_step = since.elapsed().as_secs_f64() / (PACE_STEPS - PACE_WARM_UP) as f64;
        let left = (60.0 * minutes - self.journal.seconds()).max(0.0);
        let steps = step + (left / per_step) as usize;
        self.trainer.plan_steps(steps.max(step + 1));
        let steps = self.trainer.config().training.steps;
        self.journal.progress().set_total(steps);
        let note = format!("{per_step:.3} s a step: {steps} steps in about {minutes} minutes");
        self.journal.progress().note(&note);
        self.write_config()
    }

    fn write_config(&self) -> Result<()> {
        let resolved = toml::to_string_pretty(self.trainer.config())?;
        self.folder.write(crate::model_folder::CONFIG, resolved.as_bytes())?;
        Ok(())
    }

    fn log(&mut self) -> Result<()> {
        let metrics = read_sync(self.trainer.metrics())?;
        let seconds = self.journal.seconds();
        let speed = metrics.tokens as f64 / seconds.max(1e-9);
        let alert = self.journal.train(&metrics, speed)?;
        self.heed(alert)
    }

    fn evaluate(&mut self, rows: usize) -> Result<()> {
        if let Some(metrics) = self.measure(rows)? {
            let step = self.trainer.step_count();
            let alert = self.journal.evaluated(step, &metrics)?;
            self.heed(alert)?;
            self.save_best(&metrics)?;
        }
        Ok(())
    }

    /// Keeps this state as the best if it detects better than all before.
    pub(super) fn save_best(&self, metrics: &Evaluation) -> Result<()> {
        if let Some(score) = metrics.disc_auc {
            let bytes = read_sync(self.trainer.checkpoint())?;
            self.folder.checkpoints().save_best(self.trainer.step_count(), &bytes, score)?;
        }
        Ok(())
    }

    /// The metrics of the held-out part; none if nothing was held out.
    pub(super) fn measure(&self, rows: usize) -> Result<Option<Evaluation>> {
        if self.corpus.held_out.is_empty() {
            return Ok(None);
        }
        self.held_out().evaluate(self.trainer.model(), rows).map(Some)
    }

    pub(super) fn held_out(&self) -> HeldOut<'_> {
        HeldOut {
            examples: &self.corpus.held_out,
            config: self.trainer.config(),
            vocabulary: &self.vocabulary,
            device: &self.chosen.device,
            fixed_shapes: self.chosen.is_gpu,
        }
    }

    /// A lost run stops before it can overwrite its last good checkpoint.
    fn heed(&self, alert: Option<Alert>) -> Result<()> {
        let Some(Alert::Stop(reason)) = alert else { return Ok(()) };
        let run = shell_word(&self.folder.root().display().to_string());
        bail!("{reason}; the last good checkpoint is in {run}/checkpoints")
    }

    fn save(&mut self) -> Result<()> {
        let bytes = read_sync(self.trainer.checkpoint())?;
        self.folder.checkpoints().save(self.trainer.step_count(), &bytes)?;
        Ok(())
    }
}

/// When steps began to be timed.
#[derive(Default)]
struct Pace {
    since: Option<Instant>,
}
