//! A run that goes on: which flags may stand beside `--resume`, where it computes, and in how many
//! parts.

use crate::args::PretrainArgs;
use crate::device::{self, Chosen};
use crate::run::Preparing;
use anyhow::{Context, Result, bail};
use electra::config::PretrainConfig;

/// A resumed run is the run it was: a flag that would change more than its length is an error, not
/// a surprise.
///
/// # Errors
///
/// When there is such a flag.
pub(crate) fn refuse_changes(args: &PretrainArgs) -> Result<()> {
    let PretrainArgs { device, resume, steps, minutes, stop_after, quiet, json, .. } = args;
    let allowed = PretrainArgs {
        device: device.clone(),
        resume: resume.clone(),
        steps: *steps,
        minutes: *minutes,
        stop_after: *stop_after,
        quiet: *quiet,
        json: *json,
        ..PretrainArgs::default()
    };
    if format!("{args:?}") == format!("{allowed:?}") {
        return Ok(());
    }
    bail!(
        "`--resume` goes on with the run's own configuration; only --device, --stop-after, \
         --quiet, --json and, for a longer run, --steps or --minutes can stand beside it"
    )
}

/// The device that the run was begun on, or the one that the flag names instead.
///
/// # Errors
///
/// When there is no such device, or it cannot be opened.
pub(crate) fn resumed_device(
    args: &PretrainArgs,
    config: &PretrainConfig,
    preparing: &Preparing,
) -> Result<Chosen> {
    let begun = config.training.device.as_deref();
    let Some(flag) = &args.device else {
        // Runs of older versions do not say where they began.
        let word = begun.unwrap_or("auto");
        return device::choose(word).with_context(|| {
            format!("cannot go on with the run's device `{word}`; `--device auto` takes another")
        });
    };
    let chosen = device::choose(flag)?;
    if let Some(begun) = begun.filter(|begun| *begun != chosen.word) {
        preparing.warn(&format!(
            "this run was begun on `{begun}` and goes on with `{}`, so that it is no longer bit \
             for bit the run that was begun; without `--device` it returns to `{begun}`",
            chosen.word
        ));
    }
    Ok(chosen)
}

/// Into how many parts micro-batches are split on another device than the run was begun on; none:
/// as before.
///
/// A GPU takes a whole batch at once, whatever the number says, so there it is left for the CPU
/// that the run returns to.
pub(crate) fn parts_elsewhere(config: &PretrainConfig, chosen: &Chosen) -> Option<usize> {
    let training = &config.training;
    let is_elsewhere = *training.device.as_ref()? != chosen.word && !chosen.is_gpu;
    is_elsewhere.then(|| chosen.parts(&config.model, training.batch_size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn only_a_run_that_comes_from_a_gpu_is_split_anew() {
        let chosen = |word: &str| Chosen {
            device: Device::flex(),
            name: word.to_owned(),
            word: word.to_owned(),
            is_gpu: word != "cpu",
        };
        let parts = |begun: Option<&str>, word: &str| {
            let mut config = PretrainConfig::preset("nano").expect("a preset");
            config.training.device = begun.map(str::to_owned);
            parts_elsewhere(&config, &chosen(word))
        };
        let nano = PretrainConfig::preset("nano").expect("a preset");
        let suitable = chosen("cpu").parts(&nano.model, nano.training.batch_size);
        assert_eq!(parts(Some("vulkan"), "cpu"), Some(suitable));
        assert_eq!(parts(Some("cpu"), "cpu"), None);
        assert_eq!(parts(Some("cpu"), "vulkan"), None);
        assert_eq!(parts(None, "cpu"), None, "nobody knows where it began");
    }
}
