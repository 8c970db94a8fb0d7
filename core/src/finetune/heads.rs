//! What stands on the encoder, in `transformers`' form or the authors'.

use super::target::Targets;
use crate::config::{ElectraConfig, HeadStyle};
use crate::encoder::Dropping;
use crate::layers::{Linear, Role, Weights};
use crate::ops;
use crate::tasks::TaskKind;
use burn::module::Module;
use burn::tensor::{Int, Tensor};

/// Width of the hidden layers of the authors' span head.
const SPAN_WIDTH: usize = 512;

/// Weight of the loss on answerability in the authors' span head.
const NONE_WEIGHT: f64 = 0.5;

/// Subtracted from scores of positions that cannot be meant, as in the authors' code; finite, since
/// shaders know no infinity.
const EXCLUDED: f64 = 1000.0;

/// One head.
#[allow(clippy::large_enum_variant, reason = "a model has one")]
#[derive(Module, Debug)]
pub enum Head {
    /// Labels or one number, from `[CLS]` or the mean of all tokens.
    Classifier(Classifier),
    /// A label for every token.
    Tagger(Linear),
    /// Start and end of the answer, each by one column: `[hidden, 2]`.
    Spans(Linear),
    /// The authors' span head.
    BeamSpans(BeamSpans),
}

/// From one state to the logits of labels.
#[derive(Module, Debug)]
pub struct Classifier {
    /// `[hidden, hidden]`; absent in the authors' head.
    pub dense: Option<Linear>,
    /// `[hidden, labels]`
    pub output: Linear,
    /// Reads the mean of all tokens instead of `[CLS]`.
    of_all: bool,
}

/// Start, end given the start, and whether there is an answer: XLNet's head (Yang et al., 2019) as
/// the authors' code has it.
#[derive(Module, Debug)]
pub struct BeamSpans {
    /// `[hidden, 1]`
    pub start: Linear,
    /// `[2 * hidden, 512]`
    pub end_dense: Linear,
    /// `[512, 1]`
    pub end: Linear,
    /// `[2 * hidden, 512]`
    pub none_dense: Linear,
    /// `[512, 1]`: high where there is no answer.
    pub none: Linear,
}

impl Head {
    /// A head for a kind of task; output layers begin Glorot-uniform as in the authors' code.
    pub fn new(
        config: &ElectraConfig,
        kind: &TaskKind,
        style: HeadStyle,
        weights: &mut Weights,
    ) -> Self {
        let hidden = config.discriminator.hidden_size;
        let mut layer = |from, to, role| weights.linear(from, to, role);
        match (kind, style) {
            (TaskKind::Classification { .. } | TaskKind::Regression, style) => {
                Self::Classifier(Classifier {
                    dense: (style != HeadStyle::Google).then(|| layer(hidden, hidden, Role::Inner)),
                    output: layer(hidden, kind.labels().len().max(1), Role::Projection),
                    of_all: style == HeadStyle::Mean,
                })
            }
            (TaskKind::Tagging { labels }, _) => {
                Self::Tagger(layer(hidden, labels.len(), Role::Projection))
            }
            (TaskKind::Spans { .. }, HeadStyle::HuggingFace | HeadStyle::Mean) => {
                Self::Spans(layer(hidden, 2, Role::Projection))
            }
            (TaskKind::Spans { .. }, HeadStyle::Google) => Self::BeamSpans(BeamSpans {
                start: layer(hidden, 1, Role::Projection),
                end_dense: layer(2 * hidden, SPAN_WIDTH, Role::Projection),
                end: layer(SPAN_WIDTH, 1, Role::Projection),
                none_dense: layer(2 * hidden, SPAN_WIDTH, Role::Projection),
                none: layer(SPAN_WIDTH, 1, Role::Projection),
            }),
        }
    }
}

/// Drops elements where this pass does.
pub(super) fn drop_some<const D: usize>(
    x: Tensor<D>,
    prob: f64,
    dropping: &mut Dropping,
) -> Tensor<D> {
    match dropping {
        Some(keys) if prob > 0.0 => ops::dropout(x, prob, keys.next_key()),
        _ => x,
    }
}

