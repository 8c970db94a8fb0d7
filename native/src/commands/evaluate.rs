//! `electra evaluate`

use super::held_out::HeldOut;
use crate::args::EvaluateArgs;
use crate::embedded::CORPUS;
use crate::run::table;
use crate::text::{default_cache, prepare};
use crate::{device, model_folder};
use anyhow::Result;
use electra::config::PretrainConfig;
use electra::trainer::Vocabulary;

/// Rows of models that were not trained here.
const DEFAULT_SEQ: usize = 128;

/// Evaluates a model on a text.
pub(super) fn run(args: &EvaluateArgs) -> Result<()> {
    let chosen = device::choose(&args.device)?;
    let (model_config, model, tokenizer) = model_folder::both(&args.model, &chosen.device)?;
    let mut config = match model_folder::run_config(&args.model) {
        Some(config) => config,
        None => PretrainConfig::preset("small")?,
    };
    config.model = model_config;
    let training = &mut config.training;
    let usual = if model_folder::run_config(&args.model).is_some() {
        training.max_seq_length
    } else {
        DEFAULT_SEQ
    };
    let longest = config.model.max_position_embeddings;
    training.max_seq_length = args.seq.unwrap_or(usual).min(longest);
    // All of the text is evaluated: nothing is held out of it.
    config.data.text.clone_from(&args.text);
    config.data.held_out = 0.0;
    config.data.held_out_text.clear();
    config.data.line_is_document = false;
    let (seq, seed) = (config.training.max_seq_length, config.seed);
    let corpus =
        prepare(&config.data, CORPUS, seq, &tokenizer, seed, &default_cache(), &|_, _| ())?;
    for warning in &corpus.warnings {
        anstream::eprintln!("warning: {warning}");
    }
    let mut counts = corpus.unigram;
    counts.resize(config.model.vocab_size, 0);
    let vocabulary = Vocabulary { special: tokenizer.special(), counts };
    let held_out = HeldOut {
        examples: &corpus.train,
        config: &config,
        vocabulary: &vocabulary,
        device: &chosen.device,
        fixed_shapes: chosen.is_gpu,
    };
    let metrics = held_out.evaluate(&model, args.rows)?;
    if args.json {
        anstream::println!("{}", serde_json::to_string(&metrics)?);
    } else {
        anstream::println!("{}", table(&metrics));
    }
    Ok(())
}
