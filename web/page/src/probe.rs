//! What the browser says about its GPU, without fetching the engine for it.

use crate::js::{call, field, wait, window, words};
use electra_view::engines::Probe;
use wasm_bindgen::{JsCast, JsValue};

/// Asks for an adapter as the engine would.
pub(crate) async fn probe() -> Probe {
    adapter().await.map_or(Probe::Missing, |adapter| {
        let info = field(&adapter, "info").unwrap_or(JsValue::NULL);
        let fallback = |object: &JsValue| {
            field(object, "isFallbackAdapter").is_some_and(|value| value.is_truthy())
        };
        let name = name(&info);
        if fallback(&info) || fallback(&adapter) {
            Probe::Software(name)
        } else {
            Probe::Hardware(name)
        }
    })
}

async fn adapter() -> Option<JsValue> {
    let gpu = field(&window().navigator(), "gpu")?;
    let wanted = js_sys::Object::new();
    let _ = js_sys::Reflect::set(
        &wanted,
        &JsValue::from("powerPreference"),
        &JsValue::from("high-performance"),
    );
    let promise = call(&gpu, "requestAdapter", &[wanted.into()]).ok()?;
    let adapter = wait(promise.dyn_into().ok()?).await.ok()?;
    (!adapter.is_null() && !adapter.is_undefined()).then_some(adapter)
}

fn name(info: &JsValue) -> String {
    let description = words(info, "description");
    if !description.is_empty() {
        return description;
    }
    let parts = [words(info, "vendor"), words(info, "architecture")];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "unnamed".to_owned() } else { parts.join(" ") }
}
