//! Where a model comes from: what the page ships, or files of the visitor.

use crate::action::{Effect, Files};
use crate::engines::Status;
use crate::notice::Notice;
use crate::requests::{proceed, send};
use crate::state::{Phase, State, Trying};
use electra::protocol::Command;

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
    (state.model.own, state.model.trying) = (None, None);
    if state.task().is_some() {
        state.model.card = None;
        state.judged = None;
        state.second.clear();
        state.drop_notice("cut-second");
    }
    state.engines.forget_model();
    state.engines.cpu.mend();
    state.model.phase = Phase::Loading { loaded: 0, total, kept: false };
    vec![Effect::Fetch(model.id)]
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
    if matches!(state.model.phase, Phase::Loading { .. }) {
        state.model.phase = Phase::Cancelled;
    }
    let effect = send(state, kind, Command::Open, Files::Tried);
    state.model.trying = Some(Trying { name, kind, request: state.requests });
    vec![Effect::StopFetching, effect]
}
