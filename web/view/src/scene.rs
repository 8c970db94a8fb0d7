//! What the address asks for, filled up with what the page comes with.

use crate::state::State;
use electra::link::{DEFAULT_SEED, LinkState, Mode};
use electra::protocol::{Choice, Explore, Origin, Replacement, Selection, Trace};

/// What the address asks for: text, masks and seed of an example where it says nothing.
pub fn scene(state: &State) -> Explore {
    let link = &state.link;
    let example = state.stored.first();
    let text = link.text.clone().or_else(|| example.map(|trace| trace.text.clone()));
    let text = text.unwrap_or_default();
    let known = state.stored.iter().find(|trace| trace.text == text);
    let selection = link
        .selection
        .clone()
        .unwrap_or_else(|| known.map_or_else(nothing, |trace| trace.selection.clone()));
    let seed = link.seed.or(known.map(|trace| trace.seed)).unwrap_or(DEFAULT_SEED);
    Explore {
        text,
        selection,
        seed,
        temperature: link.temperature,
        replacements: link.replacements.clone(),
    }
}

/// The trace, if it belongs to the text in the field.
pub fn shown(state: &State) -> Option<&Trace> {
    state.shown.as_ref().filter(|trace| trace.text == scene(state).text)
}

/// What a link to all this holds, with the results if they are what is seen of the text in the
/// field: Proofread shows no trace, and reads the text anew wherever the link is opened.
///
/// The address leaves to the page what the page comes with. A link says it: where and when it is
/// opened, the page may come with other examples and models.
pub fn sent(state: &State, with_results: bool) -> LinkState {
    let mut link = state.link.clone();
    let now = scene(state);
    (link.text, link.selection, link.seed) = (Some(now.text), Some(now.selection), Some(now.seed));
    link.inspected = state.inspected();
    let seen = with_results && state.mode() != Mode::Proofread;
    if let Some(trace) = shown(state).filter(|_| seen) {
        link.results = Some(Box::new(trace.clone()));
        if state.model.is_loading() {
            // They are still those of the model before.
            link.model.clone_from(&state.model.open);
        }
    }
    if state.model.own.is_none() {
        let first = state.model.list.models.first();
        link.model = link.model.or_else(|| first.map(|model| model.id.clone()));
    }
    link
}

/// No position at all.
pub fn nothing() -> Selection {
    Selection::Positions { positions: Vec::new() }
}

/// The stored trace that answers a scene, if one does: chosen candidates are stored too.
pub fn stored<'a>(traces: &'a [Trace], scene: &Explore) -> Option<&'a Trace> {
    let same = |trace: &&Trace| {
        trace.text == scene.text
            && trace.selection == scene.selection
            && trace.seed == scene.seed
            && (trace.temperature - scene.temperature).abs() < f64::EPSILON
    };
    traces.iter().filter(same).find(|trace| {
        let columns = trace.tokens.iter().enumerate();
        let mut chosen =
            columns.filter(|(_, token)| matches!(token.origin, Origin::Chosen | Origin::Typed));
        let fits = |wanted: &Replacement| {
            let read = trace.tokens.get(wanted.position).map(|token| token.read.as_slice());
            match (&wanted.with, read) {
                (Choice::Token(id), Some([only])) => only.id == *id,
                _ => false,
            }
        };
        if scene.replacements.is_empty() {
            chosen.next().is_none()
        } else {
            let named = |at| scene.replacements.iter().any(|wanted| wanted.position == at);
            scene.replacements.iter().all(fits) && chosen.all(|(at, _)| named(at))
        }
    })
}

/// Whether both belong to one scene.
pub(crate) fn same_scene(a: &Trace, b: &Trace) -> bool {
    a.text == b.text && a.selection == b.selection && a.seed == b.seed
}

/// Positions that are masked now: those of the scene, or those that the rule chose.
pub fn positions(state: &State) -> Vec<usize> {
    match scene(state).selection {
        Selection::Positions { positions } => positions,
        Selection::Rule => state.shown.iter().flat_map(selected).collect(),
    }
}

