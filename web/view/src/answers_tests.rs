//! An answer stands under the text, the word and the head that it was asked for, and is said once.

use super::*;
use crate::action::Action;
use crate::node::Node;
use crate::regions;
use crate::scene::scene;
use crate::testing::{
    answer, cancels, card, chef, explored, proof_token, ready, says, turns_to_gpu,
};
use crate::update;
use electra::link::{Backend, Inspected, Mode};
use electra::protocol::{
    Command, EngineKind, Failure, FailureKind, Inspect, ModelCard, NetworkName, Request,
};

/// A page that waits for its GPU, which says nothing; and the number of what it was asked for.
fn waits_for_gpu(mode: Mode) -> (State, u32) {
    let mut state = ready();
    state.link.mode = mode;
    turns_to_gpu(&mut state);
    assert_eq!(state.asked.by, Some(EngineKind::Gpu));
    let id = state.asked.flying.expect("a request");
    (state, id)
}

fn proof(text: &str) -> Proof {
    let tokens = vec![proof_token("the", 0, 3, 0.9)];
    Proof { text: text.to_owned(), tokens, windows: 1, milliseconds: 1.0 }
}

/// What the discriminator's first head sees from a column: most of it stands in another.
fn looks(from: usize, at: usize) -> Attention {
    let mut weights = vec![0.1; chef().tokens.len()];
    weights[at] = 0.4;
    let network = NetworkName::Discriminator;
    Attention { network, layer: 0, head: 0, from, weights, milliseconds: 1.0 }
}

/// The look that is asked for, with its number.
fn look_asked(effects: &[Effect]) -> (u32, Inspect) {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Send(_, Request { id, command: Command::Inspect(asked) }, _) => {
            Some((*id, asked.clone()))
        }
        _ => None,
    });
    found.unwrap_or_else(|| panic!("{effects:?}"))
}

/// A page in Inspect: from the first word, its head looks most at the second.
fn inspecting() -> State {
    let mut state = ready();
    state.model.card = Some(card(None));
    let effects = update(&mut state, Action::Mode(Mode::Inspect));
    let (id, explore) = explored(&effects).expect("an exploration");
    let (id, _) = look_asked(&answer(&mut state, id, &explore));
    says(&mut state, EngineKind::Cpu, Some(id), Event::Inspected(looks(1, 2)));
    state
}

#[test]
fn whoever_turns_to_the_processor_does_not_wait_for_a_gpu_that_hangs() {
    for turn in [Action::Backend(Backend::Cpu), Action::Address("backend=cpu".to_owned())] {
        let (mut state, hung) = waits_for_gpu(Mode::Explore);
        let shown = state.shown.clone();
        let effects = update(&mut state, turn);
        assert!(cancels(&effects, EngineKind::Gpu, hung), "{effects:?}");
        let (id, explore) = explored(&effects).expect("an exploration");
        assert_eq!(state.asked.by, Some(EngineKind::Cpu));
        let late = Event::Explored(Trace { seed: 99, ..chef() });
        let failure = Failure::new(FailureKind::BadText, "it has no tokens");
        for event in [late, Event::Failed(failure), Event::Cancelled] {
            assert_eq!(says(&mut state, EngineKind::Gpu, Some(hung), event), []);
        }
        assert_eq!((state.asked.flying, &state.shown), (Some(id), &shown));
        assert_eq!(state.notices, []);
        answer(&mut state, id, &explore);
        assert_eq!((state.asked.flying, state.shown.map(|trace| trace.seed)), (None, Some(1)));
    }
}

#[test]
fn what_a_gpu_that_was_left_says_of_a_long_text_is_not_taken_for_the_processors() {
    let (mut state, hung) = waits_for_gpu(Mode::Proofread);
    update(&mut state, Action::Backend(Backend::Cpu));
    let id = state.asked.flying.expect("the processor is asked");
    let progress = |done| Event::Proofreading { done, of: 9 };
    says(&mut state, EngineKind::Cpu, Some(id), progress(2));
    let late = Event::Proofread(proof(&chef().text));
    for event in [progress(7), Event::Cancelled, late] {
        says(&mut state, EngineKind::Gpu, Some(hung), event);
        assert_eq!((state.reading, &state.proof), (Some((2, 9)), &None));
    }
    assert_eq!(state.asked.flying, Some(id));
}

#[test]
fn a_text_that_was_left_shows_and_says_nothing_under_the_next() {
    let mut state = ready();
    update(&mut state, Action::Mode(Mode::Proofread));
    let (left, id) = (scene(&state).text, state.asked.flying.expect("a long text"));
    let effects = update(&mut state, Action::Text("dogs of".to_owned()));
    assert!(cancels(&effects, EngineKind::Cpu, id), "{effects:?}");
    // Its last window was read before the engine heard of it.
    says(&mut state, EngineKind::Cpu, Some(id), Event::Proofread(proof(&left)));
    let picture = |state: &State| -> String {
        let regions = regions::regions(state);
        let found = regions.iter().filter(|(id, _)| *id == "picture");
        found.flat_map(|(_, nodes)| nodes).map(Node::to_html).collect()
    };
    assert_eq!((picture(&state), regions::verdict(&state)), (String::new(), String::new()));
    assert_eq!(update(&mut state, Action::Step(1)), [], "there is no word to go to");
    let id = state.asked.flying.expect("the next text");
    says(&mut state, EngineKind::Cpu, Some(id), Event::Proofread(proof("dogs of")));
    assert!(picture(&state).contains("dog"), "{}", picture(&state));
    assert_eq!(regions::verdict(&state), "1 word looks replaced among 1 token.");
}

