//! Which curves of a run are drawn.

use super::metrics_log::Line;
use super::plot::{Chart, Role, Series};
use electra::metrics::{Evaluation, StepMetrics, base_rate_entropy};

/// More points than this would only blur.
const MOST_POINTS: usize = 200;

/// Every figure that `lines` have points for.
pub(crate) fn charts(lines: &[Line]) -> Vec<Chart> {
    let mut charts = loss_charts(lines);
    charts.extend(detection_charts(lines));
    charts.extend(generator_charts(lines));
    charts.extend(machine_charts(lines));
    let last_step = lines.iter().map(Line::step).max().unwrap_or(0) as f64;
    for chart in &mut charts {
        chart.last_step = last_step;
        chart.series.retain(|series| !series.points.is_empty());
    }
    // A baseline alone says nothing.
    charts.retain(|chart| chart.series.iter().any(|series| series.role != Role::Baseline));
    charts
}

fn loss_charts(lines: &[Line]) -> Vec<Chart> {
    let entropy = |metrics: &Evaluation| Some(base_rate_entropy(metrics.replaced_rate));
    vec![
        figure(
            "Generator loss",
            vec![
                train("training", lines, |metrics| Some(metrics.generator_loss)),
                held_out("held out", lines, |metrics| Some(metrics.masked_lm_loss)),
            ],
        ),
        figure(
            "Discriminator loss",
            vec![
                train("training", lines, |metrics| Some(metrics.discriminator_loss)),
                held_out("held out", lines, |metrics| Some(metrics.disc_loss)),
                evaluated(("base rate", Role::Baseline), lines, entropy),
            ],
        ),
    ]
}

fn detection_charts(lines: &[Line]) -> Vec<Chart> {
    let coin = |_: &Evaluation| Some(0.5);
    vec![
        figure(
            "AUC: replaced above original",
            vec![
                train("training batch", lines, |metrics| metrics.disc_auc),
                held_out("held out", lines, |metrics| metrics.disc_auc),
                evaluated(("frequent words", Role::Unigram), lines, |m| m.unigram_disc_auc),
                evaluated(("any words", Role::Uniform), lines, |m| m.uniform_disc_auc),
                evaluated(("coin", Role::Baseline), lines, coin),
            ],
        ),
        figure(
            "Recall: replaced tokens found",
            vec![
                train("training batch", lines, |metrics| metrics.disc_recall),
                held_out("held out", lines, |metrics| metrics.disc_recall),
                evaluated(("frequent words", Role::Unigram), lines, |m| m.unigram_disc_recall),
                evaluated(("any words", Role::Uniform), lines, |m| m.uniform_disc_recall),
                evaluated(("all original", Role::Baseline), lines, |_| Some(0.0)),
            ],
        ),
        figure(
            "Accuracy",
            vec![
                held_out("held out", lines, |metrics| Some(metrics.disc_accuracy)),
                evaluated(("all original", Role::Baseline), lines, |m| Some(m.baseline_accuracy)),
            ],
        ),
        figure(
            "Share of tokens replaced",
            vec![
                train("training batch", lines, |metrics| Some(metrics.replaced_rate)),
                held_out("held out", lines, |metrics| Some(metrics.replaced_rate)),
            ],
        ),
    ]
}

fn generator_charts(lines: &[Line]) -> Vec<Chart> {
    let sampled = |metrics: &Evaluation| Some(metrics.sampled_masked_lm_accuracy);
    vec![figure(
        "Generator accuracy on masked tokens",
        vec![
            held_out("first choice", lines, |metrics| Some(metrics.masked_lm_accuracy)),
            evaluated(("sample", Role::Unigram), lines, sampled),
        ],
    )]
}

fn machine_charts(lines: &[Line]) -> Vec<Chart> {
    let speed = lines.iter().filter_map(|line| match line {
        Line::Train { metrics, tokens_per_second, .. } => {
            Some((metrics.step as f64, *tokens_per_second))
        }
        Line::Eval { .. } => None,
    });
    vec![
        figure(
            "Learning rate",
            vec![train("training", lines, |metrics| Some(metrics.learning_rate))],
        ),
        figure(
            "Gradient norm before clipping",
            vec![train("training", lines, |metrics| Some(metrics.grad_norm))],
        ),
        figure(
            "Tokens per second",
            vec![Series { name: "training", role: Role::Train, points: thin(speed) }],
        ),
    ]
}

fn train(
    name: &'static str,
    lines: &[Line],
    value: impl Fn(&StepMetrics) -> Option<f64>,
) -> Series {
    let points = lines.iter().filter_map(|line| match line {
        Line::Train { metrics, .. } => Some((metrics.step as f64, value(metrics)?)),
        Line::Eval { .. } => None,
    });
    Series { name, role: Role::Train, points: thin(points) }
}

fn held_out(
    name: &'static str,
    lines: &[Line],
    value: impl Fn(&Evaluation) -> Option<f64>,
) -> Series {
    evaluated((name, Role::HeldOut), lines, value)
}

fn evaluated(
    (name, role): (&'static str, Role),
    lines: &[Line],
    value: impl Fn(&Evaluation) -> Option<f64>,
) -> Series {
    let points = lines.iter().filter_map(|line| match line {
        Line::Eval { step, metrics, .. } => Some((*step as f64, value(metrics)?)),
        Line::Train { .. } => None,
    });
    Series { name, role, points: thin(points) }
}

fn figure(title: &'static str, series: Vec<Series>) -> Chart {
    Chart { title, series, last_step: 0.0 }
}

/// Finite points, neighbours averaged until few enough are left.
fn thin(points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let points: Vec<_> = points.filter(|point| point.1.is_finite()).collect();
    let together = points.len().div_ceil(MOST_POINTS).max(1);
    let mean = |group: &[(f64, f64)]| {
        let sum = group.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
        (sum.0 / group.len() as f64, sum.1 / group.len() as f64)
    };
    points.chunks(together).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(steps: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        for step in 1..=steps {
            let metrics =
                StepMetrics { step, generator_loss: 9.0 / step as f64, ..StepMetrics::default() };
            lines.push(Line::Train { metrics, tokens_per_second: 1e4, seconds: step as f64 });
        }
        let metrics = Evaluation { disc_auc: Some(0.8), ..Evaluation::default() };
        lines.push(Line::Eval { step: steps, metrics, seconds: 0.0 });
        lines
    }

    #[test]
    fn every_curve_is_drawn() {
        let titles: Vec<_> = charts(&run(30)).iter().map(|chart| chart.title).collect();
        for wanted in
            ["Generator loss", "Learning rate", "Tokens per second", "Share of tokens replaced"]
        {
            assert!(titles.contains(&wanted), "{titles:?}");
        }
    }

    #[test]
    fn an_empty_log_has_no_figures() {
        assert!(charts(&[]).is_empty());
    }

    #[test]
    fn a_value_that_is_no_number_is_left_out() {
        let points = [(1.0, f64::NAN), (2.0, 0.5), (3.0, f64::INFINITY)];
        assert_eq!(thin(points.into_iter()), [(2.0, 0.5)]);
    }

    #[test]
    fn a_long_curve_is_thinned_to_means() {
        let points = thin((0..1000).map(|at| (f64::from(at), 1.0)));
        assert_eq!((points.len(), points[0]), (200, (2.0, 1.0)));
    }
}
