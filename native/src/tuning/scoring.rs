//! What a seed's predictions of a split come to.

use super::results::SeedResult;
use anyhow::Result;
use electra::scores::{BestThresholds, Scores, best_thresholds, bootstrap, parts, score};
use electra::tasks::{Prediction, Split, TaskKind, TaskSpec};
use std::collections::BTreeMap;

/// Draws of the bootstrap.
const RESAMPLES: usize = 1000;

impl SeedResult {
    /// A seed whose model of this step was kept, before anything is scored.
    pub(super) fn new(seed: u64, step: usize, loss: f64) -> Self {
        Self {
            seed,
            metrics: Scores::new(),
            intervals: BTreeMap::new(),
            best: BTreeMap::new(),
            parts: BTreeMap::new(),
            splits: BTreeMap::new(),
            step,
            loss,
            seconds: 0.0,
            predictions: Vec::new(),
        }
    }

    /// Scores a split whose truth is told; the first is looked at more closely.
    ///
    /// # Errors
    ///
    /// When the predictions are not of the kind of the task.
    pub(super) fn score(
        &mut self,
        spec: &TaskSpec,
        split: &Split,
        predictions: &[Prediction],
        is_first: bool,
    ) -> Result<()> {
        let texts = &split.texts;
        let scores = score(&spec.of_split(&split.name), texts, predictions)?;
        if is_first {
            self.metrics = scores.clone();
            self.intervals = bootstrap(spec, texts, predictions, RESAMPLES, self.seed)?;
            self.parts = parts(spec, texts, predictions)?;
            if spec.kind == (TaskKind::Spans { answerable: true }) {
                self.best = best_of(best_thresholds(texts, predictions)?);
            }
        }
        self.splits.insert(split.name.clone(), scores);
        Ok(())
    }
}

fn best_of(best: BestThresholds) -> BTreeMap<String, f64> {
    let pairs = [
        ("exact_match", best.exact_match),
        ("exact_match_threshold", f64::from(best.exact_match_threshold)),
        ("f1", best.f1),
        ("f1_threshold", f64::from(best.f1_threshold)),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use electra::tasks::{Content, LabelledText, PredictedAnswer, Target};

    #[test]
    fn the_first_split_is_scored_in_parts_too_and_every_split_by_itself() {
        let spec = TaskSpec::builtin("squad2").unwrap();
        let text = LabelledText {
            id: "1".to_owned(),
            content: Content::Question { question: "?".to_owned(), context: "x".to_owned() },
            target: Target::Answers(Vec::new()),
        };
        let answer = |none_score| PredictedAnswer {
            text: "x".to_owned(),
            start: 0,
            end: 1,
            score: 0.0,
            none_score,
            n_best: Vec::new(),
        };
        let mut result = SeedResult::new(1, 2, 0.5);
        for (name, none_score) in [("dev", 1.0), ("test", -1.0)] {
            let split = Split { name: name.to_owned(), texts: vec![text.clone()] };
            let said = [Prediction::Answer(answer(none_score))];
            result.score(&spec, &split, &said, name == "dev").unwrap();
        }
        assert_eq!(result.metrics["exact_match"], 1.0);
        assert_eq!(result.parts, BTreeMap::from([("NoAns".to_owned(), result.metrics.clone())]));
        assert!(result.best.contains_key("f1_threshold") && result.intervals.contains_key("f1"));
        assert_eq!(result.splits["dev"], result.metrics);
        assert_eq!(result.splits["test"]["exact_match"], 0.0);
    }
}
