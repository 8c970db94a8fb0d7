//! Everything that the page knows.

use crate::engines::Engines;
use crate::notice::Notice;
use electra::config::NetworkConfig;
use electra::link::{Inspected, LinkState, Mode};
use electra::protocol::{
    Attention, EngineKind, Judgement, ModelCard, ModelList, NetworkName, Proof, TaskCard, Trace,
};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that the page knows; [`crate::update`] changes it, [`crate::regions`] shows it.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// Which build the page is: engines of another one are not used.
    pub build: String,
    /// What the visitor set: what the address holds.
    pub link: LinkState,
    /// Traces that came with the page; the first is its first example.
    pub stored: Vec<Trace>,
    /// What the picture shows.
    pub shown: Option<Trace>,
    /// Whether something newer than what is shown was asked for.
    pub asked: Asked,
    /// Results out of a link, until they have been computed again.
    pub shared: Option<Box<Trace>>,
    /// A long text, read.
    pub proof: Option<Proof>,
    /// What a fine-tuned model says.
    pub judged: Option<Judgement>,
    /// The second text, for a fine-tuned model that reads pairs.
    pub second: String,
    /// Windows read of a long text, and all.
    pub reading: Option<(usize, usize)>,
    /// Where a head looked, and from which word; [`crate::attention`] says whether it still does.
    pub attention: Option<Attention>,
    /// The engines, and which one answers.
    pub engines: Engines,
    /// The model and its way here.
    pub model: Model,
    /// One of a kind, newest last.
    pub notices: Vec<Notice>,
    /// How often a notice of each kind was given: every time it is spoken.
    pub given: BTreeMap<&'static str, u32>,
    /// How often the visitor has asked for something else.
    pub questions: u32,
    /// Which of these is answered by what is shown: an answer is spoken, also where it reads like the
    /// one before.
    pub answers: u32,
    /// How the visitor looks at it.
    pub view: View,
    /// Number of the last request.
    pub requests: u32,
}

/// At most one exploration is on its way; what changes meanwhile is asked for afterwards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// Request that is being answered.
    pub flying: Option<u32>,
    /// Which engine answers it.
    pub by: Option<EngineKind>,
    /// Whether that is a long text, which nobody should wait for who wants something else.
    pub long: bool,
    /// Whether another one is wanted afterwards.
    pub again: bool,
    /// Request that says where a head looks.
    pub looking: Option<u32>,
}

/// The model and its way here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    /// What the page ships.
    pub list: ModelList,
    /// The open one.
    pub card: Option<ModelCard>,
    /// Which of the shipped ones came last; none: the first.
    pub open: Option<String>,
    /// Name of the visitor's own files, if they are open.
    pub own: Option<String>,
    /// The visitor's files that are being opened.
    pub trying: Option<Trying>,
    /// How far the model is.
    pub phase: Phase,
    /// What is kept on this device.
    pub kept: Kept,
}

/// The visitor's files on their way into an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trying {
    /// Their name.
    pub name: String,
    /// Which engine opens them.
    pub kind: EngineKind,
    /// In this request.
    pub request: u32,
    /// Whether they interrupted the loading of the first model, which goes on if they are none.
    pub resumes: bool,
}

/// How far the model is.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Phase {
    /// Nothing was fetched yet.
    #[default]
    Cold,
    /// Bytes arrive.
    Loading {
        /// So far.
        loaded: u64,
        /// In all, as the list says.
        total: u64,
        /// Whether they come from this device.
        kept: bool,
    },
    /// All bytes are here, an engine reads them.
    Opening,
    /// An engine answers.
    Ready,
    /// The visitor stopped the loading.
    Cancelled,
    /// The network did not give it, for this reason, and it is not kept here.
    Offline(String),
    /// No engine can work, or read it; one sentence.
    Failed(String),
}

/// What is kept on this device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Bytes of models.
    pub bytes: u64,
    /// Why nothing can be kept.
    pub refused: Option<String>,
}

/// How the visitor looks at it; not part of the address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// Column that the keyboard is at.
    pub focus: usize,
    /// Column where an own word is being typed without a mask.
    pub editing: Option<usize>,
    /// Columns marked as replaced, in Guess.
    pub marked: BTreeSet<usize>,
    /// Whether the discriminator's answer may be seen, in Guess.
    pub revealed: bool,
    /// Suspicious word of the long text that is looked at.
    pub suspect: Option<usize>,
    /// Whether the table is shown instead of the picture.
    pub table: bool,
    /// Whether `[CLS]` and `[SEP]` are shown.
    pub special: bool,
}

impl Phase {
    /// Its name in `data-phase`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Loading { .. } => "loading",
            Self::Opening => "opening",
            Self::Ready => "ready",
            Self::Cancelled => "cancelled",
            Self::Offline(_) => "offline",
            Self::Failed(_) => "failed",
        }
    }
}

impl Model {
    /// Whether bytes of a model arrive; the one before answers until they are here.
    pub fn is_loading(&self) -> bool {
        matches!(self.phase, Phase::Loading { .. })
    }
}

impl State {
    /// What the open model answers, if it was fine-tuned.
    pub fn task(&self) -> Option<&TaskCard> {
        self.model.card.as_ref()?.task.as_ref()
    }

    /// How the page is used; a fine-tuned model knows one way only, and without a generator there
    /// is nothing to guess.
    pub fn mode(&self) -> Mode {
        let alone = self.model.card.as_ref().is_some_and(|card| !card.has_generator);
        match self.link.mode {
            _ if self.task().is_some() => Mode::Explore,
            Mode::Guess if alone => Mode::Explore,
            mode => mode,
        }
    }

    /// Whose attention is looked at: what the address asks for, or the nearest that the open model has.
    pub fn inspected(&self) -> Option<Inspected> {
        let wanted = self.link.inspected?;
        let Some(card) = &self.model.card else { return Some(wanted) };
        let network = if card.has_generator { wanted.network } else { NetworkName::Discriminator };
        let shape = shape(card, network);
        let layer = wanted.layer.min(shape.num_hidden_layers.saturating_sub(1));
        let head = wanted.head.min(shape.num_attention_heads.saturating_sub(1));
        Some(Inspected { network, layer, head, ..wanted })
    }

    /// The text that the picture is about.
    pub fn answered(&self) -> &str {
        match (&self.judged, &self.shown) {
            (Some(judged), _) => &judged.asked.text,
            (None, Some(trace)) => &trace.text,
            (None, None) => "",
        }
    }

    /// Puts a notice at the end, in place of an older one of its kind.
    pub fn notify(&mut self, notice: Notice) {
        self.drop_notice(notice.state());
        *self.given.entry(notice.state()).or_default() += 1;
        self.notices.push(notice);
    }

    /// Takes a kind of notice away.
    pub fn drop_notice(&mut self, state: &str) {
        self.notices.retain(|given| given.state() != state);
    }

    /// A number for a new request.
    pub fn number(&mut self) -> u32 {
        self.requests += 1;
        self.requests
    }
}

/// The shape of one of a model's networks.
pub(crate) fn shape(card: &ModelCard, network: NetworkName) -> &NetworkConfig {
    match network {
        NetworkName::Generator => &card.config.generator,
        NetworkName::Discriminator => &card.config.discriminator,
    }
}
