//! Every part of the page shows what belongs to its state, and nothing else.

use super::*;
use crate::testing::{card, chef, proof_token, shipped};
use electra::link::Inspected;
use electra::metrics::Evaluation;
use electra::protocol::{ModelCard, Proof, TaskCard};
use electra::tasks::TaskKind;

/// A page that shows "the chef cooked the meal", with "ate" in place of "cooked".
fn shows_chef() -> State {
    let mut state = State::default();
    state.link.text = Some(chef().text);
    state.shown = Some(chef());
    state
}

fn region(state: &State, wanted: &str) -> Vec<Node> {
    let found = regions(state).into_iter().find(|(id, _)| *id == wanted);
    found.expect("a part of the page").1
}

fn words_of(state: &State, wanted: &str) -> String {
    region(state, wanted).iter().map(Node::to_text).collect()
}

#[test]
fn a_text_that_is_read_in_part_is_said_to_be_in_every_mode_that_shows_it() {
    let mut state = shows_chef();
    state.shown = Some(Trace { truncated: 5, ..chef() });
    for mode in [Mode::Explore, Mode::Guess, Mode::Inspect] {
        state.link.mode = mode;
        let words = words_of(&state, "aside");
        assert!(words.contains("12 tokens; the first 7 are scored"), "{mode:?}: {words}");
    }
}

/// Acts of the buttons that mask.
fn masks(state: &State) -> Vec<String> {
    let found = region(state, "masking");
    let buttons = found.iter().flat_map(|node| node.find(&|it| it.tag == "button"));
    buttons.filter_map(|button| button.get("data-act").map(str::to_owned)).collect()
}

#[test]
fn masks_are_offered_only_where_there_are_some() {
    let mut state = State::default();
    for (mode, offered) in [
        (Mode::Explore, &["rule", "clear"][..]),
        (Mode::Guess, &["rule"]),
        (Mode::Inspect, &["rule", "clear"]),
        (Mode::Proofread, &[]),
    ] {
        state.link.mode = mode;
        assert_eq!(masks(&state), offered, "{mode:?}");
    }
    state.link.mode = Mode::Explore;
    state.model.card = Some(card(None));
    assert_eq!(masks(&state), ["clear"], "a discriminator alone has nobody to guess");
    let kind = TaskKind::Regression;
    let (name, reads_pairs, longest_row) = ("mood".to_owned(), false, 128);
    state.model.card = Some(card(Some(TaskCard { name, kind, reads_pairs, longest_row })));
    assert_eq!(masks(&state), [""; 0]);
}

#[test]
fn what_is_served_looks_as_the_program_draws_it_first() {
    // Until the program is here, what needs it is served disabled.
    let served = include_str!("../../../index.html").replace(" disabled", "");
    for node in masking(&State::default()) {
        assert!(served.contains(&node.to_html()), "{}", node.to_html());
    }
    let hint = words::hint(&State::default());
    assert!(served.contains(&format!("id=\"mode-hint\">{hint}<")), "{hint}");
}

#[test]
fn a_discriminator_alone_takes_own_words_and_speaks_of_no_generator() {
    let mut state = shows_chef();
    state.model.card = Some(card(None));
    state.model.own = Some("“mine”".to_owned());
    assert_eq!(look(&state, &chef()).pressing, Pressing::Edits);
    let open = words_of(&state, "task");
    assert!(open.contains("“mine”, a discriminator without a generator"), "{open}");
    assert!(open.contains("Back to the demo model"), "{open}");
    for token in &mut state.shown.as_mut().expect("a trace").tokens {
        (token.read[0].id, token.candidates) = (token.id, Vec::new());
    }
    let aside = words_of(&state, "aside");
    assert_eq!(aside, "Nothing is replaced: this model has no generator.");
}

#[test]
fn how_much_the_model_finds_is_said_in_its_own_numbers() {
    let mut state = shows_chef();
    assert_eq!(words_of(&state, "aside"), "", "nobody has measured it");
    state.model.list = shipped();
    let evaluation = Evaluation { disc_recall: Some(0.1089), ..Evaluation::default() };
    state.model.list.models[0].about.evaluation = Some(evaluation);
    let aside = words_of(&state, "aside");
    assert!(aside.contains("finds about 1 in 9 of the replaced words"), "{aside}");
}

