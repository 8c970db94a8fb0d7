//! `electra ship`

use crate::args::{CardArgs, ShipArgs};
use crate::files::write_atomically;
use crate::shipping::{Files, RECORDS, Words, shipped};
use anyhow::{Context, Result};
use burn::tensor::Device;
use electra::weights::Precision;
use std::path::Path;

/// Writes a model's files for shipping.
pub(super) fn run(args: &ShipArgs) -> Result<()> {
    let (precision, words) = card(&args.card);
    let (_, mut files, _) = shipped(&args.model, precision, words, &Device::flex())?;
    files.extend(records(&args.model)?);
    let mut bytes = 0;
    for (path, contents) in &files {
        write_atomically(&args.out.join(path), contents)?;
        bytes += contents.len();
    }
    let megabytes = bytes as f64 / 1e6;
    anstream::println!("{} files, {megabytes:.1} MB: {}", files.len(), args.out.display());
    Ok(())
}

/// How a run was configured and what it measured, where it left that behind.
fn records(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    for name in RECORDS {
        let path = folder.join(name);
        if path.is_file() {
            let bytes =
                std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            files.push((name.to_owned(), bytes));
        }
    }
    Ok(files)
}

/// The flags of a card.
pub(super) fn card(args: &CardArgs) -> (Precision, Words) {
    let precision = if args.precision == "f32" { Precision::F32 } else { Precision::F16 };
    let words = Words {
        name: args.name.clone(),
        trained_on: args.trained_on.clone(),
        licence: args.licence.clone(),
    };
    (precision, words)
}
