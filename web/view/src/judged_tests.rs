//! What a fine-tuned model says is said in sentences, and the page around it changes and comes back.

use super::*;
use crate::action::{Action, Effect, Files};
use crate::engines::Status;
use crate::regions;
use crate::state::Phase;
use crate::testing::{card, chef};
use crate::update;
use electra::link::Mode;
use electra::protocol::{
    Classify, Command, EngineKind, Event, ModelFile, ModelList, Reply, ShippedModel,
};

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn task(kind: TaskKind) -> TaskCard {
    TaskCard { name: "mood".to_owned(), kind, reads_pairs: true, longest_row: 128 }
}

fn classifier() -> TaskCard {
    task(TaskKind::Classification { labels: names(&["good", "<b>bad</b>"]) })
}

fn judged(answer: Answer) -> Judgement {
    let asked = Classify { text: "the chef cooked the meal".to_owned(), second: None };
    Judgement { asked, answer, truncated: false, milliseconds: 2.0 }
}

fn shares(shares: &[(&str, f32)]) -> Judgement {
    let share =
        |&(label, probability): &(&str, f32)| LabelShare { label: label.to_owned(), probability };
    judged(Answer::Labels(shares.iter().map(share).collect()))
}

fn tagged(words: &[(&str, &str)]) -> Judgement {
    let word = |&(word, tag): &(&str, &str)| TaggedWord {
        word: word.to_owned(),
        tag: tag.to_owned(),
        probability: 0.8,
    };
    judged(Answer::Tags(words.iter().map(word).collect()))
}

fn says(state: &mut State, id: Option<u32>, event: Event) -> Vec<Effect> {
    update(state, Action::Reply(EngineKind::Cpu, Box::new(Reply { id, event })))
}

/// A page on which a fine-tuned model was just opened, and the request that it sends.
fn opened(task: TaskCard) -> (State, u32, Command) {
    let mut state = State { stored: vec![chef()], ..State::default() };
    let model = ShippedModel {
        id: "nano".to_owned(),
        files: vec![ModelFile::default()],
        ..ShippedModel::default()
    };
    state.model.list = ModelList { models: vec![model] };
    state.engines.cpu.status = Status::Open;
    state.model.phase = Phase::Ready;
    state.model.card = Some(card(None));
    state.link.mode = Mode::Proofread;
    update(&mut state, Action::Files("“mood”".to_owned()));
    let id = state.requests;
    let effects = says(&mut state, Some(id), Event::Opened(Box::new(card(Some(task)))));
    assert!(effects.contains(&Effect::Adopt(true)), "{effects:?}");
    let asked = effects.into_iter().find_map(|effect| match effect {
        Effect::Send(_, request, Files::None) => Some((request.id, request.command)),
        _ => None,
    });
    let (id, command) = asked.expect("a question");
    (state, id, command)
}

fn region(state: &State, wanted: &str) -> String {
    let found = regions::regions(state).into_iter().find(|(id, _)| *id == wanted);
    found.expect(wanted).1.iter().map(Node::to_html).collect()
}

#[test]
fn the_best_label_is_said_and_all_are_listed_with_their_shares() {
    let judged = shares(&[("entailment", 0.93), ("neutral", 0.05), ("contradiction", 0.02)]);
    assert_eq!(verdict(&judged), "This model says: entailment (93 %).");
    let node: Node = view(&judged).into();
    let entries = node.find(&|element| element.tag == "li");
    let words: Vec<String> =
        entries.iter().map(|&entry| Node::from(entry.clone()).to_text()).collect();
    assert_eq!(words, ["entailment 93 %", "neutral 5 %", "contradiction 2 %"]);
    let cells = Node::from(table(&judged)).to_text();
    assert!(cells.contains("neutral5 %"), "{cells}");
}

#[test]
fn names_out_of_a_file_stay_text() {
    let judged = shares(&[("<script>alert(1)</script>", 0.6), ("<b>bad</b>", 0.4)]);
    for node in [view(&judged), table(&judged)] {
        let html = Node::from(node).to_html();
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
    }
}

#[test]
fn a_thousand_labels_are_counted_and_only_the_table_has_them_all() {
    let labels: Vec<String> = (0..1000).map(|at| at.to_string()).collect();
    let pairs: Vec<(&str, f32)> = labels.iter().map(|label| (label.as_str(), 0.001)).collect();
    let judged = shares(&pairs);
    let node: Node = view(&judged).into();
    assert_eq!(node.find(&|element| element.tag == "li").len(), MOST_BARS);
    assert!(node.to_text().contains("980 less likely labels"));
    let rows = Node::from(table(&judged));
    assert_eq!(rows.find(&|element| element.tag == "tr").len(), 1001);
}

