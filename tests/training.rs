//! Steps, schedules and checkpoints: traps 22 to 24 and 26 of the reference notes.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]

mod common;

use burn::tensor::{Device, Tensor, read_sync};
use common::{Counting, batch, tiny, values, vocabulary};
use electra::checkpoint::header;
use electra::config::{CorruptionConfig, PositionKind, PretrainConfig};
use electra::electra::Electra;
use electra::error::ConfigError;
use electra::optim::{Adam, is_spared};
use electra::parameters;
use electra::schedule::learning_rate;
use electra::trainer::Trainer;

fn trainer(config: &PretrainConfig) -> Trainer {
    Trainer::new(config.clone(), vocabulary(), &Device::flex(), false)
}

fn weights(trainer: &Trainer) -> Vec<Vec<f32>> {
    parameters::list(trainer.model()).into_iter().map(|it| values(it.values)).collect()
}

fn advance(trainer: &mut Trainer, steps: usize) {
    for _ in 0..steps {
        trainer.advance(&Counting(50)).expect("steps left");
    }
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    for preset in ["small", "nano"] {
        let mut config = tiny(preset);
        let run = |config: &PretrainConfig| {
            let mut trainer = trainer(config);
            advance(&mut trainer, 5);
            weights(&trainer)
        };
        let first = run(&config);
        assert_eq!(first, run(&config));
        config.seed += 1;
        assert_ne!(first, run(&config));
    }
}

#[test]
fn a_resumed_run_repeats_the_uninterrupted_one() {
    let mut split = tiny("nano");
    split.model.position = PositionKind::Rotary;
    (split.training.data_parallel, split.training.accumulation) = (Some(3), 2);
    for config in [tiny("small"), tiny("nano"), split] {
        let mut whole = trainer(&config);
        advance(&mut whole, 20);
        let mut half = trainer(&config);
        advance(&mut half, 10);
        let mut rest = resumed(&half);
        assert_eq!(rest.step_count(), 10);
        advance(&mut rest, 10);
        assert_eq!(weights(&whole), weights(&rest), "{config:?}");
        let [whole, rest] = [whole, rest].map(|it| read_sync(it.checkpoint()).expect("bytes"));
        let [whole, rest] = [whole, rest].map(|it| electra::weights::read(&it).expect("tensors"));
        assert_eq!(whole, rest, "the optimiser's state differs");
    }
}

fn resumed(run: &Trainer) -> Trainer {
    let bytes = read_sync(run.checkpoint()).expect("a checkpoint");
    Trainer::resume(&bytes, vocabulary(), &Device::flex(), false).expect("a readable checkpoint")
}

#[test]
fn a_longer_run_keeps_its_place_in_the_curriculum_and_has_the_rate_of_its_new_schedule() {
    let config = tiny("nano");
    let mut run = trainer(&config);
    // Of 40 steps the unigram share holds for 8 and slides from 1 to 0.5 until 20.
    advance(&mut run, 14);
    let (reached, rate) = (run.plain_share(), run.learning_rate());
    assert!((reached - 0.75).abs() < 1e-9, "{reached}");
    run.replan(100, None);
    let mut run = resumed(&run);
    assert_eq!(run.learning_rate(), learning_rate(&config.optimizer, 14, 100));
    assert!(run.learning_rate() > rate, "a longer schedule decays more slowly");
    while run.step_count() < 55 {
        let before = run.plain_share();
        advance(&mut run, 1);
        assert!(run.plain_share() <= before, "it went back after step {}", run.step_count());
        if run.step_count() <= 35 {
            assert_eq!(run.plain_share(), reached, "step {} of 100", run.step_count());
        }
    }
    assert_eq!(run.plain_share(), 0.5);
}

#[test]
fn a_run_by_the_clock_begins_its_curriculum_when_its_steps_are_planned() {
    let mut config = tiny("nano");
    config.training.minutes = Some(1.0);
    let mut run = trainer(&config);
    advance(&mut run, 20);
    assert_eq!(run.plain_share(), 1.0, "the 40 steps are a guess");
    run.plan_steps(50);
    assert!((run.plain_share() - 2.0 / 3.0).abs() < 1e-9, "{}", run.plain_share());
    run.plan_steps(1_000);
    assert!((run.plain_share() - 2.0 / 3.0).abs() < 1e-9, "{}", run.plain_share());
}

