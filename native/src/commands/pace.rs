//! What the clock decides: how many steps a time budget has, and when a state is judged or saved.

/// Steps that a time budget has until the clock plans them: a shorter schedule would be over before.
pub(super) const UNPLANNED: usize = 100;

/// Steps before the first plan, if they are quick.
const STEPS: usize = 40;
/// The first of them claim memory and compile kernels: they are not measured.
const WARM_UP: usize = 10;
/// Share of the time left after which the first plan is due, however few steps it took.
const SHARE: f64 = 0.1;

/// Seconds of training after which a state is saved, however few steps they were: no more than that
/// is lost where steps are slow.
const UNSAVED: f64 = 600.0;

/// The pace of this process; all times are seconds of training since the run began.
#[derive(Debug)]
pub(super) struct Pace {
    budget: f64,
    began: f64,
    /// Steps of this process.
    steps: usize,
    /// Steps and time since when the pace is measured; no steps: not yet.
    since: (usize, f64),
    /// Steps of this process by the newest plan.
    end: Option<usize>,
}

impl Pace {
    /// A budget of `minutes` for the whole run, of which `spent` seconds are over.
    pub(super) fn new(minutes: f64, spent: f64) -> Self {
        Self { budget: 60.0 * minutes, began: spent, steps: 0, since: (0, spent), end: None }
    }

    /// Counts a step; says whether the device should be waited for and [`Self::plan`] be asked.
    pub(super) fn step(&mut self, now: f64) -> bool {
        self.steps += 1;
        let first = self.end.is_none() && self.is_due(now);
        // The end is planned anew when it is reached: a pace taken from the first steps may have
        // been too slow by far.
        let last = self.end == Some(self.steps) || now >= self.budget;
        first || last || self.steps == WARM_UP
    }

    /// How many more steps fit the budget, when all steps so far are done on the device; none
    /// while it is too early to tell. The first steps tell nothing: one of them may take as long as
    /// hundreds of the others.
    pub(super) fn plan(&mut self, now: f64) -> Option<usize> {
        let (due, measured) = (self.is_due(now), self.since.0 > 0);
        let left = ((due && measured) || self.is_planned() || now >= self.budget)
            .then(|| ((self.budget - now).max(0.0) / self.seconds_per_step(now)) as usize);
        if !measured && (due || self.steps >= WARM_UP) {
            self.since = (self.steps, now);
        }
        self.end = left.map(|left| self.steps + left);
        left
    }

    /// What a step takes, on a machine that may do other work too.
    pub(super) fn seconds_per_step(&self, now: f64) -> f64 {
        let (steps, since) = if self.since.0 < self.steps { self.since } else { (0, self.began) };
        (now - since).max(1e-9) / (self.steps - steps).max(1) as f64
    }

    /// Whether a plan was made before.
    pub(super) fn is_planned(&self) -> bool {
        self.end.is_some()
    }

    /// Whether enough is done for a first plan, if its steps were measured.
    fn is_due(&self, now: f64) -> bool {
        self.steps >= STEPS || now - self.began >= SHARE * (self.budget - self.began)
    }
}

/// When the next evaluation is due.
#[derive(Debug)]
pub(super) struct Judging {
    /// The step of the newest one, done or passed over.
    judged: usize,
}

impl Judging {
    /// For a run that stands after `step` steps, with an evaluation every `every` steps so far.
    pub(super) fn new(step: usize, every: usize) -> Self {
        Self { judged: step - step.checked_rem(every).unwrap_or(0) }
    }

    /// Whether the state after `step` steps is to be judged, which it is taken to be then; with 0
    /// for `every`, never.
    ///
    /// Steps are counted from the newest evaluation: plans by the clock change `every`, and the
    /// multiples of a number that changes may never come.
    pub(super) fn is_due(&mut self, step: usize, every: usize) -> bool {
        let due = every > 0 && step >= self.judged + every;
        if due {
            self.judged = step;
        }
        due
    }
}

/// When the next checkpoint is due; all times are seconds of training since the run began.
#[derive(Debug)]
pub(super) struct Saving {
    every: usize,
    saved: f64,
}

impl Saving {
    /// A checkpoint every `every` steps, and besides whenever the newest is ten minutes old; of 0
    /// steps, none before the end.
    pub(super) fn new(every: usize, now: f64) -> Self {
        Self { every, saved: now }
    }

    /// Whether the state after `step` steps is to be saved.
    pub(super) fn is_due(&self, step: usize, now: f64) -> bool {
        self.every > 0 && (step.is_multiple_of(self.every) || now - self.saved >= UNSAVED)
    }

