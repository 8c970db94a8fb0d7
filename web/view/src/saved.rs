//! The numbers behind what is seen, as a visitor saves them.

use crate::judged;
use crate::proof::{self, Suspect, suspects};
use crate::scene::{scene, shown};
use crate::state::State;
use electra::link::Mode;
use electra::protocol::{Proof, ProofToken};
use serde::Serialize;

/// A text that was proofread: what looks replaced in it, and every token's probability.
#[derive(Debug, Serialize)]
struct Reading<'a> {
    text: &'a str,
    suspects: Vec<Suspect>,
    tokens: &'a [ProofToken],
    windows: usize,
    milliseconds: f64,
}

impl<'a> From<&'a Proof> for Reading<'a> {
    fn from(proof: &'a Proof) -> Self {
        Self {
            text: &proof.text,
            suspects: suspects(proof),
            tokens: &proof.tokens,
            windows: proof.windows,
            milliseconds: proof.milliseconds,
        }
    }
}

/// The numbers as JSON; none while there are none of the text in the field.
pub fn json(state: &State) -> Option<String> {
    let text = scene(state).text;
    if let Some(judged) = judged::shown(state, &text) {
        return serde_json::to_string(judged).ok();
    }
    if state.mode() == Mode::Proofread {
        return serde_json::to_string(&Reading::from(proof::shown(state)?)).ok();
    }
    serde_json::to_string(shown(state)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{Action, Effect};
    use crate::engines::Status;
    use crate::testing::{chef, proof_token};
    use crate::update;
    use electra::protocol::{Command, EngineKind, Event, Reply};
    use serde_json::{Value, from_str, json as value};

    fn proof(text: &str) -> Proof {
        let tokens = vec![proof_token("dogs", 0, 4, 0.25), proof_token("of", 5, 7, 0.75)];
        Proof { text: text.to_owned(), tokens, windows: 1, milliseconds: 1.0 }
    }

    /// A page that was opened with a link and whose processor answers.
    fn opened(link: &str) -> (State, Vec<Effect>) {
        let mut state = State::default();
        state.engines.cpu.status = Status::Open;
        let effects = update(&mut state, Action::Address(link.to_owned()));
        (state, effects)
    }

    #[test]
    fn a_text_that_was_proofread_is_saved_with_its_suspicious_words() {
        let (mut state, effects) = opened("mode=proofread&t=dogs%20of");
        let sent = effects.iter().find_map(|effect| match effect {
            Effect::Send(_, request, _) => Some(request),
            _ => None,
        });
        let request = sent.expect("the link's text is proofread");
        assert_eq!(request.command, Command::Proofread { text: "dogs of".to_owned() });
        assert_eq!(json(&state), None);
        let event = Event::Proofread(proof("dogs of"));
        let reply = Reply { id: Some(request.id), event };
        update(&mut state, Action::Reply(EngineKind::Cpu, Box::new(reply)));
        let saved: Value = from_str(&json(&state).expect("numbers")).expect("JSON");
        assert_eq!(saved["text"], "dogs of");
        let suspect = value!({"start": 5, "end": 7, "word": "of", "replaced": 0.75});
        assert_eq!(saved["suspects"], value!([suspect]));
        assert_eq!(saved["tokens"].as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn what_is_saved_is_never_of_another_text_or_mode() {
        let (mut state, _) = opened("mode=proofread&t=dogs%20of");
        state.shown = Some(chef());
        state.proof = Some(proof("cats of"));
        assert_eq!(json(&state), None);
        state.proof = Some(proof(&chef().text));
        state.link.text = Some(chef().text);
        assert!(json(&state).expect("numbers").contains("suspects"));
        state.link.mode = Mode::Explore;
        let saved: Value = from_str(&json(&state).expect("numbers")).expect("JSON");
        assert_eq!(saved["seed"], chef().seed);
    }
}
