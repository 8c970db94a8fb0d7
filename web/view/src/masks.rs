//! What a visitor does to the words: masks them, has them guessed anew, puts others in their place.

use crate::action::Effect;
use crate::requests::{changed, inspect};
use crate::scene::{nothing, positions, scene, shown};
use crate::state::State;
use crate::typing;
use electra::link::{Inspected, LONGEST_WORD, Mode};
use electra::protocol::{Choice, LARGEST_SEED, NetworkName, Origin, Replacement, Selection};

/// What Inspect begins with.
pub(crate) const FIRST_HEAD: Inspected =
    Inspected { network: NetworkName::Discriminator, layer: 0, head: 0, from: 1 };

/// Masks a word or shows it; in Guess marks it, in Inspect looks from it.
pub(crate) fn press(state: &mut State, at: usize) -> Vec<Effect> {
    state.view.focus = at;
    match state.mode() {
        Mode::Guess if !state.view.revealed => {
            let marked = &mut state.view.marked;
            if !marked.remove(&at) {
                marked.insert(at);
            }
            Vec::new()
        }
        Mode::Inspect => look_from(state, at),
        _ => {
            let mut masked = positions(state);
            if masked.contains(&at) {
                masked.retain(|&position| position != at);
                state.link.replacements.retain(|wanted| wanted.position != at);
            } else {
                masked.push(at);
            }
            select(state, masked);
            changed(state)
        }
    }
}

/// Inspects the head from another word.
pub(crate) fn look_from(state: &mut State, at: usize) -> Vec<Effect> {
    let now = state.link.inspected.unwrap_or(FIRST_HEAD);
    look(state, Inspected { from: at, ..now })
}

/// Inspects another head, or the same from another word; what was read stays the same.
pub(crate) fn look(state: &mut State, inspected: Inspected) -> Vec<Effect> {
    state.link.inspected = Some(inspected);
    state.questions += 1;
    let mut effects = vec![Effect::WriteAddress];
    effects.extend(inspect(state));
    effects
}

/// Masks all from the word that has the focus to this one.
pub(crate) fn extend(state: &mut State, to: usize) -> Vec<Effect> {
    let from = state.view.focus;
    state.view.focus = to;
    if state.mode() != Mode::Explore {
        return vec![Effect::FocusToken(to)];
    }
    let mut masked = positions(state);
    masked.extend(from.min(to)..=from.max(to));
    select(state, masked);
    let mut effects = changed(state);
    effects.push(Effect::FocusToken(to));
    effects
}

/// Masks these. A link may name what is no word of its row, or one word twice; what such take up of
/// the positions that a link holds is given back.
fn select(state: &mut State, mut positions: Vec<usize>) {
    positions.retain(|&at| is_word(state, at));
    positions.sort_unstable();
    positions.dedup();
    state.link.selection = Some(Selection::Positions { positions });
}

/// Whether a word of the row stands there; while no row is shown, any might.
fn is_word(state: &State, at: usize) -> bool {
    shown(state).is_none_or(|trace| trace.tokens.get(at).is_some_and(|token| !token.special))
}

/// Masks and replaces nothing.
pub(crate) fn clear(state: &mut State) -> Vec<Effect> {
    state.link.selection = Some(nothing());
    state.link.replacements.clear();
    changed(state)
}

/// Masks by the training rule; a second time, other words.
pub(crate) fn mask_by_rule(state: &mut State) -> Vec<Effect> {
    if state.link.selection == Some(Selection::Rule) {
        state.link.seed = Some(next_seed(scene(state).seed));
    }
    state.link.selection = Some(Selection::Rule);
    state.link.replacements.clear();
    state.view.marked.clear();
    state.view.revealed = false;
    changed(state)
}

fn next_seed(seed: u64) -> u64 {
    if seed >= LARGEST_SEED { 0 } else { seed + 1 }
}

/// Puts a word of the vocabulary in place of one; none: takes it back.
pub(crate) fn replace(state: &mut State, at: usize, with: Option<Choice>) -> Vec<Effect> {
    state.view.editing = None;
    let mut before = std::mem::take(&mut state.link.replacements);
    before.retain(|wanted| wanted.position != at);
    // As with masks; of several at one position, the last is read.
    let mut kept: Vec<Replacement> = Vec::new();
    for wanted in before.into_iter().chain(with.map(|with| Replacement { position: at, with })) {
        kept.retain(|earlier| earlier.position != wanted.position);
        if is_word(state, wanted.position) {
            kept.push(wanted);
        }
    }
    state.link.replacements = kept;
    changed(state)
}

/// Puts the visitor's own word in place of one; an empty one takes it back.
pub(crate) fn own(state: &mut State, at: usize, word: &str) -> Vec<Effect> {
    let word: String = typing::cleaned(word).trim().chars().take(LONGEST_WORD).collect();
    if !word.is_empty() {
        let wanted = Replacement { position: at, with: Choice::Word(word) };
        // A field says it twice: when enter is pressed and when it is left.
        if state.link.replacements.contains(&wanted) {
            return Vec::new();
        }
        return replace(state, at, Some(wanted.with));
    }
    let column = state.shown.as_ref().and_then(|trace| trace.tokens.get(at));
    if column.is_some_and(|token| token.origin == Origin::Typed) {
        return replace(state, at, None);
    }
    state.view.editing = None;
    Vec::new()
}

/// Has the masked words guessed anew.
pub(crate) fn sample_again(state: &mut State) -> Vec<Effect> {
    if state.mode() == Mode::Guess {
        return mask_by_rule(state);
    }
    // The same words are guessed anew, also where the rule chose them by the old seed.
    let masked = positions(state);
    state.link.replacements.retain(|wanted| !masked.contains(&wanted.position));
    select(state, masked);
    state.link.seed = Some(next_seed(scene(state).seed));
    changed(state)
}

#[cfg(test)]
#[path = "masks_tests.rs"]
mod tests;
