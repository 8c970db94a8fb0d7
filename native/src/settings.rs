//! Preset, configuration file and flags become one configuration: flags win, then the file.

mod begun;
mod flags;

use crate::args::PretrainArgs;
use crate::text::{absolute, absolute_path};
use anyhow::{Context, Result, anyhow, bail};
use electra::config::PretrainConfig;
use serde_json::{Map, Value};
use std::path::Path;

pub(crate) use begun::Begun;

/// What trains when nothing else is asked for.
const DEFAULT_PRESET: &str = "nano";

/// The configuration that flags and file ask for, checked; with `begun`, for a run that begins with
/// trained networks.
///
/// # Errors
///
/// When the file cannot be read or a field is unknown or out of range.
pub(crate) fn resolve(args: &PretrainArgs, begun: Option<&Begun>) -> Result<PretrainConfig> {
    let mut file = match &args.config {
        Some(path) => read(path)?,
        None => Map::new(),
    };
    if let Some(begun) = begun.filter(|_| args.preset.is_none() && !file.contains_key("preset")) {
        let changes = std::mem::replace(&mut file, begun.settings()?);
        merge(&mut file, changes);
    }
    let in_file = file.get("preset").and_then(Value::as_str).map(str::to_owned);
    let preset = args.preset.clone().or(in_file).unwrap_or_else(|| DEFAULT_PRESET.to_owned());
    let mut preset = PretrainConfig::preset(&preset)?;
    if let Some(begun) = begun {
        preset.model = begun.model.clone();
    }
    let place = args.config.as_ref().map_or(String::new(), |path| format!(": {}", path.display()));
    let mut config = changed(&preset, file).map_err(|error| anyhow!("{error}{place}"))?;
    config.preset = preset.preset;
    if let Some(begun) = begun {
        begun.name_vocabulary(&mut config);
    }
    for assignment in &args.set {
        config = assign(&config, assignment)?;
    }
    flags::apply(&mut config, args)?;
    if let Some(begun) = begun {
        // Rows that are too long are told by what the networks know, not by what could be set.
        config.model.max_position_embeddings = begun.model.max_position_embeddings;
        begun.check(&config)?;
    }
    config.validate()?;
    place_files(&mut config);
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
    let (form, read) = if json {
        ("a JSON object", serde_json::from_str(&text).map_err(|error| error.to_string()))
    } else {
        ("TOML", toml::from_str(&text).map_err(|error| error.to_string()))
    };
    read.map_err(|error| anyhow!("this is not {form}: {}: {}", one_line(&error), path.display()))
}

/// `config` with `changes` in it.
fn changed(config: &PretrainConfig, changes: Map<String, Value>) -> Result<PretrainConfig> {
    let mut whole = serde_json::to_value(config)?;
    if let Value::Object(whole) = &mut whole {
        merge(whole, changes);
    }
    serde_json::from_value(whole).map_err(|error| anyhow!(one_line(&error.to_string())))
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
    let mut change = toml::from_str::<Map<String, Value>>(&format!("value = {value}"))
        .ok()
        .and_then(|mut parsed| parsed.remove("value"))
        .unwrap_or_else(|| Value::String(value.to_owned()));
    for part in field.trim().rsplit('.') {
        change = Value::Object(Map::from_iter([(part.to_owned(), change)]));
    }
    let Value::Object(change) = change else { return Ok(config.clone()) };
    changed(config, change).map_err(|error| anyhow!("`--set {assignment}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str, args: PretrainArgs) -> Result<PretrainConfig> {
        named("run.toml", text, args)
    }

    fn named(name: &str, text: &str, args: PretrainArgs) -> Result<PretrainConfig> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        resolve(&PretrainArgs { config: Some(path), ..args }, None)
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
    fn json_and_toml_say_the_same_and_are_equally_strict() {
        let toml = "preset = \"tiny\"\nseed = 7\n[training]\nsteps = 50\nminutes = 1.5\n";
        let json = r#"{"preset": "tiny", "seed": 7, "training": {"steps": 50, "minutes": 1.5},
                       "data": {"vocab": null}}"#;
        let read = |name, text| named(name, text, PretrainArgs::default());
        let config = read("run.json", json).expect("a configuration");
        assert_eq!(config, read("run.toml", toml).expect("a configuration"));
        assert_eq!((config.seed, config.training.minutes), (7, Some(1.5)));
        for (text, said) in [
            (r#"{"objective": {"mask_porb": 0.2}}"#, "mask_porb"),
            (r#"{"seed": null}"#, "null"),
            (r#"{"seed": "seven"}"#, "seven"),
            ("[1]", "JSON object"),
            ("seed = 7", "JSON object"),
        ] {
            let error = format!("{:#}", read("run.json", text).expect_err(text));
            assert!(error.contains(said) && error.contains("run.json"), "{error}");
        }
    }

    #[test]
    fn a_run_finds_its_files_from_any_folder() {
        let text = "[data]\ntext = ['a.txt', 'b/*.txt']\nheld_out_text = ['c.txt']\nvocab = 'v'\n";
        let data = with_file(text, PretrainArgs::default()).expect("a configuration").data;
        for name in data.text.iter().chain(&data.held_out_text).chain(&data.vocab) {
            assert!(Path::new(name).is_absolute(), "{name}");
        }
    }

    #[test]
    fn a_head_without_width_is_refused_and_divides_nothing() {
        for (set, said) in [
            ("model.generator.num_attention_heads=0", "num_attention_heads` must be at least 1"),
            ("model.generator.hidden_size=0", "hidden_size` must be at least 1"),
            ("model.generator.num_attention_heads=100000", "does not split into 100000 heads"),
        ] {
            let set = vec![set.to_owned()];
            let args = PretrainArgs { set, generator_hidden: Some(64), ..PretrainArgs::default() };
            let error = format!("{:#}", resolve(&args, None).expect_err(said));
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn accents_can_be_kept_without_upper_case() {
        let cases = |cased, keep_accents| {
            let args = PretrainArgs { cased, keep_accents, ..PretrainArgs::default() };
            let data = resolve(&args, None).expect("a configuration").data;
            (data.lower_case, data.strip_accents)
        };
        assert_eq!(cases(false, false), (true, true));
        assert_eq!(cases(false, true), (true, false));
        assert_eq!(cases(true, false), (false, false));
    }

    #[test]
    fn any_field_can_be_set_by_flag() {
        let set = ["model.norm=post", "optimizer.bias_correction=false", "data.text=['a', 'b']"];
        let args = PretrainArgs { set: set.map(str::to_owned).to_vec(), ..PretrainArgs::default() };
        let config = resolve(&args, None).expect("a configuration");
        assert_eq!(config.model.norm, electra::config::NormPlacement::Post);
        assert!(!config.optimizer.bias_correction);
        assert_eq!(config.data.text, ["a", "b"].map(absolute));
    }
}
