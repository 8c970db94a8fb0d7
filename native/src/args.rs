//! Flags and subcommands, with their help.

mod convert;
mod finetune;
mod predict;

pub(crate) use convert::{Class, Dtype, ExportArgs, ImportArgs};
pub(crate) use finetune::{FineTuneArgs, GlueArgs, OwnTaskArgs, TuningArgs};
pub(crate) use predict::PredictArgs;

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Pre-train text encoders by replaced-token detection, on any GPU or the CPU.
#[derive(Debug, Parser)]
#[command(name = "electra", version, args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:\n  \
    electra                                      train `nano` on the embedded sentences\n  \
    electra pretrain --preset tiny --text 'books/*.txt' --minutes 120 --out runs/books\n  \
    electra pretrain --resume runs/books         go on after Ctrl-C\n  \
    electra detect --model runs/books \"the chef ate the meal\"\n  \
    electra evaluate --model runs/books --text other.txt --json")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) pretrain: PretrainArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Pre-train a generator and a discriminator on text (also what happens without a command)
    #[command(after_help = "Examples:\n  \
        electra pretrain\n  \
        electra pretrain --preset small --text corpus/ --vocab vocab.txt --device gpu\n  \
        electra pretrain --text talks.jsonl.gz --minutes 30 --set objective.temperature=1.2\n  \
        electra pretrain --config run.toml --seed 7 --out runs/seed-7\n  \
        electra pretrain --resume runs/seed-7")]
    Pretrain(Box<PretrainArgs>),
    /// Say for every token of a text how likely it was replaced
    #[command(after_help = "Examples:\n  \
        electra detect --model runs/nano-1 \"the chef ate the meal\"\n  \
        electra detect --model google-electra-folder --json < sentences.txt")]
    Detect(DetectArgs),
    /// Measure a trained model on any text
    #[command(
        after_help = "Example:\n  electra evaluate --model runs/nano-1 --text other.txt --json"
    )]
    Evaluate(EvaluateArgs),
    /// Fine-tune a model on a task and score it
    #[command(
        name = "finetune",
        after_help = "Examples:\n  \
        electra finetune --model runs/tiny-1 --task rte --data glue/RTE --seeds 5\n  \
        electra finetune --model electra-small/ --task squad2 --data squad/ --seq 384 --batch 16\n  \
        electra finetune --model runs/tiny-1 --task mood --kind classification \\\n    \
        --data mood.csv --text-column text --label-column mood\n\n\
        The folder goes on in `transformers`; to ONNX with\n  \
        python assets/transformers/to_onnx.py OUT model.onnx"
    )]
    FineTune(Box<FineTuneArgs>),
    /// Ask a fine-tuned model: labels, scores, tags or answers
    #[command(after_help = "Examples:\n  \
        electra predict --model runs/sst2-1 \"a lovely film\"\n  \
        electra predict --model runs/squad2-1 \"Who wrote it?\" --pair \"Ann wrote it in May.\"\n  \
        electra predict --model runs/ner-1 --file words.conll --json")]
    Predict(PredictArgs),
    /// Fine-tune on every GLUE task in a folder; print the paper's table
    #[command(after_help = "Example:\n  \
        electra glue --model runs/tiny-1 --data glue/ --seeds 5 --out runs/glue")]
    Glue(Box<GlueArgs>),
    /// Read a model that another program made
    #[command(after_help = "Examples:\n  \
        electra import --model electra-small-discriminator/ --out models/small\n  \
        electra import --model bert-base-uncased/ --out models/bert\n\n\
        Google's TensorFlow checkpoints are not read; `transformers` 4 converts them.")]
    Import(ImportArgs),
    /// Write a model for other programs
    #[command(after_help = "Examples:\n  \
        electra export --model runs/small-1 --out small --class encoder --dtype f16\n\n\
        To ONNX, from such a folder, with PyPI's torch, transformers and onnxscript:\n  \
        python assets/transformers/to_onnx.py small small.onnx")]
    Export(ExportArgs),
    /// Train a `WordPiece` vocabulary
    #[command(after_help = "Example:\n  \
        electra vocab --text 'corpus/*.txt' --size 30522 --out vocab.txt")]
    Vocab(VocabArgs),
    /// List the devices that `--device` knows
    Devices,
    /// Count floating-point operations by the paper's rules
    Flops(FlopsArgs),
    /// Write a model's files for shipping: weights in 16 bits, with a card beside them
    #[command(after_help = "Example:\n  \
        electra ship --model runs/nano-1 --out shipped --licence 'CC0 1.0'")]
    Ship(ShipArgs),
    /// Explore a text as the page does, and print what both networks did as JSON
    #[command(after_help = "Examples:\n  \
        electra trace --model runs/nano-1 \"the chef cooked the meal\" --mask 3,5 --seed 7\n  \
        electra trace --model runs/nano-1 --requests web/examples.json --endings > web/traces.json")]
    Trace(TraceArgs),
    /// Write the web page around a model: a folder of static files for any server
    #[command(after_help = "Example:\n  \
        electra page --model runs/nano-1 --out page && electra serve page")]
    Page(PageArgs),
    /// Show a folder that `electra page` wrote in this computer's browsers
    #[command(after_help = "Example:\n  electra serve page --port 8000")]
    Serve(ServeArgs),
    /// Measure training steps a second on synthetic rows
    #[command(after_help = "Example:\n  \
        electra bench --preset small --batch 16 --seq 128 --steps 5 --device cpu")]
    Bench(BenchArgs),
}

