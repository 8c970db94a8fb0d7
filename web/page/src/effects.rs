//! Does what the state asks for.

use crate::app::finish_drawing;
use crate::dom::{document, typed};
use crate::{BUILD, engine, fetch, files, share};
use electra_view::action::Effect;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlTextAreaElement, ScrollIntoViewOptions, ScrollLogicalPosition};

/// Does one thing.
pub(crate) fn run(effect: Effect) {
    match effect {
        Effect::Fetch(model) => fetch::start(&model),
        Effect::StopFetching => fetch::stop(),
        Effect::Start(kind) => engine::start(kind, &BUILD.with(Clone::clone)),
        Effect::Stop(kind) => engine::stop(kind),
        Effect::Send(kind, request, files) => engine::send(kind, request, files),
        Effect::Adopt(worked) => files::adopt(worked),
        Effect::WriteAddress => share::write_address(),
        Effect::ShowText(text) => {
            let field: HtmlTextAreaElement = typed("text");
            if field.value() != text {
                field.set_value(&text);
            }
        }
        Effect::FocusToken(at) => focus(&format!("#picture .col[data-at=\"{at}\"] button.token")),
        Effect::FocusOwn(at) => {
            focus(&format!("#picture .col[data-at=\"{at}\"] input"));
        }
        Effect::ShowSuspect(at) => {
            let mark = format!("#picture mark[data-suspect=\"{at}\"]");
            focus(&mark);
            if let Some(element) = find(&mark) {
                let options = ScrollIntoViewOptions::new();
                options.set_block(ScrollLogicalPosition::Nearest);
                element.scroll_into_view_with_scroll_into_view_options(&options);
            }
        }
    }
}

fn find(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok()??.dyn_into().ok()
}

fn focus(selector: &str) {
    if find(selector).is_none() {
        finish_drawing();
    }
    if let Some(element) = find(selector) {
        let _ = element.focus();
    }
}
