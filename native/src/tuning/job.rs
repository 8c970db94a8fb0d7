//! One fine-tuning with everything around it: model and task in, seeds one after the other.

use super::ask::Rows;
use super::facts::{Facts, facts};
use super::folder;
use super::limit::limited;
use super::plan::{plan, seeds};
use super::progress::Display;
use super::results::{Results, SeedResult, counted};
use super::seed;
use crate::args::TuningArgs;
use crate::device::Chosen;
use crate::model_folder::{self, Opened};
use crate::run::Mode;
use crate::tasks::{self, TaskRequest};
use anyhow::Result;
use electra::asking::refuse_pairs;
use electra::config::{ElectraConfig, FineTuneConfig};
use electra::features::{Feature, featurize};
use electra::finetune::{PredictSettings, ScoreRange, Setup};
use electra::hugging_face::read_config;
use electra::scores::Scores;
use electra::tasks::{LabelledText, Split, TaskData, TaskSpec, in_both_orders};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Above this share of texts cut off, rows are too short.
const MANY_CUT: f64 = 0.05;
/// Rows of a batch that is only read.
const READ_BATCH: usize = 32;

/// What is asked for.
pub(crate) struct Request<'a> {
    /// The model's folder.
    pub(crate) model: &'a Path,
    /// The task and its files.
    pub(crate) task: TaskRequest,
    /// How to train.
    pub(crate) training: &'a TuningArgs,
    /// Where results go.
    pub(crate) out: PathBuf,
    /// Whether to go on with what is there.
    pub(crate) resume: bool,
}

/// A fine-tuning that is ready to begin.
pub(crate) struct Job {
    pub(super) source: Opened,
    pub(super) model: ElectraConfig,
    pub(super) spec: TaskSpec,
    pub(super) config: FineTuneConfig,
    pub(super) train: Vec<Feature>,
    pub(super) splits: Vec<Split>,
    pub(super) chosen: Chosen,
    pub(super) out: PathBuf,
    pub(super) mode: Mode,
    pub(super) untrained: bool,
    pub(super) interrupted: Arc<AtomicBool>,
    range: ScoreRange,
    seeds: Vec<u64>,
    facts: Facts,
}

impl Job {
    /// Reads model and task, and checks everything that can be checked before training.
    ///
    /// # Errors
    ///
    /// In one sentence: a file, a flag, or a folder that already holds results.
    pub(crate) fn open(
        request: Request<'_>,
        chosen: &Chosen,
        interrupted: &Arc<AtomicBool>,
    ) -> Result<Self> {
        let args = request.training;
        let seeds = seeds(&args.seeds, args.seed)?;
        let source = model_folder::open(request.model)?;
        let model = read_config(&source.contents.config)?;
        let data = limited(tasks::read(&request.task)?, args.limit)?;
        refuse_pairs(&model, &data.train)?;
        // Of random weights too: what is compared with the model should read the same rows.
        let trained = source.trained_length();
        let config = plan(args, &model, &data.spec, trained)?;
        let noted = folder::noted(&request, &source, &data, &config)?;
        folder::check(&request, &noted)?;
        let facts = facts(&request, &data, &config, trained.filter(|_| !args.untrained))?;
        let mut config = FineTuneConfig { seed: seeds[0], ..config };
        config.data_parallel.get_or_insert(chosen.parts(&model, config.batch_size));
        let TaskData { spec, train, dev, test, .. } = data;
        let train = if config.both_orders { in_both_orders(train) } else { train };
        let settings = Setup::feature_settings(&config);
        let train = featurize(&train, &spec.kind, &source.tokenizer, &settings)?;
        let mut job = Self {
            range: ScoreRange::of(&train),
            source,
            model,
            spec,
            config,
            train,
            splits: dev.into_iter().chain(test).collect(),
            chosen: chosen.clone(),
            out: request.out,
            mode: Mode::choose(args.quiet, args.json),
            untrained: args.untrained,
            interrupted: interrupted.clone(),
            seeds,
            facts,
        };
        job.warn_of_cut_texts();
        // Last: a start that fails leaves no folder.
        folder::note(&job.out, &noted)?;
        Ok(job)
    }

