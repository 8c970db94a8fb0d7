//! `pytorch_model.bin`: tensors pickled by PyTorch.

use anyhow::{Context, Result, anyhow};
use burn::tensor::{bf16, f16};
use electra::weights::{self, HostTensor, HostTensors, Precision};
use pytorch_reader::{DType, PytorchReader};
use std::path::Path;

/// The tensors of a file as the bytes of a safetensors file; integers are left out, they are no
/// weights.
///
/// # Errors
///
/// When it is no file of PyTorch's, or a damaged one.
pub(crate) fn as_safetensors(path: &Path) -> Result<Vec<u8>> {
    let failed = || format!("cannot read this PyTorch file: {}", path.display());
    let reader =
        PytorchReader::new(path).map_err(|error| anyhow!("{error}")).with_context(failed)?;
    let mut tensors = HostTensors::new();
    for name in reader.keys() {
        let Some(tensor) = reader.get(&name) else { continue };
        let bytes = tensor.read().with_context(failed)?;
        if let Some(values) = floats(tensor.dtype(), &bytes) {
            let shape = tensor.shape().to_vec();
            tensors.insert(name, HostTensor { shape, values });
        }
    }
    Ok(weights::write(&tensors, &[("format", "pt".to_owned())], Precision::F32)?)
}

fn floats(dtype: DType, bytes: &[u8]) -> Option<Vec<f32>> {
    let pairs = || bytes.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
    Some(match dtype {
        DType::F32 => bytes
            .chunks_exact(4)
            .map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]]))
            .collect(),
        DType::F64 => {
            bytes.as_chunks::<8>().0.iter().map(|word| f64::from_le_bytes(*word) as f32).collect()
        }
        DType::F16 => pairs().map(|pair| f16::from_le_bytes(pair).to_f32()).collect(),
        DType::BF16 => pairs().map(|pair| bf16::from_le_bytes(pair).to_f32()).collect(),
        _ => return None,
    })
}
