//! What a model says, in the form that each benchmark's submission expects.

use super::{glue, labels};
use anyhow::{Result, anyhow, bail};
use electra::scores::given_answer;
use electra::tasks::{Content, LabelledText, Prediction, Target, TaskKind, TaskSpec};
use serde_json::{Map, Value, json};

/// The name that a split's predictions have: for a test split of GLUE the one that the benchmark's
/// server asks for.
pub(super) fn predictions_file(spec: &TaskSpec, split: &str) -> String {
    let ending = match (&spec.kind, is_glue(spec)) {
        (_, true) => "tsv",
        (TaskKind::Spans { .. }, _) => "json",
        (TaskKind::Tagging { .. }, _) => "txt",
        _ => "jsonl",
    };
    if !is_glue(spec) {
        return format!("{}-{split}.{ending}", spec.name);
    }
    let (part, rest) = match split.rsplit_once('_') {
        Some((part, "matched")) => (part, "-m"),
        Some((part, "mismatched")) => (part, "-mm"),
        _ => (split, ""),
    };
    match part {
        "ax" => "AX.tsv".to_owned(),
        "test" => format!("{}{rest}.tsv", spec.title),
        _ => format!("{}{rest}-{part}.tsv", spec.title),
    }
}

/// The files that a benchmark's server asks for, where there is one that takes them.
pub(crate) fn submission_files(spec: &TaskSpec) -> Vec<String> {
    if !is_glue(spec) {
        return Vec::new();
    }
    let splits = glue::test_files(&spec.name).into_iter().map(|(split, _)| split);
    let diagnostic = (spec.name == "mnli").then_some("ax");
    splits.chain(diagnostic).map(|split| predictions_file(spec, split)).collect()
}

/// The contents of that file.
///
/// GLUE: `index` and `prediction`, labels by name, STS-B between 0 and 5. SQuAD: an object of
/// answers by question, empty where there is none. Tags: the word, the true tag if known, and the
/// predicted one, as `conlleval` reads them. Else one JSON object a text.
///
/// # Errors
///
/// When predictions and texts do not belong together, or the model has labels that the benchmark's
/// server does not know.
pub(crate) fn predictions_bytes(
    spec: &TaskSpec,
    texts: &[LabelledText],
    predictions: &[Prediction],
) -> Result<Vec<u8>> {
    if texts.len() != predictions.len() {
        bail!("there are {} predictions for {} texts", predictions.len(), texts.len());
    }
    let pairs = texts.iter().zip(predictions);
    let lines = |line: &dyn Fn(&LabelledText, &Prediction) -> Result<String>| -> Result<String> {
        pairs.clone().map(|(text, prediction)| line(text, prediction)).collect()
    };
    let contents = match &spec.kind {
        _ if is_glue(spec) => {
            refuse_other_labels(spec)?;
            let rows = lines(&|text, prediction| {
                Ok(format!("{}\t{}\n", text.id, glue_cell(spec, prediction)?))
            })?;
            format!("index\tprediction\n{rows}")
        }
        TaskKind::Spans { .. } => {
            let text = |answer: &electra::tasks::PredictedAnswer| {
                json!(given_answer(&spec.kind, answer, 0.0))
            };
            json_by_question(texts, predictions, &text)?
        }
        TaskKind::Tagging { labels } => {
            lines(&|text, prediction| tagged_sentence(labels, text, prediction))?
        }
        _ => lines(&|text, prediction| own_line(spec, text, prediction))?,
    };
    Ok(contents.into_bytes())
}

