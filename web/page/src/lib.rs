//! The page's own program: browser events in, actions to the state, the state's picture out.
//!
//! It computes nothing and blocks nothing: engines live in workers, and all that is shown is decided
//! in `electra-view`.

mod app;
mod dom;
mod effects;
mod engine;
mod events;
mod fetch;
mod files;
mod frame;
mod js;
mod keys;
mod lines;
mod offline;
mod probe;
mod rows;
mod save;
mod share;
mod store;
mod theme;

use dom::{by_id, document, typed};
use electra::protocol::Trace;
use electra_view::action::Action;
use electra_view::examples::EXAMPLES;
use js::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlTextAreaElement};

thread_local! {
    /// Which build this is: files of another one must not be mixed in.
    static BUILD: String = meta("build");
}

fn meta(name: &str) -> String {
    let element = document().query_selector(&format!("meta[name=\"{name}\"]")).ok().flatten();
    element.and_then(|element| element.get_attribute("content")).unwrap_or_default()
}

/// Begins.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
    theme::restore();
    spawn_local(begin());
}

/// Begins in several tasks, none of which is long.
async fn begin() {
    let stored: Vec<Trace> = by_id("traces")
        .text_content()
        .and_then(|json| serde_json::from_str(&json).ok())
        .unwrap_or_default();
    js::turn().await;
    offer_examples(&stored);
    let build = BUILD.with(Clone::clone);
    app::prepare(|state| (state.stored, state.build) = (stored, build));
    js::turn().await;
    let (text, ending) = (typed_text(), chosen_ending());
    dispatch_address();
    if let Some(text) = text {
        show_text(&text);
        app::dispatch(Action::Text(text));
    } else {
        ending.into_iter().for_each(app::dispatch);
    }
    events::listen();
    enable();
    js::turn().await;
    spawn_local(async { app::dispatch(Action::Probed(probe::probe().await)) });
    spawn_local(async { app::dispatch(Action::Kept(store::kept().await)) });
    retry();
}

/// Controls are served disabled, since without this program they do nothing.
fn enable() {
    let Ok(waiting) = document().query_selector_all("[disabled]") else { return };
    for at in 0..waiting.length() {
        if let Some(control) = waiting.get(at).and_then(|node| node.dyn_into::<Element>().ok()) {
            let _ = control.remove_attribute("disabled");
        }
    }
}

fn dispatch_address() {
    let fragment = window().location().hash().unwrap_or_default();
    app::dispatch(Action::Address(fragment));
}

/// Fetches the list of models if it is not here, else the model.
fn retry() {
    if app::with_state(|state| !state.model.list.models.is_empty()) {
        return app::dispatch(Action::Retry);
    }
    spawn_local(async {
        let build = BUILD.with(Clone::clone);
        match fetch::list(&build).await {
            Ok(list) => app::dispatch(Action::Shipped(list)),
            Err(reason) => app::dispatch(Action::FetchFailed(reason)),
        }
    });
}

/// What the visitor typed before this program was here.
fn typed_text() -> Option<String> {
    let text = typed::<HtmlTextAreaElement>("text").value();
    (!text.trim().is_empty()).then_some(text)
}

/// What the visitor chose in the example before this program was here.
fn chosen_ending() -> Option<Action> {
    let checked = document().query_selector(".cold input:checked").ok().flatten()?;
    let checked: HtmlInputElement = checked.dyn_into().ok()?;
    if checked.default_checked() {
        return None;
    }
    let number = |name: &str| checked.get_attribute(name)?.parse().ok();
    Some(Action::Choose { at: number("data-at")? as usize, id: number("data-id")? })
}

fn offer_examples(stored: &[Trace]) {
    let select: HtmlElement = typed("examples");
    let mut texts: Vec<&str> = Vec::new();
    for text in stored.iter().map(|trace| trace.text.as_str()).chain(EXAMPLES) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    for text in texts {
        let Ok(option) = document().create_element("option") else { continue };
        let _ = option.set_attribute("value", text);
        let short: String = text.chars().take(48).collect();
        let more = if short.len() < text.len() { "…" } else { "" };
        option.set_text_content(Some(&format!("{short}{more}")));
        let _ = select.append_child(&option);
    }
}

fn show_text(text: &str) {
    typed::<HtmlTextAreaElement>("text").set_value(text);
}
