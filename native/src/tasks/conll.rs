//! Words in columns, one a line, with a blank line between sentences: CoNLL's shared tasks.

use super::bundle::{Bundle, Text, bare};
use super::squad::has_ending;
use anyhow::{Result, anyhow, bail};
use electra::tasks::{
    Content, LabelledText, MOST_LABELS, Metric, Split, Target, TaskData, TaskKind, TaskSpec,
};
use std::collections::BTreeSet;

/// Names of the training file, of the development file, and of the test file.
const TRAIN: &[&str] = &["train.txt", "train.conll", "eng.train", "train"];
const DEV: &[&str] =
    &["dev.txt", "valid.txt", "dev.conll", "valid.conll", "eng.testa", "testa", "dev"];
const TEST: &[&str] = &["test.txt", "test.conll", "eng.testb", "testb", "test"];

/// First word of a line that only says that a document begins.
const DOCUMENT: &str = "-DOCSTART-";

/// Sentences whose tags are not numbers yet.
pub(super) struct Tagged {
    /// How messages call the file.
    pub(super) name: String,
    /// Words and, if told, tags of each sentence.
    pub(super) sentences: Vec<(Vec<String>, Option<Vec<String>>)>,
}

/// Whether there are sentences to train on.
pub(super) fn is_here(bundle: &Bundle) -> bool {
    bundle.has(TRAIN)
}

/// Reads chunks or names from the files of a folder.
pub(super) fn read(spec: &TaskSpec, bundle: &Bundle) -> Result<TaskData> {
    read_files(spec, bundle.need(TRAIN)?, bundle.read(DEV)?, bundle.read(TEST)?)
}

/// Reads chunks or names from files that were found.
pub(super) fn read_files(
    spec: &TaskSpec,
    train: Text,
    dev: Option<Text>,
    test: Option<Text>,
) -> Result<TaskData> {
    // The third column is the chunk in CoNLL's files of 2000 and of 2003, which have names after it.
    let column = (spec.name == "chunk").then_some(2);
    let parse = |text| parse(text, column);
    number(spec, parse(train)?, dev.map(parse).transpose()?, test.map(parse).transpose()?)
}

/// Whether a file holds words in columns and no running text: its ending or a line says so, or all
/// lines have as many columns, which stand apart by tabs (a word alone needs none), or of which one
/// is mostly tags that the model knows; it need not know all of a file's.
pub(super) fn is_columns(text: &Text, labels: &[String]) -> bool {
    let mut lines = text.text.lines();
    if has_ending(bare(&text.name), "conll") || lines.any(|line| line.starts_with(DOCUMENT)) {
        return true;
    }
    let lines: Vec<&str> = text.text.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    let separator = Separator::of(&text.text);
    let rows: Vec<Vec<&str>> = lines.iter().map(|line| separator.cells(line)).collect();
    let columns = rows.first().map_or(0, Vec::len);
    if columns == 0 || rows.iter().any(|row| row.len() != columns) {
        return false;
    }
    let has_tabs = separator == Separator::Tab || columns == 1;
    // A full stop is a tag to some models, and the last word of many a sentence.
    let is_tag = |word: &str| {
        word.contains(char::is_alphanumeric) && labels.iter().any(|label| label == word)
    };
    let has_tags = |at: usize| 2 * rows.iter().filter(|row| is_tag(row[at])).count() > rows.len();
    has_tabs || (1..columns).any(has_tags)
}

/// What stands between columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    /// One tab, so that a word may hold a space.
    Tab,
    /// Spaces and tabs, however many.
    Blanks,
}

impl Separator {
    /// Tabs where every line has as many of them.
    fn of(text: &str) -> Self {
        let is_said = |line: &&str| !line.trim().is_empty() && !line.starts_with(DOCUMENT);
        let mut tabs = text.lines().filter(is_said).map(|line| line.trim().matches('\t').count());
        let first = tabs.next().unwrap_or(0);
        if first > 0 && tabs.all(|count| count == first) { Self::Tab } else { Self::Blanks }
    }

    fn cells(self, line: &str) -> Vec<&str> {
        match self {
            Self::Tab if !line.trim().is_empty() => {
                line.trim().split('\t').map(str::trim).collect()
            }
            _ => line.split_whitespace().collect(),
        }
    }
}

/// Takes lines apart; the tag is in `column` where there are so many, else in the last.
pub(super) fn parse(text: Text, column: Option<usize>) -> Result<Tagged> {
    let mut tagged = Tagged { name: text.name, sentences: Vec::new() };
    let (mut words, mut tags) = (Vec::new(), Vec::new());
    let mut columns = 0;
    let separator = Separator::of(&text.text);
    for (number, line) in text.text.lines().chain([""]).enumerate() {
        let cells = separator.cells(line);
        if cells.is_empty() {
            if !words.is_empty() {
                let tags = std::mem::take(&mut tags);
                let told = (columns > 1).then_some(tags);
                tagged.sentences.push((std::mem::take(&mut words), told));
            }
            continue;
        }
        if cells[0] == DOCUMENT {
            continue;
        }
        if columns == 0 {
            columns = cells.len();
        }
        if cells.len() != columns {
            bail!(
                "this line has {} columns where the first has {columns}: {}, line {}",
                cells.len(),
                tagged.name,
                number + 1
            );
        }
        words.push(cells[0].to_owned());
        let tag = column.and_then(|at| cells.get(at)).unwrap_or(&cells[columns - 1]);
        tags.push((*tag).to_owned());
    }
    if tagged.sentences.is_empty() {
        bail!("there are no sentences in {}", tagged.name);
    }
    Ok(tagged)
}

