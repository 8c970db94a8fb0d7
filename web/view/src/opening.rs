//! Where a model comes from: what the page ships, or files of the visitor.

use crate::action::{Effect, Files};
use crate::engines::Status;
use crate::notice::Notice;
use crate::requests::{ask_again, fly, proceed, send};
use crate::state::{Phase, State, Trying};
use electra::protocol::{Command, EngineKind};

/// Fetches the model that the address names, or the first.
pub(crate) fn fetch(state: &mut State) -> Vec<Effect> {
    let list = &state.model.list.models;
    let named = state.link.model.as_deref();
    let found = list.iter().find(|model| Some(model.id.as_str()) == named).cloned();
    let first = list.first().cloned();
    if named.is_some() && found.is_none() {
        let message = "The link names a model that this page does not ship; the first is opened.";
        state.notify(Notice::Failed { message: message.to_owned() });
        state.link.model = None;
    }
    let Some(model) = found.or(first) else {
        state.model.phase = Phase::Offline("this page ships none".to_owned());
        return Vec::new();
    };
    let total = model.files.iter().map(|file| file.bytes).sum();
    if let Some(given_up) = state.model.trying.take() {
        // It will hold those files, which nobody wants any more.
        let engine = state.engines.of_mut(given_up.kind);
        if engine.status == Status::Open {
            engine.status = Status::Started;
        }
    }
    state.engines.cpu.mend();
    state.model.phase = Phase::Loading { loaded: 0, total, kept: false };
    vec![Effect::Fetch(model.id)]
}

/// All bytes are here: the model before, which has answered until now, makes room.
pub(crate) fn fetched(state: &mut State) -> Vec<Effect> {
    state.model.own = None;
    state.model.open.clone_from(&state.link.model);
    if state.task().is_some() {
        state.model.card = None;
        state.judged = None;
        state.second.clear();
        state.drop_notice("cut-second");
    }
    state.engines.forget_model();
    state.model.phase = Phase::Opening;
    proceed(state)
}

/// The model does not come, for this reason, or because nobody wants it any more.
pub(crate) fn not_fetched(state: &mut State, reason: Option<String>) -> Vec<Effect> {
    let answering = &state.engines.of(state.engines.active()).status;
    let opens = matches!(answering, Status::Open | Status::Opening(_));
    if state.model.card.is_none() && !opens {
        state.model.phase = reason.map_or(Phase::Cancelled, Phase::Offline);
        return Vec::new();
    }
    // The files of the model before are still here, also for an engine that has died meanwhile.
    state.model.phase = if state.engines.can_answer() { Phase::Ready } else { Phase::Opening };
    state.shared = None;
    state.link.model.clone_from(&state.model.open);
    if let Some(reason) = reason {
        let message =
            format!("The model does not arrive ({reason}), so the one before stays open.");
        state.notify(Notice::Failed { message });
    }
    let mut effects = vec![Effect::WriteAddress];
    effects.extend(proceed(state));
    effects.extend(fly(state));
    effects
}

/// The visitor does not want to wait any more, be it for bytes or for files of his own.
pub(crate) fn cancel(state: &mut State) -> Vec<Effect> {
    if let Some(tried) = state.model.trying.take() {
        return give_files_up(state, &tried);
    }
    let mut effects = vec![Effect::StopFetching];
    effects.extend(not_fetched(state, None));
    effects
}

/// Only its end takes an engine from files that it is reading: a new one opens the model before.
fn give_files_up(state: &mut State, tried: &Trying) -> Vec<Effect> {
    state.engines.end(tried.kind);
    ask_again(state);
    let mut effects = vec![Effect::Stop(tried.kind), Effect::Adopt(false)];
    effects.extend(go_on(state, tried.kind, tried.resumes));
    effects
}

/// An engine was ended: its next worker opens the model before, and is asked the same. A first model
/// that files interrupted is fetched again.
pub(crate) fn go_on(state: &mut State, kind: EngineKind, resumes: bool) -> Vec<Effect> {
    if state.model.phase == Phase::Ready && kind == EngineKind::Cpu {
        state.model.phase = Phase::Opening;
    }
    let mut effects = proceed(state);
    effects.extend(if resumes { fetch(state) } else { fly(state) });
    effects
}

/// Files of the visitor go to the engine that answers, or to the processor's.
pub(crate) fn open_files(state: &mut State, name: String) -> Vec<Effect> {
    state.drop_notice("bad-file");
    let kind = state.engines.active();
    let engine = state.engines.of_mut(kind);
    // Its worker may be gone, and nobody would answer.
    engine.mend();
    if matches!(engine.status, Status::Off | Status::Starting) {
        let message = "The engine is still starting; open the files again in a moment.";
        state.notify(Notice::Failed { message: message.to_owned() });
        return proceed(state);
    }
    let loading = state.model.is_loading();
    let mut effects = vec![Effect::StopFetching];
    if loading {
        effects.extend(not_fetched(state, None));
    }
    let resumes = state.model.phase == Phase::Cancelled && loading;
    effects.push(send(state, kind, Command::Open, Files::Tried));
    state.model.trying = Some(Trying { name, kind, request: state.requests, resumes });
    effects
}

#[cfg(test)]
#[path = "opening_tests.rs"]
mod tests;
