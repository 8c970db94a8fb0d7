//! Masks and own words are asked for as they were set, one request at a time.

use super::*;
use crate::action::Action;
use crate::testing::{answer, chef, explored, ready};
use crate::update;
use electra::link::{self, LONGEST_TEXT, Link, MOST_POSITIONS};
use electra::protocol::LONGEST_ROW;

#[test]
fn pressing_a_token_masks_it_and_pressing_again_shows_it() {
    let mut state = ready();
    let effects = update(&mut state, Action::Press(2));
    assert!(effects.contains(&Effect::WriteAddress));
    let (id, explore) = explored(&effects).expect("an exploration");
    assert_eq!(explore.selection, Selection::Positions { positions: vec![2, 3] });
    answer(&mut state, id, &explore);
    let (_, explore) = explored(&update(&mut state, Action::Press(2))).expect("an exploration");
    assert_eq!(explore.selection, Selection::Positions { positions: vec![3] });
}

#[test]
fn a_thousand_clicks_are_one_request_at_a_time_and_the_last_one_wins() {
    let mut state = ready();
    let mut sent = Vec::new();
    for _ in 0..1000 {
        sent.extend(explored(&update(&mut state, Action::SampleAgain)));
    }
    assert_eq!(sent.len(), 1);
    let (id, explore) = sent.remove(0);
    let (_, last) = explored(&answer(&mut state, id, &explore)).expect("the last one");
    assert_eq!((explore.seed, last.seed), (2, 1001));
}

#[test]
fn sampling_again_guesses_the_same_words() {
    let mut state = ready();
    state.link.selection = Some(Selection::Rule);
    let (_, explore) = explored(&update(&mut state, Action::SampleAgain)).expect("an exploration");
    assert_eq!(explore.selection, Selection::Positions { positions: vec![3] });
    assert_eq!(explore.seed, 2);
}

#[test]
fn an_own_word_stands_until_it_is_taken_back() {
    let mut state = ready();
    let word = Action::Own { at: 2, word: " dog ".to_owned() };
    let (id, explore) = explored(&update(&mut state, word)).expect("an exploration");
    let dog = Replacement { position: 2, with: Choice::Word("dog".to_owned()) };
    assert_eq!(explore.replacements, [dog]);
    answer(&mut state, id, &explore);
    state.shown.as_mut().expect("a trace").tokens[2].origin = Origin::Typed;
    let back = Action::Own { at: 2, word: String::new() };
    let (_, explore) = explored(&update(&mut state, back)).expect("an exploration");
    assert_eq!(explore.replacements, []);
}

fn opened(state: &State) -> Link {
    link::parse(&link::print(&state.link))
}

#[test]
fn own_words_for_a_whole_row_fit_into_a_link() {
    let mut state = State::default();
    update(&mut state, Action::Text("🙂".repeat(LONGEST_TEXT)));
    for at in 1..LONGEST_ROW - 1 {
        update(&mut state, Action::Own { at, word: "🙂".repeat(LONGEST_WORD) });
    }
    let Link { state: read, notices } = opened(&state);
    assert_eq!((&read, notices), (&state.link, Vec::new()));
    assert_eq!(read.replacements.len(), LONGEST_ROW - 2);
}

#[test]
fn what_a_link_has_outside_its_row_leaves_room_for_what_is_pressed() {
    let outside: Vec<usize> = (7..7 + MOST_POSITIONS).collect();
    for taken in [outside, vec![3; MOST_POSITIONS]] {
        let masks: Vec<String> = taken.iter().map(ToString::to_string).collect();
        let words: Vec<String> = taken.iter().map(|at| format!("{at}:9")).collect();
        let (text, masks, words) = (chef().text, masks.join(","), words.join(","));
        let link = format!("t={text}&k={masks}&w={words}");
        let mut state = ready();
        let (id, explore) =
            explored(&update(&mut state, Action::Address(link))).expect("an exploration");
        assert_eq!(state.link.replacements.len(), MOST_POSITIONS);
        answer(&mut state, id, &explore);
        update(&mut state, Action::Press(2));
        update(&mut state, Action::Extend(3));
        let word = "dog".to_owned();
        update(&mut state, Action::Own { at: 4, word });
        let Link { state: read, notices } = opened(&state);
        assert_eq!((&read, notices), (&state.link, Vec::new()));
        assert_eq!(read.selection, Some(Selection::Positions { positions: vec![2, 3] }));
        assert_eq!(read.replacements.last().map(|wanted| wanted.position), Some(4));
    }
}
