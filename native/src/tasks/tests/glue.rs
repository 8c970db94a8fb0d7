//! GLUE as it is downloaded, and how it goes wrong.

use super::*;
use crate::tasks::read_texts;
use electra::tasks::{Content, Split, TaskSpec};

pub(super) const RTE: &str = "index\tsentence1\tsentence2\tlabel\n\
    0\tA \"quoted\" cat sat.\tA cat.\tentailment\n\
    1\tIt's \"half quoted.\tNo.\tnot_entailment\n";
const RTE_TEST: &str = "index\tsentence1\tsentence2\n7\tOne.\tTwo.\n";

pub(super) fn rte(train: &str) -> Place {
    Place::new(&[("RTE/train.tsv", train), ("RTE/dev.tsv", RTE), ("RTE/test.tsv", RTE_TEST)])
}

/// MNLI's training and development files, and others.
fn mnli(others: &[(&str, &str)]) -> Place {
    let rows = "sentence1\tsentence2\tgold_label\nA.\tB.\tneutral\nA.\tC.\tentailment\n";
    let names = ["MNLI/train.tsv", "MNLI/dev_matched.tsv", "MNLI/dev_mismatched.tsv"];
    Place::new(&[&names.map(|name| (name, rows))[..], others].concat())
}

#[test]
fn quotation_marks_are_letters_like_others() {
    let data = rte(RTE).read("rte");
    let first = "A \"quoted\" cat sat.".to_owned();
    assert_eq!(data.train[0].content, Content::Pair(first, "A cat.".to_owned()));
    assert_eq!(targets(&data.train), [Target::Class(0), Target::Class(1)]);
    assert_eq!((data.test[0].texts[0].id.as_str(), data.test[0].name.as_str()), ("7", "test"));
    assert_eq!(targets(&data.test[0].texts), [Target::Unknown]);
}

#[test]
fn cola_has_no_names_but_in_its_test_file() {
    let rows = "gj04\t1\t\tOur friends.\ngj04\t0\t*\tFriends our.\n";
    let place = Place::new(&[
        ("CoLA/train.tsv", rows),
        ("CoLA/dev.tsv", rows),
        ("CoLA/test.tsv", "index\tsentence\n0\tBill.\n"),
    ]);
    let data = place.read("cola");
    assert_eq!(data.train[1].content, Content::Text("Friends our.".to_owned()));
    assert_eq!(targets(&data.train), [Target::Class(1), Target::Class(0)]);
    assert_eq!(data.test[0].texts[0].content, Content::Text("Bill.".to_owned()));
}

#[test]
fn mrpc_begins_with_a_mark_and_may_come_under_its_first_name() {
    let rows = "\u{feff}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t3\t4\tA b.\tB a.\n0\t5\t6\tC.\tD.\n";
    let place = Place::new(&[
        ("MRPC/msr_paraphrase_train.txt", rows),
        ("MRPC/msr_paraphrase_test.txt", rows),
    ]);
    let data = place.read("mrpc");
    assert_eq!(targets(&data.train), [Target::Class(1), Target::Class(0)]);
    assert_eq!(data.dev[0].texts.len(), 2);
}

#[test]
fn mnli_has_two_development_sets_and_the_diagnostic_one() {
    let head = "index\tgenre\tsentence1\tsentence2\tgold_label\n";
    let rows = format!("{head}0\tx\tA.\tB.\tneutral\n1\tx\tA.\tB.\t-\n2\tx\tA.\tB.\tentailment\n");
    let place = Place::new(&[
        ("MNLI/train.tsv", &rows),
        ("MNLI/dev_matched.tsv", &rows),
        ("MNLI/dev_mismatched.tsv", &rows),
        ("diagnostic/diagnostic.tsv", "index\tsentence1\tsentence2\n0\tC.\tD.\n"),
    ]);
    let data = place.read("mnli");
    assert_eq!(targets(&data.train), [Target::Class(1), Target::Class(0)]);
    let names: Vec<&str> = data.dev.iter().map(|split| split.name.as_str()).collect();
    assert_eq!(names, ["dev_matched", "dev_mismatched"]);
    assert_eq!((data.test[0].name.as_str(), data.test[0].texts.len()), ("ax", 1));
    assert!(data.warnings[0].contains("1 rows without an agreed label"), "{:?}", data.warnings);
    let error = place.error("ax");
    assert!(error.contains("--task mnli") && error.contains("diagnostic.tsv"), "{error}");
}

