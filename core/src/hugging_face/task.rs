//! `config.json` of a fine-tuned model: what it answers.

use super::BERT_TYPE;
use super::config::{is_paper, shared_fields, to_text};
use crate::config::{ElectraConfig, HeadStyle, WindowConfig};
use crate::error::ConfigError;
use crate::tasks::{Columns, TaskKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Where our own part of `config.json` stands.
const KEY: &str = "electra_task";
/// Labels without names are not made up beyond this: a file may come from anybody.
const MOST_UNNAMED: u64 = 10_000;

/// What a fine-tuned model answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedTask {
    /// Name of the task.
    pub name: String,
    /// The kind of answer.
    pub kind: TaskKind,
    /// Whose head it has.
    pub head: HeadStyle,
    /// Longest row in fine-tuning.
    pub max_seq_length: usize,
    /// Columns of one's own table, so that more of it can be read.
    #[serde(default)]
    pub columns: Option<Columns>,
    /// How long texts were read in fine-tuning; none: as usual.
    #[serde(default)]
    pub window: Option<WindowConfig>,
}

/// Whether `transformers` has this head on this encoder.
fn is_known(config: &ElectraConfig, task: &SavedTask) -> bool {
    let same_head = match task.kind {
        TaskKind::Classification { .. } | TaskKind::Regression => {
            task.head == HeadStyle::HuggingFace
        }
        TaskKind::Tagging { .. } => true,
        TaskKind::Spans { .. } => task.head != HeadStyle::Google,
    };
    is_paper(config) && same_head
}

/// Writes `config.json` of a fine-tuned model.
pub fn write_task_config(config: &ElectraConfig, task: &SavedTask, pad: u32) -> String {
    let class = match task.kind {
        TaskKind::Classification { .. } | TaskKind::Regression => "ForSequenceClassification",
        TaskKind::Tagging { .. } => "ForTokenClassification",
        TaskKind::Spans { .. } => "ForQuestionAnswering",
    };
    let known = is_known(config, task);
    let mut fields = shared_fields(config, &config.discriminator, class, known, pad);
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    let labels = match &task.kind {
        TaskKind::Regression => vec!["score".to_owned()],
        kind => kind.labels().to_vec(),
    };
    if !labels.is_empty() {
        let by_number =
            (0..).zip(&labels).map(|(at, label): (usize, _)| (at.to_string(), json!(label)));
        put("id2label", Value::Object(by_number.collect::<Map<_, _>>()));
        let by_name = (0..).zip(&labels).map(|(at, label): (usize, _)| (label.clone(), json!(at)));
        put("label2id", Value::Object(by_name.collect::<Map<_, _>>()));
    }
    match task.kind {
        TaskKind::Classification { .. } => {
            put("problem_type", json!("single_label_classification"));
        }
        TaskKind::Regression => {
            put("problem_type", json!("regression"));
        }
        TaskKind::Tagging { .. } | TaskKind::Spans { .. } => {}
    }
    put("finetuning_task", json!(task.name));
    if !known {
        put("head", json!(task.head));
    }
    put(KEY, json!(task));
    to_text(fields)
}

/// What a fine-tuned model's `config.json` says it answers; models of others are understood by
/// their class and labels.
///
/// # Errors
///
/// [`ConfigError`] when it is no fine-tuned model that this program runs.
pub fn read_task(text: &str) -> Result<SavedTask, ConfigError> {
    let fields: Value =
        serde_json::from_str(text).map_err(|error| ConfigError::Parse(error.to_string()))?;
    if let Some(ours) = fields.get(KEY) {
        let task: SavedTask = serde_json::from_value(ours.clone())
            .map_err(|error| ConfigError::Parse(format!("`{KEY}` in config.json: {error}")))?;
        return checked(task);
    }
    let class = fields["architectures"][0].as_str().unwrap_or_default();
    let unsupported = |advice| ConfigError::Unsupported {
        field: "architectures",
        value: format!("`{class}`"),
        advice,
    };
    if fields["model_type"] == BERT_TYPE {
        return Err(unsupported(
            "BERT's heads are not run; fine-tune its encoder with `electra finetune`",
        ));
    }
    let kind = if class.ends_with("ForSequenceClassification") {
        match labels(&fields) {
            labels if labels.len() == 1 => TaskKind::Regression,
            labels => TaskKind::Classification { labels },
        }
    } else if class.ends_with("ForTokenClassification") {
        TaskKind::Tagging { labels: labels(&fields) }
    } else if class.ends_with("ForQuestionAnswering") {
        TaskKind::Spans { answerable: true }
    } else {
        return Err(unsupported("this is no fine-tuned model; make one with `electra finetune`"));
    };
    let name = fields["finetuning_task"].as_str().unwrap_or("custom").to_owned();
    let known = fields["max_position_embeddings"].as_u64().unwrap_or(512) as usize;
    let head = HeadStyle::HuggingFace;
    refuse_other_problems(&fields, &kind)?;
    checked(SavedTask { name, kind, head, max_seq_length: known, columns: None, window: None })
}

