//! Writes links: what is default stays away.

use super::{Backend, Inspected, LONGEST_LINK, LinkState, Mode, VERSION, results};
use crate::protocol::{Choice, NetworkName, Replacement, Selection};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays readable in a value: all else could end it, or end the address where people paste it.
const ESCAPED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b',').remove(b':').remove(b'~');

/// The same without what separates replacements.
const ESCAPED_WORD: &AsciiSet = &ESCAPED.add(b',').add(b':').add(b'~');

/// What stands after `#` in the address, without the `#`.
///
/// Results are left out when they would make the link longer than any page reads.
pub fn print(state: &LinkState) -> String {
    let plain = LinkState::default();
    let mut parts = vec![format!("v={VERSION}")];
    let mut put = |key: &str, value: String| parts.push(format!("{key}={value}"));
    if let Some(model) = &state.model {
        put("m", encode(model));
    }
    if let Some(text) = &state.text {
        put("t", encode(text));
    }
    if let Some(selection) = &state.selection {
        put("k", selected(selection));
    }
    if let Some(seed) = state.seed {
        put("s", seed.to_string());
    }
    if state.temperature != plain.temperature {
        put("c", state.temperature.to_string());
    }
    if !state.replacements.is_empty() {
        put("w", encode(&join(state.replacements.iter().map(replacement))));
    }
    if state.mode != Mode::default() {
        put("mode", state.mode.name().to_owned());
    }
    if state.backend != Backend::default() {
        put("backend", state.backend.name().to_owned());
    }
    if let Some(inspected) = &state.inspected {
        put("i", looking(inspected));
    }
    if state.embed {
        put("embed", "1".to_owned());
    }
    if !state.hide.is_empty() {
        put("hide", encode(&state.hide.join(",")));
    }
    let link = parts.join("&");
    let packed = state.results.as_deref().and_then(results::pack);
    let whole = packed.map(|packed| format!("{link}&r={packed}"));
    whole.filter(|whole| whole.len() <= LONGEST_LINK).unwrap_or(link)
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

fn join(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(",")
}

fn selected(selection: &Selection) -> String {
    match selection {
        Selection::Rule => "rule".to_owned(),
        Selection::Positions { positions } => join(positions.iter().map(ToString::to_string)),
    }
}

fn replacement(replacement: &Replacement) -> String {
    let position = replacement.position;
    match &replacement.with {
        Choice::Token(id) => format!("{position}:{id}"),
        Choice::Word(word) => {
            format!("{position}~{}", utf8_percent_encode(word, ESCAPED_WORD))
        }
    }
}

fn looking(Inspected { network, layer, head, from }: &Inspected) -> String {
    let network = match network {
        NetworkName::Generator => "g",
        NetworkName::Discriminator => "d",
    };
    format!("{network}.{layer}.{head}.{from}")
}