#[test]
fn the_diagnostic_set_is_scored_where_its_labels_are_told() {
    let full = "Lexical Semantics\tPredicate-Argument Structure\tLogic\tKnowledge\tDomain\t\
        Premise\tHypothesis\tLabel\n\tx\t\t\tNews\tC.\tD \"d\".\tcontradiction\n";
    let place = mnli(&[
        ("MNLI/diagnostic.tsv", "index\tsentence1\tsentence2\n0\tC.\tD \"d\".\n"),
        ("diagnostic/diagnostic-full.tsv", full),
    ]);
    let diagnostic = |data: TaskData| {
        assert!(data.test.is_empty());
        let split = data.dev[2].clone();
        assert_eq!((split.name.as_str(), targets(&split.texts)), ("ax", vec![Target::Class(2)]));
        split.texts[0].clone()
    };
    let text = diagnostic(place.read("mnli"));
    let content = Content::Pair("C.".to_owned(), "D \"d\".".to_owned());
    assert_eq!((text.id.as_str(), text.content), ("0", content));
    // The plain file may tell them too.
    let told = "index\tsentence1\tsentence2\tlabel\n7\tC.\tD.\tcontradiction\n";
    place.write("MNLI/diagnostic.tsv", told.as_bytes());
    fs::remove_file(place.path("diagnostic/diagnostic-full.tsv")).unwrap();
    assert_eq!(diagnostic(place.read("mnli")).id, "7");
    place.write("MNLI/diagnostic.tsv", told.replace("contradiction", "maybe").as_bytes());
    let error = place.error("mnli");
    assert!(error.contains("`maybe` is no label of AX"), "{error}");
}

#[test]
fn of_several_diagnostic_sets_the_one_with_labels_is_meant() {
    let plain = "index\tsentence1\tsentence2\n7\tC.\tD.\n";
    let told = "Premise\tHypothesis\tLabel\nC.\tD.\tcontradiction\n";
    for (first, second) in [
        ("AX/diagnostic.tsv", "diagnostic/diagnostic-full.tsv"),
        ("AX/diagnostic.tsv", "diagnostic/diagnostic.tsv"),
        ("AX/ax.tsv", "diagnostic.tsv"),
    ] {
        for files in [[(first, plain), (second, told)], [(first, told), (second, plain)]] {
            let data = mnli(&files).read("mnli");
            assert!(data.test.is_empty(), "{files:?}");
            assert_eq!(targets(&data.dev[2].texts), [Target::Class(2)]);
        }
    }
    let place = mnli(&[("AX/ax.tsv", plain), ("diagnostic/diagnostic.tsv", plain)]);
    place.write("AX.zip", b"no zip, but it was unpacked");
    let data = place.read("mnli");
    assert_eq!((data.dev.len(), data.test.len()), (2, 1));
    // Other tasks have no part in it.
    let place = rte(RTE);
    place.write("AX.zip", b"no zip");
    assert_eq!(place.read("rte").train.len(), 2);
}

#[test]
fn labels_that_are_all_kept_secret_are_not_told() {
    let secret = "premise\thypothesis\tlabel\tidx\nC.\tD.\t-1\t0\nC.\tE.\t-1\t1\n";
    let place = mnli(&[("AX/ax.tsv", secret)]);
    let data = place.read("mnli");
    assert_eq!(targets(&data.test[0].texts), [Target::Unknown, Target::Unknown]);
    assert_eq!(data.dev.len(), 2);
    place.write("AX/ax.tsv", secret.replacen("-1", "neutral", 1).as_bytes());
    let error = place.error("mnli");
    assert!(error.contains("`-1` is no label of AX") && error.ends_with("line 3"), "{error}");
    // What is trained on or scored needs them.
    let place = rte(RTE);
    let secret = RTE.replace("not_entailment", "-1").replace("entailment", "-1");
    place.write("RTE/test.tsv", secret.as_bytes());
    assert_eq!(targets(&place.read("rte").test[0].texts), [Target::Unknown, Target::Unknown]);
    place.write("RTE/dev.tsv", secret.as_bytes());
    assert!(place.error("rte").contains("`-1` is no label of RTE"));
}

