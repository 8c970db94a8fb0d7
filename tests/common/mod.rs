//! A tiny configuration, a tiny vocabulary and synthetic rows.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]
#![allow(dead_code, reason = "every test file uses its own part")]

pub(crate) mod page_files;

use burn::tensor::{Gradients, Tensor};
use electra::batch::Batch;
use electra::config::{NetworkConfig, PretrainConfig};
use electra::electra::Electra;
use electra::examples::{Example, Examples};
use electra::parameters;
use electra::random::{Stream, host};
use electra::tokenizer::SpecialTokens;
use electra::trainer::Vocabulary;
use rand::RngExt;
use std::collections::BTreeMap;

/// Size of the tiny vocabulary.
pub(crate) const VOCAB: usize = 61;
pub(crate) const SPECIAL: SpecialTokens = SpecialTokens { pad: 0, unk: 1, cls: 2, sep: 3, mask: 4 };

/// A preset made tiny: two layers of 32, rows of 16 tokens, 40 steps.
pub(crate) fn tiny(preset: &str) -> PretrainConfig {
    let mut config = PretrainConfig::preset(preset).expect("a preset");
    config.model.vocab_size = VOCAB;
    config.model.embedding_size = 24;
    config.model.max_position_embeddings = 16;
    config.model.discriminator = NetworkConfig::new(32, 2, 2);
    config.model.generator = NetworkConfig::new(16, 2, 2);
    config.optimizer.warmup_steps = 4;
    config.training.steps = 40;
    config.training.batch_size = 4;
    config.training.accumulation = 1;
    config.training.max_seq_length = 16;
    config.validate().expect("a valid configuration");
    config
}

pub(crate) fn vocabulary() -> Vocabulary {
    Vocabulary { special: SPECIAL, counts: (0..VOCAB as u64).collect() }
}

/// Rows with structure: each token is the one before plus one.
pub(crate) struct Counting(pub(crate) usize);

impl Examples for Counting {
    fn len(&self) -> usize {
        self.0
    }

    fn tokens(&self, index: usize) -> usize {
        8 + index % 9
    }

    fn get(&self, index: usize) -> Example {
        let length = self.tokens(index);
        let mut rng = host(index as u64, Stream::Build, 0);
        let first = rng.random_range(5..VOCAB);
        let mut ids = vec![SPECIAL.cls];
        ids.extend((0..length - 2).map(|at| (5 + (first + at) % (VOCAB - 5)) as u32));
        ids.push(SPECIAL.sep);
        Example { first_segment: ids.len(), ids }
    }
}

pub(crate) fn batch(rows: usize) -> Batch {
    let examples: Vec<Example> = (0..rows).map(|index| Counting(rows).get(index)).collect();
    Batch::new(&examples, 16, SPECIAL.pad)
}

pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.inner().into_data().try_into_vec().expect("floats")
}

pub(crate) fn ints<const D: usize>(tensor: Tensor<D, burn::tensor::Int>) -> Vec<i32> {
    tensor.into_data().try_into_vec().expect("integers")
}

/// The gradient of every parameter, empty where there is none.
pub(crate) fn gradients(model: &Electra, grads: Gradients) -> BTreeMap<String, Vec<f32>> {
    let found = parameters::gradients(model, grads);
    let names = parameters::list(model).into_iter().map(|parameter| parameter.name);
    names.zip(found).map(|(name, it)| (name, it.map(values).unwrap_or_default())).collect()
}

/// Euclidean norm.
pub(crate) fn norm(values: impl IntoIterator<Item = f32>) -> f64 {
    values.into_iter().map(|value| f64::from(value).powi(2)).sum::<f64>().sqrt()
}