/// Flags of `pretrain`; each wins over the configuration file, which wins over the preset.
#[derive(Debug, Args, Default)]
pub(crate) struct PretrainArgs {
    /// Where the configuration begins: nano, tiny (ours), small, base, large (the paper's)
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,
    /// A TOML or JSON file with any part of the configuration; `config.toml` of a run is a complete one
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Any field of the configuration, such as `model.norm=post`; repeatable
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    pub(crate) set: Vec<String>,

    /// Files, folders or globs of .txt and .jsonl, also .gz and .zst; repeatable
    #[arg(long, value_name = "PATH", help_heading = "Text")]
    pub(crate) text: Vec<String>,
    /// Text for evaluation instead of a held-out share; repeatable
    #[arg(long, value_name = "PATH", help_heading = "Text")]
    pub(crate) held_out_text: Vec<String>,
    /// Share of documents that is never trained on
    #[arg(long, value_name = "SHARE", help_heading = "Text")]
    pub(crate) held_out: Option<f64>,
    /// vocab.txt, tokenizer.json or a folder with one; default: trained on the text
    #[arg(long, value_name = "FILE", help_heading = "Text")]
    pub(crate) vocab: Option<String>,
    /// Entries of the vocabulary that is trained
    #[arg(long, value_name = "N", help_heading = "Text")]
    pub(crate) vocab_size: Option<usize>,
    /// Longest row in tokens
    #[arg(long, value_name = "TOKENS", help_heading = "Text")]
    pub(crate) seq: Option<usize>,
    /// Every line is a document of its own
    #[arg(long, help_heading = "Text")]
    pub(crate) line_is_document: bool,
    /// Every file is one document, blank lines or not
    #[arg(long, help_heading = "Text")]
    pub(crate) file_is_document: bool,
    /// Keep upper case and accents
    #[arg(long, help_heading = "Text")]
    pub(crate) cased: bool,

    /// Optimiser steps of the whole schedule
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub(crate) steps: Option<usize>,
    /// Plan the steps by the clock so that training takes about this many minutes; a run planned
    /// so is not repeated bit for bit
    #[arg(long, value_name = "MINUTES", help_heading = "Training", conflicts_with = "steps")]
    pub(crate) minutes: Option<f64>,
    /// Rows of one micro-batch
    #[arg(long, value_name = "ROWS", help_heading = "Training")]
    pub(crate) batch: Option<usize>,
    /// Micro-batches added up before each optimiser step
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub(crate) accumulate: Option<usize>,
    /// Peak learning rate
    #[arg(long, value_name = "RATE", help_heading = "Training")]
    pub(crate) lr: Option<f64>,
    /// Steps of warm-up
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub(crate) warmup: Option<usize>,
    /// Seeds everything random
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub(crate) seed: Option<u64>,
    /// auto, cpu, gpu, vulkan, metal, dx12, or a number of `electra devices`
    #[arg(long, value_name = "DEVICE", help_heading = "Training")]
    pub(crate) device: Option<String>,

