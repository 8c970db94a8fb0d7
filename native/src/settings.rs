//! Preset, configuration file and flags become one configuration: flags win, then the file.

use crate::args::PretrainArgs;
use anyhow::{Context, Result, anyhow, bail};
use electra::config::PretrainConfig;
use std::path::Path;
use toml::{Table, Value};

/// What trains when nothing else is asked for.
const DEFAULT_PRESET: &str = "nano";

/// The configuration that flags and file ask for, checked.
///
/// # Errors
///
/// When the file cannot be read or a field is unknown or out of range.
pub(crate) fn resolve(args: &PretrainArgs) -> Result<PretrainConfig> {
    let file = match &args.config {
        Some(path) => read(path)?,
        None => Table::new(),
    };
    let in_file = file.get("preset").and_then(Value::as_str).map(str::to_owned);
    let preset = args.preset.clone().or(in_file).unwrap_or_else(|| DEFAULT_PRESET.to_owned());
    let mut table = Table::try_from(PretrainConfig::preset(&preset)?)?;
    merge(&mut table, file);
    table.insert("preset".to_owned(), Value::String(preset));
    let mut config: PretrainConfig =
        Value::Table(table.clone()).try_into().map_err(|error: toml::de::Error| {
            let place =
                args.config.as_ref().map_or(String::new(), |path| format!(": {}", path.display()));
            anyhow!("{}{place}", one_line(error.message()))
        })?;
    for assignment in &args.set {
        config = assign(&config, assignment)?;
    }
    apply(&mut config, args)?;
    config.validate()?;
    Ok(config)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn read(path: &Path) -> Result<Table> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the configuration {}", path.display()))?;
    text.parse::<Table>().map_err(|error: toml::de::Error| {
        anyhow!("this is not TOML: {}: {}", one_line(&error.to_string()), path.display())
    })
}

/// Lays `changes` over `table`, section by section.
fn merge(table: &mut Table, changes: Table) {
    for (name, value) in changes {
        match (table.get_mut(&name), value) {
            (Some(Value::Table(inner)), Value::Table(changes)) => merge(inner, changes),
            (_, value) => {
                table.insert(name, value);
            }
        }
    }
}

/// Applies one `section.field=value`.
fn assign(config: &PretrainConfig, assignment: &str) -> Result<PretrainConfig> {
    let Some((field, value)) = assignment.split_once('=') else {
        bail!("`--set {assignment}` has no `=`; write for example `--set model.norm=post`");
    };
    // What is no TOML value by itself is a word: `--set model.norm=post` needs no quotes.
    let value = format!("value = {value}")
        .parse::<Table>()
        .ok()
        .and_then(|mut parsed| parsed.remove("value"))
        .unwrap_or_else(|| Value::String(value.to_owned()));
    let mut change = value;
    for part in field.trim().rsplit('.') {
        change = Value::Table(Table::from_iter([(part.to_owned(), change)]));
    }
    let mut table = Table::try_from(config)?;
    if let Value::Table(change) = change {
        merge(&mut table, change);
    }
    Value::Table(table).try_into().map_err(|error: toml::de::Error| {
        anyhow!("`--set {assignment}`: {}", one_line(error.message()))
    })
}

fn set<T>(field: &mut T, flag: Option<T>) {
    if let Some(value) = flag {
        *field = value;
    }
}

fn apply(config: &mut PretrainConfig, args: &PretrainArgs) -> Result<()> {
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
    // The embedded sentences have nothing to do with one another.
    data.line_is_document |= args.line_is_document || data.text.is_empty();
    data.file_is_document |= args.file_is_document;
    if args.cased {
        data.lower_case = false;
        data.strip_accents = false;
    }
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
        // A warm-up made for a longer run would fill a short one.
        let warmup = &mut config.optimizer.warmup_steps;
        *warmup = (*warmup).min(steps.div_ceil(10));
    }
    training.minutes = args.minutes.or(training.minutes);
    set(&mut training.batch_size, args.batch);
    set(&mut training.accumulation, args.accumulate);
    set(&mut training.eval_every, args.eval_every);
    set(&mut training.save_every, args.save_every);
    set(&mut config.optimizer.learning_rate, args.lr);
    set(&mut config.optimizer.warmup_steps, args.warmup);
    set(&mut config.seed, args.seed);
}

fn apply_objective(config: &mut PretrainConfig, args: &PretrainArgs) {
    let objective = &mut config.objective;
    set(&mut objective.mask_prob, args.mask_prob);
    set(&mut objective.discriminator_weight, args.lambda);
    set(&mut objective.temperature, args.temperature);
    let generator = &mut config.model.generator;
    set(&mut generator.num_hidden_layers, args.generator_layers);
    if let Some(hidden) = args.generator_hidden {
        // Heads keep their width, the feed-forward layer its ratio.
        let head = generator.head_dim();
        generator.num_attention_heads = (hidden / head).max(1);
        generator.intermediate_size = 4 * hidden;
        generator.hidden_size = hidden;
    }
    if args.compat.is_some() {
        objective.mask_with_replacement = true;
        config.data.drop_overflow = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str, args: PretrainArgs) -> Result<PretrainConfig> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("run.toml");
        std::fs::write(&path, text).expect("a file");
        resolve(&PretrainArgs { config: Some(path), ..args })
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_the_preset() {
        let args = PretrainArgs { lr: Some(1e-4), ..PretrainArgs::default() };
        let text = "preset = \"tiny\"\n[optimizer]\nlearning_rate = 0.5\nbeta_2 = 0.95\n";
        let config = with_file(text, args).expect("a configuration");
        assert_eq!(config.preset, "tiny");
        assert_eq!(config.optimizer.learning_rate, 1e-4);
        assert_eq!(config.optimizer.beta_2, 0.95);
        let preset = PretrainConfig::preset("tiny").expect("a preset");
        assert_eq!(config.model, preset.model);
    }

    #[test]
    fn a_misspelt_field_is_refused_with_the_known_ones() {
        let error = with_file("[objective]\nmask_porb = 0.2\n", PretrainArgs::default());
        let error = format!("{:#}", error.expect_err("a misspelt field"));
        assert!(error.contains("mask_porb") && error.contains("mask_prob"), "{error}");
    }

    #[test]
    fn any_field_can_be_set_by_flag() {
        let set = ["model.norm=post", "optimizer.bias_correction=false", "data.text=['a', 'b']"];
        let args = PretrainArgs { set: set.map(str::to_owned).to_vec(), ..PretrainArgs::default() };
        let config = resolve(&args).expect("a configuration");
        assert_eq!(config.model.norm, electra::config::NormPlacement::Post);
        assert!(!config.optimizer.bias_correction);
        assert_eq!(config.data.text, ["a", "b"]);
    }
}
