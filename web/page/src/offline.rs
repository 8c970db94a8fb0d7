//! Asks the browser to keep the page for the time without a network, once everything works, and to
//! forget it.

use crate::BUILD;
use crate::app::with_state;
use crate::js::{call, field, window};
use electra_view::state::Phase;
use std::cell::Cell;
use wasm_bindgen::JsValue;

thread_local! {
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// Registers the script that keeps it; before that, its fetching would delay the first answer.
pub(crate) fn keep_when_ready() {
    let ready =
        with_state(|state| state.model.phase == Phase::Ready && state.asked.flying.is_none());
    if !ready || ASKED.replace(true) {
        return;
    }
    // Insecure pages and private windows have none; then nothing is kept.
    if let Some(container) = field(&window().navigator(), "serviceWorker") {
        let address = BUILD.with(|build| format!("offline.js?v={build}"));
        let registered = call(&container, "register", &[JsValue::from(address)]);
        if let Ok(promise) = registered {
            let ignored = wasm_bindgen::closure::Closure::once_into_js(|_: JsValue| {});
            let _ = call(&promise, "catch", &[ignored]);
        }
    }
}

/// Forgets what is kept; the next visit keeps it again.
pub(crate) fn forget() {
    let container = field(&window().navigator(), "serviceWorker");
    if let Some(worker) = container.and_then(|container| field(&container, "controller")) {
        let _ = call(&worker, "postMessage", &[JsValue::from("forget")]);
    }
}
