//! The command that goes on after a run that was lost.

use crate::commands::finish::program;
use crate::run::shell_word;
use electra::config::PretrainConfig;
use std::path::Path;

/// The command that trains on from a saved state, at half the learning rate.
pub(super) fn way_on(model: &Path, config: &PretrainConfig) -> String {
    let rate = config.optimizer.learning_rate / 2.0;
    let model = shell_word(&model.display().to_string());
    let data = text_flags(config);
    format!("{} pretrain --model {model} {data} --lr {rate:e}", program())
}

/// Flags that name the same text, read in the same way and held out alike: networks bring their
/// settings along, but no text.
fn text_flags(config: &PretrainConfig) -> String {
    let data = &config.data;
    let named = |flag: &str, values: &[String]| -> Vec<String> {
        values.iter().map(|value| format!("{flag} {}", shell_word(value))).collect()
    };
    let mut flags = named("--text", &data.text);
    let usual = PretrainConfig::preset(&config.preset).map(|preset| preset.data.json_field);
    if usual.is_ok_and(|usual| usual != data.json_field) {
        flags.push(format!("--json-field {}", shell_word(&data.json_field)));
    }
    for (flag, set) in [
        ("--line-is-document", data.line_is_document),
        ("--file-is-document", data.file_is_document),
    ] {
        flags.extend(set.then(|| flag.to_owned()));
    }
    if data.held_out_text.is_empty() {
        flags.push(format!("--held-out {}", data.held_out));
    }
    flags.extend(named("--held-out-text", &data.held_out_text));
    flags.join(" ")
}
