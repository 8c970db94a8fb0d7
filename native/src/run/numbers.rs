//! Numbers as a person reads them, the same in the terminal and in the report.

/// A count with its thousands apart: `1,234,567`.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A magnitude in at most five characters: `950`, `41.2k`, `1.31M`.
pub(crate) fn short(value: f64) -> String {
    let (scaled, unit) = match value.abs() {
        size if !size.is_finite() => return value.to_string(),
        size if size >= 999.5e6 => (value / 1e9, "G"),
        size if size >= 999.5e3 => (value / 1e6, "M"),
        size if size >= 999.5 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let decimals = match scaled.abs() {
        _ if unit.is_empty() => 0,
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        _ => 2,
    };
    format!("{scaled:.decimals$}{unit}")
}

/// A share as a percentage: `9.8 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// A span of time: `42 s`, `2 min 31 s`, `3 h 05 min`, `2 d 04 h`.
pub(crate) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "unknown".to_owned();
    }
    let whole = seconds.round() as u64;
    let (minutes, hours, days) = (whole / 60, whole / 3600, whole / 86400);
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{minutes} min {:02} s", whole % 60),
        3600..86400 => format!("{hours} h {:02} min", minutes % 60),
        _ => format!("{days} d {:02} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_magnitude_keeps_three_digits() {
        let shorts = [7.0, 950.0, 999.6, 1_234.0, 41_230.0, 999_600.0, 1_310_000.0].map(short);
        assert_eq!(shorts, ["7", "950", "1.00k", "1.23k", "41.2k", "1.00M", "1.31M"]);
        assert_eq!(short(f64::NAN), "NaN");
    }

    #[test]
    fn a_span_shows_its_two_largest_units() {
        let spans = [0.4, 59.6, 151.0, 3_599.7, 11_100.0, 187_200.0].map(duration);
        assert_eq!(
            spans,
            ["0 s", "1 min 00 s", "2 min 31 s", "1 h 00 min", "3 h 05 min", "2 d 04 h"]
        );
        assert_eq!(duration(f64::INFINITY), "unknown");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }
}
