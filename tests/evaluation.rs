//! Held-out metrics and the showcase: traps 29 and 30 of the reference notes.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]

mod common;

use burn::module::Module;
use burn::tensor::{Device, read_sync};
use common::{Counting, SPECIAL, batch, tiny, values, vocabulary};
use electra::batch::Batch;
use electra::config::ObjectiveConfig;
use electra::detector::Detector;
use electra::electra::{Denominators, Electra, Inputs};
use electra::evaluate::Evaluator;
use electra::examples::{Example, Examples};
use electra::mask::{mask, selected_count, slots};
use electra::metrics::Evaluation;
use electra::random::{NoiseKeys, Stream, host};
use electra::showcase::{JudgedToken, showcase};

/// A model with dropout.
fn dropping() -> (Electra, ObjectiveConfig) {
    let config = tiny("small");
    assert!(config.model.hidden_dropout_prob > 0.0);
    (Electra::new(&config.model, 3, &Device::flex().autodiff()), config.objective)
}

fn evaluate(
    model: &Electra,
    objective: &ObjectiveConfig,
    batch: &Batch,
    fixed: bool,
) -> Evaluation {
    let mut evaluator = Evaluator::new(model, objective, &vocabulary(), 16, fixed, &Device::flex());
    read_sync(evaluator.add(batch)).expect("a working device");
    evaluator.finish()
}

#[test]
fn two_evaluations_are_equal_though_training_drops() {
    let (model, objective) = dropping();
    let batch = batch(20);
    let first = evaluate(&model, &objective, &batch, false);
    assert_eq!(first, evaluate(&model, &objective, &batch, false));

    let device = Device::flex().autodiff();
    let mut rng = host(9, Stream::Mask, 0);
    let masked = mask(&batch, &SPECIAL, &objective, 16, false, &mut rng);
    let inputs = Inputs::new(&batch, &masked, &device);
    let mut denominators = Denominators::default();
    denominators.add(&batch, &masked);
    let trained = |step| {
        let key = NoiseKeys::new(1, Stream::Sample, 0).next_key();
        let mut keys = NoiseKeys::new(1, Stream::Dropout, step);
        let noise = Some(&mut keys);
        values(model.losses(&inputs, &objective, denominators, key, None, noise).generator)
    };
    assert_ne!(trained(0), trained(1), "training drops other activations at every step");
}

fn assert_same(left: Option<f64>, right: Option<f64>, what: &str) {
    let (left, right) = (left.expect(what), right.expect(what));
    assert!((left - right).abs() < 1e-5, "{what}: {left} and {right}");
}

/// What does not depend on the generator's samples.
fn assert_same_but_for_samples(left: &Evaluation, right: &Evaluation) {
    assert_eq!((left.rows, left.tokens), (right.rows, right.tokens));
    for (what, left, right) in [
        ("masked_lm_loss", Some(left.masked_lm_loss), Some(right.masked_lm_loss)),
        ("masked_lm_accuracy", Some(left.masked_lm_accuracy), Some(right.masked_lm_accuracy)),
        ("unigram_disc_auc", left.unigram_disc_auc, right.unigram_disc_auc),
        ("unigram_disc_recall", left.unigram_disc_recall, right.unigram_disc_recall),
        ("uniform_disc_auc", left.uniform_disc_auc, right.uniform_disc_auc),
        ("uniform_disc_recall", left.uniform_disc_recall, right.uniform_disc_recall),
    ] {
        assert_same(left, right, what);
    }
}

#[test]
fn padding_changes_no_metric() {
    let (model, objective) = dropping();
    let examples: Vec<Example> = (0..20)
        .map(|index| {
            let mut example = Counting(20).get(index);
            example.ids.truncate(4 + index % 5);
            example
        })
        .collect();
    let [short, long] = [8, 16]
        .map(|seq| evaluate(&model, &objective, &Batch::new(&examples, seq, SPECIAL.pad), false));
    assert_same_but_for_samples(&short, &long);
    for (what, short, long) in [
        ("disc_loss", Some(short.disc_loss), Some(long.disc_loss)),
        ("disc_accuracy", Some(short.disc_accuracy), Some(long.disc_accuracy)),
        ("disc_auc", short.disc_auc, long.disc_auc),
        ("replaced_rate", Some(short.replaced_rate), Some(long.replaced_rate)),
    ] {
        assert_same(short, long, what);
    }
}