#[test]
fn a_run_that_is_split_anew_is_one_that_was_split_so_from_the_start() {
    let mut config = tiny("nano");
    let mut anew = trainer(&config);
    anew.set_parts(3);
    config.training.data_parallel = Some(3);
    let mut so = trainer(&config);
    for run in [&mut anew, &mut so] {
        advance(run, 2);
    }
    assert_eq!((anew.config(), weights(&anew)), (so.config(), weights(&so)));
}

#[test]
fn one_batch_can_be_memorised() {
    for (preset, learning_rate) in [("small", 1e-3), ("nano", 5e-3)] {
        let mut config = tiny(preset);
        config.training.steps = 1_200;
        config.optimizer.learning_rate = learning_rate;
        config.model.hidden_dropout_prob = 0.0;
        config.model.attention_probs_dropout_prob = 0.0;
        let batch = batch(4);
        let mut trainer = trainer(&config);
        trainer.train_on(std::slice::from_ref(&batch));
        let first = read_sync(trainer.metrics()).expect("metrics");
        for _ in 0..1_180 {
            trainer.train_on(std::slice::from_ref(&batch));
        }
        read_sync(trainer.metrics()).expect("metrics");
        for _ in 0..20 {
            trainer.train_on(std::slice::from_ref(&batch));
        }
        let last = read_sync(trainer.metrics()).expect("metrics");
        assert!(last.generator_loss < 0.3 * first.generator_loss, "{preset}: {last:?}");
        // The generator has become right, so little is left to detect.
        assert!(last.discriminator_loss < 0.5 * first.discriminator_loss, "{preset}: {last:?}");
    }
}

#[test]
fn plain_swaps_in_one_batch_are_all_found() {
    let mut config = tiny("nano");
    config.training.steps = 1_200;
    config.optimizer.learning_rate = 5e-3;
    config.objective.corruption = CorruptionConfig { start: 1.0, end: 1.0, hold: 0.0, slide: 0.0 };
    let batch = batch(4);
    let mut trainer = trainer(&config);
    for _ in 0..1_100 {
        trainer.train_on(std::slice::from_ref(&batch));
    }
    read_sync(trainer.metrics()).expect("metrics");
    for _ in 0..100 {
        trainer.train_on(std::slice::from_ref(&batch));
    }
    let last = read_sync(trainer.metrics()).expect("metrics");
    // Whoever knows the batch by heart finds every swap, new ones at every step; the share of them
    // alone would leave a loss of about 0.4.
    assert!(last.replaced_rate > 0.08, "{last:?}");
    assert!(last.discriminator_loss < 0.05, "{last:?}");
}

/// One parameter under a constant gradient of 1.
fn trace(correction: bool, clip: f64) -> Vec<f32> {
    let device = Device::flex().autodiff();
    let mut optimizer = tiny("small").optimizer;
    optimizer.bias_correction = correction;
    optimizer.max_grad_norm = clip;
    optimizer.weight_decay = 0.0;
    let layer = electra::layers::Weights::blank(&device).layer_norm(1, 1e-12);
    let mut adam = Adam::new(&optimizer, &layer);
    let mut layer = layer;
    let mut trace = Vec::new();
    for _ in 0..5 {
        let gradients = vec![Some(Tensor::ones([1], &Device::flex())), None];
        let before = values(layer.gamma.val())[0];
        layer = adam.step(layer, gradients, 1.0).0;
        trace.push(before - values(layer.gamma.val())[0]);
    }
    trace
}

#[test]
fn the_update_is_google_s_without_bias_correction() {
    let found = trace(false, 0.0);
    for (step, update) in found.iter().enumerate() {
        let power = step as i32 + 1;
        let (m, v) = (1.0 - 0.9_f64.powi(power), 1.0 - 0.999_f64.powi(power));
        let expected = m / (v.sqrt() + 1e-6);
        assert!((f64::from(*update) - expected).abs() < 1e-3, "step {power}: {update}");
    }
    assert!((found[0] - 3.1622).abs() < 1e-3);
}

#[test]
fn bias_correction_makes_the_first_updates_the_learning_rate() {
    for update in trace(true, 0.0) {
        assert!((update - 1.0).abs() < 1e-4, "{update}");
    }
}