fn selected(trace: &Trace) -> Vec<usize> {
    let columns = trace.tokens.iter().enumerate();
    columns.filter(|(_, token)| token.selected).map(|(at, _)| at).collect()
}

/// Characters of the text that were not read.
pub fn unread(trace: &Trace) -> String {
    if trace.truncated == 0 {
        return String::new();
    }
    trace.text.chars().skip(trace.characters_read).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{chef, shipped};
    use electra::link;

    fn state() -> State {
        let mut sampled = chef();
        sampled.seed = 1;
        let mut chosen = sampled.clone();
        chosen.tokens[3].origin = Origin::Chosen;
        chosen.tokens[3].read[0].id = 21;
        State { stored: vec![sampled, chosen], ..State::default() }
    }

    #[test]
    fn a_bare_address_is_the_first_example() {
        let state = state();
        let scene = scene(&state);
        assert_eq!(scene.text, "the chef cooked the meal");
        assert_eq!(stored(&state.stored, &scene), Some(&state.stored[0]));
        assert_eq!(positions(&state), [3]);
    }

    #[test]
    fn choosing_a_stored_candidate_needs_no_engine() {
        let mut state = state();
        state.link.replacements = vec![Replacement { position: 3, with: Choice::Token(21) }];
        assert_eq!(stored(&state.stored, &scene(&state)), Some(&state.stored[1]));
        state.link.replacements[0].with = Choice::Token(77);
        assert_eq!(stored(&state.stored, &scene(&state)), None);
        state.link.replacements[0].with = Choice::Word("made".to_owned());
        assert_eq!(stored(&state.stored, &scene(&state)), None);
    }

    #[test]
    fn another_text_begins_without_masks() {
        let mut state = state();
        state.link.text = Some("dogs bark".to_owned());
        assert_eq!(scene(&state).selection, nothing());
        assert_eq!(stored(&state.stored, &scene(&state)), None);
    }

    #[test]
    fn results_of_another_text_are_not_sent() {
        let mut state = state();
        state.shown = Some(chef());
        let link = sent(&state, true);
        assert_eq!(link.text.as_deref(), Some("the chef cooked the meal"));
        assert_eq!(link.results.as_deref(), Some(&chef()));
        assert_eq!(sent(&state, false).results, None);
        state.link.text = Some("dogs bark".to_owned());
        assert_eq!(sent(&state, true).results, None);
        assert_eq!(shown(&state), None);
    }

    #[test]
    fn a_link_means_the_same_where_the_page_comes_with_other_examples_and_models() {
        let mut state = state();
        state.model.list = shipped();
        assert_eq!(link::print(&state.link), "v=1", "the address stays short");
        let opened = link::parse(&link::print(&sent(&state, false))).state;
        assert_eq!(opened.model.as_deref(), Some("nano"));
        let elsewhere = State { link: opened, ..State::default() };
        assert_eq!(scene(&elsewhere), scene(&state));
        assert_eq!(scene(&elsewhere).selection, chef().selection);
        state.model.own = Some("“mine”".to_owned());
        assert_eq!(sent(&state, false).model, None, "no page ships what a visitor opened");
    }

    #[test]
    fn a_link_to_a_text_that_was_proofread_holds_text_and_mode_and_no_results() {
        let mut state = state();
        state.shown = Some(chef());
        state.link.text = Some(chef().text);
        state.link.mode = Mode::Proofread;
        let written = sent(&state, true);
        let expected = (Some(chef().text), Mode::Proofread, None);
        assert_eq!((written.text.clone(), written.mode, written.results.clone()), expected);
        let read = link::parse(&link::print(&written));
        assert_eq!((read.state, read.notices), (written, Vec::new()));
    }

    #[test]
    fn what_was_not_read_is_counted_in_characters() {
        let mut trace = chef();
        trace.text = "é b c".to_owned();
        (trace.truncated, trace.characters_read) = (1, 3);
        assert_eq!(unread(&trace), "c");
    }
}
