//! A trained model as it is shipped with a page: its files, smaller, with a card beside them.

use crate::model_folder::{CONFIG, run_config};
use crate::run::MetricsLog;
use anyhow::{Context, Result, anyhow, bail};
use burn::tensor::{Device, read_sync};
use electra::config::PretrainConfig;
use electra::explore::{NamedFile, OpenModel, Shapes, open};
use electra::models::without_shared_tables;
use electra::protocol::About;
use electra::weights::{self, HostTensors, Precision};
use electra_site::model_files;
use std::fs;
use std::path::Path;

/// The card's file.
pub(crate) const ABOUT: &str = "about.json";
/// Where a run keeps its metrics.
const METRICS: &str = "metrics.jsonl";
/// A network's weights.
const WEIGHTS: &str = "model.safetensors";

/// What only a person knows about a model.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    pub(crate) name: Option<String>,
    pub(crate) trained_on: Option<String>,
    pub(crate) licence: Option<String>,
}

/// Files of a model, paths as a page opens them.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// The files of a run or a Hugging Face folder, as they are, with their card if there is one.
pub(crate) fn files(folder: &Path) -> Result<Files> {
    let mut files = model_files(folder).map_err(|reason| anyhow!(reason))?;
    if !files.iter().any(|(path, _)| path.ends_with(WEIGHTS)) {
        bail!(
            "there is no model.safetensors in this folder; `--model` takes a run or a Hugging Face \
             folder: {}",
            folder.display()
        );
    }
    if let Ok(about) = fs::read(folder.join(ABOUT)) {
        files.push((ABOUT.to_owned(), about));
    }
    Ok(files)
}

/// Opens a model as a page does.
pub(crate) fn open_files(files: &Files, device: &Device) -> Result<OpenModel> {
    let named =
        files.iter().map(|(path, bytes)| NamedFile { path: path.clone(), bytes: bytes.clone() });
    read_sync(open(named.collect(), device, Shapes::Tight))
        .map_err(|failure| anyhow!(failure.message))
}

/// The files with weights in `precision`, and the card written anew; checked by opening them.
pub(crate) fn shipped(
    folder: &Path,
    precision: Precision,
    words: Words,
    device: &Device,
) -> Result<(About, Files, OpenModel)> {
    let about = about(folder, words)?;
    let mut files = files(folder)?;
    files.retain(|(path, _)| path != ABOUT);
    write_weights(folder, &mut files, precision)?;
    let card = serde_json::to_string_pretty(&about)? + "\n";
    files.push((ABOUT.to_owned(), card.into_bytes()));
    let model = open_files(&files, device)
        .with_context(|| format!("cannot ship the model in {}", folder.display()))?;
    Ok((about, files, model))
}

/// Weights in `precision`; tables that both networks share stand in the discriminator's file only.
fn write_weights(folder: &Path, files: &mut Files, precision: Precision) -> Result<()> {
    let weights_of = |path: &str| path.ends_with(WEIGHTS);
    let mut discriminator: Option<HostTensors> = None;
    // The discriminator's come first.
    for (path, bytes) in files.iter_mut().filter(|(path, _)| weights_of(path)) {
        let failed = || format!("cannot use the weights {}", folder.join(&path).display());
        let mut tensors = weights::read(bytes).with_context(failed)?;
        if let Some(discriminator) = &discriminator {
            without_shared_tables(discriminator, &mut tensors);
        }
        *bytes = weights::write(&tensors, &[("format", "pt".to_owned())], precision)
            .with_context(failed)?;
        discriminator.get_or_insert(tensors);
    }
    Ok(())
}

/// What a folder tells people about its model: how it was configured, what was measured, what may
/// be done with it.
pub(crate) fn records(folder: &Path) -> Result<Files> {
    let mut records = electra_site::records(folder).map_err(|reason| anyhow!(reason))?;
    let config = records.iter_mut().find(|(name, _)| name == CONFIG);
    if let (Some((_, bytes)), Some(config)) = (config, run_config(folder)) {
        *bytes = without_paths(config)?;
    }
    Ok(records)
}

/// A run's configuration whose files are named without the folders they lay in.
fn without_paths(mut config: PretrainConfig) -> Result<Vec<u8>> {
    let data = &mut config.data;
    let paths = data.text.iter_mut().chain(&mut data.held_out_text).chain(data.vocab.as_mut());
    for path in paths {
        *path = file_name(path);
    }
    Ok(toml::to_string_pretty(&config)?.into_bytes())
}

/// The last part of a path: where the text lay on the trainer's machine is nobody's business.
fn file_name(path: &str) -> String {
    Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What is known about a model: by its card, by its run, by the person who ships it.
fn about(folder: &Path, words: Words) -> Result<About> {
    let mut about = match fs::read(folder.join(ABOUT)) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .with_context(|| format!("cannot read {}", folder.join(ABOUT).display()))?,
        Err(_) => About::default(),
    };
    if folder.join(CONFIG).is_file() {
        let config = run_config(folder)
            .with_context(|| format!("cannot read {}", folder.join(CONFIG).display()))?;
        let measured = MetricsLog::evaluations(&folder.join(METRICS))?;
        about.steps = measured.last().map(|(step, _)| *step).or(about.steps);
        about.evaluation = measured.into_iter().last().map(|(_, metrics)| metrics);
        about.trained_on = match config.data.text.as_slice() {
            [] => "simple English sentences from Tatoeba (CC BY 2.0 FR)".to_owned(),
            texts => texts.iter().map(|text| file_name(text)).collect::<Vec<_>>().join(", "),
        };
        about.objective = Some(config.objective);
        // The embedded text is a list of sentences.
        about.single_sentences = config.data.text.is_empty();
    }
    if about.name.is_empty() {
        let whole = fs::canonicalize(folder)
            .with_context(|| format!("cannot find the folder {}", folder.display()))?;
        about.name = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
    }
    about.name = words.name.unwrap_or(about.name);
    about.trained_on = words.trained_on.unwrap_or(about.trained_on);
    about.licence = words.licence.unwrap_or(about.licence);
    Ok(about)
}
