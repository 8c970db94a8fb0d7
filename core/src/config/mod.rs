//! Every number of a run, in one place: plain data, strict files, no hidden defaults.

mod finetune;
mod finetune_checks;
mod model;
mod presets;
mod pretrain;
mod validate;

pub use finetune::{
    FINE_TUNE_PRESETS, FineTuneConfig, HeadStyle, LayerDecayRule, PAPER_BATCH, Reduction,
    WindowConfig,
};
#[cfg(feature = "model")]
pub(crate) use model::INITIALIZER_RANGE;
pub use model::{ElectraConfig, Initializer, NetworkConfig, NormPlacement, PositionKind, Tie};
pub use pretrain::{
    CorruptionConfig, DataConfig, ObjectiveConfig, OptimizerConfig, PretrainConfig, TrainingConfig,
};

/// Names that [`PretrainConfig::preset`] accepts: ours first, then the paper's.
pub const PRESETS: [&str; 5] = ["nano", "tiny", "small", "base", "large"];
