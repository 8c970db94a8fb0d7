//! Questions in SQuAD's form.

use super::*;
use crate::tasks::{find, read_texts};
use electra::tasks::{Answer, Content, TaskKind, TaskSpec};
use std::collections::BTreeSet;

fn file(answers: &str) -> String {
    format!(
        r#"{{"version": "x", "data": [{{"title": "T", "paragraphs": [{{"context": "É is Paris.",
        "qas": [{{"id": "q1", "question": "Where?", {answers}}}]}}]}}]}}"#
    )
}

const TOLD: &str = r#""answers": [{"text": "Paris", "answer_start": 5}]"#;
const NONE: &str = r#""answers": [], "is_impossible": true"#;

#[test]
fn answers_stand_at_characters_not_bytes() {
    let place =
        Place::new(&[("squad/train-v1.1.json", &file(TOLD)), ("squad/dev.json", &file(TOLD))]);
    gzip(&place.path("squad/dev.json"));
    let data = place.read("squad1");
    let content =
        Content::Question { question: "Where?".to_owned(), context: "É is Paris.".to_owned() };
    assert_eq!(data.train[0].content, content);
    let answers = vec![Answer { text: "Paris".to_owned(), start: 5 }];
    assert_eq!(targets(&data.dev[0].texts), [Target::Answers(answers)]);
    assert_eq!(data.train[0].id, "q1");
}

