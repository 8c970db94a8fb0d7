//! What is wrong with prepared text, or may be, and what to do about it.

use super::corpus::Stats;
use anyhow::{Result, bail};
use electra::config::DataConfig;
use electra::tokenizer::SpecialTokens;

/// Share of unknown tokens from which on the vocabulary is doubted: one that was made for the text
/// misses rare characters only.
const UNKNOWN: f64 = 0.02;

/// Fails without anything to train on, warns without anything to evaluate on.
pub(super) fn check(stats: &Stats, data: &DataConfig, warnings: &mut Vec<String>) -> Result<()> {
    if stats.examples == 0 {
        return nothing_to_train_on(stats, warnings);
    }
    let is_share = data.held_out > 0.0 && data.held_out_text.is_empty();
    if stats.held_out_examples == 0 && data.held_out > 0.0 {
        let why = if is_share {
            "nothing is held out: the text is too short or repeats itself, so that nothing would \
             be left to train on; give more text, or other text with `--held-out-text`"
        } else {
            "nothing is held out: there is no text in the files that `--held-out-text` names; give \
             others"
        };
        warnings.push(why.to_owned());
    }
    if is_share && data.held_out < 0.1 && stats.held_out_documents == 1 {
        warnings.push(format!(
            "of {} {}, only 1 is held out, so held-out metrics are rough; `--held-out 0.1` holds \
             out more, and `--held-out-text` names other text",
            stats.documents + 1,
            stats.unit()
        ));
    }
    if stats.excluded_documents > 0 {
        warnings.push(format!(
            "{} documents are also in the held-out files and are not trained on",
            stats.excluded_documents
        ));
    }
    Ok(())
}

/// Fails with the reason why no text is left to train on, or to evaluate.
fn nothing_to_train_on(stats: &Stats, warnings: &[String]) -> Result<()> {
    let more = warnings.iter().fold(String::new(), |all, it| format!("{all}; {it}"));
    if stats.held_out_documents > 0 {
        bail!(
            "all {} {} are held out, none is left to train on; give more text or lower \
             `--held-out`{more}",
            stats.held_out_documents,
            stats.unit()
        );
    }
    if stats.excluded_documents > 0 {
        bail!(
            "all {} documents are also in the held-out files, none is left to train on; give \
             other text with `--text` or `--held-out-text`{more}",
            stats.excluded_documents
        );
    }
    bail!("there is no text in the files that `--text` names; give others{more}");
}

/// What to say about held-out text that goes on in the text that is trained on.
pub(super) fn doubt_of_held_out(stats: &Stats) -> Option<String> {
    let whole = stats.whole_documents.filter(|_| stats.held_out_examples > 0)?;
    let documents = if whole == 1 { "document" } else { "documents" };
    Some(format!(
        "the text has only {whole} {documents}, so some of its parts are held out, {} of {}, which \
         resemble those that are trained on: held-out metrics look better than on other text; put \
         blank lines between documents, give `--line-is-document` where every line is one, or name \
         other text in `--held-out-text`",
        stats.held_out_documents,
        stats.held_out_documents + stats.documents
    ))
}

/// What to say about a vocabulary that much of the training text is unknown to.
pub(super) fn doubt_of_vocabulary(unigram: &[u64], special: SpecialTokens) -> Option<String> {
    let all: u64 = unigram.iter().sum();
    let share = unigram[special.unk as usize] as f64 / all.max(1) as f64;
    (share > UNKNOWN).then(|| {
        format!(
            "{:.1} % of the tokens are unknown to the vocabulary (`[UNK]`); is it made for this \
             language and case?",
            100.0 * share
        )
    })
}
