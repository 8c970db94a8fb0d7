//! `electra detect`

use crate::args::DetectArgs;
use crate::run::{Shown, ShownToken};
use crate::{device, model_folder};
use anyhow::{Context, Result, bail};
use burn::tensor::{Device, read_sync};
use electra::config::ElectraConfig;
use electra::detector::{Detected, Detector};
use electra::tokenizer::Tokenizer;
use std::io::BufRead;

/// Judges the text of the arguments, or standard input line by line.
pub(super) fn run(args: &DetectArgs) -> Result<()> {
    let chosen = device::choose(&args.device)?;
    let (config, detector, tokenizer) = model_folder::detector(&args.model, &chosen.device)?;
    let judge = Judge { config, detector, tokenizer, device: chosen.device, json: args.json };
    if !args.text.is_empty() {
        return judge.text(&args.text.join(" "));
    }
    for line in std::io::stdin().lock().lines() {
        let line = line.context("cannot read standard input as UTF-8 text")?;
        if !line.trim().is_empty() {
            judge.text(&line)?;
        }
    }
    Ok(())
}

struct Judge {
    config: ElectraConfig,
    detector: Detector,
    tokenizer: Tokenizer,
    device: Device,
    json: bool,
}

impl Judge {
    fn text(&self, text: &str) -> Result<()> {
        if text.trim().is_empty() {
            bail!("there is no text to judge; give one in quotes or through standard input");
        }
        let longest = self.config.max_position_embeddings;
        let texts = [text.to_owned()];
        let judged =
            read_sync(self.detector.detect(&texts, &self.tokenizer, longest, &self.device))?;
        for detected in &judged {
            if self.json {
                anstream::println!("{}", serde_json::to_string(detected)?);
            } else {
                anstream::println!("{}", shown(detected).doubts());
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
