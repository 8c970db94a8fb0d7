//! `electra ship`

use crate::args::{CardArgs, ShipArgs};
use crate::files::write_atomically;
use crate::model_folder::{CONFIG, run_config};
use crate::print;
use crate::shipping::{Files, RECORDS, Words, file_name, shipped};
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
    print::line(format_args!("{} files, {megabytes:.1} MB: {}", files.len(), args.out.display()))?;
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
            let bytes = if name == CONFIG { without_paths(folder, bytes)? } else { bytes };
            files.push((name.to_owned(), bytes));
        }
    }
    Ok(files)
}

/// A run's configuration whose files are named without the folders they lay in.
fn without_paths(folder: &Path, bytes: Vec<u8>) -> Result<Vec<u8>> {
    let Some(mut config) = run_config(folder) else { return Ok(bytes) };
    let data = &mut config.data;
    let paths = data.text.iter_mut().chain(&mut data.held_out_text).chain(data.vocab.as_mut());
    for path in paths {
        *path = file_name(path);
    }
    Ok(toml::to_string_pretty(&config)?.into_bytes())
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
