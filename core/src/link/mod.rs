//! What the page's address holds after `#`: everything a visitor set, and nothing that is default.
//!
//! `#v=1&m=nano&t=the%20chef&k=2,5&s=7`. A link may come from anybody: reading one never fails, it
//! keeps what can be used and lists the rest.

mod parse;
mod print;
mod results;

pub use crate::protocol::TEMPERATURES;
pub use parse::parse;
pub use print::print;

use crate::protocol::{NetworkName, Replacement, Selection, Trace};
use std::fmt;

/// The seed of a text that comes with none.
pub const DEFAULT_SEED: u64 = 1;
/// Newest version of the format.
pub const VERSION: u32 = 1;
/// Longest address part that is looked at, in bytes: whatever a visitor can set fits. A character of
/// the text may take twelve letters, as `%F0%9F%99%82` does, one of an own word twenty, since words
/// are escaped once more in their list.
pub const LONGEST_LINK: usize =
    12 * LONGEST_TEXT + MOST_POSITIONS * (20 * LONGEST_WORD + 8) + (1 << 14);
/// Longest text that a link may carry, in characters.
pub const LONGEST_TEXT: usize = 4_000;
/// Longest own word, in characters.
pub const LONGEST_WORD: usize = 64;
/// Most positions and most replacements.
pub const MOST_POSITIONS: usize = 128;
/// Most bytes of JSON that results may inflate to.
pub const LARGEST_RESULTS: usize = 1 << 18;

/// Everything that a link can set.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkState {
    /// `m`: id of a shipped model; none: the first.
    pub model: Option<String>,
    /// `t`: the text; none: the page's first example.
    pub text: Option<String>,
    /// `k`: positions, or `rule`; none: what the example comes with.
    pub selection: Option<Selection>,
    /// `s`; none: what the example comes with, for other texts [`DEFAULT_SEED`].
    pub seed: Option<u64>,
    /// `c`
    pub temperature: f64,
    /// `w`: `3:412` puts token 412 at position 3, `3~ate` the word.
    pub replacements: Vec<Replacement>,
    /// `mode`
    pub mode: Mode,
    /// `backend`: which engine computes.
    pub backend: Backend,
    /// `i`: what is inspected, `d.2.1.4`: network, layer, head, token.
    pub inspected: Option<Inspected>,
    /// `embed`: without the page around, for an iframe.
    pub embed: bool,
    /// `hide`: names of parts that are not shown.
    pub hide: Vec<String>,
    /// `r`: what the sender saw.
    pub results: Option<Box<Trace>>,
}

/// How the page is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// One masks and sees.
    #[default]
    Explore,
    /// One guesses which tokens were replaced, then sees.
    Guess,
    /// One looks at attention.
    Inspect,
    /// The discriminator reads a long text as it stands.
    Proofread,
}

/// Which engine computes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Backend {
    /// The faster one, by measurement.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// The GPU.
    Gpu,
}

/// Whose attention is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspected {
    /// Which network.
    pub network: NetworkName,
    /// Number of the layer, from 0.
    pub layer: usize,
    /// Number of the head, from 0.
    pub head: usize,
    /// Position of the token that looks.
    pub from: usize,
}

/// A link, read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Link {
    /// What can be used.
    pub state: LinkState,
    /// What cannot, in the link's order.
    pub notices: Vec<Notice>,
}

/// A part of a link that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Made by a newer page.
    Newer {
        /// Its version.
        version: u32,
    },
    /// A key that this page does not know.
    Unknown {
        /// The key, shortened.
        key: String,
    },
    /// A value that cannot be used.
    Refused {
        /// The key.
        key: &'static str,
        /// What would do, in words.
        wanted: &'static str,
    },
    /// Longer than [`LONGEST_LINK`]; nothing of it was read.
    TooLong {
        /// Its bytes.
        bytes: usize,
    },
}

/// Whether a text in a link may hold this character: control characters show nothing and may steer
/// what shows them, but line breaks and tabs belong to texts.
pub fn carries(character: char) -> bool {
    !character.is_control() || matches!(character, '\n' | '\r' | '\t')
}

impl Default for LinkState {
    fn default() -> Self {
        Self {
            model: None,
            text: None,
            selection: None,
            seed: None,
            temperature: 1.0,
            replacements: Vec::new(),
            mode: Mode::default(),
            backend: Backend::default(),
            inspected: None,
            embed: false,
            hide: Vec::new(),
            results: None,
        }
    }
}

impl Mode {
    /// All of them, under the names that links use.
    const NAMES: [(Self, &'static str); 4] = [
        (Self::Explore, "explore"),
        (Self::Guess, "guess"),
        (Self::Inspect, "inspect"),
        (Self::Proofread, "proofread"),
    ];

    /// Its name in links.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(mode, _)| *mode == self).map_or("explore", |(_, name)| name)
    }

    /// The mode of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(mode, _)| *mode)
    }
}

impl Backend {
    /// All of them, under the names that links use.
    const NAMES: [(Self, &'static str); 3] =
        [(Self::Auto, "auto"), (Self::Cpu, "cpu"), (Self::Gpu, "gpu")];

    /// Its name in links.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(backend, _)| *backend == self).map_or("auto", |(_, name)| name)
    }

    /// The backend of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(backend, _)| *backend)
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer { version } => write!(
                f,
                "this link is version {version}, this page reads {VERSION}; what is new in it is \
                 left out"
            ),
            Self::Unknown { key } => write!(f, "this page does not know `{key}`; it is left out"),
            Self::Refused { key, wanted } => write!(f, "`{key}` must be {wanted}; it is left out"),
            Self::TooLong { bytes } => write!(
                f,
                "this link has {bytes} bytes, at most {LONGEST_LINK} are read; ask for a shorter one"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