impl Classifier {
    /// Logits of the labels.
    ///
    /// # Shapes
    ///
    /// - `hidden`: `[batch, seq, hidden]`; `real` is 1 for a real token: `[batch, seq]`
    /// - returns: `[batch, labels]`
    pub fn forward(
        &self,
        hidden: Tensor<3>,
        real: Tensor<2>,
        prob: f64,
        dropping: &mut Dropping,
    ) -> Tensor<2> {
        let mut x = if self.of_all { mean(hidden, real) } else { first(hidden) };
        if let Some(dense) = &self.dense {
            x = ops::gelu(dense.forward(drop_some(x, prob, dropping)));
        }
        self.output.forward(drop_some(x, prob, dropping))
    }
}

/// The states of `[CLS]`: `[batch, seq, hidden]` → `[batch, hidden]`.
fn first(hidden: Tensor<3>) -> Tensor<2> {
    let [batch, _, width] = hidden.dims();
    hidden.slice_dim(1, 0..1).reshape([batch, width])
}

/// The mean state of the tokens that are real: `[batch, seq, hidden]` → `[batch, hidden]`.
fn mean(hidden: Tensor<3>, real: Tensor<2>) -> Tensor<2> {
    let [batch, _, width] = hidden.dims();
    let shares = real.clone() / real.sum_dim(1);
    (hidden * shares.unsqueeze_dim(2)).sum_dim(1).reshape([batch, width])
}

impl BeamSpans {
    /// Scores of every position as a start; `allowed` is 1 where one may be: `[batch, seq]`.
    pub fn starts(&self, hidden: Tensor<3>, allowed: Tensor<2>) -> Tensor<2> {
        let [batch, seq, _] = hidden.dims();
        exclude(self.start.forward(hidden).reshape([batch, seq]), allowed)
    }

    /// Scores of every position as the end of a span that starts at `start`.
    ///
    /// # Shapes
    ///
    /// - `hidden`: `[batch, seq, hidden]`; `start`: `[batch]`; `allowed`: `[batch, seq]`
    /// - returns: `[batch, seq]`
    pub fn ends(&self, hidden: Tensor<3>, start: Tensor<1, Int>, allowed: Tensor<2>) -> Tensor<2> {
        let [batch, seq, width] = hidden.dims();
        let at: Tensor<3, Int> = start.reshape([batch, 1, 1]).expand([batch, 1, width]);
        let beginning = hidden.clone().gather(1, at).expand([batch, seq, width]);
        let both = Tensor::cat(vec![hidden, beginning], 2);
        let scores = self.end.forward(ops::gelu(self.end_dense.forward(both)));
        exclude(scores.reshape([batch, seq]), allowed)
    }

    /// Logits of "there is no answer": `[batch]`; `starts` are the scores of all positions.
    pub fn nones(&self, hidden: Tensor<3>, starts: Tensor<2>) -> Tensor<1> {
        let [batch, seq, width] = hidden.dims();
        let weights = burn::tensor::activation::softmax(starts, 1).reshape([batch, 1, seq]);
        let expected = weights.matmul(hidden.clone()).reshape([batch, width]);
        let both = Tensor::cat(vec![first(hidden), expected], 1);
        self.none.forward(ops::gelu(self.none_dense.forward(both))).reshape([batch])
    }

    /// Sum of the losses of a batch: the mean of start's and end's, the end given the true start,
    /// and half that of answerability.
    ///
    /// # Shapes
    ///
    /// - `hidden`: `[batch, seq, hidden]`; `allowed`: `[batch, seq]`; `targets`: `[batch]` each
    /// - returns: `[1]`
    pub fn loss(&self, hidden: Tensor<3>, allowed: Tensor<2>, targets: &Targets) -> Tensor<1> {
        let Targets::Spans { start, end, none, weights } = targets else {
            unreachable!("targets of another kind than the head")
        };
        let starts = self.starts(hidden.clone(), allowed.clone());
        let ends = self.ends(hidden.clone(), start.clone(), allowed);
        let logits = self.nones(hidden, starts.clone());
        let spans = ops::cross_entropy(starts, start.clone(), weights.clone())
            + ops::cross_entropy(ends, end.clone(), weights.clone());
        // Binary cross entropy in the form that no large logit overflows.
        let soft = logits.clone().abs().neg().exp().log1p();
        let nones = logits.clone().clamp_min(0.0) - logits * none.clone() + soft;
        spans / 2.0 + (nones * weights.clone()).sum() * NONE_WEIGHT
    }
}

/// Scores lowered where a position cannot be meant.
pub(super) fn exclude(scores: Tensor<2>, allowed: Tensor<2>) -> Tensor<2> {
    scores + (allowed - 1.0) * EXCLUDED
}