#[test]
fn words_of_one_stretch_are_said_together() {
    let judged = tagged(&[
        ("Ann", "B-PER"),
        ("Lee", "I-PER"),
        ("left", "O"),
        ("New", "B-LOC"),
        ("York", "E-LOC"),
        ("Rome", "B-LOC"),
    ]);
    let expected = "This model tags 5 of 6 words: Ann Lee (PER), New York (LOC), Rome (LOC).";
    assert_eq!(verdict(&judged), expected);
    assert_eq!(verdict(&tagged(&[("a", "O")])), "This model tags none of 1 word.");
    let parts_of_speech = tagged(&[("dogs", "NOUN"), ("cats", "NOUN")]);
    assert!(verdict(&parts_of_speech).ends_with("dogs (NOUN), cats (NOUN)."));
    let node: Node = view(&judged).into();
    let entries = node.find(&|element| element.tag == "li");
    assert_eq!(Node::from(entries[3].clone()).to_text(), "New, tagged B-LOC 80 %");
}

#[test]
fn a_fine_tuned_model_is_asked_about_the_text_in_whatever_mode_the_page_was() {
    let (mut state, id, command) = opened(classifier());
    let text = "the chef cooked the meal".to_owned();
    assert_eq!(command, Command::Classify(Classify { text, second: None }));
    assert_eq!(state.mode(), Mode::Explore);
    says(&mut state, Some(id), Event::Classified(shares(&[("good", 0.7), ("bad", 0.3)])));
    assert_eq!(regions::verdict(&state), "This model says: good (70 %).");
    assert!(region(&state, "picture").contains("Labels, likeliest first"));
    assert!(!region(&state, "picture").contains("columns"));
    assert_eq!(region(&state, "table"), "", "a table is made only when it is seen");
    update(&mut state, Action::Table(true));
    assert!(region(&state, "table").contains("Probability"));
    let strip = region(&state, "task");
    assert!(strip.contains("Open: “mood”, a classifier with 2 labels."), "{strip}");
    assert!(strip.contains("Back to the demo model") && strip.contains("id=\"second\""), "{strip}");
    assert!(region(&state, "about").contains("&lt;b&gt;bad"), "{}", region(&state, "about"));
}

#[test]
fn a_second_text_is_asked_along_and_an_empty_one_is_none() {
    let (mut state, id, _) = opened(classifier());
    says(&mut state, Some(id), Event::Classified(shares(&[("good", 1.0)])));
    let second = |effects: &[Effect]| match effects.first() {
        Some(Effect::Send(_, request, _)) => match &request.command {
            Command::Classify(asked) => asked.second.clone(),
            _ => None,
        },
        _ => None,
    };
    let effects = update(&mut state, Action::Second("it was dry".to_owned()));
    assert_eq!(second(&effects).as_deref(), Some("it was dry"));
    let id = state.requests;
    says(&mut state, Some(id), Event::Classified(shares(&[("good", 1.0)])));
    assert_eq!(update(&mut state, Action::Second("it was dry".to_owned())), []);
    let effects = update(&mut state, Action::Second(" ".to_owned()));
    assert!(!effects.is_empty() && second(&effects).is_none());
}

#[test]
fn the_demo_model_comes_back_with_its_modes() {
    let (mut state, id, _) = opened(classifier());
    says(&mut state, Some(id), Event::Classified(shares(&[("good", 1.0)])));
    assert_eq!(update(&mut state, Action::Retry), [Effect::Fetch("nano".to_owned())]);
    assert!(state.task().is_some(), "until it is here, this one answers");
    update(&mut state, Action::Fetched);
    assert!(state.task().is_none() && state.judged.is_none());
    assert_eq!(state.mode(), Mode::Proofread);
    assert_eq!(region(&state, "task"), "");
}

#[test]
fn a_text_that_did_not_fit_says_so() {
    let mut judged = shares(&[("good", 1.0)]);
    assert_eq!(aside(&judged, &classifier()), []);
    judged.truncated = true;
    let words: String = aside(&judged, &classifier()).iter().map(Node::to_text).collect();
    assert!(words.contains("128 tokens at once"), "{words}");
}
