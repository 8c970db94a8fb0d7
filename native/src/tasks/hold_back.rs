//! A development split for tasks that come without one.

use anyhow::{Result, bail};
use electra::tasks::{LabelledText, Split, TaskData};
use xxhash_rust::xxh3::xxh3_64;

/// One text in so many is held back.
const HELD_BACK: u64 = 10;

/// Where there is no development split, takes a tenth of the training texts: those whose content
/// hashes to it, so that the same texts are held back every time and copies stay together.
pub(super) fn hold_back(data: &mut TaskData) -> Result<()> {
    if !data.dev.is_empty() {
        return Ok(());
    }
    let hash = |text: &LabelledText| xxh3_64(format!("{:?}", text.content).as_bytes());
    let all = std::mem::take(&mut data.train);
    let (mut dev, mut train): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|text| hash(text).is_multiple_of(HELD_BACK));
    if dev.is_empty() {
        // Few texts: the one with the smallest hash.
        let smallest = (0..train.len()).min_by_key(|&at| hash(&train[at]));
        dev.extend(smallest.map(|at| train.remove(at)));
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
