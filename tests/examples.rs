//! Promises of the way from tokens to batches: rows are well formed, nothing is lost unless asked,
//! the authors' builder is reproduced, and an epoch is an epoch.

use electra::builder::{Draws, ExampleBuilder, Kept};
use electra::examples::Example;
use electra::order::Order;
use electra::tokenizer::SpecialTokens;
use serde::Deserialize;

const SPECIAL: SpecialTokens = SpecialTokens { pad: 0, unk: 1, cls: 2, sep: 3, mask: 4 };

/// What the authors' code made of some lines; see `tests/golden/make_example_fixture.py`.
#[derive(Deserialize)]
struct Recorded {
    max_length: usize,
    lines: Vec<Vec<u32>>,
    drawn: Vec<f64>,
    examples: Vec<RecordedExample>,
}

#[derive(Deserialize)]
struct RecordedExample {
    ids: Vec<u32>,
    first_segment: usize,
}

/// Gives the numbers that the authors' code drew.
struct Replay(std::vec::IntoIter<f64>);

impl Draws for Replay {
    fn share(&mut self) -> f64 {
        self.0.next().expect("no more draws than the authors' code")
    }

    fn between(&mut self, low: usize, high: usize) -> usize {
        let drawn = self.share();
        assert!(drawn.fract() == 0.0 && (low as f64..=high as f64).contains(&drawn));
        drawn as usize
    }
}

fn recorded() -> Vec<Recorded> {
    serde_json::from_str(include_str!("golden/examples.json")).expect("the fixture")
}

/// Documents of lines of distinct tokens, some lines far longer than a row.
fn documents() -> Vec<Vec<Vec<u32>>> {
    let mut token = 10;
    let mut line = |length: u32| {
        token += length;
        (token - length..token).collect::<Vec<u32>>()
    };
    (0..60)
        .map(|d| {
            (0..=d % 13)
                .map(|n| line(if (d + n) % 17 == 0 { 333 } else { 1 + (d * 7 + n * 5) % 37 }))
                .collect()
        })
        .collect()
}

fn build(row: usize, drop_overflow: bool, seed: u64) -> (Vec<Vec<Example>>, f64) {
    let mut builder = ExampleBuilder::new(row, SPECIAL, drop_overflow, seed);
    let made = documents()
        .iter()
        .zip(0..)
        .map(|(document, hash)| {
            let mut out = Vec::new();
            builder.begin_document(hash);
            for line in document {
                builder.push_line(line, &mut out);
            }
            builder.end_document(&mut out);
            out
        })
        .collect();
    (made, builder.kept().share())
}

#[test]
fn the_authors_builder_is_reproduced_draw_for_draw() {
    for case in recorded() {
        let draws = Replay(case.drawn.clone().into_iter());
        let mut builder = ExampleBuilder::with_draws(case.max_length, SPECIAL, true, draws);
        let mut made = Vec::new();
        for line in &case.lines {
            if line.is_empty() {
                builder.end_document(&mut made);
            } else {
                builder.push_line(line, &mut made);
            }
        }
        builder.end_document(&mut made);
        let expected: Vec<Example> = case
            .examples
            .into_iter()
            .map(|it| Example { ids: it.ids, first_segment: it.first_segment })
            .collect();
        assert_eq!(made, expected, "rows of {}", case.max_length);
        let tokens: usize = case.lines.iter().map(Vec::len).sum();
        let text = |it: &Example| it.ids.iter().filter(|id| **id >= 10).count();
        assert_eq!(builder.kept().kept_tokens as usize, made.iter().map(text).sum::<usize>());
        assert_eq!(builder.kept().kept_tokens + builder.kept().dropped_tokens, tokens as u64);
    }
}

#[test]
fn every_row_is_one_or_two_closed_segments_that_fit() {
    for drop_overflow in [false, true] {
        let (made, _) = build(32, drop_overflow, 1);
        let rows: Vec<Example> = made.into_iter().flatten().collect();
        for row in &rows {
            assert!(row.ids.len() <= 32 && row.ids[0] == 2);
            assert_eq!(row.ids[row.first_segment - 1], 3);
            assert_eq!(row.ids.last(), Some(&3));
            let two = row.first_segment < row.ids.len();
            assert_eq!(row.ids.iter().filter(|id| **id < 10).count(), if two { 3 } else { 2 });
            assert!(row.first_segment >= 3, "no empty segment: {row:?}");
            assert!(!two || row.ids.len() >= row.first_segment + 2, "no empty segment: {row:?}");
        }
        assert!(rows.iter().any(|row| row.first_segment < row.ids.len()));
        assert!(rows.iter().any(|row| row.first_segment == row.ids.len()));
    }
}

