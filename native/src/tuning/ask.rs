//! A fine-tuned model asked about texts.

use anyhow::Result;
use burn::tensor::{Device, read_sync};
use electra::features::{Feature, featurize};
use electra::finetune::{FineTuned, PredictSettings, Predictor};
use electra::tasks::{LabelledText, Prediction};
use electra::tokenizer::Tokenizer;

/// Texts as rows, ready to be read.
pub(crate) struct Rows<'a> {
    /// The texts.
    pub(crate) texts: &'a [LabelledText],
    /// Their rows.
    pub(crate) features: Vec<Feature>,
}

impl<'a> Rows<'a> {
    /// Makes rows of texts.
    ///
    /// # Errors
    ///
    /// When a text does not fit the task.
    pub(crate) fn new(
        texts: &'a [LabelledText],
        tokenizer: &Tokenizer,
        settings: &PredictSettings,
    ) -> Result<Self> {
        let features = featurize(texts, &settings.kind, tokenizer, &settings.features)?;
        Ok(Self { texts, features })
    }

    /// What `model` says about every text; `progress` hears how many rows are read.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub(crate) fn ask(
        &self,
        model: &FineTuned,
        settings: PredictSettings,
        device: &Device,
        progress: impl Fn(usize, usize),
    ) -> Result<Vec<Prediction>> {
        let mut predictor = Predictor::new(model, settings, &self.features, device);
        while read_sync(predictor.advance())? {
            progress(predictor.done(), self.features.len());
        }
        Ok(predictor.finish(self.texts))
    }
}
