//! `electra page`

use super::ship::card;
use super::trace::{add_endings, traces};
use crate::args::PageArgs;
use crate::print;
use crate::shipping::{records, shipped};
use anyhow::{Result, anyhow, bail};
use burn::tensor::{Device, read_sync};
use electra::explore::{OpenModel, explore};
use electra::protocol::{Explore, Origin, Selection, Trace};
use electra_site::{LARGEST_FILE, MANIFEST, Model, Site};
use std::path::{Path, PathBuf};

/// Name of a page's folder beside the program.
const BESIDE: &str = "page";
/// Where `cargo xtask web` puts the page, in the repository.
const DIST: &str = "dist";

/// What the page shows first, where the page that was built does not say.
const EXAMPLES: &str = include_str!("../../../web/examples.json");

/// Writes the page that was built around another model.
pub(super) fn run(args: &PageArgs) -> Result<()> {
    let failed = |reason: String| anyhow!(reason);
    let mut site = Site::read(&built(args.built.as_deref())?).map_err(failed)?;
    let build = site.build().map_err(failed)?;
    let (precision, words) = card(&args.card);
    let (about, files, model) = shipped(&args.model, precision, words, &Device::flex())?;
    let examples = site.traces().map_err(failed)?;
    site.set_traces(&retraced(&model, &examples)?).map_err(failed)?;
    let id = link_name(&about.name);
    let records = records(&args.model)?;
    site.set_models(vec![Model { id, about, files, records }]).map_err(failed)?;
    site.list(&build).map_err(failed)?;
    site.write(&args.out).map_err(failed)?;
    for (path, size) in site.too_large() {
        print::warn(refused_by_hosts(path, size));
    }
    let bytes: usize = site.files().map(|(_, bytes)| bytes.len()).sum();
    let (out, megabytes) = (args.out.display(), bytes as f64 / 1e6);
    print::line(format_args!("{megabytes:.1} MB in {out}\nshow it with: electra serve {out}"))?;
    Ok(())
}

/// What is said of a file that is too large for some places where the page may go.
fn refused_by_hosts(path: &str, size: usize) -> String {
    let mebibyte = f64::from(1 << 20);
    let (has, most) = (size as f64 / mebibyte, LARGEST_FILE as f64 / mebibyte);
    format!("{path} has {has:.1} MiB, and some static hosts refuse files over {most:.0} MiB")
}

/// The page that was built: named, beside the program, or in the repository.
fn built(named: Option<&Path>) -> Result<PathBuf> {
    if let Some(folder) = named {
        return Ok(folder.to_owned());
    }
    let program = std::env::current_exe().unwrap_or_default();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(DIST);
    let places = [program.with_file_name(BESIDE), PathBuf::from(DIST), repository];
    let Some(found) = places.into_iter().find(|place| place.join(MANIFEST).is_file()) else {
        bail!(
            "the page has not been built; run `cargo xtask web` in the repository once, or name a \
             built page with `--built`"
        );
    };
    Ok(found)
}

/// A model's name as links carry it.
fn link_name(name: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let name: String = name.chars().map(fits).take(64).collect();
    if name.is_empty() { "model".to_owned() } else { name }
}

/// The page's examples, explored by this model; other endings are this model's own.
fn retraced(model: &OpenModel, examples: &[Trace]) -> Result<Vec<Trace>> {
    let is_ending =
        |example: &&Trace| example.tokens.iter().any(|token| token.origin == Origin::Chosen);
    let plain = examples.iter().filter(|example| !is_ending(example));
    let mut requests = plain.map(|example| request(model, example)).collect::<Result<Vec<_>>>()?;
    if requests.is_empty() {
        // A page that ships no model has none either.
        requests = serde_json::from_str(EXAMPLES)?;
    }
    let mut all = traces(model, &requests)?;
    add_endings(model, &requests, &mut all)?;
    Ok(all)
}

/// What an example asked for, where its tokens stand in this model's tokens.
fn request(model: &OpenModel, example: &Trace) -> Result<Explore> {
    let mut asked = Explore {
        text: example.text.clone(),
        selection: Selection::Positions { positions: Vec::new() },
        seed: example.seed,
        temperature: example.temperature,
        replacements: Vec::new(),
    };
    if example.selection == Selection::Rule {
        asked.selection = Selection::Rule;
        return Ok(asked);
    }
    let plain = read_sync(explore(model, &asked)).map_err(|failure| anyhow!(failure.message))?;
    let masked = |start: usize, end: usize| {
        let selected = example.tokens.iter().filter(|token| token.selected);
        selected.into_iter().any(|token| token.start < end && start < token.end)
    };
    let numbered = plain.tokens.iter().enumerate();
    let positions = numbered.filter(|(_, token)| masked(token.start, token.end));
    let positions = positions.map(|(position, _)| position).collect();
    asked.selection = Selection::Positions { positions };
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_link_has_no_odd_letters() {
        assert_eq!(link_name("my run/é 7"), "my-run---7");
        assert_eq!(link_name(""), "model");
    }

    #[test]
    fn a_file_that_hosts_refuse_is_named_with_its_size() {
        let sentence = refused_by_hosts("models/base/model.safetensors", 420 << 20);
        assert!(sentence.starts_with("models/base/model.safetensors has 420.0 MiB"), "{sentence}");
        assert!(sentence.ends_with("over 25 MiB"), "{sentence}");
    }

    #[test]
    fn a_named_page_is_looked_for_nowhere_else() {
        let folder = built(Some(Path::new("/nowhere"))).unwrap();
        assert!(Site::read(&folder).unwrap_err().contains("/nowhere"));
    }
}
