//! `electra evaluate`

use super::held_out::HeldOut;
use crate::args::EvaluateArgs;
use crate::device::{self, Chosen};
use crate::embedded::CORPUS;
use crate::model_folder::{self, Loaded};
use crate::print;
use crate::run::{Mode, Preparing, table};
use crate::text::{Corpus, default_cache, prepare};
use anyhow::{Result, bail};
use electra::config::PretrainConfig;
use electra::electra::Electra;
use electra::evaluate::EVALUATION_SEED;
use electra::metrics::Evaluation;
use electra::trainer::Vocabulary;

/// Rows of models that were not trained here, in tokens.
const DEFAULT_SEQ: usize = 128;
/// A shorter row has no room for two segments.
const SHORTEST: usize = 5;

/// Evaluates a model on a text.
pub(super) fn run(args: &EvaluateArgs) -> Result<()> {
    if args.rows == 0 {
        bail!("`--rows 0` leaves nothing to evaluate; give at least 1");
    }
    let chosen = device::choose(&args.device)?;
    let loaded = model_folder::both(&args.model, &chosen.device)?;
    let config = configuration(args, &loaded)?;
    let preparing = Preparing::new(Mode::choose(false, args.json));
    let corpus = read(&config, &loaded, &preparing)?;
    let metrics = measure(args.rows, &config, &loaded, corpus, &chosen, &preparing)?;
    // The bar goes before the result comes.
    drop(preparing);
    if args.json {
        return print::line(serde_json::to_string(&metrics)?);
    }
    let longest = config.training.max_seq_length;
    let masked = 100.0 * config.objective.mask_prob;
    print::line(format_args!(
        "{} rows of at most {longest} tokens, {masked:.1} % of their tokens masked",
        metrics.rows
    ))?;
    print::line(table(&metrics))
}

/// That of the run, or the paper's, for all of the text, in rows that do not depend on the run.
fn configuration(args: &EvaluateArgs, loaded: &Loaded<Electra>) -> Result<PretrainConfig> {
    let of_run = model_folder::read_run_config(&args.model)?;
    let usual = of_run.as_ref().map_or(DEFAULT_SEQ, |config| config.training.max_seq_length);
    let mut config = of_run.map_or_else(|| PretrainConfig::preset("small"), Ok)?;
    config.model = loaded.config.clone();
    config.training.max_seq_length = row_length(args.seq, usual, loaded)?;
    // Nothing is held out of what is evaluated.
    config.data.text.clone_from(&args.text);
    config.data.held_out = 0.0;
    config.data.held_out_text.clear();
    config.data.drop_overflow = false;
    // It is another text than that of the run, cut in its own way.
    config.data.line_is_document = args.line_is_document;
    config.data.file_is_document = args.file_is_document;
    if let Some(field) = &args.json_field {
        config.data.json_field.clone_from(field);
    }
    Ok(config)
}

/// The wanted rows, refused where the model has no such position and doubted where it never saw one.
fn row_length(wanted: Option<usize>, usual: usize, loaded: &Loaded<Electra>) -> Result<usize> {
    let trained = loaded.trained_length;
    let positions = loaded.config.max_position_embeddings.max(trained);
    let Some(wanted) = wanted else { return Ok(usual.min(trained)) };
    if wanted > positions || wanted < SHORTEST {
        bail!(
            "this model reads rows of {SHORTEST} to {positions} tokens, not of {wanted}; give another `--seq`"
        );
    }
    if wanted > trained {
        print::warn(format_args!(
            "this model was trained on rows of at most {trained} tokens; it knows nothing of the \
             positions beyond, so rows of {wanted} tokens are judged worse than it can"
        ));
    }
    Ok(wanted)
}

fn read(
    config: &PretrainConfig,
    loaded: &Loaded<Electra>,
    preparing: &Preparing,
) -> Result<Corpus> {
    preparing.begin("reading the text");
    let (seq, cache) = (config.training.max_seq_length, default_cache());
    let reading = |done, total| preparing.read(done, total);
    let (data, tokenizer) = (&config.data, &loaded.tokenizer);
    let corpus = prepare(data, CORPUS, seq, tokenizer, EVALUATION_SEED, &cache, &reading)?;
    for warning in &corpus.warnings {
        preparing.warn(warning);
    }
    Ok(corpus)
}

fn measure(
    rows: usize,
    config: &PretrainConfig,
    loaded: &Loaded<Electra>,
    corpus: Corpus,
    chosen: &Chosen,
    preparing: &Preparing,
) -> Result<Evaluation> {
    let mut counts = corpus.unigram;
    counts.resize(config.model.vocab_size, 0);
    let held_out = HeldOut {
        examples: &corpus.train,
        config,
        vocabulary: &Vocabulary { special: loaded.tokenizer.special(), counts },
        device: &chosen.device,
        fixed_shapes: chosen.is_gpu,
    };
    let report = |done, rows| preparing.evaluating(done, rows);
    held_out.evaluate(&loaded.model, rows, &report)
}
