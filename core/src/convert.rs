//! From what any ELECTRA or BERT folder holds to a folder of one class.

use crate::config::{ElectraConfig, Tie};
use crate::electra::Electra;
use crate::error::CheckpointError;
use crate::hugging_face::{
    Architecture, Network, canonical, from_hugging_face, read_architecture, read_task,
    task_from_hugging_face, task_to_hugging_face, to_hugging_face, write_config,
    write_encoder_config, write_task_config,
};
use crate::models::{Folder, Source, TABLES, configured, host_tensors, names, without_tied_output};
use crate::task_models;
use crate::weights::{self, HostTensors, Precision};
use burn::tensor::Device;
use std::collections::BTreeSet;

/// A folder's contents in another form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The contents.
    pub folder: Folder,
    /// Parameters that were not there and begin anew.
    pub fresh: Vec<String>,
    /// Tensors that this class has no place for.
    pub ignored: Vec<String>,
}

/// Brings a folder's contents to the form of `class`.
///
/// A head that tells replaced tokens begins anew where there was none, from `seed`; `device` only
/// draws it.
///
/// # Errors
///
/// [`CheckpointError`] naming the field or tensor that does not fit, and
/// [`CheckpointError::UntiedOutput`] for a generator that does not score words by its word table.
pub async fn convert(
    folder: &Folder,
    class: Architecture,
    (seed, pad, precision): (u64, u32, Precision),
    device: &Device,
) -> Result<Converted, CheckpointError> {
    let config = configured(folder)?;
    let mut theirs = canonical(weights::read(&folder.weights)?);
    if class == Architecture::Generator {
        without_tied_output(&mut theirs)?;
    }
    let (text, tensors, fresh) = match class {
        Architecture::Task => task(folder, &config, &theirs, pad, device).await?,
        class => network(&config, &theirs, class, (seed, pad), device).await?,
    };
    let used: BTreeSet<&String> = tensors.keys().collect();
    let ignored = theirs.keys().filter(|name| !used.contains(name)).cloned().collect();
    let tensors = if class == Architecture::Encoder { without_prefix(tensors) } else { tensors };
    let weights = weights::write(&tensors, &[("format", "pt".to_owned())], precision)?;
    Ok(Converted { folder: Folder { config: text, weights }, fresh, ignored })
}

/// Whether a folder lacks the tables: a generator's that is shipped with its discriminator.
///
/// # Errors
///
/// [`CheckpointError::Parse`] for damaged weights.
pub fn lacks_tables(folder: &Folder) -> Result<bool, CheckpointError> {
    Ok(!Source::new(folder)?.has_tables())
}

/// A generator's contents with the tables of the discriminator that it was shipped with.
///
/// # Errors
///
/// [`CheckpointError::Parse`] for damaged weights.
pub fn with_tables(generator: Folder, discriminator: &Folder) -> Result<Folder, CheckpointError> {
    let mut tensors = weights::read(&generator.weights)?;
    let shared = canonical(weights::read(&discriminator.weights)?);
    tensors.extend(shared.into_iter().filter(|(name, _)| name.starts_with(TABLES)));
    let weights = weights::write(&tensors, &[("format", "pt".to_owned())], Precision::F32)?;
    Ok(Folder { weights, ..generator })
}

/// What a folder says it holds.
///
/// # Errors
///
/// [`CheckpointError::Config`] when its `config.json` is none.
pub fn architecture(folder: &Folder) -> Result<Architecture, CheckpointError> {
    read_architecture(&folder.config).map_err(|error| CheckpointError::Config(error.to_string()))
}

type Parts = (String, HostTensors, Vec<String>);

async fn task(
    folder: &Folder,
    config: &ElectraConfig,
    theirs: &HostTensors,
    pad: u32,
    device: &Device,
) -> Result<Parts, CheckpointError> {
    let task =
        read_task(&folder.config).map_err(|error| CheckpointError::Config(error.to_string()))?;
    let blank = task_models::blank(config, &task.kind, task.head, device);
    let shapes = host_tensors(&blank).await?;
    let ours = task_from_hugging_face(theirs, &names(&blank));
    let ours = complete(ours, &shapes, |_| false)?.0;
    Ok((write_task_config(config, &task, pad), task_to_hugging_face(&ours), Vec::new()))
}

async fn network(
    config: &ElectraConfig,
    theirs: &HostTensors,
    class: Architecture,
    (seed, pad): (u64, u32),
    device: &Device,
) -> Result<Parts, CheckpointError> {
    // One module with every part that a class may have.
    let whole = ElectraConfig { tie: Tie::All, ..config.clone() };
    let mut drawn = host_tensors(&Electra::new(&whole, seed, device)).await?;
    let network = match class {
        Architecture::Generator => Network::Generator,
        _ => Network::Discriminator,
    };
    let paths: Vec<String> = drawn.keys().cloned().collect();
    let belongs = to_hugging_face(&drawn, network);
    let wanted = from_hugging_face(&belongs, network, &paths);
    let is_head = |path: &str| path.starts_with("discriminator.") && !path.contains(".encoder.");
    drawn.retain(|path, _| {
        wanted.contains_key(path) && !(is_head(path) && class == Architecture::Encoder)
    });
    let mut ours = from_hugging_face(theirs, network, &paths);
    ours.retain(|path, _| drawn.contains_key(path));
    let (ours, fresh) = complete(ours, &drawn, is_head)?;
    let text = match class {
        Architecture::Encoder => write_encoder_config(config, pad),
        _ => write_config(config, network, pad),
    };
    Ok((text, to_hugging_face(&ours, network), fresh))
}

/// Adds what may be drawn anew, and fails on what else is missing or of another shape.
fn complete(
    mut ours: HostTensors,
    drawn: &HostTensors,
    may_lack: impl Fn(&str) -> bool,
) -> Result<(HostTensors, Vec<String>), CheckpointError> {
    let mut fresh = Vec::new();
    for (path, tensor) in drawn {
        match ours.get(path) {
            None if may_lack(path) => {
                fresh.push(path.clone());
                ours.insert(path.clone(), tensor.clone());
            }
            None => return Err(CheckpointError::Missing(path.clone())),
            Some(found) if found.shape != tensor.shape => {
                return Err(CheckpointError::Shape {
                    name: path.clone(),
                    found: found.shape.clone(),
                    expected: tensor.shape.clone(),
                });
            }
            Some(_) => {}
        }
    }
    Ok((ours, fresh))
}

/// Encoders saved alone carry no prefix.
fn without_prefix(tensors: HostTensors) -> HostTensors {
    let strip = |name: String| name.strip_prefix("electra.").map_or(name.clone(), str::to_owned);
    tensors.into_iter().map(|(name, tensor)| (strip(name), tensor)).collect()
}
