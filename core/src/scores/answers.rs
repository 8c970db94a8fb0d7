//! Answers compared as SQuAD's official scripts compare them.

use crate::tasks::{PredictedAnswer, TaskKind};
use std::collections::HashMap;

/// What a model answers in the end: nothing where "no answer" leads by more than `none_threshold`,
/// unless every question of the task has an answer.
pub fn given_answer<'a>(
    kind: &TaskKind,
    answer: &'a PredictedAnswer,
    none_threshold: f32,
) -> &'a str {
    match kind {
        TaskKind::Spans { answerable: true } => answer.or_none(none_threshold),
        _ => &answer.text,
    }
}

/// How well one answer agrees with the gold answers: the best over them, both between 0 and 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AnswerScore {
    /// 1 when some gold answer is the same after normalisation.
    pub exact_match: f64,
    /// F1 of the words in common.
    pub f1: f64,
}

impl AnswerScore {
    /// By the rules of version 2.0 of the data set if `version_2`, else of version 1.1.
    ///
    /// They differ where nothing is left after normalisation: version 2.0 takes that for "no
    /// answer", leaves such gold answers out, and gives full marks for agreement; version 1.1
    /// finds no words in common.
    pub fn new(predicted: &str, gold: &[&str], version_2: bool) -> Self {
        let predicted = normalize_answer(predicted);
        let mut gold: Vec<String> = gold.iter().map(|answer| normalize_answer(answer)).collect();
        if version_2 {
            gold.retain(|answer| !answer.is_empty());
            if gold.is_empty() {
                gold.push(String::new());
            }
        }
        let mut best = Self::default();
        for answer in &gold {
            let same = predicted == *answer;
            let nothing = predicted.is_empty() || answer.is_empty();
            let f1 = if version_2 && nothing {
                f64::from(u8::from(same))
            } else {
                words_in_common(&predicted, answer)
            };
            best.exact_match = best.exact_match.max(f64::from(u8::from(same)));
            best.f1 = best.f1.max(f1);
        }
        best
    }
}

/// Lower case, no ASCII punctuation, no English articles, single spaces.
pub fn normalize_answer(answer: &str) -> String {
    let lower = answer.to_lowercase();
    let bare: String = lower.chars().filter(|letter| !letter.is_ascii_punctuation()).collect();
    let mut rest = String::with_capacity(bare.len());
    // Articles end where letters and digits do, not at spaces only: `a–b` loses its `a`.
    for run in runs(&bare) {
        rest.push_str(if matches!(run, "a" | "an" | "the") { " " } else { run });
    }
    let words: Vec<&str> = rest.split(is_space).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// F1 of the words of two normalised answers, each word as often as it occurs in both; 0 when they
/// share none.
fn words_in_common(predicted: &str, gold: &str) -> f64 {
    let mut left: HashMap<&str, usize> = HashMap::new();
    let words = |text: &str| text.split(' ').filter(|word| !word.is_empty()).count();
    for word in gold.split(' ').filter(|word| !word.is_empty()) {
        *left.entry(word).or_default() += 1;
    }
    let mut common = 0;
    for word in predicted.split(' ') {
        if let Some(count) = left.get_mut(word).filter(|count| **count > 0) {
            *count -= 1;
            common += 1;
        }
    }
    super::F1::of(common, words(predicted), words(gold)).f1
}

/// Cuts a text into runs of letters and digits and the single characters between them.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = if first.is_alphanumeric() {
            rest.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (run, behind) = rest.split_at(length);
        rest = behind;
        Some(run)
    })
}

/// What Python's `str.split` splits at: white space, and four more separators.
fn is_space(letter: char) -> bool {
    letter.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_given_at_any_threshold_where_every_question_has_one() {
        let answer = PredictedAnswer {
            text: "in May".to_owned(),
            start: 3,
            end: 9,
            score: 1.0,
            none_score: 2.0,
            n_best: Vec::new(),
        };
        let given = |answerable, threshold| {
            given_answer(&TaskKind::Spans { answerable }, &answer, threshold).to_owned()
        };
        assert_eq!([given(true, 0.0), given(true, 2.0)], ["", "in May"]);
        assert_eq!([given(false, 0.0), given(false, -9.0)], ["in May", "in May"]);
    }

    #[test]
    fn case_punctuation_articles_and_spaces_do_not_count() {
        assert_eq!(normalize_answer("  The  U.S. Army's, a \t tank!"), "us armys tank");
        assert_eq!(normalize_answer("an A-the thing"), "athe thing");
        assert_eq!(normalize_answer("24–10 a–b théa anthem"), "24–10 –b théa anthem");
        assert_eq!(normalize_answer("The"), "");
    }

    #[test]
    fn the_best_gold_answer_counts() {
        let score = AnswerScore::new("Denver Broncos", &["Broncos", "the Denver Broncos"], false);
        assert_eq!(score, AnswerScore { exact_match: 1.0, f1: 1.0 });
        let score = AnswerScore::new("the Broncos of Denver", &["Denver Broncos"], false);
        assert_eq!(score, AnswerScore { exact_match: 0.0, f1: 0.8 });
    }

    #[test]
    fn a_word_counts_as_often_as_both_have_it() {
        assert_eq!(words_in_common("b b b", "b b c"), 2.0 / 3.0);
        assert_eq!(words_in_common("b", "c"), 0.0);
    }

    #[test]
    fn no_answer_agrees_with_no_answer_in_version_2_only() {
        let perfect = AnswerScore { exact_match: 1.0, f1: 1.0 };
        assert_eq!(AnswerScore::new("", &[], true), perfect);
        assert_eq!(AnswerScore::new("", &["the"], true), perfect);
        assert_eq!(AnswerScore::new("", &["cat"], true), AnswerScore::default());
        assert_eq!(AnswerScore::new("cat", &[], true), AnswerScore::default());
        let same = AnswerScore { exact_match: 1.0, f1: 0.0 };
        assert_eq!(AnswerScore::new("a", &["The"], false), same);
    }
}
