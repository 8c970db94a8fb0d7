//! The authors' span head says what PyTorch says: scores of starts and ends, of there being no
//! answer, the loss with its gradient, and what the beam search finds
//! (`tests/golden/make_span_head_fixture.py`).
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]

use burn::module::Param;
use burn::tensor::{Device, Int, Tensor, TensorData, read_sync};
use electra::finetune::{BeamSpans, Targets};
use electra::layers::Linear;
use electra::parameters;
use electra::weights::{self, HostTensor, HostTensors};
use std::path::Path;

/// Largest difference of logits, relative to those above 1.
const TOLERANCE: f32 = 1e-5;
/// The same for losses and gradients, which add up many.
const OF_LOSS: f32 = 1e-4;

/// The fixture, on one device.
struct Golden {
    numbers: HostTensors,
    device: Device,
}

impl Golden {
    fn read(device: Device) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
        let bytes = std::fs::read(folder.join("span_head.safetensors")).expect("a fixture");
        Self { numbers: weights::read(&bytes).expect("tensors"), device }
    }

    fn values(&self, name: &str) -> &[f32] {
        &self.numbers[name].values
    }

    fn tensor<const D: usize>(&self, name: &str) -> Tensor<D> {
        Tensor::from_data(data(self.numbers[name].clone()), &self.device)
    }

    /// Positions, which the file keeps as floats.
    fn places(&self, name: &str) -> Tensor<1, Int> {
        let places: Vec<i32> = self.values(name).iter().map(|&place| place as i32).collect();
        let count = places.len();
        Tensor::from_data(TensorData::new(places, [count]), &self.device)
    }

    fn layer(&self, name: &str) -> Linear {
        // PyTorch keeps kernels as `[out, in]`.
        let kernel = self.numbers[&format!("{name}.weight")].clone().transposed();
        let shift = self.numbers[&format!("{name}.bias")].clone();
        Linear {
            weight: Param::from_data(data(kernel), &self.device),
            bias: Param::from_data(data(shift), &self.device),
        }
    }

    fn head(&self) -> BeamSpans {
        BeamSpans {
            start: self.layer("qa_start"),
            end_dense: self.layer("qa_end_dense"),
            end: self.layer("qa_end"),
            none_dense: self.layer("qa_none_dense"),
            none: self.layer("qa_none"),
        }
    }
}

fn data(tensor: HostTensor) -> TensorData {
    TensorData::new(tensor.values, tensor.shape)
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let size = tensor.shape().num_elements();
    read_sync(parameters::read(vec![tensor.reshape([size])])).expect("values").remove(0)
}

fn assert_near(found: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (at, (a, b)) in found.iter().zip(expected).enumerate() {
        let error = (a - b).abs() / b.abs().max(1.0);
        assert!(error <= tolerance, "{what}, element {at}: {a} instead of {b}");
    }
}

/// Compares scores where a span may begin or end; elsewhere they are out of reach.
fn assert_same_scores(found: &[f32], golden: &Golden, name: &str) {
    let (mut kept, mut expected) = (Vec::new(), Vec::new());
    for (at, (&score, &allowed)) in found.iter().zip(golden.values("allowed")).enumerate() {
        if allowed > 0.0 {
            kept.push(score);
            expected.push(golden.values(name)[at]);
        } else {
            assert!(score < -900.0, "{name}, element {at}: {score}");
        }
    }
    assert_near(&kept, &expected, TOLERANCE, name);
}

#[test]
fn logits_match_the_reference() {
    let golden = Golden::read(Device::flex());
    let (head, hidden) = (golden.head(), golden.tensor::<3>("hidden"));
    let allowed = golden.tensor::<2>("allowed");
    let starts = head.starts(hidden.clone(), allowed.clone());
    assert_same_scores(&values(starts.clone()), &golden, "start_logits");
    let ends = head.ends(hidden.clone(), golden.places("start"), allowed);
    assert_same_scores(&values(ends), &golden, "end_logits");
    let nones = values(head.nones(hidden, starts));
    assert_near(&nones, golden.values("none_logits"), TOLERANCE, "none_logits");
}

#[test]
fn the_loss_and_its_gradient_match_the_reference() {
    let golden = Golden::read(Device::flex().autodiff());
    let none = golden.tensor::<1>("none");
    let targets = Targets::Spans {
        start: golden.places("start"),
        end: golden.places("end"),
        weights: none.ones_like(),
        none,
    };
    let hidden = golden.tensor::<3>("hidden").require_grad();
    let loss = golden.head().loss(hidden.clone(), golden.tensor("allowed"), &targets);
    let gradient = hidden.grad(&loss.backward()).expect("a gradient");
    assert_near(&values(loss.inner()), golden.values("loss"), OF_LOSS, "loss");
    assert_near(&values(gradient), golden.values("hidden_gradient"), OF_LOSS, "gradient");
}

#[test]
fn the_beam_finds_what_the_reference_finds() {
    let golden = Golden::read(Device::flex());
    let beam = golden.numbers["beam_starts"].shape[1];
    let (hidden, allowed) = (golden.tensor("hidden"), golden.tensor("allowed"));
    let found = read_sync(golden.head().search(hidden, allowed, beam)).expect("answers");
    let mut answers = found.iter().flat_map(|row| &row.candidates);
    let starts = golden.values("beam_starts").iter().flat_map(|&start| vec![start; beam]);
    let ends = golden.values("beam_ends").iter().zip(golden.values("beam_scores"));
    for (start, (&end, &score)) in starts.zip(ends) {
        let answer = answers.next().expect("an answer");
        assert_eq!((answer.start, answer.end), (start as usize, end as usize));
        assert_near(&[answer.score], &[score], TOLERANCE, "beam_scores");
    }
    assert!(answers.next().is_none());
    let nones: Vec<f32> = found.iter().map(|row| row.none).collect();
    assert_near(&nones, golden.values("none_logits"), TOLERANCE, "none_logits");
}
