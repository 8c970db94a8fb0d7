//! Whatever engines, network and files do, the page goes on, or says why not.

use super::*;
use crate::action::Files;
use crate::engines::Probe;
use crate::regions;
use crate::testing::{
    answer, cancels, chef, explored, fresh, has_opened, proof_token, ready, says, shipped, started,
    tried,
};
use crate::update;
use electra::link::{Backend, Mode};
use electra::protocol::{Proof, SelfTest, Trace};

#[test]
fn bytes_then_engine_then_answer() {
    let mut state = fresh();
    update(&mut state, Action::Address(String::new()));
    let effects = update(&mut state, Action::Shipped(shipped()));
    assert_eq!(effects, [Effect::Fetch("nano".to_owned())]);
    update(&mut state, Action::Progress { loaded: 1_000_000, total: 2_000_000, kept: false });
    let shown = regions::regions(&state).into_iter().find(|(id, _)| *id == "progress");
    let words: String = shown.expect("progress").1.iter().map(crate::node::Node::to_text).collect();
    assert!(words.contains("1.0 of 2.0 MB"), "{words}");
    started(&mut state, EngineKind::Cpu);
    let effects = update(&mut state, Action::Fetched);
    assert!(
        matches!(&effects[..], [Effect::Send(EngineKind::Cpu, _, Files::Model)]),
        "{effects:?}"
    );
}

#[test]
fn without_network_the_examples_stay_and_one_can_try_again() {
    let mut state = fresh();
    update(&mut state, Action::Address(String::new()));
    update(&mut state, Action::Shipped(shipped()));
    update(&mut state, Action::FetchFailed("no route".to_owned()));
    assert_eq!(state.model.phase.name(), "offline");
    assert!(!regions::verdict(&state).is_empty());
    assert_eq!(update(&mut state, Action::Retry), [Effect::Fetch("nano".to_owned())]);
}

#[test]
fn a_bad_file_leaves_the_model_before() {
    let mut state = ready();
    let id = tried(&mut state);
    let failure = Failure::new(FailureKind::BadFile, "tensor `x` is missing");
    let effects = says(&mut state, EngineKind::Cpu, Some(id), Event::Failed(failure));
    assert!(effects.contains(&Effect::Adopt(false)));
    assert_eq!(state.notices.last().expect("a notice").state(), "bad-file");
    assert!(explored(&update(&mut state, Action::SampleAgain)).is_some());
}

#[test]
fn files_wait_for_their_own_answer_while_another_model_opens() {
    let mut state = fresh();
    update(&mut state, Action::Address(String::new()));
    update(&mut state, Action::Shipped(shipped()));
    update(&mut state, Action::Fetched);
    started(&mut state, EngineKind::Cpu);
    let Status::Opening(first) = state.engines.cpu.status else { panic!("it opens the model") };
    let own = tried(&mut state);
    says(&mut state, EngineKind::Cpu, Some(first), has_opened());
    assert_eq!((state.model.own.as_deref(), state.model.phase.name()), (None, "ready"));
    let effects = says(&mut state, EngineKind::Cpu, Some(own), has_opened());
    assert!(effects.contains(&Effect::Adopt(true)), "{effects:?}");
    assert_eq!(state.model.own.as_deref(), Some("a folder"));
}

#[test]
fn a_model_that_nobody_wants_any_more_is_not_shown() {
    let mut state = ready();
    let own = tried(&mut state);
    update(&mut state, Action::Retry);
    says(&mut state, EngineKind::Cpu, Some(own), has_opened());
    assert_eq!((state.model.own.as_deref(), state.model.phase.name()), (None, "loading"));
    let effects = update(&mut state, Action::Fetched);
    assert!(
        matches!(&effects[..], [Effect::Send(EngineKind::Cpu, _, Files::Model)]),
        "{effects:?}"
    );
}

#[test]
fn what_else_fails_meanwhile_is_no_fault_of_the_files() {
    let mut state = ready();
    let own = tried(&mut state);
    let failure = Failure::new(FailureKind::BadText, "it has no tokens");
    says(&mut state, EngineKind::Cpu, Some(own + 1), Event::Failed(failure));
    assert_eq!(state.notices.last().expect("a notice").state(), "failed");
    update(&mut state, Action::Crashed(EngineKind::Gpu, "gone".to_owned()));
    assert_eq!(state.notices.last().expect("a notice").state(), "gpu-lost");
    says(&mut state, EngineKind::Cpu, Some(own), has_opened());
    assert_eq!(state.model.own.as_deref(), Some("a folder"));
}

