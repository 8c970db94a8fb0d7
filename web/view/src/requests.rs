//! What the engines are asked for.

use crate::action::{Effect, Files};
use crate::engines::{MEASURED, Status, Step};
use crate::notice::OF_THE_SCENE;
use crate::scene::{scene, stored};
use crate::state::{Asked, Phase, State};
use electra::link::Mode;
use electra::protocol::{
    Attention, Classify, Command, EngineKind, Inspect, NetworkName, Request, Trace,
};

/// Asks for what the address says: a stored trace answers at once, an engine as soon as it can.
pub(crate) fn ask(state: &mut State) -> Vec<Effect> {
    let scene = scene(state);
    if state.shared.is_none()
        && !state.engines.can_answer()
        && let Some(trace) = stored(&state.stored, &scene)
    {
        state.shown = Some(trace.clone());
        state.answers = state.questions;
    }
    if state.link.mode == Mode::Proofread {
        state.proof = None;
    }
    state.asked.again = true;
    let mut effects = fly(state);
    if effects.is_empty() && std::mem::take(&mut state.asked.long) {
        effects.extend(give_up(state));
    }
    effects
}

/// Ends what is being answered; the engine says when it has.
fn give_up(state: &mut State) -> Option<Effect> {
    let request = state.asked.flying?;
    let by = state.asked.by?;
    Some(send(state, by, Command::Cancel { request }, Files::None))
}

/// Brings engines and model forward, and asks the engine that answers from now on: anew, or because
/// it is another one.
pub(crate) fn serve(state: &mut State, anew: bool) -> Vec<Effect> {
    let before = state.engines.active();
    // Which engine answers is known after the next steps; the visitor is served before them.
    let steps = proceed(state);
    let turns = state.engines.active() != before;
    let mut effects = Vec::new();
    if turns {
        effects.extend(leave(state, before));
    }
    // Another one that cannot answer yet is asked when it has opened the model.
    if anew || (turns && state.engines.can_answer()) {
        effects.extend(ask(state));
    }
    effects.extend(steps);
    effects
}

/// Another engine answers than before. The one before may never: what it was asked for is given up,
/// and what it still says of that is not waited for.
fn leave(state: &mut State, before: EngineKind) -> Option<Effect> {
    state.asked.looking = None;
    if state.asked.by != Some(before) {
        return None;
    }
    let effect = give_up(state);
    state.asked = Asked::default();
    state.reading = None;
    effect
}

/// An engine was ended: nobody waits for its answer, and what is wanted has to be asked for again.
pub(crate) fn ask_again(state: &mut State) {
    state.asked = Asked { again: true, ..Asked::default() };
    state.reading = None;
}

/// The scene is another one: the address says so, and an engine answers.
pub(crate) fn changed(state: &mut State) -> Vec<Effect> {
    state.shared = None;
    state.questions += 1;
    for kind in OF_THE_SCENE {
        state.drop_notice(kind);
    }
    let mut effects = vec![Effect::WriteAddress];
    effects.extend(ask(state));
    effects
}

/// Sends what is asked for, if an engine is there and nothing is on its way.
pub(crate) fn fly(state: &mut State) -> Vec<Effect> {
    let wanted = state.asked.again && state.asked.flying.is_none();
    // A link's results are another model's than the one that answers until that is here.
    let strange = state.shared.is_some() && state.model.is_loading();
    if !wanted || strange || !state.engines.can_answer() || state.model.trying.is_some() {
        return Vec::new();
    }
    state.asked.again = false;
    let scene = scene(state);
    if scene.text.trim().is_empty() {
        (state.shown, state.proof, state.judged) = (None, None, None);
        return Vec::new();
    }
    let command = match state.mode() {
        _ if state.task().is_some() => {
            let second = Some(state.second.clone()).filter(|second| !second.trim().is_empty());
            Command::Classify(Classify { text: scene.text, second })
        }
        Mode::Proofread => Command::Proofread { text: scene.text },
        _ => Command::Explore(scene),
    };
    state.asked.long = matches!(command, Command::Proofread { .. });
    let effect = send(state, state.engines.active(), command, Files::None);
    (state.asked.flying, state.asked.by) = (Some(state.requests), Some(state.engines.active()));
    vec![effect]
}

