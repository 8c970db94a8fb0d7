//! Ten steps of fine-tuning are those of PyTorch, for a label of a text, of words, and a span.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]

use burn::tensor::{Device, read_sync};
use electra::config::{ElectraConfig, FineTuneConfig};
use electra::examples::Example;
use electra::features::{Feature, RowTarget, Source};
use electra::finetune::{FineTuned, FineTuner, Setup};
use electra::hugging_face::task_to_hugging_face;
use electra::models::{Folder, host_tensors};
use electra::task_models::fine_tuned;
use electra::tasks::TaskKind;
use electra::weights::{self, HostTensors, Precision};
use safetensors::SafeTensors;
use std::path::{Path, PathBuf};

const STEPS: usize = 10;

fn file(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/finetune");
    let path: PathBuf = folder.join(name);
    std::fs::read(path).expect("a fixture")
}

/// Integers of the fixture by rows.
fn ints(bytes: &[u8], name: &str) -> Vec<Vec<i64>> {
    let tensors = SafeTensors::deserialize(bytes).expect("a fixture");
    let view = tensors.tensor(name).expect(name);
    let width = view.shape().get(1).copied().unwrap_or(1);
    let words = view.data().chunks_exact(8);
    let values: Vec<i64> =
        words.map(|word| i64::from_le_bytes(word.try_into().expect("8 bytes"))).collect();
    values.chunks(width).map(<[i64]>::to_vec).collect()
}

fn floats(bytes: &[u8], name: &str) -> Vec<f32> {
    let tensors = SafeTensors::deserialize(bytes).expect("a fixture");
    let view = tensors.tensor(name).expect(name);
    let words = view.data().chunks_exact(4);
    words.map(|word| f32::from_le_bytes(word.try_into().expect("4 bytes"))).collect()
}

fn labels(count: usize) -> Vec<String> {
    (0..count).map(|label| format!("L{label}")).collect()
}

/// The rows of the fixture with one kind of truth.
fn features(golden: &[u8], kind: &TaskKind) -> Vec<Feature> {
    let column = |name: &str| ints(golden, name);
    let (ids, real) = (column("input_ids"), column("attention_mask"));
    let (segments, tags) = (column("token_type_ids"), column("tags"));
    let (classes, start, end) = (column("labels"), column("start"), column("end"));
    (0..ids.len())
        .map(|row| {
            let length = real[row].iter().sum::<i64>() as usize;
            let target = match kind {
                TaskKind::Tagging { .. } => RowTarget::Tags(
                    tags[row].iter().map(|&tag| usize::try_from(tag).ok()).collect(),
                ),
                TaskKind::Spans { .. } => RowTarget::Span {
                    start: start[row][0] as usize,
                    end: end[row][0] as usize,
                    answerable: start[row][0] > 0,
                },
                _ => RowTarget::Class(classes[row][0] as usize),
            };
            let first_segment =
                segments[row].iter().position(|&segment| segment == 1).unwrap_or(length);
            let ids = ids[row][..length].iter().map(|&id| id as u32).collect();
            let row = Example { ids, first_segment };
            Feature { text: 0, row, target, source: Source::Whole, truncated: false }
        })
        .collect()
}

/// The fixture's optimiser, without dropout.
fn config() -> FineTuneConfig {
    let mut config = FineTuneConfig::preset("small").expect("a preset");
    config.hidden_dropout_prob = 0.0;
    config.attention_probs_dropout_prob = 0.0;
    config.head_dropout_prob = 0.0;
    config.learning_rate = 1e-3;
    config.warmup_share = 0.2;
    config.weight_decay = 0.01;
    config.max_seq_length = 24;
    config.batch_size = 4;
    config.epochs = STEPS as f64;
    config
}

/// The fixture's encoder with one of its heads, on a device with autodiff.
fn model(head: &str, class: &str, count: usize) -> (ElectraConfig, FineTuned) {
    let mut tensors = weights::read(&file("model.safetensors")).expect("weights");
    tensors = tensors
        .into_iter()
        .map(|(name, tensor)| {
            let prefix = format!("{head}.");
            (name.strip_prefix(&prefix).map_or(name.clone(), str::to_owned), tensor)
        })
        .collect::<HostTensors>();
    let text = String::from_utf8(file("config.json")).expect("UTF-8");
    let mut fields: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    fields["architectures"] = serde_json::json!([class]);
    let names =
        (0..).zip(labels(count)).map(|(at, name): (usize, _)| (at.to_string(), name.into()));
    fields["id2label"] = serde_json::Value::Object(names.collect());
    let folder = Folder {
        config: fields.to_string(),
        weights: weights::write(&tensors, &[], Precision::F32).expect("bytes"),
    };
    let device = Device::flex().autodiff();
    let (config, _, model) = fine_tuned(&folder, &device).expect("a model");
    (config, model)
}

#[test]
fn ten_steps_are_those_of_pytorch() {
    let golden = file("golden.safetensors");
    for (head, class, count, kind) in [
        (
            "classification",
            "ElectraForSequenceClassification",
            3,
            TaskKind::Classification { labels: labels(3) },
        ),
        ("tagging", "ElectraForTokenClassification", 5, TaskKind::Tagging { labels: labels(5) }),
        ("spans", "ElectraForQuestionAnswering", 2, TaskKind::Spans { answerable: true }),
    ] {
        let rows = features(&golden, &kind);
        let (shape, model) = model(head, class, count);
        let setup = Setup::new(config(), &shape, kind, 0, &rows);
        assert_eq!(setup.steps, STEPS);
        let mut tuner = FineTuner::new(setup, model, &Device::flex(), false);
        let losses = floats(&golden, &format!("{head}.losses"));
        let norms = floats(&golden, &format!("{head}.norms"));
        for step in 0..STEPS {
            tuner.train_on(&[rows.iter().collect()]);
            let metrics = read_sync(tuner.metrics()).expect("metrics");
            let (loss, norm) = (metrics.loss as f32, metrics.grad_norm as f32);
            assert!((loss - losses[step]).abs() < 1e-4, "{head} {step}: {loss} {}", losses[step]);
            let error = (norm / norms[step] - 1.0).abs();
            assert!(error < 1e-3, "{head} {step}: norm {norm} instead of {}", norms[step]);
        }
        let ours = read_sync(host_tensors(tuner.model())).expect("parameters");
        for (name, tensor) in task_to_hugging_face(&ours) {
            if name.starts_with("electra.") {
                continue;
            }
            for (found, expected) in
                tensor.values.iter().zip(floats(&golden, &format!("{head}.{name}")))
            {
                assert!((found - expected).abs() < 1e-4, "{head} {name}: {found} {expected}");
            }
        }
    }
}
