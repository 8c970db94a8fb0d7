//! What the visitor does, as actions: a few listeners for the whole page.

use crate::app::{dispatch, with_state};
use crate::dom::{by_id, document, typed};
use crate::js::{call, window};
use crate::{files, frame, keys, offline, save, share, store, theme};
use electra::link::{Backend, Mode};
use electra::protocol::NetworkName;
use electra_view::action::Action;
use electra_view::state::State;
use std::cell::Cell;
use wasm_bindgen::convert::FromWasmAbi;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    DataTransfer, DragEvent, Element, Event, EventTarget, HtmlInputElement, HtmlSelectElement,
    HtmlTextAreaElement, KeyboardEvent,
};

/// Milliseconds without a key after which a text counts as typed.
const PAUSE: i32 = 150;

thread_local! {
    static TYPING: Cell<i32> = const { Cell::new(0) };
}

/// Listens for as long as the page lives.
pub(crate) fn listen() {
    on(&document(), "click", |event: Event| click(&event));
    on(&document(), "change", |event: Event| change(&event));
    on(&document(), "input", |event: Event| input(&event));
    on(&document(), "keydown", |event: KeyboardEvent| keys::down(&event));
    on(&document(), "focusin", |event: Event| {
        focused(&event);
        hold_examples(&event, true);
    });
    on(&document(), "focusout", |event: Event| hold_examples(&event, false));
    on(&document(), "submit", |event: Event| event.prevent_default());
    on(&document(), "dragover", |event: DragEvent| {
        over(&event, true);
    });
    on(&document(), "dragleave", |event: DragEvent| {
        over(&event, false);
    });
    on(&document(), "drop", |event: DragEvent| {
        if let Some(data) = over(&event, false) {
            files::dropped(&data);
        }
    });
    on(&window(), "hashchange", |_: Event| {
        let fragment = window().location().hash().unwrap_or_default();
        dispatch(Action::Address(fragment));
    });
    // Paper gets the table; it is made only when it is seen.
    on(&window(), "beforeprint", |_: Event| dispatch(Action::Table(true)));
    on(&window(), "afterprint", |_: Event| dispatch(Action::Table(as_table())));
    on(&by_id("share"), "toggle", |_: Event| share::show_embed_code());
    watch_size();
}

fn on<E: FromWasmAbi + 'static>(target: &EventTarget, name: &str, heard: impl Fn(E) + 'static) {
    let closure = Closure::<dyn Fn(E)>::new(heard);
    let _ = target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// The names of rows, lines and the page around follow when the columns move.
fn watch_size() {
    let closure = Closure::<dyn Fn()>::new(|| {
        crate::rows::name();
        with_state(crate::lines::show);
        if with_state(|state| state.link.embed) {
            frame::tell_height();
        }
    });
    if let Ok(observer) = web_sys::ResizeObserver::new(closure.as_ref().unchecked_ref()) {
        observer.observe(&by_id("picture"));
        // What a frame has to hold is all of the page: menus and notices too.
        if let Some(body) = document().body() {
            observer.observe(&body);
        }
    }
    closure.forget();
}

/// The element with an action that an event happened in.
pub(crate) fn acting(event: &Event) -> Option<Element> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest("[data-act]").ok()?
}

/// A number that an element has, or what it stands in.
pub(crate) fn number(element: &Element, name: &str) -> Option<usize> {
    let owner = element.closest(&format!("[{name}]")).ok()??;
    owner.get_attribute(name)?.parse().ok()
}

fn click(event: &Event) {
    let Some(element) = acting(event) else { return };
    let at = number(&element, "data-at");
    let action = match (element.get_attribute("data-act").as_deref(), at) {
        (Some("mask" | "mark" | "look"), Some(at)) => Action::Press(at),
        (Some("edit"), Some(at)) => Action::Edit(at),
        (Some("choose"), Some(at)) => {
            let Some(id) = number(&element, "data-id") else { return };
            Action::Choose { at, id: id as u32 }
        }
        (Some("jump"), Some(at)) => Action::Suspect(at),
        (Some("step"), _) => {
            let back = element.get_attribute("data-by").as_deref() == Some("-1");
            Action::Step(if back { -1 } else { 1 })
        }
        (Some("rule"), _) => Action::MaskByRule,
        (Some("clear"), _) => Action::Clear,
        (Some("again"), _) => Action::SampleAgain,
        (Some("reveal"), _) => Action::Reveal,
        (Some("cancel"), _) => Action::Cancel,
        (Some("retry"), _) => return crate::retry(),
        (Some("use-software"), _) => Action::UseSoftware,
        (Some("dismiss"), _) => {
            Action::Dismiss(element.get_attribute("data-notice").unwrap_or_default())
        }
        (Some(outside), _) => return act_outside(outside),
        _ => return,
    };
    dispatch(action);
}

/// A button that goes, as "Dismiss" does when it is pressed, leaves the focus to the main region: from
/// nowhere, the tab key would begin at the top of the page.
pub(crate) fn keep_focus(held: &Element) {
    let elsewhere = document().active_element().is_some_and(|active| active.tag_name() != "BODY");
    if held.is_connected() || elsewhere {
        return;
    }
    let options = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&options, &JsValue::from("preventScroll"), &JsValue::TRUE);
    let _ = call(&by_id("main"), "focus", &[options.into()]);
}

