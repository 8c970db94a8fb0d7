//! What each flag of `electra pretrain` changes.

use super::assign;
use crate::args::PretrainArgs;
use anyhow::Result;
use electra::config::{NetworkConfig, PretrainConfig};

fn set<T>(field: &mut T, flag: Option<T>) {
    if let Some(value) = flag {
        *field = value;
    }
}

/// Lays the flags over what preset and file say.
///
/// # Errors
///
/// When `--tie` names nothing that can be shared.
pub(super) fn apply(config: &mut PretrainConfig, args: &PretrainArgs) -> Result<()> {
    apply_text(config, args);
    apply_training(config, args);
    apply_objective(config, args);
    if let Some(tie) = &args.tie {
        *config = assign(config, &format!("model.tie={tie}"))?;
    }
    Ok(())
}

fn apply_text(config: &mut PretrainConfig, args: &PretrainArgs) {
    let data = &mut config.data;
    if !args.text.is_empty() {
        data.text.clone_from(&args.text);
    }
    if !args.held_out_text.is_empty() {
        data.held_out_text.clone_from(&args.held_out_text);
    }
    set(&mut data.held_out, args.held_out);
    if args.vocab.is_some() {
        data.vocab.clone_from(&args.vocab);
    }
    data.line_is_document |= args.line_is_document;
    data.file_is_document |= args.file_is_document;
    set(&mut data.json_field, args.json_field.clone());
    data.lower_case &= !args.cased;
    data.strip_accents &= !(args.cased || args.keep_accents);
    set(&mut config.model.vocab_size, args.vocab_size);
    set(&mut config.training.max_seq_length, args.seq);
    let longest = &mut config.model.max_position_embeddings;
    // A longer row than the preset's is a wish for more positions.
    *longest = (*longest).max(args.seq.unwrap_or(0));
}

fn apply_training(config: &mut PretrainConfig, args: &PretrainArgs) {
    let training = &mut config.training;
    if let Some(steps) = args.steps {
        training.steps = steps;
        training.minutes = None;
    }
    training.minutes = args.minutes.or(training.minutes);
    set(&mut training.batch_size, args.batch);
    set(&mut training.accumulation, args.accumulate);
    training.data_parallel = args.data_parallel.or(training.data_parallel);
    training.eval_every = args.eval_every.or(training.eval_every);
    set(&mut training.save_every, args.save_every);
    training.device = args.device.clone().or(training.device.take());
    set(&mut config.optimizer.learning_rate, args.lr);
    set(&mut config.optimizer.warmup_steps, args.warmup);
    set(&mut config.seed, args.seed);
}

/// How wide a head is; none where the sizes leave it no width.
fn head_width(network: &NetworkConfig) -> Option<usize> {
    network.hidden_size.checked_div(network.num_attention_heads).filter(|&width| width > 0)
}

fn apply_objective(config: &mut PretrainConfig, args: &PretrainArgs) {
    let objective = &mut config.objective;
    set(&mut objective.mask_prob, args.mask_prob);
    set(&mut objective.discriminator_weight, args.lambda);
    set(&mut objective.temperature, args.temperature);
    let generator = &mut config.model.generator;
    set(&mut generator.num_hidden_layers, args.generator_layers);
    // Sizes in which a head has no width are left as they are, for `validate` to refuse.
    if let (Some(hidden), Some(head)) = (args.generator_hidden, head_width(generator)) {
        // Heads keep their width, the feed-forward layer its ratio.
        generator.num_attention_heads = (hidden / head).max(1);
        generator.intermediate_size = hidden.saturating_mul(4);
        generator.hidden_size = hidden;
    }
    if args.compat.is_some() {
        objective.mask_with_replacement = true;
        config.data.drop_overflow = true;
    }
}
