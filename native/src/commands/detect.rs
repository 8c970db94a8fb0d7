//! `electra detect`

use crate::args::DetectArgs;
use crate::model_folder::{self, Loaded};
use crate::run::{Shown, ShownToken};
use crate::{device, print};
use anyhow::{Context, Result, bail};
use burn::tensor::{Device, read_sync};
use electra::detector::{Detected, Detector};
use std::io::{BufRead, IsTerminal};
use terminal_size::{Width, terminal_size};

/// Columns of a terminal that does not tell, and of a file.
const WIDTH: usize = 80;

/// Judges the text of the arguments, or standard input line by line.
pub(super) fn run(args: &DetectArgs) -> Result<()> {
    let chosen = device::choose(&args.device)?;
    let loaded = model_folder::detector(&args.model, &chosen.device)?;
    let judge = Judge { loaded, device: chosen.device, json: args.json };
    if !args.text.is_empty() {
        let text = args.text.join(" ");
        if text.trim().is_empty() {
            bail!("there is no text to judge; give one in quotes or through standard input");
        }
        return judge.text(&text);
    }
    if std::io::stdin().is_terminal() {
        print::note("reading standard input, one text a line; Ctrl-D ends");
    }
    for (number, line) in (1_usize..).zip(std::io::stdin().lock().lines()) {
        let line = line.with_context(|| {
            format!("cannot read line {number} of the standard input as UTF-8 text")
        })?;
        // Scripts match objects and lines by their numbers, so a blank line has an object too.
        if args.json || !line.trim().is_empty() {
            judge.text(&line)?;
        }
    }
    Ok(())
}

struct Judge {
    loaded: Loaded<Detector>,
    device: Device,
    json: bool,
}

impl Judge {
    fn text(&self, text: &str) -> Result<()> {
        let Loaded { model, tokenizer, trained_length, .. } = &self.loaded;
        let texts = [text.to_owned()];
        let judged = read_sync(model.detect(&texts, tokenizer, *trained_length, &self.device))?;
        for detected in &judged {
            if self.json {
                print::line(serde_json::to_string(detected)?)?;
            } else {
                let width = terminal_size().map_or(WIDTH, |(Width(width), _)| width.into());
                print::line(shown(detected).columns(width))?;
            }
        }
        Ok(())
    }
}

fn shown(detected: &Detected) -> Shown {
    let tokens = detected.tokens.iter().map(|token| ShownToken {
        text: token.token.clone(),
        original: None,
        probability: token.replaced,
        special: token.start == token.end,
        selected: false,
    });
    Shown { tokens: tokens.collect() }
}
