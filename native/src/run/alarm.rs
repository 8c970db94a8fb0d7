//! Notices runs that have gone wrong, and says what to try.

use electra::metrics::{Evaluation, StepMetrics, base_rate_entropy};

/// Evaluations in a row after which "it has not begun to learn" becomes "it does not learn".
const PATIENCE: usize = 3;
/// A discriminator below this has no idea which tokens were replaced; 0.5 is a coin.
const BLIND_AUC: f64 = 0.55;
/// A loss within this share of the all-original baseline counts as sitting on it.
const MARGIN: f64 = 0.02;

/// What is wrong, in one sentence with advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Alert {
    /// Worth knowing; the run goes on.
    Warn(String),
    /// The weights are lost; keep the last good checkpoint and stop.
    Stop(String),
}

/// Watches one run.
#[derive(Debug)]
pub(crate) struct Alarm {
    warmup_steps: usize,
    /// Evaluations in a row on the baseline.
    blind: usize,
    /// Evaluations in a row in which nothing was called replaced.
    silent: usize,
    /// A loss of exactly zero was reported already.
    zero_reported: bool,
}

impl Alarm {
    /// An alarm that tolerates a discriminator on the baseline until the warm-up is over.
    pub(crate) fn new(warmup_steps: usize) -> Self {
        Self { warmup_steps, blind: 0, silent: 0, zero_reported: false }
    }

    /// Corrects the length of the warm-up, which a time budget may shorten.
    pub(crate) fn plan(&mut self, warmup_steps: usize) {
        self.warmup_steps = warmup_steps;
    }

    /// Judges one line of the training log.
    pub(crate) fn step(&mut self, metrics: &StepMetrics) -> Option<Alert> {
        let losses = [
            ("the generator's loss", metrics.generator_loss),
            ("the discriminator's loss", metrics.discriminator_loss),
            ("the total loss", metrics.total_loss),
            ("the norm of the gradients", metrics.grad_norm),
        ];
        let at = format!("at step {}", metrics.step);
        not_finite(&losses, &at).or_else(|| self.exactly_zero(&losses[..2], &at))
    }

    /// Judges one evaluation on the held-out part; the final one without patience, since none after
    /// it can be better.
    pub(crate) fn evaluation(
        &mut self,
        step: usize,
        metrics: &Evaluation,
        is_final: bool,
    ) -> Option<Alert> {
        let losses = [
            ("the generator's held-out loss", metrics.masked_lm_loss),
            ("the discriminator's held-out loss", metrics.disc_loss),
        ];
        let at = format!("at step {step}");
        not_finite(&losses, &at)
            .or_else(|| self.exactly_zero(&losses, &at))
            .or_else(|| self.on_baseline(step, metrics, is_final))
            .or_else(|| self.calls_all_original(step, metrics, is_final))
    }

    fn exactly_zero(&mut self, losses: &[(&str, f64)], at: &str) -> Option<Alert> {
        let (name, _) = losses.iter().find(|(_, loss)| *loss == 0.0)?;
        if std::mem::replace(&mut self.zero_reported, true) {
            return None;
        }
        Some(Alert::Warn(format!(
            "{name} is exactly 0 {at}, so nothing is being learned from it; check that the text is \
             longer than a few words a line and that `objective.mask_prob` hides some of it"
        )))
    }

    /// A detector that learned nothing says the base rate for every token; its loss is the entropy
    /// of that rate, which looks small and steady.
    fn on_baseline(&mut self, step: usize, metrics: &Evaluation, is_final: bool) -> Option<Alert> {
        // Early in a curriculum the plain swaps are the ones that count.
        let aucs = [metrics.disc_auc, metrics.unigram_disc_auc];
        let blind =
            aucs.iter().any(Option::is_some) && aucs.iter().flatten().all(|&auc| auc < BLIND_AUC);
        let baseline = base_rate_entropy(metrics.replaced_rate);
        let stuck = blind && metrics.disc_loss >= (1.0 - MARGIN) * baseline;
        if step <= self.warmup_steps || !stuck {
            self.blind = 0;
            return None;
        }
        self.blind += 1;
        (is_final || self.blind == PATIENCE).then(|| {
            Alert::Warn(format!(
                "the discriminator still cannot tell replaced tokens from original ones at step \
                 {step}: AUC {:.2}, loss {:.3} where knowing only how rare replaced ones are gives \
                 {baseline:.3}; longer training may help, or else another `--lr`, a smaller \
                 generator, or swaps from the unigram distribution in the beginning \
                 (`objective.corruption`)",
                metrics.disc_auc.or(metrics.unigram_disc_auc).unwrap_or(0.5),
                metrics.disc_loss,
            ))
        })
    }

    /// A detector that ranks tokens rightly may still call none replaced: it then has the accuracy of
    /// the baseline, which looks high.
    fn calls_all_original(
        &mut self,
        step: usize,
        metrics: &Evaluation,
        is_final: bool,
    ) -> Option<Alert> {
        let recalls = [metrics.disc_recall, metrics.unigram_disc_recall];
        let silent =
            recalls.iter().any(Option::is_some) && recalls.iter().flatten().all(|&it| it == 0.0);
        if step <= self.warmup_steps || !silent {
            self.silent = 0;
            return None;
        }
        self.silent += 1;
        (is_final || self.silent == PATIENCE).then(|| {
            Alert::Warn(format!(
                "the discriminator calls every token original at step {step}: recall 0, accuracy \
                 {:.3} where calling everything original gives {:.3}; its AUC of {:.2} says how well \
                 it ranks them all the same, and recall comes with longer training, or with more \
                 swaps from the unigram distribution (`objective.corruption`)",
                metrics.disc_accuracy,
                metrics.baseline_accuracy,
                metrics.disc_auc.or(metrics.unigram_disc_auc).unwrap_or(0.5),
            ))
        })
    }
}

