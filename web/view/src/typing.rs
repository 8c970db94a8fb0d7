//! What is read of a text that a visitor types or pastes: as much as a link can carry.

use crate::notice::{Field, Notice};
use crate::state::State;
use electra::link::LONGEST_TEXT;

/// The part that is read; whoever typed more is told, for the field goes on to show all of it.
pub(crate) fn read(state: &mut State, field: Field, typed: &str) -> String {
    let characters = typed.chars().count();
    let cut = Notice::Cut { field, characters };
    if characters > LONGEST_TEXT {
        state.notify(cut);
    } else {
        state.drop_notice(cut.state());
    }
    typed.chars().take(LONGEST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;
    use crate::update;

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
