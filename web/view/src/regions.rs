//! What each part of the page shows.

use crate::columns::{Look, Pressing, columns};
use crate::node::{Element, Node, el, text};
use crate::panel;
use crate::requests::by_column;
use crate::scene::{scene, shown, unread};
use crate::state::{Phase, State};
use crate::{guess, judged, progress, proof, table, words};
use electra::link::Mode;
use electra::protocol::{Judgement, LONGEST_ROW, NetworkName, Trace};

/// A part of the page: the id of its element and what is inside.
pub type Region = (&'static str, Vec<Node>);

/// All parts that change.
pub fn regions(state: &State) -> Vec<Region> {
    vec![
        ("notices", notices(state)),
        ("progress", progress::view(state)),
        ("masking", masking(state)),
        ("task", judged::strip(state)),
        ("picture", picture(state)),
        ("verdict", vec![text(verdict(state))]),
        ("aside", aside(state)),
        ("heads", heads(state)),
        ("engine-name", panel::name(state)),
        ("engine-panel", panel::view(state)),
        ("about", about(state)),
        ("table", table_of(state)),
    ]
}

/// How the picture is looked at.
pub fn look(state: &State, trace: &Trace) -> Look {
    let pressing = match state.mode() {
        Mode::Guess if !state.view.revealed => Pressing::Marks,
        Mode::Inspect => Pressing::Looks,
        _ => Pressing::Masks,
    };
    let attention = state.attention.as_ref().filter(|_| pressing == Pressing::Looks);
    Look {
        focus: focus(state, trace),
        special: state.view.special,
        editing: state.view.editing,
        pressing,
        marked: state.view.marked.clone(),
        attention: attention.map(|seen| by_column(trace, seen.network, &seen.weights)),
        unread: unread(trace),
    }
}

/// The column that the tab key reaches: one that can be pressed.
fn focus(state: &State, trace: &Trace) -> usize {
    let usable = |at: &usize| trace.tokens.get(*at).is_some_and(|token| !token.special);
    let first = trace.tokens.iter().position(|token| !token.special);
    Some(state.view.focus).filter(usable).or(first).unwrap_or(0)
}

fn about(state: &State) -> Vec<Node> {
    match state.task() {
        Some(task) => judged::about(state, task),
        None => panel::about(state),
    }
}

fn picture(state: &State) -> Vec<Node> {
    if let Some(judged) = judged_now(state) {
        return vec![judged::view(judged).into()];
    }
    if state.mode() == Mode::Proofread {
        let read = state.proof.as_ref().map(|proof| proof::view(proof, state.view.suspect).into());
        return read.into_iter().collect();
    }
    let Some(trace) = shown(state) else {
        return vec![el("p").class("hint").text(waiting(state)).into()];
    };
    vec![columns(trace, &look(state, trace)).into()]
}

/// What a fine-tuned model says, if it is about the text in the field.
fn judged_now(state: &State) -> Option<&Judgement> {
    judged::shown(state, &scene(state).text)
}

fn waiting(state: &State) -> &'static str {
    match state.model.phase {
        _ if scene(state).text.trim().is_empty() => "Type a sentence, or pick an example.",
        Phase::Ready => "Reading…",
        Phase::Offline | Phase::Cancelled | Phase::Failed(_) => {
            "No model is open, so only the examples can be shown."
        }
        _ => "Your sentence is judged as soon as the model is here.",
    }
}

/// The sentence that a screen reader hears.
pub fn verdict(state: &State) -> String {
    if let Some(judged) = judged_now(state) {
        return judged::verdict(judged);
    }
    match (state.mode(), &state.proof, shown(state)) {
        (Mode::Proofread, Some(proof), _) => proof::verdict(proof),
        (Mode::Proofread, None, _) | (_, _, None) => String::new(),
        (Mode::Guess, _, Some(trace)) => guess::verdict(trace, &state.view),
        (Mode::Inspect, _, Some(trace)) => looks(state, trace),
        (Mode::Explore, _, Some(trace)) => words::verdict(trace),
    }
}

/// Where the inspected head looks most.
fn looks(state: &State, trace: &Trace) -> String {
    let Some(attention) = &state.attention else { return String::new() };
    let weights = by_column(trace, attention.network, &attention.weights);
    let best = (0..weights.len()).max_by(|&a, &b| weights[a].total_cmp(&weights[b]));
    let from = state.link.inspected.map_or(0, |inspected| inspected.from);
    let word = |at: usize| trace.tokens.get(at).map_or("", |token| words::piece(&token.text));
    let Some(best) = best else { return String::new() };
    format!(
        "From “{}”, this head looks most at “{}” ({}).",
        word(from),
        word(best),
        words::percent(weights[best])
    )
}

/// What stands below the verdict in small letters.
fn aside(state: &State) -> Vec<Node> {
    if let (Some(judged), Some(task)) = (judged_now(state), state.task()) {
        return judged::aside(judged, task);
    }
    match (state.mode(), shown(state)) {
        (Mode::Proofread, _) => proof_aside(state),
        (Mode::Guess, Some(trace)) => {
            guess::buttons(&state.view).into_iter().chain(too_long(trace)).collect()
        }
        (Mode::Inspect, Some(trace)) => too_long(trace).into_iter().collect(),
        (Mode::Explore, Some(trace)) => explore_aside(trace),
        (_, None) => Vec::new(),
    }
}

/// What is said of a text that has more tokens than a row.
fn too_long(trace: &Trace) -> Option<Node> {
    if trace.truncated == 0 {
        return None;
    }
    let read = LONGEST_ROW.min(trace.tokens.len());
    let all = read + trace.truncated;
    let sentence = format!(
        "This text has {all} tokens; the first {read} are scored, the rest is grey. Proofread \
         reads all of it."
    );
    Some(el("span").attr("data-state", "too-long").text(sentence).into())
}