#[test]
fn files_that_kill_engines_leave_the_model_before() {
    let mut state = ready();
    for _ in 0..3 {
        tried(&mut state);
        let effects = update(&mut state, Action::Crashed(EngineKind::Cpu, "trap".to_owned()));
        assert!(effects.contains(&Effect::Start(EngineKind::Cpu)), "{effects:?}");
        started(&mut state, EngineKind::Cpu);
    }
    assert!(matches!(state.engines.cpu.status, Status::Opening(_)), "{:?}", state.engines.cpu);
    assert_eq!(state.model.phase.name(), "opening");
}

#[test]
fn files_start_a_broken_engine_anew() {
    let mut state = ready();
    for _ in 0..2 {
        update(&mut state, Action::Crashed(EngineKind::Cpu, "trap".to_owned()));
    }
    assert_eq!(state.model.phase.name(), "failed");
    let effects = update(&mut state, Action::Files("a folder".to_owned()));
    assert_eq!(effects, [Effect::Start(EngineKind::Cpu)]);
    started(&mut state, EngineKind::Cpu);
    tried(&mut state);
}

#[test]
fn an_engine_of_another_build_is_not_used() {
    let mut state = fresh();
    update(&mut state, Action::Address(String::new()));
    let hello = Hello { engine: EngineKind::Cpu, build: "another".to_owned(), adapter: None };
    let effects = says(&mut state, EngineKind::Cpu, None, Event::Ready(hello.clone()));
    assert_eq!(effects, [Effect::Stop(EngineKind::Cpu), Effect::Start(EngineKind::Cpu)]);
    says(&mut state, EngineKind::Cpu, None, Event::Ready(hello));
    let Phase::Failed(message) = &state.model.phase else { panic!("{:?}", state.model.phase) };
    assert!(message.contains("another build"), "{message}");
}

#[test]
fn a_dead_engine_is_replaced_and_gets_the_same_input() {
    let mut state = ready();
    update(&mut state, Action::SampleAgain);
    let effects = update(&mut state, Action::Crashed(EngineKind::Cpu, "trap".to_owned()));
    let stop_then_start = [Effect::Stop(EngineKind::Cpu), Effect::Start(EngineKind::Cpu)];
    assert_eq!(effects, stop_then_start);
    started(&mut state, EngineKind::Cpu);
    let Status::Opening(id) = state.engines.cpu.status else { panic!("it opens the model") };
    assert!(id > 0);
    state.engines.cpu.status = Status::Open;
    let (_, explore) = explored(&fly(&mut state)).expect("the same input");
    assert_eq!(explore.seed, 2);
}

#[test]
fn a_gpu_with_wrong_numbers_is_stopped_with_the_reason() {
    let mut state = ready();
    state.link.backend = Backend::Gpu;
    update(&mut state, Action::Probed(Probe::Hardware("x".to_owned())));
    started(&mut state, EngineKind::Gpu);
    let test = |number| Event::SelfTested(SelfTest { numbers: vec![number] });
    says(&mut state, EngineKind::Cpu, None, test(1.0));
    let effects = says(&mut state, EngineKind::Gpu, None, test(1.5));
    assert_eq!(effects, [Effect::Stop(EngineKind::Gpu)]);
    assert!(state.notices.last().expect("a notice").sentence().contains("0.500"));
}

#[test]
fn a_model_that_arrives_after_the_engines_died_is_not_said_to_be_opening() {
    let mut state = fresh();
    update(&mut state, Action::Address(String::new()));
    update(&mut state, Action::Shipped(shipped()));
    for _ in 0..3 {
        update(&mut state, Action::Crashed(EngineKind::Cpu, "another build".to_owned()));
    }
    assert!(matches!(state.model.phase, Phase::Failed(_)), "{:?}", state.model.phase);
    update(&mut state, Action::Fetched);
    assert!(matches!(state.model.phase, Phase::Failed(_)), "{:?}", state.model.phase);
}

#[test]
fn an_engine_that_reads_the_newer_model_is_not_told_a_second_time() {
    let mut state = ready();
    let own = tried(&mut state);
    update(&mut state, Action::Retry);
    update(&mut state, Action::Fetched);
    let Status::Opening(newer) = state.engines.cpu.status else { panic!("it opens the model") };
    assert_eq!(says(&mut state, EngineKind::Cpu, Some(own), has_opened()), []);
    says(&mut state, EngineKind::Cpu, Some(newer), has_opened());
    assert_eq!((state.model.own.as_deref(), state.model.phase.name()), (None, "ready"));
}

