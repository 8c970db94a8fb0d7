//! Answers in the cells of a table.

use super::squad::answer_at;
use electra::tasks::{Answer, LabelledText, Target};
use serde_json::Value;

/// Whether a question has no answer.
pub(super) fn some_have_none<'a>(mut texts: impl Iterator<Item = &'a LabelledText>) -> bool {
    texts.any(|text| text.target == Target::Answers(Vec::new()))
}

/// The answers of a cell: a text, a list of texts, or Hugging Face's object of `text` and
/// `answer_start`; an empty one means that there is none. Where no place is told, the first
/// occurrence in the context is meant.
pub(super) fn of_cell(
    cell: &Value,
    start: Option<&Value>,
    context: &str,
) -> Result<Vec<Answer>, String> {
    match cell {
        Value::Null => Ok(Vec::new()),
        Value::String(text) if text.trim().is_empty() => Ok(Vec::new()),
        Value::String(text) => Ok(vec![place(text, start, context)?]),
        Value::Array(items) => {
            let answers = items.iter().map(|item| of_cell(item, None, context));
            Ok(answers.collect::<Result<Vec<_>, _>>()?.concat())
        }
        Value::Object(fields) => {
            let start = fields.get("answer_start").or_else(|| fields.get("start"));
            match fields.get("text") {
                Some(Value::Array(texts)) => of_lists(texts, start, context),
                Some(text) => of_cell(text, start, context),
                None => Err("an answer has no field `text`".to_owned()),
            }
        }
        other => Err(format!("`{other}` is no answer")),
    }
}

fn of_lists(texts: &[Value], starts: Option<&Value>, context: &str) -> Result<Vec<Answer>, String> {
    let starts = starts.and_then(Value::as_array);
    let answers = texts
        .iter()
        .enumerate()
        .map(|(at, text)| of_cell(text, starts.and_then(|starts| starts.get(at)), context));
    Ok(answers.collect::<Result<Vec<_>, _>>()?.concat())
}

fn place(text: &str, start: Option<&Value>, context: &str) -> Result<Answer, String> {
    let told = match start {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(number)) => number.trim().parse().ok(),
        _ => None,
    };
    if let Some(start) = told {
        return answer_at(context, text, start as usize);
    }
    let words = text.trim();
    let Some(bytes) = context.find(words) else {
        return Err(format!("the answer `{words}` does not stand in its context"));
    };
    Ok(Answer { text: words.to_owned(), start: context[..bytes].chars().count() })
}
