//! `electra predict`

use crate::args::PredictArgs;
use crate::files::write_atomically;
use crate::print;
use crate::{device, model_folder, tasks};
use anyhow::{Context, Error, Result, anyhow, bail};
use burn::tensor::read_sync;
use electra::asking::{Answerer, Reading, SecondText, content, spec};
use electra::scores::given_answer;
use electra::tasks::{
    Content, LabelledText, PredictedAnswer, Prediction, Target, TaskKind, TaskSpec,
};
use serde_json::{Value, json};
use std::io::BufRead;
use std::path::Path;

/// Answers about the arguments, a file, or standard input line by line.
pub(super) fn run(args: &PredictArgs) -> Result<()> {
    let chosen = device::choose(&args.device)?;
    let opened = model_folder::open(&args.model)?;
    let trained = opened.trained_length();
    let reading = Reading {
        max_seq_length: args.seq,
        longest: usize::MAX,
        batch_size: args.batch,
        fixed_shapes: chosen.is_gpu,
    };
    let answerer = Answerer::open(&opened.contents, opened.tokenizer, reading, &chosen.device)
        .with_context(|| format!("cannot use {}", opened.folder.display()))?;
    let tuned = answerer.task.max_seq_length;
    warn_of_long_rows(args.seq, trained.map_or(tuned, |trained| trained.min(tuned)));
    let asker = Asker { args, spec: spec(&answerer.task), answerer };
    let texts = asker.texts()?;
    let (mut predictions, cut) = read_sync(asker.answerer.ask(&texts))?;
    warn_of_cut_texts(cut, texts.len(), asker.answerer.longest_row());
    if let Some(out) = &args.out {
        // The file's writer cuts at 0.
        for prediction in &mut predictions {
            if let Prediction::Answer(answer) = prediction {
                answer.none_score -= args.none_threshold;
            }
        }
        let bytes = tasks::predictions_bytes(&asker.spec, &texts, &predictions)?;
        return write_atomically(out, &bytes);
    }
    for (text, prediction) in texts.iter().zip(&predictions) {
        asker.show(text, prediction)?;
    }
    Ok(())
}

/// Positions beyond the longest row of training may be as they were initialised.
fn warn_of_long_rows(asked: Option<usize>, trained: usize) {
    if let Some(row) = asked.filter(|&row| row > trained) {
        print::warn(format_args!(
            "rows of {row} tokens are longer than the {trained} that this model was trained on: \
             positions beyond may never have been trained; use `--seq {trained}`"
        ));
    }
}

fn warn_of_cut_texts(cut: usize, texts: usize, row: usize) {
    if cut > 0 {
        print::warn(format_args!(
            "{cut} of {texts} texts are longer than a row of {row} tokens: their ends were not read; \
             `--seq` makes rows longer, as far as the model was trained for it"
        ));
    }
}

struct Asker<'a> {
    args: &'a PredictArgs,
    spec: TaskSpec,
    answerer: Answerer,
}

