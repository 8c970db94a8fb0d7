//! A development split for tasks that come without one.

use anyhow::{Result, bail};
use electra::tasks::{Content, LabelledText, Split, TaskData};
use std::collections::BTreeSet;
use xxhash_rust::xxh3::xxh3_64;

/// One text in so many is held back.
const HELD_BACK: u64 = 10;

/// Where there is no development split, takes a tenth of the training texts: those whose content
/// hashes to it, so that the same texts are held back every time and copies stay together. All
/// questions about one context do too: to have read it in training would flatter.
pub(super) fn hold_back(data: &mut TaskData) -> Result<()> {
    if !data.dev.is_empty() {
        return Ok(());
    }
    let all = std::mem::take(&mut data.train);
    let of_one_context = all.iter().map(by_context).collect::<BTreeSet<u64>>().len() == 1;
    let hash: fn(&LabelledText) -> u64 = if of_one_context { by_content } else { by_context };
    let (mut dev, mut train): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|text| hash(text).is_multiple_of(HELD_BACK));
    if dev.is_empty() {
        // Few texts: those with the smallest hash.
        let smallest = train.iter().map(hash).min();
        (dev, train) = train.into_iter().partition(|text| Some(hash(text)) == smallest);
    }
    if train.is_empty() || dev.is_empty() {
        bail!("there are too few examples of {} to train on and to score", data.spec.title);
    }
    data.warnings.push(format!(
        "there is no development file: {} of {} examples are held back from training to score on",
        dev.len(),
        dev.len() + train.len()
    ));
    data.train = train;
    data.dev = vec![Split { name: "dev".to_owned(), texts: dev }];
    Ok(())
}

fn by_content(text: &LabelledText) -> u64 {
    xxh3_64(format!("{:?}", text.content).as_bytes())
}

fn by_context(text: &LabelledText) -> u64 {
    match &text.content {
        Content::Question { context, .. } => xxh3_64(context.as_bytes()),
        _ => by_content(text),
    }
}
