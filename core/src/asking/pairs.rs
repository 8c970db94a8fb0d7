//! Which models read two texts at a time, and which read one alone.

use crate::config::ElectraConfig;
use crate::error::TaskError;
use crate::hugging_face::SavedTask;
use crate::tasks::{Columns, Content, LabelledText, TaskKind, known_task};

/// Whether a second text belongs to the first, as far as a model's folder tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondText {
    /// A text stands alone.
    Never,
    /// The folder does not tell.
    Perhaps,
    /// A text is one of two, or a question about a context.
    Always,
}

impl SecondText {
    /// Of a task with this name and kind; `columns` are those of one's own table.
    pub fn of(name: &str, kind: &TaskKind, columns: Option<&Columns>) -> Self {
        let reads_two = match (kind, columns.filter(|columns| !columns.first.is_empty())) {
            (TaskKind::Tagging { .. }, _) => false,
            (TaskKind::Spans { .. }, _) => true,
            // One's own task may be called like one of GLUE's.
            (_, Some(columns)) => columns.second.is_some(),
            (_, None) => return Self::of_name(name),
        };
        if reads_two { Self::Always } else { Self::Never }
    }

    fn of_name(name: &str) -> Self {
        match known_task(name) {
            Some("cola" | "sst2") => Self::Never,
            // A label or score of what is called like questions or tags is of no such task.
            Some("squad1" | "squad2" | "chunk" | "ner") | None => Self::Perhaps,
            Some(_) => Self::Always,
        }
    }
}

/// Whether a label or a score may be asked for of two texts that belong together.
pub fn may_read_pairs(task: &SavedTask) -> bool {
    let of_sentence = matches!(task.kind, TaskKind::Classification { .. } | TaskKind::Regression);
    let second = SecondText::of(&task.name, &task.kind, task.columns.as_ref());
    of_sentence && second != SecondText::Never
}

/// Refuses pairs for a model that knows one kind of segment, which cannot tell their texts apart.
///
/// # Errors
///
/// [`TaskError::Data`] when one of `texts` is a pair or a question about a context.
pub fn refuse_pairs(config: &ElectraConfig, texts: &[LabelledText]) -> Result<(), TaskError> {
    let is_pair =
        |text: &LabelledText| matches!(text.content, Content::Pair(..) | Content::Question { .. });
    if config.type_vocab_size < 2 && texts.iter().any(is_pair) {
        let message = "this model knows one kind of segment (`type_vocab_size`), so it reads \
                       single texts only; leave the second text out";
        return Err(TaskError::Data(message.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HeadStyle;
    use crate::tasks::{TASKS, Target, TaskSpec};

    fn labels() -> TaskKind {
        TaskKind::Classification { labels: vec!["no".to_owned()] }
    }

    fn columns(second: Option<&str>) -> Columns {
        let (first, second) = ("text".to_owned(), second.map(str::to_owned));
        Columns { first, second, ..Columns::default() }
    }

    #[test]
    fn every_task_that_is_built_in_is_known_to_read_one_text_or_two() {
        for name in TASKS {
            let spec = TaskSpec::builtin(name).expect(name);
            let second = SecondText::of(name, &spec.kind, None);
            let single = ["cola", "sst2", "chunk", "ner"].contains(&name);
            let expected = if single { SecondText::Never } else { SecondText::Always };
            assert_eq!(second, expected, "{name}");
        }
        // As the folders of others spell it.
        assert_eq!(SecondText::of("SST-2", &labels(), None), SecondText::Never);
        assert_eq!(SecondText::of("custom", &labels(), None), SecondText::Perhaps);
    }

    #[test]
    fn the_columns_of_one_s_own_table_count_more_than_its_name() {
        let of = |name, columns: Columns| SecondText::of(name, &labels(), Some(&columns));
        assert_eq!(of("rte", columns(None)), SecondText::Never);
        assert_eq!(of("cola", columns(Some("b"))), SecondText::Always);
        assert_eq!(of("rte", Columns::default()), SecondText::Always);
    }

    #[test]
    fn a_second_text_is_asked_for_unless_the_folder_knows_of_none() {
        let may = |name: &str, kind, columns| {
            may_read_pairs(&SavedTask {
                name: name.to_owned(),
                kind,
                head: HeadStyle::HuggingFace,
                max_seq_length: 64,
                columns,
                window: None,
            })
        };
        assert!(may("rte", labels(), None));
        assert!(!may("sst2", labels(), None));
        assert!(may("custom", labels(), None));
        assert!(may("mine", labels(), Some(columns(Some("b")))));
        assert!(!may("mine", labels(), Some(columns(None))));
        assert!(!may("ner", TaskKind::Tagging { labels: vec!["O".to_owned()] }, None));
        // Questions are asked in another way.
        assert!(!may("squad2", TaskKind::Spans { answerable: true }, None));
    }

    #[test]
    fn a_model_of_one_kind_of_segment_reads_no_pairs() {
        let text = |content| LabelledText { id: String::new(), content, target: Target::Unknown };
        let pair = [text(Content::Pair("a".to_owned(), "b".to_owned()))];
        let mut config = ElectraConfig::small();
        assert_eq!(refuse_pairs(&config, &pair), Ok(()));
        config.type_vocab_size = 1;
        let error = refuse_pairs(&config, &pair).expect_err("refused").to_string();
        assert!(error.contains("type_vocab_size"), "{error}");
        assert_eq!(refuse_pairs(&config, &[text(Content::Text("a".to_owned()))]), Ok(()));
    }
}
