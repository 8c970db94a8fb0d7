//! The state, what is on the screen, and the way from one to the other.

use crate::{dom, effects, frame, lines, offline};
use electra_view::action::Action;
use electra_view::node::Node;
use electra_view::state::State;
use electra_view::{regions, update};
use std::cell::RefCell;
use std::collections::HashMap;

thread_local! {
    static APP: RefCell<App> = RefCell::default();
}

#[derive(Default)]
struct App {
    state: State,
    shown: HashMap<&'static str, Vec<Node>>,
}

/// Something happened: the state changes, the screen follows, effects are done.
pub(crate) fn dispatch(action: Action) {
    let effects = APP.with_borrow_mut(|app| {
        let effects = update(&mut app.state, action);
        app.show();
        effects
    });
    effects.into_iter().for_each(effects::run);
    offline::keep_when_ready();
}

/// Looks at the state.
pub(crate) fn with_state<T>(look: impl FnOnce(&State) -> T) -> T {
    APP.with_borrow(|app| look(&app.state))
}

/// Changes the state before anything is shown.
pub(crate) fn prepare(change: impl FnOnce(&mut State)) {
    APP.with_borrow_mut(|app| change(&mut app.state));
}

impl App {
    fn show(&mut self) {
        for (id, nodes) in regions(&self.state) {
            let parent = dom::by_id(id);
            match self.shown.get(id) {
                Some(old) if *old == nodes => {}
                Some(old) => dom::patch(&parent, old, &nodes),
                None => {
                    // What was served stands there; from now on it is ours.
                    parent.set_text_content(None);
                    dom::patch(&parent, &[], &nodes);
                }
            }
            self.shown.insert(id, nodes);
        }
        frame::show(&self.state);
        lines::show(&self.state);
    }
}
