//! Laws of fine-tuning: accumulation, parts, resume, no gradient left behind, and that a model learns
//! what it is shown.
#![allow(clippy::disallowed_methods, reason = "tests wait for devices")]

use burn::tensor::{Device, read_sync};
use electra::config::{ElectraConfig, FineTuneConfig, HeadStyle, NetworkConfig, Reduction};
use electra::examples::Example;
use electra::features::{Feature, RowTarget, Source};
use electra::finetune::{FineTuner, ScoreRange, Setup};
use electra::models::host_tensors;
use electra::task_models::untrained;
use electra::tasks::TaskKind;
use electra::weights::HostTensors;

/// Rows whose first word says the label, for two layers of 32.
fn task(count: usize, kind: &TaskKind) -> Vec<Feature> {
    (0..count)
        .map(|number| {
            let class = number % 2;
            let words = 4 + number * 7 % 9;
            let mut ids = vec![2, 10 + class as u32];
            ids.extend((0..words).map(|at| 20 + ((number * 31 + at * 17) % 40) as u32));
            ids.push(3);
            let first_segment = 1;
            let target = match kind {
                TaskKind::Regression => RowTarget::Score(class as f64 * 5.0),
                TaskKind::Tagging { .. } => RowTarget::Tags(
                    ids.iter().map(|&id| (id >= 20).then_some(id as usize % 2)).collect(),
                ),
                // The answer is the word behind the label's.
                TaskKind::Spans { .. } => {
                    let at = if class == 0 { 0 } else { 2 };
                    RowTarget::Span { start: at, end: at, answerable: class == 1 }
                }
                TaskKind::Classification { .. } => RowTarget::Class(class),
            };
            let row = Example { ids, first_segment };
            Feature { text: number, row, target, source: Source::Whole, truncated: false }
        })
        .collect()
}

fn labels(count: usize) -> Vec<String> {
    (0..count).map(|label| format!("L{label}")).collect()
}

fn shape() -> ElectraConfig {
    ElectraConfig {
        vocab_size: 64,
        embedding_size: 24,
        max_position_embeddings: 24,
        discriminator: NetworkConfig::new(32, 2, 2),
        ..ElectraConfig::nano()
    }
}

fn tuner(config: &FineTuneConfig, kind: &TaskKind, rows: &[Feature]) -> FineTuner {
    let device = Device::flex();
    let model = untrained(&shape(), kind, config, &device.clone().autodiff());
    let setup = Setup::new(config.clone(), &shape(), kind.clone(), 0, rows);
    FineTuner::new(setup, model, &device, false)
}

fn small(epochs: f64) -> FineTuneConfig {
    let mut config = FineTuneConfig::preset("small").expect("a preset");
    config.learning_rate = 3e-3;
    config.layer_decay = 1.0;
    config.batch_size = 8;
    config.max_seq_length = 24;
    config.epochs = epochs;
    config
}

fn kinds() -> [TaskKind; 4] {
    [
        TaskKind::Classification { labels: labels(2) },
        TaskKind::Regression,
        TaskKind::Tagging { labels: labels(2) },
        TaskKind::Spans { answerable: true },
    ]
}

#[test]
fn every_head_learns_what_it_is_shown() {
    for kind in kinds() {
        for head in [HeadStyle::HuggingFace, HeadStyle::Google, HeadStyle::Mean] {
            let rows = task(64, &kind);
            let config = FineTuneConfig { head, ..small(20.0) };
            let mut tuner = tuner(&config, &kind, &rows);
            tuner.advance(&rows);
            let first = read_sync(tuner.metrics()).expect("metrics").loss;
            while tuner.step_count() < tuner.setup().steps {
                tuner.advance(&rows);
                if tuner.step_count() == tuner.setup().steps - 8 {
                    read_sync(tuner.metrics()).expect("metrics");
                }
            }
            let last = read_sync(tuner.metrics()).expect("metrics").loss;
            assert!(last < 0.3 * first, "{kind:?} {head:?}: {first} to {last}");
        }
    }
}

fn parameters(tuner: &FineTuner) -> HostTensors {
    read_sync(host_tensors(tuner.model())).expect("parameters")
}