#[test]
fn an_attention_head_looks_at_what_its_network_read() {
    let mut state = shows_chef();
    state.link.mode = Mode::Inspect;
    let mut looked = |network, weights: &[f32]| {
        state.link.inspected = Some(Inspected { network, layer: 0, head: 0, from: 3 });
        let weights = weights.to_vec();
        let (layer, head, from, milliseconds) = (0, 0, 3, 1.0);
        state.attention = Some(Attention { network, layer, head, from, weights, milliseconds });
        verdict(&state)
    };
    let weights = [0.1, 0.1, 0.6, 0.1, 0.1, 0.0, 0.0];
    let sentence = looked(NetworkName::Discriminator, &weights);
    assert_eq!(sentence, "From “ate”, this head looks most at “chef” (60 %).");
    let sentence = looked(NetworkName::Generator, &weights);
    assert_eq!(sentence, "From “[MASK]”, this head looks most at “chef” (60 %).");
}

#[test]
fn a_notice_is_spoken_when_it_comes_and_another_that_goes_takes_no_word_back() {
    let mut state = State::default();
    state.notify(Notice::NoWebGpu);
    state.notify(Notice::Done("The link is copied.".to_owned()));
    let before = region(&state, "news");
    assert!(before[1].to_text().contains("The link is copied."));
    state.drop_notice("done");
    assert_eq!(region(&state, "news"), before[..1], "what was said is not said again");
}

#[test]
fn a_notice_that_is_given_again_is_spoken_and_shown_again() {
    let mut state = State::default();
    let give = |state: &mut State| {
        state.notify(Notice::Done("The link is copied.".to_owned()));
        (region(state, "news"), region(state, "notices"))
    };
    let (first, again) = (give(&mut state), give(&mut state));
    assert!(first.0 != again.0 && first.1 != again.1, "{first:?}");
    assert_eq!(words_of(&state, "news"), "The link is copied. ");
}

#[test]
fn what_was_not_copied_is_shown_and_not_spoken() {
    let mut state = State::default();
    let (reason, words) = ("it may not".to_owned(), "https://example.org/#v=1".to_owned());
    state.notify(Notice::NotCopied { reason, words: words.clone() });
    assert!(words_of(&state, "notices").contains(&words));
    let news = words_of(&state, "news");
    assert!(news.starts_with("Not copied: it may not.") && !news.contains(&words), "{news}");
}

#[test]
fn every_choice_in_inspect_is_one_that_the_open_model_has() {
    let mut state = shows_chef();
    state.link.mode = Mode::Inspect;
    let network = NetworkName::Generator;
    state.link.inspected = Some(Inspected { network, layer: 4, head: 999, from: 1 });
    for (has_generator, expected) in [(true, ["1", "1", "1"]), (false, ["0", "3", "3"])] {
        state.model.card = Some(ModelCard { has_generator, ..card(None) });
        let nodes = region(&state, "heads");
        let chosen = nodes.iter().flat_map(|node| node.find(&|it| it.get("selected").is_some()));
        let chosen: Vec<&str> = chosen.filter_map(|option| option.get("value")).collect();
        assert_eq!(chosen, expected);
    }
}

#[test]
fn proofreading_has_its_way_from_word_to_word_beside_the_words() {
    let mut state = shows_chef();
    state.link.mode = Mode::Proofread;
    let tokens = vec![proof_token("the", 0, 3, 0.9)];
    let (text, windows, milliseconds) = (chef().text, 1, 1.0);
    state.proof = Some(Proof { text, tokens, windows, milliseconds });
    assert!(words_of(&state, "picture").contains("Next suspicious word"));
    assert_eq!(words_of(&state, "aside"), "");
    state.reading = Some((2, 5));
    assert_eq!(words_of(&state, "aside"), "Reading part 2 of 5…");
}
