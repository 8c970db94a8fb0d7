//! The one number that papers quote for GLUE.

use crate::tasks::PAPER_TASKS;
use serde::{Deserialize, Serialize};

/// The mean over GLUE's tasks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GlueAverage {
    /// Mean of the primary scores.
    pub mean: f64,
    /// Tasks that it is over.
    pub tasks: usize,
    /// Whether these are all; if not, the mean compares with no published one.
    pub complete: bool,
}

/// The ELECTRA paper's average: over eight tasks, WNLI left out, each with its primary score
/// (Matthews' correlation for CoLA, Spearman's for STS-B, else accuracy; MNLI matched).
///
/// `scores` holds names of tasks and their primary scores; other tasks do not count, and of a task
/// that stands there twice the first does. None when none of the eight is there.
pub fn glue_average(scores: &[(&str, f64)]) -> Option<GlueAverage> {
    let of = |task: &&str| scores.iter().find(|(name, _)| name == task).map(|(_, score)| *score);
    let counted: Vec<f64> = PAPER_TASKS.iter().filter_map(of).collect();
    let (mean, tasks) = (super::mean(&counted)?, counted.len());
    Some(GlueAverage { mean, tasks, complete: tasks == PAPER_TASKS.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_rows_have_the_papers_averages() {
        let average = |row: [f64; 8]| {
            let scores: Vec<(&str, f64)> = PAPER_TASKS.into_iter().zip(row).collect();
            glue_average(&scores).unwrap()
        };
        // Table 2 of the paper: CoLA SST MRPC STS QQP MNLI QNLI RTE.
        let electra_400k = average([69.3, 96.0, 90.6, 92.1, 92.4, 90.5, 94.5, 86.8]);
        assert!((electra_400k.mean - 89.0).abs() < 0.05 && electra_400k.complete);
        let bert = average([60.6, 93.2, 88.0, 90.0, 91.3, 86.6, 92.3, 70.4]);
        assert!((bert.mean - 84.0).abs() < 0.06, "{bert:?}");
    }

    #[test]
    fn wnli_and_other_tasks_do_not_count() {
        let average = glue_average(&[("cola", 0.5), ("wnli", 0.9), ("squad1", 0.9), ("rte", 0.7)]);
        let average = average.unwrap();
        assert!((average.mean - 0.6).abs() < 1e-12);
        assert_eq!((average.tasks, average.complete), (2, false));
        assert_eq!(glue_average(&[("wnli", 0.9)]), None);
    }
}
