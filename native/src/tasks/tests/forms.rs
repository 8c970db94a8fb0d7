//! What a file is, whatever it is called: lines or a list of JSON, words in columns, no table.

use super::*;
use crate::tasks::read_texts;
use electra::tasks::{Columns, Content, TaskSpec};

#[test]
fn json_may_be_lines_or_a_list_whatever_the_file_is_called() {
    let objects =
        ["{\"text\": \"a b\", \"label\": \"x\"}", "{\"text\": \"c d\", \"label\": \"y\"}"];
    let lines = objects.join("\n");
    let list = format!("[{}]", objects.join(",\n"));
    for text in [&lines, &list] {
        let place = Place::new(&[("train.json", text), ("dev.json", text)]);
        let data = read(&own(&place, "classification", "")).unwrap();
        assert_eq!(targets(&data.train), [Target::Class(0), Target::Class(1)]);
        // Not words in columns, though a tagger would find some.
        let sentence = error(&own(&place, "tagging", ""));
        assert!(sentence.contains("2 words") || sentence.contains("tags"), "{sentence}");
    }
    let place = Place::new(&[("train.json", &list), ("dev.json", &list.replace("\"y\"", "\"z\""))]);
    let sentence = error(&own(&place, "classification", ""));
    assert!(sentence.ends_with("dev.json, object 2"), "{sentence}");
}

#[test]
fn words_behind_tabs_may_hold_spaces_and_are_predicted_from_the_same_file() {
    let rows = "New York\tB-LOC\nis\tO\nbig\tO\n\nYou\tO\nwin\tO\n";
    let place = Place::new(&[("train.txt", rows), ("dev.txt", rows), ("words.tsv", rows)]);
    let data = read(&own(&place, "tagging", "")).unwrap();
    let words =
        |words: &[&str]| Content::Words(words.iter().map(|&word| word.to_owned()).collect());
    assert_eq!(data.train[0].content, words(&["New York", "is", "big"]));
    let spec = TaskSpec::custom("mine", data.spec.kind, Columns::default());
    let texts = read_texts(&place.path("words.tsv"), &spec).unwrap();
    assert_eq!((texts.len(), &texts[1].content), (2, &words(&["You", "win"])));
}

#[test]
fn a_table_that_is_none_gets_a_hint() {
    for (text, said) in [
        ("", "empty"),
        ("text;label\na;b\n", "if the separator is right"),
        ("\"text\"\t\"label\"\n\"a\"\t\"b\"\n", "write a .csv"),
    ] {
        let place = Place::new(&[("train.tsv", text), ("dev.tsv", text)]);
        let sentence = error(&own(&place, "classification", ""));
        assert!(sentence.contains(said) && sentence.ends_with("train.tsv"), "{sentence}");
    }
}