#[test]
fn without_dropping_every_token_is_kept_in_order() {
    for row in [5, 16, 32, 128] {
        let (made, share) = build(row, false, 3);
        assert_eq!(share, 1.0);
        for (document, examples) in documents().into_iter().zip(made) {
            let text: Vec<u32> =
                examples.into_iter().flat_map(|it| it.ids).filter(|id| *id >= 10).collect();
            assert_eq!(text, document.concat());
        }
    }
    let (_, share) = build(32, true, 3);
    assert!(share < 0.7, "the authors' builder loses much of such text: {share}");
}

#[test]
fn the_seed_decides_the_examples() {
    assert_eq!(build(32, false, 5).0, build(32, false, 5).0);
    assert_ne!(build(32, false, 5).0, build(32, false, 6).0);
}

#[test]
fn an_order_larger_than_any_table_costs_nothing() {
    // Ten billion examples: only a permutation that is computed can answer.
    let mut order = Order::new(10_000_000_000, 4, 1, false);
    let first = order.batch(0, &|_| 10);
    assert_eq!(first, Order::new(10_000_000_000, 4, 1, false).batch(0, &|_| 10));
    assert!(first.iter().all(|example| *example < 10_000_000_000));
    assert_ne!(first, order.batch(2_500_000_000, &|_| 10), "the next epoch is another shuffle");
}

#[test]
fn a_corpus_smaller_than_a_batch_repeats_itself() {
    for grouped in [false, true] {
        let mut order = Order::new(5, 12, 1, grouped);
        let mut seen: Vec<usize> = (0..5).flat_map(|n| order.batch(n, &|_| 3)).collect();
        seen.sort_unstable();
        let expected: Vec<usize> = (0..5).flat_map(|example| [example; 12]).collect();
        assert_eq!(seen, expected);
    }
}

/// One document's examples.
fn pack(lines: &[Vec<u32>], row: usize, drop_overflow: bool) -> (Vec<Example>, Kept) {
    let mut builder = ExampleBuilder::new(row, SPECIAL, drop_overflow, 7);
    let mut out = Vec::new();
    builder.begin_document(11);
    for line in lines {
        builder.push_line(line, &mut out);
    }
    builder.end_document(&mut out);
    (out, builder.kept())
}

#[test]
fn a_short_document_is_one_example() {
    let (examples, _) = pack(&[vec![10, 11, 12]], 16, false);
    assert_eq!(examples, [Example { ids: vec![2, 10, 11, 12, 3], first_segment: 5 }]);
}

#[test]
fn a_document_that_just_fits_leaves_no_crumbs() {
    for tokens in 1..=13 {
        let lines: Vec<Vec<u32>> = (0..tokens).map(|n| vec![10 + n]).collect();
        let mut builder = ExampleBuilder::with_draws(16, SPECIAL, false, TwoSegments);
        let mut out = Vec::new();
        for line in &lines {
            builder.push_line(line, &mut out);
        }
        builder.end_document(&mut out);
        assert_eq!(out.len(), 1, "{tokens} tokens");
    }
}

/// Always two segments, never a short row.
struct TwoSegments;
impl Draws for TwoSegments {
    fn share(&mut self) -> f64 {
        0.7
    }
    fn between(&mut self, low: usize, _: usize) -> usize {
        low
    }
}

#[test]
fn overflow_begins_the_next_example() {
    let line: Vec<u32> = (100..130).collect();
    let (examples, kept) = pack(std::slice::from_ref(&line), 12, false);
    let text: Vec<u32> =
        examples.iter().flat_map(|it| it.ids.clone()).filter(|id| *id >= 100).collect();
    assert_eq!(text, line);
    assert_eq!(kept, Kept { kept_tokens: 30, dropped_tokens: 0 });
    let (dropping, kept) = pack(&[line], 12, true);
    assert_eq!(dropping.len(), 1);
    assert_eq!(kept, Kept { kept_tokens: 10, dropped_tokens: 20 });
}

#[test]
fn a_document_does_not_depend_on_those_before_it() {
    let lines: Vec<Vec<u32>> = (0..60).map(|n| vec![10 + n; 1 + n as usize % 9]).collect();
    let alone = pack(&lines, 24, false).0;
    let mut builder = ExampleBuilder::new(24, SPECIAL, false, 7);
    let mut out = Vec::new();
    builder.begin_document(5);
    builder.push_line(&[99; 77], &mut out);
    builder.end_document(&mut out);
    out.clear();
    builder.begin_document(11);
    for line in &lines {
        builder.push_line(line, &mut out);
    }
    builder.end_document(&mut out);
    assert_eq!(out, alone);
}
