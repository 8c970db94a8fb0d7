//! What one scores without reading the texts: the number that a trained model has to beat.

use super::{mean, most_common};
use crate::tasks::{
    Content, LabelledText, PredictedAnswer, Prediction, Target, TaskKind, TaskSpec,
};

/// Predicts for every text what is most common among the training texts: the class, the mean score,
/// the tag of a word; for spans, that there is no answer.
pub fn majority(
    spec: &TaskSpec,
    train: &[LabelledText],
    texts: &[LabelledText],
) -> Vec<Prediction> {
    match &spec.kind {
        TaskKind::Classification { labels } => {
            let guess = majority_class(train, labels.len());
            vec![guess; texts.len()]
        }
        TaskKind::Regression => {
            let scores = train.iter().filter_map(|text| match text.target {
                Target::Score(score) => Some(score),
                _ => None,
            });
            let mean = mean(&scores.collect::<Vec<f64>>()).unwrap_or(0.0);
            vec![Prediction::Score(mean); texts.len()]
        }
        TaskKind::Tagging { .. } => {
            let tags = train.iter().filter_map(|text| match &text.target {
                Target::Tags(tags) => Some(tags.as_slice()),
                _ => None,
            });
            let tag = most_common(&tags.collect::<Vec<_>>().concat()).unwrap_or(0);
            let guess = |text: &LabelledText| {
                let words = words(&text.content);
                Prediction::Tags { tags: vec![tag; words], probabilities: vec![1.0; words] }
            };
            texts.iter().map(guess).collect()
        }
        TaskKind::Spans { .. } => vec![no_answer(); texts.len()],
    }
}

/// The most common class; the probabilities are the shares of all classes.
fn majority_class(train: &[LabelledText], classes: usize) -> Prediction {
    let known = train.iter().filter_map(|text| match text.target {
        Target::Class(class) => Some(class),
        _ => None,
    });
    let known: Vec<usize> = known.collect();
    let share = |class| {
        let count = known.iter().filter(|&&label| label == class).count();
        count as f32 / known.len().max(1) as f32
    };
    Prediction::Class {
        label: most_common(&known).unwrap_or(0),
        probabilities: (0..classes).map(share).collect(),
    }
}

fn no_answer() -> Prediction {
    Prediction::Answer(PredictedAnswer {
        text: String::new(),
        start: 0,
        end: 0,
        score: 0.0,
        none_score: 1.0,
        n_best: Vec::new(),
    })
}

fn words(content: &Content) -> usize {
    if let Content::Words(words) = content { words.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scores::score;
    use crate::tasks::Answer;

    fn text(content: Content, target: Target) -> LabelledText {
        LabelledText { id: "1".to_owned(), content, target }
    }

    fn sentence(target: Target) -> LabelledText {
        text(Content::Text("a".to_owned()), target)
    }

    #[test]
    fn the_majority_comes_from_the_training_texts() {
        let spec = TaskSpec::builtin("cola").unwrap();
        let train = [1, 1, 0].map(|class| sentence(Target::Class(class)));
        let dev = [0, 0, 1].map(|class| sentence(Target::Class(class)));
        let guesses = majority(&spec, &train, &dev);
        let scores = score(&spec, &dev, &guesses).unwrap();
        assert_eq!((scores["accuracy"], scores["matthews"]), (1.0 / 3.0, 0.0));
    }

    #[test]
    fn a_mean_score_correlates_with_nothing() {
        let spec = TaskSpec::builtin("stsb").unwrap();
        let texts = [1.0, 4.0].map(|value| sentence(Target::Score(value)));
        let guesses = majority(&spec, &texts, &texts);
        assert_eq!(guesses, [Prediction::Score(2.5), Prediction::Score(2.5)]);
        assert!(score(&spec, &texts, &guesses).unwrap().is_empty());
    }

    #[test]
    fn every_word_gets_the_commonest_tag() {
        let mut spec = TaskSpec::builtin("ner").unwrap();
        spec.kind = TaskKind::Tagging { labels: vec!["O".to_owned(), "B-PER".to_owned()] };
        let words = |tags: Vec<usize>| {
            text(Content::Words(vec!["x".to_owned(); tags.len()]), Target::Tags(tags))
        };
        let texts = [words(vec![0, 1, 0]), words(vec![0])];
        let scores = score(&spec, &texts, &majority(&spec, &texts, &texts)).unwrap();
        assert_eq!((scores["accuracy"], scores["f1"]), (0.75, 0.0));
    }

    #[test]
    fn having_no_answer_is_right_for_questions_without_one() {
        let spec = TaskSpec::builtin("squad2").unwrap();
        let question = |answers| {
            let content =
                Content::Question { question: "who?".to_owned(), context: "She.".to_owned() };
            text(content, Target::Answers(answers))
        };
        let texts = [question(vec![]), question(vec![Answer { text: "She".to_owned(), start: 0 }])];
        let scores = score(&spec, &texts, &majority(&spec, &[], &texts)).unwrap();
        assert_eq!((scores["exact_match"], scores["f1"]), (0.5, 0.5));
    }
}
