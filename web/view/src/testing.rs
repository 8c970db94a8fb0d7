//! Traces and a model that tests share.

use electra::config::ElectraConfig;
use electra::protocol::{
    Candidate, ModelCard, Origin, Parameters, ProofToken, Read, Selection, TaskCard, TokenizerCard,
    Trace, TraceToken,
};

/// An open model: discriminator only, or a fine-tuned one.
pub(crate) fn card(task: Option<TaskCard>) -> ModelCard {
    ModelCard {
        config: ElectraConfig::nano(),
        has_generator: false,
        parameters: Parameters::default(),
        max_tokens: 128,
        tokenizer: TokenizerCard { vocab_size: 9, lower_case: true, strip_accents: true, mask: 4 },
        about: None,
        task,
    }
}

/// A column that was not masked.
pub(crate) fn column(text: &str, id: u32, read: &[(&str, u32, f32)]) -> TraceToken {
    let read = read.iter().map(|&(text, id, replaced)| Read {
        text: text.to_owned(),
        id,
        probability: None,
        replaced,
    });
    TraceToken {
        text: text.to_owned(),
        id,
        start: 0,
        end: 1,
        special: text.starts_with('['),
        selected: false,
        hidden: false,
        candidates: Vec::new(),
        origin: Origin::Text,
        read: read.collect(),
    }
}

/// "the chef cooked the meal" with "cooked" masked, filled by "ate" and caught.
pub(crate) fn chef() -> Trace {
    let mut masked = column("cooked", 12, &[("ate", 20, 0.91)]);
    let guess = |(text, id, probability): (&str, u32, f32)| Candidate {
        text: text.to_owned(),
        id,
        probability,
    };
    (masked.selected, masked.hidden, masked.origin) = (true, true, Origin::Sampled);
    masked.read[0].probability = Some(0.41);
    masked.candidates =
        [("ate", 20, 0.41), ("cooked", 12, 0.22), ("made", 21, 0.09)].map(guess).to_vec();
    Trace {
        text: "the chef cooked the meal".to_owned(),
        selection: Selection::Positions { positions: vec![3] },
        seed: 7,
        temperature: 1.0,
        tokens: vec![
            column("[CLS]", 2, &[("[CLS]", 2, 0.01)]),
            column("the", 10, &[("the", 10, 0.02)]),
            column("chef", 11, &[("chef", 11, 0.04)]),
            masked,
            column("the", 10, &[("the", 10, 0.03)]),
            column("meal", 13, &[("meal", 13, 0.06)]),
            column("[SEP]", 3, &[("[SEP]", 3, 0.01)]),
        ],
        truncated: 0,
        characters_read: 24,
        milliseconds: 3.0,
    }
}

/// A token of a text that was proofread.
pub(crate) fn proof_token(text: &str, start: usize, end: usize, replaced: f32) -> ProofToken {
    ProofToken { text: text.to_owned(), id: 1, start, end, replaced }
}
