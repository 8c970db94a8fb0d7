//! Attention as lines between columns, drawn where the columns happen to stand.

use crate::dom::{self, document};
use electra::link::Mode;
use electra_view::node::{Node, el};
use electra_view::state::State;
use electra_view::{attention, by_column};
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// Weaker looks are not drawn.
const FAINTEST: f32 = 0.03;
/// Width of a line for all attention, in pixels.
const WIDEST: f32 = 9.0;

thread_local! {
    static DRAWN: RefCell<Vec<Node>> = const { RefCell::new(Vec::new()) };
}

/// Draws the lines of what is inspected, or none.
pub(crate) fn show(state: &State) {
    let lines = lines(state);
    let parent = dom::by_id("lines");
    DRAWN.with_borrow_mut(|drawn| {
        if *drawn != lines {
            dom::patch(&parent, drawn, &lines);
            *drawn = lines;
        }
    });
}

fn lines(state: &State) -> Vec<Node> {
    if state.mode() != Mode::Inspect || state.view.table {
        return Vec::new();
    }
    let (Some(trace), Some(inspected)) = (&state.shown, state.inspected()) else {
        return Vec::new();
    };
    let Some(seen) = attention(state, trace) else { return Vec::new() };
    let origin = dom::by_id("lines").get_bounding_client_rect();
    let Some(from) = token(inspected.from) else { return Vec::new() };
    let weights = by_column(trace, seen.network, &seen.weights);
    let drawn = weights.iter().enumerate().filter(|(_, weight)| **weight >= FAINTEST);
    let paths = drawn.filter_map(|(at, &weight)| {
        let to = token(at)?;
        let place = |column: &Element| {
            let rect = column.get_bounding_client_rect();
            (rect.left() + rect.width() / 2.0 - origin.left(), rect.top() - origin.top() - 2.0)
        };
        let ((x1, y1), (x2, y2)) = (place(&from), place(&to));
        let rise = (12.0 + (x1 - x2).abs() * 0.12).min(52.0);
        let d = format!(
            "M{x1:.1} {y1:.1}C{x1:.1} {:.1} {x2:.1} {:.1} {x2:.1} {y2:.1}",
            y1 - rise,
            y2 - rise
        );
        let path =
            el("path").attr("d", d).attr("stroke-width", format!("{:.1}", weight * WIDEST + 0.5));
        Some(Node::from(path))
    });
    paths.collect()
}

fn token(at: usize) -> Option<Element> {
    let wanted = format!("#picture .col[data-at=\"{at}\"] .token");
    document().query_selector(&wanted).ok()??.dyn_into().ok()
}
