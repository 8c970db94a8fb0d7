//! Pictures and numbers as files.

use crate::app::{dispatch, with_state};
use crate::dom::document;
use crate::js::{call, field, reason, wait, window};
use electra_view::action::Action;
use electra_view::notice::Notice;
use electra_view::scene::shown;
use electra_view::{drawing, saved};
use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, HtmlAnchorElement, HtmlCanvasElement,
    HtmlImageElement, Url,
};

/// Milliseconds for which the address of a saved file holds: some browsers read it well after the
/// click.
const HELD: i32 = 40_000;

/// Pixels of the PNG for each of the SVG.
const SHARP: f64 = 2.0;

/// The picture as SVG.
pub(crate) fn svg() {
    let Some(words) = picture() else { return say_nothing_there() };
    save("electra.svg", &blob(&words, "image/svg+xml"));
}

/// The numbers as JSON.
pub(crate) fn json() {
    let words = with_state(saved::json);
    let Some(words) = words.as_deref().and_then(indented) else { return say_nothing_there() };
    save("electra.json", &blob(&words, "application/json"));
}

/// Indented by the browser: `serde_json` would bring all of its code a second time.
fn indented(json: &str) -> Option<String> {
    let browser = field(&window(), "JSON")?;
    let value = call(&browser, "parse", &[JsValue::from(json)]).ok()?;
    let lines = call(&browser, "stringify", &[value, JsValue::NULL, JsValue::from(2)]).ok()?;
    lines.as_string()
}

fn say_nothing_there() {
    let message = "There is nothing of this text to save yet.".to_owned();
    dispatch(Action::Say(Notice::Failed { message }));
}

/// The picture as PNG.
pub(crate) fn png() {
    let Some(words) = picture() else { return say_nothing_there() };
    spawn_local(async move {
        if let Err(reason) = draw(&words).await {
            let message = format!("The picture could not be drawn: {reason}. Save it as SVG.");
            dispatch(Action::Say(Notice::Failed { message }));
        }
    });
}

fn picture() -> Option<String> {
    with_state(|state| shown(state).map(drawing::svg))
}

fn blob(words: &str, kind: &str) -> Blob {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let parts: Array = [JsValue::from(words)].iter().collect();
    Blob::new_with_str_sequence_and_options(&parts, &options).expect("texts become blobs")
}

async fn draw(svg: &str) -> Result<(), String> {
    let image = HtmlImageElement::new().map_err(|error| reason(&error))?;
    let address = address_of(&blob(svg, "image/svg+xml"));
    image.set_src(&address);
    let decoded = wait(image.decode()).await;
    let _ = Url::revoke_object_url(&address);
    decoded?;
    let canvas: HtmlCanvasElement =
        document().create_element("canvas").map_err(|error| reason(&error))?.unchecked_into();
    let (width, height) =
        (f64::from(image.natural_width()) * SHARP, f64::from(image.natural_height()) * SHARP);
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let context = canvas.get_context("2d").ok().flatten().ok_or("no canvas")?;
    let context: CanvasRenderingContext2d = context.unchecked_into();
    context
        .draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, width, height)
        .map_err(|error| reason(&error))?;
    let promise = Promise::new(&mut |done, _| {
        let _ = canvas.to_blob(&done);
    });
    let blob = wait(promise).await?.dyn_into::<Blob>().map_err(|_| "it is too large".to_owned())?;
    save("electra.png", &blob);
    Ok(())
}

fn address_of(blob: &Blob) -> String {
    Url::create_object_url_with_blob(blob).unwrap_or_default()
}

fn save(name: &str, blob: &Blob) {
    let page = document();
    let (Ok(link), Some(body)) = (page.create_element("a"), page.body()) else { return };
    let link: HtmlAnchorElement = link.unchecked_into();
    let address = address_of(blob);
    link.set_href(&address);
    link.set_download(name);
    // Some browsers follow only a link of the document.
    let _ = body.append_child(&link);
    link.click();
    link.remove();
    let revoke = Closure::once_into_js(move || {
        let _ = Url::revoke_object_url(&address);
    });
    let _ = window()
        .set_timeout_with_callback_and_timeout_and_arguments_0(revoke.unchecked_ref(), HELD);
}
