//! What an engine answers about a text: taken if the page waits for it, from whichever engine.

use crate::action::Effect;
use crate::notice::Notice;
use crate::requests::{fly, inspect, proceed};
use crate::scene::same_scene;
use crate::state::State;
use electra::protocol::{Attention, Event, Judgement, Proof, Trace};

/// Changes the state; returns what has to be done.
pub(crate) fn update(state: &mut State, id: Option<u32>, event: Event) -> Vec<Effect> {
    match event {
        Event::Proofreading { done, of } => {
            if is_awaited(state, id) {
                state.reading = Some((done, of));
            }
            Vec::new()
        }
        Event::Inspected(attention) => inspected(state, id, attention),
        answer if is_awaited(state, id) => {
            state.asked.flying = None;
            ended(state, answer)
        }
        // It was given up, perhaps with its engine or its model.
        _ => Vec::new(),
    }
}

/// Whether a request is the one that the page waits for.
pub(crate) fn is_awaited(state: &State, id: Option<u32>) -> bool {
    id.is_some() && id == state.asked.flying
}

fn ended(state: &mut State, answer: Event) -> Vec<Effect> {
    match answer {
        Event::Explored(trace) => explored(state, trace),
        Event::Proofread(proof) => proofread(state, proof),
        Event::Classified(judged) => classified(state, judged),
        // It was cancelled.
        _ => {
            state.reading = None;
            fly(state)
        }
    }
}

fn explored(state: &mut State, trace: Trace) -> Vec<Effect> {
    let newer = state.asked.again.then_some(state.shared.as_ref()).flatten();
    let loading = state.model.is_loading();
    if newer.is_some_and(|shared| loading || !same_scene(shared, &trace)) {
        // A link with results of its own was opened meanwhile.
        return fly(state);
    }
    if let Some(shared) = state.shared.take() {
        let difference = shared.difference(&trace);
        state.notify(Notice::Recomputed { difference });
    }
    // Whoever answers has recovered; a text that kills engines is given up after two.
    state.engines.cpu.losses = 0;
    let last = trace.tokens.len().saturating_sub(2).max(1);
    state.view.focus = state.view.focus.clamp(1, last);
    state.shown = Some(trace);
    state.answers = state.questions;
    // Where a head looked, or is about to, was in another row.
    (state.attention, state.asked.looking) = (None, None);
    let mut effects = fly(state);
    if effects.is_empty() {
        effects.extend(inspect(state));
        effects.extend(proceed(state));
    }
    effects
}

fn proofread(state: &mut State, proof: Proof) -> Vec<Effect> {
    (state.reading, state.view.suspect) = (None, None);
    state.proof = Some(proof);
    state.answers = state.questions;
    fly(state)
}

fn classified(state: &mut State, judged: Judgement) -> Vec<Effect> {
    state.engines.cpu.losses = 0;
    state.judged = Some(judged);
    state.answers = state.questions;
    let effects = fly(state);
    if effects.is_empty() { proceed(state) } else { effects }
}

/// Of several looks, only the last one asked for is at what is shown.
fn inspected(state: &mut State, id: Option<u32>, attention: Attention) -> Vec<Effect> {
    if id.is_some() && id == state.asked.looking {
        state.asked.looking = None;
        state.attention = Some(attention);
        state.answers = state.questions;
    }
    Vec::new()
}

#[cfg(test)]
#[path = "answers_tests.rs"]
mod tests;
