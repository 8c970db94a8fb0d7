//! The paper's models, counted by its rules, beside the figures it prints.

use super::{INFERENCE_LENGTH, PREDICTED_SHARE, Shape, discriminator_parameters, of};
use crate::config::{NetworkConfig, PretrainConfig};

/// One line of the comparison with the paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Name of the model in the authors' code.
    pub name: &'static str,
    /// Weights of the network one keeps, with a dense layer and one logit on top.
    pub parameters: Option<u64>,
    /// Operations of pre-training.
    pub train: f64,
    /// Operations for one row of 128 tokens.
    pub inference: Option<f64>,
    /// Operations of pre-training as the paper prints them.
    pub published_train: f64,
    /// Operations for one row as the paper prints them.
    pub published_inference: Option<f64>,
}

/// The authors' counts of ELMo: forward operations of one batch of 20 rows of 128 words, over ten
/// passes through 768,648,884 words.
const ELMO: f64 = 2.0 * 10.0 * 768_648_884.0 * 568_093_262_680.0 / (20.0 * 128.0);
/// The authors' count of XLNet: forward operations of 32 rows, 500,000 steps of 8,192 rows.
const XLNET: f64 = 2.0 * 500_000.0 * 8_192.0 * 15_064_773_691_518.0 / 32.0;

/// A masked or causal language model of the comparison.
struct Words {
    vocab: usize,
    embedding: usize,
    network: NetworkConfig,
    seq: usize,
    /// Share of the positions whose word is predicted.
    share: f64,
    rows: f64,
}

/// BERT with the sizes of one of our presets, trained on rows of `seq` tokens.
fn bert(embedding: usize, network: NetworkConfig, seq: usize, rows: f64) -> Words {
    Words { vocab: 30_522, embedding, network, seq, share: PREDICTED_SHARE, rows }
}

impl Words {
    fn row(&self, name: &'static str, published: (f64, Option<f64>)) -> Row {
        let shape = |seq| Shape::new(self.vocab, self.embedding, &self.network, seq);
        Row {
            name,
            parameters: Some(shape(0).parameters(512, 2)),
            train: shape(self.seq).train_words(self.share, self.rows),
            inference: Some(shape(INFERENCE_LENGTH).inference()),
            published_train: published.0,
            published_inference: published.1,
        }
    }
}

/// A model of another architecture, counted by the authors with TensorFlow's profiler.
fn profiled(name: &'static str, train: f64, published: (f64, Option<f64>)) -> Row {
    Row {
        name,
        parameters: None,
        train,
        inference: None,
        published_train: published.0,
        published_inference: published.1,
    }
}

/// One of our presets, for as many steps as it says or for `steps`.
fn electra(
    name: &'static str,
    preset: &str,
    steps: Option<usize>,
    published: (f64, Option<f64>),
) -> Option<Row> {
    let mut config = PretrainConfig::preset(preset).ok()?;
    config.training.steps = steps.unwrap_or(config.training.steps);
    let cost = of(&config);
    Some(Row {
        name,
        parameters: Some(discriminator_parameters(&config.model)),
        train: cost.train(),
        inference: Some(cost.inference),
        published_train: published.0,
        published_inference: published.1,
    })
}

/// The paper's models: counted by its rules, beside what it prints in tables 1 and 2.
pub fn table() -> Vec<Row> {
    let (small, base, large) = (
        NetworkConfig::new(256, 12, 4),
        NetworkConfig::new(768, 12, 12),
        NetworkConfig::new(1024, 24, 16),
    );
    let gpt =
        Words { vocab: 40_000, share: 1.0, ..bert(768, base.clone(), 512, 960_800.0 * 128.0) };
    let roberta = Words { vocab: 50_265, ..bert(1024, large.clone(), 512, 500_000.0 * 8_000.0) };
    let mut rows = vec![
        profiled("elmo", ELMO, (3.3e18, Some(2.6e10))),
        gpt.row("gpt", (4.0e19, Some(3.0e10))),
        bert(128, small, 128, 1_450_000.0 * 128.0).row("bert_small", (1.4e18, Some(3.7e9))),
        bert(768, base, 512, 1_000_000.0 * 256.0).row("bert_base", (6.4e19, Some(2.9e10))),
        bert(1024, large, 512, 1_000_000.0 * 256.0).row("bert_large", (1.9e20, None)),
        roberta.row("roberta", (3.2e21, None)),
        profiled("xlnet", XLNET, (3.9e21, None)),
    ];
    rows.extend(
        [
            electra("electra_small", "small", None, (1.4e18, Some(3.7e9))),
            electra("electra_base", "base", None, (6.4e19, None)),
            electra("electra_400k", "large", None, (7.1e20, None)),
            electra("electra_1.75M", "large", Some(1_750_000), (3.1e21, None)),
        ]
        .into_iter()
        .flatten(),
    );
    rows
}
