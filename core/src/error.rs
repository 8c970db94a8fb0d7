//! What can go wrong, in words: what happened, which value, what to do.

/// A setting that cannot work.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A number outside its range.
    #[error("`{field}` must be {range}, got {value}")]
    OutOfRange {
        /// Dotted name of the field, as in the configuration file.
        field: String,
        /// The allowed range in words.
        range: &'static str,
        /// What was given.
        value: String,
    },
    /// Heads do not tile the hidden size.
    #[error(
        "`{network}`: hidden size {hidden} does not split into {heads} heads; \
         use a multiple of {heads}"
    )]
    UnevenHeads {
        /// `generator` or `discriminator`.
        network: &'static str,
        /// The hidden size.
        hidden: usize,
        /// The number of heads.
        heads: usize,
    },
    /// Two settings that exclude each other.
    #[error("{0}")]
    Conflict(String),
    /// Steps beyond the learning rate's schedule.
    #[error(
        "all {steps} steps of `training.steps` are done: the learning rate has come down to 0, so \
         further steps would change nothing; plan more steps before going on"
    )]
    ScheduleOver {
        /// Steps that the schedule was made for.
        steps: usize,
    },
    /// No preset has this name.
    #[error("no preset is called `{0}`; use one of {list}", list = crate::config::PRESETS.join(", "))]
    UnknownPreset(String),
    /// No preset of fine-tuning has this name.
    #[error(
        "no preset of fine-tuning is called `{0}`; use one of {list}",
        list = crate::config::FINE_TUNE_PRESETS.join(", ")
    )]
    UnknownFineTunePreset(String),
    /// A configuration text that does not parse.
    #[error("{0}")]
    Parse(String),
    /// A Hugging Face configuration that this program cannot run.
    #[error("`{field}` is {value} in this config.json; {advice}")]
    Unsupported {
        /// Field of `config.json`.
        field: &'static str,
        /// Its value.
        value: String,
        /// What works.
        advice: &'static str,
    },
}

/// A vocabulary or tokenizer file that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenizerError {
    /// A special token is not in the vocabulary.
    #[error(
        "the vocabulary has no `{token}`; ELECTRA needs [PAD], [UNK], [CLS], [SEP] and [MASK]: \
         add a line `{token}` or train a vocabulary with `electra vocab`"
    )]
    MissingSpecial {
        /// The token looked for.
        token: &'static str,
    },
    /// The file is not a tokenizer.
    #[error("cannot read this tokenizer: {0}")]
    Parse(String),
    /// Training a vocabulary failed.
    #[error("cannot train a vocabulary: {0}")]
    Training(String),
    /// Encoding a text failed.
    #[error("cannot tokenise this text: {0}")]
    Encode(String),
}

/// A checkpoint or a weight file that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Written by a newer program.
    #[error("this checkpoint is version {found}, this program reads up to {supported}; update it")]
    Version {
        /// Version in the file.
        found: u32,
        /// Newest version known here.
        supported: u32,
    },
    /// Not a safetensors file, or a damaged one.
    #[error("cannot read the weights: {0}")]
    Parse(String),
    /// A tensor is absent.
    #[error("the weights lack `{0}`; the file belongs to another kind of model")]
    Missing(String),
    /// A tensor has another shape than the configuration says.
    #[error("`{name}` has shape {found:?}, the configuration says {expected:?}")]
    Shape {
        /// Tensor name.
        name: String,
        /// Shape in the file.
        found: Vec<usize>,
        /// Shape by the configuration.
        expected: Vec<usize>,
    },
    /// A head is of another number of labels than the configuration names.
    #[error(
        "config.json names {} labels, but `{name}` is a head of {}; take both from one model",
        expected.first().unwrap_or(&0), found.first().unwrap_or(&0)
    )]
    Labels {
        /// Tensor name.
        name: String,
        /// Shape in the file, labels first.
        found: Vec<usize>,
        /// Shape by the configuration, labels first.
        expected: Vec<usize>,
    },
    /// A tensor has an element type that is not read.
    #[error("`{name}` has elements of type {dtype}; f32, f16 and bf16 are read")]
    Dtype {
        /// Tensor name.
        name: String,
        /// Its type.
        dtype: String,
    },
    /// A generator whose scores come from a table of their own.
    #[error(
        "`generator_lm_head.weight` differs from the generator's word table; only generators with \
         tied tables (`tie_word_embeddings`) are supported: tie them, or begin without a generator"
    )]
    UntiedOutput,
    /// The configuration inside does not parse or does not validate.
    #[error("the configuration in this file: {0}")]
    Config(String),
    /// Reading tensors back from the device failed.
    #[error("reading from the device failed: {0}")]
    Device(String),
}

/// A task, or data for it, that cannot be learned from.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// No task has this name.
    #[error(
        "no task is called `{0}`; use one of {list}, or describe your own with --kind and columns",
        list = crate::tasks::TASKS.join(", ")
    )]
    Unknown(String),
    /// Data that does not fit the task.
    #[error("{0}")]
    Data(String),
    /// The text cannot be tokenised.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The weights do not fit, or the device failed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A setting that cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
}