#[test]
fn weight_decay_spares_biases_and_norms_and_shrinks_shared_tables_once() {
    let device = Device::flex().autodiff();
    let config = tiny("small");
    let model = Electra::new(&config.model, 1, &device);
    let before = parameters::list(&model);
    let gradients = before.iter().map(|parameter| Some(parameter.values.zeros_like())).collect();
    let mut adam = Adam::new(&config.optimizer, &model);
    let (model, _) = adam.step(model, gradients, 0.5);
    for (old, new) in before.iter().zip(parameters::list(&model)) {
        let factor = if is_spared(&old.name) { 1.0 } else { 1.0 - 0.5 * 0.01 };
        for (old_value, new_value) in values(old.values.clone()).iter().zip(values(new.values)) {
            assert!((old_value * factor - new_value).abs() < 1e-6, "{}", old.name);
        }
    }
    assert!(is_spared("generator.bias") && is_spared("embeddings.norm.gamma"));
    assert!(!is_spared("embeddings.word") && !is_spared("generator.dense.weight"));
}

#[test]
fn the_first_step_of_the_paper_s_schedule_changes_nothing() {
    let mut trainer = trainer(&tiny("small"));
    let before = weights(&trainer);
    advance(&mut trainer, 1);
    assert_eq!(before, weights(&trainer));
    advance(&mut trainer, 1);
    assert_ne!(before, weights(&trainer));
}

#[test]
fn steps_beyond_the_schedule_are_refused_until_more_are_planned() {
    let mut config = tiny("nano");
    config.training.steps = 3;
    let mut run = trainer(&config);
    advance(&mut run, 3);
    let mut again = resumed(&run);
    for run in [&mut run, &mut again] {
        let before = weights(run);
        let error = run.advance(&Counting(50)).expect_err("the learning rate is 0");
        assert_eq!(error, ConfigError::ScheduleOver { steps: 3 });
        assert!(error.to_string().contains("all 3 steps"), "{error}");
        assert_eq!((run.step_count(), weights(run)), (3, before.clone()));
        run.plan_steps(6);
        advance(run, 1);
        assert_ne!(weights(run), before);
    }
}

#[test]
fn a_checkpoint_keeps_every_digit_of_the_learning_rate() {
    let mut config = tiny("nano");
    // Of such numbers, a parser that aims at speed gets one in ten wrong in the last bit: these.
    for rate in [4.232_091_708_727_132_4e-4, 2.435_813_817_176_230_2e-4, 2.032_282_601_528_804_3e-4]
    {
        config.optimizer.learning_rate = rate;
        let bytes = read_sync(trainer(&config).checkpoint()).expect("a checkpoint");
        let read = header(&bytes).expect("a header").config;
        assert_eq!(read.optimizer.learning_rate.to_bits(), rate.to_bits(), "{rate:e}");
        assert_eq!(read, config);
    }
}

#[test]
fn damaged_and_newer_checkpoints_are_refused_in_words() {
    let bytes = read_sync(trainer(&tiny("nano")).checkpoint()).expect("bytes");
    let resume = |bytes: &[u8]| {
        Trainer::resume(bytes, vocabulary(), &Device::flex(), false)
            .map(|_| ())
            .expect_err("damage")
    };
    for length in [0, 7, 100, bytes.len() / 2, bytes.len() - 1] {
        assert!(!resume(&bytes[..length]).to_string().is_empty());
    }
    let field = b"\\\"version\\\":";
    let at = bytes.windows(field.len()).position(|part| part == field).expect("a version");
    let mut newer = bytes.clone();
    newer[at + field.len()] = b'9';
    let message = resume(&newer).to_string();
    assert!(message.contains("version 9") && message.contains("up to 1"), "{message}");
}

#[test]
fn padding_to_fixed_shapes_changes_no_loss() {
    let config = tiny("nano");
    let first_loss = |fixed| {
        let mut trainer = Trainer::new(config.clone(), vocabulary(), &Device::flex(), fixed);
        trainer.advance(&Counting(50)).expect("steps left");
        read_sync(trainer.metrics()).expect("metrics").generator_loss
    };
    assert!((first_loss(true) - first_loss(false)).abs() < 1e-5);
}
