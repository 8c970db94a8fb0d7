//! The state, what is on the screen, and the way from one to the other.

use crate::js::turn;
use crate::{dom, effects, frame, lines, offline, rows};
use electra_view::action::Action;
use electra_view::node::Node;
use electra_view::state::State;
use electra_view::{partly, regions, update};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use wasm_bindgen_futures::spawn_local;

/// The part of the page that may have hundreds of elements.
const PICTURE: &str = "picture";
/// Columns that change in one task: laying out more takes longer than people wait unnoticed.
const MOST_COLUMNS: usize = 24;

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
    static SHOWN: RefCell<HashMap<&'static str, Vec<Node>>> = RefCell::default();
    static WAITING: RefCell<VecDeque<Action>> = const { RefCell::new(VecDeque::new()) };
    static BUSY: Cell<bool> = const { Cell::new(false) };
    /// The picture as it is to be, while only a part of that is shown.
    static WANTED: RefCell<Option<Vec<Node>>> = const { RefCell::new(None) };
    /// Whether a later task goes on with it.
    static DRAWING: Cell<bool> = const { Cell::new(false) };
}

/// Something happened: the state changes, the screen follows, effects are done.
///
/// Changing the document makes events of its own, as when a field that has the focus goes: what
/// they say waits for its turn.
pub(crate) fn dispatch(action: Action) {
    WAITING.with_borrow_mut(|waiting| waiting.push_back(action));
    undisturbed(|| {});
    offline::keep_when_ready();
}

/// Changes the document, then does what has been waiting; within such a change, nothing.
fn undisturbed(change: impl FnOnce()) {
    if BUSY.replace(true) {
        return;
    }
    change();
    while let Some(action) = WAITING.with_borrow_mut(VecDeque::pop_front) {
        let effects = STATE.with_borrow_mut(|state| update(state, action));
        let held = dom::document().active_element();
        with_state(show);
        effects.into_iter().for_each(effects::run);
        held.iter().for_each(crate::events::keep_focus);
    }
    BUSY.set(false);
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
        if id == PICTURE {
            WANTED.set(Some(nodes));
        } else {
            make(id, nodes);
        }
    }
    draw(MOST_COLUMNS);
    frame::show(state);
    lines::show(state);
}

/// Whether the picture is not yet what it is to be.
pub(crate) fn is_drawing() -> bool {
    WANTED.with_borrow(Option::is_some)
}

/// Draws what is left of the picture at once, for something in it that is needed now.
pub(crate) fn finish_drawing() {
    draw(usize::MAX);
}

/// Changes as many columns of the picture as fit a task, and the others in later ones.
fn draw(most: usize) {
    let Some(wanted) = WANTED.take() else { return };
    let part = SHOWN
        .with_borrow(|shown| partly(shown.get(PICTURE).map_or(&[], Vec::as_slice), &wanted, most));
    let (now, later) = match part {
        Some(part) => (part, Some(wanted)),
        None => (wanted, None),
    };
    if make(PICTURE, now) {
        // To ask where things stand has the browser lay them out now: the task that paints is
        // shorter.
        rows::name();
    }
    if later.is_some() && !DRAWING.replace(true) {
        spawn_local(draw_later());
    }
    WANTED.set(later);
}

async fn draw_later() {
    turn().await;
    DRAWING.set(false);
    undisturbed(|| {
        draw(MOST_COLUMNS);
        with_state(|state| {
            frame::show(state);
            lines::show(state);
        });
    });
}

/// Makes a part of the page look like this; says whether it did not yet.
fn make(id: &'static str, nodes: Vec<Node>) -> bool {
    let old = SHOWN.with_borrow_mut(|shown| shown.remove(id));
    let changes = old.as_ref() != Some(&nodes);
    if changes {
        let parent = dom::by_id(id);
        if old.is_none() {
            // What was served stands there; from now on it is ours.
            parent.set_text_content(None);
        }
        dom::patch(&parent, old.as_deref().unwrap_or_default(), &nodes);
    }
    SHOWN.with_borrow_mut(|shown| shown.insert(id, nodes));
    changes
}
