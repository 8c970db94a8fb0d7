//! Reads links, whoever wrote them.

use super::{
    Backend, Inspected, LONGEST_LINK, LONGEST_TEXT, LONGEST_WORD, Link, LinkState, MOST_POSITIONS,
    Mode, Notice, TEMPERATURES, VERSION, carries, results,
};
use crate::protocol::{Choice, LARGEST_SEED, NetworkName, Replacement, Selection};
use percent_encoding::percent_decode_str;

/// Largest number of a position, a layer or a head that is believed.
const LARGEST_NUMBER: usize = 100_000;
/// Characters of an unknown key that a notice repeats.
const SHOWN_KEY: usize = 24;

/// Reads what stands after `#` in an address, with or without the `#`.
pub fn parse(fragment: &str) -> Link {
    let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
    let mut link = Link::default();
    if fragment.len() > LONGEST_LINK {
        link.notices.push(Notice::TooLong { bytes: fragment.len() });
        return link;
    }
    let mut seen: Vec<&str> = Vec::new();
    for part in fragment.split('&').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        if seen.contains(&key) {
            continue;
        }
        seen.push(key);
        if let Err(notice) = set(&mut link.state, key, value) {
            link.notices.push(notice);
        }
    }
    drop_foreign_results(&mut link);
    link
}

/// Results that belong to another text would show numbers of one sentence under another.
fn drop_foreign_results(link: &mut Link) {
    let state = &mut link.state;
    let foreign =
        state.results.as_ref().is_some_and(|trace| state.text.as_ref() != Some(&trace.text));
    if foreign {
        state.results = None;
        link.notices.push(refused("r", "the results of the text in `t`"));
    }
}

fn refused(key: &'static str, wanted: &'static str) -> Notice {
    Notice::Refused { key, wanted }
}

fn set(state: &mut LinkState, key: &str, value: &str) -> Result<(), Notice> {
    match key {
        "v" => {
            let version = value.parse().map_err(|_| refused("v", "a version number"))?;
            if version > VERSION {
                return Err(Notice::Newer { version });
            }
        }
        "m" => {
            let name = is_name(value).then(|| value.to_owned());
            state.model = Some(name.ok_or(refused("m", "letters, digits, `-` and `_`"))?);
        }
        "t" => {
            let wanted = "a text of at most 4000 characters";
            state.text = Some(text(value, LONGEST_TEXT).ok_or(refused("t", wanted))?);
        }
        "k" => {
            let wanted = "`rule` or numbers of tokens";
            state.selection = Some(selection(value).ok_or(refused("k", wanted))?);
        }
        "s" => {
            let seed = value.parse().ok().filter(|&seed| seed <= LARGEST_SEED);
            state.seed = Some(seed.ok_or(refused("s", "a whole number below 2^53"))?);
        }
        "c" => {
            let number = value.parse().ok().filter(|number| TEMPERATURES.contains(number));
            state.temperature = number.ok_or(refused("c", "between 0.05 and 10"))?;
        }
        "w" => {
            let wanted = "`3:412` or `3~word`, with commas between";
            state.replacements = replacements(value).ok_or(refused("w", wanted))?;
        }
        "mode" => {
            let wanted = "`explore`, `guess`, `inspect` or `proofread`";
            state.mode = Mode::named(value).ok_or(refused("mode", wanted))?;
        }
        "backend" => {
            let wanted = "`auto`, `cpu` or `gpu`";
            state.backend = Backend::named(value).ok_or(refused("backend", wanted))?;
        }
        "i" => {
            let wanted = "network, layer, head and token, as in `d.2.1.4`";
            state.inspected = Some(inspected(value).ok_or(refused("i", wanted))?);
        }
        "embed" => match value {
            "1" => state.embed = true,
            "0" => state.embed = false,
            _ => return Err(refused("embed", "0 or 1")),
        },
        "hide" => {
            let names = value.split(',').map(|name| is_name(name).then(|| name.to_owned()));
            let names: Option<Vec<String>> = names.take(MOST_POSITIONS).collect();
            state.hide = names.ok_or(refused("hide", "names of parts, with commas between"))?;
        }
        "r" => {
            let trace = results::unpack(value);
            state.results = Some(trace.ok_or(refused("r", "results that this page made"))?);
        }
        _ => {
            let shown: String = key.chars().filter(|c| !c.is_control()).take(SHOWN_KEY).collect();
            return Err(Notice::Unknown { key: shown });
        }
    }
    Ok(())
}

fn is_name(value: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=64).contains(&value.len()) && value.chars().all(fits)
}

/// Percent-encoded text of at most `longest` characters, all of which a link carries.
fn text(value: &str, longest: usize) -> Option<String> {
    let text = percent_decode_str(value).decode_utf8().ok()?;
    let fits = text.chars().count() <= longest && text.chars().all(carries);
    fits.then(|| text.into_owned())
}

fn number(value: &str) -> Option<usize> {
    value.parse().ok().filter(|&number| number <= LARGEST_NUMBER)
}

fn selection(value: &str) -> Option<Selection> {
    if value == "rule" {
        return Some(Selection::Rule);
    }
    let items = value.split(',').filter(|item| !item.is_empty());
    let positions: Vec<usize> = items.map(number).collect::<Option<_>>()?;
    (positions.len() <= MOST_POSITIONS).then_some(Selection::Positions { positions })
}

fn replacements(value: &str) -> Option<Vec<Replacement>> {
    let value = text(value, LONGEST_LINK)?;
    let items: Vec<Replacement> = value.split(',').map(replacement).collect::<Option<_>>()?;
    (items.len() <= MOST_POSITIONS).then_some(items)
}

fn replacement(item: &str) -> Option<Replacement> {
    if let Some((position, word)) = item.split_once('~') {
        let word = text(word, LONGEST_WORD).filter(|word| !word.trim().is_empty())?;
        return Some(Replacement { position: number(position)?, with: Choice::Word(word) });
    }
    let (position, id) = item.split_once(':')?;
    Some(Replacement { position: number(position)?, with: Choice::Token(id.parse().ok()?) })
}

fn inspected(value: &str) -> Option<Inspected> {
    let parts: Vec<&str> = value.split('.').collect();
    let [network, layer, head, from] = parts[..] else { return None };
    let network = match network {
        "g" => NetworkName::Generator,
        "d" => NetworkName::Discriminator,
        _ => return None,
    };
    Some(Inspected { network, layer: number(layer)?, head: number(head)?, from: number(from)? })
}
