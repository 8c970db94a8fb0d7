//! What can happen to the page, and what it has to do then.

use crate::engines::Probe;
use crate::state::Kept;
use electra::link::{Backend, Mode};
use electra::protocol::{EngineKind, ModelList, NetworkName, Reply, Request};

/// What can happen.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The page opens, or its address changes: what stands after `#`.
    Address(String),
    /// Another text.
    Text(String),
    /// Another second text, for a model that reads pairs.
    Second(String),
    /// A token is pressed.
    Press(usize),
    /// Tokens from the one that has the focus to this one are masked.
    Extend(usize),
    /// The keyboard moves to a token.
    Focus(usize),
    /// An own word is about to be typed in a column.
    Edit(usize),
    /// The training rule masks.
    MaskByRule,
    /// Nothing is masked or replaced.
    Clear,
    /// A candidate is chosen.
    Choose {
        /// Column.
        at: usize,
        /// Token of the vocabulary.
        id: u32,
    },
    /// An own word; empty takes it back.
    Own {
        /// Column.
        at: usize,
        /// Words.
        word: String,
    },
    /// The generator draws again.
    SampleAgain,
    /// Another seed.
    Seed(u64),
    /// Another temperature.
    Temperature(f64),
    /// Another mode.
    Mode(Mode),
    /// In Guess: the discriminator's answer.
    Reveal,
    /// In Inspect: another network, layer or head.
    Inspect {
        /// Which network.
        network: NetworkName,
        /// From 0.
        layer: usize,
        /// From 0.
        head: usize,
    },
    /// In Proofread: to this suspicious word.
    Suspect(usize),
    /// In Proofread: to the next suspicious word of the text, or the one before.
    Step(isize),
    /// Table or picture.
    Table(bool),
    /// With or without `[CLS]` and `[SEP]`.
    Special(bool),
    /// Another engine.
    Backend(Backend),
    /// Even an emulated GPU.
    UseSoftware,
    /// Another shipped model.
    Model(String),
    /// A notice was read.
    Dismiss(String),
    /// The visitor waits no longer, be it for bytes or for files of his own.
    Cancel,
    /// The loading begins again.
    Retry,
    /// What the page ships.
    Shipped(ModelList),
    /// What the browser says about its GPU.
    Probed(Probe),
    /// Bytes of the model have arrived.
    Progress {
        /// So far.
        loaded: u64,
        /// In all.
        total: u64,
        /// Whether they come from this device.
        kept: bool,
    },
    /// All of the model has arrived.
    Fetched,
    /// It has not.
    FetchFailed(String),
    /// The visitor opens files, called so.
    Files(String),
    /// Something is kept on this device, or not.
    Kept(Kept),
    /// An engine says something.
    Reply(EngineKind, Box<Reply>),
    /// An engine's worker fails without a word of its own.
    Crashed(EngineKind, String),
    /// Something worked or failed outside.
    Say(crate::notice::Notice),
}

/// What the page has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Fetch a shipped model, from this device if it is kept there.
    Fetch(String),
    /// Stop fetching.
    StopFetching,
    /// Start an engine's worker.
    Start(EngineKind),
    /// End an engine's worker.
    Stop(EngineKind),
    /// Ask an engine.
    Send(EngineKind, Request, Files),
    /// The files that were tried are the model's from now on, or are not.
    Adopt(bool),
    /// Write the address.
    WriteAddress,
    /// Put another text into the field.
    ShowText(String),
    /// Give a token the focus.
    FocusToken(usize),
    /// Give a column's own word the focus.
    FocusOwn(usize),
    /// Show a suspicious word.
    ShowSuspect(usize),
}

/// Files that go along with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// None.
    None,
    /// The model's.
    Model,
    /// The visitor's, which are tried.
    Tried,
}
