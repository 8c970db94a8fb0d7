//! From which lead of "no answer" on a question is best taken to have none.

use super::answers::AnswerScore;
use crate::error::TaskError;
use crate::tasks::{LabelledText, Prediction, Target};
use serde::Serialize;

/// The best that any threshold reaches on these texts, which flatters: it was chosen on them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BestThresholds {
    /// Largest share of exact matches.
    pub exact_match: f64,
    /// The threshold that reaches it.
    pub exact_match_threshold: f32,
    /// Largest F1.
    pub f1: f64,
    /// The threshold that reaches it.
    pub f1_threshold: f32,
}

/// Finds the thresholds that SQuAD 2.0's script reports as `best_exact_thresh` and
/// `best_f1_thresh`.
///
/// It differs from the script where that is not attainable: equal leads stand or fall together, and
/// when answering nothing is best the threshold lies below all leads instead of at 0.
///
/// # Errors
///
/// [`TaskError::Data`] when there are no questions, or one has no truth or no answer predicted.
pub fn best_thresholds(
    texts: &[LabelledText],
    predictions: &[Prediction],
) -> Result<BestThresholds, TaskError> {
    let mut questions =
        texts.iter().zip(predictions).map(Question::new).collect::<Result<Vec<_>, _>>()?;
    questions.sort_by(|a, b| a.lead.total_cmp(&b.lead));
    let Some(lowest) = questions.first().map(|question| question.lead.next_down()) else {
        return Err(TaskError::Data("there are no questions to choose a threshold on".to_owned()));
    };
    let (exact_match, exact_match_threshold) = best(&questions, lowest, |score| score.exact_match);
    let (f1, f1_threshold) = best(&questions, lowest, |score| score.f1);
    Ok(BestThresholds { exact_match, exact_match_threshold, f1, f1_threshold })
}

struct Question {
    /// By how much "no answer" beats the best answer.
    lead: f32,
    /// What changes when the answer is given instead of none.
    gain: AnswerScore,
    has_answer: bool,
}

impl Question {
    fn new((text, prediction): (&LabelledText, &Prediction)) -> Result<Self, TaskError> {
        let (Target::Answers(gold), Prediction::Answer(answer)) = (&text.target, prediction) else {
            let sentence = format!("text `{}` is no question with a known answer", text.id);
            return Err(TaskError::Data(sentence));
        };
        let has_answer = !gold.is_empty();
        let gold: Vec<&str> = gold.iter().map(|answer| answer.text.as_str()).collect();
        let lost = if answer.text.is_empty() { 0.0 } else { -1.0 };
        let gain = if has_answer {
            AnswerScore::new(&answer.text, &gold, true)
        } else {
            AnswerScore { exact_match: lost, f1: lost }
        };
        Ok(Self { lead: answer.none_score, gain, has_answer })
    }
}

/// The best mean score and its threshold; at first nothing is answered, then ever more.
fn best(questions: &[Question], lowest: f32, score: fn(&AnswerScore) -> f64) -> (f64, f32) {
    let mut sum = questions.iter().filter(|question| !question.has_answer).count() as f64;
    let mut best = (sum, lowest);
    for equal in questions.chunk_by(|a, b| a.lead == b.lead) {
        sum += equal.iter().map(|question| score(&question.gain)).sum::<f64>();
        if sum > best.0 {
            best = (sum, equal[0].lead);
        }
    }
    (best.0 / questions.len() as f64, best.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scores::score_with_threshold;
    use crate::tasks::{Answer, Content, PredictedAnswer, TaskSpec};

    /// A question whose answer is `gold`, if any, and which was answered `said` at `lead`.
    fn question(gold: Option<&str>, said: &str, lead: f32) -> (LabelledText, Prediction) {
        let answers = gold.map(|text| Answer { text: text.to_owned(), start: 0 });
        let text = LabelledText {
            id: String::new(),
            content: Content::Question { question: String::new(), context: String::new() },
            target: Target::Answers(answers.into_iter().collect()),
        };
        let prediction = Prediction::Answer(PredictedAnswer {
            text: said.to_owned(),
            start: 0,
            end: 0,
            score: 0.0,
            none_score: lead,
            n_best: Vec::new(),
        });
        (text, prediction)
    }

    #[test]
    fn scoring_with_the_best_threshold_reaches_the_best_score() {
        let (texts, predictions): (Vec<_>, Vec<_>) = [
            question(Some("red cat"), "red cat", -3.0),
            question(None, "dog", -1.0),
            question(Some("red fox"), "fox", 0.5),
            question(Some("bird"), "cow", 0.5),
            question(None, "tree", 4.0),
        ]
        .into_iter()
        .unzip();
        let spec = TaskSpec::builtin("squad2").unwrap();
        let best = best_thresholds(&texts, &predictions).unwrap();
        let at = |threshold| score_with_threshold(&spec, &texts, &predictions, threshold).unwrap();
        assert_eq!(at(best.exact_match_threshold)["exact_match"], best.exact_match);
        assert!((at(best.f1_threshold)["f1"] - best.f1).abs() < 1e-12);
        for threshold in [-9.0, -3.0, -2.0, -1.0, 0.0, 0.5, 1.0, 4.0, 9.0] {
            assert!(at(threshold)["f1"] <= best.f1 + 1e-12);
        }
        assert_eq!((best.exact_match, best.exact_match_threshold), (0.6, -3.0));
    }

    #[test]
    fn where_no_answer_is_right_none_is_best() {
        let (texts, predictions): (Vec<_>, Vec<_>) =
            [question(None, "dog", -1.0), question(Some("fox"), "cow", -0.5)].into_iter().unzip();
        let best = best_thresholds(&texts, &predictions).unwrap();
        assert_eq!(best.exact_match, 0.5);
        assert!(best.exact_match_threshold < -1.0);
        assert!(best_thresholds(&[], &[]).is_err());
    }
}
