//! Which fine-tuning a folder holds the results of.

use super::job::Request;
use super::results::RESULTS;
use crate::files::write_atomically;
use crate::model_folder::Opened;
use anyhow::{Context, Result, bail};
use electra::config::FineTuneConfig;
use electra::tasks::TaskData;
use std::path::Path;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// Where the configuration of a fine-tuning is kept.
const CONFIG: &str = "finetune.toml";

/// The configuration as it is kept, to know a resumed fine-tuning by; with hashes of the weights and
/// the texts, since a run that goes on replaces what `--model` names, and files are mended.
pub(super) fn noted(
    request: &Request<'_>,
    source: &Opened,
    data: &TaskData,
    config: &FineTuneConfig,
) -> Result<String> {
    let text = toml::to_string_pretty(config).context("cannot write the configuration")?;
    let heading = format!(
        "# model = {:?}, weights = {:016x}, untrained = {}, limit = {:?}\n# data = {:016x}, {:?}\n",
        request.model.display().to_string(),
        xxh3_64(&source.contents.weights),
        request.training.untrained,
        request.training.limit,
        hash_of(data)?,
        request.task,
    );
    Ok(heading + &text)
}

/// The line of a fine-tuning's folder that names the model, its weights and what was left of the
/// data: equal lines, comparable results.
pub(crate) fn began_with(out: &Path) -> Option<String> {
    let noted = std::fs::read_to_string(out.join(CONFIG)).ok()?;
    noted.lines().next().map(str::to_owned)
}

/// A hash of everything that is learned, scored or predicted.
fn hash_of(data: &TaskData) -> Result<u64> {
    let mut hash = Xxh3::new();
    serde_json::to_writer(&mut hash, &(&data.spec.kind, &data.train))?;
    for split in data.dev.iter().chain(&data.test) {
        serde_json::to_writer(&mut hash, &(&split.name, &split.texts))?;
    }
    Ok(hash.digest())
}

/// Checks that the folder is free, or holds the beginning of just this fine-tuning.
pub(super) fn check(request: &Request<'_>, noted: &str) -> Result<()> {
    let out = &request.out;
    if request.resume {
        let path = out.join(CONFIG);
        let old = std::fs::read_to_string(&path).with_context(|| {
            format!("there is no fine-tuning to go on with in {}", out.display())
        })?;
        if old != noted {
            bail!(
                "model, data or flags are not those of {}; give the same ones, or another `--out`",
                path.display()
            );
        }
        return Ok(());
    }
    if let Some(leftover) = [RESULTS, CONFIG].into_iter().find(|name| out.join(name).exists()) {
        bail!(
            "this folder already holds `{leftover}`; go on with `--resume` or choose another \
             `--out`: {}",
            out.display()
        );
    }
    Ok(())
}

/// Marks the folder as that of this fine-tuning.
pub(super) fn note(out: &Path, noted: &str) -> Result<()> {
    write_atomically(&out.join(CONFIG), noted.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use electra::tasks::{Content, LabelledText, Split, Target, TaskSpec};

    fn split(name: &str, words: &str, target: Target) -> Split {
        let content = Content::Text(words.to_owned());
        let text = LabelledText { id: "0".to_owned(), content, target };
        Split { name: name.to_owned(), texts: vec![text] }
    }

    fn hash(train: Split, dev: Vec<Split>, test: Vec<Split>, warnings: &[&str]) -> u64 {
        let data = TaskData {
            spec: TaskSpec::builtin("cola").unwrap(),
            train: train.texts,
            dev,
            test,
            warnings: warnings.iter().map(|&warning| warning.to_owned()).collect(),
            notes: Vec::new(),
        };
        hash_of(&data).unwrap()
    }

    #[test]
    fn every_text_and_label_of_every_split_is_in_the_hash_and_nothing_else() {
        let train = |words| split("train", words, Target::Class(0));
        let dev = |label| vec![split("dev", "b", Target::Class(label))];
        let test = |words| vec![split("test", words, Target::Unknown)];
        let all = [
            hash(train("a"), dev(0), test("c"), &[]),
            hash(train("A"), dev(0), test("c"), &[]),
            hash(train("a"), dev(1), test("c"), &[]),
            hash(train("a"), dev(0), test("d"), &[]),
            hash(train("a"), dev(0), Vec::new(), &[]),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[..at].contains(one), "{at}");
        }
        assert_eq!(hash(train("a"), dev(0), test("c"), &["few texts"]), all[0]);
    }
}
