//! The end of a run: networks in Hugging Face form, the final metrics, samples and the report.

use super::pretrain::Run;
use crate::files::{beside, replace_folder, write_atomically};
use crate::model_folder;
use crate::print;
use crate::run::{MetricsLog, Mode, Report, Shown, next_commands, shell_word, table};
use anyhow::{Context, Result};
use burn::tensor::read_sync;
use electra::examples::Examples;
use electra::hugging_face::Network;
use electra::metrics::Evaluation;
use electra::models::export;
use electra::weights::Precision;
use std::fs;
use std::path::Path;

/// Rows of the held-out part in the final evaluation.
const FINAL_ROWS: usize = 4096;
/// Held-out sentences shown in the end.
const SENTENCES: usize = 6;

/// Exports, evaluates, reports and prints what to do next.
pub(super) fn finish(run: &mut Run) -> Result<()> {
    let step = run.trainer.step_count();
    let finished = step >= run.trainer.config().training.steps;
    if run.was_interrupted() {
        write_networks(run)?;
        write_report(run, None, &[], finished)?;
        run.journal.progress().finish();
        let folder = shell_word(&run.folder.root().display().to_string());
        print::note(format_args!(
            "saved after step {step}; go on with: {} pretrain --resume {folder}",
            program()
        ));
        return Ok(());
    }
    // Lost networks are never where they would pass for good ones; until then there is a checkpoint.
    let metrics = evaluate(run)?;
    write_networks(run)?;
    let sentences = if metrics.is_some() {
        run.held_out().sentences(run.trainer.model(), &run.tokenizer, SENTENCES)?
    } else {
        Vec::new()
    };
    write_report(run, metrics.as_ref(), &sentences, finished)?;
    run.journal.progress().finish();
    show(run, metrics.as_ref(), &sentences, finished)
}

/// The final evaluation, and whether this state is the best one.
///
/// # Errors
///
/// When it shows that the networks are lost.
fn evaluate(run: &mut Run) -> Result<Option<Evaluation>> {
    let known = logged(run);
    let is_known = known.is_some();
    let Some(metrics) = (if is_known { known } else { run.measure(FINAL_ROWS)? }) else {
        run.journal.warn("nothing was held out, so nothing was evaluated");
        return Ok(None);
    };
    let alert = run.journal.evaluated(run.trainer.step_count(), &metrics, true)?;
    if alert.is_some()
        && let Err(error) = set_aside(run)
    {
        run.journal.warn(&format!("{error:#}"));
    }
    run.heed(alert)?;
    // The best state is found on equal rows, and these are more.
    if !is_known && let Some(metrics) = run.measure(run.trainer.config().training.eval_rows)? {
        run.save_best(&metrics)?;
    }
    Ok(Some(metrics))
}

/// The final evaluation as the log has it, where the run had ended here before.
fn logged(run: &Run) -> Option<Evaluation> {
    let rows = FINAL_ROWS.min(run.corpus.held_out.len());
    let known = run.journal.evaluation_of(run.trainer.step_count())?;
    (known.rows == rows).then(|| known.clone())
}

/// Takes a lost state from where it would be read as the newest one. It stays, for it cost much and
/// the device may be to blame.
fn set_aside(run: &mut Run) -> Result<()> {
    run.folder.remove_networks()?;
    let step = run.trainer.step_count();
    let newest = run.folder.checkpoints().latest();
    let Some(lost) = newest.filter(|newest| newest.step == step) else { return Ok(()) };
    let aside = lost.path.with_extension("ckpt.lost");
    fs::rename(&lost.path, &aside)
        .with_context(|| format!("cannot rename the lost state {}", lost.path.display()))?;
    run.journal.warn(&format!("the state after step {step} now lies aside: {}", aside.display()));
    Ok(())
}

/// `RUN/generator` and `RUN/discriminator`, each complete or absent.
fn write_networks(run: &Run) -> Result<()> {
    let pad = run.vocabulary.special.pad;
    let config = &run.trainer.config().model;
    // The discriminator last: who finds it there expects the generator too.
    for (network, folder) in [
        (Network::Generator, run.folder.generator()),
        (Network::Discriminator, run.folder.discriminator()),
    ] {
        let model = run.trainer.model();
        let files = read_sync(export(model, config, network, pad, Precision::F32))?;
        let longest = run.trainer.config().training.max_seq_length;
        let unfinished = beside(&folder);
        model_folder::write(&unfinished, &files, &run.tokenizer, longest)?;
        replace_folder(&unfinished, &folder)?;
    }
    Ok(())
}

fn write_report(
    run: &Run,
    metrics: Option<&Evaluation>,
    sentences: &[Shown],
    finished: bool,
) -> Result<()> {
    let root = run.folder.root();
    let config = toml::to_string_pretty(run.trainer.config())?;
    let lines = MetricsLog::read(&run.folder.metrics())?;
    let name = root.file_name().map_or_else(String::new, |name| name.display().to_string());
    let page = Report {
        name: &name,
        command: &command_line(),
        device: &run.chosen.name,
        steps: run.trainer.config().training.steps,
        config: &config,
        lines: &lines,
        evaluation: metrics,
        sentences,
        warnings: run.journal.warnings(),
        next: &next_commands(&program(), root, finished),
    }
    .html()?;
    write_atomically(&run.folder.report(), page.as_bytes())?;
    Ok(())
}

/// The end as a person sees it; scripts read the last line of `--json` instead.
fn show(
    run: &Run,
    metrics: Option<&Evaluation>,
    sentences: &[Shown],
    finished: bool,
) -> Result<()> {
    if run.mode == Mode::Json {
        return Ok(());
    }
    if !sentences.is_empty() {
        print::line("\nHeld-out sentences, read by both networks:\n")?;
        for sentence in sentences {
            print::line(format_args!("  {}", sentence.line()))?;
        }
        print::line(format_args!("\n{}\n", Shown::legend()))?;
    }
    if let Some(metrics) = metrics {
        print::line(table(metrics))?;
    }
    print::line(format_args!("\nReport: {}", run.folder.report().display()))?;
    print::line("Next:")?;
    for command in next_commands(&program(), run.folder.root(), finished) {
        print::line(format_args!("  {}  # {}", command.line, command.purpose))?;
    }
    Ok(())
}

/// How this program was called, so that the commands shown work as they stand.
pub(super) fn program() -> String {
    let path = std::env::args().next().unwrap_or_default();
    let name = Path::new(&path);
    // On the search path a name was typed; cargo and shells otherwise give a path.
    if name.components().count() == 1 { "electra".to_owned() } else { shell_word(&path) }
}

fn command_line() -> String {
    std::env::args().map(|word| shell_word(&word)).collect::<Vec<_>>().join(" ")
}
