//! What the visitor waits for: a sentence, a bar, and what one can do.

use crate::engines::{Engine, Status};
use crate::node::{Element, Node, el};
use crate::state::{Phase, State};
use crate::words;
use electra::link::Backend;

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

/// What stopped on its way, in the words that are shown.
pub(crate) fn stopped_at(state: &State) -> Option<String> {
    let stops = |line: &Line| line.button.is_some_and(|(act, _)| act == "retry");
    line(state).filter(stops).map(|line| line.sentence)
}

fn line(state: &State) -> Option<Line> {
    // Files were asked for last, whatever was before; they have stopped what was being loaded.
    if state.model.trying.is_some() {
        let line = endless("Opening your files", String::new());
        return Some(Line { button: Some(("cancel", "Cancel")), ..line });
    }
    Some(match &state.model.phase {
        Phase::Loading { loaded, total, kept } => loading(*loaded, *total, *kept),
        Phase::Opening => endless("Opening the model", String::new()),
        Phase::Cancelled => stopped("The model was not loaded.".to_owned(), "Load it"),
        Phase::Offline(reason) => stopped(
            format!(
                "The model is not on this device yet, and the network does not give it ({reason}). \
                 The examples work; below, you can open a model of your own."
            ),
            "Try again",
        ),
        Phase::Failed(message) => stopped(message.clone(), "Try again"),
        // An open GPU stays open for whoever comes back; the processor does not wait for it.
        _ if state.link.backend == Backend::Cpu => return None,
        _ => preparing(&state.engines.gpu)?,
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

/// How far the GPU's engine is on its way; none where it has arrived, or is not on it.
fn preparing(engine: &Engine) -> Option<Line> {
    let (number, what) = match engine.status {
        Status::Starting => (1, "its engine is fetched"),
        Status::Started => (2, "it is tested"),
        Status::Opening(_) => (3, "it reads the model"),
        Status::Open if engine.timing => (4, "it is timed"),
        Status::Off | Status::Open | Status::Broken(_) => return None,
    };
    Some(match engine.kernels {
        Some((done, of)) if done < of => Line {
            sentence: format!("Compiling GPU kernels: {done} of {of} (step {number} of 4)…"),
            button: None,
            bar: Some(bar("Compiling GPU kernels").attr("max", of).attr("value", done)),
        },
        _ => endless("Preparing the GPU", format!(", step {number} of 4: {what}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Trying;
    use electra::protocol::EngineKind;

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
        state.model.phase = Phase::Offline("no network".to_owned());
        assert_eq!(bars(&state), []);
    }

    #[test]
    fn kernels_are_counted_while_they_are_compiled() {
        let mut state = State::default();
        state.model.phase = Phase::Ready;
        state.engines.gpu.status = Status::Opening(7);
        state.engines.gpu.kernels = Some((3, 9));
        let [bar] = &bars(&state)[..] else { panic!("one bar") };
        assert_eq!((bar.get("value"), bar.get("max")), (Some("3"), Some("9")));
        let said: String = view(&state).iter().map(Node::to_text).collect();
        assert!(said.contains("kernels: 3 of 9"), "{said}");
        state.engines.gpu.kernels = Some((9, 9));
        let [bar] = &bars(&state)[..] else { panic!("one bar") };
        assert_eq!(bar.get("value"), None);
    }

    #[test]
    fn the_way_of_the_gpu_is_said_step_by_step() {
        let mut state = State::default();
        state.model.phase = Phase::Ready;
        let mut said = |status, timing| {
            (state.engines.gpu.status, state.engines.gpu.timing) = (status, timing);
            (view(&state).iter().map(Node::to_text).collect::<String>(), bars(&state).len())
        };
        let steps = [
            (1, Status::Starting, false),
            (2, Status::Started, false),
            (3, Status::Opening(7), false),
            (4, Status::Open, true),
        ];
        for (number, status, timing) in steps {
            let (sentence, bars) = said(status, timing);
            let beginning = format!("Preparing the GPU, step {number} of 4: ");
            assert!(sentence.starts_with(&beginning) && bars == 1, "{sentence}");
        }
        for status in [Status::Off, Status::Open, Status::Broken("lost".to_owned())] {
            assert_eq!(said(status, false), (String::new(), 0));
        }
    }

    #[test]
    fn whoever_chose_the_processor_is_not_told_to_wait_for_a_gpu() {
        let mut state = State::default();
        state.model.phase = Phase::Ready;
        (state.engines.gpu.status, state.engines.gpu.timing) = (Status::Open, true);
        assert_eq!(bars(&state).len(), 1);
        state.link.backend = Backend::Cpu;
        assert_eq!(view(&state), []);
    }

    #[test]
    fn files_that_are_being_opened_can_be_given_up_whatever_was_before_them() {
        let (offline, failed) = ("no network".to_owned(), "it has no tensors".to_owned());
        let (offline, failed) = (Phase::Offline(offline), Phase::Failed(failed));
        for phase in [Phase::Opening, Phase::Ready, Phase::Cancelled, offline, failed] {
            let mut state = State::default();
            state.model.phase = phase;
            let (name, kind) = ("a folder".to_owned(), EngineKind::Cpu);
            state.model.trying = Some(Trying { name, kind, request: 1, resumes: false });
            let nodes = view(&state);
            let buttons = nodes.iter().flat_map(|node| node.find(&|it| it.tag == "button"));
            let acts: Vec<_> = buttons.filter_map(|button| button.get("data-act")).collect();
            assert_eq!(acts, ["cancel"], "{:?}", state.model.phase);
            let said: String = nodes.iter().map(Node::to_text).collect();
            assert!(said.starts_with("Opening your files…"), "{said}");
            assert_eq!(stopped_at(&state), None);
        }
    }
}
