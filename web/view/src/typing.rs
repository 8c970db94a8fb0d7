//! What is read of a text that a visitor types or pastes: as much as a link can carry.

use crate::notice::{Field, Notice};
use crate::state::State;
use electra::link::{LONGEST_TEXT, carries};

/// The part that is read; whoever typed more is told, for the field goes on to show all of it.
pub(crate) fn read(state: &mut State, field: Field, typed: &str) -> String {
    let text = cleaned(typed);
    let characters = text.chars().count();
    let cut = Notice::Cut { field, characters };
    if characters <= LONGEST_TEXT {
        state.drop_notice(cut.state());
    } else if !state.notices.contains(&cut) {
        // Both fields are read whenever one of them changes: the other's notice is not said again.
        state.notify(cut);
    }
    text.chars().take(LONGEST_TEXT).collect()
}

/// Without what no link carries. Some of it separates words, as the form feeds of a document do: a
/// space takes its place.
pub(crate) fn cleaned(typed: &str) -> String {
    let space = |character: char| character.is_whitespace().then_some(' ');
    let kept = |character| if carries(character) { Some(character) } else { space(character) };
    typed.chars().filter_map(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;
    use crate::update;
    use electra::link;

    fn sentences(state: &State) -> Vec<String> {
        state.notices.iter().map(Notice::sentence).collect()
    }

    #[test]
    fn whoever_types_more_than_is_read_is_told_until_it_fits() {
        let mut state = State::default();
        update(&mut state, Action::Text("é".repeat(LONGEST_TEXT)));
        assert_eq!(sentences(&state), [""; 0]);
        update(&mut state, Action::Text("é".repeat(LONGEST_TEXT + 5)));
        let sentence = "This text has 4005 characters; only the first 4000 are read.";
        assert_eq!(sentences(&state), [sentence], "also when what is read stays the same");
        let spoken =
            |state: &State| crate::regions(state).into_iter().find(|(id, _)| *id == "news");
        let before = spoken(&state);
        update(&mut state, Action::Second("dogs".to_owned()));
        update(&mut state, Action::Text("è".repeat(LONGEST_TEXT + 5)));
        assert_eq!(spoken(&state), before, "it is said once");
        update(&mut state, Action::Second("a".repeat(LONGEST_TEXT + 1)));
        assert_eq!(state.second.len(), LONGEST_TEXT);
        update(&mut state, Action::Text("dogs bark".to_owned()));
        let second = "The second text has 4001 characters; only the first 4000 are read.";
        assert_eq!(sentences(&state), [second]);
    }

    #[test]
    fn another_address_takes_the_long_text_and_its_notice_away() {
        let mut state = State::default();
        update(&mut state, Action::Text("a".repeat(LONGEST_TEXT + 1)));
        update(&mut state, Action::Address("t=dogs".to_owned()));
        assert_eq!(sentences(&state), [""; 0]);
    }

    #[test]
    fn control_characters_are_left_out_and_words_stay_apart() {
        assert_eq!(cleaned("a\0b\u{1b}[1m\u{7f}\u{9f}"), "ab[1m");
        assert_eq!(cleaned("end\u{b}next\u{c}page\u{85}line"), "end next page line");
        assert_eq!(cleaned("one\n\ttwo\r\n\u{a0}🙂"), "one\n\ttwo\r\n\u{a0}🙂");
    }

    #[test]
    fn whatever_is_typed_has_a_link_that_reads_back_as_itself() {
        let characters: String = ('\0'..='\u{ff}').collect();
        let long = "\u{7f}é".repeat(LONGEST_TEXT);
        let others = ["end\u{c}next", "a\u{1b}[31mb\n\tc", " \0 \u{b}", "\0"].map(str::to_owned);
        for typed in others.into_iter().chain([characters, long]) {
            let mut state = State::default();
            update(&mut state, Action::Text(typed.clone()));
            update(&mut state, Action::Own { at: 1, word: typed.clone() });
            let opened = link::parse(&link::print(&state.link));
            assert_eq!((opened.state, opened.notices), (state.link, Vec::new()), "{typed:?}");
        }
    }

    #[test]
    fn a_link_with_a_longer_text_is_told_how_long_it_may_be() {
        let mut state = State::default();
        update(&mut state, Action::Address(format!("t={}", "a".repeat(LONGEST_TEXT + 1))));
        let sentences = sentences(&state);
        assert!(
            sentences[0].contains(&format!("at most {LONGEST_TEXT} characters")),
            "{sentences:?}"
        );
    }
}
