//! What an engine answers.

use super::card::ModelCard;
use super::command::NetworkName;
use super::failure::Failure;
use super::judgement::Judgement;
use super::trace::Trace;
use serde::{Deserialize, Serialize};

/// An event and the request that it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Number of the request; none for what nobody asked for, such as a lost device.
    pub id: Option<u32>,
    /// What happened.
    pub event: Event,
}

/// What happened; as JSON each under its name, since a tag inside would have every type's reader
/// compiled twice into the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The engine has started; the first event of every engine that can.
    Ready(Hello),
    /// The GPU compiles its kernels.
    Compiling {
        /// Kernels that are ready.
        done: u32,
        /// Kernels asked for until now.
        of: u32,
    },
    /// A model was loaded.
    Opened(Box<ModelCard>),
    /// A text was explored.
    Explored(Trace),
    /// Part of a long text was read.
    Proofreading {
        /// Windows read.
        done: usize,
        /// Windows in all.
        of: usize,
    },
    /// A long text was read.
    Proofread(Proof),
    /// Where a head looks.
    Inspected(Attention),
    /// What a fine-tuned model says about a text.
    Classified(Judgement),
    /// The little network's numbers.
    SelfTested(SelfTest),
    /// Times of forward passes.
    Measured(Measured),
    /// The request was given up: by a newer one of its kind, or by `cancel`.
    Cancelled,
    /// The request failed; the engine goes on unless the kind says otherwise.
    Failed(Failure),
}

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// What computes.
    pub engine: EngineKind,
    /// Which build this is; a page of another build must not use it.
    pub build: String,
    /// The GPU, for the engine that has one.
    pub adapter: Option<Adapter>,
}

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineKind {
    /// The processor, with 128-bit vectors.
    Cpu,
    /// The GPU through WebGPU.
    Gpu,
}

/// A GPU as the browser describes it; browsers leave fields empty as they like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapter {
    /// Such as `nvidia`.
    pub vendor: String,
    /// Such as `ada-lovelace`.
    pub architecture: String,
    /// In words, where the browser tells.
    pub description: String,
    /// Whether the processor emulates it, which is slower than the CPU engine.
    pub software: bool,
}

/// A long text, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// As given.
    pub text: String,
    /// Its tokens in order, without special ones.
    pub tokens: Vec<ProofToken>,
    /// Windows that were read.
    pub windows: usize,
    /// Filled by the engine's clock.
    pub milliseconds: f64,
}

/// One token of a long text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProofToken {
    /// As in the vocabulary, `##` included.
    pub text: String,
    /// Its id.
    pub id: u32,
    /// First character that it covers; characters, not bytes.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// Probability of having been replaced.
    pub replaced: f32,
}

/// One row of one attention matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attention {
    /// Which network.
    pub network: NetworkName,
    /// Number of the layer.
    pub layer: usize,
    /// Number of the head.
    pub head: usize,
    /// Who looks.
    pub from: usize,
    /// How much at each position; adds up to 1.
    pub weights: Vec<f32>,
    /// Filled by the engine's clock.
    pub milliseconds: f64,
}

/// The fixed little network's outputs: one device's against another's tells whether both compute
/// rightly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SelfTest {
    /// Scores of the generator, then logits of the discriminator.
    pub numbers: Vec<f32>,
}

impl SelfTest {
    /// Largest difference between the engines that still counts as rounding.
    pub const TOLERANCE: f32 = 1e-3;

    /// Largest absolute difference; infinite when counts differ or a number is none.
    pub fn difference(&self, other: &Self) -> f32 {
        if self.numbers.len() != other.numbers.len() || self.numbers.is_empty() {
            return f32::INFINITY;
        }
        let pairs = self.numbers.iter().zip(&other.numbers);
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, |largest, difference| {
            if difference.is_nan() { f32::INFINITY } else { difference.max(largest) }
        })
    }

    /// Whether both engines computed the same.
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.difference(other) <= Self::TOLERANCE
    }
}

/// Times of forward passes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Tokens of the row.
    pub tokens: usize,
    /// Each timed pass.
    pub milliseconds: Vec<f64>,
}

impl Measured {
    /// The middle time, which a pause of the tab does not move; none without passes.
    pub fn median(&self) -> Option<f64> {
        let mut sorted = self.milliseconds.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_none_never_agrees() {
        let right = SelfTest { numbers: vec![1.0, 2.0] };
        assert!(right.agrees_with(&SelfTest { numbers: vec![1.0, 2.0005] }));
        assert!(!right.agrees_with(&SelfTest { numbers: vec![1.0, 2.1] }));
        assert!(!right.agrees_with(&SelfTest { numbers: vec![f32::NAN, 2.0] }));
        assert!(!right.agrees_with(&SelfTest { numbers: vec![1.0] }));
        assert!(!SelfTest { numbers: vec![] }.agrees_with(&SelfTest { numbers: vec![] }));
    }

    #[test]
    fn one_pause_does_not_move_the_median() {
        let measured = Measured { tokens: 16, milliseconds: vec![5.0, 900.0, 4.0] };
        assert_eq!(measured.median(), Some(5.0));
        assert_eq!(Measured { tokens: 16, milliseconds: vec![] }.median(), None);
    }
}
