//! Flags of `predict`.

use clap::Args;
use std::path::PathBuf;

/// Flags of `predict`.
#[derive(Debug, Args)]
pub(crate) struct PredictArgs {
    /// What `electra finetune` left, or a Hugging Face folder of a fine-tuned ELECTRA
    #[arg(long, value_name = "FOLDER")]
    pub(crate) model: PathBuf,
    /// The text, or the question; none: `--file`, or standard input, one text a line
    pub(crate) text: Vec<String>,
    /// The second text, where the task has two, or the context of the question
    #[arg(long, value_name = "TEXT")]
    pub(crate) pair: Option<String>,
    /// Texts to read: .txt, .tsv, .csv, .jsonl; for tags also CoNLL columns (.conll), for questions
    /// SQuAD's JSON
    #[arg(long, value_name = "FILE", conflicts_with_all = ["text", "pair"])]
    pub(crate) file: Option<PathBuf>,
    /// Write a predictions file as the benchmark wants it instead of printing
    #[arg(long, value_name = "FILE", requires = "file")]
    pub(crate) out: Option<PathBuf>,
    /// Above this score a question has no answer, if the task knows such questions
    #[arg(long, value_name = "SCORE", default_value_t = 0.0)]
    pub(crate) none_threshold: f32,
    /// Longest row in tokens; default: as in fine-tuning
    #[arg(long, value_name = "TOKENS")]
    pub(crate) seq: Option<usize>,
    /// Rows of a batch
    #[arg(long, value_name = "ROWS", default_value_t = 32)]
    pub(crate) batch: usize,
    /// Print one JSON object a text
    #[arg(long)]
    pub(crate) json: bool,
    /// auto, cpu, gpu, vulkan, metal, dx12, or a number of `electra devices`
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub(crate) device: String,
}
