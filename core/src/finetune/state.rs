//! A fine-tuning as bytes and back: a resumed one repeats the uninterrupted one.

use super::model::FineTuned;
use super::tuner::{FineTuner, Setup};
use crate::checkpoint::{load, restore_moments, state_tensors};
use crate::error::CheckpointError;
use crate::layers::Weights;
use crate::weights::{self, Precision};
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

/// Newest version of the format.
const VERSION: u32 = 1;
/// Where the header stands in the file's metadata.
const HEADER_KEY: &str = "electra-finetune";

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    version: u32,
    step: usize,
    setup: Setup,
}

impl FineTuner {
    /// The whole fine-tuning as bytes.
    ///
    /// # Errors
    ///
    /// When reading from the device fails.
    pub async fn checkpoint(&self) -> Result<Vec<u8>, CheckpointError> {
        let tensors = state_tensors(self.model(), &self.optimizer).await?;
        let header = Header { version: VERSION, step: self.step, setup: self.setup.clone() };
        let header = serde_json::to_string(&header)
            .map_err(|error| CheckpointError::Config(error.to_string()))?;
        weights::write(&tensors, &[(HEADER_KEY, header)], Precision::F32)
    }

    /// The fine-tuning that [`checkpoint`](Self::checkpoint) saved, ready for its next step.
    ///
    /// # Errors
    ///
    /// [`CheckpointError`] naming what does not fit.
    pub fn resume(
        bytes: &[u8],
        device: &Device,
        fixed_shapes: bool,
    ) -> Result<Self, CheckpointError> {
        let Some(text) = weights::metadata(bytes, HEADER_KEY)? else {
            return Err(CheckpointError::Parse("this file is no fine-tuning's state".to_owned()));
        };
        let header: Header = serde_json::from_str(&text)
            .map_err(|error| CheckpointError::Config(error.to_string()))?;
        if header.version > VERSION {
            return Err(CheckpointError::Version { found: header.version, supported: VERSION });
        }
        let mut tensors = weights::read(bytes)?;
        let autodiff = device.clone().autodiff();
        let model = load(blank(&header.setup, &autodiff), &mut tensors)?;
        let mut tuner = Self::new(header.setup, model, device, fixed_shapes);
        let inner = device.clone().inner();
        let model = tuner.model().clone();
        restore_moments(&mut tuner.optimizer, &mut tensors, &model, &inner)?;
        tuner.optimizer.updates = header.step;
        tuner.step = header.step;
        Ok(tuner)
    }
}

fn blank(setup: &Setup, device: &Device) -> FineTuned {
    let mut weights = Weights::blank(device);
    let mut head = Weights::blank(device);
    let style = (setup.config.head, setup.config.head_dropout_prob);
    FineTuned::new(&setup.model, &setup.kind, style, &mut weights, &mut head)
}
