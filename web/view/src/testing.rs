//! Traces, a model, and a page with its processor that tests share.

use crate::action::{Action, Effect, Files};
use crate::engines::{Probe, Status};
use crate::requests::ask;
use crate::state::{Phase, State};
use crate::update;
use electra::config::ElectraConfig;
use electra::link::Backend;
use electra::protocol::{
    Candidate, Command, EngineKind, Event, Explore, Hello, ModelCard, ModelFile, ModelList, Origin,
    Parameters, ProofToken, Read, Reply, Request, Selection, ShippedModel, TaskCard, TokenizerCard,
    Trace, TraceToken,
};

/// An open model: discriminator only, or a fine-tuned one.
pub(crate) fn card(task: Option<TaskCard>) -> ModelCard {
    ModelCard {
        config: ElectraConfig::nano(),
        has_generator: false,
        parameters: Parameters::default(),
        max_tokens: 128,
        tokenizer: TokenizerCard { vocab_size: 9, lower_case: true, strip_accents: true, mask: 4 },
        about: None,
        task,
    }
}

/// A column that was not masked.
pub(crate) fn column(text: &str, id: u32, read: &[(&str, u32, f32)]) -> TraceToken {
    let read = read.iter().map(|&(text, id, replaced)| Read {
        text: text.to_owned(),
        id,
        probability: None,
        replaced,
    });
    TraceToken {
        text: text.to_owned(),
        id,
        start: 0,
        end: 1,
        special: text.starts_with('['),
        selected: false,
        hidden: false,
        candidates: Vec::new(),
        origin: Origin::Text,
        read: read.collect(),
    }
}

/// "the chef cooked the meal" with "cooked" masked, filled by "ate" and caught.
pub(crate) fn chef() -> Trace {
    let mut masked = column("cooked", 12, &[("ate", 20, 0.91)]);
    let guess = |(text, id, probability): (&str, u32, f32)| Candidate {
        text: text.to_owned(),
        id,
        probability,
    };
    (masked.selected, masked.hidden, masked.origin) = (true, true, Origin::Sampled);
    masked.read[0].probability = Some(0.41);
    masked.candidates =
        [("ate", 20, 0.41), ("cooked", 12, 0.22), ("made", 21, 0.09)].map(guess).to_vec();
    Trace {
        text: "the chef cooked the meal".to_owned(),
        selection: Selection::Positions { positions: vec![3] },
        seed: 7,
        temperature: 1.0,
        tokens: vec![
            column("[CLS]", 2, &[("[CLS]", 2, 0.01)]),
            column("the", 10, &[("the", 10, 0.02)]),
            column("chef", 11, &[("chef", 11, 0.04)]),
            masked,
            column("the", 10, &[("the", 10, 0.03)]),
            column("meal", 13, &[("meal", 13, 0.06)]),
            column("[SEP]", 3, &[("[SEP]", 3, 0.01)]),
        ],
        truncated: 0,
        characters_read: 24,
        milliseconds: 3.0,
    }
}

/// A token of a text that was proofread.
pub(crate) fn proof_token(text: &str, start: usize, end: usize, replaced: f32) -> ProofToken {
    ProofToken { text: text.to_owned(), id: 1, start, end, replaced }
}

/// A page that has just come, with one example.
pub(crate) fn fresh() -> State {
    let mut trace = chef();
    trace.seed = 1;
    State { stored: vec![trace], ..State::default() }
}

/// What the page ships: two models.
pub(crate) fn shipped() -> ModelList {
    let file = ModelFile { bytes: 2_000_000, ..ModelFile::default() };
    let model = |id: &str| ShippedModel {
        id: id.to_owned(),
        files: vec![file.clone()],
        ..ShippedModel::default()
    };
    ModelList { models: ["nano", "tiny"].map(model).to_vec() }
}

/// An engine says something.
pub(crate) fn says(
    state: &mut State,
    kind: EngineKind,
    id: Option<u32>,
    event: Event,
) -> Vec<Effect> {
    update(state, Action::Reply(kind, Box::new(Reply { id, event })))
}

/// An engine's worker is here.
pub(crate) fn started(state: &mut State, kind: EngineKind) -> Vec<Effect> {
    let hello = Hello { engine: kind, build: state.build.clone(), adapter: None };
    says(state, kind, None, Event::Ready(hello))
}

/// A page whose processor answers.
pub(crate) fn ready() -> State {
    let mut state = fresh();
    update(&mut state, Action::Address(String::new()));
    update(&mut state, Action::Shipped(shipped()));
    state.engines.cpu.status = Status::Open;
    state.model.phase = Phase::Ready;
    let effects = ask(&mut state);
    let (id, explore) = explored(&effects).expect("an exploration");
    answer(&mut state, id, &explore);
    state
}

/// The GPU is open, and the visitor has it answer.
pub(crate) fn turns_to_gpu(state: &mut State) {
    state.engines.probe = Probe::Hardware("x".to_owned());
    (state.engines.gpu.status, state.engines.gpu.speed) = (Status::Open, Some(1.0));
    update(state, Action::Backend(Backend::Gpu));
}

/// Whether an engine is told that nobody waits for this request any more.
pub(crate) fn cancels(effects: &[Effect], kind: EngineKind, id: u32) -> bool {
    effects.iter().any(|effect| {
        matches!(effect, Effect::Send(to, Request { command: Command::Cancel { request }, .. }, _)
            if (*to, *request) == (kind, id))
    })
}

/// The exploration that is asked for, with its number.
pub(crate) fn explored(effects: &[Effect]) -> Option<(u32, Explore)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Send(_, request, _) => match &request.command {
            Command::Explore(explore) => Some((request.id, explore.clone())),
            _ => None,
        },
        _ => None,
    })
}

/// The visitor opens files; returns the request's number.
pub(crate) fn tried(state: &mut State) -> u32 {
    let effects = update(state, Action::Files("a folder".to_owned()));
    let Some(Effect::Send(EngineKind::Cpu, request, Files::Tried)) = effects.last() else {
        panic!("{effects:?}");
    };
    request.id
}

/// An engine has opened files.
pub(crate) fn has_opened() -> Event {
    Event::Opened(Box::new(card(None)))
}

/// The processor explores what it was asked for.
pub(crate) fn answer(state: &mut State, id: u32, explore: &Explore) -> Vec<Effect> {
    let trace = Trace {
        text: explore.text.clone(),
        selection: explore.selection.clone(),
        seed: explore.seed,
        ..chef()
    };
    says(state, EngineKind::Cpu, Some(id), Event::Explored(trace))
}
