//! `electra predict`

use crate::args::PredictArgs;
use crate::files::write_atomically;
use crate::print;
use crate::tuning::Rows;
use crate::{device, model_folder, tasks};
use anyhow::{Context, Result, bail};
use electra::config::FineTuneConfig;
use electra::finetune::{FineTuned, PredictSettings, ScoreRange, Setup};
use electra::hugging_face::SavedTask;
use electra::task_models::fine_tuned;
use electra::tasks::{Content, LabelledText, Prediction, Target, TaskKind, TaskSpec};
use electra::tokenizer::Tokenizer;
use serde_json::{Value, json};
use std::io::BufRead;

/// Answers about the arguments, a file, or standard input line by line.
pub(super) fn run(args: &PredictArgs) -> Result<()> {
    let chosen = device::choose(&args.device)?;
    let opened = model_folder::open(&args.model)?;
    let (config, task, model) = fine_tuned(&opened.contents, &chosen.device)
        .with_context(|| format!("cannot use {}", opened.folder.display()))?;
    let spec = spec(&task);
    let mut rows = FineTuneConfig::for_task(&config, &spec);
    rows.max_seq_length = args.seq.unwrap_or(task.max_seq_length);
    rows.validate(&config, &task.kind)?;
    let settings = PredictSettings {
        kind: task.kind.clone(),
        features: Setup::feature_settings(&rows),
        beam: rows.window.beam,
        batch_size: args.batch,
        pad: opened.tokenizer.special().pad,
        range: ScoreRange::PLAIN,
        fixed_shapes: chosen.is_gpu,
    };
    let asker = Asker { args, spec, task, model, tokenizer: opened.tokenizer, settings };
    let texts = asker.texts()?;
    let mut predictions = asker.ask(&texts, &chosen.device)?;
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

/// The task as far as a model's folder tells it.
fn spec(task: &SavedTask) -> TaskSpec {
    if let Ok(spec) = TaskSpec::builtin(&task.name) {
        return TaskSpec { kind: task.kind.clone(), ..spec };
    }
    let columns = task.columns.clone().unwrap_or_default();
    TaskSpec::custom(&task.name, task.kind.clone(), columns)
}

struct Asker<'a> {
    args: &'a PredictArgs,
    spec: TaskSpec,
    task: SavedTask,
    model: FineTuned,
    tokenizer: Tokenizer,
    settings: PredictSettings,
}

impl Asker<'_> {
    fn texts(&self) -> Result<Vec<LabelledText>> {
        if let Some(path) = &self.args.file {
            return tasks::read_texts(path, &self.spec);
        }
        if !self.args.text.is_empty() {
            return Ok(vec![self.text(0, &self.args.text.join(" "), self.args.pair.as_deref())?]);
        }
        let mut texts = Vec::new();
        for line in std::io::stdin().lock().lines() {
            let line = line.context("cannot read standard input as UTF-8 text")?;
            if line.trim().is_empty() {
                continue;
            }
            let (first, second) = match line.split_once('\t') {
                Some((first, second)) => (first, Some(second)),
                None => (line.as_str(), self.args.pair.as_deref()),
            };
            texts.push(self.text(texts.len(), first, second)?);
        }
        if texts.is_empty() {
            bail!("there is no text; give one in quotes, with `--file`, or on standard input");
        }
        Ok(texts)
    }

    /// One text, as the task wants it.
    fn text(&self, number: usize, first: &str, second: Option<&str>) -> Result<LabelledText> {
        if first.trim().is_empty() {
            bail!("there is no text; give one in quotes, with `--file`, or on standard input");
        }
        let content = match (&self.task.kind, second) {
            (TaskKind::Tagging { .. }, _) => {
                Content::Words(first.split_whitespace().map(str::to_owned).collect())
            }
            (TaskKind::Spans { .. }, Some(context)) => {
                Content::Question { question: first.to_owned(), context: context.to_owned() }
            }
            (TaskKind::Spans { .. }, None) => {
                bail!("a question needs a context; give it with `--pair`, or behind a tab")
            }
            (_, Some(second)) => Content::Pair(first.to_owned(), second.to_owned()),
            (_, None) => Content::Text(first.to_owned()),
        };
        Ok(LabelledText { id: number.to_string(), content, target: Target::Unknown })
    }

    fn ask(
        &self,
        texts: &[LabelledText],
        device: &burn::tensor::Device,
    ) -> Result<Vec<Prediction>> {
        let rows = Rows::new(texts, &self.tokenizer, &self.settings)?;
        rows.ask(&self.model, self.settings.clone(), device, |_, _| ())
    }

    fn show(&self, text: &LabelledText, prediction: &Prediction) -> Result<()> {
        if self.args.json {
            return print::line(self.object(text, prediction));
        }
        let labels = self.task.kind.labels();
        match (prediction, &text.content) {
            (Prediction::Class { label, probabilities }, _) => {
                let shares = labels.iter().zip(probabilities);
                let shares: Vec<String> =
                    shares.map(|(label, share)| format!("{label} {share:.3}")).collect();
                print::line(format_args!("{}\t{}", labels[*label], shares.join("  ")))?;
            }
            (Prediction::Score(score), _) => print::line(format_args!("{score:.4}"))?,
            (Prediction::Tags(tags), Content::Words(words)) => {
                for (word, &tag) in words.iter().zip(tags) {
                    print::line(format_args!("{word}\t{}", labels[tag]))?;
                }
                print::line("")?;
            }
            (Prediction::Answer(answer), _) => {
                let said = answer.or_none(self.args.none_threshold);
                let said = if said.is_empty() { "(no answer)" } else { said };
                print::line(format_args!("{said}\t{:.3}", answer.score))?;
            }
            (Prediction::Tags(_), _) => {}
        }
        Ok(())
    }

    fn object(&self, text: &LabelledText, prediction: &Prediction) -> Value {
        let labels = self.task.kind.labels();
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
            (Prediction::Tags(tags), Content::Words(words)) => {
                let tags: Vec<&String> = tags.iter().map(|&tag| &labels[tag]).collect();
                json!({ "id": text.id, "words": words, "tags": tags })
            }
            (Prediction::Answer(answer), _) => {
                let said = answer.or_none(self.args.none_threshold);
                json!({
                    "id": text.id,
                    "answer": said,
                    "start": answer.start,
                    "end": answer.end,
                    "score": answer.score,
                    "none_score": answer.none_score,
                    "n_best": answer.n_best,
                })
            }
            (Prediction::Tags(_), _) => Value::Null,
        }
    }
}
