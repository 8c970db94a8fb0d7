//! What a visitor does: a new state, and what the page has to do.

use crate::action::{Action, Effect};
use crate::engines::{Probe, Refusal};
use crate::examples::EXAMPLES;
use crate::notice::{Field, Notice, OF_THE_SCENE};
use crate::requests::{ask, changed, proceed, serve};
use crate::scene::{nothing, scene};
use crate::state::State;
use crate::{masks, opening, proof, replies, typing};
use electra::link::{self, Backend, Inspected, Mode};
use electra::protocol::{Choice, LARGEST_SEED, Selection};

/// Changes the state; returns what has to be done.
pub fn update(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Address(fragment) => address(state, &fragment),
        Action::Text(text) => another_text(state, &text),
        Action::Press(at) => masks::press(state, at),
        Action::Extend(to) => masks::extend(state, to),
        Action::Focus(at) => focus(state, at),
        Action::Edit(at) => {
            (state.view.focus, state.view.editing) = (at, Some(at));
            vec![Effect::FocusOwn(at)]
        }
        Action::MaskByRule => masks::mask_by_rule(state),
        Action::Clear => masks::clear(state),
        Action::Choose { at, id } => masks::replace(state, at, Some(Choice::Token(id))),
        Action::Own { at, word } => masks::own(state, at, &word),
        Action::SampleAgain => masks::sample_again(state),
        Action::Seed(seed) => {
            state.link.seed = Some(seed.min(LARGEST_SEED));
            changed(state)
        }
        Action::Temperature(temperature) => {
            let range = link::TEMPERATURES;
            state.link.temperature = temperature.clamp(*range.start(), *range.end());
            changed(state)
        }
        Action::Mode(mode) => another_mode(state, mode),
        Action::Inspect { network, layer, head } => {
            let from = state.link.inspected.map_or(state.view.focus, |inspected| inspected.from);
            masks::look(state, Inspected { network, layer, head, from })
        }
        other => around(state, other),
    }
}

/// What happens around the sentence.
fn around(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Reveal => {
            state.view.revealed = true;
            Vec::new()
        }
        Action::Suspect(at) => suspect(state, at),
        Action::Second(text) => another_second(state, &text),
        Action::Step(by) => step(state, by),
        Action::Table(shown) => {
            state.view.table = shown;
            Vec::new()
        }
        Action::Special(shown) => {
            state.view.special = shown;
            Vec::new()
        }
        Action::Backend(backend) => another_backend(state, backend),
        Action::UseSoftware => {
            state.engines.software_wanted = true;
            state.drop_notice(Notice::SoftwareGpu.state());
            another_backend(state, Backend::Gpu)
        }
        Action::Probed(probe) => {
            state.engines.probe = probe;
            say_refusal(state);
            proceed(state)
        }
        Action::Dismiss(kind) => {
            state.drop_notice(&kind);
            Vec::new()
        }
        Action::Say(notice) => {
            state.notify(notice);
            Vec::new()
        }
        other => replies::update(state, other),
    }
}

fn address(state: &mut State, fragment: &str) -> Vec<Effect> {
    let link = link::parse(fragment);
    // A link may name the model that is opened without a name.
    let first = state.model.list.models.first().map(|model| &model.id);
    let model_changes = link.state.model.as_ref().or(first) != state.link.model.as_ref().or(first);
    state.link = link.state;
    let unknown = |text: &String| state.stored.iter().all(|trace| trace.text != *text);
    if state.link.mode == Mode::Guess && state.link.text.as_ref().is_some_and(unknown) {
        // A round in which nothing is masked would have nothing to find.
        state.link.selection.get_or_insert(Selection::Rule);
    }
    state.view.marked.clear();
    state.view.revealed = false;
    if let Some(inspected) = state.link.inspected {
        state.view.focus = inspected.from;
    }
    state.shared = state.link.results.take();
    state.questions += 1;
    if state.shared.is_some() {
        state.shown = state.shared.as_deref().cloned();
        state.answers = state.questions;
    }
    for kind in OF_THE_SCENE.into_iter().chain(["old-link", "cut"]) {
        state.drop_notice(kind);
    }
    if !link.notices.is_empty() {
        state.notify(Notice::OldLink(link.notices));
    }
    say_refusal(state);
    let mut effects = vec![Effect::ShowText(scene(state).text)];
    if model_changes && !state.model.list.models.is_empty() {
        effects.extend(opening::fetch(state));
    }
    effects.extend(serve(state, true));
    effects
}

