//! Named tensors and their bytes: safetensors in, safetensors out.

use crate::error::CheckpointError;
use burn::tensor::{bf16, f16};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors, serialize};
use std::collections::{BTreeMap, HashMap};

/// One tensor on the host.
#[derive(Debug, Clone, PartialEq)]
pub struct HostTensor {
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its elements, row by row.
    pub values: Vec<f32>,
}

/// Tensors by name.
pub type HostTensors = BTreeMap<String, HostTensor>;

impl HostTensor {
    /// A matrix with rows and columns exchanged; anything else unchanged.
    #[must_use]
    pub fn transposed(self) -> Self {
        let [rows, columns] = self.shape[..] else { return self };
        let mut values = Vec::with_capacity(self.values.len());
        for column in 0..columns {
            values.extend((0..rows).map(|row| self.values[row * columns + column]));
        }
        Self { shape: vec![columns, rows], values }
    }
}

/// Element types that weights are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits: exact.
    F32,
    /// 16 bits: half the size, for shipping.
    F16,
    /// 16 bits with the range of 32, as large language models are kept.
    Bf16,
}

/// The bytes of a safetensors file, in f32 or f16, with text under `metadata`.
///
/// # Errors
///
/// [`CheckpointError::Parse`] if a shape does not fit its values: a bug.
pub fn write(
    tensors: &HostTensors,
    metadata: &[(&str, String)],
    precision: Precision,
) -> Result<Vec<u8>, CheckpointError> {
    let bytes: Vec<(&String, &Vec<usize>, Vec<u8>)> = tensors
        .iter()
        .map(|(name, tensor)| (name, &tensor.shape, encode(&tensor.values, precision)))
        .collect();
    let dtype = match precision {
        Precision::F32 => Dtype::F32,
        Precision::F16 => Dtype::F16,
        Precision::Bf16 => Dtype::BF16,
    };
    let failed = |error: safetensors::SafeTensorError| CheckpointError::Parse(error.to_string());
    let views = bytes
        .iter()
        .map(|(name, shape, bytes)| {
            Ok((*name, TensorView::new(dtype, (*shape).clone(), bytes).map_err(failed)?))
        })
        .collect::<Result<Vec<_>, CheckpointError>>()?;
    let metadata: HashMap<String, String> =
        metadata.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    serialize(views, Some(metadata)).map_err(failed)
}

fn encode(values: &[f32], precision: Precision) -> Vec<u8> {
    match precision {
        Precision::F32 => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        Precision::F16 => {
            values.iter().flat_map(|&value| f16::from_f32(value).to_le_bytes()).collect()
        }
        Precision::Bf16 => {
            values.iter().flat_map(|&value| bf16::from_f32(value).to_le_bytes()).collect()
        }
    }
}

/// Reads all tensors of a safetensors file, widened to f32.
///
/// # Errors
///
/// [`CheckpointError::Parse`] for a damaged file, [`CheckpointError::Dtype`] for elements that are
/// no floats.
pub fn read(bytes: &[u8]) -> Result<HostTensors, CheckpointError> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| CheckpointError::Parse(error.to_string()))?;
    let mut tensors = HostTensors::new();
    for (name, view) in file.tensors() {
        // Old PyTorch files carry this buffer of integers; it holds no weights.
        if name.ends_with("position_ids") {
            continue;
        }
        let values = decode(&name, &view)?;
        tensors.insert(name, HostTensor { shape: view.shape().to_vec(), values });
    }
    Ok(tensors)
}

fn decode(name: &str, view: &TensorView<'_>) -> Result<Vec<f32>, CheckpointError> {
    let data = view.data();
    let pairs = || data.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
    Ok(match view.dtype() {
        Dtype::F32 => data
            .chunks_exact(4)
            .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            .collect(),
        Dtype::F16 => pairs().map(|pair| f16::from_le_bytes(pair).to_f32()).collect(),
        Dtype::BF16 => pairs().map(|pair| bf16::from_le_bytes(pair).to_f32()).collect(),
        other => {
            return Err(CheckpointError::Dtype {
                name: name.to_owned(),
                dtype: format!("{other:?}"),
            });
        }
    })
}

/// One file of the tensors of several, as sharded models keep them.
///
/// # Errors
///
/// As [`read`].
pub fn merge(shards: &[Vec<u8>]) -> Result<Vec<u8>, CheckpointError> {
    let mut tensors = HostTensors::new();
    for shard in shards {
        tensors.extend(read(shard)?);
    }
    write(&tensors, &[("format", "pt".to_owned())], Precision::F32)
}

