//! The address, the clipboard and the code for a frame.

use crate::app::{dispatch, with_state};
use crate::dom::{by_id, typed};
use crate::js::{field, wait, window};
use electra::link::{self, LinkState};
use electra_view::action::Action;
use electra_view::notice::Notice;
use electra_view::scene::sent;
use std::cell::Cell;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;

/// Milliseconds between two writes: browsers refuse more than a hundred in half a minute.
const PAUSE: i32 = 350;

/// Pixels of a frame whose host ignores what the page in it says: enough for a notice, the verdict
/// and the picture of the first example where each word has a row.
const FRAME_HEIGHT: u32 = 1080;

/// Stands behind the frame and makes it as tall as the page in it, which says its height.
const FOLLOW_HEIGHT: &str = r#"<script>
(() => {
  const frame = document.currentScript.previousElementSibling;
  addEventListener("message", ({ source, data }) => {
    if (source === frame.contentWindow && data.type === "electra-height") frame.height = data.height;
  });
})();
</script>"#;

thread_local! {
    static WRITING: Cell<Writing> = const { Cell::new(Writing::Idle) };
}

#[derive(Clone, Copy, PartialEq)]
enum Writing {
    /// The next change is written at once.
    Idle,
    /// Something was written; what changes now is written after the pause.
    Pausing,
    /// Something has changed meanwhile.
    Changed,
}

/// Writes what the visitor set into the address, at once or after a pause.
pub(crate) fn write_address() {
    if WRITING.get() != Writing::Idle {
        return WRITING.set(Writing::Changed);
    }
    write();
    WRITING.set(Writing::Pausing);
    let after = Closure::once_into_js(|| {
        if WRITING.replace(Writing::Idle) == Writing::Changed {
            write_address();
        }
    });
    let _ = window()
        .set_timeout_with_callback_and_timeout_and_arguments_0(after.unchecked_ref(), PAUSE);
}

/// Writes the address without a new entry in the history.
fn write() {
    let fragment = with_state(|state| link::print(&state.link));
    let plain = link::print(&LinkState::default());
    let base = bare_address();
    let address = if fragment == plain { base } else { format!("{base}#{fragment}") };
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
    show_embed_code();
}

fn bare_address() -> String {
    let href = window().location().href().unwrap_or_default();
    href.split('#').next().unwrap_or_default().to_owned()
}

fn address(with_results: bool, embed: bool) -> String {
    let link = with_state(|state| LinkState { embed, ..sent(state, with_results) });
    let fragment = link::print(&link);
    format!("{}#{fragment}", bare_address())
}

/// Copies a link to what is seen.
pub(crate) fn copy_link() {
    let with_results = typed::<HtmlInputElement>("with-results").checked();
    copy(address(with_results, false), &done("The link is copied."));
}

/// What was copied, and what it does not carry.
fn done(copied: &str) -> String {
    let own = with_state(|state| state.model.own.is_some());
    let more = if own { " It opens with the demo model: your files stay here." } else { "" };
    format!("{copied}{more}")
}

fn embed_code() -> String {
    let address = address(true, true).replace('&', "&amp;").replace('"', "&quot;");
    format!(
        "<iframe src=\"{address}\" title=\"Replaced-token detection\" width=\"100%\" \
         height=\"{FRAME_HEIGHT}\" style=\"border: 0\" loading=\"lazy\" \
         allow=\"clipboard-write\"></iframe>\n{FOLLOW_HEIGHT}"
    )
}

/// Shows the code for a frame, if its menu is open.
pub(crate) fn show_embed_code() {
    if by_id("share").has_attribute("open") {
        by_id("embed-code").set_text_content(Some(&embed_code()));
    }
}

/// Copies the code for a frame.
pub(crate) fn copy_embed() {
    copy(embed_code(), &done("The code is copied."));
}

/// Copies what helps to find out why a GPU computes wrongly.
pub(crate) fn copy_diagnostics() {
    let agent = window().navigator().user_agent().unwrap_or_default();
    let words = with_state(|state| {
        let engines = &state.engines;
        format!(
            "{agent}\nbuild: {}\n{:?}\ncpu: {:?}\ngpu: {:?}\ncpu numbers: {:?}\ngpu numbers: {:?}",
            state.build,
            engines.probe,
            engines.cpu.status,
            engines.gpu.status,
            engines.cpu.numbers,
            engines.gpu.numbers
        )
    });
    copy(words, "The diagnostics are copied.");
}

fn copy(words: String, done: &str) {
    let done = done.to_owned();
    spawn_local(async move {
        // Pages over plain http have no clipboard.
        let here = field(&window().navigator(), "clipboard").is_some();
        let copied = if here {
            wait(window().navigator().clipboard().write_text(&words)).await.map(|_| ())
        } else {
            Err("this page has no clipboard; it must come over https".to_owned())
        };
        dispatch(Action::Say(match copied {
            Ok(()) => Notice::Done(done),
            Err(reason) => Notice::NotCopied { reason, words },
        }));
    });
}
