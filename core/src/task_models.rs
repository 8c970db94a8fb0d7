//! Fine-tuned models in and out of Hugging Face folders' contents, and encoders to begin with.

use crate::checkpoint::{load_partly, load_with};
use crate::config::{ElectraConfig, FineTuneConfig, HeadStyle, Initializer};
use crate::error::{CheckpointError, ConfigError};
use crate::finetune::{FineTuned, ScoreRange};
use crate::hugging_face::{
    SavedTask, canonical, read_task, task_from_hugging_face, task_name, task_to_hugging_face,
    write_task_config,
};
use crate::layers::Weights;
use crate::models::{Folder, Source, configured, host_tensors, names};
use crate::tasks::TaskKind;
use crate::weights::{self, HostTensors, Precision};
use burn::tensor::Device;

/// Dropout before the head of models that are only asked.
const NO_DROPOUT: f64 = 0.0;

/// The encoder of any ELECTRA or BERT folder with a new head; what else the folder holds is left.
///
/// `device` may have autodiff.
///
/// # Errors
///
/// [`CheckpointError`] naming the field or tensor that does not fit.
pub fn with_new_head(
    folder: &Folder,
    kind: &TaskKind,
    config: &FineTuneConfig,
    device: &Device,
) -> Result<FineTuned, CheckpointError> {
    let model = config.model(&configured(folder)?);
    let mut weights = Weights::blank(device);
    let model = assemble(&model, kind, config, &mut weights, device);
    let theirs = canonical(weights::read(&folder.weights)?);
    let mut ours = task_from_hugging_face(&theirs, &names(&model));
    ours.retain(|path, _| !is_head(path));
    Ok(load_partly(model, &mut ours, is_head)?.0)
}

/// An encoder with random weights and a new head: what pre-training has to beat.
pub fn untrained(
    model: &ElectraConfig,
    kind: &TaskKind,
    config: &FineTuneConfig,
    device: &Device,
) -> FineTuned {
    let model = config.model(model);
    let mut weights = Weights::new(config.seed, model.initializer, device);
    assemble(&model, kind, config, &mut weights, device)
}

fn assemble(
    model: &ElectraConfig,
    kind: &TaskKind,
    config: &FineTuneConfig,
    weights: &mut Weights,
    device: &Device,
) -> FineTuned {
    let mut head = Weights::for_head(config.seed, Initializer::Google, device);
    FineTuned::new(model, kind, (config.head, config.head_dropout_prob), weights, &mut head)
}

fn is_head(path: &str) -> bool {
    path.starts_with("head.")
}

/// A fine-tuned model, ours or one that `transformers` saved.
///
/// # Errors
///
/// [`CheckpointError`] naming the field or tensor that does not fit.
pub fn fine_tuned(
    folder: &Folder,
    device: &Device,
) -> Result<(ElectraConfig, SavedTask, FineTuned), CheckpointError> {
    let config = configured(folder)?;
    let failed = |error: ConfigError| CheckpointError::Config(error.to_string());
    let task = read_task(&folder.config).map_err(failed)?;
    let source = Source::new(folder)?;
    let labels = task.kind.labels().len().max(1) as u128;
    let hidden = config.discriminator.hidden_size as u128;
    source.must_hold(&config, true, labels.saturating_mul(hidden))?;
    let model = load_with(blank(&config, &task.kind, task.head, device), |path, shape| {
        let name = task_name(path).ok_or_else(|| CheckpointError::Missing(path.to_owned()))?;
        source.shaped(name, path, shape).map(Some).map_err(|error| of_labels(error, path))
    })?;
    Ok((config, task, model))
}

/// Says of a layer that has a row for each label, and another number of them, what does not fit.
fn of_labels(error: CheckpointError, path: &str) -> CheckpointError {
    let says_labels = ["head.Classifier.output.", "head.Tagger."];
    let is_theirs = says_labels.iter().any(|layer| path.starts_with(layer));
    match error {
        CheckpointError::Shape { name, found, expected }
            if is_theirs && found.first() != expected.first() =>
        {
            CheckpointError::Labels { name, found, expected }
        }
        other => other,
    }
}

/// A fine-tuned model whose weights are about to be loaded.
pub(crate) fn blank(
    config: &ElectraConfig,
    kind: &TaskKind,
    head: HeadStyle,
    device: &Device,
) -> FineTuned {
    let (mut weights, mut other) = (Weights::blank(device), Weights::blank(device));
    FineTuned::new(config, kind, (head, NO_DROPOUT), &mut weights, &mut other)
}

/// A fine-tuned model as a folder's contents; what regression says is brought to the task's scale.
///
/// # Errors
///
/// When the device fails.
pub async fn export(
    model: &FineTuned,
    config: &ElectraConfig,
    task: &SavedTask,
    range: ScoreRange,
    pad: u32,
    precision: Precision,
) -> Result<Folder, CheckpointError> {
    let mut ours = host_tensors(model).await?;
    if task.kind == TaskKind::Regression {
        restore_scale(&mut ours, range);
    }
    let theirs = task_to_hugging_face(&ours);
    Ok(Folder {
        config: write_task_config(config, task, pad),
        weights: weights::write(&theirs, &[("format", "pt".to_owned())], precision)?,
    })
}

/// Makes the last layer say scores instead of shares of their range.
fn restore_scale(ours: &mut HostTensors, range: ScoreRange) {
    let width = (range.high - range.low) as f32;
    for (path, shift) in
        [("head.Classifier.output.weight", 0.0), ("head.Classifier.output.bias", range.low as f32)]
    {
        if let Some(tensor) = ours.get_mut(path) {
            tensor.values.iter_mut().for_each(|value| *value = *value * width + shift);
        }
    }
}