/// Names of the files that `model.safetensors.index.json` (or that of `pytorch_model.bin`) lists,
/// each once.
///
/// # Errors
///
/// [`CheckpointError::Parse`] when it is no such index.
pub fn shard_names(index: &str) -> Result<Vec<String>, CheckpointError> {
    #[derive(serde::Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    let index: Index = serde_json::from_str(index)
        .map_err(|error| CheckpointError::Parse(format!("the index of its files: {error}")))?;
    let mut names: Vec<String> = index.weight_map.into_values().collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// A safetensors file whose tensors are decoded one by one, so that a large model is never in memory
/// a third time.
pub struct Reader<'a>(SafeTensors<'a>);

impl<'a> Reader<'a> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Parse`] for a damaged file.
    pub fn new(bytes: &'a [u8]) -> Result<Self, CheckpointError> {
        let file = SafeTensors::deserialize(bytes);
        file.map(Self).map_err(|error| CheckpointError::Parse(error.to_string()))
    }

    /// Shape of a tensor, if it is there.
    pub fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.0.tensor(name).ok().map(|view| view.shape().to_vec())
    }

    /// Names of all tensors.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.0.names().into_iter().map(str::to_owned)
    }

    /// Elements of all tensors together.
    pub fn elements(&self) -> usize {
        self.0.iter().map(|(_, view)| view.shape().iter().product::<usize>()).sum()
    }

    /// One tensor, widened to f32.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Missing`], or [`CheckpointError::Dtype`] for elements that are no floats.
    pub fn tensor(&self, name: &str) -> Result<HostTensor, CheckpointError> {
        let view = self.0.tensor(name).map_err(|_| CheckpointError::Missing(name.to_owned()))?;
        let values = decode(name, &view)?;
        Ok(HostTensor { shape: view.shape().to_vec(), values })
    }
}

/// Text that a file carries under `key`.
///
/// # Errors
///
/// [`CheckpointError::Parse`] for a damaged header.
pub fn metadata(bytes: &[u8], key: &str) -> Result<Option<String>, CheckpointError> {
    let (_, header) = SafeTensors::read_metadata(bytes)
        .map_err(|error| CheckpointError::Parse(error.to_string()))?;
    Ok(header.metadata().as_ref().and_then(|all| all.get(key).cloned()))
}

/// Takes a tensor of a given shape out of a map.
///
/// # Errors
///
/// [`CheckpointError::Missing`] or [`CheckpointError::Shape`].
pub fn take(
    tensors: &mut HostTensors,
    name: &str,
    shape: &[usize],
) -> Result<Vec<f32>, CheckpointError> {
    let Some(tensor) = tensors.remove(name) else {
        return Err(CheckpointError::Missing(name.to_owned()));
    };
    if tensor.shape != shape {
        return Err(CheckpointError::Shape {
            name: name.to_owned(),
            found: tensor.shape,
            expected: shape.to_vec(),
        });
    }
    Ok(tensor.values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> HostTensors {
        let values = vec![0.5, -1.25, 3.0, 1e-3, 0.0, 7.0];
        HostTensors::from([("a".to_owned(), HostTensor { shape: vec![2, 3], values })])
    }

    #[test]
    fn a_round_trip_is_bitwise() {
        let bytes =
            write(&sample(), &[("format", "pt".to_owned())], Precision::F32).expect("bytes");
        assert_eq!(read(&bytes).expect("tensors"), sample());
        assert_eq!(metadata(&bytes, "format").expect("a header").as_deref(), Some("pt"));
    }

    #[test]
    fn half_precision_is_read_back_close() {
        let bytes = write(&sample(), &[], Precision::F16).expect("bytes");
        let read = read(&bytes).expect("tensors");
        assert!((read["a"].values[3] - 1e-3).abs() < 1e-6);
    }

    #[test]
    fn shards_become_one_file() {
        let index = r#"{"metadata": {}, "weight_map": {"b": "2.st", "a": "1.st", "c": "2.st"}}"#;
        assert_eq!(shard_names(index).expect("names"), ["1.st", "2.st"]);
        assert!(shard_names("{}").is_err());
        let other = HostTensor { shape: vec![1], values: vec![2.0] };
        let other = HostTensors::from([("b".to_owned(), other)]);
        let shards =
            [&sample(), &other].map(|tensors| write(tensors, &[], Precision::Bf16).expect("bytes"));
        let both = read(&merge(&shards).expect("bytes")).expect("tensors");
        assert_eq!(both.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(both["b"], other["b"]);
    }

    #[test]
    fn a_truncated_file_is_an_error_and_no_panic() {
        let bytes = write(&sample(), &[], Precision::F32).expect("bytes");
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_err(), "{length} bytes were accepted");
        }
    }

    #[test]
    fn exchanging_rows_and_columns_twice_changes_nothing() {
        let tensor = sample().remove("a").expect("a tensor");
        let once = tensor.clone().transposed();
        assert_eq!(once.values, [0.5, 1e-3, -1.25, 0.0, 3.0, 7.0]);
        assert_eq!(once.transposed(), tensor);
    }
}
