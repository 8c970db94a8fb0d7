//! Which tokens the generator has to guess: traps 1 to 4, 41 and 42 of the reference notes.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]

mod common;

use common::{SPECIAL, VOCAB};
use electra::batch::Batch;
use electra::config::{ObjectiveConfig, PretrainConfig};
use electra::examples::Example;
use electra::mask::{mask, selected_count, slots};
use electra::random::{Stream, host};

fn objective() -> ObjectiveConfig {
    PretrainConfig::preset("small").expect("a preset").objective
}

/// Full rows `[CLS] … [SEP]` of ordinary tokens.
fn rows(count: usize, length: usize, seq: usize) -> Batch {
    let row = |row: usize| {
        let mut ids: Vec<u32> =
            (0..length).map(|at| (5 + (row * 31 + at * 7) % (VOCAB - 5)) as u32).collect();
        ids[0] = SPECIAL.cls;
        ids[length - 1] = SPECIAL.sep;
        Example { ids, first_segment: length }
    };
    Batch::new(&(0..count).map(row).collect::<Vec<_>>(), seq, SPECIAL.pad)
}

#[test]
fn masked_tokens_are_hidden_85_times_in_100_and_never_randomised() {
    let batch = rows(2_000, 128, 128);
    let mut rng = host(1, Stream::Mask, 0);
    let masked = mask(&batch, &SPECIAL, &objective(), 128, false, &mut rng);
    let hidden = masked
        .positions
        .iter()
        .zip(&masked.targets)
        .filter(|&(&at, &target)| {
            let seen = masked.ids[at as usize];
            assert!(seen == SPECIAL.mask as i32 || seen == target, "a random token was put in");
            seen == SPECIAL.mask as i32
        })
        .count();
    let share = hidden as f64 / masked.positions.len() as f64;
    assert!((share - 0.85).abs() < 0.01, "{share}");
    let selected: Vec<usize> = masked.positions.iter().map(|&at| at as usize).collect();
    for at in (0..batch.ids.len()).filter(|at| !selected.contains(at)).take(5_000) {
        assert_eq!(masked.ids[at], batch.ids[at]);
    }
}

#[test]
fn special_tokens_and_padding_are_never_masked() {
    let mut objective = objective();
    objective.mask_prob = 1.0;
    let batch = rows(3, 9, 16);
    let mut rng = host(1, Stream::Mask, 0);
    let masked = mask(&batch, &SPECIAL, &objective, 16, false, &mut rng);
    let expected: Vec<i32> = (0..3).flat_map(|row| (1..8).map(move |at| row * 16 + at)).collect();
    assert_eq!(masked.positions, expected);
}

#[test]
fn the_number_of_masked_tokens_follows_the_authors_rule() {
    assert_eq!((slots(0.15, 128), slots(0.15, 512), slots(0.25, 512)), (19, 79, 130));
    assert_eq!(selected_count(0.15, 128, slots(0.15, 128)), 19);
    assert_eq!(selected_count(0.15, 512, slots(0.15, 512)), 77);
    assert_eq!(selected_count(0.25, 512, slots(0.25, 512)), 128);
    assert_eq!(selected_count(0.15, 3, 19), 1);
    // Half to even: 15 % of 30 is 4.5, of 50 is 7.5.
    assert_eq!(selected_count(0.15, 30, 19), 4);
    assert_eq!(selected_count(0.15, 50, 19), 8);
}

#[test]
fn every_row_hides_at_least_one_token() {
    for length in 3..=7 {
        let batch = rows(200, length, 16);
        for fixed in [false, true] {
            let mut rng = host(4, Stream::Mask, 0);
            let masked = mask(&batch, &SPECIAL, &objective(), 16, fixed, &mut rng);
            let counted = masked.positions.iter().zip(&masked.weights);
            let mut rows: Vec<i32> =
                counted.filter(|&(_, &weight)| weight > 0.0).map(|(at, _)| at / 16).collect();
            rows.dedup();
            assert_eq!(rows, (0..200).collect::<Vec<i32>>(), "rows of {length} tokens");
        }
    }
}

#[test]
fn positions_are_distinct_without_replacement() {
    let batch = rows(500, 128, 128);
    let mut rng = host(2, Stream::Mask, 0);
    let mut masked = mask(&batch, &SPECIAL, &objective(), 128, false, &mut rng);
    assert_eq!(masked.positions.len(), 500 * 19);
    masked.positions.dedup();
    assert_eq!(masked.positions.len(), 500 * 19);
}

#[test]
fn google_s_way_repeats_positions_as_often_as_computed() {
    let mut objective = objective();
    objective.mask_with_replacement = true;
    let batch = rows(4_000, 128, 128);
    let mut rng = host(3, Stream::Mask, 0);
    let mut masked = mask(&batch, &SPECIAL, &objective, 128, false, &mut rng);
    masked.positions.dedup();
    let distinct = masked.positions.len() as f64 / 4_000.0;
    // 126 (1 - (1 - 1/126)^19) = 17.70
    assert!((distinct - 17.69).abs() < 0.05, "{distinct}");
}

#[test]
fn every_position_is_masked_equally_often() {
    let batch = rows(6_000, 32, 32);
    let mut rng = host(4, Stream::Mask, 0);
    let masked = mask(&batch, &SPECIAL, &objective(), 32, false, &mut rng);
    let mut seen = [0_u32; 32];
    for at in masked.positions {
        seen[at as usize % 32] += 1;
    }
    // 15 % of 32 is 5 when rounded, but a row has slots for 4.
    let expected = 6_000.0 * 4.0 / 30.0;
    for &count in &seen[1..31] {
        assert!((f64::from(count) - expected).abs() < 6.0 * f64::sqrt(expected), "{seen:?}");
    }
    assert_eq!((seen[0], seen[31]), (0, 0));
}

#[test]
fn the_same_seed_gives_the_same_mask_and_another_step_another() {
    let batch = rows(8, 32, 32);
    let draw =
        |step| mask(&batch, &SPECIAL, &objective(), 32, false, &mut host(5, Stream::Mask, step));
    assert_eq!(draw(0), draw(0));
    assert_ne!(draw(0).positions, draw(1).positions);
}

#[test]
fn a_row_of_special_tokens_has_nothing_to_guess() {
    let example = Example { ids: vec![SPECIAL.cls, SPECIAL.sep], first_segment: 2 };
    let batch = Batch::new(&[example], 8, SPECIAL.pad);
    let masked = mask(&batch, &SPECIAL, &objective(), 8, false, &mut host(6, Stream::Mask, 0));
    assert_eq!(masked.selected(), 0);
}

#[test]
fn fixed_shapes_only_add_slots_of_weight_zero() {
    let batch = rows(5, 20, 32);
    let draw =
        |fixed| mask(&batch, &SPECIAL, &objective(), 32, fixed, &mut host(7, Stream::Mask, 0));
    let (loose, fixed) = (draw(false), draw(true));
    assert_eq!(fixed.positions.len(), 5 * slots(0.15, 32));
    let used: Vec<i32> = fixed
        .positions
        .iter()
        .zip(&fixed.weights)
        .filter(|&(_, &weight)| weight > 0.0)
        .map(|(&at, _)| at)
        .collect();
    assert_eq!(used, loose.positions);
    assert_eq!(fixed.ids, loose.ids);
}
