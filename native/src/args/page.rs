//! Flags of what makes and shows a page: `ship`, `trace`, `page` and `serve`.

use clap::Args;
use std::path::PathBuf;

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
