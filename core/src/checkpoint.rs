//! A run as bytes and back: weights, optimiser, position in every stream, configuration.
//!
//! Random streams need no state of their own: each is a function of seed and step.

use crate::config::PretrainConfig;
use crate::electra::Electra;
use crate::error::CheckpointError;
use crate::layers::Weights;
use crate::optim::Adam;
use crate::parameters::{self, Parameter};
use crate::trainer::{Trainer, Vocabulary};
use crate::weights::{self, HostTensor, HostTensors, Precision};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

/// Newest version of the format.
pub const VERSION: u32 = 1;
/// Where the header stands in the file's metadata.
const HEADER_KEY: &str = "electra";
const FIRST_PREFIX: &str = "adam.first.";
const SECOND_PREFIX: &str = "adam.second.";

/// What a checkpoint says beside its tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the format.
    pub version: u32,
    /// Optimiser steps finished.
    pub step: usize,
    /// Real tokens seen.
    pub tokens: u64,
    /// Whether nobody knew yet how many steps the run would have: the clock had not planned them.
    #[serde(default)]
    pub is_guess: bool,
    /// The run's configuration.
    pub config: PretrainConfig,
}

/// Reads the header alone.
///
/// # Errors
///
/// [`CheckpointError`] when it is no checkpoint, or a newer one.
pub fn header(bytes: &[u8]) -> Result<Header, CheckpointError> {
    #[derive(Deserialize)]
    struct OnlyVersion {
        version: u32,
    }
    let Some(text) = weights::metadata(bytes, HEADER_KEY)? else {
        return Err(CheckpointError::Parse("this file is no checkpoint of a run".to_owned()));
    };
    let failed = |error: serde_json::Error| CheckpointError::Config(error.to_string());
    let OnlyVersion { version } = serde_json::from_str(&text).map_err(failed)?;
    if version > VERSION {
        return Err(CheckpointError::Version { found: version, supported: VERSION });
    }
    let header: Header = serde_json::from_str(&text).map_err(failed)?;
    header.config.validate().map_err(|error| CheckpointError::Config(error.to_string()))?;
    Ok(header)
}

impl Trainer {
    /// A run from its beginning whose networks are trained ones, such as those of another text;
    /// everything else is as in [`Trainer::new`].
    ///
    /// # Errors
    ///
    /// [`CheckpointError`] naming the parameter whose shape is not that of `config`.
    pub async fn from_networks(
        config: PretrainConfig,
        vocabulary: Vocabulary,
        device: &Device,
        fixed_shapes: bool,
        networks: &Electra,
    ) -> Result<Self, CheckpointError> {
        let listed = parameters::list(networks);
        let wanted = listed.iter().map(|parameter| parameter.values.clone()).collect();
        let values = parameters::read(wanted).await?;
        let named = |(parameter, values): (parameters::Parameter, Vec<f32>)| {
            (parameter.name, HostTensor { shape: parameter.shape, values })
        };
        let mut tensors: HostTensors = listed.into_iter().zip(values).map(named).collect();
        let device = device.clone().autodiff();
        let model = load(blank(&config.model, &device), &mut tensors)?;
        let optimizer = Adam::new(&config.optimizer, &model);
        Ok(Self::with_state(config, vocabulary, &device, fixed_shapes, (model, optimizer)))
    }

    /// The whole run as bytes.
    ///
    /// # Errors
    ///
    /// When reading from the device fails.
    pub async fn checkpoint(&self) -> Result<Vec<u8>, CheckpointError> {
        let tensors = state_tensors(self.model(), &self.optimizer).await?;
        let header = Header {
            version: VERSION,
            step: self.step,
            tokens: self.tokens,
            is_guess: self.is_guess,
            config: self.config.clone(),
        };
        let header = serde_json::to_string(&header)
            .map_err(|error| CheckpointError::Config(error.to_string()))?;
        weights::write(&tensors, &[(HEADER_KEY, header)], Precision::F32)
    }

    /// The run that [`checkpoint`](Self::checkpoint) saved, ready for its next step.
    ///
    /// # Errors
    ///
    /// [`CheckpointError`] naming what does not fit.
    pub fn resume(
        bytes: &[u8],
        vocabulary: Vocabulary,
        device: &Device,
        fixed_shapes: bool,
    ) -> Result<Self, CheckpointError> {
        let header = header(bytes)?;
        let mut tensors = weights::read(bytes)?;
        let device = device.clone().autodiff();
        let model = blank(&header.config.model, &device);
        let model = load(model, &mut tensors)?;
        let mut optimizer = Adam::new(&header.config.optimizer, &model);
        optimizer.updates = header.step;
        restore_moments(&mut optimizer, &mut tensors, &model, &device.clone().inner())?;
        let (step, tokens, is_guess) = (header.step, header.tokens, header.is_guess);
        let mut trainer =
            Self::with_state(header.config, vocabulary, &device, fixed_shapes, (model, optimizer));
        trainer.step = step;
        trainer.tokens = tokens;
        trainer.is_guess = is_guess;
        Ok(trainer)
    }
}

