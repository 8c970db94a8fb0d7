//! One figure: curves over steps as SVG, drawn by `plotters`, with title and key in HTML.
//!
//! Colours in the SVG are those of the light page; the style sheet recognises them and replaces
//! them on a dark one. A drawing is twice as large as it is shown, since `plotters` rounds to whole
//! pixels.

use super::html::{each, escape};
use super::numbers::short;
use anyhow::{Result, anyhow};
use plotters::prelude::*;
use std::ops::Range;

const SIZE: (u32, u32) = (880, 480);
/// Up to so many points each has a dot.
const FEW: usize = 40;
const AXIS: RGBColor = RGBColor(0x9A, 0xA1, 0xAB);
const GRID: RGBColor = RGBColor(0xE3, 0xE6, 0xEA);
const LABEL: RGBColor = RGBColor(0x5A, 0x61, 0x6B);

/// What a curve stands for; decides its colour and form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Measured on what is trained on.
    Train,
    /// Measured on the held-out part.
    HeldOut,
    /// The same on swaps by frequency, or a companion of the held-out curve.
    Unigram,
    /// The same on swaps from the whole vocabulary.
    Uniform,
    /// What a detector that learned nothing reaches.
    Baseline,
}

impl Role {
    /// Class of the key beside the title, and colour in the drawing.
    fn look(self) -> (&'static str, RGBColor) {
        match self {
            Self::Train => ("train", RGBColor(0x3B, 0x74, 0xC4)),
            Self::HeldOut => ("held-out", RGBColor(0xD0, 0x5A, 0x1F)),
            Self::Unigram => ("unigram", RGBColor(0x1F, 0x8A, 0x70)),
            Self::Uniform => ("uniform", RGBColor(0x8A, 0x5F, 0xBF)),
            // Dashed by the style sheet.
            Self::Baseline => ("baseline", RGBColor(0x7A, 0x7F, 0x88)),
        }
    }
}

/// One curve.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    /// Name in the key.
    pub(crate) name: &'static str,
    /// Decides colour and form.
    pub(crate) role: Role,
    /// Step and value.
    pub(crate) points: Vec<(f64, f64)>,
}

/// One figure.
#[derive(Debug, Clone)]
pub(crate) struct Chart {
    /// What is drawn.
    pub(crate) title: &'static str,
    /// Its curves.
    pub(crate) series: Vec<Series>,
    /// Where the axis of steps ends, the same in all figures of a run.
    pub(crate) last_step: f64,
}

impl Chart {
    /// The figure: its title, the key of its curves and the drawing.
    pub(crate) fn figure(&self) -> Result<String> {
        let keys = each(&self.series, |one| {
            format!("<span class=\"key {}\">{}</span>", one.role.look().0, escape(one.name))
        });
        let title = escape(self.title);
        let drawing =
            self.svg().map_err(|error| anyhow!("cannot draw `{}`: {error}", self.title))?;
        let (width, height) = SIZE;
        // The style sheet gives the size; the view box keeps the proportions.
        let drawing = drawing.replacen(
            &format!("width=\"{width}\" height=\"{height}\""),
            &format!("role=\"img\" aria-label=\"{title}\""),
            1,
        );
        Ok(format!(
            "<figure><figcaption><b>{title}</b><span class=\"keys\">{keys}</span></figcaption>\n\
             {drawing}</figure>\n"
        ))
    }

    fn svg(&self) -> Result<String, Box<dyn std::error::Error + '_>> {
        let (steps, values) = (0.0..self.last_step.max(1.0), self.values());
        let mut text = String::new();
        {
            let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
            let mut chart = ChartBuilder::on(&area)
                .margin(20)
                .margin_right(24)
                .margin_bottom(8)
                .x_label_area_size(44)
                .y_label_area_size(92)
                .build_cartesian_2d(steps.clone(), values.clone())?;
            let step_label = |step: &f64| trimmed(&short(*step));
            let value_label = |value: &f64| label(*value, &values);
            let style = ("sans-serif", 29).into_font().color(&LABEL);
            chart
                .configure_mesh()
                .disable_x_mesh()
                .light_line_style(TRANSPARENT)
                .bold_line_style(GRID.stroke_width(2))
                .axis_style(AXIS.stroke_width(2))
                .x_labels(6)
                .y_labels(5)
                .x_label_formatter(&step_label)
                .y_label_formatter(&value_label)
                .label_style(style)
                .draw()?;
            // What is compared with lies below what is measured.
            let (below, above): (Vec<_>, Vec<_>) =
                self.series.iter().partition(|series| series.role == Role::Baseline);
            for series in below.into_iter().chain(above) {
                series.draw(&mut chart, &steps, &values)?;
            }
            area.present()?;
        }
        Ok(text)
    }

    /// From the lowest to the highest value, with air around them.
    fn values(&self) -> Range<f64> {
        let bounds = self.series.iter().map(|series| bounds(&series.points));
        let (low, high) = bounds.fold((f64::INFINITY, f64::NEG_INFINITY), |all, one| {
            (all.0.min(one.0), all.1.max(one.1))
        });
        let span = high - low;
        match span {
            _ if high == 0.0 && low == 0.0 => -0.05..1.0,
            0.0 => low - 0.1 * low.abs()..high + 0.1 * high.abs(),
            span => low - 0.06 * span..high + 0.06 * span,
        }
    }
}

type Plot<'a, 'b> = ChartContext<
    'a,
    SVGBackend<'b>,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;

