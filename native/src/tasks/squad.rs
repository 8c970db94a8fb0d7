//! SQuAD's JSON: articles of paragraphs of questions.

use super::answers::some_have_none;
use super::bundle::{Bundle, Text, bare, is_called};
use anyhow::{Result, anyhow, bail};
use electra::tasks::{Answer, Content, LabelledText, Split, Target, TaskData, TaskKind, TaskSpec};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeSet;

/// What is made of a file's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    /// They are learned from, and must stand in their places.
    Needed,
    /// They are compared with what a model says, wherever they stand.
    Scored,
    /// The same, if the file tells any.
    IfTold,
    /// They do not matter.
    Ignored,
}

#[derive(Deserialize)]
struct File {
    data: Vec<Article>,
}

#[derive(Deserialize)]
struct Article {
    paragraphs: Vec<Paragraph>,
}

#[derive(Deserialize)]
struct Paragraph {
    context: String,
    qas: Vec<Question>,
}

#[expect(clippy::struct_field_names, reason = "the file's names")]
#[derive(Deserialize)]
struct Question {
    #[serde(deserialize_with = "text_or_number")]
    id: String,
    question: String,
    /// Absent from test files; looked into where answers matter.
    answers: Option<Value>,
    #[serde(default)]
    is_impossible: bool,
}

/// How many characters beside its place an answer is looked for.
const SLACK: usize = 2;

#[derive(Deserialize)]
struct Told {
    text: String,
    /// A place, or something that is none: -1, nothing.
    #[serde(default)]
    answer_start: Value,
}

/// Files of one's own often number their questions.
fn text_or_number<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match Value::deserialize(from)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        other => {
            let what = format!("`id` should be a text or a number, got {other}");
            Err(serde::de::Error::custom(what))
        }
    }
}

/// Reads a version of SQuAD from the files of a folder.
pub(super) fn read(spec: &TaskSpec, bundle: &Bundle) -> Result<TaskData> {
    let train = find(spec, bundle, "train")?.ok_or_else(|| {
        anyhow!("there is no train*.json of {} in {}", spec.title, bundle.place.display())
    })?;
    read_files(spec, train, find(spec, bundle, "dev")?, find(spec, bundle, "test")?)
}

/// Reads a version of SQuAD from files that were found.
pub(super) fn read_files(
    spec: &TaskSpec,
    train: Text,
    dev: Option<Text>,
    test: Option<Text>,
) -> Result<TaskData> {
    let train = answered(spec, train, Truth::Needed)?;
    let dev = dev.map(|text| answered(spec, text, Truth::Scored)).transpose()?;
    let test = test.map(|text| questions(spec, text, Truth::IfTold)).transpose()?;
    let split = |name: &str, texts: Option<Vec<LabelledText>>| -> Vec<Split> {
        texts.map(|texts| Split { name: name.to_owned(), texts }).into_iter().collect()
    };
    Ok(TaskData {
        spec: spec.clone(),
        train,
        dev: split("dev", dev),
        test: split("test", test),
        warnings: Vec::new(),
        notes: Vec::new(),
    })
}

/// Whether there are questions to train on. Other files begin with `train` too, so where there are
/// none to score on, the name must be clear.
pub(super) fn is_here(spec: &TaskSpec, bundle: &Bundle) -> bool {
    let has_dev = !candidates(spec, bundle, "dev").is_empty();
    let is_clear = |name: &str| name.contains(versions(spec).0) || is_called(name, "train.json");
    candidates(spec, bundle, "train").into_iter().any(|name| has_dev || is_clear(name))
}

/// Whether the questions here are of this version: the names of their files say so, or there is one
/// without an answer for 2.0, none for 1.1.
pub(super) fn is_of_version(spec: &TaskSpec, bundle: &Bundle) -> Result<bool> {
    let splits = ["train", "dev"];
    let named = |name: &str| name.contains(versions(spec).0);
    if splits.iter().any(|split| candidates(spec, bundle, split).into_iter().any(named)) {
        return Ok(true);
    }
    let mut texts = Vec::new();
    for split in splits {
        if let Some(text) = find(spec, bundle, split)? {
            texts.extend(questions(&TaskSpec::builtin("squad2")?, text, Truth::Scored)?);
        }
    }
    Ok(some_have_none(texts.iter()) == has_unanswerable(spec))
}

/// The file of a split: one that names the version, else one that names none.
fn find(spec: &TaskSpec, bundle: &Bundle, split: &str) -> Result<Option<Text>> {
    let names = candidates(spec, bundle, split);
    match names[..] {
        [] => Ok(None),
        [name] => bundle.read(&[name]),
        _ => bail!(
            "several files may be the {split} questions: {}; leave one or name it: {}",
            names.join(", "),
            bundle.place.display()
        ),
    }
}

fn candidates<'a>(spec: &TaskSpec, bundle: &'a Bundle, split: &str) -> Vec<&'a str> {
    let (version, other) = versions(spec);
    let fits = |name: &&str| {
        let bare = bare(name);
        bare.starts_with(split) && has_ending(bare, "json") && !bare.contains(other)
    };
    let names: Vec<&str> = bundle.names().filter(fits).collect();
    let exact: Vec<&str> = names.iter().copied().filter(|name| name.contains(version)).collect();
    if exact.is_empty() { names } else { exact }
}

