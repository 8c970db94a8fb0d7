//! What a visitor does has the consequences that the page promises.

use super::*;
use crate::action::Files;
use crate::engines::Status;
use crate::regions;
use crate::requests::fly;
use crate::testing::{card, chef};
use electra::protocol::{
    Command, EngineKind, Event, Explore, Failure, FailureKind, Hello, ModelFile, ModelList, Reply,
    SelfTest, ShippedModel, Trace,
};

fn fresh() -> State {
    let mut trace = chef();
    trace.seed = 1;
    State { stored: vec![trace], ..State::default() }
}

fn shipped() -> ModelList {
    let file = ModelFile { bytes: 2_000_000, ..ModelFile::default() };
    let model =
        ShippedModel { id: "nano".to_owned(), files: vec![file], ..ShippedModel::default() };
    ModelList { models: vec![model] }
}

fn says(state: &mut State, kind: EngineKind, id: Option<u32>, event: Event) -> Vec<Effect> {
    update(state, Action::Reply(kind, Box::new(Reply { id, event })))
}

fn started(state: &mut State, kind: EngineKind) -> Vec<Effect> {
    let hello = Hello { engine: kind, build: state.build.clone(), adapter: None };
    says(state, kind, None, Event::Ready(hello))
}

/// A page whose processor answers.
fn ready() -> State {
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

fn explored(effects: &[Effect]) -> Option<(u32, Explore)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Send(_, request, _) => match &request.command {
            Command::Explore(explore) => Some((request.id, explore.clone())),
            _ => None,
        },
        _ => None,
    })
}

/// The visitor opens files; returns the request's number.
fn tried(state: &mut State) -> u32 {
    let effects = update(state, Action::Files("a folder".to_owned()));
    let Some(Effect::Send(EngineKind::Cpu, request, Files::Tried)) = effects.last() else {
        panic!("{effects:?}");
    };
    request.id
}

fn opened() -> Event {
    Event::Opened(Box::new(card(None)))
}

fn answer(state: &mut State, id: u32, explore: &Explore) -> Vec<Effect> {
    let trace = Trace {
        text: explore.text.clone(),
        selection: explore.selection.clone(),
        seed: explore.seed,
        ..chef()
    };
    says(state, EngineKind::Cpu, Some(id), Event::Explored(trace))
}

#[test]
fn the_first_example_is_there_before_any_engine() {
    let mut state = fresh();
    let effects = update(&mut state, Action::Address(String::new()));
    assert!(effects.contains(&Effect::Start(EngineKind::Cpu)), "{effects:?}");
    assert_eq!(regions::verdict(&state), "Caught the one replacement, no false alarms.");
    assert_eq!(state.model.phase.name(), "cold");
}

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
fn pressing_a_token_masks_it_and_pressing_again_shows_it() {
    let mut state = ready();
    let effects = update(&mut state, Action::Press(2));
    assert!(effects.contains(&Effect::WriteAddress));
    let (id, explore) = explored(&effects).expect("an exploration");
    assert_eq!(explore.selection, Selection::Positions { positions: vec![2, 3] });
    answer(&mut state, id, &explore);
    let (_, explore) = explored(&update(&mut state, Action::Press(2))).expect("an exploration");
    assert_eq!(explore.selection, Selection::Positions { positions: vec![3] });
}

#[test]
fn a_thousand_clicks_are_one_request_at_a_time_and_the_last_one_wins() {
    let mut state = ready();
    let mut sent = Vec::new();
    for _ in 0..1000 {
        sent.extend(explored(&update(&mut state, Action::SampleAgain)));
    }
    assert_eq!(sent.len(), 1);
    let (id, explore) = sent.remove(0);
    let (_, last) = explored(&answer(&mut state, id, &explore)).expect("the last one");
    assert_eq!((explore.seed, last.seed), (2, 1001));
}

#[test]
fn sampling_again_guesses_the_same_words() {
    let mut state = ready();
    state.link.selection = Some(Selection::Rule);
    let (_, explore) = explored(&update(&mut state, Action::SampleAgain)).expect("an exploration");
    assert_eq!(explore.selection, Selection::Positions { positions: vec![3] });
    assert_eq!(explore.seed, 2);
}

