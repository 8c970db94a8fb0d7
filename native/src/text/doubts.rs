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
        let more = warnings.iter().fold(String::new(), |all, it| format!("{all}; {it}"));
        if stats.held_out_documents > 0 {
            bail!(
                "all {} {} are held out, none is left to train on; give more text or lower \
                 `data.held_out`{more}",
                stats.held_out_documents,
                stats.unit()
            );
        }
        bail!("there is no text to train on; look at the files that `--text` names{more}");
    }
    if stats.held_out_examples == 0 && data.held_out > 0.0 {
        warnings.push(format!(
            "nothing is held out: the text has only {} {}, and a share of {} missed them all; \
             raise `data.held_out` or name files in `data.held_out_text`",
            stats.documents,
            stats.unit(),
            data.held_out
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

/// What to say about held-out text that goes on in the text that is trained on.
pub(super) fn doubt_of_held_out(stats: &Stats) -> Option<String> {
    let whole = stats.whole_documents.filter(|_| stats.held_out_examples > 0)?;
    Some(format!(
        "the text has only {whole} documents, so {} parts of them are held out, which resemble \
         the parts that are trained on: held-out metrics look better than on other text; put blank \
         lines between documents, give `--line-is-document` where every line is one, or name other \
         text in `--held-out-text`",
        stats.held_out_documents
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
