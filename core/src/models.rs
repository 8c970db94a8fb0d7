//! Trained networks in and out of Hugging Face folders' contents.

use crate::checkpoint::{blank, load};
use crate::config::{ElectraConfig, Tie};
use crate::detector::Detector;
use crate::electra::Electra;
use crate::error::CheckpointError;
use crate::hugging_face::{
    Network, canonical, from_hugging_face, read_config, to_hugging_face, write_config,
};
use crate::parameters;
use crate::weights::{self, HostTensor, HostTensors, Precision};
use burn::module::Module;
use burn::tensor::Device;

/// What a folder holds, beside the tokenizer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// `config.json`
    pub config: String,
    /// `model.safetensors`
    pub weights: Vec<u8>,
}

/// Parameters of a module on the host, under their paths.
///
/// # Errors
///
/// When the device fails.
pub async fn host_tensors(module: &impl Module) -> Result<HostTensors, CheckpointError> {
    let listed = parameters::list(module);
    let wanted = listed.iter().map(|parameter| parameter.values.clone()).collect();
    let values = parameters::read(wanted).await?;
    Ok(listed
        .into_iter()
        .zip(values)
        .map(|(parameter, values)| (parameter.name, HostTensor { shape: parameter.shape, values }))
        .collect())
}

/// One network of a model as a folder's contents.
///
/// # Errors
///
/// When the device fails.
pub async fn export(
    model: &Electra,
    config: &ElectraConfig,
    network: Network,
    pad: u32,
    precision: Precision,
) -> Result<Folder, CheckpointError> {
    let tensors = to_hugging_face(&host_tensors(model).await?, network);
    Ok(Folder {
        config: write_config(config, network, pad),
        weights: weights::write(&tensors, &[("format", "pt".to_owned())], precision)?,
    })
}

pub(crate) fn names(module: &impl Module) -> Vec<String> {
    parameters::list(module).into_iter().map(|parameter| parameter.name).collect()
}

pub(crate) fn configured(folder: &Folder) -> Result<ElectraConfig, CheckpointError> {
    read_config(&folder.config).map_err(|error| CheckpointError::Config(error.to_string()))
}

/// A discriminator alone.
///
/// # Errors
///
/// [`CheckpointError`] naming the field or tensor that does not fit.
pub fn detector(
    folder: &Folder,
    device: &Device,
) -> Result<(ElectraConfig, Detector), CheckpointError> {
    let config = configured(folder)?;
    let blank = Detector::blank(&config, device);
    let theirs = canonical(weights::read(&folder.weights)?);
    let mut ours = from_hugging_face(&theirs, Network::Discriminator, &names(&blank));
    Ok((config, load(blank, &mut ours)?))
}

/// Both networks.
///
/// Tables that are equal in both folders are tied again.
///
/// # Errors
///
/// [`CheckpointError`] naming the field or tensor that does not fit, and
/// [`CheckpointError::UntiedOutput`] for a generator that does not score words by its word table.
pub fn electra(
    discriminator: &Folder,
    generator: &Folder,
    device: &Device,
) -> Result<(ElectraConfig, Electra), CheckpointError> {
    let mut config = configured(discriminator)?;
    let proposing = configured(generator)?;
    if (proposing.vocab_size, proposing.embedding_size)
        != (config.vocab_size, config.embedding_size)
    {
        return Err(CheckpointError::Config(format!(
            "the generator has {} words of width {}, the discriminator {} of width {}; both must \
             come from one run",
            proposing.vocab_size,
            proposing.embedding_size,
            config.vocab_size,
            config.embedding_size
        )));
    }
    config.generator = proposing.discriminator;
    let (judging, proposing) =
        (weights::read(&discriminator.weights)?, weights::read(&generator.weights)?);
    if !output_is_tied(&proposing) {
        return Err(CheckpointError::UntiedOutput);
    }
    let (judging, proposing) = (canonical(judging), canonical(proposing));
    config.tie = if same_tables(&judging, &proposing) { Tie::Embeddings } else { Tie::None };
    let model = blank(&config, device);
    let paths = names(&model);
    let mut ours = from_hugging_face(&proposing, Network::Generator, &paths);
    // The discriminator's tables are the shared ones.
    ours.extend(from_hugging_face(&judging, Network::Discriminator, &paths));
    Ok((config, load(model, &mut ours)?))
}

/// Whether a generator scores words by its word table; a tied output is left out of most files.
fn output_is_tied(generator: &HostTensors) -> bool {
    let words = generator.get("electra.embeddings.word_embeddings.weight");
    generator.get("generator_lm_head.weight").is_none_or(|output| Some(output) == words)
}

fn same_tables(left: &HostTensors, right: &HostTensors) -> bool {
    left.iter()
        .filter(|(name, _)| name.starts_with("electra.embeddings."))
        .all(|(name, tensor)| right.get(name) == Some(tensor))
}
