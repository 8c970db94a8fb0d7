//! Columns of one's own table: which are read, and that it is said.

use super::*;
use crate::tasks::bundle::read_text;
use crate::tasks::unlabelled;
use electra::tasks::{Content, TaskKind};

/// Two rows under these names.
fn table(head: &str) -> Place {
    let rows = format!("{head}\na\tb\tx\nc\td\ty\n");
    Place::new(&[("train.tsv", &rows), ("dev.tsv", &rows)])
}

fn pair() -> Content {
    Content::Pair("a".to_owned(), "b".to_owned())
}

#[test]
fn usual_pairs_are_read_whole() {
    let heads = [
        "sentence1\tsentence2",
        "question1\tquestion2",
        "premise\thypothesis",
        "question\tsentence",
        "Question\tPassage",
        "query\tdocument",
        "text_a\ttext_b",
        "text\ttext2",
    ];
    for head in heads {
        let place = table(&format!("{head}\tlabel"));
        let data = read(&own(&place, "classification", "")).unwrap();
        assert_eq!(data.train[0].content, pair(), "{head}");
        place.write("ask.tsv", format!("{head}\na\tb\n").as_bytes());
        let texts = unlabelled::read(
            read_text(&place.path("ask.tsv")).unwrap(),
            &TaskKind::Regression,
            None,
        );
        assert_eq!(texts.unwrap()[0].content, pair(), "{head}");
    }
    // The first of a pair whose second is named is not that one again.
    let place = table("question\tsentence\tlabel");
    let named =
        TaskRequest { pair: Some("sentence".to_owned()), ..own(&place, "classification", "") };
    assert_eq!(read(&named).unwrap().train[0].content, pair());
}

#[test]
fn a_person_is_told_which_columns_are_read_and_which_are_not() {
    let place = table("sentence\tremark\tlabel");
    let data = read(&own(&place, "classification", "")).unwrap();
    assert_eq!(data.train[0].content, Content::Text("a".to_owned()));
    let expected = "columns that are read: text `sentence`, label `label`; that are not: `remark`";
    assert_eq!(data.notes[0], expected);
    let place = table("question\tsentence\tlabel");
    let data = read(&own(&place, "classification", "")).unwrap();
    let expected = "text `question`, second text `sentence`, label `label`; that are not: none";
    assert!(data.notes[0].ends_with(expected), "{:?}", data.notes);
}

#[test]
fn flags_that_name_a_column_are_refused_where_none_is_read() {
    let words = "{\"words\": [\"a\", \"b\"], \"tags\": [\"O\", \"B-X\"], \"nr\": 1}\n";
    let place = Place::new(&[
        ("words.conll", "a O\nb B-X\n"),
        ("questions.json", "{}"),
        ("words.jsonl", words),
    ]);
    for (kind, file) in [("tagging", "words.conll"), ("spans", "questions.json")] {
        let mut request = own(&place, kind, file);
        request.label = Some("tag".to_owned());
        let sentence = error(&request);
        assert!(
            sentence.contains("`--label-column tag`") && sentence.ends_with(file),
            "{sentence}"
        );
        (request.label, request.text) = (None, Some("word".to_owned()));
        assert!(error(&request).contains("`--text-column word`"));
    }
    let mut request = own(&place, "tagging", "words.jsonl");
    request.id = Some("nr".to_owned());
    assert!(error(&request).contains("`--id-column nr`"));
}

#[test]
fn a_blank_label_is_a_fault_and_no_class() {
    let rows = "text\tlabel\na\tgood\nb\tbad\nc\t \n";
    let whole = rows.replace("c\t \n", "");
    let place = Place::new(&[("train.tsv", rows), ("dev.tsv", &whole)]);
    let sentence = error(&own(&place, "classification", ""));
    assert!(sentence.contains("`label` is blank"), "{sentence}");
    assert!(sentence.ends_with("train.tsv, line 4"), "{sentence}");
    place.write("train.tsv", whole.as_bytes());
    place.write("dev.tsv", rows.as_bytes());
    let sentence = error(&own(&place, "classification", ""));
    assert!(sentence.ends_with("dev.tsv, line 4"), "{sentence}");
    place.write("tags.jsonl", b"{\"words\": [\"a\", \"b\"], \"tags\": [\"O\", \" \"]}\n");
    let sentence = error(&own(&place, "tagging", "tags.jsonl"));
    assert!(sentence.contains("a tag in `tags` is blank"), "{sentence}");
    assert!(sentence.ends_with("tags.jsonl, line 1"), "{sentence}");
}

#[test]
fn a_test_file_may_tell_its_labels_or_keep_them_secret() {
    let train = "text\tlabel\na\t2\nb\t1\n";
    let place = Place::new(&[("train.tsv", train), ("dev.tsv", train)]);
    let is_told = |kind: &str, test: &str| {
        place.write("test.tsv", test.as_bytes());
        read(&own(&place, kind, "")).unwrap().test[0].is_told()
    };
    for kind in ["classification", "regression"] {
        assert!(is_told(kind, train));
        for secret in ["-1", "-1.0", "", " "] {
            let test = format!("text\tlabel\na\t{secret}\nb\t{secret}\n");
            assert!(!is_told(kind, &test), "{kind}, `{secret}`");
        }
        assert!(!is_told(kind, "text\na\n"));
        // Told of some only.
        assert!(!is_told(kind, "text\tlabel\na\t2\nb\t\n"));
    }
}

#[test]
fn tables_are_refused_by_built_in_tasks_of_other_files() {
    let place = Place::new(&[
        ("words.tsv", "a\tB-X\nb\tO\n"),
        ("words.jsonl", "{}"),
        ("words.csv", ""),
        ("questions.tsv", ""),
    ]);
    let cases = [
        ("ner", "words.jsonl", "tagging"),
        ("chunk", "words.csv", "tagging"),
        ("squad2", "questions.tsv", "spans"),
    ];
    for (task, file, kind) in cases {
        let request = TaskRequest { data: place.path(file), ..place.request(task) };
        let sentence = error(&request);
        assert!(sentence.starts_with(&format!("`--task {task}`")), "{sentence}");
        assert!(sentence.contains(&format!("`--kind {kind}`")), "{sentence}");
        assert!(sentence.ends_with(file), "{sentence}");
    }
    let scored_on = |dev: &str| TaskRequest {
        data: place.path("words.tsv"),
        dev: Some(place.path(dev)),
        ..place.request("ner")
    };
    assert!(error(&scored_on("words.jsonl")).ends_with("words.jsonl"));
    assert!(read(&scored_on("words.tsv")).is_ok());
}
