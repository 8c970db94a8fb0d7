//! Encoder and head: rows in, scores and losses out.

use super::heads::{Head, exclude};
use super::target::Targets;
use crate::batch::Batch;
use crate::config::{ElectraConfig, HeadStyle};
use crate::encoder::{Dropping, Embeddings, Encoder};
use crate::layers::Weights;
use crate::ops::{self, RealTokens};
use crate::tasks::TaskKind;
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};

/// A pre-trained encoder with a head for one task.
#[derive(Module, Debug)]
pub struct FineTuned {
    /// The tables.
    pub embeddings: Embeddings,
    /// The encoder.
    pub encoder: Encoder,
    /// What is learned anew.
    pub head: Head,
    dropout: f64,
}

/// One batch on the device.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// `[batch, seq]`
    pub ids: Tensor<2, Int>,
    /// `[batch, seq]`
    pub segments: Tensor<2, Int>,
    /// Which tokens are real.
    pub real: RealTokens,
    /// 1 where a span may begin or end: `[batch, seq]`
    pub allowed: Tensor<2>,
    /// 1 for a real token: `[batch, seq]`
    pub weights: Tensor<2>,
}

impl Inputs {
    /// Uploads a batch. Spans may lie in the second segment or on `[CLS]`.
    pub fn new(batch: &Batch, device: &Device) -> Self {
        let shape = [batch.rows, batch.seq];
        let real = batch.real();
        let upload = |values: Vec<f32>| Tensor::from_data(TensorData::new(values, shape), device);
        let as_weight = |holds: bool| f32::from(u8::from(holds));
        let allowed = (0..real.len())
            .map(|slot| as_weight(slot % batch.seq == 0 || batch.segments[slot] == 1));
        Self {
            ids: batch.upload(batch.ids.clone(), device),
            segments: batch.upload(batch.segments.clone(), device),
            real: batch.real_tokens(device),
            allowed: upload(allowed.collect()),
            weights: upload(real.iter().map(|&real| as_weight(real)).collect()),
        }
    }
}

impl FineTuned {
    /// A model of this shape, with weights from `weights`; the head has its own.
    pub fn new(
        config: &ElectraConfig,
        kind: &TaskKind,
        (style, dropout): (HeadStyle, f64),
        weights: &mut Weights,
        head: &mut Weights,
    ) -> Self {
        Self {
            embeddings: Embeddings::new(config, weights),
            encoder: Encoder::new(config, &config.discriminator, weights),
            head: Head::new(config, kind, style, head),
            dropout,
        }
    }

    /// Hidden states: `[batch, seq, hidden]`.
    pub fn hidden(&self, inputs: &Inputs, dropping: &mut Dropping) -> Tensor<3> {
        let (ids, segments) = (inputs.ids.clone(), inputs.segments.clone());
        let embedded = self.embeddings.forward(ids, segments, dropping);
        self.encoder.forward(embedded, &inputs.real, dropping)
    }

    /// Logits of the labels of each text: `[batch, labels]`.
    ///
    /// # Panics
    ///
    /// If the head is of another kind.
    pub fn labels(&self, inputs: &Inputs, dropping: &mut Dropping) -> Tensor<2> {
        let Head::Classifier(head) = &self.head else { unreachable!("the head is no classifier") };
        let hidden = self.hidden(inputs, dropping);
        head.forward(hidden, inputs.weights.clone(), self.dropout, dropping)
    }

    /// Logits of the tags of each token: `[batch, seq, labels]`.
    ///
    /// # Panics
    ///
    /// If the head is of another kind.
    pub fn tags(&self, inputs: &Inputs, dropping: &mut Dropping) -> Tensor<3> {
        let Head::Tagger(head) = &self.head else { unreachable!("the head is no tagger") };
        let hidden = self.hidden(inputs, dropping);
        head.forward(super::heads::drop_some(hidden, self.dropout, dropping))
    }

    /// Sum of the losses of a batch, with dropout where `dropping` is given: `[1]`.
    pub fn loss(&self, inputs: &Inputs, targets: &Targets, mut dropping: Dropping) -> Tensor<1> {
        let dropping = &mut dropping;
        match (&self.head, targets) {
            (Head::Classifier(_), Targets::Classes { labels, weights }) => {
                let logits = self.labels(inputs, dropping);
                ops::cross_entropy(logits, labels.clone(), weights.clone())
            }
            (Head::Classifier(_), Targets::Scores { scores, weights }) => {
                let [batch] = scores.dims();
                let error = self.labels(inputs, dropping).reshape([batch]) - scores.clone();
                (error.clone() * error * weights.clone()).sum()
            }
            (Head::Tagger(_), Targets::Classes { labels, weights }) => {
                let logits = self.tags(inputs, dropping);
                let [batch, seq, count] = logits.dims();
                let logits = logits.reshape([batch * seq, count]);
                ops::cross_entropy(logits, labels.clone(), weights.clone())
            }
            (Head::Spans(_), Targets::Spans { start, end, weights, .. }) => {
                let [starts, ends] = self.spans(inputs, dropping);
                let loss = |logits, truth: &Tensor<1, Int>| {
                    ops::cross_entropy(logits, truth.clone(), weights.clone())
                };
                (loss(starts, start) + loss(ends, end)) / 2.0
            }
            (Head::BeamSpans(head), Targets::Spans { .. }) => {
                head.loss(self.hidden(inputs, dropping), inputs.allowed.clone(), targets)
            }
            _ => unreachable!("targets of another kind than the head"),
        }
    }

    /// Scores of every position as start and as end: each `[batch, seq]`.
    ///
    /// # Panics
    ///
    /// If the head is of another kind.
    pub fn spans(&self, inputs: &Inputs, dropping: &mut Dropping) -> [Tensor<2>; 2] {
        let Head::Spans(head) = &self.head else { unreachable!("the head finds no spans") };
        let hidden = self.hidden(inputs, dropping);
        let [batch, seq, _] = hidden.dims();
        let logits = head.forward(hidden);
        [0, 1].map(|column| {
            let scores = logits.clone().slice_dim(2, column..column + 1).reshape([batch, seq]);
            // Padding takes no part, so that a row's loss does not depend on its neighbours.
            exclude(scores, inputs.weights.clone())
        })
    }
}
