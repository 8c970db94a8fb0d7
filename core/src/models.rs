//! Trained networks in and out of Hugging Face folders' contents.

use crate::checkpoint::{blank, load_with};
use crate::config::{ElectraConfig, PositionKind, Tie};
use crate::detector::Detector;
use crate::electra::Electra;
use crate::error::CheckpointError;
use crate::hugging_face::{
    Network, canonical_name, hugging_face_name, is_kernel, read_config, to_hugging_face,
    write_config,
};
use crate::parameters;
use crate::weights::{self, HostTensor, HostTensors, Precision, Reader};
use burn::module::Module;
use burn::tensor::Device;
use std::collections::BTreeMap;

/// What names of tables begin with, in a Hugging Face file.
pub(crate) const TABLES: &str = "electra.embeddings.";
/// What names of tables and of all of the encoder begin with.
const ENCODER: &str = "electra.";
/// The table that words are looked up in.
const WORD_TABLE: &str = "electra.embeddings.word_embeddings.weight";
/// The table that a generator scores words by; a tied one is left out of most files.
const OUTPUT_TABLE: &str = "generator_lm_head.weight";

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

/// The tensors of one model's file, by the names of `ElectraForX`.
pub(crate) struct Source<'a> {
    file: Reader<'a>,
    /// Names in the file, by those of `ElectraForX`.
    stored: BTreeMap<String, String>,
}

impl<'a> Source<'a> {
    /// Reads the header.
    pub(crate) fn new(folder: &'a Folder) -> Result<Self, CheckpointError> {
        let file = Reader::new(&folder.weights)?;
        let stored = file.names().map(|name| (canonical_name(&name), name)).collect();
        Ok(Self { file, stored })
    }

    /// Refuses a configuration that asks for more than the file holds, before anything of that size
    /// is made: `head` elements, the encoder and, where they are `with_tables`, the tables.
    pub(crate) fn must_hold(
        &self,
        config: &ElectraConfig,
        with_tables: bool,
        head: u128,
    ) -> Result<(), CheckpointError> {
        let wanted = least_elements(config, with_tables).saturating_add(head);
        let held = self.file.elements() as u128;
        if wanted > held {
            return Err(CheckpointError::Config(format!(
                "config.json asks for at least {wanted} numbers, model.safetensors holds {held}; \
                 take both from one model"
            )));
        }
        Ok(())
    }

    pub(crate) fn has_tables(&self) -> bool {
        self.stored.keys().any(|name| name.starts_with(TABLES))
    }

    /// The tensor that `ElectraForX` calls `name`.
    fn tensor(&self, name: &str) -> Result<HostTensor, CheckpointError> {
        self.file.tensor(self.stored.get(name).map_or(name, String::as_str))
    }

    /// Whether a generator scores words by its word table.
    fn output_is_tied(&self) -> Result<bool, CheckpointError> {
        Ok(!self.stored.contains_key(OUTPUT_TABLE)
            || self.tensor(OUTPUT_TABLE)? == self.tensor(WORD_TABLE)?)
    }

    /// Values of the parameter `path`; none if it is no part of this network.
    fn values(
        &self,
        network: Network,
        path: &str,
        shape: &[usize],
        paths: &[String],
    ) -> Option<Result<Vec<f32>, CheckpointError>> {
        let name = hugging_face_name(path, network, paths)?;
        Some(self.shaped(name, path, shape))
    }

    /// Values of the parameter `path`, which `ElectraForX` calls `name`.
    ///
    /// Errors name the tensor and its shape as they stand in the file.
    pub(crate) fn shaped(
        &self,
        name: String,
        path: &str,
        shape: &[usize],
    ) -> Result<Vec<f32>, CheckpointError> {
        let tensor = self.tensor(&name)?;
        let turned = is_kernel(path) && shape.len() == 2;
        let expected = if turned { vec![shape[1], shape[0]] } else { shape.to_vec() };
        if tensor.shape != expected {
            return Err(CheckpointError::Shape { name, found: tensor.shape, expected });
        }
        Ok(if turned { tensor.transposed().values } else { tensor.values })
    }
}

