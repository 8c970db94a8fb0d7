//! Models that a page is given: smaller weights, cards, and nothing lost when files are bad.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]

mod common;

use burn::tensor::{Device, read_sync};
use common::page_files::{
    alone, asked, common_objective, file, files_of, folder, opened, positions, run, traced,
};
use common::tiny;
use electra::config::ElectraConfig;
use electra::explore::{NamedFile, Session, Shapes, open};
use electra::hugging_face::Network;
use electra::models::without_shared_tables;
use electra::protocol::{About, Command, Event, FailureKind, Selection};
use electra::weights::{self, Precision};

#[test]
fn weights_in_half_precision_give_nearly_the_same_picture() {
    let [whole, half] = [Precision::F32, Precision::F16].map(|it| opened(run(it), Shapes::Tight));
    let [a, b] = [&whole, &half].map(|model| traced(model, &asked(positions(&[]))));
    assert!(a.difference(&b).expect("the same tokens") < 2e-3);
    // Rounding does not part what is shared.
    assert_eq!(half.card().parameters, whole.card().parameters);
}

#[test]
fn shared_tables_are_shipped_once() {
    let mut files = run(Precision::F32);
    let whole = opened(files.clone(), Shapes::Tight);
    let weights = |files: &[NamedFile], network: &str| {
        let path = format!("run/{network}/model.safetensors");
        let at = files.iter().position(|file| file.path == path).expect("weights");
        (at, weights::read(&files[at].bytes).expect("tensors"))
    };
    let ((_, judging), (at, mut guessing)) =
        (weights(&files, "discriminator"), weights(&files, "generator"));
    without_shared_tables(&judging, &mut guessing);
    assert!(guessing.keys().all(|name| !name.starts_with("electra.embeddings.")));
    files[at].bytes = weights::write(&guessing, &[], Precision::F32).expect("bytes");
    let lean = opened(files, Shapes::Tight);
    assert_eq!(lean.card(), whole.card());
    let asked = asked(Selection::Rule);
    assert_eq!(traced(&lean, &asked), traced(&whole, &asked));
    // Tables of their own stay.
    let (mut theirs, mut other) = (
        weights::read(&folder(Network::Generator, Precision::F32).weights).expect("tensors"),
        judging.clone(),
    );
    for tensor in other.values_mut() {
        tensor.values[0] += 1.0;
    }
    let before = theirs.len();
    without_shared_tables(&other, &mut theirs);
    assert_eq!(theirs.len(), before);
}

#[test]
fn a_card_is_passed_on_and_its_rule_masks() {
    let mut objective = common_objective();
    objective.mask_prob = 0.5;
    let about =
        About { name: "<b>mine</b>".to_owned(), objective: Some(objective), ..About::default() };
    let mut files = run(Precision::F32);
    files.push(file("run/about.json", serde_json::to_vec(&about).expect("JSON")));
    let model = opened(files, Shapes::Tight);
    assert_eq!(model.card().about.as_ref(), Some(&about));
    let trace = traced(&model, &asked(Selection::Rule));
    assert_eq!(trace.score().selected, 5); // half of 10 tokens
}

fn failing(files: Vec<NamedFile>) -> electra::protocol::Failure {
    let opened = read_sync(open(files, &Device::flex(), Shapes::Tight));
    opened.map(|_| ()).expect_err("these files are bad")
}