/// Parameters and both moments under their names.
pub(crate) async fn state_tensors(
    module: &impl Module,
    optimizer: &Adam,
) -> Result<HostTensors, CheckpointError> {
    let listed = parameters::list(module);
    let mut wanted: Vec<Tensor<1>> = Vec::with_capacity(3 * listed.len());
    wanted.extend(listed.iter().map(|parameter| parameter.values.clone()));
    let (first, second): (Vec<_>, Vec<_>) =
        optimizer.moments().into_iter().map(|[first, second]| (first, second)).unzip();
    wanted.extend(first);
    wanted.extend(second);
    let mut values = parameters::read(wanted).await?.into_iter();
    let mut tensors = HostTensors::new();
    for prefix in ["", FIRST_PREFIX, SECOND_PREFIX] {
        for (parameter, values) in listed.iter().zip(&mut values) {
            let tensor = HostTensor { shape: parameter.shape.clone(), values };
            tensors.insert(format!("{prefix}{}", parameter.name), tensor);
        }
    }
    Ok(tensors)
}

/// Puts saved moments into an optimiser of `module`; `device` has no autodiff.
pub(crate) fn restore_moments(
    optimizer: &mut Adam,
    tensors: &mut HostTensors,
    module: &impl Module,
    device: &Device,
) -> Result<(), CheckpointError> {
    let mut moment = |prefix: &str, parameter: &Parameter| {
        let name = format!("{prefix}{}", parameter.name);
        let values = weights::take(tensors, &name, &parameter.shape)?;
        let size = values.len();
        Ok(Tensor::from_data(TensorData::new(values, [size]), device))
    };
    let listed = parameters::list(module);
    let moments: Result<Vec<[Tensor<1>; 2]>, CheckpointError> = listed
        .iter()
        .map(|parameter| Ok([moment(FIRST_PREFIX, parameter)?, moment(SECOND_PREFIX, parameter)?]))
        .collect();
    optimizer.set_moments(moments?);
    Ok(())
}

/// A model whose weights are about to be loaded.
pub(crate) fn blank(config: &crate::config::ElectraConfig, device: &Device) -> Electra {
    Electra::with_weights(config, &mut Weights::blank(device))
}

/// Replaces every parameter of a module by the tensor of its name.
///
/// # Errors
///
/// [`CheckpointError::Missing`] or [`CheckpointError::Shape`]; the tensors that fit are taken out.
pub fn load<M: Module>(module: M, tensors: &mut HostTensors) -> Result<M, CheckpointError> {
    Ok(load_partly(module, tensors, |_| false)?.0)
}

/// Replaces parameters by the tensors of their names; one that `may_lack` says may be absent keeps
/// its value and is named in the list.
///
/// # Errors
///
/// [`CheckpointError::Missing`] or [`CheckpointError::Shape`]; the tensors that fit are taken out.
pub fn load_partly<M: Module>(
    module: M,
    tensors: &mut HostTensors,
    may_lack: impl Fn(&str) -> bool,
) -> Result<(M, Vec<String>), CheckpointError> {
    let mut kept = Vec::new();
    let module = load_with(module, |name, shape| {
        if may_lack(name) && !tensors.contains_key(name) {
            kept.push(name.to_owned());
            return Ok(None);
        }
        weights::take(tensors, name, shape).map(Some)
    })?;
    Ok((module, kept))
}

/// Replaces parameters of a module by `values(name, shape)`, one after the other; where there are
/// none, a parameter stays as it is.
///
/// # Errors
///
/// The first error of `values`.
pub(crate) fn load_with<M: Module>(
    module: M,
    mut values: impl FnMut(&str, &[usize]) -> Result<Option<Vec<f32>>, CheckpointError>,
) -> Result<M, CheckpointError> {
    let shapes: Vec<Vec<usize>> =
        parameters::list(&module).into_iter().map(|parameter| parameter.shape).collect();
    let mut failure = None;
    let module = parameters::change(module, |index, name, old| {
        if failure.is_some() {
            return old;
        }
        match values(name, &shapes[index]) {
            Ok(None) => old,
            Ok(Some(loaded)) => {
                let size = loaded.len();
                Tensor::from_data(TensorData::new(loaded, [size]), &old.device())
            }
            Err(error) => {
                failure = Some(error);
                old
            }
        }
    });
    failure.map_or(Ok(module), Err)
}