#[test]
fn answers_a_little_beside_their_place_are_found_as_in_the_published_file() {
    let beside = |text: &str, start| {
        let told = format!(r#""answers": [{{"text": "{text}", "answer_start": {start}}}]"#);
        let place = Place::new(&[("train.json", &file(&told)), ("dev.json", &file(&told))]);
        targets(&place.read("squad1").train)
    };
    let paris = [Target::Answers(vec![Answer { text: "Paris".to_owned(), start: 5 }])];
    for (text, start) in [(" Paris", 3), ("Paris ", 5), ("Paris", 4), ("Paris", 7)] {
        assert_eq!(beside(text, start), paris, "{text} {start}");
    }
}

#[test]
fn each_version_takes_its_own_files() {
    let place = Place::new(&[
        ("train-v1.1.json", &file(TOLD)),
        ("train-v2.0.json", &file(NONE)),
        ("dev-v1.1.json", &file(TOLD)),
        ("dev-v2.0.json", &file(NONE)),
    ]);
    assert_eq!(targets(&place.read("squad2").dev[0].texts), [Target::Answers(vec![])]);
    assert_ne!(targets(&place.read("squad1").dev[0].texts), [Target::Answers(vec![])]);
    place.write("train-v1.1-more.json", file(TOLD).as_bytes());
    assert!(place.error("squad1").contains("several files"));
}

#[test]
fn files_that_name_no_version_are_of_the_one_that_their_questions_show() {
    let found = |place: &Place| -> Vec<String> {
        find(place.0.path(), &[]).into_iter().map(|request| request.task).collect()
    };
    let place = Place::new(&[("squad/train.json", &file(TOLD)), ("squad/dev.json", &file(NONE))]);
    assert_eq!(found(&place), ["squad2"]);
    place.write("squad/dev.json", file(TOLD).as_bytes());
    assert_eq!(found(&place), ["squad1"]);
    // Who names a version gets it, from the folder that holds it if there is one.
    assert_ne!(targets(&place.read("squad2").dev[0].texts), [Target::Answers(vec![])]);
    place.write("squad2/train.json", file(NONE).as_bytes());
    place.write("squad2/dev.json", file(NONE).as_bytes());
    assert_eq!(found(&place), ["squad1", "squad2"]);
    assert_eq!(targets(&place.read("squad2").dev[0].texts), [Target::Answers(vec![])]);
    // A name that tells the version is believed.
    place.write("squad2/dev-v2.0.json", file(TOLD).as_bytes());
    place.write("squad2/train-v2.0.json", file(TOLD).as_bytes());
    assert_eq!(found(&place), ["squad1", "squad2"]);
    place.write("squad/dev.json", b"{}");
    assert_eq!(found(&place), ["squad1", "squad2"]);
    assert!(place.error("squad1").contains("no questions in SQuAD's form"));
}

#[test]
fn faults_name_the_question() {
    let place = Place::new(&[("train.json", &file(TOLD)), ("dev.json", &file(TOLD))]);
    let at = |start: &str| file(&TOLD.replace('5', start));
    let untold = [
        (file(NONE), "--task squad2"),
        (file(r#""x": 0"#), "no field `answers`"),
        (file(r#""answers": ["Paris"]"#), "no answers in SQuAD's form"),
    ];
    let misplaced = [
        (at("2"), "`Paris` should begin at character 2 of its context, where `is Pa` stands"),
        (at("500"), "character 500"),
        (at("-1"), "`answer_start` of the answer `Paris` is -1"),
        (file(&TOLD.replace("Paris", "")), "an answer is empty"),
    ];
    for (text, what) in untold.iter().chain(&misplaced) {
        place.write("train.json", text.as_bytes());
        let error = place.error("squad1");
        assert!(error.contains(what) && error.ends_with("train.json, question q1"), "{error}");
    }
    place.write("train.json", file(TOLD).as_bytes());
    for (text, what) in untold {
        place.write("dev.json", text.as_bytes());
        let error = place.error("squad1");
        assert!(error.contains(what) && error.ends_with("dev.json, question q1"), "{error}");
    }
    place.write("dev.json", b"[]");
    assert!(place.error("squad1").contains("no questions in SQuAD's form"));
    place.write("dev.json", br#"{"data": []}"#);
    assert!(place.error("squad1").contains("there are no questions in"));
}

#[test]
fn answers_to_score_count_wherever_they_are_said_to_stand() {
    let place = Place::new(&[("train.json", &file(TOLD))]);
    for start in ["2", "500", "-1", "null"] {
        place.write("dev.json", file(&TOLD.replace('5', start)).as_bytes());
        let dev = place.read("squad1").dev.remove(0);
        let Target::Answers(answers) = &dev.texts[0].target else { panic!("no answers") };
        assert_eq!((answers.len(), answers[0].text.as_str()), (1, "Paris"), "{start}");
    }
}

#[test]
fn nothing_is_asked_of_the_answers_to_what_is_predicted() {
    let place = Place::new(&[]);
    let spec = TaskSpec::builtin("squad1").unwrap();
    for answers in [
        r#""answers": [{"text": "Paris", "answer_start": -1}]"#,
        r#""answers": [{"text": "Rome", "answer_start": 5}]"#,
        r#""answers": {"text": []}"#,
        NONE,
    ] {
        place.write("ask.json", file(answers).as_bytes());
        let texts = read_texts(&place.path("ask.json"), &spec).unwrap();
        assert_eq!(targets(&texts), [Target::Unknown], "{answers}");
    }
}

#[test]
fn ones_own_questions_may_stand_in_a_table() {
    let rows = "question,context,answer\nWhere?,\"É is Paris, France.\",\"Paris, France\"\n\
        Who?,Nobody.,\nWhen?,In May.,May \nWhen?,In June.,June\n";
    let place = Place::new(&[("train.csv", rows)]);
    let data = read(&own(&place, "spans", "train.csv")).unwrap();
    assert_eq!(data.spec.kind, TaskKind::Spans { answerable: true });
    let all: Vec<LabelledText> = [data.train, data.dev[0].texts.clone()].concat();
    let of = |id: &str| all.iter().find(|text| text.id == id).unwrap().target.clone();
    let answers = vec![Answer { text: "Paris, France".to_owned(), start: 5 }];
    assert_eq!((of("0"), of("1")), (Target::Answers(answers), Target::Answers(vec![])));
    let may = Answer { text: "May".to_owned(), start: 3 };
    assert_eq!(of("2"), Target::Answers(vec![may]));
    place.write("train.csv", rows.replace("June\n", "July\n").as_bytes());
    let error = error(&own(&place, "spans", "train.csv"));
    assert!(error.contains("`July` does not stand") && error.ends_with("line 5"), "{error}");
}

#[test]
fn only_questions_to_predict_may_lack_their_answers() {
    let place = Place::new(&[
        ("train.json", &file(TOLD)),
        ("dev.json", &file(r#""is_impossible": true"#)),
        ("test.json", &file(r#""x": 0"#)),
    ]);
    let data = place.read("squad2");
    assert_eq!(targets(&data.dev[0].texts), [Target::Answers(vec![])]);
    assert_eq!(targets(&data.test[0].texts), [Target::Unknown]);
    place.write("test.json", file(r#""answers": []"#).as_bytes());
    assert!(!place.read("squad2").test[0].is_told());
    place.write("test.json", file(TOLD).as_bytes());
    assert!(place.read("squad2").test[0].is_told());
    place.write("train.json", file(r#""x": 0"#).as_bytes());
    assert!(place.error("squad2").ends_with("train.json, question q1"));
    assert!(error(&own(&place, "spans", "")).ends_with("train.json, question q1"));
}

#[test]
fn questions_about_one_context_are_held_back_together() {
    let row = |n: usize, about: usize| format!("Which {n}?,Number {about} is here.,here\n");
    let file = |about: fn(usize) -> usize| {
        "question,context,answer\n".to_owned()
            + &(0..80).map(|n| row(n, about(n))).collect::<String>()
    };
    let place = Place::new(&[("many.csv", &file(|n| n / 4)), ("one.csv", &file(|_| 0))]);
    let contexts = |texts: &[LabelledText]| -> BTreeSet<String> {
        let context = |text: &LabelledText| match &text.content {
            Content::Question { context, .. } => context.clone(),
            other => panic!("{other:?} is no question"),
        };
        texts.iter().map(context).collect()
    };
    let data = read(&own(&place, "spans", "many.csv")).unwrap();
    assert!(contexts(&data.train).is_disjoint(&contexts(&data.dev[0].texts)));
    assert_eq!(data.train.len() + data.dev[0].texts.len(), 80);
    assert!(read(&own(&place, "spans", "one.csv")).is_ok());
}

#[test]
fn hugging_faces_answers_are_read_too() {
    let line = |answers: &str| {
        format!(r#"{{"id": "a", "question": "?", "context": "b b b", "answers": {answers}}}"#)
            + "\n"
    };
    let text = line(r#"{"text": ["b"], "answer_start": [2]}"#) + &line(r#"["b"]"#) + &line("null");
    let place = Place::new(&[("train.jsonl", &text), ("dev.jsonl", &text)]);
    let data = read(&own(&place, "spans", "")).unwrap();
    let at = |start| Target::Answers(vec![Answer { text: "b".to_owned(), start }]);
    assert_eq!(targets(&data.train), [at(2), at(0), Target::Answers(vec![])]);
}

#[test]
fn questions_may_be_numbered() {
    let numbered = file(TOLD).replace("\"q1\"", "51870");
    let place = Place::new(&[("train.json", &numbered), ("dev.json", &numbered)]);
    assert_eq!(place.read("squad1").dev[0].texts[0].id, "51870");
    place.write("dev.json", numbered.replace("51870", "null").as_bytes());
    let error = place.error("squad1");
    assert!(error.contains("`id` should be") && error.contains("got null"), "{error}");
    assert!(error.ends_with("dev.json"), "{error}");
}

#[test]
fn a_folder_with_questions_to_train_on_only_is_enough() {
    let paragraph = |n: usize| {
        format!(
            r#"{{"context": "Number {n} is here.", "qas": [{{"id": {n}, "question": "Where?",
            "answers": [{{"text": "here", "answer_start": 12}}]}}]}}"#
        )
    };
    let paragraphs = (0..10).map(paragraph).collect::<Vec<String>>().join(", ");
    let text = format!(r#"{{"data": [{{"paragraphs": [{paragraphs}]}}]}}"#);
    for name in ["train.json", "train-v1.1.json"] {
        let data = Place::new(&[(name, &text)]).read("squad1");
        assert_eq!(data.train.len() + data.dev[0].texts.len(), 10, "{name}");
        assert!(data.warnings[0].contains("held back"), "{:?}", data.warnings);
    }
    // Other programs' files begin so too.
    let place = Place::new(&[("train_results.json", "{}")]);
    assert!(place.error("squad1").contains("there are no files of SQuAD 1.1"));
    assert!(find(place.0.path(), &[]).is_empty());
}
