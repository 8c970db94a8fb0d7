//! What each part of the page shows.

use crate::columns::{Look, Pressing, columns};
use crate::node::{Element, Node, el, text};
use crate::notice::Notice;
use crate::panel;
use crate::requests::{attention, by_column};
use crate::scene::{scene, shown, unread};
use crate::state::{Phase, State, shape};
use crate::{guess, judged, progress, proof, table, words};
use electra::link::Mode;
use electra::protocol::{Attention, Judgement, LONGEST_ROW, NetworkName, Trace, TraceToken};

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
        ("verdict", vec![spoken(state).into()]),
        ("news", news(state)),
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
        _ if !words::has_generator(state) => Pressing::Edits,
        _ => Pressing::Masks,
    };
    let looking = attention(state, trace).filter(|_| pressing == Pressing::Looks);
    Look {
        focus: focus(state, trace),
        special: state.view.special,
        editing: state.view.editing,
        pressing,
        marked: state.view.marked.clone(),
        attention: looking.map(|seen| by_column(trace, seen.network, &seen.weights)),
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
        let read = proof::shown(state).map(|proof| proof::view(proof, state.view.suspect).into());
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
        _ if state.engines.can_answer() => "Reading…",
        Phase::Offline(_) | Phase::Cancelled | Phase::Failed(_) => {
            "No model is open, so only the examples can be shown."
        }
        _ => "Your sentence is judged as soon as the model is here.",
    }
}

/// The verdict in the region that speaks. It is another element for every answer: a sentence that
/// stays the same is not spoken.
fn spoken(state: &State) -> Element {
    el("span").key(state.answers).text(verdict(state))
}

/// The sentence that a screen reader hears.
pub fn verdict(state: &State) -> String {
    if let Some(judged) = judged_now(state) {
        return judged::verdict(judged);
    }
    match (state.mode(), proof::shown(state), shown(state)) {
        (Mode::Proofread, Some(proof), _) => proof::verdict(proof),
        (Mode::Proofread, None, _) | (_, _, None) => String::new(),
        (Mode::Guess, _, Some(trace)) => guess::verdict(trace, &state.view),
        (Mode::Inspect, _, Some(trace)) => looks(state, trace),
        (Mode::Explore, _, Some(trace)) => words::verdict(trace),
    }
}

/// Where the inspected head looks most.
fn looks(state: &State, trace: &Trace) -> String {
    let (Some(looking), Some(now)) = (attention(state, trace), state.inspected()) else {
        return String::new();
    };
    let weights = by_column(trace, looking.network, &looking.weights);
    let best = (0..weights.len()).max_by(|&a, &b| weights[a].total_cmp(&weights[b]));
    let Some(best) = best else { return String::new() };
    let word = |at: usize| trace.tokens.get(at).map_or_else(String::new, |it| seen(it, looking));
    format!(
        "From “{}”, this head looks most at “{}” ({}).",
        word(now.from),
        word(best),
        words::percent(weights[best])
    )
}

/// What stood in a column for the network that looked.
fn seen(token: &TraceToken, attention: &Attention) -> String {
    match attention.network {
        NetworkName::Discriminator => words::read(token),
        NetworkName::Generator if token.hidden => "[MASK]".to_owned(),
        NetworkName::Generator => words::piece(&token.text).to_owned(),
    }
}

/// What stands below the verdict in small letters.
fn aside(state: &State) -> Vec<Node> {
    if let (Some(judged), Some(task)) = (judged_now(state), state.task()) {
        return judged::aside(judged, task);
    }
    match (state.mode(), shown(state)) {
        (Mode::Proofread, _) => reading(state).into_iter().collect(),
        (Mode::Guess, Some(trace)) => {
            guess::buttons(&state.view).into_iter().chain(too_long(trace)).collect()
        }
        (Mode::Inspect, Some(trace)) => too_long(trace).into_iter().collect(),
        (Mode::Explore, Some(trace)) => explore_aside(state, trace).into_iter().collect(),
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

fn explore_aside(state: &State, trace: &Trace) -> Option<Node> {
    let untouched = trace.tokens.iter().all(|it| !words::is_asked(it) && !it.is_replaced());
    let sentence = match (untouched, words::has_generator(state)) {
        (true, true) => {
            Some("Nothing is masked. Press a word to hide it from the generator.".to_owned())
        }
        (true, false) => Some("Nothing is replaced: this model has no generator.".to_owned()),
        (false, _) => panel::skill(state),
    };
    too_long(trace).or(sentence.map(text))
}

fn reading(state: &State) -> Option<Node> {
    state.reading.map(|(done, of)| text(format!("Reading part {done} of {of}…")))
}

fn button(act: &'static str) -> Element {
    el("button").attr("type", "button").attr("data-act", act)
}

/// What masks the words; Proofread and fine-tuned models read them as they stand. In Guess something
/// has to be replaced, so there is no clearing; a discriminator alone has only own words to clear.
fn masking(state: &State) -> Vec<Node> {
    if state.mode() == Mode::Proofread || state.task().is_some() {
        return Vec::new();
    }
    let rule = words::has_generator(state).then(|| {
        let share = words::percent(panel::masked_share(state));
        button("rule").text(format!("Mask {share}, as in training"))
    });
    let clear = (state.mode() != Mode::Guess).then(|| button("clear").text("Clear"));
    rule.into_iter().chain(clear).map(Node::from).collect()
}

fn notices(state: &State) -> Vec<Node> {
    // The newest first: where they stick to the window's edge, the others may have no room.
    let views = state.notices.iter().rev().map(|notice| notice.view().key(given(state, notice)));
    views.map(Node::from).collect()
}

/// Tells a notice from one of its kind that was given before: what happens twice is said twice.
fn given(state: &State, notice: &Notice) -> String {
    let kind = notice.state();
    let times = state.given.get(kind).copied().unwrap_or_default();
    format!("{kind} {times}")
}

/// The sentences of notices once more, and why no model comes, in the region that speaks: it says
/// what is added.
fn news(state: &State) -> Vec<Node> {
    let said = |key: String, sentence: String| el("span").key(key).text(sentence + " ");
    let notices = state.notices.iter();
    let notices = notices.map(|notice| said(given(state, notice), notice.sentence()));
    let stopped = progress::stopped_at(state).map(|sentence| said("progress".to_owned(), sentence));
    notices.chain(stopped).map(Node::from).collect()
}

/// Choice of network, layer and head, in Inspect.
fn heads(state: &State) -> Vec<Node> {
    let (Some(card), Some(now)) = (&state.model.card, state.inspected()) else {
        return Vec::new();
    };
    let shape = shape(card, now.network);
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
#[path = "regions_tests.rs"]
mod tests;
