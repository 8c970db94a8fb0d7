//! Which model and which engine, and what they are.

use crate::engines::{MEASURED, Probe, Refusal, Status};
use crate::node::{Element, Node, el, text};
use crate::state::{Phase, State};
use crate::words;
use electra::link::Backend;
use electra::protocol::{About, EngineKind, ModelCard};

/// Share of the words that training masks where a model does not say: the paper's.
const USUALLY_MASKED: f32 = 0.15;

/// The pill: engine, model, last run.
pub(crate) fn name(state: &State) -> Vec<Node> {
    let engine = match state.engines.active() {
        EngineKind::Cpu => "CPU".to_owned(),
        EngineKind::Gpu => match &state.engines.probe {
            Probe::Hardware(name) | Probe::Software(name) => format!("WebGPU · {name}"),
            _ => "WebGPU".to_owned(),
        },
    };
    let time = state.shown.as_ref().map(|trace| trace.milliseconds).filter(|&time| time > 0.0);
    let mut parts = vec![engine];
    match (&state.model.phase, time) {
        (Phase::Ready, Some(time)) => parts.push(words::milliseconds(time)),
        (Phase::Ready, None) => {}
        (Phase::Loading { .. } | Phase::Opening, _) => parts.push("loading".to_owned()),
        _ => parts.push("no model".to_owned()),
    }
    let dot = el("span").class("dot").attr("aria-hidden", "true");
    vec![dot.into(), el("span").text(parts.join(" · ")).into()]
}

/// What opens below the pill.
pub(crate) fn view(state: &State) -> Vec<Node> {
    let mut nodes = vec![backends(state).into()];
    nodes.extend(gpu_words(state).map(Node::from));
    if state.model.list.models.len() > 1 {
        nodes.push(models(state).into());
    }
    nodes.push(kept(state).into());
    nodes
}

fn radio(name: &'static str, value: &str, chosen: bool, label: &str, small: &str) -> Element {
    let input = el("input")
        .attr("type", "radio")
        .attr("name", name)
        .attr("value", value)
        .attr("data-act", name)
        .flag("checked", chosen);
    let label = el("span").text(label).maybe((!small.is_empty()).then(|| el("small").text(small)));
    el("label").key(value).class("choice").child(input).child(label)
}

fn backends(state: &State) -> Element {
    let speed = |kind| state.engines.of(kind).speed;
    let (longest, _) = MEASURED;
    let tokens = state.model.card.as_ref().map_or(longest, |card| longest.min(card.max_tokens));
    let small = |kind: EngineKind, without: &str| match speed(kind) {
        Some(time) => format!("{} for {tokens} tokens", words::milliseconds(time)),
        None => without.to_owned(),
    };
    let wanted = state.link.backend;
    el("fieldset")
        .key("backends")
        .child(el("legend").class("visually-hidden").text("What computes"))
        .child(radio(
            "backend",
            "auto",
            wanted == Backend::Auto,
            "Automatic",
            "the faster one, by measurement",
        ))
        .child(radio(
            "backend",
            "cpu",
            wanted == Backend::Cpu,
            "CPU",
            &small(EngineKind::Cpu, "WebAssembly, 128-bit vectors"),
        ))
        .child(radio(
            "backend",
            "gpu",
            wanted == Backend::Gpu,
            "WebGPU",
            &small(EngineKind::Gpu, "fetches its engine when chosen"),
        ))
}

/// How the GPU stands, and why it is not used.
fn gpu_words(state: &State) -> Option<Element> {
    let paragraph = |state: &'static str, words: String| {
        el("p").key("gpu").attr("data-state", state).text(words)
    };
    match (&state.engines.probe, &state.engines.gpu.status) {
        (_, Status::Broken(reason)) => {
            Some(paragraph("gpu-broken", format!("The GPU is not used: {reason}")))
        }
        (Probe::Missing, _) => Some(
            paragraph("no-webgpu", "This browser offers no WebGPU; the CPU computes.".to_owned())
                .child(el("details").child(el("summary").text("Why?")).child(advice())),
        ),
        (Probe::Software(name), _) => Some(
            paragraph(
                "software-gpu",
                format!(
                    "Your GPU is emulated by the processor ({name}); the CPU engine is faster. "
                ),
            )
            .maybe(insist(state)),
        ),
        (Probe::Hardware(name), _) => Some(paragraph("gpu", format!("GPU: {name}"))),
        (Probe::Unknown, _) => None,
    }
}

/// Whoever asked for the GPU may have even an emulated one.
fn insist(state: &State) -> Option<Element> {
    let refused = state.engines.refusal() == Some(Refusal::Software);
    let button = el("button").attr("type", "button").attr("data-act", "use-software");
    (refused && state.link.backend == Backend::Gpu).then(|| button.text("Use it anyway"))
}

