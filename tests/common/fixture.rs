//! The numbers of `tests/golden`: two networks, a batch, its masks and what PyTorch made of them.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]
#![allow(dead_code, reason = "every test file uses its own part")]

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};
use electra::batch::Batch;
use electra::config::{ElectraConfig, ObjectiveConfig, PretrainConfig};
use electra::electra::{Denominators, Electra, Inputs, Losses, PlainSwaps};
use electra::mask::Masked;
use electra::models::{self, Folder};
use electra::parameters;
use electra::random::{NoiseKeys, Stream};
use electra::weights::{HostTensor, HostTensors};
use safetensors::SafeTensors;
use std::path::{Path, PathBuf};

pub(crate) fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden").join(name)
}

pub(crate) struct Fixture {
    pub(crate) name: &'static str,
    pub(crate) config: ElectraConfig,
    pub(crate) model: Electra,
    pub(crate) batch: Batch,
    pub(crate) masked: Masked,
    pub(crate) sampled: Vec<i32>,
    pub(crate) numbers: HostTensors,
}

impl Fixture {
    pub(crate) fn read(name: &'static str, device: &Device) -> Self {
        let folder = golden(name);
        let file = |name: &str| std::fs::read(folder.join(name)).expect("a fixture");
        let both: serde_json::Value =
            serde_json::from_slice(&file("config.json")).expect("configurations");
        let part = |network: &str, weights: &str| Folder {
            config: both[network].to_string(),
            weights: file(weights),
        };
        let (config, model) = models::electra(
            &part("discriminator", "discriminator.safetensors"),
            &part("generator", "generator.safetensors"),
            device,
        )
        .expect("both networks");
        let bytes = file("golden.safetensors");
        let tensors = SafeTensors::deserialize(&bytes).expect("golden numbers");
        let ints = |name: &str| integers(&tensors, name);
        let shape = tensors.tensor("input_ids").expect("input ids").shape().to_vec();
        let batch = Batch {
            rows: shape[0],
            seq: shape[1],
            ids: ints("input_ids"),
            segments: ints("token_type_ids"),
            lengths: ints("attention_mask")
                .chunks(shape[1])
                .map(|row| row.iter().sum::<i32>() as usize)
                .collect(),
        };
        let numbers = floats(&tensors);
        let slots = tensors.tensor("masked_positions").expect("positions").shape()[1];
        let positions: Vec<i32> = ints("masked_positions")
            .into_iter()
            .enumerate()
            .map(|(slot, position)| (slot / slots * batch.seq) as i32 + position)
            .collect();
        let masked = Masked {
            targets: positions.iter().map(|&at| batch.ids[at as usize]).collect(),
            positions,
            weights: numbers["masked_weights"].values.clone(),
            ids: ints("masked_input_ids"),
        };
        Self { name, config, model, batch, masked, sampled: ints("sampled_ids"), numbers }
    }

    pub(crate) fn expected(&self, name: &str) -> &[f32] {
        &self.numbers[name].values
    }

    pub(crate) fn inputs(&self, device: &Device) -> Inputs {
        Inputs::new(&self.batch, &self.masked, device)
    }

    /// The fixture's samples in the place of the generator's.
    fn swaps(&self, device: &Device) -> PlainSwaps {
        let slots = self.sampled.len();
        PlainSwaps {
            tokens: Tensor::<1, Int>::from_data(
                TensorData::new(self.sampled.clone(), [slots]),
                device,
            ),
            taken: Tensor::<1, Bool>::from_data(
                TensorData::new(vec![true; slots], [slots]),
                device,
            ),
        }
    }

    pub(crate) fn losses(&self, model: &Electra, device: &Device) -> Losses {
        let mut denominators = Denominators::default();
        denominators.add(&self.batch, &self.masked);
        let objective = objective();
        let key = NoiseKeys::new(0, Stream::Sample, 0).next_key();
        let inputs = self.inputs(device);
        model.losses(&inputs, &objective, denominators, key, Some(self.swaps(device)), None)
    }
}

fn integers(tensors: &SafeTensors<'_>, name: &str) -> Vec<i32> {
    let view = tensors.tensor(name).expect(name);
    let words = view.data().chunks_exact(8);
    words.map(|word| i64::from_le_bytes(word.try_into().expect("8 bytes")) as i32).collect()
}

fn floats(tensors: &SafeTensors<'_>) -> HostTensors {
    tensors
        .tensors()
        .into_iter()
        .filter(|(_, view)| view.dtype() == safetensors::Dtype::F32)
        .map(|(name, view)| {
            let words = view.data().chunks_exact(4);
            let values = words.map(|word| f32::from_le_bytes(word.try_into().expect("4 bytes")));
            (name, HostTensor { shape: view.shape().to_vec(), values: values.collect() })
        })
        .collect()
}

pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.inner().into_data().try_into_vec().expect("floats")
}

/// The paper's objective.
pub(crate) fn objective() -> ObjectiveConfig {
    PretrainConfig::preset("small").expect("a preset").objective
}

/// Gradients of the whole objective, in the order of the parameters.
pub(crate) fn gradients(
    fixture: &Fixture,
    model: &Electra,
    device: &Device,
) -> Vec<Option<Tensor<1>>> {
    let losses = fixture.losses(model, device);
    parameters::gradients(model, losses.total(&objective()).backward())
}

/// Norm of the difference, relative to the norm of the expected values.
pub(crate) fn relative_norm(found: &[f32], expected: &[f32]) -> f64 {
    let difference = norm(found.iter().zip(expected).map(|(a, b)| a - b));
    difference / norm(expected.iter().copied()).max(1e-9)
}

/// Euclidean norm.
pub(crate) fn norm(values: impl Iterator<Item = f32>) -> f64 {
    values.map(|value| f64::from(value).powi(2)).sum::<f64>().sqrt()
}

/// Fails if a gradient is off by more than a thousandth of its norm.
///
/// Shifting all keys by one vector changes no attention unless positions are rotary, so the biases
/// of keys have a gradient of zero, of which every program computes its own rounding errors: it is
/// enough there that both are negligible beside all gradients together.
pub(crate) fn assert_same_gradient(name: &str, found: &[f32], expected: &[f32], all: f64) {
    let negligible = 1e-6 * all;
    if name.contains("key.bias") {
        let sizes = [found, expected].map(|gradient| norm(gradient.iter().copied()));
        if sizes.iter().all(|&size| size < negligible) {
            return;
        }
    }
    let error = relative_norm(found, expected);
    assert!(error < 1e-3, "{name}: relative error {error:e}");
}
