//! When a fine-tuning has had enough.

use serde::{Deserialize, Serialize};

/// Watches the development metric; larger is better.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EarlyStopping {
    /// Evaluations without a better one after which it ends; 0: never.
    pub patience: usize,
    /// The best score and the step that reached it.
    pub best: Option<(f64, usize)>,
    /// Evaluations since.
    pub since: usize,
}

/// What an evaluation means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The best so far: keep this model.
    Better,
    /// Not the best, but there is hope.
    GoOn,
    /// Enough.
    Stop,
}

impl EarlyStopping {
    /// Nothing seen yet.
    pub fn new(patience: usize) -> Self {
        Self { patience, ..Self::default() }
    }

    /// Judges a score; one that is not defined counts as the worst.
    pub fn judge(&mut self, score: Option<f64>, step: usize) -> Verdict {
        let score = score.filter(|score| !score.is_nan()).unwrap_or(f64::MIN);
        if self.best.is_none_or(|(best, _)| score > best) {
            self.best = Some((score, step));
            self.since = 0;
            return Verdict::Better;
        }
        self.since += 1;
        if self.patience > 0 && self.since >= self.patience { Verdict::Stop } else { Verdict::GoOn }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_counts_evaluations_without_a_better_one() {
        use Verdict::{Better, GoOn, Stop};
        let mut stopping = EarlyStopping::new(2);
        let scores = [Some(0.5), Some(0.4), Some(0.6), Some(0.6), None];
        let verdicts: Vec<Verdict> =
            (0..).zip(scores).map(|(step, score)| stopping.judge(score, step)).collect();
        assert_eq!(verdicts, [Better, GoOn, Better, GoOn, Stop]);
        assert_eq!(stopping.best, Some((0.6, 2)));
    }

    #[test]
    fn without_patience_it_never_ends() {
        let mut stopping = EarlyStopping::new(0);
        assert!((0..100).all(|step| stopping.judge(Some(-1.0), step) != Verdict::Stop));
    }
}
