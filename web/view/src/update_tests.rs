//! What a visitor does has the consequences that the page promises.

use super::*;
use crate::regions;
use crate::state::Phase;
use crate::testing::{answer, card, chef, explored, fresh, ready};
use electra::protocol::EngineKind;

#[test]
fn the_first_example_is_there_before_any_engine() {
    let mut state = fresh();
    let effects = update(&mut state, Action::Address(String::new()));
    assert!(effects.contains(&Effect::Start(EngineKind::Cpu)), "{effects:?}");
    assert_eq!(regions::verdict(&state), "Caught the one replacement, no false alarms.");
    assert_eq!(state.model.phase.name(), "cold");
}

#[test]
fn guessing_hides_the_answer_until_it_is_asked_for() {
    let mut state = ready();
    update(&mut state, Action::Table(true));
    update(&mut state, Action::Mode(Mode::Guess));
    update(&mut state, Action::Press(3));
    let shown = |state: &State| -> String {
        let regions = regions::regions(state);
        let picked = regions.iter().filter(|(id, _)| ["picture", "verdict", "table"].contains(id));
        picked.flat_map(|(_, nodes)| nodes).map(crate::node::Node::to_html).collect()
    };
    let before = shown(&state);
    assert!(!before.contains("91") && !before.contains("cooked"), "{before}");
    update(&mut state, Action::Reveal);
    let after = shown(&state);
    assert!(after.contains("91 %") && after.contains("You found 1 of 1"), "{after}");
}

#[test]
fn numbers_from_a_link_are_shown_and_then_computed_again() {
    let mut state = ready();
    let mut link = state.link.clone();
    let mut seen = chef();
    seen.tokens[3].read[0].replaced = 0.5;
    link.text = Some(seen.text.clone());
    link.results = Some(Box::new(seen));
    let effects = update(&mut state, Action::Address(link::print(&link)));
    assert_eq!(state.shown.as_ref().expect("a trace").tokens[3].suspicion(), 0.5);
    let (id, explore) = explored(&effects).expect("an exploration");
    answer(&mut state, id, &explore);
    let sentence = state.notices.last().expect("a notice").sentence();
    assert!(sentence.contains("0.410"), "{sentence}");
}

#[test]
fn a_link_from_the_future_opens_with_a_notice() {
    let mut state = fresh();
    update(&mut state, Action::Address("v=2&s=5&x=1".to_owned()));
    assert_eq!(state.link.seed, Some(5));
    assert_eq!(state.notices[0].state(), "old-link");
}

#[test]
fn whoever_asks_for_a_gpu_that_is_not_there_is_told() {
    for (probe, kind) in
        [(Probe::Missing, "no-webgpu"), (Probe::Software("s".to_owned()), "software-gpu")]
    {
        let mut state = ready();
        update(&mut state, Action::Probed(probe));
        assert!(state.notices.is_empty(), "nobody asked");
        update(&mut state, Action::Backend(Backend::Gpu));
        assert_eq!(state.notices.last().expect("a notice").state(), kind);
        assert_eq!(state.engines.active(), EngineKind::Cpu);
    }
}

#[test]
fn nothing_is_asked_about_an_empty_text() {
    let mut state = ready();
    let effects = update(&mut state, Action::Text("  ".to_owned()));
    assert_eq!(explored(&effects), None);
    assert_eq!(regions::verdict(&state), "");
}

#[test]
fn long_texts_are_cut_where_links_end() {
    let mut state = ready();
    update(&mut state, Action::Text("é".repeat(link::LONGEST_TEXT + 5)));
    assert_eq!(scene(&state).text.chars().count(), link::LONGEST_TEXT);
}

#[test]
fn a_link_that_names_the_open_model_does_not_open_it_again() {
    let mut state = ready();
    let effects = update(&mut state, Action::Address("m=nano&t=dogs".to_owned()));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Fetch(_))), "{effects:?}");
    assert_eq!(state.model.phase, Phase::Ready);
}

#[test]
fn a_link_to_a_round_of_guess_masks_by_the_rule_unless_it_says_what() {
    let opened = |fragment: &str| {
        let mut state = fresh();
        update(&mut state, Action::Address(fragment.to_owned()));
        state.link.selection
    };
    assert_eq!(opened("mode=guess&t=a%20dog%20barks"), Some(Selection::Rule));
    let second = Selection::Positions { positions: vec![2] };
    assert_eq!(opened("mode=guess&t=a%20dog%20barks&k=2"), Some(second));
    assert_eq!(opened("t=a%20dog%20barks"), None);
}

#[test]
fn in_inspect_the_head_looks_from_the_word_that_has_the_focus() {
    let mut state = ready();
    state.model.card = Some(card(None));
    update(&mut state, Action::Mode(Mode::Inspect));
    let effects = update(&mut state, Action::Focus(5));
    assert_eq!(state.link.inspected.map(|inspected| inspected.from), Some(5));
    let [Effect::WriteAddress, Effect::Send(EngineKind::Cpu, request, _), Effect::FocusToken(5)] =
        &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert!(matches!(request.command, electra::protocol::Command::Inspect(_)));
}
