//! What a page asks for: the same pictures as training shows, on any model.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]

mod common;

use burn::tensor::{Device, read_sync};
use common::page_files::{
    TEXT, alone, asked, common_objective, folder, opened, positions, run, traced, vocab,
};
use electra::batch::Batch;
use electra::examples::Example;
use electra::explore::{Shapes, explore, inspect, proofread, self_test};
use electra::hugging_face::Network;
use electra::models::electra as load;
use electra::protocol::{
    Choice, Explore, FailureKind, Inspect, NetworkName, Origin, Replacement, Selection,
};
use electra::showcase::showcase;
use electra::tokenizer::Tokenizer;
use electra::weights::Precision;

#[test]
fn one_seed_gives_the_masks_and_samples_that_training_shows() {
    let model = opened(run(Precision::F32), Shapes::Tight);
    let part = |network| folder(network, Precision::F32);
    let (_, pair) = load(&part(Network::Discriminator), &part(Network::Generator), &Device::flex())
        .expect("both networks");
    let tokenizer = Tokenizer::from_vocab_txt(&vocab(), true, true).expect("a tokenizer");
    let ids: Vec<u32> =
        tokenizer.encode_for_display(TEXT).expect("tokens").iter().map(|piece| piece.id).collect();
    let row = Example { first_segment: ids.len(), ids };
    let batch = Batch::new(&[row], model.card().max_tokens, 0);
    let objective = common_objective();
    for seed in 0..20 {
        let trace = traced(&model, &Explore { seed, ..asked(Selection::Rule) });
        let shown = read_sync(showcase(
            &pair,
            &objective,
            &tokenizer.special(),
            &batch,
            seed,
            &Device::flex(),
        ));
        let shown = shown.expect("a showcase").remove(0);
        assert_eq!(trace.tokens.len(), shown.len());
        for (token, judged) in trace.tokens.iter().zip(&shown) {
            assert_eq!(token.selected, judged.selected, "seed {seed}");
            assert_eq!((token.id, token.read[0].id), (judged.original, judged.token));
            assert!((token.read[0].replaced - judged.replaced).abs() < 1e-5);
        }
    }
}

#[test]
fn chosen_positions_are_hidden_and_guessed_and_no_others() {
    let model = opened(run(Precision::F32), Shapes::Tight);
    // [CLS], positions beyond the row and doubles are left out.
    let trace = traced(&model, &asked(positions(&[3, 0, 5, 3, 900])));
    for (position, token) in trace.tokens.iter().enumerate() {
        let selected = [3, 5].contains(&position);
        assert_eq!((token.selected, token.hidden), (selected, selected));
        assert_eq!(token.candidates.len(), if selected { 5 } else { 0 });
        let origin = if selected { Origin::Sampled } else { Origin::Text };
        assert_eq!(token.origin, origin);
        if !selected {
            assert!(!token.is_replaced());
        }
    }
    let candidates = &trace.tokens[3].candidates;
    assert!(candidates.windows(2).all(|pair| pair[0].probability >= pair[1].probability));
}

#[test]
fn tokens_say_which_characters_they_cover() {
    let model = opened(alone(), Shapes::Tight);
    let text = "É the  chef";
    let trace = traced(&model, &Explore { text: text.to_owned(), ..asked(positions(&[])) });
    let chef = trace.tokens.iter().find(|token| token.text == "chef").expect("a token");
    assert_eq!((chef.start, chef.end), (7, 11));
    assert!(trace.tokens[0].special && trace.tokens.last().expect("tokens").special);
}

