//! A long text as a proofreader marks it.

use crate::node::{Element, Node, el, text};
use crate::scene::scene;
use crate::state::State;
use crate::words;
use electra::protocol::{Proof, THRESHOLD};
use serde::Serialize;

/// A word that looks replaced.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suspect {
    /// First character; characters, not bytes.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// As it stands in the text.
    pub word: String,
    /// Of its most suspicious piece.
    pub replaced: f32,
}

/// What was read, if it is the text in the field: an engine may end one that was left meanwhile.
pub fn shown(state: &State) -> Option<&Proof> {
    let text = scene(state).text;
    state.proof.as_ref().filter(|proof| proof.text == text)
}

/// Suspicious words in the order of the text; pieces of one word count as one.
pub fn suspects(proof: &Proof) -> Vec<Suspect> {
    let characters: Vec<char> = proof.text.chars().collect();
    let mut found: Vec<Suspect> = Vec::new();
    for token in &proof.tokens {
        let joins = words::continues(&token.text);
        match found.last_mut() {
            Some(last) if joins && last.end == token.start => {
                last.end = token.end;
                last.replaced = last.replaced.max(token.replaced);
            }
            _ => found.push(Suspect {
                start: token.start,
                end: token.end,
                word: String::new(),
                replaced: token.replaced,
            }),
        }
    }
    found.retain(|word| word.replaced > THRESHOLD && word.start < word.end);
    for word in &mut found {
        word.word = characters.get(word.start..word.end).unwrap_or_default().iter().collect();
    }
    found
}

/// What it comes to.
pub fn verdict(proof: &Proof) -> String {
    let (found, read) = (suspects(proof).len(), proof.tokens.len());
    let read = words::plural(read, "token", "tokens");
    if found == 0 {
        return format!("No word of these {read} looks replaced.");
    }
    let suspicious = words::plural(found, "word looks", "words look");
    format!("{suspicious} replaced among {read}.")
}

/// The text with its marks, and the marks as a list, most suspicious first.
pub fn view(proof: &Proof, current: Option<usize>) -> Element {
    let found = suspects(proof);
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by(|&a, &b| found[b].replaced.total_cmp(&found[a].replaced));
    let entries = order.into_iter().map(|at| entry(at, &found[at], current));
    let list = el("div")
        .class("proof-list")
        .attr("role", "group")
        .attr("aria-label", "Suspicious words, most suspicious first")
        .children(entries);
    el("div")
        .class("proof")
        .maybe((!found.is_empty()).then(steps))
        .child(marked_text(&proof.text, &found, current))
        .child(list)
}

/// The way from word to word. It stands before them all: a list may be long, and the tab key would
/// go through it first.
fn steps() -> Element {
    let step = |by: &'static str, label: &'static str| {
        let button = el("button").attr("type", "button").attr("data-act", "step");
        button.attr("data-by", by).text(label)
    };
    el("div")
        .key("steps")
        .class("proof-steps")
        .child(step("-1", "Previous"))
        .child(step("1", "Next suspicious word"))
        .child(el("span").text("At a word, the arrow keys go on and Escape leads back here."))
}

fn marked_text(whole: &str, found: &[Suspect], current: Option<usize>) -> Element {
    let characters: Vec<char> = whole.chars().collect();
    let part = |from: usize, to: usize| {
        text(characters.get(from..to).unwrap_or_default().iter().collect::<String>())
    };
    let mut children: Vec<Node> = Vec::new();
    let mut done = 0;
    for (at, word) in found.iter().enumerate() {
        children.push(part(done, word.start));
        let mark = el("mark")
            .key(at)
            .attr("data-suspect", at)
            .attr("tabindex", "-1")
            .flag("data-current", current == Some(at))
            .text(&word.word);
        children.push(mark.into());
        done = word.end;
    }
    children.push(part(done, characters.len()));
    el("p").class("proof-text").children(children)
}

fn entry(at: usize, word: &Suspect, current: Option<usize>) -> Element {
    el("button")
        .key(at)
        .attr("type", "button")
        .attr("data-act", "jump")
        .attr("data-at", at)
        .attr("aria-current", current == Some(at))
        .child(el("span").text(&word.word))
        .child(el("small").text(words::percent(word.replaced)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::proof_token;

    fn proof() -> Proof {
        Proof {
            text: "Überaus <b>unlikely</b>".to_owned(),
            tokens: vec![
                proof_token("uber", 0, 4, 0.7),
                proof_token("##aus", 4, 7, 0.9),
                proof_token("un", 11, 13, 0.3),
                proof_token("##likely", 13, 19, 0.6),
                proof_token("/", 20, 21, 0.1),
            ],
            windows: 1,
            milliseconds: 1.0,
        }
    }

    #[test]
    fn pieces_of_a_word_are_suspected_together() {
        let found = suspects(&proof());
        let words: Vec<(&str, f32)> =
            found.iter().map(|word| (word.word.as_str(), word.replaced)).collect();
        assert_eq!(words, [("Überaus", 0.9), ("unlikely", 0.6)]);
        assert_eq!(verdict(&proof()), "2 words look replaced among 5 tokens.");
    }

    #[test]
    fn marking_changes_no_character_of_the_text() {
        let proof = proof();
        let node: Node = marked_text(&proof.text, &suspects(&proof), None).into();
        assert_eq!(node.to_text(), proof.text);
        assert!(!node.to_html().contains("<b>"));
    }

    #[test]
    fn the_list_begins_with_the_most_suspicious() {
        let mut proof = proof();
        proof.tokens[3].replaced = 0.99;
        let node: Node = view(&proof, None).into();
        let buttons = node.find(&|element| element.get("data-act") == Some("jump"));
        let order: Vec<_> = buttons.iter().map(|button| button.get("data-at")).collect();
        assert_eq!(order, [Some("1"), Some("0")]);
    }

    #[test]
    fn the_way_from_word_to_word_stands_before_them() {
        let acts = |proof: &Proof| -> Vec<String> {
            let node: Node = view(proof, Some(0)).into();
            let buttons = node.find(&|element| element.tag == "button");
            buttons.iter().filter_map(|button| button.get("data-act").map(str::to_owned)).collect()
        };
        let mut proof = proof();
        assert_eq!(acts(&proof), ["step", "step", "jump", "jump"]);
        for token in &mut proof.tokens {
            token.replaced = 0.1;
        }
        assert_eq!(acts(&proof), [""; 0], "there is nowhere to go");
    }
}
