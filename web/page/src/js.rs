//! What several files need of JavaScript.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What the browser says went wrong, in its words.
pub(crate) fn reason(error: &JsValue) -> String {
    let message = Reflect::get(error, &JsValue::from("message")).ok().and_then(|m| m.as_string());
    message.or_else(|| error.as_string()).unwrap_or_else(|| format!("{error:?}"))
}

/// Awaits a promise.
pub(crate) async fn wait(promise: js_sys::Promise) -> Result<JsValue, String> {
    JsFuture::from(promise).await.map_err(|error| reason(&error))
}

/// Ends this task and goes on in a later one, so that the browser can answer people in between.
pub(crate) async fn turn() {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let _ = window().set_timeout_with_callback(&resolve);
    });
    let _ = JsFuture::from(promise).await;
}

/// A field of an object; none where it is missing.
pub(crate) fn field(object: &JsValue, name: &str) -> Option<JsValue> {
    if !object.is_object() {
        return None;
    }
    let value = Reflect::get(object, &JsValue::from(name)).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

/// A text of an object; empty where it is missing.
pub(crate) fn words(object: &JsValue, name: &str) -> String {
    field(object, name).and_then(|value| value.as_string()).unwrap_or_default()
}

/// Calls a method.
pub(crate) fn call(object: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue, String> {
    let method = field(object, name).and_then(|method| method.dyn_into::<js_sys::Function>().ok());
    let method = method.ok_or_else(|| format!("this browser has no {name}"))?;
    let arguments: js_sys::Array = arguments.iter().collect();
    Reflect::apply(&method, object, &arguments).map_err(|error| reason(&error))
}

/// The window.
pub(crate) fn window() -> web_sys::Window {
    web_sys::window().expect("a page has a window")
}
