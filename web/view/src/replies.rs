//! What engines, network and storage say: a new state, and what the page has to do.

use crate::action::{Action, Effect};
use crate::answers;
use crate::engines::Status;
use crate::notice::Notice;
use crate::opening::{cancel, fetch, fetched, go_on, not_fetched, open_files};
use crate::requests::{ask_again, fly, proceed, serve};
use crate::state::{Phase, State, Trying};
use electra::protocol::{EngineKind, Event, Failure, FailureKind, Hello, ModelCard, Reply};

/// Changes the state; returns what has to be done.
pub(crate) fn update(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Shipped(list) => {
            state.model.list = list;
            // Whoever was faster with files of his own keeps them.
            let own = state.model.own.is_some() || state.model.trying.is_some();
            if own { Vec::new() } else { fetch(state) }
        }
        Action::Model(id) => {
            let first = state.model.list.models.first().map(|model| model.id.as_str());
            state.link.model = (first != Some(id.as_str())).then_some(id);
            let mut effects = vec![Effect::WriteAddress];
            effects.extend(fetch(state));
            effects
        }
        Action::Progress { loaded, total, kept } => {
            if state.model.is_loading() {
                state.model.phase = Phase::Loading { loaded, total, kept };
            }
            Vec::new()
        }
        // Engines may have died before the last byte; then nothing opens it.
        Action::Fetched if matches!(state.model.phase, Phase::Failed(_)) => proceed(state),
        Action::Fetched => fetched(state),
        Action::FetchFailed(reason) => not_fetched(state, Some(reason)),
        Action::Cancel => cancel(state),
        Action::Retry => fetch(state),
        Action::Files(name) => open_files(state, name),
        Action::Kept(kept) => {
            if let Some(message) = kept.refused.clone() {
                state.notify(Notice::Quota { message });
            }
            state.model.kept = kept;
            Vec::new()
        }
        Action::Reply(kind, reply) => reply_of(state, kind, *reply),
        Action::Crashed(kind, message) => lost(state, kind, &message),
        _ => Vec::new(),
    }
}

fn reply_of(state: &mut State, kind: EngineKind, reply: Reply) -> Vec<Effect> {
    match reply.event {
        Event::Ready(hello) => ready(state, kind, hello),
        Event::Compiling { done, of } => {
            state.engines.of_mut(kind).kernels = Some((done, of));
            Vec::new()
        }
        Event::Opened(card) => opened(state, kind, reply.id, *card),
        Event::SelfTested(numbers) => {
            state.engines.of_mut(kind).numbers = Some(numbers);
            state.engines.of_mut(kind).testing = false;
            let Some(difference) = state.engines.compare() else { return proceed(state) };
            state.notify(Notice::SelfTestFailed { difference });
            vec![Effect::Stop(EngineKind::Gpu)]
        }
        Event::Measured(measured) => {
            state.engines.of_mut(kind).speed = measured.median();
            state.engines.of_mut(kind).timing = false;
            proceed(state)
        }
        Event::Failed(failure) => failed(state, kind, reply.id, &failure),
        answer => answers::update(state, reply.id, answer),
    }
}

fn ready(state: &mut State, kind: EngineKind, hello: Hello) -> Vec<Effect> {
    if hello.build != state.build {
        return lost(state, kind, "it is of another build; reload the page");
    }
    let engine = state.engines.of_mut(kind);
    engine.status = Status::Started;
    engine.hello = Some(hello);
    proceed(state)
}

/// Whether an engine reads the page's model in this request.
fn reads(state: &State, kind: EngineKind, id: Option<u32>) -> bool {
    id.is_some_and(|id| state.engines.of(kind).status == Status::Opening(id))
}

