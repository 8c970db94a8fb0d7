//! What a page and an engine say to each other: requests, replies and what they carry.
//!
//! Everything here is plain data that travels as JSON; bytes of files travel beside it, each under
//! its path. Nothing here computes, so a page needs no network code to speak it.

mod card;
mod command;
mod event;
mod failure;
mod judgement;
mod queue;
mod trace;

pub use card::{
    About, MODEL_FILES, ModelCard, ModelFile, ModelList, Parameters, ShippedModel, TokenizerCard,
};
pub use command::{
    Choice, Command, Explore, Inspect, NetworkName, Replacement, Request, Selection,
};
pub use event::{
    Adapter, Attention, EngineKind, Event, Hello, Measured, Proof, ProofToken, Reply, SelfTest,
};
pub use failure::{Failure, FailureKind, Mismatch};
pub use judgement::{Answer, Classify, Judgement, LabelShare, TaggedWord, TaskCard};
pub use queue::newest;
pub use trace::{Candidate, Origin, Read, Score, Trace, TraceToken, Verdict};

/// Tokens that an exploration reads, `[CLS]` and `[SEP]` included, if the model's table is longer.
pub const LONGEST_ROW: usize = 128;

/// Candidates that a masked position shows.
pub const CANDIDATES: usize = 5;

/// A token with a higher probability of having been replaced is called replaced: the authors'
/// threshold, a logit of zero.
pub const THRESHOLD: f32 = 0.5;

/// Largest seed a page uses: every number up to it is exact in a browser's floating point.
pub const LARGEST_SEED: u64 = (1 << 53) - 1;

/// Temperatures that make sense: below, the sample is the best guess; above, it is noise.
pub const TEMPERATURES: std::ops::RangeInclusive<f64> = 0.05..=10.0;