/// Where WebGPU is found.
fn advice() -> Element {
    let lines = [
        "Chrome and Edge: version 113 or newer; on Linux it may need a recent Intel or NVIDIA driver.",
        "Safari: version 26 or newer, on macOS, iOS and iPadOS.",
        "Firefox: 141 or newer on Windows, 145 or newer on Apple silicon.",
        "Everywhere: the page must come over https or from this computer.",
    ];
    el("ul").children(lines.map(|line| el("li").text(line)))
}

fn models(state: &State) -> Element {
    let first = state.model.list.models.first().map(|model| model.id.as_str());
    let now = state.link.model.as_deref().or(first);
    // One that is on its way is the chosen one: chosen again, it would not be heard.
    let own = state.model.own.is_some() && !state.model.is_loading();
    let entries = state.model.list.models.iter().map(|model| {
        let bytes: u64 = model.files.iter().map(|file| file.bytes).sum();
        let chosen = !own && Some(model.id.as_str()) == now;
        radio("model", &model.id, chosen, &model.about.name, &words::megabytes(bytes))
    });
    el("fieldset").key("models").child(el("legend").text("Model")).children(entries)
}

fn kept(state: &State) -> Element {
    let kept = &state.model.kept;
    let words = match &kept.refused {
        Some(reason) => format!("Models cannot be kept on this device: {reason}"),
        None if kept.bytes == 0 => "No model is kept on this device.".to_owned(),
        None => format!("{} of models are kept on this device.", words::megabytes(kept.bytes)),
    };
    let clear = el("button").attr("type", "button").attr("data-act", "clear-kept").text("Clear");
    let clear = (kept.bytes > 0).then_some(clear);
    el("div").key("kept").child(el("p").text(words)).maybe(clear)
}

/// What its makers say about the open model, or about the one that is on its way.
fn known(state: &State) -> Option<&About> {
    let card = state.model.card.as_ref();
    let said = card.and_then(|card| card.about.as_ref());
    if state.model.own.is_some() && card.is_some() {
        return said;
    }
    let models = &state.model.list.models;
    let named = models.iter().find(|model| Some(&model.id) == state.link.model.as_ref());
    said.or_else(|| named.or(models.first()).map(|model| &model.about))
}

/// Share of the words that training masks.
pub(crate) fn masked_share(state: &State) -> f32 {
    let objective = known(state).and_then(|about| about.objective.as_ref());
    objective.map_or(USUALLY_MASKED, |objective| objective.mask_prob as f32)
}

/// How much of what its generator puts in the discriminator finds, if that was measured.
pub(crate) fn skill(state: &State) -> Option<String> {
    let recall = known(state)?.evaluation.as_ref()?.disc_recall?;
    let found = words::out_of(recall);
    Some(format!("On text that it has not seen, this model finds {found} of the replaced words."))
}

/// What is known about the open model.
pub(crate) fn about(state: &State) -> Vec<Node> {
    let (own, card) = (state.model.own.as_deref(), state.model.card.as_ref());
    let mut facts: Vec<(&str, String)> = Vec::new();
    if let Some(name) = own {
        facts.push(("Opened", name.to_owned()));
    }
    facts.extend(known(state).into_iter().flat_map(written));
    facts.extend(card.into_iter().flat_map(seen));
    if facts.is_empty() {
        return vec![text("It is described here as soon as it is loaded.")];
    }
    let list = el("dl").class("facts").children(
        facts.into_iter().flat_map(|(name, value)| [el("dt").text(name), el("dd").text(value)]),
    );
    vec![list.into()]
}

/// What its makers say.
fn written(about: &About) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    for (name, value) in
        [("Model", &about.name), ("Trained on", &about.trained_on), ("Licence", &about.licence)]
    {
        if !value.is_empty() {
            facts.push((name, value.clone()));
        }
    }
    if let Some(steps) = about.steps {
        facts.push(("Steps", words::count(steps)));
    }
    let auc = about.evaluation.as_ref().and_then(|evaluation| evaluation.disc_auc);
    if let Some(auc) = auc {
        let meaning = "how often a replaced word looks more suspicious than an original one";
        facts.push(("Held-out AUC", format!("{auc:.3}: {meaning}")));
    }
    let recall = about.evaluation.as_ref().and_then(|evaluation| evaluation.disc_recall);
    if let Some(recall) = recall {
        facts.push((
            "Held-out recall",
            format!("{} of replaced words", words::percent(recall as f32)),
        ));
    }
    facts
}

/// What its files say.
fn seen(card: &ModelCard) -> Vec<(&'static str, String)> {
    let shape = &card.config.discriminator;
    let mut facts = vec![
        (
            "Discriminator",
            format!(
                "{} layers of {}, {} parameters",
                shape.num_hidden_layers,
                shape.hidden_size,
                words::count(card.parameters.discriminator)
            ),
        ),
        ("Vocabulary", format!("{} pieces", card.tokenizer.vocab_size)),
    ];
    if card.has_generator {
        facts.push((
            "Generator",
            format!("{} more parameters", words::count(card.parameters.generator)),
        ));
    } else {
        facts.push(("Generator", "none: type your own words instead".to_owned()));
    }
    facts
}
