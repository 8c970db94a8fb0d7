//! Scores of parts of what is scored: spans of one kind, questions with and without an answer.

use super::evidence::Evidence;
use super::{Scores, on_draw, span_scores};
use crate::error::TaskError;
use crate::tasks::{LabelledText, Metric, Prediction, Target, TaskKind, TaskSpec};
use std::collections::BTreeMap;

/// Scores by part, none for tasks that have no parts.
///
/// Where tags are spans, precision, recall and F1 of each kind. Where questions may have no answer,
/// every metric on those that have one and on those that have none, under the names that SQuAD
/// 2.0's script gives them: `HasAns` and `NoAns`.
///
/// # Errors
///
/// As [`score`](super::score).
pub fn parts(
    spec: &TaskSpec,
    texts: &[LabelledText],
    predictions: &[Prediction],
) -> Result<BTreeMap<String, Scores>, TaskError> {
    // Refuses what does not belong together.
    let evidence = Evidence::gather(spec, texts, predictions, 0.0)?;
    Ok(match &spec.kind {
        TaskKind::Spans { answerable: true } => by_answerability(spec, texts, &evidence),
        TaskKind::Tagging { labels } if spec.metrics.contains(&Metric::F1) => {
            by_kind(labels, texts, predictions)
        }
        _ => BTreeMap::new(),
    })
}

fn by_answerability(
    spec: &TaskSpec,
    texts: &[LabelledText],
    evidence: &Evidence,
) -> BTreeMap<String, Scores> {
    let has_answer = |&at: &usize| texts[at].target != Target::Answers(Vec::new());
    let (with, without): (Vec<usize>, Vec<usize>) = (0..texts.len()).partition(has_answer);
    let parts = [("HasAns", with), ("NoAns", without)].into_iter();
    let parts = parts.filter(|(_, draw)| !draw.is_empty());
    parts.map(|(name, draw)| (name.to_owned(), on_draw(spec, evidence, &draw))).collect()
}

fn by_kind(
    labels: &[String],
    texts: &[LabelledText],
    predictions: &[Prediction],
) -> BTreeMap<String, Scores> {
    let names =
        |tags: &[usize]| -> Vec<&str> { tags.iter().map(|&tag| labels[tag].as_str()).collect() };
    let (mut predicted, mut gold) = (Vec::new(), Vec::new());
    for (text, prediction) in texts.iter().zip(predictions) {
        if let (Target::Tags(truth), Prediction::Tags { tags, .. }) = (&text.target, prediction) {
            predicted.push(names(tags));
            gold.push(names(truth));
        }
    }
    let kinds = span_scores(&predicted, &gold).kinds.into_iter();
    // Tags that name no kind have one part, which is the whole.
    let kinds = kinds.filter(|(kind, _)| !kind.is_empty()).map(|(kind, score)| {
        let metrics = [
            (Metric::Precision, score.precision),
            (Metric::Recall, score.recall),
            (Metric::F1, score.f1),
        ];
        (kind, Scores::from(metrics.map(|(metric, value)| (metric.name().to_owned(), value))))
    });
    kinds.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::{Answer, Content, PredictedAnswer};

    #[test]
    fn every_kind_of_span_has_scores_of_its_own() {
        let mut spec = TaskSpec::builtin("ner").unwrap();
        let labels = ["O", "B-PER", "I-PER", "B-LOC"].map(str::to_owned).to_vec();
        spec.kind = TaskKind::Tagging { labels };
        let text = LabelledText {
            id: String::new(),
            content: Content::Words(vec!["x".to_owned(); 4]),
            target: Target::Tags(vec![1, 2, 0, 3]),
        };
        let said = Prediction::Tags { tags: vec![1, 0, 0, 3], probabilities: vec![1.0; 4] };
        let (texts, predictions) = ([text], [said]);
        let found = parts(&spec, &texts, &predictions).unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["LOC", "PER"]);
        assert_eq!((found["LOC"]["f1"], found["PER"]["f1"]), (1.0, 0.0));
        assert_eq!((found["LOC"]["precision"], found["LOC"]["recall"]), (1.0, 1.0));
        // Parts of speech are no spans.
        spec.metrics = vec![Metric::Accuracy];
        assert!(parts(&spec, &texts, &predictions).unwrap().is_empty());
        assert!(parts(&spec, &texts, &[]).is_err());
    }

    #[test]
    fn questions_without_an_answer_are_scored_apart_from_those_with_one() {
        let question = |answers: &[&str]| {
            let answer = |text: &&str| Answer { text: (*text).to_owned(), start: 0 };
            LabelledText {
                id: String::new(),
                content: Content::Question { question: String::new(), context: String::new() },
                target: Target::Answers(answers.iter().map(answer).collect()),
            }
        };
        let said = |text: &str, none_score| {
            Prediction::Answer(PredictedAnswer {
                text: text.to_owned(),
                start: 0,
                end: 0,
                score: 0.0,
                none_score,
                n_best: Vec::new(),
            })
        };
        let texts = [question(&["red cat"]), question(&[]), question(&[]), question(&[])];
        let predictions =
            [said("cat", -1.0), said("dog", 2.0), said("dog", 2.0), said("dog", -1.0)];
        let spec = TaskSpec::builtin("squad2").unwrap();
        let found = parts(&spec, &texts, &predictions).unwrap();
        assert_eq!((found["HasAns"]["exact_match"], found["HasAns"]["f1"]), (0.0, 2.0 / 3.0));
        assert_eq!((found["NoAns"]["exact_match"], found["NoAns"]["f1"]), (2.0 / 3.0, 2.0 / 3.0));
        assert!(!parts(&spec, &texts[1..], &predictions[1..]).unwrap().contains_key("HasAns"));
        let first = TaskSpec::builtin("squad1").unwrap();
        assert!(parts(&first, &texts, &predictions).unwrap().is_empty());
    }
}