impl Asker<'_> {
    fn texts(&self) -> Result<Vec<LabelledText>> {
        if let Some(path) = &self.args.file {
            return self.of_file(path);
        }
        if !self.args.text.is_empty() {
            return Ok(vec![self.text(0, &self.args.text.join(" "), self.args.pair.as_deref())?]);
        }
        let mut texts = Vec::new();
        for (number, line) in (1..).zip(std::io::stdin().lock().lines()) {
            let line = line.context("cannot read standard input as UTF-8 text")?;
            if line.trim().is_empty() {
                continue;
            }
            let (first, second) = match line.split_once('\t') {
                Some((first, second)) => (first, Some(second)),
                None => (line.as_str(), self.args.pair.as_deref()),
            };
            let place = |what: Error| anyhow!("{what:#}: standard input, line {number}");
            texts.push(self.text(texts.len(), first, second).map_err(place)?);
        }
        if texts.is_empty() {
            bail!("there is no text; give one in quotes, with `--file`, or on standard input");
        }
        Ok(texts)
    }

    fn of_file(&self, path: &Path) -> Result<Vec<LabelledText>> {
        let texts = tasks::read_texts(path, &self.spec)?;
        for text in &texts {
            let has_second = matches!(text.content, Content::Pair(..) | Content::Question { .. });
            if let Some(what) = self.misfit(has_second) {
                bail!("{what}: {}, text `{}`", path.display(), text.id);
            }
        }
        Ok(texts)
    }

    /// What is wrong with a text that has a second one or none.
    fn misfit(&self, has_second: bool) -> Option<&'static str> {
        let TaskSpec { name, kind, columns, .. } = &self.spec;
        match (SecondText::of(name, kind, columns.as_ref()), has_second) {
            (SecondText::Never, true) => Some(
                "this model reads one text at a time; leave out the second one, which is `--pair`, \
                 what stands behind a tab, or another column",
            ),
            (SecondText::Always, false) if matches!(kind, TaskKind::Spans { .. }) => Some(
                "a question needs a context; give it with `--pair`, behind a tab or in a column",
            ),
            (SecondText::Always, false) => Some(
                "this model reads two texts at a time; give the second one with `--pair`, behind a \
                 tab or in a column",
            ),
            (_, _) => None,
        }
    }

    /// One text, as the task wants it.
    fn text(&self, number: usize, first: &str, second: Option<&str>) -> Result<LabelledText> {
        // A tab at the end of a line, or quotes around nothing.
        let second = second.filter(|second| !second.trim().is_empty());
        if first.trim().is_empty() {
            bail!("there is no text; give one in quotes, with `--file`, or on standard input");
        }
        if let Some(what) = self.misfit(second.is_some()) {
            bail!(what);
        }
        let content = content(&self.spec.kind, first, second);
        Ok(LabelledText { id: number.to_string(), content, target: Target::Unknown })
    }

    fn show(&self, text: &LabelledText, prediction: &Prediction) -> Result<()> {
        if self.args.json {
            return print::line(self.object(text, prediction));
        }
        let labels = self.spec.kind.labels();
        match (prediction, &text.content) {
            (Prediction::Class { label, probabilities }, _) => {
                let shares = labels.iter().zip(probabilities);
                let shares: Vec<String> =
                    shares.map(|(label, share)| format!("{label} {share:.3}")).collect();
                print::line(format_args!("{}\t{}", labels[*label], shares.join("  ")))?;
            }
            (Prediction::Score(score), _) => print::line(format_args!("{score:.4}"))?,
            (Prediction::Tags { tags, .. }, Content::Words(words)) => {
                for (word, &tag) in words.iter().zip(tags) {
                    print::line(format_args!("{word}\t{}", labels[tag]))?;
                }
                print::line("")?;
            }
            (Prediction::Answer(answer), _) => {
                let said = self.said(answer);
                let said = if said.is_empty() { "(no answer)" } else { said };
                print::line(format_args!("{said}\t{:.3}", answer.score))?;
            }
            (Prediction::Tags { .. }, _) => {}
        }
        Ok(())
    }

    /// The answer as it is scored.
    fn said<'a>(&self, answer: &'a PredictedAnswer) -> &'a str {
        given_answer(&self.spec.kind, answer, self.args.none_threshold)
    }

    fn object(&self, text: &LabelledText, prediction: &Prediction) -> Value {
        let labels = self.spec.kind.labels();
        match (prediction, &text.content) {
            (Prediction::Class { label, probabilities }, _) => {
                let shares: serde_json::Map<String, Value> = labels
                    .iter()
                    .cloned()
                    .zip(probabilities.iter().map(|&it| json!(tasks::six_digits(it))))
                    .collect();
                json!({ "id": text.id, "label": labels[*label], "probabilities": shares })
            }
            (Prediction::Score(score), _) => json!({ "id": text.id, "score": score }),
            (Prediction::Tags { tags, probabilities }, Content::Words(words)) => {
                let tags: Vec<&String> = tags.iter().map(|&tag| &labels[tag]).collect();
                let shares: Vec<f64> =
                    probabilities.iter().copied().map(tasks::six_digits).collect();
                json!({ "id": text.id, "words": words, "tags": tags, "probabilities": shares })
            }
            (Prediction::Answer(answer), _) => {
                let said = self.said(answer);
                // No answer has no place; that of the best span is the first of `n_best`.
                let place = |at: usize| (!said.is_empty()).then_some(at);
                json!({
                    "id": text.id,
                    "answer": said,
                    "start": place(answer.start),
                    "end": place(answer.end),
                    "score": answer.score,
                    "none_score": answer.none_score,
                    "n_best": answer.n_best,
                })
            }
            (Prediction::Tags { .. }, _) => Value::Null,
        }
    }
}