#[test]
fn fixed_shapes_change_no_metric_but_those_of_samples() {
    let (model, objective) = dropping();
    let batch = batch(20);
    let [loose, fixed] = [false, true].map(|fixed| evaluate(&model, &objective, &batch, fixed));
    assert_same_but_for_samples(&loose, &fixed);
}

#[test]
fn fixed_corruptions_do_not_depend_on_how_a_run_masks() {
    let (model, objective) = dropping();
    let batch = batch(20);
    let usual = evaluate(&model, &objective, &batch, false);
    let other = ObjectiveConfig {
        mask_prob: 0.4,
        mask_token_prob: 1.0,
        mask_with_replacement: true,
        ..objective
    };
    let other = evaluate(&model, &other, &batch, false);
    assert_ne!(usual.replaced_rate, other.replaced_rate);
    for (what, usual, other) in [
        ("unigram_disc_auc", usual.unigram_disc_auc, other.unigram_disc_auc),
        ("unigram_disc_recall", usual.unigram_disc_recall, other.unigram_disc_recall),
        ("uniform_disc_auc", usual.uniform_disc_auc, other.uniform_disc_auc),
        ("uniform_disc_recall", usual.uniform_disc_recall, other.uniform_disc_recall),
    ] {
        assert_same(usual, other, what);
    }
}

fn shown(model: &Electra, batch: &Batch, seed: u64) -> Vec<Vec<JudgedToken>> {
    let objective = tiny("small").objective;
    read_sync(showcase(model, &objective, &SPECIAL, batch, seed, &Device::flex())).expect("rows")
}

#[test]
fn a_showcase_shows_every_real_token_and_touches_none_but_the_selected() {
    let (model, objective) = dropping();
    let batch = batch(12);
    let rows = shown(&model, &batch, 1);
    assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), batch.lengths);
    for (row, tokens) in rows.iter().enumerate() {
        let ids = batch.ids[row * batch.seq..].iter().map(|&id| id as u32);
        let most = slots(objective.mask_prob, batch.seq);
        let selected = tokens.iter().filter(|token| token.selected).count();
        assert_eq!(selected, selected_count(objective.mask_prob, tokens.len(), most));
        for (token, id) in tokens.iter().zip(ids) {
            assert_eq!(token.original, id);
            assert!(token.selected || token.token == token.original);
            assert!(!(token.selected && SPECIAL.contains(id)));
        }
    }
    let swapped = |rows: &[Vec<JudgedToken>]| {
        rows.iter().flatten().filter(|token| token.token != token.original).count()
    };
    assert!(swapped(&rows) > 0, "a generator without training is right nowhere");
    assert_eq!(rows, shown(&model, &batch, 1));
    assert_ne!(rows, shown(&model, &batch, 2));
}

#[test]
fn a_showcase_s_verdicts_are_the_detector_s_on_the_swapped_rows() {
    let (model, _) = dropping();
    let batch = batch(12);
    let rows = shown(&model, &batch, 1);
    let mut swapped = batch.clone();
    for (row, tokens) in rows.iter().enumerate() {
        for (at, token) in tokens.iter().enumerate() {
            swapped.ids[row * batch.seq + at] = token.token as i32;
        }
    }
    let model = model.valid();
    let detector = Detector { embeddings: model.embeddings, discriminator: model.discriminator };
    let judged = read_sync(detector.probabilities(&swapped, &Device::flex())).expect("rows");
    let verdicts: Vec<Vec<f32>> =
        rows.iter().map(|row| row.iter().map(|token| token.replaced).collect()).collect();
    assert_eq!(verdicts, judged);
}
