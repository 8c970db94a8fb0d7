//! Labels, numbers, tags and answers, as a model gives them.

use serde::{Deserialize, Serialize};

/// What a model says about a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prediction {
    /// A label.
    Class {
        /// The likeliest.
        label: usize,
        /// Of every label.
        probabilities: Vec<f32>,
    },
    /// A number.
    Score(f64),
    /// A tag for each word.
    Tags {
        /// Their numbers.
        tags: Vec<usize>,
        /// The model's probability of each.
        probabilities: Vec<f32>,
    },
    /// A stretch of the context.
    Answer(PredictedAnswer),
}

/// What a model takes for the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PredictedAnswer {
    /// The best answer there is, though there may be none: see `none_score`.
    pub text: String,
    /// First character in the context.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// Score of that answer.
    pub score: f32,
    /// By how much "no answer" beats that answer; above the threshold there is none. SQuAD's
    /// `na_prob` file holds these.
    pub none_score: f32,
    /// The best answers with their scores, best first.
    pub n_best: Vec<(String, f32)>,
}

impl PredictedAnswer {
    /// The answer, empty where the question is taken to have none.
    pub fn or_none(&self, threshold: f32) -> &str {
        if self.none_score > threshold { "" } else { &self.text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_answer_is_given_above_the_threshold() {
        let answer = PredictedAnswer {
            text: "in May".to_owned(),
            start: 3,
            end: 9,
            score: 1.0,
            none_score: -2.0,
            n_best: Vec::new(),
        };
        assert_eq!(answer.or_none(0.0), "in May");
        assert_eq!(answer.or_none(-2.75), "");
    }
}