#[test]
fn whoever_wants_something_else_does_not_wait_for_a_long_text() {
    let mut state = ready();
    let effects = update(&mut state, Action::Mode(Mode::Proofread));
    let Some(Effect::Send(EngineKind::Cpu, long, _)) = effects.last() else {
        panic!("{effects:?}")
    };
    let (long, done) = (long.id, Event::Proofreading { done: 1, of: 9 });
    says(&mut state, EngineKind::Cpu, Some(long), done);
    let effects = update(&mut state, Action::Mode(Mode::Explore));
    assert!(cancels(&effects, EngineKind::Cpu, long), "{effects:?}");
    // It is told once, whatever else is wanted before it answers.
    let effects = update(&mut state, Action::SampleAgain);
    assert!(!cancels(&effects, EngineKind::Cpu, long), "{effects:?}");
    let effects = says(&mut state, EngineKind::Cpu, Some(long), Event::Cancelled);
    assert!(explored(&effects).is_some(), "{effects:?}");
    assert_eq!(state.reading, None);
}

/// A page whose processor reads a long text, in the request that is returned, while its GPU reads the
/// model, in request 99.
fn reads_while_a_gpu_opens(wanted: Backend) -> (State, u32) {
    let mut state = ready();
    state.link.backend = wanted;
    state.engines.probe = Probe::Hardware("x".to_owned());
    state.engines.cpu.speed = Some(400.0);
    update(&mut state, Action::Mode(Mode::Proofread));
    let long = state.asked.flying.expect("a long text");
    says(&mut state, EngineKind::Cpu, Some(long), Event::Proofreading { done: 2, of: 9 });
    state.engines.gpu.status = Status::Opening(99);
    (state, long)
}

#[test]
fn a_gpu_that_opens_beside_the_processor_neither_repeats_nor_discards_its_work() {
    let (mut state, long) = reads_while_a_gpu_opens(Backend::Auto);
    let to_cpu = |effect: &Effect| matches!(effect, Effect::Send(EngineKind::Cpu, ..));
    let effects = says(&mut state, EngineKind::Gpu, Some(99), has_opened());
    assert!(!effects.iter().any(to_cpu), "{effects:?}");
    assert_eq!((state.asked.flying, state.reading), (Some(long), Some((2, 9))));
    let tokens = vec![proof_token("the", 0, 3, 0.9)];
    let proof = Proof { text: chef().text, tokens, windows: 1, milliseconds: 1.0 };
    says(&mut state, EngineKind::Cpu, Some(long), Event::Proofread(proof.clone()));
    state.engines.gpu.status = Status::Opening(100);
    let effects = says(&mut state, EngineKind::Gpu, Some(100), has_opened());
    assert!(!effects.iter().any(to_cpu), "{effects:?}");
    assert_eq!((state.asked.flying, state.proof), (None, Some(proof)));
}

#[test]
fn a_gpu_that_answers_as_soon_as_it_opens_takes_the_processors_work_over() {
    let (mut state, long) = reads_while_a_gpu_opens(Backend::Gpu);
    let effects = says(&mut state, EngineKind::Gpu, Some(99), has_opened());
    assert!(cancels(&effects, EngineKind::Cpu, long), "{effects:?}");
    assert_eq!((state.asked.by, state.reading), (Some(EngineKind::Gpu), None));
    assert!(state.asked.flying.is_some_and(|id| id != long), "{:?}", state.asked);
    assert_eq!(says(&mut state, EngineKind::Cpu, Some(long), Event::Cancelled), []);
}

#[test]
fn an_older_answer_is_not_compared_with_the_results_of_a_link() {
    let mut state = ready();
    let (id, explore) = explored(&update(&mut state, Action::SampleAgain)).expect("an exploration");
    let mut link = state.link.clone();
    let mut seen = Trace { seed: 99, ..chef() };
    seen.tokens[3].read[0].replaced = 0.5;
    (link.text, link.seed) = (Some(seen.text.clone()), Some(seen.seed));
    link.results = Some(Box::new(seen));
    update(&mut state, Action::Address(electra::link::print(&link)));
    answer(&mut state, id, &explore);
    assert!(state.notices.iter().all(|notice| notice.state() != "recomputed"));
    assert_eq!(state.shown.expect("the link's").tokens[3].suspicion(), 0.5);
}