#[test]
fn the_diagnostic_set_may_be_named_as_the_test_file() {
    let full = "Premise\tHypothesis\tLabel\nC.\tD.\tcontradiction\n";
    let plain = "index\tsentence1\tsentence2\n7\tC.\tD.\n";
    let place = mnli(&[("diagnostic-full.tsv", full), ("diagnostic.tsv", plain)]);
    gzip(&place.path("diagnostic-full.tsv"));
    let splits = |test: &str| {
        let (data, test) = (place.path("MNLI/train.tsv"), Some(place.path(test)));
        let data = read(&TaskRequest { data, test, ..place.request("mnli") }).unwrap();
        let names = |splits: &[Split]| splits.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
        (names(&data.dev), names(&data.test))
    };
    let named = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    assert_eq!(splits("diagnostic-full.tsv.gz"), (named(&["dev", "ax"]), vec![]));
    assert_eq!(splits("diagnostic.tsv"), (named(&["dev"]), named(&["ax"])));
    assert_eq!(splits("MNLI/dev_matched.tsv"), (named(&["dev"]), named(&["test"])));
}

#[test]
fn what_is_trained_on_or_scored_needs_labels_whatever_its_file_is_called() {
    let place = Place::new(&[("mine.tsv", RTE), ("other.tsv", RTE_TEST)]);
    let files = |data: &str, dev: &str| TaskRequest {
        data: place.path(data),
        dev: Some(place.path(dev)),
        ..place.request("rte")
    };
    for (data, dev) in [("other.tsv", "mine.tsv"), ("mine.tsv", "other.tsv")] {
        let error = error(&files(data, dev));
        assert!(error.contains("no column `label`") && error.ends_with("other.tsv"), "{error}");
    }
    assert!(read(&files("mine.tsv", "mine.tsv")).is_ok());
}

#[test]
fn scores_of_sts_b_are_numbers_and_its_test_may_tell_them() {
    let rows = "index\tsentence1\tsentence2\tscore\n0\tA.\tB.\t3.800\n1\tA.\tC.\t5.000\n";
    let place =
        Place::new(&[("STS-B/train.tsv", rows), ("STS-B/dev.tsv", rows), ("STS-B/test.tsv", rows)]);
    let data = place.read("stsb");
    assert_eq!(targets(&data.test[0].texts), [Target::Score(3.8), Target::Score(5.0)]);
    place.write("STS-B/dev.tsv", rows.replace("5.000", "many").as_bytes());
    let error = place.error("stsb");
    assert!(error.contains("`many`") && error.ends_with("dev.tsv, line 3"), "{error}");
}

#[test]
fn broken_rows_of_qqp_are_left_out_and_counted() {
    let head = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n";
    let rows = format!("{head}0\t1\t2\tA?\tB?\t0\n1\t3\t4\tbroken\n2\t5\t6\tC?\tD?\t1\n");
    let place = Place::new(&[("QQP/train.tsv", &rows), ("QQP/dev.tsv", &rows)]);
    let data = place.read("qqp");
    assert_eq!((data.train.len(), data.train[1].id.as_str()), (2, "2"));
    assert!(data.warnings[0].starts_with("1 rows"), "{:?}", data.warnings);
}

