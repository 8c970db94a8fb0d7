//! Which files are those of a task of one's own.

use super::TaskRequest;
use super::bundle::{Bundle, Text, read_text};
use anyhow::{Result, anyhow, bail};
use std::path::PathBuf;

/// Training, development and test file, read.
pub(super) struct Files {
    pub(super) train: Text,
    pub(super) dev: Option<Text>,
    pub(super) test: Option<Text>,
}

impl Files {
    pub(super) fn find(request: &TaskRequest) -> Result<Self> {
        let named = |path: &Option<PathBuf>| path.as_deref().map(read_text).transpose();
        let (dev, test) = (named(&request.dev)?, named(&request.test)?);
        if !request.data.exists() {
            bail!("there is no file or folder {}", request.data.display());
        }
        if !request.data.is_dir() {
            return Ok(Self { train: read_text(&request.data)?, dev, test });
        }
        let bundle = Bundle::open(&request.data)?;
        let of = |stems: &[&str]| one_of(&bundle, stems);
        let train = of(&["train"])?.ok_or_else(|| {
            anyhow!(
                "there is no train.tsv, train.csv, train.jsonl, train.json or train.txt in {}",
                request.data.display()
            )
        })?;
        let or =
            |told: Option<Text>, stems: &[&str]| told.map_or_else(|| of(stems), |it| Ok(Some(it)));
        Ok(Self {
            train,
            dev: or(dev, &["dev", "valid", "validation"])?,
            test: or(test, &["test"])?,
        })
    }
}

fn one_of(bundle: &Bundle, stems: &[&str]) -> Result<Option<Text>> {
    let endings = ["tsv", "csv", "jsonl", "ndjson", "json", "txt", "conll"];
    let all = stems.iter().flat_map(|stem| endings.map(|ending| format!("{stem}.{ending}")));
    let all: Vec<String> = all.collect();
    bundle.read(&all.iter().map(String::as_str).collect::<Vec<_>>())
}
