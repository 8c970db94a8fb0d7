//! Where a task's files are looked for.

use super::glue::{RTE, rte};
use super::*;
use crate::tasks::find;

fn found(folder: &Path, wanted: &[&str]) -> Vec<String> {
    let wanted: Vec<String> = wanted.iter().map(|&name| name.to_owned()).collect();
    find(folder, &wanted).into_iter().map(|request| request.task).collect()
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
fn archives_are_known_by_the_names_under_which_they_are_downloaded() {
    let qqp = "id\tquestion1\tquestion2\tis_duplicate\n0\tA?\tB?\t0\n1\tC?\tD?\t1\n";
    let place = Place::new(&[]);
    place.zip("QQP-clean.zip", &[("QQP/train.tsv", qqp), ("QQP/dev.tsv", qqp)]);
    assert_eq!(place.read("qqp").train.len(), 2);
    let qnli = RTE.replace("sentence1\tsentence2", "question\tsentence");
    place.zip("QNLIv2.zip", &[("QNLI/train.tsv", &qnli), ("QNLI/dev.tsv", &qnli)]);
    assert_eq!(found(place.0.path(), &[]), ["qqp", "qnli"]);
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
    // Folders are no files of CoNLL's.
    place.write("train/readme.txt", b"");
    assert_eq!(found(place.0.path(), &[]), ["sst2", "rte", "chunk"]);
    assert_eq!(found(place.0.path(), &["chunk", "cola"]), ["chunk"]);
    assert!(found(&place.path("empty"), &[]).is_empty());
    // The files of one task are not another's.
    assert_eq!(found(&place.path("RTE"), &[]), ["rte"]);
}

#[test]
fn broken_files_are_a_fault_of_their_own_task_only() {
    let place = rte(RTE);
    place.write("QNLI.zip", b"no zip");
    assert_eq!(found(place.0.path(), &["rte"]), ["rte"]);
    assert_eq!(found(place.0.path(), &[]), ["qnli", "rte"]);
    assert!(place.error("qnli").contains("QNLI.zip"));
    assert_eq!(place.read("rte").train.len(), 2);
}
