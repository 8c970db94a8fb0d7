//! `electra trace`

use crate::args::TraceArgs;
use crate::print;
use crate::{device, shipping};
use anyhow::{Context, Result, anyhow, bail};
use burn::tensor::read_sync;
use electra::explore::{OpenModel, explore};
use electra::protocol::{Candidate, Choice, Explore, Replacement, Selection, Trace};

/// Explores one text, or those of a file.
pub(super) fn run(args: &TraceArgs) -> Result<()> {
    let device = device::choose(&args.device)?.device;
    let model = shipping::open_files(&shipping::files(&args.model)?, &device)
        .with_context(|| format!("cannot load {}", args.model.display()))?;
    if let Some(path) = &args.requests {
        let text = std::fs::read(path)
            .with_context(|| format!("cannot read the requests {}", path.display()))?;
        let requests: Vec<Explore> = serde_json::from_slice(&text)
            .with_context(|| format!("cannot use the requests {}", path.display()))?;
        let mut traces = traces(&model, &requests)?;
        if args.endings {
            add_endings(&model, &requests, &mut traces)?;
        }
        print::line(serde_json::to_string(&traces)?)?;
        return Ok(());
    }
    let trace = traces(&model, &[request(args)?])?;
    print::line(serde_json::to_string(&trace[0])?)?;
    Ok(())
}

/// Explores texts, one after the other; times are left out, so that equal work gives equal files.
pub(super) fn traces(model: &OpenModel, requests: &[Explore]) -> Result<Vec<Trace>> {
    let explore =
        |asked| read_sync(explore(model, asked)).map_err(|failure| anyhow!(failure.message));
    requests.iter().map(explore).collect()
}

/// After the first trace, the same with each candidate of its first masked token in the sample's
/// place: what a page shows before its model has loaded.
pub(super) fn add_endings(
    model: &OpenModel,
    requests: &[Explore],
    all: &mut Vec<Trace>,
) -> Result<()> {
    let Some((asked, first)) = requests.first().zip(all.first()) else { return Ok(()) };
    let masked = first.tokens.iter().enumerate().find(|(_, token)| !token.candidates.is_empty());
    let Some((position, token)) = masked else { return Ok(()) };
    let other = |candidate: &&Candidate| candidate.id != token.read[0].id;
    let endings = token.candidates.iter().filter(other).map(|candidate| {
        let with = Choice::Token(candidate.id);
        Explore { replacements: vec![Replacement { position, with }], ..asked.clone() }
    });
    let endings: Vec<Explore> = endings.collect();
    let more = traces(model, &endings)?;
    all.splice(1..1, more);
    Ok(())
}

fn request(args: &TraceArgs) -> Result<Explore> {
    let text = args.text.clone().unwrap_or_default();
    if text.trim().is_empty() {
        bail!("there is no text to explore; give one in quotes");
    }
    let selection = match args.mask.as_slice() {
        [] => Selection::Rule,
        positions => Selection::Positions { positions: positions.to_vec() },
    };
    let replacement = |item: &String| {
        let (position, word) = item.split_once('=')?;
        let with = Choice::Word(word.to_owned());
        Some(Replacement { position: position.parse().ok()?, with })
    };
    let replacements = args.replace.iter().map(|item| {
        replacement(item).ok_or_else(|| anyhow!("`--replace` takes 3=word, got `{item}`"))
    });
    Ok(Explore {
        text,
        selection,
        seed: args.seed,
        temperature: args.temperature,
        replacements: replacements.collect::<Result<_>>()?,
    })
}