#[test]
fn a_persons_choice_takes_the_samples_place_and_shifts_no_other() {
    let model = opened(run(Precision::F32), Shapes::Tight);
    let plain = traced(&model, &asked(positions(&[2, 3])));
    let dog = plain.tokens.len() as u32; // any word
    let replacements = vec![
        Replacement { position: 2, with: Choice::Token(dog) },
        Replacement { position: 5, with: Choice::Word("Undoing".to_owned()) },
        Replacement { position: 0, with: Choice::Token(dog) },
    ];
    let changed = traced(&model, &Explore { replacements, ..asked(positions(&[2, 3])) });
    assert_eq!((changed.tokens[2].origin, changed.tokens[2].read[0].id), (Origin::Chosen, dog));
    assert_eq!(changed.tokens[2].candidates, plain.tokens[2].candidates);
    assert_eq!(changed.tokens[3].read[0].id, plain.tokens[3].read[0].id);
    let typed: Vec<&str> = changed.tokens[5].read.iter().map(|read| read.text.as_str()).collect();
    assert_eq!((changed.tokens[5].origin, typed), (Origin::Typed, vec!["un", "##do", "##ing"]));
    assert!(changed.tokens[5].is_replaced());
    // [CLS] is nobody's to choose.
    assert_eq!(changed.tokens[0].read[0].id, plain.tokens[0].id);
}

#[test]
fn a_discriminator_alone_judges_what_a_person_writes() {
    let model = opened(alone(), Shapes::Tight);
    assert!(!model.card().has_generator);
    assert_eq!(model.card().parameters.generator, 0);
    let trace = traced(&model, &asked(positions(&[3])));
    assert!(trace.tokens[3].selected && trace.tokens[3].candidates.is_empty());
    assert_eq!(trace.score().replaced, 0);
    let replacements = vec![Replacement { position: 3, with: Choice::Word("ate".to_owned()) }];
    let fooled = traced(&model, &Explore { replacements, ..asked(positions(&[])) });
    assert_eq!(fooled.score().replaced, 1);
}

#[test]
fn both_kinds_of_shapes_give_the_same_picture() {
    let [tight, few] = [Shapes::Tight, Shapes::Few].map(|it| opened(run(Precision::F32), it));
    for selection in [Selection::Rule, positions(&[1, 4, 6])] {
        let [a, b] = [&tight, &few].map(|model| traced(model, &asked(selection.clone())));
        assert!(a.difference(&b).expect("the same tokens") < 1e-5);
    }
}

#[test]
fn a_text_that_is_too_long_says_what_was_read() {
    let model = opened(run(Precision::F32), Shapes::Tight);
    let text = "the chef ate ".repeat(40);
    let trace = traced(&model, &Explore { text: text.clone(), ..asked(Selection::Rule) });
    let room = model.card().max_tokens - 2;
    assert_eq!(trace.tokens.len(), room + 2);
    assert_eq!(trace.truncated, 120 - room);
    let read: String = text.chars().take(trace.characters_read).collect();
    assert_eq!(read.split_whitespace().count(), room);
    let whole = traced(&model, &asked(Selection::Rule));
    assert_eq!((whole.truncated, whole.characters_read), (0, TEXT.len()));
}

#[test]
fn words_that_do_not_fit_the_row_are_refused() {
    let model = opened(alone(), Shapes::Tight);
    let text = "the ".repeat(30);
    let replacements = vec![Replacement { position: 3, with: Choice::Word("undoing".to_owned()) }];
    let failure =
        read_sync(explore(&model, &Explore { text, replacements, ..asked(positions(&[])) }))
            .expect_err("too many tokens");
    assert_eq!(failure.kind, FailureKind::BadText);
    assert!(failure.message.contains("18 tokens"), "{}", failure.message);
}

#[test]
fn numbers_outside_their_range_are_refused() {
    let model = opened(run(Precision::F32), Shapes::Tight);
    let token = Replacement { position: 1, with: Choice::Token(61) };
    for bad in [
        Explore { temperature: 0.0, ..asked(Selection::Rule) },
        Explore { temperature: f64::NAN, ..asked(Selection::Rule) },
        Explore { seed: u64::MAX, ..asked(Selection::Rule) },
        Explore { replacements: vec![token], ..asked(Selection::Rule) },
    ] {
        let failure = read_sync(explore(&model, &bad)).expect_err("a refusal");
        assert_eq!(failure.kind, FailureKind::BadRequest, "{}", failure.message);
    }
}