#[test]
fn an_own_word_stands_until_it_is_taken_back() {
    let mut state = ready();
    let word = Action::Own { at: 2, word: " dog ".to_owned() };
    let (id, explore) = explored(&update(&mut state, word)).expect("an exploration");
    let dog = Replacement { position: 2, with: Choice::Word("dog".to_owned()) };
    assert_eq!(explore.replacements, [dog]);
    answer(&mut state, id, &explore);
    state.shown.as_mut().expect("a trace").tokens[2].origin = Origin::Typed;
    let back = Action::Own { at: 2, word: String::new() };
    let (_, explore) = explored(&update(&mut state, back)).expect("an exploration");
    assert_eq!(explore.replacements, []);
}

#[test]
fn guessing_hides_the_answer_until_it_is_asked_for() {
    let mut state = ready();
    update(&mut state, Action::Table(true));
    update(&mut state, Action::Mode(Mode::Guess));
    update(&mut state, Action::Press(3));
    let shown = |state: &State| -> String {
        let regions = regions::regions(state);
        let picked = regions.iter().filter(|(id, _)| ["picture", "verdict", "table"].contains(id));
        picked.flat_map(|(_, nodes)| nodes).map(crate::node::Node::to_html).collect()
    };
    let before = shown(&state);
    assert!(!before.contains("91") && !before.contains("cooked"), "{before}");
    update(&mut state, Action::Reveal);
    let after = shown(&state);
    assert!(after.contains("91 %") && after.contains("You found 1 of 1"), "{after}");
}

#[test]
fn numbers_from_a_link_are_shown_and_then_computed_again() {
    let mut state = ready();
    let mut link = state.link.clone();
    let mut seen = chef();
    seen.tokens[3].read[0].replaced = 0.5;
    link.text = Some(seen.text.clone());
    link.results = Some(Box::new(seen));
    let effects = update(&mut state, Action::Address(link::print(&link)));
    assert_eq!(state.shown.as_ref().expect("a trace").tokens[3].suspicion(), 0.5);
    let (id, explore) = explored(&effects).expect("an exploration");
    answer(&mut state, id, &explore);
    let sentence = state.notices.last().expect("a notice").sentence();
    assert!(sentence.contains("0.410"), "{sentence}");
}

#[test]
fn a_link_from_the_future_opens_with_a_notice() {
    let mut state = fresh();
    update(&mut state, Action::Address("v=2&s=5&x=1".to_owned()));
    assert_eq!(state.link.seed, Some(5));
    assert_eq!(state.notices[0].state(), "old-link");
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
    says(&mut state, EngineKind::Cpu, Some(first), opened());
    assert_eq!((state.model.own.as_deref(), state.model.phase.name()), (None, "ready"));
    let effects = says(&mut state, EngineKind::Cpu, Some(own), opened());
    assert!(effects.contains(&Effect::Adopt(true)), "{effects:?}");
    assert_eq!(state.model.own.as_deref(), Some("a folder"));
}

#[test]
fn a_model_that_nobody_wants_any_more_is_not_shown() {
    let mut state = ready();
    let own = tried(&mut state);
    update(&mut state, Action::Retry);
    says(&mut state, EngineKind::Cpu, Some(own), opened());
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
    says(&mut state, EngineKind::Cpu, Some(own), opened());
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
fn whoever_asks_for_a_gpu_that_is_not_there_is_told() {
    for (probe, kind) in
        [(Probe::Missing, "no-webgpu"), (Probe::Software("s".to_owned()), "software-gpu")]
    {
        let mut state = ready();
        update(&mut state, Action::Probed(probe));
        assert!(state.notices.is_empty(), "nobody asked");
        update(&mut state, Action::Backend(Backend::Gpu));
        assert_eq!(state.notices.last().expect("a notice").state(), kind);
        assert_eq!(state.engines.active(), EngineKind::Cpu);
    }
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
fn nothing_is_asked_about_an_empty_text() {
    let mut state = ready();
    let effects = update(&mut state, Action::Text("  ".to_owned()));
    assert_eq!(explored(&effects), None);
    assert_eq!(regions::verdict(&state), "");
}

#[test]
fn long_texts_are_cut_where_links_end() {
    let mut state = ready();
    update(&mut state, Action::Text("é".repeat(link::LONGEST_TEXT + 5)));
    assert_eq!(scene(&state).text.chars().count(), link::LONGEST_TEXT);
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
fn a_link_that_names_the_open_model_does_not_open_it_again() {
    let mut state = ready();
    let effects = update(&mut state, Action::Address("m=nano&t=dogs".to_owned()));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Fetch(_))), "{effects:?}");
    assert_eq!(state.model.phase, Phase::Ready);
}