/// Elements that a network of this shape cannot do without: the encoder's kernels and, unless they
/// are in the other network's file, the tables.
fn least_elements(config: &ElectraConfig, with_tables: bool) -> u128 {
    let wide = |sizes: &[usize]| {
        sizes.iter().fold(1_u128, |product, &size| product.saturating_mul(size as u128))
    };
    let network = &config.discriminator;
    let (hidden, layers) = (network.hidden_size, network.num_hidden_layers);
    let positions = match config.position {
        PositionKind::Learned => config.max_position_embeddings,
        PositionKind::Rotary => 0,
    };
    let width = if with_tables { config.embedding_size } else { 0 };
    [
        wide(&[config.vocab_size, width]),
        wide(&[positions, width]),
        wide(&[config.type_vocab_size, width]),
        wide(&[4, layers, hidden, hidden]),
        wide(&[2, layers, hidden, network.intermediate_size]),
    ]
    .into_iter()
    .fold(0, u128::saturating_add)
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
    let source = Source::new(folder)?;
    source.must_hold(&config, true, 0)?;
    let blank = Detector::blank(&config, device);
    let paths = names(&blank);
    let detector = load_with(blank, |path, shape| {
        let values = source.values(Network::Discriminator, path, shape, &paths);
        values.unwrap_or_else(|| Err(CheckpointError::Missing(path.to_owned()))).map(Some)
    })?;
    Ok((config, detector))
}

/// Both networks.
///
/// What is equal in both folders is tied again: the tables, or the whole encoder with them.
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
    let theirs = configured(generator)?;
    if (theirs.vocab_size, theirs.embedding_size) != (config.vocab_size, config.embedding_size) {
        return Err(CheckpointError::Config(format!(
            "the generator has {} words of width {}, the discriminator {} of width {}; both must \
             come from one run",
            theirs.vocab_size, theirs.embedding_size, config.vocab_size, config.embedding_size
        )));
    }
    let (judging, proposing) = (Source::new(discriminator)?, Source::new(generator)?);
    judging.must_hold(&config, true, 0)?;
    proposing.must_hold(&theirs, proposing.has_tables(), 0)?;
    if !proposing.output_is_tied()? {
        return Err(CheckpointError::UntiedOutput);
    }
    config.generator = theirs.discriminator;
    config.tie = tied(&config, &judging, &proposing)?;
    let model = blank(&config, device);
    let paths = names(&model);
    let model = load_with(model, |path, shape| {
        // The discriminator's tables are the shared ones.
        let values = judging.values(Network::Discriminator, path, shape, &paths);
        let values = values.or_else(|| proposing.values(Network::Generator, path, shape, &paths));
        values.unwrap_or_else(|| Err(CheckpointError::Missing(path.to_owned()))).map(Some)
    })?;
    Ok((config, model))
}

/// Takes out of a generator's tensors the output table, which is its word table once more.
///
/// # Errors
///
/// [`CheckpointError::UntiedOutput`] if it is another one.
pub(crate) fn without_tied_output(generator: &mut HostTensors) -> Result<(), CheckpointError> {
    match (generator.remove(OUTPUT_TABLE), generator.get(WORD_TABLE)) {
        (Some(output), Some(words)) if output != *words => Err(CheckpointError::UntiedOutput),
        _ => Ok(()),
    }
}

/// Takes out of a generator's tensors the tables that the discriminator's hold too, for shipping
/// both together; [`electra`] knows them as shared.
pub fn without_shared_tables(discriminator: &HostTensors, generator: &mut HostTensors) {
    let is_table = |name: &str| name.starts_with(TABLES);
    let tables = || generator.iter().filter(|(name, _)| is_table(name));
    if tables().all(|(name, tensor)| discriminator.get(name) == Some(tensor)) {
        generator.retain(|name, _| !is_table(name));
    }
}

/// What two networks share. A model that is shipped has no tables in the generator's file.
fn tied(
    config: &ElectraConfig,
    judging: &Source<'_>,
    proposing: &Source<'_>,
) -> Result<Tie, CheckpointError> {
    let is_table = |name: &str| name.starts_with(TABLES);
    if proposing.has_tables() && !same(judging, proposing, is_table)? {
        return Ok(Tie::None);
    }
    let in_encoder = |name: &str| name.starts_with(ENCODER) && !is_table(name);
    let whole = config.generator == config.discriminator && same(judging, proposing, in_encoder)?;
    Ok(if whole { Tie::All } else { Tie::Embeddings })
}

/// Whether the tensors of `left` that are `wanted` are the same in `right`.
fn same(
    left: &Source<'_>,
    right: &Source<'_>,
    wanted: impl Fn(&str) -> bool,
) -> Result<bool, CheckpointError> {
    for name in left.stored.keys().filter(|name| wanted(name)) {
        // Old PyTorch files carry this buffer of integers; it holds no weights.
        if name.ends_with("position_ids") {
            continue;
        }
        if !right.stored.contains_key(name) || left.tensor(name)? != right.tensor(name)? {
            return Ok(false);
        }
    }
    Ok(true)
}