/// How names of files call this version and the other.
fn versions(spec: &TaskSpec) -> (&'static str, &'static str) {
    if has_unanswerable(spec) { ("v2", "v1") } else { ("v1", "v2") }
}

/// Whether questions of this version may have no answer.
fn has_unanswerable(spec: &TaskSpec) -> bool {
    spec.kind == TaskKind::Spans { answerable: true }
}

/// Whether a name ends in a dot and this.
pub(super) fn has_ending(name: &str, ending: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, found)| found.eq_ignore_ascii_case(ending))
}

/// All questions of a file, in order.
pub(super) fn questions(spec: &TaskSpec, text: Text, truth: Truth) -> Result<Vec<LabelledText>> {
    let file: File = serde_json::from_str(&text.text).map_err(|error| {
        anyhow!("these are no questions in SQuAD's form ({error}): {}", text.name)
    })?;
    let is_secret = truth == Truth::IfTold && !file.tells();
    let truth = if is_secret { Truth::Ignored } else { truth };
    let mut texts = Vec::new();
    let mut ids = BTreeSet::new();
    for paragraph in file.data.into_iter().flat_map(|article| article.paragraphs) {
        for question in paragraph.qas {
            let id = &question.id;
            let refuse = |what: String| anyhow!("{what}: {}, question {id}", text.name);
            // Predictions are kept by this name; in training it is none.
            if truth != Truth::Needed && !ids.insert(id.clone()) {
                let what =
                    "this `id` stands before two questions, whose answers it must tell apart";
                return Err(refuse(what.to_owned()));
            }
            let target = target(&question, &paragraph.context, truth).map_err(refuse)?;
            if !has_unanswerable(spec) && target == Target::Answers(Vec::new()) {
                let advice = "this question has no answer, which --task squad2 is for";
                return Err(refuse(advice.to_owned()));
            }
            let context = paragraph.context.clone();
            let content = Content::Question { question: question.question, context };
            texts.push(LabelledText { id: question.id, content, target });
        }
    }
    if texts.is_empty() {
        bail!("there are no questions in {}", text.name);
    }
    Ok(texts)
}

/// All questions of a file that is trained on or scored, so that every answer must be told.
pub(super) fn answered(spec: &TaskSpec, text: Text, truth: Truth) -> Result<Vec<LabelledText>> {
    let name = text.name.clone();
    let texts = questions(spec, text, truth)?;
    if let Some(text) = texts.iter().find(|text| text.target == Target::Unknown) {
        bail!(
            "this question has no field `answers`, which training and scoring need: {name}, \
             question {}",
            text.id
        );
    }
    Ok(texts)
}

impl File {
    /// Whether there is a question with an answer, or one that is said to have none.
    fn tells(&self) -> bool {
        let has_answers = |question: &Question| {
            question.answers.as_ref().and_then(Value::as_array).is_some_and(|all| !all.is_empty())
        };
        let paragraphs = self.data.iter().flat_map(|article| &article.paragraphs);
        let mut questions = paragraphs.flat_map(|paragraph| &paragraph.qas);
        questions.any(|question| question.is_impossible || has_answers(question))
    }
}

fn target(question: &Question, context: &str, truth: Truth) -> Result<Target, String> {
    let told: Vec<Told> = match &question.answers {
        _ if truth == Truth::Ignored => return Ok(Target::Unknown),
        _ if question.is_impossible => Vec::new(),
        Some(told) => Vec::deserialize(told)
            .map_err(|error| format!("these are no answers in SQuAD's form ({error})"))?,
        None => return Ok(Target::Unknown),
    };
    let answers = told.iter().map(|told| told.answer(context, truth == Truth::Needed));
    Ok(Target::Answers(answers.collect::<Result<Vec<Answer>, String>>()?))
}

impl Told {
    /// The answer. Where its place is not `needed` its words are enough: one that does not stand
    /// there is put behind the context, where no row shows it.
    fn answer(&self, context: &str, needed: bool) -> Result<Answer, String> {
        let Self { text, answer_start } = self;
        let placed = match answer_start.as_u64() {
            Some(start) => answer_at(context, text, start as usize),
            None => Err(format!("`answer_start` of the answer `{text}` is {answer_start}")),
        };
        if needed {
            return placed;
        }
        let nowhere = |_| Answer { text: text.trim().to_owned(), start: context.chars().count() };
        Ok(placed.unwrap_or_else(nowhere))
    }
}

/// An answer at its place in the context, without spaces around it.
///
/// Fifteen answers of SQuAD 1.1's development file stand up to [`SLACK`] characters behind where it
/// says: the nearest place that holds the same words is taken.
pub(super) fn answer_at(context: &str, text: &str, start: usize) -> Result<Answer, String> {
    let words = text.trim();
    if words.is_empty() {
        return Err("an answer is empty".to_owned());
    }
    let stands = |place: usize| {
        let bytes = context.char_indices().map(|(at, _)| at).nth(place);
        bytes.is_some_and(|at| context[at..].starts_with(words))
    };
    let near = (0..=SLACK).flat_map(|off| [start.checked_add(off), start.checked_sub(off)]);
    if let Some(start) = near.flatten().find(|&place| stands(place)) {
        return Ok(Answer { text: words.to_owned(), start });
    }
    let found: String = context.chars().skip(start).take(words.chars().count()).collect();
    Err(format!(
        "the answer `{words}` should begin at character {start} of its context, where `{found}` \
         stands"
    ))
}
