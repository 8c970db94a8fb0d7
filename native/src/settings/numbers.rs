//! Numbers of a configuration: those that JSON, through which every change goes, cannot say, and
//! what is said of a word in their place.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};
use toml::Table;

/// How Rust calls numbers, and how people do.
const NAMES: [(&str, &str); 3] = [
    ("expected f64", "expected a number"),
    ("expected usize", "expected a whole number, 0 or more"),
    ("expected u64", "expected a whole number, 0 or more"),
];

/// The same settings as JSON.
///
/// # Errors
///
/// When a number is infinite or none; the message names its field.
pub(super) fn from_toml(table: Table) -> Result<Map<String, Value>> {
    let table = toml::Value::Table(table);
    check("", &table)?;
    table.try_into().context("this cannot be a configuration")
}

/// Refuses numbers that are not finite in `value`, the field `name`.
fn check(name: &str, value: &toml::Value) -> Result<()> {
    match value {
        toml::Value::Float(number) if !number.is_finite() => {
            let number = number.to_string().to_lowercase();
            bail!("{name} must be a finite number, got {number}")
        }
        toml::Value::Array(values) => values.iter().try_for_each(|value| check(name, value)),
        toml::Value::Table(fields) => fields.iter().try_for_each(|(field, value)| {
            let dot = if name.is_empty() { "" } else { "." };
            check(&format!("{name}{dot}{field}"), value)
        }),
        _ => Ok(()),
    }
}

/// A message of a reader of configurations, with types in words.
pub(crate) fn in_words(message: &str) -> String {
    NAMES.iter().fold(message.to_owned(), |message, (rust, word)| message.replace(rust, word))
}
