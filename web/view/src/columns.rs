//! The picture: one column a token, its three fates below each other.

use crate::node::{Element, el};
use crate::words;
use electra::link::LONGEST_WORD;
use electra::protocol::{Candidate, Origin, Read, THRESHOLD, Trace, TraceToken};
use std::collections::BTreeSet;

/// How the picture is looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Look {
    /// Column that the keyboard is at.
    pub focus: usize,
    /// Whether `[CLS]` and `[SEP]` are shown.
    pub special: bool,
    /// Column where an own word is being typed without a mask.
    pub editing: Option<usize>,
    /// What pressing a token does.
    pub pressing: Pressing,
    /// Columns that the visitor marked as replaced.
    pub marked: BTreeSet<usize>,
    /// How much each column is looked at, in Inspect.
    pub attention: Option<Vec<f32>>,
    /// The text behind what was read.
    pub unread: String,
}

/// What pressing a token does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pressing {
    /// It masks or shows it.
    #[default]
    Masks,
    /// It opens a field for an own word: nobody else would put one in.
    Edits,
    /// The visitor says that it was replaced; judgements stay hidden.
    Marks,
    /// Lines go out from it.
    Looks,
}

/// Steps of the colour scale, from original to replaced.
const STEPS: f32 = 9.0;

/// The class of a probability's colour.
pub fn step(probability: f32) -> String {
    format!("s{:.0}", (probability.clamp(0.0, 1.0) * STEPS).floor().min(STEPS - 1.0))
}

/// Columns whose bars may move at once; more of them keep a browser busy for nothing that is seen.
const MOST_MOVING: usize = 32;

/// All columns, as a toolbar that the arrow keys walk through.
pub fn columns(trace: &Trace, look: &Look) -> Element {
    let of = trace.tokens.iter().filter(|token| !token.special).count();
    let shown = trace.tokens.iter().enumerate().filter(|(_, token)| look.special || !token.special);
    let columns = shown.map(|(at, token)| {
        let column = column(token, at, of, look);
        column.class(class(token, at, trace.tokens.get(at + 1), look))
    });
    let unread = (!look.unread.is_empty())
        .then(|| el("p").key("unread").class("unscored").text(format!("… {}", look.unread)));
    el("div")
        .class(named("columns", &[("many", of > MOST_MOVING)]))
        .attr("role", "toolbar")
        .attr("aria-label", toolbar_name(look.pressing))
        .children(columns)
        .maybe(unread)
}

fn toolbar_name(pressing: Pressing) -> &'static str {
    match pressing {
        Pressing::Masks => {
            "Words of the sentence. Arrow keys move, space masks, enter opens the candidates."
        }
        Pressing::Edits => {
            "Words of the sentence. Arrow keys move, enter opens a field for your own word."
        }
        Pressing::Marks => {
            "Words of the sentence. Arrow keys move, space marks a word as replaced."
        }
        Pressing::Looks => "Words of the sentence. Arrow keys move and show where each word looks.",
    }
}

fn class(token: &TraceToken, at: usize, next: Option<&TraceToken>, look: &Look) -> String {
    let hidden = look.pressing == Pressing::Marks;
    named(
        "col",
        &[
            ("masked", !hidden && is_guessed(token, at, look)),
            ("special", token.special),
            ("joined", words::continues(&token.text)),
            ("goes-on", goes_on(next)),
            ("suspect", !hidden && token.suspicion() > THRESHOLD),
        ],
    )
}

/// Classes: one that always holds, and those that are wanted.
pub(crate) fn named(always: &str, names: &[(&str, bool)]) -> String {
    let wanted = names.iter().filter(|(_, wanted)| *wanted);
    wanted.fold(always.to_owned(), |class, (name, _)| class + " " + name)
}

/// Whether the next token is a part of the same word.
pub(crate) fn goes_on(next: Option<&TraceToken>) -> bool {
    next.is_some_and(|next| words::continues(&next.text))
}

/// A column without more elements than it shows: a browser lays all of them out at every answer.
fn column(token: &TraceToken, at: usize, of: usize, look: &Look) -> Element {
    let column = el("div").key(at).attr("data-at", at).child(top(token, at, of, look));
    if look.pressing == Pressing::Marks {
        return column;
    }
    column.maybe(middle(token, at, look)).child(
        judge(token).maybe(
            look.marked
                .contains(&at)
                .then(|| el("span").class("truth marked-by-you").text("you marked it")),
        ),
    )
}

/// Row 1: the token as it stands in the text.
fn top(token: &TraceToken, at: usize, of: usize, look: &Look) -> Element {
    if token.special {
        return el("span").class("token").text(&token.text);
    }
    let (action, pressed, name) = match look.pressing {
        Pressing::Masks => ("mask", Some(token.selected), words::name(token, at, of)),
        Pressing::Edits => ("edit", None, words::name(token, at, of)),
        Pressing::Looks => ("look", Some(look.focus == at), looked_at(token, at, of, look)),
        Pressing::Marks => {
            let name = format!("{}, token {at} of {of}, replaced?", words::read(token));
            ("mark", Some(look.marked.contains(&at)), name)
        }
    };
    let word = match look.pressing {
        Pressing::Marks => words::read(token),
        _ => words::piece(&token.text).to_owned(),
    };
    let button = el("button").class("token").attr("type", "button").attr("data-act", action);
    let button = match pressed {
        Some(pressed) => button.attr("aria-pressed", pressed),
        None => button,
    };
    button
        .attr("aria-label", name)
        .attr("tabindex", if look.focus == at { "0" } else { "-1" })
        .text(word)
}

