//! One line of a `.jsonl` file to its text.

/// The text in a record, or what is wrong with it.
pub(super) fn text_of(line: &str, field: &str) -> Result<String, String> {
    let value: serde_json::Value =
        serde_json::from_str(line).map_err(|error| format!("is no JSON ({error})"))?;
    let serde_json::Value::Object(mut record) = value else {
        return Err("is no JSON object".to_owned());
    };
    match record.remove(field) {
        Some(serde_json::Value::String(text)) => Ok(text),
        Some(_) => Err(format!("has a `{field}` that is no text")),
        None => {
            let known: Vec<String> = record.keys().map(|key| format!("`{key}`")).collect();
            let known = known.join(", ");
            Err(format!("has no field `{field}`, but {known}; set `--json-field`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_record_is_said() {
        assert_eq!(text_of(r#"{"id": 1, "text": "a\nb"}"#, "text").unwrap(), "a\nb");
        for (line, said) in [
            ("nonsense", "is no JSON"),
            ("[1]", "no JSON object"),
            (r#"{"text": 3}"#, "`text` that is no text"),
            (r#"{"id": 1, "body": ""}"#, "no field `text`, but `id`, `body`; set `--json-field`"),
        ] {
            let error = text_of(line, "text").unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
