//! GLUE as it is downloaded, and how it goes wrong.

use super::*;
use crate::tasks::find;
use electra::tasks::Content;

const RTE: &str = "index\tsentence1\tsentence2\tlabel\n\
    0\tA \"quoted\" cat sat.\tA cat.\tentailment\n\
    1\tIt's \"half quoted.\tNo.\tnot_entailment\n";
const RTE_TEST: &str = "index\tsentence1\tsentence2\n7\tOne.\tTwo.\n";

fn rte(train: &str) -> Place {
    Place::new(&[("RTE/train.tsv", train), ("RTE/dev.tsv", RTE), ("RTE/test.tsv", RTE_TEST)])
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
fn a_zip_file_the_tasks_own_folder_and_other_case_will_do() {
    let place = Place::new(&[]);
    let files = [("RTE/train.tsv", RTE), ("RTE/dev.tsv", RTE), ("RTE/original/train.tsv", "no")];
    place.zip("RTE.zip", &files);
    let data = place.read("rte");
    assert_eq!(data.train.len(), 2);
    let zip = TaskRequest { data: place.path("RTE.zip"), ..place.request("RTE") };
    assert_eq!(read(&zip).unwrap(), data);
    let own = Place::new(&[("train.tsv", RTE), ("dev.tsv", RTE)]);
    assert_eq!(own.read("rte").dev, data.dev);
    let file = TaskRequest { data: own.path("train.tsv"), ..own.request("rte") };
    let data = read(&file).unwrap();
    assert_eq!((data.train.len(), data.dev[0].texts.len()), (1, 1));
    assert!(data.warnings[0].contains("held back"), "{:?}", data.warnings);
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
fn missing_files_are_named() {
    let place = Place::new(&[("RTE/train.tsv", RTE)]);
    assert!(place.error("rte").contains("there is no dev.tsv"));
    assert!(place.error("cola").contains("no files of CoLA"));
    let nowhere = TaskRequest { data: place.path("nowhere"), ..place.request("rte") };
    assert!(error(&nowhere).contains("nowhere"));
    assert!(place.error("glue").contains("no task is called `glue`"));
    place.write("RTE.zip", b"no zip");
    let broken = TaskRequest { data: place.path("RTE.zip"), ..place.request("rte") };
    assert!(error(&broken).contains("no zip file"));
}

#[test]
fn a_folder_of_benchmarks_is_searched_for_every_task() {
    let place = rte(RTE);
    place.write("SST-2/train.tsv", b"sentence\tlabel\n");
    place.write("chunk/train.txt", b"a B-NP\n");
    place.write("empty/readme.txt", b"");
    let found: Vec<String> = find(place.0.path()).into_iter().map(|it| it.task).collect();
    assert_eq!(found, ["sst2", "rte", "chunk"]);
    assert!(find(&place.path("empty")).is_empty());
    // The files of one task are not another's.
    assert_eq!(find(&place.path("RTE")).len(), 1);
}
