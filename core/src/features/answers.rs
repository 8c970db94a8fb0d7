//! From scores of positions back to answers in the words of the context.

use super::{Feature, FeatureSettings, Source};
use crate::tasks::{Content, LabelledText, PredictedAnswer, Prediction};
use std::ops::Range;

/// A possible answer in one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Position of its first token.
    pub start: usize,
    /// Position of its last token.
    pub end: usize,
    /// How likely it is, as the sum of two logits or of two log-probabilities.
    pub score: f32,
}

/// What a head says about one row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowAnswers {
    /// Possible answers in any order; those that are no stretch of the context are dropped later.
    pub candidates: Vec<Candidate>,
    /// Score of the row holding no answer.
    pub none: f32,
}

/// What the score of "no answer" is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoneScore {
    /// With the best answer's score, as heads without a part of their own for it do.
    Relative,
    /// With nothing: it is a logit by itself, as in the authors' code.
    Absolute,
}

/// Candidates of a head that scores starts and ends by themselves: every pair of the `n_best` best
/// of each; the row has no answer to the degree that both point to `[CLS]`.
///
/// # Shapes
///
/// - `start`, `end`: `[tokens]`; what stands behind the row's tokens is ignored
pub fn plain_answers(
    feature: &Feature,
    start: &[f32],
    end: &[f32],
    settings: &FeatureSettings,
) -> RowAnswers {
    let Source::Context(context) = &feature.source else { return RowAnswers::default() };
    let starts = best_positions(start, context.positions(), settings.n_best);
    let ends = best_positions(end, context.positions(), settings.n_best);
    let pairs = starts.iter().flat_map(|&at| ends.iter().map(move |&to| (at, to)));
    let candidate =
        |(at, to): (usize, usize)| Candidate { start: at, end: to, score: start[at] + end[to] };
    RowAnswers { candidates: pairs.map(candidate).collect(), none: start[0] + end[0] }
}

fn best_positions(scores: &[f32], positions: Range<usize>, count: usize) -> Vec<usize> {
    let mut positions: Vec<usize> = positions.collect();
    positions.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    positions.truncate(count);
    positions
}

/// The answer to each question: the best candidate of all its rows.
///
/// A candidate counts if it lies in the context, does not end before it begins, is no longer than
/// `max_answer_length`, and no other row that holds it has more context around it (the authors' code
/// asks that of its first token only, and so loses answers that leave that row). A question is as
/// sure to have no answer as the row that is least sure of it.
///
/// # Shapes
///
/// - `rows`: `[features]`
pub fn answers(
    texts: &[LabelledText],
    features: &[Feature],
    rows: &[RowAnswers],
    none: NoneScore,
    settings: &FeatureSettings,
) -> Vec<Prediction> {
    assert_eq!(features.len(), rows.len(), "answers for every row");
    let mut of_text: Vec<Vec<Found>> = vec![Vec::new(); texts.len()];
    let mut none_scores = vec![f32::INFINITY; texts.len()];
    for (feature, row) in features.iter().zip(rows) {
        let lowest = &mut none_scores[feature.text];
        *lowest = lowest.min(row.none);
        of_text[feature.text]
            .extend(row.candidates.iter().filter_map(|it| it.found(feature, settings)));
    }
    let questions = texts.iter().zip(of_text).zip(none_scores);
    let answer = |((text, found), none_score)| {
        Prediction::Answer(best_answer(text, found, none_score, none, settings.n_best))
    };
    questions.map(answer).collect()
}

/// A candidate as a stretch of characters.
#[derive(Clone)]
struct Found {
    characters: Range<usize>,
    score: f32,
}

impl Candidate {
    fn found(&self, feature: &Feature, settings: &FeatureSettings) -> Option<Found> {
        let Source::Context(context) = &feature.source else { return None };
        let positions = context.positions();
        let valid = positions.contains(&self.start)
            && positions.contains(&self.end)
            && self.start <= self.end
            && self.end - self.start < settings.max_answer_length
            && context.is_best(self.start, self.end);
        let score = self.score;
        valid.then(|| Found { characters: context.characters(self.start, self.end), score })
    }
}

fn best_answer(
    text: &LabelledText,
    mut found: Vec<Found>,
    none_score: f32,
    none: NoneScore,
    n_best: usize,
) -> PredictedAnswer {
    let context = if let Content::Question { context, .. } = &text.content { context } else { "" };
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut best: Vec<(String, f32)> = Vec::new();
    for Found { characters, score } in &found {
        if best.len() == n_best {
            break;
        }
        let words = characters_of(context, characters);
        if best.iter().all(|(known, _)| known != words) {
            best.push((words.to_owned(), *score));
        }
    }
    let Found { characters, score } =
        found.first().cloned().unwrap_or(Found { characters: 0..0, score: f32::MIN });
    let none_score = match none {
        // Nothing to answer with: "no answer" wins at any threshold.
        _ if found.is_empty() => f32::MAX,
        NoneScore::Relative => none_score - score,
        NoneScore::Absolute => none_score,
    };
    PredictedAnswer {
        text: characters_of(context, &characters).to_owned(),
        start: characters.start,
        end: characters.end,
        score,
        none_score,
        n_best: best,
    }
}

/// A stretch of a text by its characters.
fn characters_of<'a>(text: &'a str, characters: &Range<usize>) -> &'a str {
    let mut bytes = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let start = bytes.nth(characters.start).unwrap_or(text.len());
    if characters.is_empty() {
        return &text[start..start];
    }
    let end = bytes.nth(characters.len() - 1).unwrap_or(text.len());
    &text[start..end]
}
