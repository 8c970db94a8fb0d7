//! Tables of examples: tab-separated without quoting, comma-separated with it, and objects of JSON.

use super::bundle::{Text, bare};
use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Map, Value};

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Tabs between columns; quotation marks are letters like others, as in GLUE.
    Tsv,
    /// Commas between columns, quotation marks around cells that need them.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// One list of JSON objects.
    JsonList,
}

const LINE: &str = "line";

/// Names of columns and rows of cells.
pub(super) struct Table {
    /// How messages call the file.
    pub(super) name: String,
    /// What messages number: lines, or objects of a list.
    unit: &'static str,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// One example.
pub(super) struct Row {
    /// Where it begins in the file, or which of a list it is, from 1.
    pub(super) line: usize,
    /// In the order of the columns; null where a JSON object lacks one.
    pub(super) cells: Vec<Value>,
}

/// What to do about a row with another number of columns than the first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ragged {
    Refuse,
    /// Leave it out: a published file has such rows.
    Skip,
}

impl Form {
    /// By the ending of a name, packed or not; of `.json` by what is in it, which may be questions
    /// in SQuAD's form: these are no table.
    pub(super) fn of(text: &Text) -> Option<Self> {
        match bare(&text.name).rsplit_once('.')?.1.to_lowercase().as_str() {
            "tsv" => Some(Self::Tsv),
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" | "json" if text.text.trim_start().starts_with('[') => {
                Some(Self::JsonList)
            }
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "json" => {
                let first = text.text.lines().find(|line| !line.trim().is_empty())?;
                let object = serde_json::from_str::<Map<String, Value>>(first).ok()?;
                let has_questions = object.get("data").is_some_and(Value::is_array);
                (!object.is_empty() && !has_questions).then_some(Self::JsonLines)
            }
            _ => None,
        }
    }
}

impl Table {
    /// Reads a table whose first line names the columns.
    pub(super) fn parse(text: Text, form: Form) -> Result<Self> {
        if text.text.trim().is_empty() {
            bail!("this file is empty: {}", text.name);
        }
        match form {
            Form::Tsv => Ok(Self::tsv(text, Ragged::Refuse)?.0),
            Form::Csv => Self::csv(text),
            Form::JsonLines => Self::json_lines(&text),
            Form::JsonList => Self::json_list(&text),
        }
    }

    /// Reads a tab-separated table with names in its first line; returns how many rows were
    /// skipped too.
    pub(super) fn tsv(text: Text, ragged: Ragged) -> Result<(Self, usize)> {
        let columns = text.text.lines().next().map(cells).unwrap_or_default();
        Self::body(text, columns, 1, ragged)
    }

    /// Reads a tab-separated table without names.
    pub(super) fn tsv_without_names(text: Text, names: &[&str]) -> Result<Self> {
        let columns = names.iter().map(|&name| name.to_owned()).collect();
        Ok(Self::body(text, columns, 0, Ragged::Refuse)?.0)
    }

    fn body(
        text: Text,
        columns: Vec<String>,
        from: usize,
        ragged: Ragged,
    ) -> Result<(Self, usize)> {
        let mut rows = Vec::new();
        let mut skipped = 0;
        for (number, line) in text.text.split('\n').enumerate().skip(from) {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.is_empty() {
                continue;
            }
            let found = 1 + line.matches('\t').count();
            if found != columns.len() {
                if ragged == Ragged::Skip {
                    skipped += 1;
                    continue;
                }
                bail!(ragged_row(found, columns.len(), &text.name, number + 1));
            }
            let cells = line.split('\t').map(|cell| Value::String(cell.to_owned())).collect();
            rows.push(Row { line: number + 1, cells });
        }
        Ok((Self { name: text.name, unit: LINE, columns, rows }, skipped))
    }