impl Series {
    fn draw<'b>(
        &self,
        chart: &mut Plot<'_, 'b>,
        steps: &Range<f64>,
        values: &Range<f64>,
    ) -> Result<(), DrawingAreaErrorKind<<SVGBackend<'b> as DrawingBackend>::ErrorType>> {
        let (_, color) = self.role.look();
        let inside = |&(step, value): &(f64, f64)| (step, value.clamp(values.start, values.end));
        let mut points: Vec<_> = self.points.iter().map(inside).collect();
        if self.role == Role::Baseline {
            // A level holds before the first measurement and after the last one, too.
            let ends = points.first().copied().zip(points.last().copied());
            if let Some((first, last)) = ends
                && first.1 == last.1
            {
                points.insert(0, (steps.start, first.1));
                points.push((steps.end, last.1));
            }
        } else if points.len() <= FEW {
            let dots = points.iter().map(|&point| Circle::new(point, 6, color.filled()));
            chart.draw_series(dots)?;
        }
        chart.draw_series(LineSeries::new(points, color.stroke_width(4)))?;
        Ok(())
    }
}

/// Lowest and highest value of a curve. Where the outermost fiftieth lies far from all others it is
/// left aside: a few wild steps would flatten the rest.
fn bounds(points: &[(f64, f64)]) -> (f64, f64) {
    let mut values: Vec<f64> = points.iter().map(|point| point.1).collect();
    values.sort_unstable_by(f64::total_cmp);
    let aside = values.len() / 50;
    let usual = &values[aside..values.len() - aside];
    let (Some(&low), Some(&high)) = (usual.first(), usual.last()) else {
        return (f64::INFINITY, f64::NEG_INFINITY);
    };
    let far = 0.5 * (high - low);
    let near = |end: f64, usual: f64| if (end - usual).abs() > far { usual } else { end };
    (near(values[0], low), near(values[values.len() - 1], high))
}

/// A value beside the axis, with as many decimals as the distance between two labels needs.
fn label(value: f64, values: &Range<f64>) -> String {
    let span = values.end - values.start;
    let largest = values.end.abs().max(values.start.abs());
    let value = if value.abs() < span * 1e-6 { 0.0 } else { value };
    if largest < 0.02 && value != 0.0 {
        return format!("{value:.1e}").replace(".0e", "e");
    }
    let units = [(1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, "")];
    let (unit, name) = units.into_iter().find(|unit| largest >= unit.0).unwrap_or((1.0, ""));
    let decimals = (1.0 - (span / unit / 2.0).log10().floor()).clamp(0.0, 5.0) as usize;
    trimmed(&format!("{:.decimals$}{}", value / unit, if value == 0.0 { "" } else { name }))
}

/// `1.50k` as `1.5k`, `2.00` as `2`.
fn trimmed(number: &str) -> String {
    let unit_at = number.find(|character: char| character.is_alphabetic()).unwrap_or(number.len());
    let (digits, unit) = number.split_at(unit_at);
    if !digits.contains('.') {
        return number.to_owned();
    }
    format!("{}{unit}", digits.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: &[(f64, f64)]) -> Chart {
        let one = |role| Series { name: "<one>", role, points: points.to_vec() };
        Chart {
            title: "a & b",
            last_step: 9.0,
            series: [Role::Train, Role::HeldOut, Role::Baseline].map(one).to_vec(),
        }
    }

    #[test]
    fn every_curve_has_its_colour_and_its_key() {
        let figure = chart(&[(1.0, 0.5), (2.0, 0.7)]).figure().unwrap();
        for (class, RGBColor(r, g, b)) in
            [Role::Train, Role::HeldOut, Role::Baseline].map(Role::look)
        {
            assert!(figure.contains(&format!("stroke=\"#{r:02X}{g:02X}{b:02X}\"")), "{figure}");
            assert!(figure.contains(&format!("key {class}\">&lt;one&gt;")), "{figure}");
        }
    }

    #[test]
    fn the_style_sheet_knows_every_colour() {
        let style = include_str!("report.css");
        let roles = [Role::Train, Role::HeldOut, Role::Unigram, Role::Uniform, Role::Baseline];
        let colours = roles.map(|role| role.look().1).into_iter().chain([AXIS, GRID, LABEL]);
        for RGBColor(r, g, b) in colours {
            assert!(
                style.contains(&format!("=\"#{r:02X}{g:02X}{b:02X}\"]")),
                "{r:02X}{g:02X}{b:02X}"
            );
        }
    }

    #[test]
    fn a_single_point_and_a_flat_curve_can_be_drawn() {
        for points in
            [vec![(1.0, 0.0)], vec![(1.0, 3.0), (9.0, 3.0)], vec![(0.0, -1e9), (1.0, 1e9)]]
        {
            assert!(chart(&points).figure().unwrap().contains("</svg>"));
        }
    }

    #[test]
    fn a_wild_step_does_not_flatten_the_curve() {
        let mut points: Vec<_> = (0..100).map(|at| (f64::from(at), f64::from(at % 10))).collect();
        points[40].1 = 500.0;
        assert_eq!(bounds(&points), (0.0, 9.0));
        points[40].1 = 11.0;
        assert_eq!(bounds(&points), (0.0, 11.0));
    }

    #[test]
    fn labels_tell_neighbours_apart_without_noise() {
        assert_eq!(label(0.25, &(0.2..0.4)), "0.25");
        assert_eq!(label(4.0, &(3.0..8.0)), "4");
        assert_eq!(label(0.003, &(0.0..0.003)), "3e-3");
        assert_eq!(label(-1e-17, &(0.0..1.0)), "0");
        assert_eq!(label(8_500.0, &(0.0..9_000.0)), "8.5k");
        assert_ne!(label(255_500.0, &(255e3..256e3)), label(256_000.0, &(255e3..256e3)));
    }
}
