//! How learning rate and corruption change over a run: pure functions of how far it is.

use crate::config::{CorruptionConfig, OptimizerConfig};

/// Learning rate before step `step` of `total`, counted from 0.
///
/// Linear warm-up and polynomial decay to zero *multiply*, as in the authors' code (BERT switches
/// from one to the other): the first step has rate 0.
pub fn learning_rate(optimizer: &OptimizerConfig, step: usize, total: usize) -> f64 {
    let done = step.min(total) as f64 / total.max(1) as f64;
    let warm = match optimizer.warmup_steps {
        0 => 1.0,
        warmup => (step as f64 / warmup as f64).min(1.0),
    };
    optimizer.learning_rate * (1.0 - done).powf(optimizer.decay_power) * warm
}

/// Share of replacements drawn from the unigram distribution when this share of the plan is done.
pub fn plain_share(corruption: &CorruptionConfig, done: f64) -> f64 {
    let CorruptionConfig { start, end, hold, slide } = *corruption;
    if done < hold {
        start
    } else if done >= slide {
        end
    } else {
        start + (end - start) * (done - hold) / (slide - hold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PretrainConfig;

    #[test]
    fn warm_up_and_decay_multiply() {
        let small = PretrainConfig::preset("small").expect("a preset").optimizer;
        let rate = |step| learning_rate(&small, step, 1_000_000);
        assert_eq!(rate(0), 0.0);
        assert!((rate(5_000) - 2.4875e-4).abs() < 1e-12);
        assert!((rate(10_000) - 4.95e-4).abs() < 1e-12);
        assert_eq!(rate(1_000_000), 0.0);
        assert_eq!(rate(2_000_000), 0.0);
    }

    #[test]
    fn the_curriculum_holds_slides_and_stays() {
        let corruption = CorruptionConfig { start: 1.0, end: 0.2, hold: 0.25, slide: 0.75 };
        let share = |done| plain_share(&corruption, done);
        assert_eq!(share(0.0), 1.0);
        assert_eq!(share(0.24), 1.0);
        assert!((share(0.5) - 0.6).abs() < 1e-12);
        assert_eq!(share(0.75), 0.2);
        assert_eq!(share(1.0), 0.2);
        let none = CorruptionConfig { start: 0.0, end: 0.0, hold: 0.0, slide: 0.0 };
        assert_eq!(plain_share(&none, 0.0), 0.0);
    }
}