#[test]
fn a_resumed_fine_tuning_repeats_the_uninterrupted_one_bitwise() {
    let kind = TaskKind::Regression;
    let rows = task(40, &kind);
    let mut whole = tuner(&small(4.0), &kind, &rows);
    let mut part = tuner(&small(4.0), &kind, &rows);
    for step in 0..whole.setup().steps {
        whole.advance(&rows);
        if step < 7 {
            part.advance(&rows);
        }
    }
    let state = read_sync(part.checkpoint()).expect("a state");
    let mut resumed = FineTuner::resume(&state, &Device::flex(), false).expect("a fine-tuning");
    assert_eq!(resumed.step_count(), 7);
    assert_eq!(resumed.setup().range, ScoreRange { low: 0.0, high: 5.0 });
    while resumed.step_count() < resumed.setup().steps {
        resumed.advance(&rows);
    }
    assert_eq!(parameters(&resumed), parameters(&whole));
}

#[test]
fn accumulated_micro_batches_equal_one_large_batch() {
    for kind in kinds() {
        for loss in [Reduction::Sum, Reduction::Mean] {
            let rows = task(6, &kind);
            let mut config = small(1.0);
            config.loss = loss;
            config.warmup_share = 0.0;
            (config.hidden_dropout_prob, config.attention_probs_dropout_prob) = (0.0, 0.0);
            config.head_dropout_prob = 0.0;
            let mut one = tuner(&config, &kind, &rows);
            let mut many = tuner(&config, &kind, &rows);
            one.train_on(&[rows.iter().collect()]);
            many.train_on(&[rows[..1].iter().collect(), rows[1..].iter().collect()]);
            let left = read_sync(one.metrics()).expect("metrics");
            let right = read_sync(many.metrics()).expect("metrics");
            assert!((left.loss - right.loss).abs() < 1e-5, "{kind:?} {loss:?}");
            let relative = (left.grad_norm / right.grad_norm - 1.0).abs();
            assert!(relative < 1e-4, "{kind:?} {loss:?}: {left:?} {right:?}");
        }
    }
}

#[test]
fn parts_computed_at_the_same_time_equal_micro_batches_one_after_the_other() {
    for kind in kinds() {
        let rows = task(7, &kind);
        let rows: Vec<&Feature> = rows.iter().collect();
        let trained = |parts: Option<usize>, batches: &[Vec<&Feature>]| {
            let config = FineTuneConfig { data_parallel: parts, ..small(1.0) };
            let mut tuner = tuner(&config, &kind, &task(7, &kind));
            tuner.train_on(batches);
            tuner.train_on(batches);
            (read_sync(tuner.metrics()).expect("metrics"), parameters(&tuner))
        };
        let one_by_one = [&rows[..2], &rows[2..4], &rows[4..]].map(<[_]>::to_vec);
        let together = trained(Some(3), std::slice::from_ref(&rows));
        // To the last bit, dropout included.
        assert!(together == trained(None, &one_by_one), "{kind:?}");
        assert!(together != trained(None, std::slice::from_ref(&rows)), "{kind:?}, whole");
    }
}

#[test]
fn every_parameter_learns() {
    for kind in kinds() {
        for head in [HeadStyle::HuggingFace, HeadStyle::Google, HeadStyle::Mean] {
            let rows = task(16, &kind);
            let mut config = FineTuneConfig { head, ..small(1.0) };
            config.warmup_share = 0.0;
            let mut tuner = tuner(&config, &kind, &rows);
            let before = parameters(&tuner);
            tuner.advance(&rows);
            tuner.advance(&rows);
            for (name, tensor) in parameters(&tuner) {
                // Shifting all keys, or the scores of all positions, changes nothing.
                let idle = ["key.bias", "Spans.bias", "Spans.start.bias", "Spans.end.bias"];
                let idle = idle.iter().any(|end| name.ends_with(end));
                assert!(idle || tensor != before[&name], "{name} stood still");
            }
        }
    }
}

#[test]
fn the_seed_decides_the_head_and_the_order() {
    let kind = TaskKind::Classification { labels: labels(2) };
    let rows = task(32, &kind);
    let trained = |seed| {
        let mut config = small(1.0);
        config.seed = seed;
        let mut tuner = tuner(&config, &kind, &rows);
        tuner.advance(&rows);
        tuner.advance(&rows);
        parameters(&tuner)
    };
    assert_eq!(trained(1), trained(1));
    assert_ne!(trained(1), trained(2));
}