/// A request with its number.
pub(crate) fn send(state: &mut State, kind: EngineKind, command: Command, files: Files) -> Effect {
    let id = state.number();
    Effect::Send(kind, Request { id, command }, files)
}

/// Asks where the inspected head looks, once the picture is there.
pub(crate) fn inspect(state: &mut State) -> Option<Effect> {
    let (trace, inspected) = (state.shown.as_ref()?, state.inspected()?);
    let card = state.model.card.as_ref()?;
    if state.mode() != Mode::Inspect || !state.engines.can_answer() {
        return None;
    }
    let from = place(trace, inspected.network, inspected.from);
    let ids = match inspected.network {
        NetworkName::Discriminator => trace.read_ids(),
        NetworkName::Generator => trace.masked_ids(card.tokenizer.mask),
    };
    let (network, layer, head) = (inspected.network, inspected.layer, inspected.head);
    let command = Command::Inspect(Inspect { network, ids, layer, head, from });
    let effect = send(state, state.engines.active(), command, Files::None);
    state.asked.looking = Some(state.requests);
    Some(effect)
}

/// Where a column begins in what a network reads.
pub(crate) fn place(trace: &Trace, network: NetworkName, column: usize) -> usize {
    match network {
        NetworkName::Generator => column.min(trace.tokens.len().saturating_sub(1)),
        NetworkName::Discriminator => {
            let before = trace.tokens.iter().take(column);
            let from: usize = before.map(|token| token.read.len()).sum();
            from.min(trace.read_ids().len().saturating_sub(1))
        }
    }
}

/// Where the inspected head looks from the inspected word; nothing as long as only another word's or
/// another head's looks are known.
pub fn attention<'a>(state: &'a State, trace: &Trace) -> Option<&'a Attention> {
    let (seen, now) = (state.attention.as_ref()?, state.inspected()?);
    let asked = (now.network, now.layer, now.head, place(trace, now.network, now.from));
    ((seen.network, seen.layer, seen.head, seen.from) == asked).then_some(seen)
}

/// What each column gets of the weights of what a network read.
pub fn by_column(trace: &Trace, network: NetworkName, weights: &[f32]) -> Vec<f32> {
    let mut rest = weights.iter();
    let mut take = |count: usize| rest.by_ref().take(count).sum();
    let columns = trace.tokens.iter();
    match network {
        NetworkName::Generator => columns.map(|_| take(1)).collect(),
        NetworkName::Discriminator => columns.map(|token| take(token.read.len())).collect(),
    }
}

/// Brings engines and model forward.
pub(crate) fn proceed(state: &mut State) -> Vec<Effect> {
    let here = matches!(state.model.phase, Phase::Opening | Phase::Ready);
    let steps = state.engines.next(state.link.backend, here);
    let mut effects: Vec<Effect> = Vec::new();
    for step in steps {
        effects.push(match step {
            Step::Start(kind) => Effect::Start(kind),
            Step::Stop(kind) => Effect::Stop(kind),
            Step::Test(kind) => send(state, kind, Command::SelfTest, Files::None),
            Step::Measure(kind) => {
                let (longest, passes) = MEASURED;
                let room = state.model.card.as_ref().map_or(longest, |card| card.max_tokens);
                let tokens = longest.min(room);
                send(state, kind, Command::Measure { tokens, passes }, Files::None)
            }
            Step::Open(kind) => {
                let effect = send(state, kind, Command::Open, Files::Model);
                state.engines.of_mut(kind).status = Status::Opening(state.requests);
                effect
            }
        });
    }
    effects
}
