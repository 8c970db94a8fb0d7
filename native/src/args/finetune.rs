//! Flags of `finetune`, and what `glue` shares with it.

use clap::Args;
use std::path::PathBuf;

/// Flags of `finetune`.
#[derive(Debug, Args)]
pub(crate) struct FineTuneArgs {
    /// A pre-training run, or a Hugging Face folder of an ELECTRA or BERT
    #[arg(long, value_name = "FOLDER")]
    pub(crate) model: PathBuf,
    /// cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte, wnli, squad1, squad2, chunk, ner; or any name
    /// for a task of your own
    #[arg(long, value_name = "NAME")]
    pub(crate) task: String,
    /// The task's folder or training file: GLUE's or CoNLL's layout, SQuAD's JSON, .tsv, .csv,
    /// .jsonl, also .gz
    #[arg(long, value_name = "PATH")]
    pub(crate) data: PathBuf,
    /// Folder of the results; default: runs/<task>-<n>
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Go on where `--out` was interrupted, with the same data and flags
    #[arg(long, requires = "out")]
    pub(crate) resume: bool,
    #[command(flatten)]
    pub(crate) own: OwnTaskArgs,
    #[command(flatten)]
    pub(crate) training: TuningArgs,
}

/// How a task of one's own is read.
#[derive(Debug, Args, Default)]
#[command(next_help_heading = "A task of your own")]
pub(crate) struct OwnTaskArgs {
    /// classification, regression, tagging or spans
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// Development file; default: a tenth of the training file
    #[arg(long, value_name = "FILE")]
    pub(crate) dev: Option<PathBuf>,
    /// A file to predict besides, and to score if it tells every label
    #[arg(long, value_name = "FILE")]
    pub(crate) test: Option<PathBuf>,
    /// Column of the text (the words, the question)
    #[arg(long, value_name = "NAME")]
    pub(crate) text_column: Option<String>,
    /// Column of the second text (the context)
    #[arg(long, value_name = "NAME")]
    pub(crate) pair_column: Option<String>,
    /// Column of the label (the score, the tags, the answer)
    #[arg(long, value_name = "NAME")]
    pub(crate) label_column: Option<String>,
    /// Column of what predictions call the row
    #[arg(long, value_name = "NAME")]
    pub(crate) id_column: Option<String>,
}

/// How a model is fine-tuned; what is not given is the paper's setting for the model's size.
#[derive(Debug, Args, Default, Clone)]
#[command(next_help_heading = "Training")]
pub(crate) struct TuningArgs {
    /// Passes over the training texts
    #[arg(long, value_name = "N")]
    pub(crate) epochs: Option<f64>,
    /// Longest row in tokens
    #[arg(long, value_name = "TOKENS")]
    pub(crate) seq: Option<usize>,
    /// Rows of one micro-batch
    #[arg(long, value_name = "ROWS")]
    pub(crate) batch: Option<usize>,
    /// Micro-batches added up before each optimiser step
    #[arg(long, value_name = "N")]
    pub(crate) accumulate: Option<usize>,
    /// Peak learning rate
    #[arg(long, value_name = "RATE")]
    pub(crate) lr: Option<f64>,
    /// How many seeds to train with, or which: `5`, or `1,2,3`
    #[arg(long, value_name = "SEEDS", default_value = "1")]
    pub(crate) seeds: String,
    /// The first seed
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub(crate) seed: u64,
    /// auto, cpu, gpu, vulkan, metal, dx12, or a number of `electra devices`
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub(crate) device: String,
    /// Whose head: huggingface or google, both on [CLS], or one on the mean of all tokens
    #[arg(long, value_name = "WHOSE", value_parser = ["huggingface", "google", "mean"])]
    pub(crate) head: Option<String>,
    /// A layer's learning rate as a share of that of the layer above
    #[arg(long, value_name = "SHARE")]
    pub(crate) layer_decay: Option<f64>,
    /// Any other number of fine-tuning, such as `weight_decay=0.01`, or all of another size's:
    /// `preset=base`; repeatable
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    pub(crate) set: Vec<String>,
    /// Stop after so many evaluations without a better one, and keep the best
    #[arg(long, value_name = "N")]
    pub(crate) patience: Option<usize>,
    /// Use only so many texts of the training split, taken evenly from it
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// Begin with random weights of the model's shape, on the same rows: what pre-training has to
    /// beat
    #[arg(long)]
    pub(crate) untrained: bool,
    /// Print nothing but errors and the final result
    #[arg(long, help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Print every line of metrics and the results as JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// Flags of `glue`.
#[derive(Debug, Args)]
pub(crate) struct GlueArgs {
    /// A pre-training run, or a Hugging Face folder of an ELECTRA or BERT
    #[arg(long, value_name = "FOLDER")]
    pub(crate) model: PathBuf,
    /// A folder with the tasks' folders in it: CoLA, MRPC, RTE …
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: PathBuf,
    /// Only these tasks; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) task: Vec<String>,
    /// Folder of the results; tasks that are finished in it are not trained again
    #[arg(long, value_name = "FOLDER", default_value = "runs/glue")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) training: TuningArgs,
}