/// Buttons that change nothing in the state.
fn act_outside(name: &str) {
    match name {
        "theme" => theme::next(),
        "copy-link" => share::copy_link(),
        "copy-embed" => share::copy_embed(),
        "diagnostics" => share::copy_diagnostics(),
        "save-svg" => save::svg(),
        "save-png" => save::png(),
        "save-json" => save::json(),
        "clear-kept" => spawn_local(async {
            offline::forget();
            store::clear().await;
            dispatch(Action::Kept(store::kept().await));
        }),
        _ => {}
    }
}

fn as_table() -> bool {
    typed::<HtmlInputElement>("as-table").checked()
}

fn change(event: &Event) {
    let Some(target) = event.target() else { return };
    if let Some(select) = target.dyn_ref::<HtmlSelectElement>() {
        return choose(select);
    }
    let Some(input) = target.dyn_ref::<HtmlInputElement>() else { return };
    let value = input.value();
    match (input.id().as_str(), input.name().as_str()) {
        ("seed", _) => {
            if let Ok(seed) = value.parse::<f64>() {
                dispatch(Action::Seed(seed.max(0.0) as u64));
            }
        }
        ("as-table", _) => dispatch(Action::Table(input.checked())),
        ("special", _) => dispatch(Action::Special(input.checked())),
        ("files" | "folder", _) => {
            if let Some(list) = input.files().filter(|list| list.length() > 0) {
                files::chosen(&list);
            }
            // The same files may be chosen again after they were mended.
            input.set_value("");
        }
        (_, "mode") => {
            if let Some(mode) = Mode::named(&value) {
                dispatch(Action::Mode(mode));
            }
        }
        (_, "backend") => {
            if let Some(backend) = Backend::named(&value) {
                dispatch(Action::Backend(backend));
            }
        }
        (_, "model") => dispatch(Action::Model(value)),
        _ => own_word(input),
    }
}

fn own_word(input: &HtmlInputElement) {
    let at = number(input, "data-at");
    if let (Some("own"), Some(at)) = (input.get_attribute("data-act").as_deref(), at) {
        dispatch(Action::Own { at, word: input.value() });
    }
}

fn choose(select: &HtmlSelectElement) {
    if select.id() == "examples" {
        // It stays chosen: arrow keys, each of which may be heard as a choice, go on from there.
        let text = select.value();
        if !text.is_empty() {
            crate::show_text(&text);
            dispatch(Action::Text(text));
        }
        return;
    }
    let value: usize = select.value().parse().unwrap_or(0);
    let Some(now) = with_state(State::inspected) else { return };
    let (mut network, mut layer, mut head) = (now.network, now.layer, now.head);
    match select.get_attribute("data-name").as_deref() {
        Some("network") => {
            network = [NetworkName::Discriminator, NetworkName::Generator][value.min(1)];
            (layer, head) = (0, 0);
        }
        Some("layer") => layer = value,
        Some("head") => head = value,
        _ => return,
    }
    dispatch(Action::Inspect { network, layer, head });
}

fn input(event: &Event) {
    let Some(target) = event.target() else { return };
    if target.dyn_ref::<HtmlTextAreaElement>().is_some() {
        return typed_soon();
    }
    let Some(input) = target.dyn_ref::<HtmlInputElement>() else { return };
    if input.id() == "second" {
        return typed_soon();
    }
    if input.id() == "temperature"
        && let Ok(temperature) = input.value().parse()
    {
        dispatch(Action::Temperature(temperature));
    }
}

/// Takes the text when the visitor pauses.
fn typed_soon() {
    window().clear_timeout_with_handle(TYPING.get());
    let read = Closure::once_into_js(|| {
        let field: HtmlTextAreaElement = typed("text");
        dispatch(Action::Text(field.value()));
        let second = document().get_element_by_id("second");
        if let Some(second) = second.and_then(|it| it.dyn_into::<HtmlInputElement>().ok()) {
            dispatch(Action::Second(second.value()));
        }
    });
    let timer =
        window().set_timeout_with_callback_and_timeout_and_arguments_0(read.unchecked_ref(), PAUSE);
    TYPING.set(timer.unwrap_or(0));
}

/// The tab key returns to the token that had the focus last.
fn focused(event: &Event) {
    let Some(element) = acting(event).filter(|element| element.class_list().contains("token"))
    else {
        return;
    };
    let edits = element.get_attribute("data-act").as_deref() == Some("edit");
    // A field that closes here would move the word from under the pointer before it is let go.
    let moves = edits && with_state(|state| state.view.editing.is_some());
    if let Some(at) = number(&element, "data-at")
        && !moves
        && with_state(|state| state.view.focus != at)
    {
        dispatch(Action::Focus(at));
    }
}

fn hold_examples(event: &Event, held: bool) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    if target.is_some_and(|element| element.id() == "examples") {
        with_state(|state| frame::examples(state, held));
    }
}

/// What is dragged, if it is files: words go into the field as on any page.
fn over(event: &DragEvent, inside: bool) -> Option<DataTransfer> {
    let data = event.data_transfer()?;
    if !data.types().includes(&JsValue::from("Files"), 0) {
        return None;
    }
    event.prevent_default();
    let _ = by_id("drop").class_list().toggle_with_force("over", inside);
    Some(data)
}
