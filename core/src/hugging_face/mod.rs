//! Models as Hugging Face folders hold them: `config.json` and tensors under their names.
//!
//! The paper's recipe is `model_type` "electra", which `transformers` loads; anything else is
//! [`MODERN_TYPE`], with the Python code that runs it beside the weights ([`MODERN_FILES`]). BERT's
//! encoders are read too: an ELECTRA whose embeddings are as wide as its hidden states.
//!
//! Google's TensorFlow checkpoints are not read. `transformers` up to version 4 converts them
//! (`convert_electra_original_tf_checkpoint_to_pytorch.py`), and Google's own are published in
//! Hugging Face form, which is.

mod config;
mod names;
mod task;

pub use config::{
    Architecture, is_paper, needs_code, read_architecture, read_config, write_config,
    write_encoder_config,
};
pub use names::{
    canonical, from_hugging_face, task_from_hugging_face, task_to_hugging_face, to_hugging_face,
};
pub(crate) use names::{canonical_name, hugging_face_name, is_kernel, task_name};
pub use task::{SavedTask, read_task, write_task_config};

use serde_json::json;

/// `model_type` of networks that the paper's code could not run.
pub const MODERN_TYPE: &str = "electra-modern";
/// `model_type` that `transformers` knows.
pub const PAPER_TYPE: &str = "electra";
/// `model_type` of encoders that can be read besides.
pub const BERT_TYPE: &str = "bert";

/// Python files that stand beside a model of [`MODERN_TYPE`], for `trust_remote_code=True`.
pub const MODERN_FILES: [(&str, &str); 2] = [
    (
        "configuration_electra_modern.py",
        include_str!("../../../assets/transformers/configuration_electra_modern.py"),
    ),
    (
        "modeling_electra_modern.py",
        include_str!("../../../assets/transformers/modeling_electra_modern.py"),
    ),
];

/// Which of the two networks a folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// `ElectraForPreTraining`.
    Discriminator,
    /// `ElectraForMaskedLM`.
    Generator,
}

/// `tokenizer_config.json` for `transformers`.
pub fn tokenizer_config(lower_case: bool, strip_accents: bool, max_seq_length: usize) -> String {
    let fields = json!({
        "tokenizer_class": "ElectraTokenizerFast",
        "do_lower_case": lower_case,
        "strip_accents": strip_accents,
        "tokenize_chinese_chars": true,
        "model_max_length": max_seq_length,
        "pad_token": "[PAD]",
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    });
    serde_json::to_string_pretty(&fields).unwrap_or_default() + "\n"
}