fn opened(state: &mut State, kind: EngineKind, id: Option<u32>, card: ModelCard) -> Vec<Effect> {
    let mut effects = Vec::new();
    let tried = state.model.trying.take_if(|trying| Some(trying.request) == id);
    let own = tried.is_some();
    if let Some(Trying { name, .. }) = tried {
        state.engines.forget_model();
        state.judged = None;
        state.drop_notice("cut-second");
        state.model.own = Some(name.clone());
        state.notify(Notice::Done(format!("Opened {name}; nothing of it leaves this device.")));
        effects.push(Effect::Adopt(true));
    } else if !reads(state, kind, id) {
        // The visitor wanted another model meanwhile: the engine has to read that one, unless it has
        // been told so already, or a worker said this that was ended.
        let engine = state.engines.of_mut(kind);
        if !matches!(engine.status, Status::Open | Status::Started) {
            return Vec::new();
        }
        engine.status = Status::Started;
        return proceed(state);
    }
    state.engines.of_mut(kind).status = Status::Open;
    if card.task.is_some() {
        // What another model showed is no answer of this one.
        (state.shown, state.shared, state.proof, state.attention) = (None, None, None, None);
    }
    state.model.card = Some(card);
    if !state.model.is_loading() {
        state.model.phase = Phase::Ready;
    }
    // One that comes beside the engine that answers changes nothing of what that was asked for.
    let anew = own || state.engines.active() == kind;
    if anew {
        (state.asked.flying, state.reading) = (None, None);
    }
    effects.extend(serve(state, anew));
    effects
}

fn failed(state: &mut State, kind: EngineKind, id: Option<u32>, failure: &Failure) -> Vec<Effect> {
    if failure.kind == FailureKind::NoGpu {
        state.engines.gpu.status = Status::Broken(failure.message.clone());
        state.notify(Notice::NoWebGpu);
        return vec![Effect::Stop(EngineKind::Gpu)];
    }
    if failure.kind.is_fatal() {
        return lost(state, kind, &failure.message);
    }
    if let Some(tried) = state.model.trying.take_if(|trying| Some(trying.request) == id) {
        state.notify(Notice::BadFile { message: failure.message.clone() });
        let mut effects = vec![Effect::Adopt(false)];
        effects.extend(if tried.resumes { fetch(state) } else { fly(state) });
        return effects;
    }
    if reads(state, kind, id) {
        state.engines.of_mut(kind).status = Status::Broken(failure.message.clone());
        if kind == EngineKind::Cpu {
            let message = format!("This model cannot be opened: {}", failure.message);
            state.model.phase = Phase::Failed(message);
            return fly(state);
        }
    }
    if answers::is_awaited(state, id) {
        (state.asked.flying, state.reading) = (None, None);
    } else if state.engines.active() != kind && state.engines.of(kind).status == Status::Open {
        // Another engine answers, and says by itself what it cannot do.
        return Vec::new();
    }
    state.notify(Notice::Failed { message: failure.message.clone() });
    fly(state)
}

/// An engine is of no use any more: another worker takes the same input.
fn lost(state: &mut State, kind: EngineKind, message: &str) -> Vec<Effect> {
    // Of several lines, those behind the first say where in the program it happened.
    let message = message.lines().next().unwrap_or_default().trim_end_matches('.');
    let tried = state.model.trying.take_if(|trying| trying.kind == kind);
    let resumes = tried.as_ref().is_some_and(|trying| trying.resumes);
    if tried.is_some() {
        // The files were too much, which is no fault of the engine.
        state.engines.of_mut(kind).losses = 0;
    }
    let over = state.engines.lost(kind, message);
    ask_again(state);
    let mut effects = vec![Effect::Stop(kind)];
    if tried.is_some() {
        // The model before is opened by the new worker.
        state.notify(Notice::BadFile { message: message.to_owned() });
        effects.push(Effect::Adopt(false));
    } else if kind == EngineKind::Gpu {
        state.notify(Notice::GpuLost { again: over, message: message.to_owned() });
    } else if over {
        state.model.phase = Phase::Failed(format!("No engine works here: {message}"));
        return effects;
    }
    effects.extend(go_on(state, kind, resumes));
    effects
}

#[cfg(test)]
#[path = "replies_tests.rs"]
mod tests;
