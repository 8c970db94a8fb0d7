//! The picture: one column a token, its three fates below each other.

use crate::node::{Element, el};
use crate::words;
use electra::protocol::{Candidate, Origin, THRESHOLD, Trace, TraceToken};
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

/// All columns, as a toolbar that the arrow keys walk through.
pub fn columns(trace: &Trace, look: &Look) -> Element {
    let of = trace.tokens.iter().filter(|token| !token.special).count();
    let shown = trace.tokens.iter().enumerate().filter(|(_, token)| look.special || !token.special);
    let columns = shown.map(|(at, token)| column(token, at, of, look));
    let unread = (!look.unread.is_empty())
        .then(|| el("p").key("unread").class("unscored").text(format!("… {}", look.unread)));
    el("div")
        .class("columns")
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
        Pressing::Marks => {
            "Words of the sentence. Arrow keys move, space marks a word as replaced."
        }
        Pressing::Looks => {
            "Words of the sentence. Arrow keys move, space shows where a word looks."
        }
    }
}

fn column(token: &TraceToken, at: usize, of: usize, look: &Look) -> Element {
    let mut class = "col".to_owned();
    let hidden = look.pressing == Pressing::Marks;
    for (name, wanted) in [
        ("masked", !hidden && (!token.candidates.is_empty() || look.editing == Some(at))),
        ("special", token.special),
        ("joined", words::continues(&token.text)),
        ("suspect", !hidden && token.suspicion() > THRESHOLD),
    ] {
        if wanted {
            class.push(' ');
            class.push_str(name);
        }
    }
    let column = el("div").key(at).class(class).attr("data-at", at);
    let column = column.child(el("div").class("cell original").child(top(token, at, of, look)));
    if hidden {
        return column;
    }
    column
        .child(el("div").class("cell guess").child(middle(token, at, look)))
        .child(judgement(token, look.marked.contains(&at)))
}

/// Row 1: the token as it stands in the text.
fn top(token: &TraceToken, at: usize, of: usize, look: &Look) -> Element {
    if token.special {
        return el("span").class("token").text(&token.text);
    }
    let (action, pressed, name) = match look.pressing {
        Pressing::Masks => ("mask", token.selected, words::name(token, at, of)),
        Pressing::Looks => ("look", look.focus == at, words::name(token, at, of)),
        Pressing::Marks => {
            let word = words::read(token);
            ("mark", look.marked.contains(&at), format!("{word}, token {at} of {of}, replaced?"))
        }
    };
    let word = match look.pressing {
        Pressing::Marks => words::read(token),
        _ => words::piece(&token.text).to_owned(),
    };
    el("button")
        .class("token")
        .attr("type", "button")
        .attr("data-act", action)
        .attr("data-at", at)
        .attr("aria-pressed", pressed)
        .attr("aria-label", name)
        .attr("tabindex", if look.focus == at { "0" } else { "-1" })
        .text(word)
}

