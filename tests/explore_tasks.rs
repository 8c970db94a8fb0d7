//! What a page asks of a fine-tuned model: the program's own numbers, and one sentence for files
//! that are no such model.
#![allow(clippy::disallowed_methods, reason = "tests wait for devices")]

mod common;

use burn::tensor::{Device, read_sync};
use common::tiny;
use electra::config::{FineTuneConfig, HeadStyle};
use electra::explore::{NamedFile, Session, Shapes};
use electra::features::{FeatureSettings, featurize};
use electra::finetune::{PredictSettings, Predictor, ScoreRange};
use electra::hugging_face::SavedTask;
use electra::models::Folder;
use electra::protocol::{
    Answer, Classify, Command, Event, Explore, Failure, FailureKind, Judgement, ModelCard,
    Selection,
};
use electra::task_models::{export, fine_tuned, untrained};
use electra::tasks::{Content, LabelledText, Prediction, Target, TaskKind};
use electra::tokenizer::Tokenizer;
use electra::weights::{self, Precision};

const TEXT: &str = "the chef cooked the meal and ate undoing it with a dog";
/// Tokens of a row: a tagged text needs several.
const ROW: usize = 10;

fn vocab() -> String {
    let words = "[PAD] [UNK] [CLS] [SEP] [MASK] the chef cooked meal and ate it a dog with un \
                 ##do ##ing";
    let mut lines: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    lines.extend((lines.len()..common::VOCAB).map(|at| format!("word{at}")));
    lines.join("\n") + "\n"
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn classes() -> TaskKind {
    TaskKind::Classification { labels: names(&["good", "bad", "<b>neither</b>"]) }
}

fn tags() -> TaskKind {
    TaskKind::Tagging { labels: names(&["O", "B-FOOD", "I-FOOD"]) }
}

/// A model of random weights with a head for `kind`, as a folder's contents.
fn folder(kind: &TaskKind, head: HeadStyle) -> Folder {
    let config = tiny("nano").model;
    let tuning = FineTuneConfig { head, ..FineTuneConfig::preset("small").expect("a preset") };
    let model = untrained(&config, kind, &tuning, &Device::flex());
    let task = SavedTask {
        name: "mine".to_owned(),
        kind: kind.clone(),
        head,
        max_seq_length: ROW,
        columns: None,
        window: None,
    };
    let range = ScoreRange::PLAIN;
    read_sync(export(&model, &config, &task, range, 0, Precision::F32)).expect("an export")
}

fn files(folder: Folder) -> Vec<NamedFile> {
    let file = |path: &str, bytes: Vec<u8>| NamedFile { path: path.to_owned(), bytes };
    vec![
        file("mine/config.json", folder.config.into_bytes()),
        file("mine/model.safetensors", folder.weights),
        file("mine/vocab.txt", vocab().into_bytes()),
    ]
}

fn answer(session: &mut Session, command: Command, files: Vec<NamedFile>) -> Event {
    read_sync(session.answer(command, files, || 0.0, async |_| true))
}

fn opened(folder: Folder, shapes: Shapes) -> (Session, ModelCard) {
    let mut session = Session::new(Device::flex(), shapes);
    match answer(&mut session, Command::Open, files(folder)) {
        Event::Opened(card) => (session, *card),
        other => panic!("{other:?}"),
    }
}

fn asked(session: &mut Session, text: &str, second: Option<&str>) -> Judgement {
    let (text, second) = (text.to_owned(), second.map(str::to_owned));
    match answer(session, Command::Classify(Classify { text, second }), vec![]) {
        Event::Classified(judgement) => judgement,
        other => panic!("{other:?}"),
    }
}

/// What fine-tuning's own predictor says.
fn predicted(folder: &Folder, content: Content) -> Prediction {
    let device = Device::flex();
    let (_, task, model) = fine_tuned(folder, &device).expect("a model");
    let tokenizer = Tokenizer::from_vocab_txt(&vocab(), true, true).expect("a tokenizer");
    let features = FeatureSettings::new(ROW);
    let texts = [LabelledText { id: String::new(), content, target: Target::Unknown }];
    let rows = featurize(&texts, &task.kind, &tokenizer, &features).expect("rows");
    let settings = PredictSettings {
        kind: task.kind,
        features,
        beam: 1,
        batch_size: 32,
        pad: 0,
        range: ScoreRange::PLAIN,
        fixed_shapes: false,
    };
    let mut predictor = Predictor::new(&model, settings, &rows, &device);
    while read_sync(predictor.advance()).expect("numbers") {}
    predictor.finish(&texts).remove(0)
}

#[test]
fn a_classifier_says_what_predict_says_best_label_first() {
    for head in [HeadStyle::HuggingFace, HeadStyle::Google, HeadStyle::Mean] {
        let folder = folder(&classes(), head);
        for second in [None, Some("a dog ate it")] {
            let content = match second {
                None => Content::Text(TEXT.to_owned()),
                Some(second) => Content::Pair(TEXT.to_owned(), second.to_owned()),
            };
            let Prediction::Class { label, probabilities } = predicted(&folder, content) else {
                panic!("no label")
            };
            for shapes in [Shapes::Tight, Shapes::Few] {
                let (mut session, _) = opened(folder.clone(), shapes);
                let said = asked(&mut session, TEXT, second);
                let Answer::Labels(shares) = said.answer else { panic!("no labels") };
                let kind = classes();
                assert_eq!(shares[0].label, kind.labels()[label]);
                assert!(shares.is_sorted_by(|a, b| a.probability >= b.probability));
                for share in shares {
                    let at = kind.labels().iter().position(|label| *label == share.label);
                    let theirs = probabilities[at.expect("a label")];
                    assert!((share.probability - theirs).abs() < 1e-6, "{}", share.label);
                }
            }
        }
    }
}

#[test]
fn a_tagger_says_a_tag_for_every_word_of_a_text_longer_than_a_row() {
    let folder = folder(&tags(), HeadStyle::HuggingFace);
    let text = format!("{TEXT} {TEXT}");
    let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let Prediction::Tags { tags: theirs, probabilities } =
        predicted(&folder, Content::Words(words.clone()))
    else {
        panic!("no tags")
    };
    let (mut session, card) = opened(folder, Shapes::Tight);
    assert_eq!(card.task.expect("a task").longest_row, ROW);
    let said = asked(&mut session, &format!("  {}\n", text.replace(' ', "  ")), None);
    let Answer::Tags(tagged) = said.answer else { panic!("no tags") };
    assert_eq!(tagged.len(), words.len());
    assert!(!said.truncated);
    for (at, tagged) in tagged.iter().enumerate() {
        assert_eq!((&tagged.word, &tagged.tag), (&words[at], &tags().labels()[theirs[at]]));
        assert!((tagged.probability - probabilities[at]).abs() < 1e-6);
        assert!(tagged.probability > 1.0 / 3.0 - 1e-6, "the likeliest of three");
    }
}

#[test]
fn a_score_is_a_number_and_a_text_beyond_the_row_says_so() {
    let folder = folder(&TaskKind::Regression, HeadStyle::HuggingFace);
    let Prediction::Score(theirs) = predicted(&folder, Content::Text(TEXT.to_owned())) else {
        panic!("no score")
    };
    let (mut session, _) = opened(folder, Shapes::Tight);
    let said = asked(&mut session, TEXT, Some("  "));
    let Answer::Score(score) = said.answer else { panic!("no score") };
    assert!((score - theirs).abs() < 1e-6, "a second text of spaces is none");
    assert!(said.truncated);
    assert!(!asked(&mut session, "the chef", None).truncated);
}

#[test]
fn commands_for_another_kind_of_model_are_refused_and_nothing_is_lost() {
    let (mut session, card) = opened(folder(&classes(), HeadStyle::HuggingFace), Shapes::Tight);
    assert!(card.task.expect("a task").reads_pairs);
    let explore = Command::Explore(Explore {
        text: TEXT.to_owned(),
        selection: Selection::Rule,
        seed: 1,
        temperature: 1.0,
        replacements: vec![],
    });
    let Event::Failed(failure) = answer(&mut session, explore, vec![]) else { panic!("explored") };
    assert_eq!(failure.kind, FailureKind::BadRequest);
    let before = asked(&mut session, TEXT, None);
    let broken = answer(&mut session, Command::Open, files(broken("config.json", |_| vec![])));
    assert!(matches!(broken, Event::Failed(_)));
    assert_eq!(asked(&mut session, TEXT, None), before);
    let measured = answer(&mut session, Command::Measure { tokens: 9_999, passes: 2 }, vec![]);
    assert!(matches!(measured, Event::Measured(measured) if measured.milliseconds.len() == 2));
    let text = serde_json::to_string(&Event::Classified(before.clone())).expect("JSON");
    assert_eq!(serde_json::from_str::<Event>(&text).expect("an event"), Event::Classified(before));
}

/// A classifier's folder with one file changed.
fn broken(name: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Folder {
    let mut folder = folder(&classes(), HeadStyle::HuggingFace);
    if name == "config.json" {
        let changed = change(folder.config.into_bytes());
        folder.config = String::from_utf8(changed).expect("UTF-8");
    } else {
        folder.weights = change(folder.weights);
    }
    folder
}

fn with_fields(fields: &[(&str, serde_json::Value)]) -> Folder {
    broken("config.json", |bytes| {
        let mut config: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        for (field, value) in fields {
            config[*field] = value.clone();
        }
        config.to_string().into_bytes()
    })
}

fn failing(folder: Folder) -> Failure {
    let mut session = Session::new(Device::flex(), Shapes::Tight);
    match answer(&mut session, Command::Open, files(folder)) {
        Event::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_head_that_does_not_fit_is_named_as_it_stands_in_the_file() {
    let without = broken("model.safetensors", |bytes| {
        let mut tensors = weights::read(&bytes).expect("tensors");
        tensors.remove("classifier.out_proj.weight").expect("a head");
        weights::write(&tensors, &[], Precision::F32).expect("bytes")
    });
    let failure = failing(without);
    assert_eq!(failure.tensor.expect("a tensor").name, "classifier.out_proj.weight");
    assert!(failure.message.starts_with("mine/model.safetensors: "), "{}", failure.message);
    let four = serde_json::json!({"0": "a", "1": "b", "2": "c", "3": "d"});
    let failure =
        failing(with_fields(&[("electra_task", serde_json::Value::Null), ("id2label", four)]));
    assert!(failure.message.contains("electra_task"), "{}", failure.message);
    let other = with_fields(&[(
        "electra_task",
        serde_json::json!({"name": "x", "kind": {"classification": {"labels": ["a", "b", "c", "d"]}},
            "head": "hugging_face", "max_seq_length": 10}),
    )]);
    let failure = failing(other);
    let tensor = failure.tensor.unwrap_or_else(|| panic!("no tensor: {}", failure.message));
    assert_eq!((tensor.found, tensor.expected), (Some(vec![3, 32]), Some(vec![4, 32])));
}

#[test]
fn what_the_page_cannot_open_is_one_sentence_with_what_to_do() {
    let questions = folder(&TaskKind::Spans { answerable: true }, HeadStyle::HuggingFace);
    let nan = broken("model.safetensors", |bytes| {
        let mut tensors = weights::read(&bytes).expect("tensors");
        for tensor in tensors.values_mut() {
            tensor.values.fill(f32::NAN);
        }
        weights::write(&tensors, &[], Precision::F32).expect("bytes")
    });
    let huge = |field| with_fields(&[(field, (1_u64 << 50).into())]);
    let many = "x".repeat(9);
    let labels: Vec<String> = (0..200_000).map(|at| format!("{many}{at}")).collect();
    let long = with_fields(&[(
        "electra_task",
        serde_json::json!({"name": "x", "kind": {"classification": {"labels": labels}},
            "head": "hugging_face", "max_seq_length": 10}),
    )]);
    let row = with_fields(&[(
        "electra_task",
        serde_json::json!({"name": "x", "kind": {"classification": {"labels": ["a", "b", "c"]}},
            "head": "hugging_face", "max_seq_length": u64::MAX}),
    )]);
    for (folder, part) in [
        (questions, "electra predict"),
        (nan, "no number"),
        (huge("vocab_size"), "config.json"),
        (huge("num_hidden_layers"), "config.json"),
        (long, "config.json asks for"),
        (row, "positions"),
        (broken("model.safetensors", |bytes| bytes[..99].to_vec()), "model.safetensors"),
    ] {
        let failure = failing(folder);
        assert_eq!(failure.kind, FailureKind::BadFile, "{}", failure.message);
        assert!(failure.message.contains(part), "{part}: {}", failure.message);
        assert!(!failure.message.contains('\n') && failure.message.len() < 400);
    }
}