#[test]
fn what_a_head_sees_from_one_word_is_not_said_of_another() {
    let mut state = inspecting();
    let from_the = "From “the”, this head looks most at “chef” (40 %).";
    assert_eq!(regions::verdict(&state), from_the);
    let (id, asked) = look_asked(&update(&mut state, Action::Focus(5)));
    assert_eq!(asked.from, 5);
    let unknown = |state: &State| {
        let drawn = regions::look(state, &chef()).attention;
        (regions::verdict(state), drawn) == (String::new(), None)
    };
    assert!(unknown(&state));
    let failure = Failure::new(FailureKind::BadRequest, "no");
    says(&mut state, EngineKind::Cpu, Some(id), Event::Failed(failure));
    assert!(unknown(&state), "nor where nothing comes");
    let (id, _) = look_asked(&update(&mut state, Action::Focus(5)));
    says(&mut state, EngineKind::Cpu, Some(id), Event::Inspected(looks(5, 1)));
    assert_eq!(regions::verdict(&state), "From “meal”, this head looks most at “the” (40 %).");
}

#[test]
fn another_head_looks_at_what_was_read_and_nothing_is_read_again() {
    let mut state = inspecting();
    let (network, shown) = (NetworkName::Discriminator, state.shown.clone());
    let effects = update(&mut state, Action::Inspect { network, layer: 1, head: 2 });
    let (id, asked) = look_asked(&effects);
    assert_eq!((asked.layer, asked.head, asked.from), (1, 2, 1));
    assert_eq!((explored(&effects), state.asked.flying), (None, None));
    assert_eq!(regions::verdict(&state), "", "where this head looks is not known yet");
    let seen = Attention { layer: 1, head: 2, ..looks(1, 5) };
    says(&mut state, EngineKind::Cpu, Some(id), Event::Inspected(seen));
    assert_eq!(regions::verdict(&state), "From “the”, this head looks most at “meal” (40 %).");
    assert_eq!(state.shown, shown);
}

#[test]
fn of_several_looks_only_the_last_one_asked_for_counts() {
    let mut state = inspecting();
    let (early, _) = look_asked(&update(&mut state, Action::Focus(5)));
    let (last, _) = look_asked(&update(&mut state, Action::Focus(5)));
    says(&mut state, EngineKind::Cpu, Some(early), Event::Inspected(looks(5, 2)));
    assert_eq!(regions::verdict(&state), "");
    says(&mut state, EngineKind::Cpu, Some(last), Event::Inspected(looks(5, 1)));
    assert!(regions::verdict(&state).contains("most at “the”"), "{}", regions::verdict(&state));
}

#[test]
fn only_a_head_that_the_open_model_has_is_asked_where_it_looks() {
    let mut state = inspecting();
    let network = NetworkName::Generator;
    state.link.inspected = Some(Inspected { network, layer: 4, head: 999, from: 1 });
    let asked = |state: &mut State| {
        let (_, asked) = look_asked(&update(state, Action::Focus(5)));
        (asked.network, asked.layer, asked.head)
    };
    assert_eq!(asked(&mut state), (NetworkName::Discriminator, 3, 3), "it has no generator");
    state.model.card = Some(ModelCard { has_generator: true, ..card(None) });
    assert_eq!(asked(&mut state), (NetworkName::Generator, 1, 1));
    let wanted = state.link.inspected.map(|wanted| (wanted.layer, wanted.head));
    assert_eq!(wanted, Some((4, 999)), "another model may have it");
}

#[test]
fn an_answer_that_reads_like_the_one_before_is_said_anew_and_only_to_whoever_asked() {
    let said = |state: &State| {
        let regions = regions::regions(state);
        regions.into_iter().find(|(id, _)| *id == "verdict").expect("a verdict").1
    };
    let words = |nodes: &[Node]| nodes.iter().map(Node::to_text).collect::<String>();
    let mut state = ready();
    let before = said(&state);
    let effects = update(&mut state, Action::SampleAgain);
    assert_eq!(said(&state), before, "there is no answer yet");
    let (id, explore) = explored(&effects).expect("an exploration");
    answer(&mut state, id, &explore);
    let after = said(&state);
    assert_eq!(words(&after), words(&before));
    assert_ne!(after, before);
    // As when another engine takes over.
    let (id, explore) = explored(&crate::requests::ask(&mut state)).expect("an exploration");
    answer(&mut state, id, &explore);
    assert_eq!(said(&state), after);
}