fn focus(state: &mut State, at: usize) -> Vec<Effect> {
    state.view.editing = None;
    let inspects = state.link.mode == Mode::Inspect;
    let mut effects = if inspects { masks::look_from(state, at) } else { Vec::new() };
    state.view.focus = at;
    effects.push(Effect::FocusToken(at));
    effects
}

fn another_text(state: &mut State, typed: &str) -> Vec<Effect> {
    let text = typing::read(state, Field::Text, typed);
    if text == scene(state).text {
        return Vec::new();
    }
    let stored = state.stored.iter().any(|trace| trace.text == text);
    let ruled = state.link.mode == Mode::Guess || EXAMPLES.contains(&text.as_str());
    state.link.selection = match (stored, ruled) {
        (true, _) => None,
        (false, true) => Some(Selection::Rule),
        (false, false) => Some(nothing()),
    };
    if stored {
        state.link.seed = None;
    }
    state.link.text = Some(text);
    state.link.replacements.clear();
    state.view.marked.clear();
    state.view.revealed = false;
    (state.view.focus, state.view.editing) = (1, None);
    changed(state)
}

fn another_second(state: &mut State, typed: &str) -> Vec<Effect> {
    let text = typing::read(state, Field::Second, typed);
    if text == state.second {
        return Vec::new();
    }
    state.second = text;
    state.questions += 1;
    ask(state)
}

fn another_mode(state: &mut State, mode: Mode) -> Vec<Effect> {
    state.link.mode = mode;
    state.view.marked.clear();
    state.view.revealed = false;
    state.view.editing = None;
    if mode == Mode::Guess && state.link.selection != Some(Selection::Rule) {
        return masks::mask_by_rule(state);
    }
    if mode == Mode::Inspect && state.link.inspected.is_none() {
        let from = state.view.focus.max(1);
        state.link.inspected = Some(Inspected { from, ..masks::FIRST_HEAD });
    }
    if mode != Mode::Inspect {
        state.link.inspected = None;
    }
    changed(state)
}

fn step(state: &mut State, by: isize) -> Vec<Effect> {
    let found = proof::shown(state).map_or(0, |proof| proof::suspects(proof).len());
    if found == 0 {
        return Vec::new();
    }
    let at = match state.view.suspect {
        Some(now) => (now as isize + by).rem_euclid(found as isize) as usize,
        None if by < 0 => found - 1,
        None => 0,
    };
    suspect(state, at)
}

fn suspect(state: &mut State, at: usize) -> Vec<Effect> {
    state.view.suspect = Some(at);
    vec![Effect::ShowSuspect(at)]
}

fn another_backend(state: &mut State, backend: Backend) -> Vec<Effect> {
    state.link.backend = backend;
    for kind in ["no-webgpu", "software-gpu"] {
        state.drop_notice(kind);
    }
    say_refusal(state);
    let mut effects = vec![Effect::WriteAddress];
    effects.extend(serve(state, false));
    effects
}

/// Whoever asked for the GPU is told why it is not used.
fn say_refusal(state: &mut State) {
    if state.link.backend != Backend::Gpu || state.engines.probe == Probe::Unknown {
        return;
    }
    match state.engines.refusal() {
        Some(Refusal::Missing) => state.notify(Notice::NoWebGpu),
        Some(Refusal::Software) => state.notify(Notice::SoftwareGpu),
        None => {}
    }
}

#[cfg(test)]
#[path = "update_tests.rs"]
mod tests;
