//! The end of a run: networks in Hugging Face form, the final metrics, samples and the report.

use super::pretrain::Session;
use crate::files::write_atomically;
use crate::model_folder;
use crate::run::{MetricsLog, Mode, Report, Shown, next_commands, shell_word, table};
use anyhow::Result;
use burn::tensor::read_sync;
use electra::hugging_face::Network;
use electra::metrics::Evaluation;
use electra::models::export;
use electra::weights::Precision;
use std::path::Path;

/// Rows of the held-out part in the final evaluation.
const FINAL_ROWS: usize = 4096;
/// Held-out sentences shown in the end.
const SENTENCES: usize = 6;

/// Exports, evaluates, reports and prints what to do next.
pub(super) fn finish(session: &mut Session) -> Result<()> {
    let step = session.trainer.step_count();
    let finished = step >= session.trainer.config().training.steps;
    write_networks(session)?;
    if session.was_interrupted() {
        let run = shell_word(&session.folder.root().display().to_string());
        session.journal.progress().note(&format!(
            "saved after step {step}; go on with: {} pretrain --resume {run}",
            program()
        ));
        return Ok(());
    }
    let metrics = session.measure(FINAL_ROWS)?;
    if let Some(metrics) = &metrics {
        session.journal.evaluated(step, metrics)?;
        session.save_best(metrics)?;
    } else {
        session.journal.warn("nothing was held out, so nothing was evaluated");
    }
    let sentences = if metrics.is_some() {
        session.held_out().sentences(session.trainer.model(), &session.tokenizer, SENTENCES)?
    } else {
        Vec::new()
    };
    write_report(session, metrics.as_ref(), &sentences, finished)?;
    show(session, metrics.as_ref(), &sentences, finished);
    Ok(())
}

/// `RUN/discriminator` and `RUN/generator`, complete.
fn write_networks(session: &Session) -> Result<()> {
    let pad = session.vocabulary.special.pad;
    let config = &session.trainer.config().model;
    for (network, folder) in [
        (Network::Discriminator, session.folder.discriminator()),
        (Network::Generator, session.folder.generator()),
    ] {
        let model = session.trainer.model();
        let files = read_sync(export(model, config, network, pad, Precision::F32))?;
        let longest = session.trainer.config().training.max_seq_length;
        model_folder::write(&folder, &files, &session.tokenizer, longest)?;
    }
    Ok(())
}

fn write_report(
    session: &Session,
    metrics: Option<&Evaluation>,
    sentences: &[Shown],
    finished: bool,
) -> Result<()> {
    let root = session.folder.root();
    let config = toml::to_string_pretty(session.trainer.config())?;
    let lines = MetricsLog::read(&session.folder.metrics())?;
    let name = root.file_name().map_or_else(String::new, |name| name.display().to_string());
    let page = Report {
        name: &name,
        command: &command_line(),
        device: session.chosen.name.trim(),
        steps: session.trainer.config().training.steps,
        config: &config,
        lines: &lines,
        evaluation: metrics,
        sentences,
        warnings: session.journal.warnings(),
        next: &next_commands(&program(), root, finished),
    }
    .html()?;
    write_atomically(&session.folder.report(), page.as_bytes())?;
    Ok(())
}

/// The end as a person sees it; scripts read the last line of `--json` instead.
fn show(session: &Session, metrics: Option<&Evaluation>, sentences: &[Shown], finished: bool) {
    if session.mode == Mode::Json {
        return;
    }
    if !sentences.is_empty() {
        anstream::println!("\nHeld-out sentences, read by both networks:\n");
        for sentence in sentences {
            anstream::println!("  {}", sentence.line());
        }
        anstream::println!("\n{}\n", Shown::legend());
    }
    if let Some(metrics) = metrics {
        anstream::println!("{}", table(metrics));
    }
    anstream::println!("\nReport: {}", session.folder.report().display());
    anstream::println!("Next:");
    for command in next_commands(&program(), session.folder.root(), finished) {
        anstream::println!("  {}  # {}", command.line, command.purpose);
    }
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