    fn csv(text: Text) -> Result<Self> {
        // Lengths are compared here, so that the message can say what to do.
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.text.as_bytes());
        let context = || format!("cannot read {}", text.name);
        let columns: Vec<String> =
            reader.headers().with_context(context)?.iter().map(str::to_owned).collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.with_context(context)?;
            let line = record.position().map_or(0, |position| position.line() as usize);
            if record.len() != columns.len() {
                bail!(ragged_row(record.len(), columns.len(), &text.name, line));
            }
            let cells = record.iter().map(|cell| Value::String(cell.to_owned())).collect();
            rows.push(Row { line, cells });
        }
        Ok(Self { name: text.name, unit: LINE, columns, rows })
    }

    fn json_lines(text: &Text) -> Result<Self> {
        let mut objects = Vec::new();
        for (number, line) in text.text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let object = serde_json::from_str(line).map_err(|error| {
                anyhow!("this is no JSON object ({error}): {}, line {}", text.name, number + 1)
            })?;
            objects.push((number + 1, object));
        }
        Ok(Self::objects(&text.name, LINE, objects))
    }

    fn json_list(text: &Text) -> Result<Self> {
        let objects: Vec<Map<String, Value>> = serde_json::from_str(&text.text)
            .map_err(|error| anyhow!("this is no list of JSON objects ({error}): {}", text.name))?;
        Ok(Self::objects(&text.name, "object", (1..).zip(objects).collect()))
    }

    fn objects(name: &str, unit: &'static str, objects: Vec<(usize, Map<String, Value>)>) -> Self {
        let mut columns: Vec<String> = Vec::new();
        for (_, object) in &objects {
            for name in object.keys() {
                if !columns.contains(name) {
                    columns.push(name.clone());
                }
            }
        }
        let row = |(line, mut object): (usize, Map<String, Value>)| {
            let take = |name| object.get_mut(name).map(Value::take).unwrap_or_default();
            Row { line, cells: columns.iter().map(take).collect() }
        };
        let rows = objects.into_iter().map(row).collect();
        Self { name: name.to_owned(), unit, columns, rows }
    }

    /// The number of a column.
    pub(super) fn column(&self, name: &str) -> Result<usize> {
        self.optional(name).ok_or_else(|| {
            let list: Vec<String> = self.columns.iter().map(|name| format!("`{name}`")).collect();
            let there = if list.is_empty() { "none".to_owned() } else { list.join(", ") };
            anyhow!("there is no column `{name}`; the columns are {there}: {}", self.name)
        })
    }

    /// The number of a column that may be absent; upper and lower case are the same.
    pub(super) fn optional(&self, name: &str) -> Option<usize> {
        // Tables that count their rows often have a column without a name.
        let same = |column: &String| !name.is_empty() && column.trim().eq_ignore_ascii_case(name);
        self.columns.iter().position(same)
    }

    /// The text of a cell; numbers and truth values of JSON as they are written.
    pub(super) fn text(&self, row: &Row, column: usize) -> Result<String> {
        match &row.cells[column] {
            Value::String(text) => Ok(text.clone()),
            other @ (Value::Number(_) | Value::Bool(_)) => Ok(other.to_string()),
            Value::Null => Err(self.error(row, format!("`{}` is missing", self.columns[column]))),
            _ => Err(self.error(row, format!("`{}` is no text", self.columns[column]))),
        }
    }

    /// A label or score, without spaces around it. None at all would be a label of its own.
    pub(super) fn label(&self, row: &Row, column: usize) -> Result<String> {
        let text = self.text(row, column)?;
        if text.trim().is_empty() {
            let what = format!("`{}` is blank, where a label is needed", self.columns[column]);
            return Err(self.error(row, what));
        }
        Ok(text.trim().to_owned())
    }

    /// Whether a column of truth says something: where it is kept secret it is blank, or -1 in
    /// Hugging Face's exports.
    pub(super) fn tells(&self, column: usize) -> bool {
        self.rows.iter().any(|row| !is_secret(&row.cells[column]))
    }

    /// The words of a cell: a list of JSON, which a text may hold too, or a text cut at spaces.
    pub(super) fn words(&self, row: &Row, column: usize) -> Result<Vec<String>> {
        if let Value::Array(items) = &row.cells[column] {
            return self.items(row, column, items);
        }
        let text = self.text(row, column)?;
        if let Ok(items) = serde_json::from_str::<Vec<Value>>(&text) {
            return self.items(row, column, &items);
        }
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        if is_printed_list(&text) {
            let (name, begins) = (&self.columns[column], words.join(" "));
            let begins: String = begins.chars().take(20).collect();
            let what = format!(
                "`{name}` is a list as Python prints it ({begins}…); write a list of JSON, as in \
                 .jsonl"
            );
            return Err(self.error(row, what));
        }
        Ok(words)
    }

    fn items(&self, row: &Row, column: usize, items: &[Value]) -> Result<Vec<String>> {
        let word = |item: &Value| match item {
            Value::String(word) => Ok(word.clone()),
            other @ Value::Number(_) => Ok(other.to_string()),
            _ => {
                let name = &self.columns[column];
                Err(self.error(row, format!("`{name}` holds something that is no text")))
            }
        };
        items.iter().map(word).collect()
    }

    /// A sentence about a row, with its place.
    pub(super) fn error(&self, row: &Row, what: String) -> anyhow::Error {
        anyhow!("{what}: {}, {} {}", self.name, self.unit, row.line)
    }
}

fn is_secret(cell: &Value) -> bool {
    match cell {
        Value::Null => true,
        Value::Bool(_) => false,
        Value::Number(number) => number.as_f64() == Some(-1.0),
        Value::String(text) => text.trim().is_empty() || text.trim().parse::<f64>() == Ok(-1.0),
        Value::Array(items) => items.iter().all(is_secret),
        // Answers as Hugging Face has them.
        Value::Object(fields) => fields.get("text").is_some_and(is_secret),
    }
}

/// Quoted words or numbers between brackets, as `to_csv` of pandas and `datasets` writes lists. A
/// sentence may stand between brackets too.
fn is_printed_list(text: &str) -> bool {
    let inside = text.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let Some(inside) = inside.map(str::trim) else { return false };
    let is_quoted = inside.starts_with(['\'', '"']) && inside.ends_with(['\'', '"']);
    let is_number = |part: &str| part.is_empty() || part.parse::<f64>().is_ok();
    let mut parts = inside.split(|letter: char| letter == ',' || letter.is_whitespace());
    // Infinity is a number too, and a word.
    let has_digit = inside.contains(|letter: char| letter.is_ascii_digit());
    is_quoted || has_digit && parts.all(is_number)
}

fn cells(line: &str) -> Vec<String> {
    line.trim_end_matches('\r').split('\t').map(str::to_owned).collect()
}

fn ragged_row(found: usize, expected: usize, name: &str, line: usize) -> String {
    let columns =
        |count| if count == 1 { "1 column".to_owned() } else { format!("{count} columns") };
    format!(
        "this line has {} where the first has {expected}; is the separator right, and is every \
         text on one line?: {name}, line {line}",
        columns(found)
    )
}