/// A column's name in Inspect: its share of the attention too, which the lines only show.
fn looked_at(token: &TraceToken, at: usize, of: usize, look: &Look) -> String {
    let name = words::name(token, at, of);
    let Some(share) = attention(look, at) else { return name };
    format!("{name}, gets {} of the attention", words::spoken_percent(share))
}

/// How much a column is looked at, once that is known.
fn attention(look: &Look, at: usize) -> Option<f32> {
    let weights = look.attention.as_ref()?;
    Some(weights.get(at).copied().unwrap_or(0.0))
}

/// Whether something else than the text stands here, or might.
fn is_guessed(token: &TraceToken, at: usize, look: &Look) -> bool {
    !token.candidates.is_empty() || token.origin != Origin::Text || look.editing == Some(at)
}

/// Row 2: the guesses, if there are any; in Inspect, how much the column is looked at.
fn middle(token: &TraceToken, at: usize, look: &Look) -> Option<Element> {
    if look.pressing == Pressing::Looks {
        let words = attention(look, at).map_or("–".to_owned(), words::percent);
        return Some(el("span").class("attends").text(words));
    }
    if !is_guessed(token, at, look) {
        return None;
    }
    let word = words::piece(&token.text);
    let candidates = el("div")
        .key("candidates")
        .class("candidates")
        .attr("role", "group")
        .attr("aria-label", format!("What stands in place of {word}"))
        .children(guesses(token).iter().enumerate().map(|(rank, it)| candidate(rank, it, token)))
        .child(own(token));
    Some(candidates)
}

/// The best guesses, and what stands there if it is none of them.
pub(crate) fn guesses(token: &TraceToken) -> Vec<Candidate> {
    let mut guesses = token.candidates.clone();
    if let [read] = token.read.as_slice()
        && token.origin != Origin::Typed
        && token.origin != Origin::Text
        && !guesses.iter().any(|guess| guess.id == read.id)
    {
        let probability = read.probability.unwrap_or(f32::NAN);
        guesses.push(Candidate { text: read.text.clone(), id: read.id, probability });
    }
    guesses
}

fn candidate(rank: usize, guess: &Candidate, token: &TraceToken) -> Element {
    let chosen =
        token.origin != Origin::Typed && token.read.len() == 1 && token.read[0].id == guess.id;
    let original = guess.id == token.id;
    let word = el("span")
        .maybe(original.then(|| el("span").attr("aria-hidden", "true").text("= ")))
        .text(words::piece(&guess.text))
        .maybe(original.then(|| el("span").class("visually-hidden").text(", the original,")));
    el("button")
        .key(rank)
        .class(share("candidate", chosen, guess.probability))
        .attr("type", "button")
        .attr("data-act", "choose")
        .attr("data-id", guess.id)
        .attr("aria-pressed", chosen)
        .attr("tabindex", "-1")
        .child(word)
        .text(" ")
        .child(el("small").text(words::percent(guess.probability)))
}

/// The classes of something that stands on a line as long as its probability.
pub(crate) fn share(always: &str, chosen: bool, probability: f32) -> String {
    named(always, &[("chosen", chosen), (&level(probability), true)])
}

/// The classes of a whole percentage: its tens and its units, as the style sheet adds them up.
fn level(probability: f32) -> String {
    let percent = (probability.clamp(0.0, 1.0) * 100.0).round() as u8;
    format!("t{} u{}", percent / 10, percent % 10)
}

fn own(token: &TraceToken) -> Element {
    let typed = if token.origin == Origin::Typed { words::read(token) } else { String::new() };
    let field = el("input")
        .attr("data-act", "own")
        .attr("aria-label", format!("Your own word instead of {}", words::piece(&token.text)))
        .attr("placeholder", "your own word")
        .attr("maxlength", LONGEST_WORD)
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("tabindex", "-1")
        .attr("value", typed);
    el("div").key("own").class("own").child(field)
}

/// Row 3: the discriminator's suspicion; the button's name says the same.
fn judge(token: &TraceToken) -> Element {
    el("div").key("judge").class("judge").attr("aria-hidden", "true").children(judgement(token))
}

/// The bar, what was read, its probability, and what it was in truth.
pub(crate) fn judgement(token: &TraceToken) -> Vec<Element> {
    let line = |class: &'static str, words: String| el("span").key(class).class(class).text(words);
    [
        bar(token),
        line("read", words::read(token)),
        line("percent", words::percent(token.suspicion())),
    ]
    .into_iter()
    .chain(words::truth(token).map(|truth| line("truth", truth.to_owned())))
    .collect()
}

/// As tall as the probability, or as long on narrow screens; the tokens of one word stand side by
/// side. A bar is painted, not laid out: that is cheaper for a browser.
fn bar(token: &TraceToken) -> Element {
    let bar = |read: &Read| {
        let class = format!("bar {} {}", step(read.replaced), level(read.replaced));
        el("div").class(class)
    };
    match token.read.as_slice() {
        [read] => bar(read),
        several => el("div").key("bars").class("bars").children(several.iter().map(bar)),
    }
}

#[cfg(test)]
#[path = "columns_tests.rs"]
mod tests;
