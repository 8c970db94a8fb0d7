//! The state, what is on the screen, and the way from one to the other.

use crate::{dom, effects, frame, lines, offline, rows};
use electra_view::action::Action;
use electra_view::node::Node;
use electra_view::state::State;
use electra_view::{regions, update};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
    static SHOWN: RefCell<HashMap<&'static str, Vec<Node>>> = RefCell::default();
    static WAITING: RefCell<VecDeque<Action>> = const { RefCell::new(VecDeque::new()) };
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// Something happened: the state changes, the screen follows, effects are done.
///
/// Changing the document makes events of its own, as when a field that has the focus goes: what
/// they say waits for its turn.
pub(crate) fn dispatch(action: Action) {
    WAITING.with_borrow_mut(|waiting| waiting.push_back(action));
    if BUSY.replace(true) {
        return;
    }
    while let Some(action) = WAITING.with_borrow_mut(VecDeque::pop_front) {
        let effects = STATE.with_borrow_mut(|state| update(state, action));
        with_state(show);
        effects.into_iter().for_each(effects::run);
    }
    BUSY.set(false);
    offline::keep_when_ready();
}

/// Looks at the state.
pub(crate) fn with_state<T>(look: impl FnOnce(&State) -> T) -> T {
    STATE.with_borrow(look)
}

/// Changes the state before anything is shown.
pub(crate) fn prepare(change: impl FnOnce(&mut State)) {
    STATE.with_borrow_mut(change);
}

fn show(state: &State) {
    for (id, nodes) in regions(state) {
        let old = SHOWN.with_borrow_mut(|shown| shown.remove(id));
        if old.as_ref() != Some(&nodes) {
            let parent = dom::by_id(id);
            if old.is_none() {
                // What was served stands there; from now on it is ours.
                parent.set_text_content(None);
            }
            dom::patch(&parent, old.as_deref().unwrap_or_default(), &nodes);
        }
        SHOWN.with_borrow_mut(|shown| shown.insert(id, nodes));
    }
    frame::show(state);
    rows::name();
    lines::show(state);
}
