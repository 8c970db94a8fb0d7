//! `electra import` and `electra export`: models of other programs in, ours out.

use crate::args::{Class, Dtype, ExportArgs, ImportArgs};
use crate::model_folder::{self, Opened};
use crate::print;
use anyhow::{Context, Result, bail};
use burn::tensor::{Device, read_sync};
use electra::convert::{Converted, architecture, convert};
use electra::hugging_face::{Architecture, read_config};
use electra::weights::Precision;
use std::path::Path;

/// Reads a model of any ELECTRA or BERT class and writes it in this program's form.
pub(super) fn import(args: &ImportArgs) -> Result<()> {
    let opened = model_folder::open(&args.model)?;
    let found = architecture(&opened.contents)?;
    let class = match (args.class, found) {
        (Some(class), _) => class.into(),
        (None, Architecture::Encoder) => Architecture::Discriminator,
        // BERT's heads, which this program does not run, are left behind.
        (None, _) if is_bert(&opened) => Architecture::Discriminator,
        (None, found) => found,
    };
    write(&opened, class, (args.seed, Precision::F32), &args.out)
}

/// Writes a model for other programs.
pub(super) fn export(args: &ExportArgs) -> Result<()> {
    let opened = match args.class {
        Some(Class::Generator) => model_folder::open_generator(&args.model)?,
        _ => model_folder::open(&args.model)?,
    };
    let class = match args.class {
        Some(class) => class.into(),
        None => architecture(&opened.contents)?,
    };
    let precision = match args.dtype {
        Dtype::F32 => Precision::F32,
        Dtype::F16 => Precision::F16,
        Dtype::Bf16 => Precision::Bf16,
    };
    write(&opened, class, (0, precision), &args.out)
}

impl From<Class> for Architecture {
    fn from(class: Class) -> Self {
        match class {
            Class::Discriminator => Self::Discriminator,
            Class::Generator => Self::Generator,
            Class::Encoder => Self::Encoder,
        }
    }
}

fn is_bert(opened: &Opened) -> bool {
    let config: serde_json::Value =
        serde_json::from_str(&opened.contents.config).unwrap_or_default();
    config["model_type"] == electra::hugging_face::BERT_TYPE
}

fn write(
    opened: &Opened,
    class: Architecture,
    (seed, precision): (u64, Precision),
    out: &Path,
) -> Result<()> {
    if out.join("config.json").exists() {
        bail!("there is a model already; choose another `--out`: {}", out.display());
    }
    let pad = opened.tokenizer.special().pad;
    let converted =
        read_sync(convert(&opened.contents, class, (seed, pad, precision), &Device::flex()))
            .with_context(|| format!("cannot use {}", opened.folder.display()))?;
    let positions = read_config(&opened.contents.config)?.max_position_embeddings;
    let longest = opened.trained_length().unwrap_or(positions);
    model_folder::write(out, &converted.folder, &opened.tokenizer, longest)?;
    tell(&converted, class, out)
}

fn tell(converted: &Converted, class: Architecture, out: &Path) -> Result<()> {
    let what = match class {
        Architecture::Discriminator => "a discriminator (ElectraForPreTraining)",
        Architecture::Generator => "a generator (ElectraForMaskedLM)",
        Architecture::Encoder => "an encoder (ElectraModel)",
        Architecture::Task => "a fine-tuned model",
    };
    print::line(format_args!("{} holds {what}", out.display()))?;
    if !converted.fresh.is_empty() {
        print::line(format_args!(
            "begins anew, since it was not there: {}",
            converted.fresh.join(", ")
        ))?;
    }
    if !converted.ignored.is_empty() {
        print::line(format_args!("left behind: {}", converted.ignored.join(", ")))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use electra::weights;

    #[test]
    fn an_exported_generator_needs_nothing_of_the_discriminator_beside_it() {
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/demo");
        let place = tempfile::tempdir().unwrap();
        let table = |opened: &Opened| {
            let mut tensors = weights::read(&opened.contents.weights).unwrap();
            tensors.remove("electra.embeddings.word_embeddings.weight").unwrap()
        };
        let discriminator = model_folder::open(&demo).unwrap();
        for (model, class) in
            [(demo.clone(), Some(Class::Generator)), (demo.join("generator"), None)]
        {
            let out = place.path().join(class.is_some().to_string());
            export(&ExportArgs { model, out: out.clone(), class, dtype: Dtype::F32 }).unwrap();
            let found = model_folder::open(&out).unwrap();
            assert_eq!(architecture(&found.contents), Ok(Architecture::Generator));
            assert_eq!(found.tokenizer.to_json(), discriminator.tokenizer.to_json());
            assert_eq!(table(&found), table(&discriminator));
        }
    }
}
