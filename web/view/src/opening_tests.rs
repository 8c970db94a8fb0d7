//! Models come, or do not, and until then the one before answers.

use super::*;
use crate::action::Action;
use crate::testing::{
    answer, chef, explored, fresh, has_opened, ready, says, shipped, started, tried, turns_to_gpu,
};
use crate::update;
use electra::protocol::{Event, Failure, FailureKind};

/// Another of the shipped models is chosen, comes, and is opened by the processor.
fn opens(state: &mut State, name: &str) {
    update(state, Action::Model(name.to_owned()));
    update(state, Action::Fetched);
    let Status::Opening(id) = state.engines.cpu.status else { panic!("it opens the model") };
    says(state, EngineKind::Cpu, Some(id), has_opened());
}

/// Lets the processor answer what it was asked for.
fn answered(state: &mut State) {
    let Some(id) = state.asked.flying else { return };
    let scene = crate::scene::scene(state);
    answer(state, id, &scene);
}

#[test]
fn the_model_before_answers_until_the_next_is_here_and_stays_if_it_does_not_come() {
    let mut state = ready();
    opens(&mut state, "tiny");
    answered(&mut state);
    for ending in [Action::Cancel, Action::FetchFailed("the server answers 404".to_owned())] {
        update(&mut state, Action::Model("nano".to_owned()));
        assert_eq!((state.model.phase.name(), &state.link.model), ("loading", &None));
        let effects = update(&mut state, Action::SampleAgain);
        let (id, explore) = explored(&effects).expect("the model before answers");
        answer(&mut state, id, &explore);
        update(&mut state, ending);
        assert_eq!(state.model.phase.name(), "ready");
        assert_eq!(state.link.model.as_deref(), Some("tiny"));
    }
    assert!(state.notices.last().expect("a notice").sentence().contains("404"));
}

#[test]
fn an_engine_that_died_while_the_next_was_coming_reads_the_model_before_again() {
    let mut state = ready();
    opens(&mut state, "tiny");
    update(&mut state, Action::Model("nano".to_owned()));
    update(&mut state, Action::Crashed(EngineKind::Cpu, "trap".to_owned()));
    started(&mut state, EngineKind::Cpu);
    let effects = update(&mut state, Action::Cancel);
    let opens = |effect: &Effect| matches!(effect, Effect::Send(_, _, Files::Model));
    assert!(effects.iter().any(opens), "{effects:?}");
    assert_eq!(state.model.phase.name(), "opening");
}

#[test]
fn results_in_a_link_to_another_model_are_not_compared_with_the_model_before() {
    let mut state = ready();
    let mut link = state.link.clone();
    let mut seen = chef();
    seen.tokens[3].read[0].replaced = 0.5;
    (link.model, link.text) = (Some("tiny".to_owned()), Some(seen.text.clone()));
    link.results = Some(Box::new(seen));
    let effects = update(&mut state, Action::Address(electra::link::print(&link)));
    assert!(effects.contains(&Effect::Fetch("tiny".to_owned())), "{effects:?}");
    assert!(explored(&effects).is_none(), "{effects:?}");
    assert_eq!(state.shown.as_ref().expect("the link's").tokens[3].suspicion(), 0.5);
    let effects = update(&mut state, Action::Fetched);
    let Status::Opening(id) = state.engines.cpu.status else { panic!("{effects:?}") };
    let effects = says(&mut state, EngineKind::Cpu, Some(id), has_opened());
    assert!(explored(&effects).is_some(), "{effects:?}");
}

#[test]
fn files_that_are_given_up_for_a_shipped_model_answer_nothing() {
    let mut state = ready();
    tried(&mut state);
    update(&mut state, Action::Model("tiny".to_owned()));
    assert!(explored(&update(&mut state, Action::SampleAgain)).is_none());
}