fn explore_aside(trace: &Trace) -> Vec<Node> {
    if let Some(sentence) = too_long(trace) {
        return vec![sentence];
    }
    if trace.tokens.iter().all(|token| !token.selected && !token.is_replaced()) {
        return vec![text(
            "Nothing is masked. Press a word to hide it from the generator, or mask 15 %.",
        )];
    }
    Vec::new()
}

fn proof_aside(state: &State) -> Vec<Node> {
    if let Some((done, of)) = state.reading {
        return vec![text(format!("Reading part {done} of {of}…"))];
    }
    let found = state.proof.as_ref().map_or(0, |proof| proof::suspects(proof).len());
    if found == 0 {
        return Vec::new();
    }
    let step = |by: &'static str| button("step").attr("data-by", by);
    let steps = [step("-1").text("Previous"), step("1").text("Next suspicious word")];
    steps.map(Node::from).into()
}

fn button(act: &'static str) -> Element {
    el("button").attr("type", "button").attr("data-act", act)
}

/// What masks the words; Proofread and fine-tuned models read them as they stand. In Guess something
/// has to be replaced, so there is no clearing.
fn masking(state: &State) -> Vec<Node> {
    if state.mode() == Mode::Proofread || state.task().is_some() {
        return Vec::new();
    }
    let clear = (state.mode() != Mode::Guess).then(|| button("clear").text("Clear"));
    [button("rule").text("Mask 15 %")].into_iter().chain(clear).map(Node::from).collect()
}

fn notices(state: &State) -> Vec<Node> {
    state.notices.iter().map(|notice| notice.view().into()).collect()
}

/// Choice of network, layer and head, in Inspect.
fn heads(state: &State) -> Vec<Node> {
    let (Some(card), Some(now)) = (&state.model.card, state.link.inspected) else {
        return Vec::new();
    };
    let shape = match now.network {
        NetworkName::Generator => &card.config.generator,
        NetworkName::Discriminator => &card.config.discriminator,
    };
    let networks: &[&str] =
        if card.has_generator { &["discriminator", "generator"] } else { &["discriminator"] };
    let numbered = |count: usize| (1..=count).map(|at| at.to_string()).collect::<Vec<_>>();
    let network = usize::from(now.network == NetworkName::Generator);
    let names: Vec<String> = networks.iter().map(|&name| name.to_owned()).collect();
    vec![
        choice("Network", "network", &names, network),
        choice("Layer", "layer", &numbered(shape.num_hidden_layers), now.layer),
        choice("Head", "head", &numbered(shape.num_attention_heads), now.head),
    ]
}

fn choice(label: &str, name: &'static str, options: &[String], chosen: usize) -> Node {
    let options = options.iter().enumerate().map(|(at, shown)| {
        el("option").attr("value", at).flag("selected", at == chosen).text(shown)
    });
    let select = el("select").attr("data-act", "head").attr("data-name", name).children(options);
    el("label").key(name).text(format!("{label} ")).child(select).into()
}

fn table_of(state: &State) -> Vec<Node> {
    if !state.view.table {
        return Vec::new();
    }
    if let Some(judged) = judged_now(state) {
        return vec![judged::table(judged).into()];
    }
    let hidden = state.mode() == Mode::Guess && !state.view.revealed;
    let trace = shown(state).filter(|_| !hidden && state.mode() != Mode::Proofread);
    trace.map(|trace| table::table(trace).into()).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{card, chef};
    use electra::protocol::TaskCard;
    use electra::tasks::TaskKind;

    #[test]
    fn a_text_that_is_read_in_part_is_said_to_be_in_every_mode_that_shows_it() {
        let mut state = State::default();
        let trace = Trace { truncated: 5, ..chef() };
        state.link.text = Some(trace.text.clone());
        state.shown = Some(trace);
        for mode in [Mode::Explore, Mode::Guess, Mode::Inspect] {
            state.link.mode = mode;
            let words: String = aside(&state).iter().map(Node::to_text).collect();
            assert!(words.contains("12 tokens; the first 7 are scored"), "{mode:?}: {words}");
        }
    }

    /// Acts of the buttons that mask.
    fn masks(state: &State) -> Vec<String> {
        let regions = regions(state);
        let found = regions.iter().find(|(id, _)| *id == "masking").expect("a part of the page");
        let buttons = found.1.iter().flat_map(|node| node.find(&|it| it.tag == "button"));
        buttons.filter_map(|button| button.get("data-act").map(str::to_owned)).collect()
    }

    #[test]
    fn masks_are_offered_only_where_there_are_some() {
        let mut state = State::default();
        for (mode, offered) in [
            (Mode::Explore, &["rule", "clear"][..]),
            (Mode::Guess, &["rule"]),
            (Mode::Inspect, &["rule", "clear"]),
            (Mode::Proofread, &[]),
        ] {
            state.link.mode = mode;
            assert_eq!(masks(&state), offered, "{mode:?}");
        }
        state.link.mode = Mode::Explore;
        let kind = TaskKind::Regression;
        let (name, reads_pairs, longest_row) = ("mood".to_owned(), false, 128);
        state.model.card = Some(card(Some(TaskCard { name, kind, reads_pairs, longest_row })));
        assert_eq!(masks(&state), [""; 0]);
    }

    #[test]
    fn what_is_served_looks_as_the_program_draws_it_first() {
        let served = include_str!("../../../index.html");
        for node in masking(&State::default()) {
            assert!(served.contains(&node.to_html()), "{}", node.to_html());
        }
    }
}
