//! The keyboard: one stop for the tab key, arrows inside, as toolbars have it.

use crate::app::{dispatch, with_state};
use crate::dom::document;
use crate::events::{acting, number};
use electra_view::action::Action;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent};

/// What Safari says instead of `isComposing` about the key that ends a composition.
const TAKEN_BY_INPUT_METHOD: u32 = 229;

/// A key goes down somewhere.
pub(crate) fn down(event: &KeyboardEvent) {
    if event.key() == "Escape" {
        close_menus(event);
    }
    if is_somebody_elses(event) {
        return;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    if let Some(at) = target.and_then(|target| number(&target, "data-suspect")) {
        return on_suspect(event, at);
    }
    let Some(element) = acting(event) else { return };
    let Some(at) = number(&element, "data-at") else { return };
    match element.get_attribute("data-act").as_deref() {
        Some("mask" | "mark" | "look" | "edit") => on_token(event, at),
        Some("choose") => on_candidate(event, &element, at),
        Some("own") => on_own_word(event, &element, at),
        Some("jump") => walk(event, &element, ".proof-list button"),
        _ => {}
    }
}

/// Whether a key is the browser's own, such as the one to the page before, or an input method's.
fn is_somebody_elses(event: &KeyboardEvent) -> bool {
    let browser = event.alt_key() || event.ctrl_key() || event.meta_key();
    browser || event.is_composing() || event.key_code() == TAKEN_BY_INPUT_METHOD
}

/// Columns that can be pressed, in order.
fn usable() -> Vec<usize> {
    with_state(|state| {
        let tokens = state.shown.iter().flat_map(|trace| trace.tokens.iter().enumerate());
        tokens.filter(|(_, token)| !token.special).map(|(at, _)| at).collect()
    })
}

fn on_token(event: &KeyboardEvent, at: usize) {
    let usable = usable();
    let place = usable.iter().position(|&column| column == at).unwrap_or(0);
    let target = match event.key().as_str() {
        "ArrowRight" | "ArrowDown" => usable.get(place + 1),
        "ArrowLeft" | "ArrowUp" => place.checked_sub(1).and_then(|before| usable.get(before)),
        "Home" => usable.first(),
        "End" => usable.last(),
        "Enter" => return open(event, at),
        _ => return,
    };
    event.prevent_default();
    if let Some(&target) = target {
        let extends = event.shift_key() && event.key().starts_with("Arrow");
        dispatch(if extends && action_of(event).as_deref() != Some("edit") {
            Action::Extend(target)
        } else {
            Action::Focus(target)
        });
    }
}

fn action_of(event: &KeyboardEvent) -> Option<String> {
    acting(event)?.get_attribute("data-act")
}

/// Enter goes to the candidates, or to a field for an own word; where there is neither, it presses.
fn open(event: &KeyboardEvent, at: usize) {
    if !matches!(action_of(event).as_deref(), Some("mask" | "edit")) {
        return;
    }
    event.prevent_default();
    let column = format!("#picture .col[data-at=\"{at}\"]");
    let chosen = find(&format!("{column} .candidate.chosen"));
    match chosen.or_else(|| find(&format!("{column} .candidate"))) {
        Some(candidate) => focus(&candidate),
        None => dispatch(Action::Edit(at)),
    }
}

fn on_candidate(event: &KeyboardEvent, element: &Element, at: usize) {
    if event.key() == "Escape" {
        return back_to(event, at);
    }
    walk(event, element, &format!("#picture .col[data-at=\"{at}\"] :is(.candidate, .own input)"));
}

fn on_own_word(event: &KeyboardEvent, element: &Element, at: usize) {
    let field: &HtmlInputElement = element.unchecked_ref();
    match event.key().as_str() {
        "Escape" => {
            // A field that is left with another word in it says that it has changed.
            field.set_value(&field.default_value());
            back_to(event, at);
        }
        "Enter" => {
            event.prevent_default();
            dispatch(Action::Own { at, word: field.value() });
            dispatch(Action::Focus(at));
        }
        "ArrowUp" | "ArrowDown" => {
            walk(
                event,
                element,
                &format!("#picture .col[data-at=\"{at}\"] :is(.candidate, .own input)"),
            );
        }
        _ => {}
    }
}

/// On a suspicious word of a long text: to the next, to the one before, or back to the buttons.
fn on_suspect(event: &KeyboardEvent, at: usize) {
    let by = match event.key().as_str() {
        "ArrowRight" => 1,
        "ArrowLeft" => -1,
        "Escape" => 0,
        _ => return,
    };
    event.prevent_default();
    if by == 0 {
        let next = find("#picture [data-act=\"step\"][data-by=\"1\"]");
        return next.iter().for_each(focus);
    }
    // A click may have given the focus to another word than the last step.
    if with_state(|state| state.view.suspect != Some(at)) {
        dispatch(Action::Suspect(at));
    }
    dispatch(Action::Step(by));
}

fn back_to(event: &KeyboardEvent, at: usize) {
    event.prevent_default();
    dispatch(Action::Focus(at));
}

/// Up and down through siblings.
fn walk(event: &KeyboardEvent, element: &Element, all: &str) {
    let by = match event.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    event.prevent_default();
    let Ok(list) = document().query_selector_all(all) else { return };
    let of = list.length() as i32;
    let here = (0..of).find(|&at| list.get(at as u32).as_ref() == Some(element.as_ref()));
    let next = here.map(|at| at + by).filter(|at| (0..of).contains(at));
    let next = next.and_then(|at| list.get(at as u32)).and_then(|node| node.dyn_into().ok());
    if let Some(next) = next {
        focus(&next);
    }
}

fn close_menus(event: &KeyboardEvent) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let menu = target.and_then(|element| element.closest("details.menu[open]").ok().flatten());
    if let Some(menu) = menu {
        let _ = menu.remove_attribute("open");
        if let Ok(Some(summary)) = menu.query_selector("summary") {
            focus(summary.unchecked_ref());
        }
    }
}

fn find(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok()??.dyn_into().ok()
}

fn focus(element: &HtmlElement) {
    let _ = element.focus();
}
