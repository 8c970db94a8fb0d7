//! From a pre-trained encoder to a model for one task: heads, losses, steps, predictions.
//!
//! After pre-training in the pipeline: encoder → head → losses → step → predictions.

mod heads;
mod layerwise;
mod model;
mod predict;
mod said;
mod state;
mod stopping;
mod target;
mod tuner;

pub use heads::{BeamSpans, Classifier, Head};
pub use layerwise::scale;
pub use model::{FineTuned, Inputs};
pub use predict::{PredictSettings, Predictor};
pub use said::{labels, of_row, tags};
pub use stopping::{EarlyStopping, Verdict};
pub use target::{ScoreRange, Targets, counted};
pub use tuner::{FineTuner, Setup, TuneMetrics};
