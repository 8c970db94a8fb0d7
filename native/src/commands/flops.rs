//! `electra flops`

use crate::args::FlopsArgs;
use crate::print;
use anyhow::Result;
use electra::config::PretrainConfig;
use electra::flops;
use serde_json::json;

/// Prints the paper's table, or the counts of one preset.
pub(super) fn run(args: &FlopsArgs) -> Result<()> {
    let Some(preset) = &args.preset else {
        return print_table(args.json);
    };
    let config = PretrainConfig::preset(preset)?;
    let cost = flops::of(&config);
    if args.json {
        let counts = json!({
            "preset": preset,
            "steps": config.training.steps,
            "train": cost.train(),
            "train_generator": cost.train_generator,
            "train_discriminator": cost.train_discriminator,
            "inference": cost.inference,
        });
        return print::line(counts);
    }
    print::line(format_args!(
        "{preset}: {:.3e} to train for {} steps ({:.1} % of it in the generator), {:.2e} to read \
         one row of {} tokens",
        cost.train(),
        config.training.steps,
        100.0 * cost.train_generator / cost.train(),
        cost.inference,
        flops::INFERENCE_LENGTH,
    ))
}

fn print_table(as_json: bool) -> Result<()> {
    for row in flops::table() {
        if as_json {
            let counts = json!({
                "name": row.name,
                "parameters": row.parameters,
                "train": row.train,
                "inference": row.inference,
                "published_train": row.published_train,
                "published_inference": row.published_inference,
            });
            print::line(counts)?;
        } else {
            print::line(format_args!(
                "{:<16} {:.3e} to train, the paper prints {:.2e}",
                row.name, row.train, row.published_train
            ))?;
        }
    }
    Ok(())
}