#[test]
fn nothing_to_mask_and_nothing_to_read_are_no_errors() {
    let model = opened(run(Precision::F32), Shapes::Tight);
    for text in ["", "   ", "[SEP] [MASK]"] {
        let trace = traced(&model, &Explore { text: text.to_owned(), ..asked(Selection::Rule) });
        assert_eq!(trace.score().selected, 0, "{text:?}");
    }
}

#[test]
fn a_short_text_is_proofread_as_it_is_explored() {
    let model = opened(alone(), Shapes::Tight);
    let trace = traced(&model, &asked(positions(&[])));
    let proof = read_sync(proofread(&model, TEXT, async |_, _| true)).expect("a proof");
    let proof = proof.expect("not given up");
    assert_eq!((proof.windows, proof.tokens.len()), (1, trace.tokens.len() - 2));
    for (token, column) in proof.tokens.iter().zip(&trace.tokens[1..]) {
        assert_eq!((token.id, token.start), (column.id, column.start));
        assert!((token.replaced - column.read[0].replaced).abs() < 1e-6);
    }
}

#[test]
fn a_long_text_is_proofread_to_its_end_and_can_be_given_up() {
    let model = opened(alone(), Shapes::Tight);
    let text = "the chef cooked a meal, and ate it. ".repeat(20);
    let mut seen = Vec::new();
    let proof = read_sync(proofread(&model, &text, async |done, of| {
        seen.push((done, of));
        true
    }));
    let proof = proof.expect("a proof").expect("not given up");
    assert_eq!(proof.tokens.len(), 200);
    assert_eq!(seen.len(), proof.windows);
    assert!(proof.tokens.windows(2).all(|pair| pair[0].end <= pair[1].start));
    let given_up = read_sync(proofread(&model, &text, async |done, _| done < 2)).expect("no error");
    assert_eq!(given_up, None);
}

#[test]
fn attention_adds_up_and_never_looks_at_padding() {
    let model = opened(run(Precision::F32), Shapes::Few);
    for network in [NetworkName::Discriminator, NetworkName::Generator] {
        let ids = vec![2, 5, 6, 7, 3];
        let asked = Inspect { network, ids, layer: 1, head: 1, from: 2 };
        let attention = read_sync(inspect(&model, &asked)).expect("attention");
        assert_eq!(attention.weights.len(), 5);
        assert!((attention.weights.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{attention:?}");
        for bad in [
            Inspect { layer: 2, ..asked.clone() },
            Inspect { head: 2, ..asked.clone() },
            Inspect { from: 5, ..asked.clone() },
            Inspect { ids: vec![2, 61], ..asked.clone() },
            Inspect { ids: vec![5; 4_000], ..asked.clone() },
        ] {
            let failure = read_sync(inspect(&model, &bad)).expect_err("a refusal");
            assert_eq!(failure.kind, FailureKind::BadRequest);
        }
    }
    let none = opened(alone(), Shapes::Few);
    let network = NetworkName::Generator;
    let asked = Inspect { network, ids: vec![2, 3], layer: 0, head: 0, from: 0 };
    assert_eq!(read_sync(inspect(&none, &asked)).expect_err("none").kind, FailureKind::NoGenerator);
}

#[test]
fn the_self_test_repeats_itself_and_its_numbers_differ() {
    let [first, second] = [(); 2].map(|()| read_sync(self_test(&Device::flex())).expect("numbers"));
    assert!(first.agrees_with(&second));
    assert_eq!(first.difference(&second), 0.0);
    let (low, high) = first
        .numbers
        .iter()
        .fold((f32::MAX, f32::MIN), |(low, high), &number| (low.min(number), high.max(number)));
    assert!(high - low > 0.1, "{low} to {high} would hide an error");
}