    fn warn_of_cut_texts(&mut self) {
        let cut = self.train.iter().filter(|feature| feature.truncated).count();
        let share = cut as f64 / self.train.len().max(1) as f64;
        if share > MANY_CUT {
            self.facts.warnings.push(format!(
                "{:.0} % of the training texts are longer than a row of {} tokens and are cut; \
                 `--seq` makes rows longer",
                100.0 * share,
                self.config.max_seq_length
            ));
        }
    }

    /// Trains every seed; none when it was interrupted before the last one was done.
    ///
    /// # Errors
    ///
    /// When a file cannot be written or the device fails.
    pub(crate) fn run(&self) -> Result<Option<Results>> {
        let display = Display::new(self.mode, self.spec.title.clone(), 0, 0);
        self.announce(&display);
        let mut results = self.blank_results();
        // Also those that are not asked for again: the model in the folder may be one of theirs.
        results.seeds = SeedResult::finished(&self.out);
        for &seed in &self.seeds {
            if results.seeds.iter().any(|done| done.seed == seed) {
                continue;
            }
            let Some(done) = seed::run(self, seed, &results.seeds)? else { return Ok(None) };
            results.seeds.push(done);
        }
        let results = results.summarised();
        results.write(&self.out)?;
        display.json(&serde_json::to_value(&results)?);
        Ok(Some(results))
    }

    fn announce(&self, display: &Display) {
        let count = |name: &str| self.facts.texts.get(name).copied().unwrap_or(0);
        let labels = self.facts.labels.iter().map(|(label, count)| format!("{label} {count}"));
        let labels: Vec<String> = labels.collect();
        let seeds: Vec<String> = self.seeds.iter().map(ToString::to_string).collect();
        display.note(&format!(
            "{}: {} texts in {} rows of at most {} tokens{}; {} {}; device {}",
            self.spec.title,
            count("train"),
            self.train.len(),
            self.config.max_seq_length,
            if labels.is_empty() { String::new() } else { format!(" ({})", labels.join(", ")) },
            if seeds.len() == 1 { "seed" } else { "seeds" },
            seeds.join(", "),
            self.chosen.name,
        ));
        for note in &self.facts.notes {
            display.note(note);
        }
        for warning in &self.facts.warnings {
            display.warn(warning);
        }
    }

    /// The score that counts.
    pub(super) fn primary(&self, done: &SeedResult) -> Option<f64> {
        counted(self.spec.primary, &done.metrics)
    }

    /// How rows are read.
    pub(super) fn predict_settings(&self) -> PredictSettings {
        PredictSettings {
            kind: self.spec.kind.clone(),
            features: Setup::feature_settings(&self.config),
            beam: self.config.window.beam,
            batch_size: READ_BATCH.max(self.config.batch_size),
            pad: self.source.tokenizer.special().pad,
            range: self.range,
            fixed_shapes: self.chosen.is_gpu,
        }
    }

    /// A split's texts as rows.
    pub(super) fn rows<'a>(&self, texts: &'a [LabelledText]) -> Result<Rows<'a>> {
        Rows::new(texts, &self.source.tokenizer, &self.predict_settings())
    }

    /// Whether a person wants to stop.
    pub(super) fn was_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }

    fn blank_results(&self) -> Results {
        Results {
            task: self.spec.name.clone(),
            metrics: Scores::new(),
            splits: BTreeMap::new(),
            parts: BTreeMap::new(),
            best: BTreeMap::new(),
            seeds: Vec::new(),
            summary: BTreeMap::new(),
            primary: self.spec.primary.name().to_owned(),
            majority: self.facts.majority.clone(),
            texts: self.facts.texts.clone(),
            labels: self.facts.labels.clone(),
            model: self.facts.model.clone(),
            untrained: self.untrained,
            best_seed: 0,
            config: self.config.clone(),
            spec: self.spec.clone(),
            warnings: self.facts.warnings.clone(),
            notes: self.facts.notes.clone(),
        }
    }
}
