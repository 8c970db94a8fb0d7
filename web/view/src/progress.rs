//! What the visitor waits for: a sentence, a bar, and what one can do.

use crate::engines::Status;
use crate::node::{Element, Node, el};
use crate::state::{Phase, State};
use crate::words;

/// One line.
struct Line {
    sentence: String,
    /// What the button does, and what it says.
    button: Option<(&'static str, &'static str)>,
    bar: Option<Element>,
}

/// What the visitor waits for; nothing where everything is here.
pub(crate) fn view(state: &State) -> Vec<Node> {
    let Some(line) = line(state) else { return Vec::new() };
    let button = line
        .button
        .map(|(act, label)| el("button").attr("type", "button").attr("data-act", act).text(label));
    let sentence = el("span").text(line.sentence);
    [Some(sentence), button, line.bar].into_iter().flatten().map(Node::from).collect()
}

fn line(state: &State) -> Option<Line> {
    let own = state.model.trying.is_some();
    Some(match &state.model.phase {
        Phase::Loading { loaded, total, kept } => loading(*loaded, *total, *kept),
        Phase::Opening => endless("Opening the model", String::new()),
        Phase::Cancelled if !own => stopped("The model was not loaded.".to_owned(), "Load it"),
        Phase::Offline => stopped(
            "The model is not on this device yet, and the network does not give it. The examples \
             work; below, you can open a model of your own."
                .to_owned(),
            "Try again",
        ),
        Phase::Failed(message) => stopped(format!("No engine works here: {message}"), "Try again"),
        _ if own => endless("Opening your files", String::new()),
        _ => endless("Preparing the GPU", step(&state.engines.gpu.status)?),
    })
}

fn loading(loaded: u64, total: u64, kept: bool) -> Line {
    let so_far = format!("{:.1} of {}", loaded as f64 / 1e6, words::megabytes(total));
    let source = if kept { "from this device" } else { "kept for the next time" };
    let bar = bar("Loading the model").attr("max", total.max(1)).attr("value", loaded);
    Line {
        sentence: format!("Loading the model: {so_far} ({source})"),
        button: Some(("cancel", "Cancel")),
        bar: Some(bar),
    }
}

/// Something that says nothing of how far it is: its bar has no end.
fn endless(name: &'static str, more: String) -> Line {
    Line { sentence: format!("{name}{more}…"), button: None, bar: Some(bar(name)) }
}

fn stopped(sentence: String, again: &'static str) -> Line {
    Line { sentence, button: Some(("retry", again)), bar: None }
}

fn bar(name: &'static str) -> Element {
    el("progress").attr("aria-label", name)
}

/// How far the GPU's engine is on its way; compiling is counted by nobody.
fn step(status: &Status) -> Option<String> {
    let (number, what) = match status {
        Status::Starting => (1, "its engine is fetched"),
        Status::Started => (2, "its programs are compiled once, and tested"),
        Status::Opening(_) => (3, "it reads the model"),
        Status::Off | Status::Open | Status::Broken(_) => return None,
    };
    Some(format!(", step {number} of 3: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(state: &State) -> Vec<Element> {
        let nodes = view(state);
        let found = nodes.iter().flat_map(|node| node.find(&|element| element.tag == "progress"));
        found.cloned().collect()
    }

    #[test]
    fn a_bar_has_an_end_only_where_bytes_are_counted() {
        let mut state = State::default();
        assert_eq!(view(&state), []);
        state.model.phase = Phase::Loading { loaded: 1, total: 3, kept: false };
        let [bar] = &bars(&state)[..] else { panic!("one bar") };
        assert_eq!((bar.get("value"), bar.get("max")), (Some("1"), Some("3")));
        state.model.phase = Phase::Opening;
        let [bar] = &bars(&state)[..] else { panic!("one bar") };
        assert_eq!((bar.get("value"), bar.get("aria-label")), (None, Some("Opening the model")));
        state.model.phase = Phase::Offline;
        assert_eq!(bars(&state), []);
    }

    #[test]
    fn the_way_of_the_gpu_is_said_step_by_step() {
        let mut state = State::default();
        state.model.phase = Phase::Ready;
        let mut said = |status| {
            state.engines.gpu.status = status;
            (view(&state).iter().map(Node::to_text).collect::<String>(), bars(&state).len())
        };
        for (number, status) in
            [(1, Status::Starting), (2, Status::Started), (3, Status::Opening(7))]
        {
            let (sentence, bars) = said(status);
            let beginning = format!("Preparing the GPU, step {number} of 3: ");
            assert!(sentence.starts_with(&beginning) && bars == 1, "{sentence}");
        }
        for status in [Status::Off, Status::Open, Status::Broken("lost".to_owned())] {
            assert_eq!(said(status), (String::new(), 0));
        }
    }
}