/// All files of a split: the predictions, and for SQuAD 2.0 also the leads of "no answer", which
/// its script takes to choose a threshold, under `…-null-odds.json`.
///
/// # Errors
///
/// As [`predictions_bytes`].
pub(crate) fn predictions_files(
    spec: &TaskSpec,
    split: &str,
    texts: &[LabelledText],
    predictions: &[Prediction],
) -> Result<Vec<(String, Vec<u8>)>> {
    let name = predictions_file(spec, split);
    let mut files = vec![(name, predictions_bytes(spec, texts, predictions)?)];
    if spec.kind == (TaskKind::Spans { answerable: true }) {
        let odds =
            json_by_question(texts, predictions, &|answer| json!(six_digits(answer.none_score)))?;
        files.push((format!("{}-{split}-null-odds.json", spec.name), odds.into_bytes()));
    }
    Ok(files)
}

/// One of GLUE's tasks, whose server takes tab-separated files.
fn is_glue(spec: &TaskSpec) -> bool {
    spec.columns.is_none() && glue::knows(&spec.name)
}

/// The labels of a model that somebody else trained may have other names.
fn refuse_other_labels(spec: &TaskSpec) -> Result<()> {
    let known = TaskSpec::builtin(&spec.name)?;
    for label in spec.kind.labels() {
        labels::class(known.kind.labels(), label, &known.title).map_err(|what| {
            anyhow!("{what}; the server takes no other: name them so in the model's config.json")
        })?;
    }
    Ok(())
}

fn unlike() -> anyhow::Error {
    anyhow!("a prediction is not of the kind of its task")
}

fn glue_cell(spec: &TaskSpec, prediction: &Prediction) -> Result<String> {
    match prediction {
        Prediction::Class { label, .. } => {
            spec.kind.labels().get(*label).cloned().ok_or_else(unlike)
        }
        // The server knows no similarity outside the scale.
        Prediction::Score(score) if spec.kind == TaskKind::Regression => {
            Ok(format!("{:.3}", score.clamp(0.0, 5.0)))
        }
        _ => Err(unlike()),
    }
}

fn json_by_question(
    texts: &[LabelledText],
    predictions: &[Prediction],
    value: &dyn Fn(&electra::tasks::PredictedAnswer) -> Value,
) -> Result<String> {
    let mut object = Map::new();
    for (text, prediction) in texts.iter().zip(predictions) {
        let Prediction::Answer(answer) = prediction else { return Err(unlike()) };
        object.insert(text.id.clone(), value(answer));
    }
    Ok(serde_json::to_string_pretty(&Value::Object(object))? + "\n")
}

fn tagged_sentence(
    labels: &[String],
    text: &LabelledText,
    prediction: &Prediction,
) -> Result<String> {
    let (Content::Words(words), Prediction::Tags { tags, .. }) = (&text.content, prediction) else {
        return Err(unlike());
    };
    let name = |tag: usize| labels.get(tag).ok_or_else(unlike);
    let mut lines = String::new();
    for (at, word) in words.iter().enumerate() {
        lines += word;
        if let Target::Tags(truth) = &text.target {
            lines += " ";
            lines += name(*truth.get(at).ok_or_else(unlike)?)?;
        }
        lines += " ";
        lines += name(*tags.get(at).ok_or_else(unlike)?)?;
        lines += "\n";
    }
    Ok(lines + "\n")
}

/// Without the digits that a 32-bit number only seems to have.
pub(crate) fn six_digits(value: f32) -> f64 {
    (f64::from(value) * 1e6).round() / 1e6
}

fn own_line(spec: &TaskSpec, text: &LabelledText, prediction: &Prediction) -> Result<String> {
    let line = match prediction {
        Prediction::Class { label, probabilities } => {
            let labels = spec.kind.labels();
            let shares = labels
                .iter()
                .cloned()
                .zip(probabilities.iter().map(|share| json!(six_digits(*share))));
            let shares: Map<String, Value> = shares.collect();
            let label = labels.get(*label).ok_or_else(unlike)?;
            json!({ "id": text.id, "label": label, "probabilities": shares })
        }
        Prediction::Score(score) => json!({ "id": text.id, "score": score }),
        _ => return Err(unlike()),
    };
    Ok(format!("{line}\n"))
}