/// Row 2: the guesses; in Inspect, how much the column is looked at.
fn middle(token: &TraceToken, at: usize, look: &Look) -> Element {
    if let Some(weights) = &look.attention {
        let weight = weights.get(at).copied().unwrap_or(0.0);
        return el("span").class("attends").text(words::percent(weight));
    }
    if look.pressing == Pressing::Looks {
        return el("span").class("attends").text("–");
    }
    let own_word = token.origin == Origin::Typed || look.editing == Some(at);
    if token.candidates.is_empty() && token.origin == Origin::Text && !own_word {
        return el("span").class("nothing").attr("aria-hidden", "true").text("·");
    }
    let word = words::piece(&token.text);
    el("div")
        .class("candidates")
        .attr("role", "group")
        .attr("aria-label", format!("What stands in place of {word}"))
        .children(guesses(token).iter().map(|guess| candidate(guess, token, at)))
        .child(own(token, at))
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

fn candidate(guess: &Candidate, token: &TraceToken, at: usize) -> Element {
    let chosen =
        token.origin != Origin::Typed && token.read.len() == 1 && token.read[0].id == guess.id;
    let original = guess.id == token.id;
    let word = el("span")
        .maybe(original.then(|| el("span").attr("aria-hidden", "true").text("= ")))
        .text(words::piece(&guess.text))
        .maybe(original.then(|| el("span").class("visually-hidden").text(", the original,")));
    el("button")
        .key(guess.id)
        .class(if chosen { "candidate chosen" } else { "candidate" })
        .attr("type", "button")
        .attr("data-act", "choose")
        .attr("data-at", at)
        .attr("data-id", guess.id)
        .attr("aria-pressed", chosen)
        .attr("tabindex", "-1")
        .child(word)
        .text(" ")
        .child(el("small").text(words::percent(guess.probability)))
        .child(share_line(guess.probability))
}

/// A line as long as a probability.
pub(crate) fn share_line(probability: f32) -> Element {
    let width = if probability.is_nan() { 0.0 } else { probability.clamp(0.0, 1.0) * 100.0 };
    let rect = el("rect")
        .attr("width", format!("{width:.1}"))
        .attr("height", "3")
        .attr("fill", "currentColor");
    el("svg")
        .attr("viewBox", "0 0 100 3")
        .attr("preserveAspectRatio", "none")
        .attr("aria-hidden", "true")
        .child(rect)
}

fn own(token: &TraceToken, at: usize) -> Element {
    let typed = if token.origin == Origin::Typed { words::read(token) } else { String::new() };
    let field = el("input")
        .attr("data-act", "own")
        .attr("data-at", at)
        .attr("aria-label", format!("Your own word instead of {}", words::piece(&token.text)))
        .attr("placeholder", "your own word")
        .attr("maxlength", "40")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("tabindex", "-1")
        .attr("value", typed);
    el("div").key("own").class("own").child(field)
}

/// Row 3: the discriminator's suspicion; the button's name says the same.
fn judgement(token: &TraceToken, marked: bool) -> Element {
    let suspicion = token.suspicion();
    let below = el("div")
        .class("verdict-of")
        .child(el("span").class("read").text(words::read(token)))
        .child(el("span").class("percent").text(words::percent(suspicion)))
        .maybe(words::truth(token).map(|truth| el("span").class("truth").text(truth)))
        .maybe(marked.then(|| el("span").class("truth marked-by-you").text("you marked it")));
    el("div").class("cell judge").attr("aria-hidden", "true").child(bar(token)).child(below)
}

/// Pixels of a bar; a word of several tokens shares them.
const BAR: f32 = 44.0;

/// Bars upwards, and the same across for narrow screens; one for each token that was read.
pub(crate) fn bar(token: &TraceToken) -> Element {
    let of = token.read.len().max(1) as f32;
    let bars = token.read.iter().enumerate().flat_map(|(at, read)| {
        let tall = read.replaced.clamp(0.0, 1.0) * 100.0;
        let (class, at) = (step(read.replaced), at as f32);
        let up = el("rect")
            .class(format!("up {class}"))
            .attr("x", "50%")
            .attr("y", share(100.0 - tall))
            .attr("width", format!("{:.1}", BAR / of))
            .attr("height", share(tall))
            .attr("transform", format!("translate({:.1} 0)", BAR * (at / of - 0.5)));
        let across = el("rect")
            .class(format!("across {class}"))
            .attr("x", "0")
            .attr("y", share(100.0 * at / of))
            .attr("width", share(tall))
            .attr("height", share(100.0 / of));
        [up, across]
    });
    el("svg")
        .class("bar")
        .attr("aria-hidden", "true")
        .children(bars)
        .child(line(["0", "100%", "50%", "50%"]).class("up"))
        .child(line(["50%", "50%", "0", "100%"]).class("across"))
}

fn share(percent: f32) -> String {
    format!("{percent:.1}%")
}

fn line([x1, x2, y1, y2]: [&str; 4]) -> Element {
    el("line").attr("x1", x1).attr("x2", x2).attr("y1", y1).attr("y2", y2)
}

#[cfg(test)]
#[path = "columns_tests.rs"]
mod tests;