/// Refuses heads whose logits mean something else than one label or one number.
fn refuse_other_problems(fields: &Value, kind: &TaskKind) -> Result<(), ConfigError> {
    let problem = fields["problem_type"].as_str().unwrap_or_default();
    let several_numbers = problem == "regression" && *kind != TaskKind::Regression;
    if problem == "multi_label_classification" || several_numbers {
        return Err(ConfigError::Unsupported {
            field: "problem_type",
            value: format!("`{problem}` with {} labels", kind.labels().len().max(1)),
            advice: "models that say one label, one number or one tag a word are run",
        });
    }
    Ok(())
}

/// A task that can be answered: there is a label to say.
fn checked(task: SavedTask) -> Result<SavedTask, ConfigError> {
    let labelled = matches!(task.kind, TaskKind::Classification { .. } | TaskKind::Tagging { .. });
    if labelled && task.kind.labels().is_empty() {
        return Err(ConfigError::Unsupported {
            field: "id2label",
            value: "empty".to_owned(),
            advice: "a model needs a label to say",
        });
    }
    Ok(task)
}

/// Labels by number; two without a name where the file has none, as in `transformers`.
fn labels(fields: &Value) -> Vec<String> {
    let numbered = |at: usize| format!("LABEL_{at}");
    match fields["id2label"].as_object() {
        None => {
            let count = fields["num_labels"].as_u64().unwrap_or(2);
            (0..count.min(MOST_UNNAMED) as usize).map(numbered).collect()
        }
        Some(names) => (0..names.len())
            .map(|at| {
                names
                    .get(&at.to_string())
                    .and_then(Value::as_str)
                    .map_or(numbered(at), str::to_owned)
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(kind: TaskKind, head: HeadStyle) -> SavedTask {
        let window = WindowConfig {
            doc_stride: 16,
            max_query_length: 24,
            max_answer_length: 8,
            n_best: 3,
            beam: 2,
        };
        SavedTask {
            name: "rte".to_owned(),
            kind,
            head,
            max_seq_length: 96,
            columns: None,
            window: Some(window),
        }
    }

    #[test]
    fn folders_from_before_windows_were_kept_still_load() {
        let saved = task(TaskKind::Regression, HeadStyle::HuggingFace);
        let text = write_task_config(&ElectraConfig::small(), &saved, 0);
        let mut fields: Value = serde_json::from_str(&text).expect("JSON");
        fields[KEY].as_object_mut().expect("an object").remove("window");
        assert_eq!(read_task(&fields.to_string()), Ok(SavedTask { window: None, ..saved }));
    }

    #[test]
    fn a_task_is_read_back_as_it_was_written() {
        let labels = || vec!["no".to_owned(), "yes".to_owned()];
        for kind in [
            TaskKind::Classification { labels: labels() },
            TaskKind::Regression,
            TaskKind::Tagging { labels: labels() },
            TaskKind::Spans { answerable: true },
        ] {
            for head in [HeadStyle::HuggingFace, HeadStyle::Google, HeadStyle::Mean] {
                let saved = task(kind.clone(), head);
                let text = write_task_config(&ElectraConfig::small(), &saved, 0);
                assert_eq!(read_task(&text), Ok(saved));
            }
        }
    }

    #[test]
    fn the_authors_heads_are_not_loaded_as_those_of_transformers() {
        let saved = task(TaskKind::Spans { answerable: true }, HeadStyle::Google);
        let text = write_task_config(&ElectraConfig::small(), &saved, 0);
        assert!(text.contains("ElectraModernForQuestionAnswering") && text.contains("\"google\""));
    }

    #[test]
    fn models_of_others_are_understood_by_class_and_labels() {
        let text = r#"{"architectures": ["ElectraForTokenClassification"], "model_type": "electra",
            "id2label": {"1": "B-PER", "0": "O"}}"#;
        let labels = vec!["O".to_owned(), "B-PER".to_owned()];
        assert_eq!(read_task(text).expect("a task").kind, TaskKind::Tagging { labels });
        let error = read_task(r#"{"architectures": ["ElectraForPreTraining"]}"#);
        assert!(error.expect_err("no task").to_string().contains("electra finetune"));
    }

    #[test]
    fn what_is_not_one_label_or_one_number_is_refused() {
        for (rest, named) in [
            (r#""problem_type": "multi_label_classification""#, "multi_label_classification"),
            (r#""problem_type": "regression", "id2label": {"0": "x", "1": "y"}"#, "2 labels"),
            (r#""id2label": {}"#, "a label to say"),
        ] {
            let class = r#""architectures": ["ElectraForSequenceClassification"]"#;
            let error = read_task(&format!("{{{class}, {rest}}}")).expect_err("refused");
            assert!(error.to_string().contains(named), "{error}");
        }
        let huge = r#"{"architectures": ["ElectraForTokenClassification"], "num_labels": 9e15}"#;
        let huge = huge.replace("9e15", &u64::MAX.to_string());
        assert_eq!(read_task(&huge).expect("a task").kind.labels().len(), MOST_UNNAMED as usize);
    }
}
