//! `electra ship`

use crate::args::{CardArgs, ShipArgs};
use crate::files::write_atomically;
use crate::print;
use crate::shipping::{Words, records, shipped};
use anyhow::Result;
use burn::tensor::Device;
use electra::weights::Precision;

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
