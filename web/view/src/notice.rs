//! What the page has to say besides its results: one sentence each, and what to do.

use crate::node::{Element, el};
use electra::link;

/// Kinds of notices that are about a scene: of another one they say nothing.
pub(crate) const OF_THE_SCENE: [&str; 3] = ["recomputed", "failed", "not-copied"];

/// Something that a visitor should know.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// WebGPU was asked for, and the browser has none.
    NoWebGpu,
    /// The browser's GPU is the processor in disguise.
    SoftwareGpu,
    /// The GPU computes wrongly.
    SelfTestFailed {
        /// Largest difference from the processor's numbers.
        difference: f32,
    },
    /// The GPU went away.
    GpuLost {
        /// Whether it happened twice, so that the processor goes on.
        again: bool,
        /// What the engine said.
        message: String,
    },
    /// The model could not be kept.
    Quota {
        /// What the browser said.
        message: String,
    },
    /// Files that are no model, or not this one.
    BadFile {
        /// What is wrong, in one sentence.
        message: String,
    },
    /// Parts of the link were left out.
    OldLink(Vec<link::Notice>),
    /// The link's numbers were computed again.
    Recomputed {
        /// Largest difference; none if other tokens came out.
        difference: Option<f32>,
    },
    /// More was typed than is read.
    Cut {
        /// Where.
        field: Field,
        /// How much it is, in characters.
        characters: usize,
    },
    /// A request failed.
    Failed {
        /// Why, in one sentence.
        message: String,
    },
    /// The clipboard was refused.
    NotCopied {
        /// What the browser said.
        reason: String,
        /// What was to be copied, which may be long: nobody wants to hear it.
        words: String,
    },
    /// Something worked.
    Done(String),
}

/// A field for a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The sentence's.
    Text,
    /// The second text's, for a fine-tuned model that reads pairs.
    Second,
}

impl Notice {
    /// Its name in `data-state`.
    pub fn state(&self) -> &'static str {
        match self {
            Self::NoWebGpu => "no-webgpu",
            Self::SoftwareGpu => "software-gpu",
            Self::SelfTestFailed { .. } => "self-test-failed",
            Self::GpuLost { .. } => "gpu-lost",
            Self::Quota { .. } => "quota",
            Self::BadFile { .. } => "bad-file",
            Self::OldLink(_) => "old-link",
            Self::Recomputed { .. } => "recomputed",
            Self::Cut { field: Field::Text, .. } => "cut",
            Self::Cut { field: Field::Second, .. } => "cut-second",
            Self::Failed { .. } => "failed",
            Self::NotCopied { .. } => "not-copied",
            Self::Done(_) => "done",
        }
    }

    /// What it says.
    pub fn sentence(&self) -> String {
        match self {
            Self::NoWebGpu => "This browser offers no WebGPU here, so the CPU computes.".to_owned(),
            Self::SoftwareGpu => {
                "Your GPU is emulated by the processor; the CPU engine is faster.".to_owned()
            }
            Self::SelfTestFailed { difference } => format!(
                "The GPU gave wrong numbers (largest difference {difference:.3}), so the CPU \
                 computes."
            ),
            Self::GpuLost { again: false, message } => {
                format!("The GPU stopped ({message}). It starts again with your text.")
            }
            Self::GpuLost { again: true, message } => {
                format!("The GPU stopped twice ({message}), so the CPU computes.")
            }
            Self::Quota { message } => format!(
                "The model works, but could not be kept on this device for the next time: {message}"
            ),
            Self::BadFile { message } => {
                format!("These files cannot be opened: {message}. Everything else stays as it was.")
            }
            Self::OldLink(left_out) => {
                let reasons: Vec<String> = left_out.iter().map(ToString::to_string).collect();
                format!("Not all of this link can be shown: {}.", reasons.join("; "))
            }
            Self::Recomputed { difference } => recomputed(*difference),
            Self::Cut { field, characters } => {
                let text = if *field == Field::Text { "This text" } else { "The second text" };
                let read = link::LONGEST_TEXT;
                format!("{text} has {characters} characters; only the first {read} are read.")
            }
            Self::NotCopied { reason, .. } => {
                let reason = reason.trim_end_matches('.');
                format!("Not copied: {reason}. Here it is, to be copied by hand.")
            }
            Self::Failed { message } | Self::Done(message) => message.clone(),
        }
    }

    /// The sentence and what one can do.
    pub fn view(&self) -> Element {
        let action = match self {
            Self::SoftwareGpu => Some(("use-software", "Use it anyway")),
            Self::SelfTestFailed { .. } | Self::GpuLost { .. } => {
                Some(("diagnostics", "Copy diagnostics"))
            }
            _ => None,
        };
        let button = |act: &'static str, label: &'static str| {
            el("button").attr("type", "button").attr("data-act", act).text(label)
        };
        el("div")
            .class("notice")
            .attr("data-state", self.state())
            .child(el("p").text(self.sentence()))
            .maybe(self.uncopied())
            .maybe(action.map(|(act, label)| button(act, label)))
            .child(button("dismiss", "Dismiss").attr("data-notice", self.state()))
    }

    /// What the clipboard did not take, in a field where it can be selected.
    fn uncopied(&self) -> Option<Element> {
        let Self::NotCopied { words, .. } = self else { return None };
        let field = el("textarea").flag("readonly", true).attr("rows", 2);
        Some(field.attr("aria-label", "What was not copied").text(words))
    }
}

fn recomputed(difference: Option<f32>) -> String {
    match difference {
        Some(difference) if difference < 1e-3 => {
            "Computed again on this device: the same numbers as in the link.".to_owned()
        }
        Some(difference) => format!(
            "Computed again on this device: differs from the link by up to {difference:.3}."
        ),
        None => "Computed again on this device: other words came out than in the link.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Node;

    #[test]
    fn what_was_left_out_of_a_link_is_listed_as_text() {
        let left_out = link::parse("v=9&<img src=x>=1").notices;
        let notice = Notice::OldLink(left_out);
        let html = Node::from(notice.view()).to_html();
        assert!(html.contains("version 9") && html.contains("&lt;img"), "{html}");
        assert!(!html.contains("<img"), "{html}");
    }

    #[test]
    fn what_the_clipboard_refuses_is_shown_in_a_field_and_not_read_out() {
        let words = "<iframe src=\"x\"></iframe>\n<script></script>".to_owned();
        let reason = "Write permission denied.".to_owned();
        let notice = Notice::NotCopied { reason, words: words.clone() };
        let sentence = "Not copied: Write permission denied. Here it is, to be copied by hand.";
        assert_eq!(notice.sentence(), sentence);
        let node = Node::from(notice.view());
        let fields = node.find(&|element| element.tag == "textarea");
        assert_eq!(fields.len(), 1);
        assert!(fields[0].get("readonly").is_some() && fields[0].get("aria-label").is_some());
        assert_eq!(Node::from(fields[0].clone()).to_text(), words);
    }

    #[test]
    fn rounding_is_called_the_same() {
        let sentence = |difference| Notice::Recomputed { difference }.sentence();
        assert!(sentence(Some(2e-4)).contains("the same"));
        assert!(sentence(Some(0.02)).contains("0.020"));
        assert!(sentence(None).contains("other words"));
    }
}
