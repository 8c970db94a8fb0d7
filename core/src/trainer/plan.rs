//! How long a run is planned to be, and what follows from that for its next step.

use super::Trainer;
use crate::config::OptimizerConfig;
use crate::schedule::{learning_rate, plain_share};

impl Trainer {
    /// Sets the number of steps that the schedule is made for: a front-end that was given a time
    /// budget knows it only after the first steps.
    ///
    /// The warm-up follows each plan: see
    /// [`PretrainConfig::warmup_steps`](crate::config::PretrainConfig::warmup_steps). The
    /// curriculum follows it forwards only: see
    /// [`TrainingConfig::reached`](crate::config::TrainingConfig::reached).
    pub fn plan_steps(&mut self, steps: usize) {
        self.set_steps(steps, false);
    }

    /// Gives a run that goes on another length: so many steps in all, and the time budget (minutes
    /// of training in all) by which a front-end plans them anew, if any.
    ///
    /// The learning rate follows the new schedule from the next step on, the curriculum as soon as
    /// that has come as far as the old one. What was cut to a time budget stays so without one.
    pub fn replan(&mut self, steps: usize, minutes: Option<f64>) {
        self.set_steps(steps, minutes.is_some());
        if minutes.is_none() {
            self.config.optimizer.warmup_steps = self.config.warmup_steps();
        }
        self.config.training.minutes = minutes;
    }

    fn set_steps(&mut self, steps: usize, is_guess: bool) {
        let before = self.progress();
        self.config.training.steps = steps.max(1);
        self.config.training.reached = None;
        self.is_guess = is_guess;
        let goes_back = before > self.progress();
        self.config.training.reached = goes_back.then_some(before);
    }

    /// How far the curriculum is: the share of the plan that is done, or more if an earlier plan
    /// was further.
    fn progress(&self) -> f64 {
        let training = &self.config.training;
        let reached = training.reached.unwrap_or(0.0);
        // Steps done say nothing while nobody knows of how many.
        if self.is_guess {
            return reached;
        }
        let done = self.step.min(training.steps) as f64 / training.steps.max(1) as f64;
        done.max(reached)
    }

    /// Learning rate of the next step.
    pub fn learning_rate(&self) -> f64 {
        let warmup_steps = self.config.warmup_steps();
        let optimizer = OptimizerConfig { warmup_steps, ..self.config.optimizer.clone() };
        learning_rate(&optimizer, self.step, self.config.training.steps)
    }

    /// Share of the next step's replacements that come from the unigram distribution.
    pub fn plain_share(&self) -> f64 {
        plain_share(&self.config.objective.corruption, self.progress())
    }
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::*;
    use crate::config::PretrainConfig;
    use crate::tokenizer::SpecialTokens;
    use crate::trainer::Vocabulary;
    use burn::tensor::{Device, read_sync};

    fn vocabulary() -> Vocabulary {
        let special = SpecialTokens { pad: 0, unk: 1, cls: 2, sep: 3, mask: 4 };
        Vocabulary { special, counts: vec![1; 8] }
    }

    /// A run by the clock that stands before its first step.
    fn by_the_clock() -> Trainer {
        let mut config = PretrainConfig::preset("nano").expect("a preset");
        config.model.vocab_size = 8;
        config.training.minutes = Some(1.0);
        Trainer::new(config, vocabulary(), &Device::flex(), false)
    }

    #[test]
    fn steps_of_nobody_knows_how_many_stay_so_when_the_run_goes_on() {
        let mut trainer = by_the_clock();
        (trainer.step, trainer.config.training.steps) = (30, 40);
        let bytes = read_sync(trainer.checkpoint()).expect("a checkpoint");
        let resumed = Trainer::resume(&bytes, vocabulary(), &Device::flex(), false);
        let mut resumed = resumed.expect("a run");
        assert_eq!(resumed.progress(), 0.0);
        resumed.plan_steps(300);
        assert_eq!((resumed.progress(), resumed.config().training.reached), (0.1, None));
    }

    #[test]
    fn a_warm_up_is_short_in_a_plan_of_few_steps_and_grows_back_with_the_plan() {
        let mut trainer = by_the_clock();
        let warmup = trainer.config().optimizer.warmup_steps;
        for (steps, expected) in [(100_000, warmup), (95, 10), (0, 1), (100_000, warmup)] {
            trainer.plan_steps(steps);
            assert_eq!(trainer.config().warmup_steps(), expected);
            assert_eq!(trainer.config().optimizer.warmup_steps, warmup);
            assert_eq!(trainer.config().validate(), Ok(()));
        }
    }

    #[test]
    fn a_warm_up_that_was_cut_to_a_time_budget_stays_so_without_one() {
        let mut trainer = by_the_clock();
        trainer.replan(95, None);
        let config = trainer.config();
        assert_eq!((config.optimizer.warmup_steps, config.warmup_steps()), (10, 10));
    }

    #[test]
    fn evaluations_follow_each_plan() {
        let mut trainer = by_the_clock();
        for (steps, minutes, expected) in [(95, None, 10), (20_000, None, 500), (95, Some(1.0), 10)]
        {
            trainer.replan(steps, minutes);
            assert_eq!(trainer.config().eval_every(), expected);
        }
    }

    #[test]
    fn each_plan_of_the_clock_moves_the_curriculum_forwards_only() {
        let mut trainer = by_the_clock();
        let mut furthest = 0.0;
        for (step, steps) in [(40, 400), (80, 300), (100, 1_000), (110, 250), (120, 9_000)] {
            trainer.step = step;
            trainer.plan_steps(steps);
            let reached = trainer.progress();
            assert!(reached >= furthest, "{reached} at step {step} after {furthest}");
            assert_eq!(trainer.config().validate(), Ok(()));
            furthest = reached;
        }
        assert_eq!(furthest, 120.0 / 250.0);
        trainer.step = 8_000;
        assert_eq!(trainer.progress(), 8_000.0 / 9_000.0);
    }
}
