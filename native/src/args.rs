//! Flags and subcommands, with their help.

mod convert;
mod finetune;
mod page;
mod predict;
mod pretrain;

pub(crate) use convert::{Class, Dtype, ExportArgs, ImportArgs};
pub(crate) use finetune::{FineTuneArgs, GlueArgs, OwnTaskArgs, TuningArgs};
pub(crate) use page::{CardArgs, PageArgs, ServeArgs, ShipArgs, TraceArgs};
pub(crate) use predict::PredictArgs;
pub(crate) use pretrain::PretrainArgs;

use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::any::TypeId;
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

impl Arguments {
    /// Those that the program was called with; where they are wrong, the program ends with a
    /// sentence about it.
    pub(crate) fn read() -> Self {
        let mut command = Self::command().mut_args(with_negative_numbers);
        command = command.mut_subcommands(|command| command.mut_args(with_negative_numbers));
        let read = Self::from_arg_matches(&command.get_matches());
        read.unwrap_or_else(|error| error.exit())
    }
}

/// Lets a number begin with a minus, so that who reads it says what is wrong with it; otherwise
/// `-1` would pass for a flag that nobody knows.
fn with_negative_numbers(argument: Arg) -> Arg {
    let numbers = [
        TypeId::of::<f64>(),
        TypeId::of::<f32>(),
        TypeId::of::<usize>(),
        TypeId::of::<u64>(),
        TypeId::of::<u16>(),
    ];
    let kind = argument.get_value_parser().type_id();
    let is_number = numbers.iter().any(|number| kind == *number);
    argument.allow_negative_numbers(is_number)
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
        electra pretrain --model runs/books --text letters.txt --lr 5e-4 --minutes 30\n  \
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
    #[command(after_help = "Examples:\n  \
        electra devices\n  \
        electra pretrain --device 1                  on the device that is listed with a 1")]
    Devices,
    /// Count floating-point operations by the paper's rules
    #[command(after_help = "Examples:\n  \
        electra flops                                the paper's table\n  \
        electra flops --preset small --json")]
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

/// Flags of `detect`.
#[derive(Debug, Args)]
pub(crate) struct DetectArgs {
    /// A run, one of its checkpoints, or a Hugging Face folder of an ELECTRA discriminator
    #[arg(long, value_name = "PATH")]
    pub(crate) model: PathBuf,
    /// The text; none: standard input, one text a line
    pub(crate) text: Vec<String>,
    /// Print one JSON object a text; a blank line's holds `[CLS]` and `[SEP]` alone
    #[arg(long)]
    pub(crate) json: bool,
    /// auto, cpu, gpu, vulkan, metal, dx12, or a number of `electra devices`
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub(crate) device: String,
}

/// Flags of `evaluate`.
#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// A run, one of its checkpoints, or a folder that holds `discriminator/` and `generator/`
    #[arg(long, value_name = "PATH")]
    pub(crate) model: PathBuf,
    /// Files, folders or globs of .txt, .jsonl and .ndjson, also .gz and .zst; repeatable
    #[arg(long, value_name = "PATH", required = true)]
    pub(crate) text: Vec<String>,
    /// Every line is a document of its own
    #[arg(long)]
    pub(crate) line_is_document: bool,
    /// Every file is one document, blank lines or not
    #[arg(long)]
    pub(crate) file_is_document: bool,
    /// Field of a .jsonl line that holds the text; default: as in training, or text
    #[arg(long, value_name = "NAME")]
    pub(crate) json_field: Option<String>,
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
    /// Files, folders or globs of .txt, .jsonl and .ndjson, also .gz and .zst; none: the embedded sentences
    #[arg(long, value_name = "PATH")]
    pub(crate) text: Vec<String>,
    /// Entries, special tokens included
    #[arg(long, value_name = "N", default_value_t = 30_522)]
    pub(crate) size: usize,
    /// Field of a .jsonl line that holds the text
    #[arg(long, value_name = "NAME", default_value = "text")]
    pub(crate) json_field: String,
    /// Keep upper case and accents
    #[arg(long)]
    pub(crate) cased: bool,
    /// Keep accents, but not upper case: for languages where they tell words apart
    #[arg(long)]
    pub(crate) keep_accents: bool,
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
    /// Parts of each batch that are computed at the same time; default: as suits the device
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) data_parallel: Option<usize>,
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
