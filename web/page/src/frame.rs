//! What surrounds the parts that change: fields, hidden parts, the attributes that styles and
//! tests look at.

use crate::app::is_drawing;
use crate::dom::{by_id, document, typed};
use electra::link::Mode;
use electra::protocol::EngineKind;
use electra_view::examples::EXAMPLES;
use electra_view::scene::{nothing, scene, shown};
use electra_view::state::State;
use electra_view::{judged, words};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlInputElement, HtmlSelectElement};

/// Follows the state.
pub(crate) fn show(state: &State) {
    let root = root();
    let engine = if state.engines.active() == EngineKind::Gpu { "gpu" } else { "cpu" };
    let busy = state.asked.flying.is_some() || state.asked.again || is_drawing();
    for (name, value) in [
        ("data-phase", state.model.phase.name()),
        ("data-engine", engine),
        ("data-mode", state.mode().name()),
        ("data-busy", if busy { "true" } else { "false" }),
    ] {
        if root.get_attribute(name).as_deref() != Some(value) {
            let _ = root.set_attribute(name, value);
        }
    }
    let _ = root.class_list().toggle_with_force("embed", state.link.embed);
    hide(state);
    fields(state);
    classes(state);
    let hint = state.task().map_or_else(|| words::hint(state), judged::hint);
    by_id("mode-hint").set_text_content(Some(hint));
    let _ = root.toggle_attribute_with_force("data-task", state.task().is_some());
    let _ = root.toggle_attribute_with_force("data-alone", !words::has_generator(state));
}

/// `<html>`
pub(crate) fn root() -> Element {
    document().document_element().expect("a page has a root")
}

fn classes(state: &State) {
    let text = state.answered();
    if by_id("picture").get_attribute("data-text").as_deref() != Some(text) {
        let _ = by_id("picture").set_attribute("data-text", text);
    }
    let picture = by_id("picture").class_list();
    let guessing = is_guessing(state);
    // The field holds the answer; while there is no picture of its text, that has to be typed.
    let secret = guessing && shown(state).is_some();
    let _ = by_id("field").class_list().toggle_with_force("secret", secret);
    let _ = picture.toggle_with_force("guessing", guessing);
    let _ = picture.toggle_with_force("inspecting", state.mode() == Mode::Inspect);
    let stale = state.asked.flying.is_some() || state.asked.again;
    let _ = picture.toggle_with_force("pending", stale && state.engines.can_answer());
}

fn is_guessing(state: &State) -> bool {
    state.mode() == Mode::Guess && !state.view.revealed
}

fn hide(state: &State) {
    let mode = state.mode();
    let guessing = is_guessing(state);
    let masked = mode == Mode::Guess || scene(state).selection != nothing();
    let words = mode != Mode::Proofread;
    for (id, shown) in [
        ("progress", by_id("progress").has_child_nodes()),
        ("task", by_id("task").has_child_nodes()),
        ("heads", mode == Mode::Inspect && by_id("heads").has_child_nodes()),
        ("table", state.view.table && words && !guessing),
        ("picture", !(state.view.table && words) || guessing),
        ("actions", !guessing),
        ("again", masked),
        ("legend", words && !guessing),
        ("theme", true),
    ] {
        set_hidden(&by_id(id), !shown);
    }
    if let Ok(parts) = document().query_selector_all("[data-part]") {
        for at in 0..parts.length() {
            let Some(part) = parts.get(at).and_then(|node| node.dyn_into::<Element>().ok()) else {
                continue;
            };
            let name = part.get_attribute("data-part").unwrap_or_default();
            if state.link.hide.contains(&name) {
                set_hidden(&part, true);
            } else if part.id() != "actions" {
                set_hidden(&part, false);
            }
        }
    }
}

fn set_hidden(element: &Element, hidden: bool) {
    if element.has_attribute("hidden") != hidden {
        let _ = element.toggle_attribute_with_force("hidden", hidden);
    }
}

/// Fields show what the address holds, but never under the visitor's fingers.
fn fields(state: &State) {
    let seed: HtmlInputElement = typed("seed");
    let temperature: HtmlInputElement = typed("temperature");
    let active = document().active_element();
    for (field, value) in
        [(&seed, scene(state).seed.to_string()), (&temperature, state.link.temperature.to_string())]
    {
        let held: &Element = field.as_ref();
        if active.as_ref() != Some(held) && field.value() != value {
            field.set_value(&value);
        }
    }
    by_id("temperature-shown").set_text_content(Some(&format!("{:.1}", state.link.temperature)));
    let mode = format!("#modes input[value=\"{}\"]", state.mode().name());
    if let Ok(Some(radio)) = document().query_selector(&mode) {
        radio.unchecked_into::<HtmlInputElement>().set_checked(true);
    }
    let held = active.is_some_and(|element| element.id() == "examples");
    examples(state, held);
}

/// Whoever comes to the menu finds the example that is shown, so that arrow keys go on from there;
/// left alone it says what it is for: in a round of Guess the example would be the answer.
pub(crate) fn examples(state: &State, held: bool) {
    let select: HtmlSelectElement = typed("examples");
    let text = scene(state).text;
    let stored = state.stored.iter().any(|trace| trace.text == text);
    let offered = stored || EXAMPLES.contains(&text.as_str());
    let value = if offered && held { text.as_str() } else { "" };
    if select.value() != value {
        select.set_value(value);
    }
}

/// Tells a page around this one how tall it is.
pub(crate) fn tell_height() {
    let Some(window) = web_sys::window() else { return };
    let Ok(Some(parent)) = window.parent() else { return };
    // A part of a pixel too few gives the frame a scroll bar.
    let height = root().get_bounding_client_rect().height().ceil();
    let message = js_sys::Object::new();
    let _ =
        js_sys::Reflect::set(&message, &JsValue::from("type"), &JsValue::from("electra-height"));
    let _ = js_sys::Reflect::set(&message, &JsValue::from("height"), &JsValue::from(height));
    let _ = parent.post_message(&message, "*");
}