/// The discriminator's files with one of them changed.
fn with(path: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<NamedFile> {
    let mut files = alone();
    let file = files.iter_mut().find(|file| file.path == path).expect("a file");
    file.bytes = change(std::mem::take(&mut file.bytes));
    files
}

fn with_field(field: &str, value: &serde_json::Value) -> Vec<NamedFile> {
    with("config.json", |bytes| {
        let mut config: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        config[field] = value.clone();
        config.to_string().into_bytes()
    })
}

#[test]
fn a_wrong_shape_is_named_as_it_stands_in_the_file() {
    let failure = failing(with_field("intermediate_size", &96.into()));
    let tensor = failure.tensor.expect("a tensor");
    assert_eq!(tensor.name, "electra.encoder.layer.0.intermediate.dense.weight");
    assert_eq!(tensor.found, Some(vec![128, 32]));
    assert_eq!(tensor.expected, Some(vec![96, 32]));
    assert!(failure.message.starts_with("model.safetensors: "), "{}", failure.message);
}

#[test]
fn a_generator_is_no_discriminator() {
    let failure = failing(files_of("", Network::Generator, Precision::F32));
    let name = failure.tensor.expect("a tensor").name;
    assert!(
        name.starts_with("electra.") || name.starts_with("discriminator_predictions."),
        "{name}"
    );
}

#[test]
fn huge_numbers_in_a_configuration_cost_nothing() {
    for (field, value) in [
        ("vocab_size", 1_u64 << 50),
        ("hidden_size", 1 << 40),
        ("num_hidden_layers", 1 << 60),
        ("intermediate_size", 1 << 45),
        ("type_vocab_size", u64::from(u32::MAX)),
        ("embedding_size", 1 << 33),
    ] {
        let failure = failing(with_field(field, &value.into()));
        assert_eq!(failure.kind, FailureKind::BadFile, "{field}");
        assert!(failure.message.contains("config.json"), "{field}: {}", failure.message);
    }
    let failure = failing(with("config.json", |bytes| {
        let mut config: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        config["position"] = "learned".into();
        config["max_position_embeddings"] = (1_u64 << 50).into();
        config.to_string().into_bytes()
    }));
    assert!(failure.message.contains("config.json"), "{}", failure.message);
}

#[test]
fn damaged_files_are_one_sentence_each() {
    let cut = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    let bomb = |_| {
        let mut bytes = u64::MAX.to_le_bytes().to_vec();
        bytes.extend_from_slice(b"{}");
        bytes
    };
    let nan = |bytes: Vec<u8>| {
        let mut tensors = weights::read(&bytes).expect("tensors");
        for tensor in tensors.values_mut() {
            tensor.values.fill(f32::NAN);
        }
        weights::write(&tensors, &[], Precision::F32).expect("bytes")
    };
    for (files, part) in [
        (with("model.safetensors", cut), "model.safetensors"),
        (with("model.safetensors", bomb), "model.safetensors"),
        (with("model.safetensors", nan), "no number"),
        (with("config.json", cut), "config.json"),
        (with("config.json", |_| vec![0xff, 0xfe]), "config.json"),
        (with("vocab.txt", |_| b"only\nwords\n".to_vec()), "vocab.txt"),
        (with("vocab.txt", |bytes| [&bytes[..], b"more\nwords\n"].concat()), "words"),
        (with_field("hidden_act", &"relu".into()), "hidden_act"),
    ] {
        let failure = failing(files);
        assert_eq!(failure.kind, FailureKind::BadFile, "{}", failure.message);
        assert!(failure.message.contains(part), "{part}: {}", failure.message);
        assert!(!failure.message.contains('\n'), "{}", failure.message);
    }
}

#[test]
fn missing_files_are_named() {
    for missing in ["config.json", "model.safetensors", "vocab.txt"] {
        let mut files = alone();
        files.retain(|file| file.path != missing);
        let failure = failing(files);
        assert_eq!(failure.kind, FailureKind::MissingFile);
        assert!(failure.message.contains(missing), "{}", failure.message);
    }
}

fn answer(session: &mut Session, command: Command, files: Vec<NamedFile>) -> Event {
    read_sync(session.answer(command, files, || 0.0, async |_| true))
}

#[test]
fn a_model_stays_when_the_next_one_cannot_be_opened() {
    let mut session = Session::new(Device::flex(), Shapes::Tight);
    let explore = || Command::Explore(asked(Selection::Rule));
    let Event::Failed(failure) = answer(&mut session, explore(), vec![]) else {
        panic!("no model is open yet")
    };
    assert_eq!(failure.kind, FailureKind::NoModel);
    let opened = answer(&mut session, Command::Open, run(Precision::F32));
    assert!(matches!(opened, Event::Opened(card) if card.has_generator));
    let before = answer(&mut session, explore(), vec![]);
    let broken = answer(&mut session, Command::Open, with("config.json", |_| vec![]));
    assert!(matches!(broken, Event::Failed(_)));
    assert_eq!(answer(&mut session, explore(), vec![]), before);
}

#[test]
fn measuring_counts_passes_and_stays_inside_the_model() {
    let mut session = Session::new(Device::flex(), Shapes::Tight);
    answer(&mut session, Command::Open, alone());
    let command = Command::Measure { tokens: 9_999, passes: 3 };
    let Event::Measured(measured) = answer(&mut session, command, vec![]) else {
        panic!("nothing was measured")
    };
    let longest = ElectraConfig { ..tiny("nano").model }.max_position_embeddings;
    assert_eq!((measured.tokens, measured.milliseconds.len()), (longest, 3));
}

#[test]
fn what_page_and_engine_say_survives_as_json() {
    let mut session = Session::new(Device::flex(), Shapes::Tight);
    let opened = answer(&mut session, Command::Open, run(Precision::F32));
    let explored = answer(&mut session, Command::Explore(asked(Selection::Rule)), vec![]);
    for event in [opened, explored] {
        let text = serde_json::to_string(&event).expect("JSON");
        assert_eq!(serde_json::from_str::<Event>(&text).expect("an event"), event);
    }
}