#[test]
fn whoever_gives_his_files_up_has_the_model_before_again_in_a_new_engine() {
    let mut state = ready();
    let own = tried(&mut state);
    let cpu = EngineKind::Cpu;
    let effects = update(&mut state, Action::Cancel);
    assert_eq!(effects, [Effect::Stop(cpu), Effect::Adopt(false), Effect::Start(cpu)]);
    assert_eq!((state.model.phase.name(), state.engines.cpu.losses), ("opening", 0));
    assert_eq!(says(&mut state, cpu, Some(own), has_opened()), []);
    assert_eq!(state.engines.cpu.status, Status::Starting, "that was the engine before");
    let effects = started(&mut state, cpu);
    assert!(matches!(&effects[..], [Effect::Send(_, _, Files::Model)]), "{effects:?}");
    let id = state.requests;
    let effects = says(&mut state, cpu, Some(id), has_opened());
    assert!(explored(&effects).is_some(), "{effects:?}");
    assert_eq!((state.model.phase.name(), &state.model.own), ("ready", &None));
    assert_eq!(state.notices, []);
}

#[test]
fn files_that_wait_behind_a_model_being_opened_are_given_up_and_that_one_is_opened() {
    let mut state = fresh();
    update(&mut state, Action::Address(String::new()));
    update(&mut state, Action::Shipped(shipped()));
    let cpu = EngineKind::Cpu;
    started(&mut state, cpu);
    update(&mut state, Action::Fetched);
    assert_eq!(state.model.phase, Phase::Opening);
    let own = tried(&mut state);
    let effects = update(&mut state, Action::Cancel);
    assert_eq!(effects, [Effect::Stop(cpu), Effect::Adopt(false), Effect::Start(cpu)]);
    assert_eq!((state.model.phase.name(), &state.model.trying), ("opening", &None));
    let effects = started(&mut state, cpu);
    assert!(matches!(&effects[..], [Effect::Send(_, _, Files::Model)]), "{effects:?}");
    let id = state.requests;
    assert_eq!(says(&mut state, cpu, Some(own), has_opened()), []);
    let effects = says(&mut state, cpu, Some(id), has_opened());
    assert!(explored(&effects).is_some(), "{effects:?}");
    assert_eq!((state.model.phase.name(), &state.model.own), ("ready", &None));
}

#[test]
fn files_that_hold_up_the_gpu_are_given_up_and_the_processor_answers() {
    let mut state = ready();
    turns_to_gpu(&mut state);
    update(&mut state, Action::Files("a folder".to_owned()));
    let effects = update(&mut state, Action::Cancel);
    assert!(effects.starts_with(&[Effect::Stop(EngineKind::Gpu), Effect::Adopt(false)]));
    assert!(explored(&effects).is_some(), "{effects:?}");
    assert_eq!((state.model.phase.name(), state.asked.by), ("ready", Some(EngineKind::Cpu)));
}

/// A page whose first model was on its way when the visitor opened files; with their request.
fn interrupted() -> (State, u32) {
    let mut state = fresh();
    update(&mut state, Action::Address(String::new()));
    update(&mut state, Action::Shipped(shipped()));
    started(&mut state, EngineKind::Cpu);
    let id = tried(&mut state);
    assert_eq!(state.model.phase.name(), "cancelled");
    (state, id)
}

#[test]
fn files_that_interrupted_the_first_model_and_are_given_up_let_it_come() {
    let (mut state, _) = interrupted();
    let effects = update(&mut state, Action::Cancel);
    assert_eq!(effects.last(), Some(&Effect::Fetch("nano".to_owned())));
    assert_eq!(state.model.phase.name(), "loading");
}

#[test]
fn files_that_interrupted_the_first_model_and_are_none_let_it_come() {
    let (mut state, id) = interrupted();
    let failure = Failure::new(FailureKind::BadFile, "it is no model");
    let effects = says(&mut state, EngineKind::Cpu, Some(id), Event::Failed(failure));
    assert_eq!(effects, [Effect::Adopt(false), Effect::Fetch("nano".to_owned())]);
}