/// Gives every tag a number and puts the splits together.
pub(super) fn number(
    spec: &TaskSpec,
    train: Tagged,
    dev: Option<Tagged>,
    test: Option<Tagged>,
) -> Result<TaskData> {
    let mut data = TaskData {
        spec: spec.clone(),
        train: Vec::new(),
        dev: Vec::new(),
        test: Vec::new(),
        warnings: Vec::new(),
        notes: Vec::new(),
    };
    let test = test.map(without_dummies).transpose()?;
    let labels = labels(&train, dev.iter().chain(&test), &mut data.warnings)?;
    if !labels.iter().any(|label| is_span_tag(label)) {
        // Parts of speech and the like: there are no spans to score.
        data.spec.metrics = vec![Metric::Accuracy];
        data.spec.primary = Metric::Accuracy;
        data.warnings.extend(warning_of_numbers(&labels, &train.name));
    }
    data.train = texts(&train, &labels, true)?;
    for (name, split, into) in [("dev", dev, &mut data.dev), ("test", test, &mut data.test)] {
        if let Some(split) = split {
            let texts = texts(&split, &labels, name == "dev")?;
            into.push(Split { name: name.to_owned(), texts });
        }
    }
    data.spec.kind = TaskKind::Tagging { labels };
    Ok(data)
}

/// A test file in which all words have one tag, as where the true ones are secret, tells none.
fn without_dummies(mut test: Tagged) -> Result<Tagged> {
    if names(&test)?.len() <= 1 {
        test.sentences.iter_mut().for_each(|(_, tags)| *tags = None);
    }
    Ok(test)
}

/// All tags, `O` first. One that is not in training can be scored but not learned.
fn labels<'a>(
    train: &Tagged,
    others: impl Iterator<Item = &'a Tagged>,
    warnings: &mut Vec<String>,
) -> Result<Vec<String>> {
    let known = names(train)?;
    match known.len() {
        0 => bail!("these sentences have no column of tags: {}", train.name),
        1 => {
            bail!("every word has the same tag, so there is nothing to tell apart: {}", train.name)
        }
        _ => {}
    }
    let mut all = known.clone();
    for other in others {
        let new: Vec<String> = names(other)?.difference(&known).cloned().collect();
        if !new.is_empty() {
            warnings.push(format!(
                "tags that no training sentence has cannot be learned: {} in {}",
                super::labels::quoted(&new),
                other.name
            ));
        }
        all.extend(new);
    }
    let mut labels: Vec<String> = all.into_iter().collect();
    labels.sort_by_key(|label| label != "O");
    Ok(labels)
}

/// The different tags of a file; a column of words is not taken for them.
fn names(tagged: &Tagged) -> Result<BTreeSet<String>> {
    let tags = tagged.sentences.iter().filter_map(|(_, tags)| tags.as_ref()).flatten();
    let names: BTreeSet<String> = tags.cloned().collect();
    if names.len() > MOST_LABELS {
        bail!(
            "there are {} different tags, more than a head of {MOST_LABELS}; put the tag last in \
             every line (third for `chunk`), or name the column of a table with --label-column: {}",
            names.len(),
            tagged.name
        );
    }
    Ok(names)
}

/// Whether a tag speaks of a span: IOB, BIOES or BILOU.
fn is_span_tag(label: &str) -> bool {
    let mut letters = label.chars();
    match (letters.next(), letters.next()) {
        (Some('B' | 'I' | 'E' | 'S'), None | Some('-')) => true,
        // Bare `L` and `U` may be labels of another kind.
        (first, second) => matches!(first, Some('L' | 'U')) && second == Some('-'),
    }
}

/// Numbers in place of names, as in Hugging Face's files, hide which tags speak of spans.
fn warning_of_numbers(labels: &[String], name: &str) -> Option<String> {
    labels.iter().all(|label| label.parse::<i64>().is_ok()).then(|| {
        format!(
            "tags are numbers ({}), so accuracy is scored and no spans; if spans are meant, write \
             the tags' names, such as B-PER: {name}",
            super::labels::quoted(labels)
        )
    })
}

fn texts(tagged: &Tagged, labels: &[String], told: bool) -> Result<Vec<LabelledText>> {
    let mut texts = Vec::with_capacity(tagged.sentences.len());
    for (number, (words, tags)) in tagged.sentences.iter().enumerate() {
        let place = |tag: &String| labels.iter().position(|label| label == tag);
        let target = match tags {
            Some(tags) => Target::Tags(tags.iter().filter_map(place).collect()),
            None if told => {
                return Err(anyhow!("sentence {} has no tags: {}", number + 1, tagged.name));
            }
            None => Target::Unknown,
        };
        let content = Content::Words(words.clone());
        texts.push(LabelledText { id: number.to_string(), content, target });
    }
    Ok(texts)
}
