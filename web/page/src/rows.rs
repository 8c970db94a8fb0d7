//! The names of the three rows stand where a line begins, which only the browser knows.

use crate::dom::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Marks the columns that begin a line; the style sheet puts the names there.
pub(crate) fn name() {
    let Ok(columns) = document().query_selector_all("#picture .col") else { return };
    let mut line = None;
    // All places are asked for before anything changes, so that they are computed once.
    let columns = (0..columns.length()).filter_map(|at| columns.get(at));
    let places = columns.map(|column| {
        let column: HtmlElement = column.unchecked_into();
        let top = Some(column.offset_top());
        (column, std::mem::replace(&mut line, top) != top)
    });
    for (column, first) in places.collect::<Vec<_>>() {
        if column.has_attribute("data-line") != first {
            let _ = column.toggle_attribute_with_force("data-line", first);
        }
    }
}