    /// Share of tokens that the generator has to guess
    #[arg(long, value_name = "SHARE", help_heading = "Objective")]
    pub(crate) mask_prob: Option<f64>,
    /// Width of the generator
    #[arg(long, value_name = "N", help_heading = "Objective")]
    pub(crate) generator_hidden: Option<usize>,
    /// Blocks of the generator
    #[arg(long, value_name = "N", help_heading = "Objective")]
    pub(crate) generator_layers: Option<usize>,
    /// Weight of the discriminator's loss
    #[arg(long, value_name = "WEIGHT", help_heading = "Objective")]
    pub(crate) lambda: Option<f64>,
    /// Softmax temperature of the generator's samples
    #[arg(long, value_name = "T", help_heading = "Objective")]
    pub(crate) temperature: Option<f64>,
    /// What the networks share: embeddings, all, none
    #[arg(long, value_name = "WHAT", help_heading = "Objective")]
    pub(crate) tie: Option<String>,
    /// Do as another program does where it differs: google (masks with replacement, drops overflow)
    #[arg(long, value_name = "PROGRAM", value_parser = ["google"], help_heading = "Objective")]
    pub(crate) compat: Option<String>,

    /// Steps between evaluations on the held-out part
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub(crate) eval_every: Option<usize>,
    /// Steps between checkpoints
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub(crate) save_every: Option<usize>,
    /// Folder of the run; default: runs/<preset>-<n>
    #[arg(long, value_name = "FOLDER", help_heading = "Output")]
    pub(crate) out: Option<PathBuf>,
    /// Go on with the run in this folder, exactly where its newest checkpoint stands
    #[arg(long, value_name = "RUN", help_heading = "Output", conflicts_with_all = ["config", "out"])]
    pub(crate) resume: Option<PathBuf>,
    /// End after this step, with the schedule of the full run; `--resume` goes on
    #[arg(long, value_name = "STEP", help_heading = "Output")]
    pub(crate) stop_after: Option<usize>,
    /// Print nothing but warnings, errors and the final result
    #[arg(long, help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Print every line of metrics as JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// Flags of `detect`.
#[derive(Debug, Args)]
pub(crate) struct DetectArgs {
    /// A run, or a Hugging Face folder of an ELECTRA discriminator
    #[arg(long, value_name = "FOLDER")]
    pub(crate) model: PathBuf,
    /// The text; none: standard input, one text a line
    pub(crate) text: Vec<String>,
    /// Print one JSON object a text
    #[arg(long)]
    pub(crate) json: bool,
    /// auto, cpu, gpu, vulkan, metal, dx12, or a number of `electra devices`
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub(crate) device: String,
}

/// Flags of `evaluate`.
#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// A run, or a folder that holds `discriminator/` and `generator/`
    #[arg(long, value_name = "FOLDER")]
    pub(crate) model: PathBuf,
    /// Files, folders or globs of .txt and .jsonl, also .gz and .zst; repeatable
    #[arg(long, value_name = "PATH", required = true)]
    pub(crate) text: Vec<String>,
    /// Every line is a document of its own
    #[arg(long)]
    pub(crate) line_is_document: bool,
    /// Most rows to evaluate
    #[arg(long, value_name = "N", default_value_t = 4096)]
    pub(crate) rows: usize,
    /// Longest row in tokens; default: as in training, or 128
    #[arg(long, value_name = "TOKENS")]
    pub(crate) seq: Option<usize>,
    /// Print the metrics as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// auto, cpu, gpu, vulkan, metal, dx12, or a number of `electra devices`
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub(crate) device: String,
}

