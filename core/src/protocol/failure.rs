//! Why an engine could not do what it was asked for.

use crate::error::CheckpointError;
use serde::{Deserialize, Serialize};

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// For deciding what to do.
    pub kind: FailureKind,
    /// One sentence for people: what happened, which value, what to do.
    pub message: String,
    /// The tensor that does not fit, if one does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tensor: Option<Mismatch>,
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The request cannot be read or asks for the impossible.
    BadRequest,
    /// A file that a model needs is not there.
    MissingFile,
    /// A file cannot be used.
    BadFile,
    /// No model is open.
    NoModel,
    /// The model has no generator, and the request needs one.
    NoGenerator,
    /// The text cannot be tokenised.
    BadText,
    /// The device has not enough memory.
    OutOfMemory,
    /// The browser offers no GPU.
    NoGpu,
    /// The GPU went away; start the engine anew.
    DeviceLost,
    /// The GPU refused a program or a command; its numbers are not to be trusted.
    DeviceError,
    /// A bug; start the engine anew.
    Panic,
}

/// A tensor that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatch {
    /// Its name.
    pub name: String,
    /// Shape in the file; none if it is absent.
    pub found: Option<Vec<usize>>,
    /// Shape by the configuration, if that is what differs.
    pub expected: Option<Vec<usize>>,
}

impl FailureKind {
    /// Whether the engine is of no use any more.
    pub fn is_fatal(self) -> bool {
        matches!(self, Self::OutOfMemory | Self::DeviceLost | Self::DeviceError | Self::Panic)
    }
}

impl Failure {
    /// A failure without a tensor.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), tensor: None }
    }
}

impl From<CheckpointError> for Failure {
    fn from(error: CheckpointError) -> Self {
        let message = error.to_string();
        let mismatch = |name, found, expected| Some(Mismatch { name, found, expected });
        let (kind, tensor) = match error {
            CheckpointError::Device(_) => (FailureKind::DeviceError, None),
            CheckpointError::Shape { name, found, expected }
            | CheckpointError::Labels { name, found, expected } => {
                (FailureKind::BadFile, mismatch(name, Some(found), Some(expected)))
            }
            CheckpointError::Missing(name) => (FailureKind::BadFile, mismatch(name, None, None)),
            CheckpointError::Dtype { name, .. } => {
                (FailureKind::BadFile, mismatch(name, None, None))
            }
            _ => (FailureKind::BadFile, None),
        };
        Self { kind, message, tensor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_shape_is_named_twice_for_people_and_for_the_page() {
        let failure = Failure::from(CheckpointError::Shape {
            name: "electra.embeddings.word_embeddings.weight".to_owned(),
            found: vec![10, 8],
            expected: vec![12, 8],
        });
        assert_eq!(failure.kind, FailureKind::BadFile);
        assert!(failure.message.contains("word_embeddings"), "{}", failure.message);
        assert!(failure.message.contains("[10, 8]"), "{}", failure.message);
        assert_eq!(failure.tensor.and_then(|tensor| tensor.expected), Some(vec![12, 8]));
    }
}
