//! `electra vocab`

use crate::args::VocabArgs;
use crate::embedded::CORPUS;
use crate::files::write_atomically;
use crate::print;
use crate::run::{Mode, Preparing};
use crate::text::{default_cache, train_vocab};
use anyhow::Result;
use electra::config::PretrainConfig;

/// Trains a vocabulary and writes it.
pub(super) fn run(args: &VocabArgs) -> Result<()> {
    let mut data = PretrainConfig::preset("small")?.data;
    data.text.clone_from(&args.text);
    data.held_out = 0.0;
    data.line_is_document = args.text.is_empty();
    data.lower_case = !args.cased;
    data.strip_accents = !(args.cased || args.keep_accents);
    data.json_field.clone_from(&args.json_field);
    let preparing = Preparing::new(Mode::choose(false, false));
    preparing.begin("training a vocabulary");
    let reading = |done, total| preparing.read(done, total);
    let trained = train_vocab(&data, CORPUS, args.size, &default_cache(), &reading)?;
    for note in &trained.notes {
        preparing.note(note);
    }
    for warning in &trained.warnings {
        preparing.warn(warning);
    }
    drop(preparing);
    let tokenizer = trained.tokenizer;
    let json = args.out.extension().is_some_and(|extension| extension == "json");
    let text = if json { tokenizer.to_json() } else { tokenizer.vocab_txt() };
    write_atomically(&args.out, text.as_bytes())?;
    print::line(format_args!("{} entries: {}", tokenizer.vocab_size(), args.out.display()))
}