/// Flags of `vocab`.
#[derive(Debug, Args)]
pub(crate) struct VocabArgs {
    /// Files, folders or globs of .txt and .jsonl, also .gz and .zst; none: the embedded sentences
    #[arg(long, value_name = "PATH")]
    pub(crate) text: Vec<String>,
    /// Entries, special tokens included
    #[arg(long, value_name = "N", default_value_t = 30_522)]
    pub(crate) size: usize,
    /// Keep upper case and accents
    #[arg(long)]
    pub(crate) cased: bool,
    /// A .txt file for a vocabulary, a .json file for a whole tokenizer
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// Flags of `flops`.
#[derive(Debug, Args)]
pub(crate) struct FlopsArgs {
    /// Count for this preset; none: the paper's table
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Flags of `bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Which networks to train
    #[arg(long, value_name = "NAME", default_value = "small")]
    pub(crate) preset: String,
    /// Rows of a batch
    #[arg(long, value_name = "ROWS", default_value_t = 16)]
    pub(crate) batch: usize,
    /// Tokens of a row
    #[arg(long, value_name = "TOKENS", default_value_t = 128)]
    pub(crate) seq: usize,
    /// Steps to time, after two that warm up
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = at_least_one)]
    pub(crate) steps: usize,
    /// auto, cpu, gpu, vulkan, metal, dx12, or a number of `electra devices`
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub(crate) device: String,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// A count that must not be zero.
pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be at least 1".to_owned()),
        Ok(count) => Ok(count),
        Err(_) => Err("it is no whole number".to_owned()),
    }
}

/// What a card says that cannot be seen in a model.
#[derive(Debug, Args)]
pub(crate) struct CardArgs {
    /// The model's name for people; default: as before, or the folder's
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// What it was trained on; default: as in the run's configuration
    #[arg(long, value_name = "WORDS")]
    pub(crate) trained_on: Option<String>,
    /// Licence of the weights
    #[arg(long, value_name = "LICENCE")]
    pub(crate) licence: Option<String>,
    /// Bits of each weight: f16, f32
    #[arg(long, value_name = "TYPE", default_value = "f16", value_parser = ["f16", "f32"])]
    pub(crate) precision: String,
}

/// Flags of `ship`.
#[derive(Debug, Args)]
pub(crate) struct ShipArgs {
    /// A run, or a Hugging Face folder of an ELECTRA discriminator
    #[arg(long, value_name = "FOLDER")]
    pub(crate) model: PathBuf,
    /// Where to write
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) card: CardArgs,
}

/// Flags of `trace`.
#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    /// A run, or a Hugging Face folder of an ELECTRA discriminator
    #[arg(long, value_name = "FOLDER")]
    pub(crate) model: PathBuf,
    /// The text
    #[arg(required_unless_present = "requests")]
    pub(crate) text: Option<String>,
    /// Numbers of tokens to mask, from 1; none: by the training rule
    #[arg(long, value_name = "N,N", value_delimiter = ',')]
    pub(crate) mask: Vec<usize>,
    /// Seeds the samples, and the choice of tokens to mask
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Softmax temperature of the samples
    #[arg(long, value_name = "T", default_value_t = 1.0)]
    pub(crate) temperature: f64,
    /// Put a word in a token's place, such as `3=ate`; repeatable
    #[arg(long, value_name = "N=WORD")]
    pub(crate) replace: Vec<String>,
    /// A JSON list of texts with what to do; prints a list
    #[arg(long, value_name = "FILE", conflicts_with_all = ["text", "mask", "replace"])]
    pub(crate) requests: Option<PathBuf>,
    /// Also the first text with each of its candidates, for a page's first picture
    #[arg(long, requires = "requests")]
    pub(crate) endings: bool,
    /// auto, cpu, gpu, vulkan, metal, dx12, or a number of `electra devices`
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub(crate) device: String,
}

/// Flags of `page`.
#[derive(Debug, Args)]
pub(crate) struct PageArgs {
    /// A run, or a Hugging Face folder of an ELECTRA discriminator
    #[arg(long, value_name = "FOLDER")]
    pub(crate) model: PathBuf,
    /// Where to write the page
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) card: CardArgs,
    /// The page that was built; default: `page` beside the program, or `dist`
    #[arg(long, value_name = "FOLDER")]
    pub(crate) built: Option<PathBuf>,
}

/// Flags of `serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The folder to show
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// Port on the loopback address; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8017)]
    pub(crate) port: u16,
}
