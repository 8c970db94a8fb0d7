//! Preset, configuration file and flags become one configuration: flags win, then the file.

mod begun;
mod flags;
pub(crate) mod numbers;
mod resumed;

use crate::args::PretrainArgs;
use crate::text::{absolute, absolute_path};
use anyhow::{Context, Result, anyhow, bail};
use electra::config::PretrainConfig;
use serde_json::{Map, Value};
use std::path::Path;
use toml::Table;

pub(crate) use begun::Begun;
pub(crate) use resumed::{parts_elsewhere, refuse_changes, resumed_device};

/// What trains when nothing else is asked for.
const DEFAULT_PRESET: &str = "nano";

/// The configuration that flags and file ask for, checked; with `begun`, for a run that begins with
/// trained networks.
///
/// # Errors
///
/// When the file cannot be read or a field is unknown or out of range.
pub(crate) fn resolve(args: &PretrainArgs, begun: Option<&Begun>) -> Result<PretrainConfig> {
    let file = match &args.config {
        Some(path) => read(path)?,
        None => Map::new(),
    };
    let mut basis = basis(args, &file, begun)?;
    let mut config = changed_by_all(&basis, &file, args, begun)?;
    let (planned, tenth) = (&config.training, config.training.steps.div_ceil(10));
    let is_shorter = planned.minutes.is_none() && planned.steps < basis.training.steps;
    if is_shorter && basis.optimizer.warmup_steps > tenth {
        // A warm-up made for a longer run would fill a short one; one that was asked for is laid
        // over it again and stays.
        basis.optimizer.warmup_steps = tenth;
        config = changed_by_all(&basis, &file, args, begun)?;
    }
    if let Some(begun) = begun {
        // Rows that are too long are told by what the networks know, not by what could be set.
        config.model.max_position_embeddings = begun.model.max_position_embeddings;
        begun.check(&config)?;
    }
    config.validate()?;
    // How far another run had come, where its file is the beginning of this one.
    config.training.reached = None;
    place_files(&mut config);
    Ok(config)
}

/// What file and flags change: a preset, or how trained networks were trained.
fn basis(
    args: &PretrainArgs,
    file: &Map<String, Value>,
    begun: Option<&Begun>,
) -> Result<PretrainConfig> {
    let named = args.preset.as_deref().or_else(|| file.get("preset")?.as_str());
    let Some(begun) = begun else {
        return Ok(PretrainConfig::preset(named.unwrap_or(DEFAULT_PRESET))?);
    };
    let Some(preset) = named else { return begun.settings() };
    Ok(PretrainConfig { model: begun.model.clone(), ..PretrainConfig::preset(preset)? })
}

/// `basis` with everything that file and flags say.
fn changed_by_all(
    basis: &PretrainConfig,
    file: &Map<String, Value>,
    args: &PretrainArgs,
    begun: Option<&Begun>,
) -> Result<PretrainConfig> {
    let place = args.config.as_ref().map_or(String::new(), |path| format!(": {}", path.display()));
    let mut config = changed(basis, file.clone()).map_err(|error| anyhow!("{error}{place}"))?;
    config.preset.clone_from(&basis.preset);
    let of_file = config.training.device.as_ref();
    if of_file.zip(args.device.as_ref()).is_some_and(|(of_file, device)| of_file != device) {
        // The file's number of parts suited the device that it names.
        config.training.data_parallel = None;
    }
    if let Some(begun) = begun {
        begun.name_vocabulary(&mut config);
    }
    for assignment in &args.set {
        config = assign(&config, assignment)?;
    }
    flags::apply(&mut config, args)?;
    Ok(config)
}

/// Files are named from the root: a run can be resumed from any folder.
fn place_files(config: &mut PretrainConfig) {
    let data = &mut config.data;
    for name in data.text.iter_mut().chain(&mut data.held_out_text) {
        *name = absolute(name);
    }
    data.vocab = data.vocab.as_deref().map(absolute_path);
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A file in TOML, or in JSON if its name ends so.
fn read(path: &Path) -> Result<Map<String, Value>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the configuration {}", path.display()))?;
    let json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let not = |form: &str, error: &str| {
        anyhow!("this is not {form}: {}: {}", one_line(error), path.display())
    };
    if json {
        return serde_json::from_str(&text).map_err(|it| not("a JSON object", &it.to_string()));
    }
    let table = toml::from_str(&text).map_err(|error| not("TOML", &error.to_string()))?;
    numbers::from_toml(table).with_context(|| format!("cannot use {}", path.display()))
}

/// `config` with `changes` in it.
fn changed(config: &PretrainConfig, changes: Map<String, Value>) -> Result<PretrainConfig> {
    let mut whole = serde_json::to_value(config)?;
    if let Value::Object(whole) = &mut whole {
        merge(whole, changes);
    }
    serde_path_to_error::deserialize(whole)
        .map_err(|error| anyhow!(numbers::in_words(&one_line(&error.to_string()))))
}

/// Lays `changes` over `whole`, section by section.
fn merge(whole: &mut Map<String, Value>, changes: Map<String, Value>) {
    for (name, value) in changes {
        match (whole.get_mut(&name), value) {
            (Some(Value::Object(inner)), Value::Object(changes)) => merge(inner, changes),
            (_, value) => {
                whole.insert(name, value);
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
    let mut change = toml::from_str::<Table>(&format!("value = {value}"))
        .ok()
        .and_then(|mut parsed| parsed.remove("value"))
        .unwrap_or_else(|| toml::Value::String(value.to_owned()));
    for part in field.trim().rsplit('.') {
        change = toml::Value::Table(Table::from_iter([(part.to_owned(), change)]));
    }
    let toml::Value::Table(change) = change else { return Ok(config.clone()) };
    numbers::from_toml(change)
        .and_then(|change| changed(config, change))
        .map_err(|error| anyhow!("`--set {assignment}`: {error}"))
}

#[cfg(test)]
mod tests;
