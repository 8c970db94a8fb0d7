//! Flags of `import` and `export`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Flags of `import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// A Hugging Face folder of any ELECTRA or BERT class: safetensors, also sharded, or
    /// `pytorch_model.bin`, in f32, f16 or bf16 (TensorFlow checkpoints are not read)
    #[arg(long, value_name = "FOLDER")]
    pub(crate) model: PathBuf,
    /// Where the model goes, as this program and `transformers` read it
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    /// What it becomes; default: what it is, encoders alone and BERT's become discriminators whose
    /// head begins anew
    #[arg(long, value_name = "CLASS")]
    pub(crate) class: Option<Class>,
    /// Seeds a head that begins anew
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub(crate) seed: u64,
}

/// Flags of `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// A run, what `electra finetune` left, or a Hugging Face folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) model: PathBuf,
    /// Where the model goes
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    /// What it becomes; default: what it is
    #[arg(long, value_name = "CLASS")]
    pub(crate) class: Option<Class>,
    /// Element type of the weights
    #[arg(long, value_name = "TYPE", default_value = "f32")]
    pub(crate) dtype: Dtype,
}

/// A class of `transformers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Class {
    /// `ElectraForPreTraining`
    Discriminator,
    /// `ElectraForMaskedLM`
    Generator,
    /// `ElectraModel`
    Encoder,
}

/// Element types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Dtype {
    /// 32 bits, exact
    F32,
    /// 16 bits
    F16,
    /// 16 bits with the range of 32
    Bf16,
}
