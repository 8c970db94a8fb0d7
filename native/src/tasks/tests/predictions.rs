//! What goes to a benchmark's server.

use crate::tasks::predictions::{
    predictions_bytes, predictions_file, predictions_files, submission_files,
};
use electra::tasks::{
    Columns, Content, LabelledText, PredictedAnswer, Prediction, Target, TaskKind, TaskSpec,
};

fn task(name: &str) -> TaskSpec {
    TaskSpec::builtin(name).unwrap()
}

fn text(id: &str, content: Content, target: Target) -> LabelledText {
    LabelledText { id: id.to_owned(), content, target }
}

fn sentence(id: &str) -> LabelledText {
    text(id, Content::Text("x".to_owned()), Target::Unknown)
}

fn class(label: usize) -> Prediction {
    Prediction::Class { label, probabilities: vec![0.25, 0.75] }
}

fn written(spec: &TaskSpec, texts: &[LabelledText], predictions: &[Prediction]) -> String {
    String::from_utf8(predictions_bytes(spec, texts, predictions).unwrap()).unwrap()
}

#[test]
fn files_have_the_names_that_glues_server_asks_for() {
    let submitted = [
        ("cola", "test", "CoLA.tsv"),
        ("sst2", "test", "SST-2.tsv"),
        ("mrpc", "test", "MRPC.tsv"),
        ("stsb", "test", "STS-B.tsv"),
        ("qqp", "test", "QQP.tsv"),
        ("mnli", "test_matched", "MNLI-m.tsv"),
        ("mnli", "test_mismatched", "MNLI-mm.tsv"),
        ("mnli", "ax", "AX.tsv"),
        ("qnli", "test", "QNLI.tsv"),
        ("rte", "test", "RTE.tsv"),
        ("wnli", "test", "WNLI.tsv"),
        ("mnli", "dev_matched", "MNLI-m-dev.tsv"),
        ("rte", "dev", "RTE-dev.tsv"),
        ("squad2", "dev", "squad2-dev.json"),
        ("chunk", "test", "chunk-test.txt"),
    ];
    for (name, split, file) in submitted {
        assert_eq!(predictions_file(&task(name), split), file);
    }
}

#[test]
fn only_what_the_server_takes_is_submitted() {
    assert_eq!(submission_files(&task("mnli")), ["MNLI-m.tsv", "MNLI-mm.tsv", "AX.tsv"]);
    assert_eq!(submission_files(&task("rte")), ["RTE.tsv"]);
    assert!(submission_files(&task("squad2")).is_empty());
}

#[test]
fn labels_that_the_server_does_not_know_are_refused() {
    let labels = ["LABEL_0", "LABEL_1"].map(str::to_owned).to_vec();
    let spec = TaskSpec { kind: TaskKind::Classification { labels }, ..task("rte") };
    let (texts, predictions) = ([sentence("0")], [class(0)]);
    let error = predictions_bytes(&spec, &texts, &predictions).unwrap_err().to_string();
    assert!(error.starts_with("`LABEL_0` is no label of RTE"), "{error}");
    // One's own task may be called like a built-in one.
    let own = TaskSpec::custom("rte", spec.kind, Columns::default());
    assert!(predictions_bytes(&own, &texts, &predictions).is_ok());
}

#[test]
fn glue_gets_an_index_and_names_of_labels() {
    let rows = written(&task("rte"), &[sentence("0"), sentence("1")], &[class(1), class(0)]);
    assert_eq!(rows, "index\tprediction\n0\tnot_entailment\n1\tentailment\n");
    let scores = [Prediction::Score(5.4), Prediction::Score(1.23456)];
    let rows = written(&task("stsb"), &[sentence("0"), sentence("1")], &scores);
    assert_eq!(rows, "index\tprediction\n0\t5.000\n1\t1.235\n");
}

#[test]
fn squad_gets_answers_and_leads_of_no_answer() {
    let answer = |text: &str, none_score| {
        Prediction::Answer(PredictedAnswer {
            text: text.to_owned(),
            start: 0,
            end: 1,
            score: 1.0,
            none_score,
            n_best: vec![],
        })
    };
    let question = |id| {
        let content = Content::Question { question: "?".to_owned(), context: "x".to_owned() };
        text(id, content, Target::Unknown)
    };
    let texts = [question("a"), question("b")];
    let predictions = [answer("É", -1.5), answer("x", 2.25)];
    let files = predictions_files(&task("squad2"), "dev", &texts, &predictions).unwrap();
    let read = |at: usize| -> serde_json::Value { serde_json::from_slice(&files[at].1).unwrap() };
    assert_eq!(read(0), serde_json::json!({ "a": "É", "b": "" }));
    assert_eq!(read(1), serde_json::json!({ "a": -1.5, "b": 2.25 }));
    assert_eq!(files[1].0, "squad2-dev-null-odds.json");
    let files = predictions_files(&task("squad1"), "dev", &texts, &predictions).unwrap();
    assert_eq!(files.len(), 1);
    assert!(written(&task("squad1"), &texts, &predictions).contains("\"b\": \"x\""));
}

#[test]
fn words_stand_beside_the_true_and_the_predicted_tag() {
    let mut spec = task("ner");
    spec.kind = TaskKind::Tagging { labels: vec!["O".to_owned(), "B-PER".to_owned()] };
    let words =
        |target| text("0", Content::Words(vec!["Ann".to_owned(), "ran".to_owned()]), target);
    let tags = [Prediction::Tags { tags: vec![1, 1], probabilities: vec![0.9, 0.6] }];
    let rows = written(&spec, &[words(Target::Tags(vec![1, 0]))], &tags);
    assert_eq!(rows, "Ann B-PER B-PER\nran O B-PER\n\n");
    assert_eq!(written(&spec, &[words(Target::Unknown)], &tags), "Ann B-PER\nran B-PER\n\n");
}

#[test]
fn ones_own_task_gets_a_json_object_a_text() {
    let labels = TaskKind::Classification { labels: vec!["no".to_owned(), "yes".to_owned()] };
    let spec = TaskSpec::custom("mine", labels, Columns::default());
    let line = written(&spec, &[sentence("q7")], &[class(1)]);
    let expected =
        "{\"id\":\"q7\",\"label\":\"yes\",\"probabilities\":{\"no\":0.25,\"yes\":0.75}}\n";
    assert_eq!(line, expected);
    assert_eq!(predictions_file(&spec, "test"), "mine-test.jsonl");
}

#[test]
fn predictions_of_another_kind_are_refused() {
    let spec = task("rte");
    let texts = [sentence("0")];
    assert!(predictions_bytes(&spec, &texts, &[Prediction::Score(1.0)]).is_err());
    assert!(predictions_bytes(&spec, &texts, &[]).is_err());
    assert!(predictions_bytes(&spec, &texts, &[class(9)]).is_err());
}