    /// Takes note that a state was saved.
    pub(super) fn saved(&mut self, now: f64) {
        self.saved = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs steps of `seconds` each, and one first step of `first`, as the training loop does.
    fn run(minutes: f64, first: f64, seconds: f64) -> (Vec<(usize, usize)>, usize, f64) {
        go_on(0.0, minutes, first, seconds)
    }

    /// The same, when so many seconds of the minutes are spent.
    fn go_on(
        spent: f64,
        minutes: f64,
        first: f64,
        seconds: f64,
    ) -> (Vec<(usize, usize)>, usize, f64) {
        let mut pace = Pace::new(minutes, spent);
        let (mut now, mut step, mut end) = (spent, 0, usize::MAX);
        let mut plans = Vec::new();
        while step < end {
            now += if step == 0 { first } else { seconds };
            step += 1;
            if pace.step(now)
                && let Some(left) = pace.plan(now)
            {
                end = step + left;
                plans.push((step, end));
            }
        }
        (plans, step, now)
    }

    #[test]
    fn quick_steps_are_planned_after_forty_without_the_first_ones() {
        let (plans, steps, seconds) = run(10.0, 5.0, 0.05);
        assert_eq!(plans[0].0, 40);
        assert!((11_890..=11_902).contains(&steps), "{steps}");
        assert!((599.5..=600.1).contains(&seconds), "{seconds}");
    }

    #[test]
    fn slow_steps_are_planned_after_a_tenth_of_the_time() {
        let (plans, steps, seconds) = run(5.0, 8.0, 8.0);
        assert_eq!(plans[0].0, 5);
        assert_eq!((steps, seconds), (37, 296.0));
    }

    #[test]
    fn a_run_that_goes_on_is_planned_after_a_tenth_of_the_time_that_is_left() {
        let spent = 60.0 * 130.0;
        let (plans, steps, seconds) = go_on(spent, 140.0, 20.0, 20.0);
        // Three steps of 20 s are a tenth of ten minutes; the next is the first that was measured.
        assert_eq!(plans[0], (4, 30));
        assert_eq!((steps, seconds - spent), (30, 600.0));
        let (plans, steps, _) = go_on(spent, 120.0, 20.0, 20.0);
        assert_eq!((plans, steps), (vec![(1, 1)], 1), "the time was over before");
    }

    #[test]
    fn a_slow_first_step_neither_makes_a_plan_nor_ends_the_run_early() {
        let (plans, steps, seconds) = run(0.5, 6.0, 0.05);
        assert!(plans[0].0 == 2 && (478..=482).contains(&plans[0].1), "{plans:?}");
        assert!((29.5..=30.1).contains(&seconds), "{steps} steps in {seconds} s");
    }

    #[test]
    fn a_single_step_longer_than_the_budget_ends_the_run() {
        let (plans, steps, _) = run(1.0, 90.0, 90.0);
        assert_eq!((plans, steps), (vec![(1, 1)], 1));
    }

    #[test]
    fn a_run_whose_pace_drops_still_ends_in_time() {
        let mut pace = Pace::new(1.0, 0.0);
        for step in 0..40 {
            let now = f64::from(step) * 0.01;
            if pace.step(now) {
                pace.plan(now);
            }
        }
        assert!(!pace.step(59.0));
        assert!(pace.step(60.5));
        assert_eq!(pace.plan(60.5), Some(0));
    }

    #[test]
    fn evaluations_come_at_the_multiples_of_a_fixed_pause() {
        let due = |first: usize, every: usize| -> Vec<usize> {
            let mut judging = Judging::new(first, every);
            (first + 1..=40).filter(|&step| judging.is_due(step, every)).collect()
        };
        assert_eq!(due(0, 10), [10, 20, 30, 40]);
        assert_eq!((due(17, 10), due(20, 10)), (vec![20, 30, 40], vec![30, 40]));
        assert!(due(0, 0).is_empty());
    }

    #[test]
    fn plans_that_waver_neither_miss_an_evaluation_nor_double_it() {
        let mut judging = Judging::new(0, 60);
        let wavering = |step: usize| if step.is_multiple_of(2) { 61 } else { 59 };
        let due: Vec<usize> =
            (1..=600).filter(|&step| judging.is_due(step, wavering(step))).collect();
        assert_eq!((due.len(), due[0], due[1]), (10, 59, 119));
    }

    #[test]
    fn slow_steps_are_saved_every_ten_minutes() {
        let mut saving = Saving::new(1_000, 50.0);
        assert!(saving.is_due(1_000, 60.0) && !saving.is_due(1_001, 649.0));
        assert!(saving.is_due(1_001, 650.0));
        saving.saved(651.0);
        assert!(!saving.is_due(1_002, 660.0));
    }

    #[test]
    fn a_run_that_saves_only_at_the_end_is_never_due() {
        assert!(!Saving::new(0, 0.0).is_due(1_000, 1e6));
    }
}