#[test]
fn every_fault_is_named_with_its_file_and_line() {
    let faults = [
        (RTE.replace("not_entailment", "maybe"), "`maybe` is no label of RTE", "line 3"),
        (RTE.replace("label\n", "gold\n"), "no column `label`", "train.tsv"),
        (RTE.replace("A cat.\t", ""), "3 columns where the first has 4", "line 2"),
        (RTE.replace("not_entailment", "entailment"), "all 2 texts are labelled", "train.tsv"),
        (RTE.lines().next().unwrap().to_owned(), "no examples of RTE", "train.tsv"),
        (String::new(), "no column", "train.tsv"),
    ];
    for (text, what, place) in faults {
        let error = rte(&text).error("rte");
        assert!(error.contains(what) && error.ends_with(place), "{error}");
    }
}

#[test]
fn letters_that_are_no_utf_8_are_refused() {
    let place = rte(RTE);
    let mut bytes = RTE.as_bytes().to_vec();
    let at = bytes.iter().rposition(|byte| *byte == b'N').unwrap();
    bytes[at] = 0xe9;
    place.write("RTE/dev.tsv", &bytes);
    let error = place.error("rte");
    assert!(error.contains("UTF-8") && error.ends_with("dev.tsv, line 3"), "{error}");
}

#[test]
fn flags_that_a_built_in_task_does_not_read_are_refused() {
    let place = rte(RTE);
    let dev = TaskRequest { dev: Some(place.path("RTE/dev.tsv")), ..place.request("rte") };
    assert!(error(&dev).contains("`--dev"));
    let test = TaskRequest { test: Some(place.path("RTE/test.tsv")), ..place.request("rte") };
    assert!(error(&test).contains("`--test"));
    let named = TaskRequest { data: place.path("RTE/train.tsv"), ..dev };
    assert_eq!(read(&named).unwrap().dev[0].texts.len(), 2);
    let column = TaskRequest { label: Some("label".to_owned()), ..place.request("rte") };
    let error = error(&column);
    assert!(error.contains("--label-column") && error.contains("--kind"), "{error}");
}

#[test]
fn cola_may_name_its_columns() {
    let exported = "sentence\tlabel\tidx\nOur friends.\t1\t0\nFriends our.\t0\t1\n";
    let named = "source\tlabel\tjudgement\tsentence\ngj04\t1\t\tBill.\n";
    let place = Place::new(&[("CoLA/train.tsv", exported), ("CoLA/dev.tsv", named)]);
    let data = place.read("cola");
    assert_eq!(targets(&data.train), [Target::Class(1), Target::Class(0)]);
    let bill = Content::Text("Bill.".to_owned());
    assert_eq!(data.train[1].content, Content::Text("Friends our.".to_owned()));
    assert_eq!((data.dev[0].texts.len(), &data.dev[0].texts[0].content), (1, &bill));
    let spec = TaskSpec::builtin("cola").unwrap();
    let texts = read_texts(&place.path("CoLA/dev.tsv"), &spec).unwrap();
    assert_eq!((texts.len(), &texts[0].content), (1, &bill));
    place.write("CoLA/dev.tsv", b"text\tlabel\nBill.\t1\n");
    let error = place.error("cola");
    assert!(error.contains("no column `sentence`; the columns are `text`"), "{error}");
}

#[test]
fn files_of_mnli_that_are_named_one_by_one_keep_their_splits_names() {
    let plain = "index\tsentence1\tsentence2\n7\tC.\tD.\n";
    let place = mnli(&[("test_mismatched.tsv", plain), ("mine.tsv", plain)]);
    gzip(&place.path("test_mismatched.tsv"));
    let splits = |dev: &str, test: &str| {
        let (dev, test) = (Some(place.path(dev)), Some(place.path(test)));
        let data = place.path("MNLI/train.tsv");
        let data = read(&TaskRequest { data, dev, test, ..place.request("mnli") }).unwrap();
        (data.dev[0].name.clone(), data.test[0].name.clone())
    };
    let named = |dev: &str, test: &str| (dev.to_owned(), test.to_owned());
    let found = splits("MNLI/dev_mismatched.tsv", "test_mismatched.tsv.gz");
    assert_eq!(found, named("dev_mismatched", "test_mismatched"));
    assert_eq!(splits("MNLI/train.tsv", "mine.tsv"), named("dev", "test"));
}
