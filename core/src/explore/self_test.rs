//! A fixed little network: two engines that compute rightly give the same numbers for it.

use super::model::read;
use crate::batch::Batch;
use crate::config::{ElectraConfig, NetworkConfig};
use crate::electra::Electra;
use crate::examples::Example;
use crate::protocol::{Failure, SelfTest};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Seeds the weights.
const SEED: u64 = 1;
/// Tokens of the row; more than one workgroup's worth of rows in attention.
const TOKENS: usize = 24;
/// Padding is part of the test.
const WIDTH: usize = 32;
/// Where the generator guesses.
const POSITIONS: [i32; 2] = [3, 17];
/// Scores of each guess that are compared.
const SCORES: usize = 32;

/// Wide enough that sums run over several vector units of a GPU; both kinds of width changes.
fn shape() -> ElectraConfig {
    let mut config = ElectraConfig::nano();
    config.vocab_size = 256;
    config.embedding_size = 64;
    config.discriminator = NetworkConfig::new(128, 2, 4);
    config.generator = NetworkConfig::new(32, 1, 2);
    config
}

/// Runs both little networks once.
///
/// # Errors
///
/// When the device fails.
pub async fn self_test(device: &Device) -> Result<SelfTest, Failure> {
    let config = shape();
    let model = Electra::new(&config, SEED, device);
    let ids = (0..TOKENS).map(|at| (at * 37 % config.vocab_size) as u32).collect();
    let batch = Batch::new(&[Example { ids, first_segment: TOKENS }], WIDTH, 0);
    let ids = batch.upload(batch.ids.clone(), device);
    let segments = batch.upload(batch.segments.clone(), device);
    let real = batch.real_tokens(device);
    let count = POSITIONS.len();
    let positions =
        Tensor::<1, Int>::from_data(TensorData::new(POSITIONS.to_vec(), [count]), device);
    let hidden = model.generator_hidden(ids.clone(), segments.clone(), &real, &mut None);
    let scores = model.generator_scores(hidden, positions).slice_dim(1, 0..SCORES);
    let hidden = model.discriminator_hidden(ids, segments, &real, &mut None);
    let logits = model.discriminator.logits(hidden).slice_dim(1, 0..TOKENS);
    let flat = vec![scores.reshape([count * SCORES]), logits.reshape([TOKENS])];
    let values = read(flat).await?;
    Ok(SelfTest { numbers: values.into_iter().flatten().collect() })
}