fn not_finite(losses: &[(&str, f64)], at: &str) -> Option<Alert> {
    let (name, value) = losses.iter().find(|(_, loss)| !loss.is_finite())?;
    Some(Alert::Stop(format!(
        "{name} is {value} {at}, and training cannot recover from that; a lower `--lr`, a longer \
         warm-up (`optimizer.warmup_steps`) or stronger clipping (`optimizer.max_grad_norm`) may \
         prevent it"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn healthy() -> StepMetrics {
        StepMetrics { generator_loss: 5.0, discriminator_loss: 0.3, ..StepMetrics::default() }
    }

    fn blind() -> Evaluation {
        Evaluation {
            masked_lm_loss: 5.0,
            disc_loss: base_rate_entropy(0.1) * 1.001,
            disc_auc: Some(0.51),
            replaced_rate: 0.1,
            ..Evaluation::default()
        }
    }

    fn warnings(alarm: &mut Alarm, evaluations: &[(usize, Evaluation)]) -> usize {
        evaluations
            .iter()
            .filter(|(step, metrics)| alarm.evaluation(*step, metrics, false).is_some())
            .count()
    }

    #[test]
    fn a_discriminator_on_the_baseline_is_reported_once() {
        let mut alarm = Alarm::new(100);
        let run: Vec<_> = (2..12).map(|at| (at * 100, blind())).collect();
        assert_eq!(warnings(&mut alarm, &run[..2]), 0);
        assert!(
            matches!(alarm.evaluation(400, &blind(), false), Some(Alert::Warn(text)) if text.contains("0.51"))
        );
        assert_eq!(warnings(&mut alarm, &run[3..]), 0);
    }

    #[test]
    fn warm_up_and_progress_are_no_alarm() {
        let early: Vec<_> = (1..10).map(|step| (step * 10, blind())).collect();
        assert_eq!(warnings(&mut Alarm::new(100), &early), 0);
        let mut run: Vec<_> = (2..8).map(|at| (at * 100, blind())).collect();
        run[2].1.disc_auc = Some(0.6);
        run[5].1.disc_loss *= 0.9;
        assert_eq!(warnings(&mut Alarm::new(100), &run), 0);
    }

    #[test]
    fn learning_plain_swaps_first_is_no_alarm() {
        let mut learning = blind();
        learning.unigram_disc_auc = Some(0.8);
        let run: Vec<_> = (2..8).map(|at| (at * 100, learning.clone())).collect();
        assert_eq!(warnings(&mut Alarm::new(100), &run), 0);
    }

    #[test]
    fn a_discriminator_that_calls_all_original_is_reported_although_it_ranks() {
        let silent = Evaluation {
            disc_auc: Some(0.67),
            disc_recall: Some(0.0),
            unigram_disc_recall: Some(0.0),
            ..blind()
        };
        let mut alarm = Alarm::new(100);
        let run: Vec<_> = (1..12).map(|at| (at * 100, silent.clone())).collect();
        assert_eq!(warnings(&mut alarm, &run[..3]), 0);
        assert!(
            matches!(alarm.evaluation(400, &silent, false), Some(Alert::Warn(text)) if text.contains("recall 0"))
        );
        assert_eq!(warnings(&mut alarm, &run[4..]), 0);
        assert!(Alarm::new(100).evaluation(101, &silent, true).is_some());
        for recalls in [(Some(0.01), Some(0.0)), (Some(0.0), Some(0.01)), (None, None)] {
            let (disc_recall, unigram_disc_recall) = recalls;
            let found = Evaluation { disc_recall, unigram_disc_recall, ..silent.clone() };
            assert_eq!(Alarm::new(100).evaluation(101, &found, true), None, "{recalls:?}");
        }
    }

    #[test]
    fn the_final_evaluation_is_judged_without_patience() {
        let mut alarm = Alarm::new(100);
        assert!(
            matches!(alarm.evaluation(101, &blind(), true), Some(Alert::Warn(text)) if text.contains("0.51"))
        );
        let found = Evaluation { disc_auc: Some(0.6), ..blind() };
        assert_eq!(alarm.evaluation(101, &found, true), None);
        assert_eq!(alarm.evaluation(100, &blind(), true), None, "it is still warming up");
    }

    #[test]
    fn a_loss_that_is_no_number_stops_the_run() {
        let mut alarm = Alarm::new(0);
        for broken in [f64::NAN, f64::INFINITY] {
            let metrics = StepMetrics { discriminator_loss: broken, step: 7, ..healthy() };
            assert!(
                matches!(alarm.step(&metrics), Some(Alert::Stop(text)) if text.contains("step 7"))
            );
            let metrics = Evaluation { masked_lm_loss: broken, ..blind() };
            for is_final in [false, true] {
                assert!(matches!(alarm.evaluation(7, &metrics, is_final), Some(Alert::Stop(_))));
            }
        }
        assert_eq!(alarm.step(&healthy()), None);
    }

    #[test]
    fn a_loss_of_exactly_zero_is_reported_once() {
        let mut alarm = Alarm::new(0);
        let metrics = StepMetrics { generator_loss: 0.0, ..healthy() };
        assert!(
            matches!(alarm.step(&metrics), Some(Alert::Warn(text)) if text.contains("generator"))
        );
        assert_eq!(alarm.step(&metrics), None);
    }
}
