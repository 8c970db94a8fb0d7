//! The tasks of the benchmarks, and how a task of one's own gets its metrics and settings.

use super::{Columns, Metric, TaskKind, TaskSettings, TaskSpec};
use crate::error::TaskError;

/// Names that [`TaskSpec::builtin`] knows: GLUE in the paper's order, then the others.
pub const TASKS: [&str; 14] = [
    "cola", "sst2", "mrpc", "stsb", "qqp", "mnli", "qnli", "rte", "wnli", "ax", "squad1", "squad2",
    "chunk", "ner",
];

/// The eight tasks that the paper's average is over.
pub const PAPER_TASKS: [&str; 8] = ["cola", "sst2", "mrpc", "stsb", "qqp", "mnli", "qnli", "rte"];

/// Development scores of the authors' README, in percent, in the order of [`PAPER_TASKS`].
pub const PUBLISHED: [(&str, [f64; 8]); 4] = [
    ("ELECTRA-Small, OpenWebText", [56.8, 88.3, 87.4, 86.8, 88.3, 78.9, 87.9, 68.5]),
    ("ELECTRA-Small++", [57.0, 91.2, 88.0, 87.5, 89.0, 81.3, 88.4, 66.7]),
    ("ELECTRA-Base", [67.7, 95.1, 89.5, 91.2, 91.5, 88.8, 93.2, 82.7]),
    ("ELECTRA-Large", [69.1, 96.9, 90.8, 92.6, 92.4, 90.9, 95.0, 88.0]),
];

/// Which of [`TASKS`] a name means, in the spelling of folders, of the authors' code or of others.
pub fn known_task(name: &str) -> Option<&'static str> {
    let plain: String =
        name.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect();
    let name = match plain.as_str() {
        "sst" => "sst2",
        "sts" => "stsb",
        "squadv1" | "squad11" => "squad1",
        "squad" | "squadv2" | "squad20" => "squad2",
        "conll2000" => "chunk",
        "conll2003" => "ner",
        other => other,
    };
    TASKS.into_iter().find(|&task| task == name)
}

fn classification(labels: &[&str]) -> TaskKind {
    TaskKind::Classification { labels: labels.iter().map(|&label| label.to_owned()).collect() }
}

const ENTAILMENT: [&str; 2] = ["entailment", "not_entailment"];
/// The order of Hugging Face's `glue` data set.
const INFERENCE: [&str; 3] = ["entailment", "neutral", "contradiction"];

impl TaskSpec {
    /// A task of the benchmarks; the longer names of the authors' code and of GLUE's folders are
    /// understood too.
    ///
    /// # Errors
    ///
    /// [`TaskError::Unknown`] with the list of names.
    pub fn builtin(name: &str) -> Result<Self, TaskError> {
        use Metric::{Accuracy, ExactMatch, F1, Matthews, Pearson, Precision, Recall, Spearman};
        let tags = || TaskKind::Tagging { labels: Vec::new() };
        let spans = |answerable| TaskKind::Spans { answerable };
        let binary = || classification(&["0", "1"]);
        let unknown = || TaskError::Unknown(name.to_owned());
        let name = known_task(name).ok_or_else(unknown)?;
        let (title, kind, metrics) = match name {
            "cola" => ("CoLA", binary(), vec![Matthews, Accuracy]),
            "sst2" => ("SST-2", binary(), vec![Accuracy]),
            "mrpc" => ("MRPC", binary(), vec![Accuracy, F1]),
            "stsb" => ("STS-B", TaskKind::Regression, vec![Spearman, Pearson]),
            "qqp" => ("QQP", binary(), vec![Accuracy, F1]),
            "mnli" => ("MNLI", classification(&INFERENCE), vec![Accuracy]),
            "qnli" => ("QNLI", classification(&ENTAILMENT), vec![Accuracy]),
            "rte" => ("RTE", classification(&ENTAILMENT), vec![Accuracy]),
            "wnli" => ("WNLI", binary(), vec![Accuracy]),
            "ax" => ("AX", classification(&INFERENCE), vec![Matthews, Accuracy]),
            "squad1" => ("SQuAD 1.1", spans(false), vec![ExactMatch, F1]),
            "squad2" => ("SQuAD 2.0", spans(true), vec![ExactMatch, F1]),
            "chunk" => ("Chunking", tags(), vec![F1, Precision, Recall, Accuracy]),
            "ner" => ("NER", tags(), vec![F1, Precision, Recall, Accuracy]),
            _ => return Err(unknown()),
        };
        Ok(Self {
            name: name.to_owned(),
            title: title.to_owned(),
            kind,
            columns: None,
            primary: metrics[0],
            metrics,
            settings: settings(name),
        })
    }

    /// The task by which a split is scored: a model of MNLI also answers the diagnostic set, which
    /// has metrics of its own.
    #[must_use]
    pub fn of_split(&self, split: &str) -> Self {
        let diagnostic = (split == "ax").then(|| Self::builtin(split).ok()).flatten();
        diagnostic.unwrap_or_else(|| self.clone())
    }

    /// A task of one's own, with the metrics that its kind allows.
    pub fn custom(name: &str, kind: TaskKind, columns: Columns) -> Self {
        use Metric::{
            Accuracy, ExactMatch, F1, MacroF1, Matthews, MeanSquaredError, Pearson, Precision,
            Recall, Spearman,
        };
        let metrics = match &kind {
            TaskKind::Classification { labels } if labels.len() == 2 => {
                vec![Accuracy, F1, MacroF1, Matthews]
            }
            TaskKind::Classification { .. } => vec![Accuracy, MacroF1, Matthews],
            TaskKind::Regression => vec![Spearman, Pearson, MeanSquaredError],
            TaskKind::Tagging { .. } => vec![F1, Precision, Recall, Accuracy],
            TaskKind::Spans { .. } => vec![F1, ExactMatch],
        };
        let settings = match kind {
            TaskKind::Spans { .. } => settings("squad2"),
            _ => settings(name),
        };
        Self {
            name: name.to_owned(),
            title: name.to_owned(),
            kind,
            columns: Some(columns),
            primary: metrics[0],
            metrics,
            settings,
        }
    }
}

/// Appendix B: ten epochs for RTE and STS-B, two for SQuAD, three for the rest.
fn settings(name: &str) -> TaskSettings {
    let epochs = match name {
        "rte" | "stsb" => 10.0,
        "squad1" | "squad2" => 2.0,
        _ => 3.0,
    };
    let max_seq_length = match name {
        "squad1" | "squad2" => 512,
        "chunk" | "ner" => 256,
        _ => 128,
    };
    TaskSettings { epochs, max_seq_length, both_orders: matches!(name, "mrpc" | "stsb") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diagnostic_set_has_metrics_of_its_own_and_the_labels_of_mnli() {
        let mnli = TaskSpec::builtin("mnli").expect("a task");
        let diagnostic = mnli.of_split("ax");
        assert_eq!((diagnostic.primary, diagnostic.kind), (Metric::Matthews, mnli.kind.clone()));
        assert_eq!(mnli.of_split("dev_mismatched"), mnli);
    }

    #[test]
    fn every_name_is_a_task_and_its_own_name() {
        for name in TASKS {
            let spec = TaskSpec::builtin(name).expect(name);
            assert_eq!(spec.name, name);
            assert!(spec.metrics.contains(&spec.primary));
        }
        assert_eq!(TaskSpec::builtin("STS-B").expect("a task").name, "stsb");
        let error = TaskSpec::builtin("glue").expect_err("no task").to_string();
        assert!(error.contains("glue") && error.contains("squad2"), "{error}");
    }
}
