//! What a fine-tuned model says, in place of the three rows: labels, a score, or tags on the words.

use crate::columns::share;
use crate::node::{Element, Node, el, text};
use crate::state::State;
use crate::words;
use electra::protocol::{Answer, Judgement, LabelShare, TaggedWord, TaskCard};
use electra::tasks::TaskKind;

/// Labels that are shown as bars; the table has all of them.
const MOST_BARS: usize = 20;
/// Stretches that the verdict lists.
const MOST_LISTED: usize = 6;
/// The tag of words that are no part of anything.
const OUTSIDE: &str = "O";

/// What the visitor can do.
pub fn hint(task: &TaskCard) -> &'static str {
    match task.kind {
        TaskKind::Classification { .. } => "Type a text: the model says which label it has.",
        TaskKind::Regression => "Type a text: the model gives it a score.",
        TaskKind::Tagging { .. } | TaskKind::Spans { .. } => {
            "Type a sentence: each word gets a tag, and so does the punctuation around it."
        }
    }
}

/// Which model is open, if it is no shipped one that judges words; its second text, and the way back.
pub(crate) fn strip(state: &State) -> Vec<Node> {
    let own = state.model.own.as_deref();
    let what = match (state.task(), own) {
        (Some(task), _) => kind(task),
        (None, Some(_)) if words::has_generator(state) => {
            "a discriminator with its generator".to_owned()
        }
        (None, Some(_)) => "a discriminator without a generator".to_owned(),
        (None, None) => return Vec::new(),
    };
    let sentence = format!("Open: {}, {what}.", own.unwrap_or("this model"));
    let back = own.map(|_| {
        let button = el("button").attr("type", "button").attr("data-act", "retry");
        button.key("back").text("Back to the demo model")
    });
    let pairs = state.task().is_some_and(|task| task.reads_pairs);
    let field = pairs.then(|| second(&state.second));
    let sentence = el("p").key("open").text(sentence);
    [Some(sentence), back, field].into_iter().flatten().map(Node::from).collect()
}

fn kind(task: &TaskCard) -> String {
    let count = task.kind.labels().len();
    match task.kind {
        TaskKind::Classification { .. } => {
            format!("a classifier with {}", words::plural(count, "label", "labels"))
        }
        TaskKind::Regression => "a model that gives scores".to_owned(),
        TaskKind::Tagging { .. } | TaskKind::Spans { .. } => {
            format!("a tagger with {}", words::plural(count, "tag", "tags"))
        }
    }
}

fn second(value: &str) -> Element {
    let field = el("input")
        .attr("id", "second")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("value", value);
    el("label").key("second").text("Second text, if it reads pairs ").child(field)
}

/// The answer to the text in the field, if it is here.
pub fn shown<'a>(state: &'a State, text: &str) -> Option<&'a Judgement> {
    state.judged.as_ref().filter(|judged| state.task().is_some() && judged.asked.text == text)
}

/// The sentence that a screen reader hears.
pub fn verdict(judged: &Judgement) -> String {
    match &judged.answer {
        Answer::Labels(shares) => shares.first().map_or_else(String::new, |best| {
            format!("This model says: {} ({}).", best.label, words::percent(best.probability))
        }),
        Answer::Score(score) => format!("This model gives the score {score:.3}."),
        Answer::Tags(tagged) => tags_verdict(tagged),
    }
}

fn tags_verdict(tagged: &[TaggedWord]) -> String {
    let all = words::plural(tagged.len(), "word", "words");
    let found = tagged.iter().filter(|word| word.tag != OUTSIDE).count();
    if found == 0 {
        return format!("This model tags none of {all}.");
    }
    let stretches = stretches(tagged);
    let listed: Vec<String> =
        stretches.iter().take(MOST_LISTED).map(|(text, of)| format!("{text} ({of})")).collect();
    let more = if stretches.len() > MOST_LISTED { ", …" } else { "" };
    format!("This model tags {found} of {all}: {}{more}.", listed.join(", "))
}

/// Tagged words, those of one stretch together: `B-` begins one, `I-`, `E-` and `L-` go on.
fn stretches(tagged: &[TaggedWord]) -> Vec<(String, &str)> {
    let mut found: Vec<(String, &str)> = Vec::new();
    let mut before = OUTSIDE;
    for word in tagged {
        let (place, of) = parts(&word.tag);
        let goes_on = "IEL".contains(place) && !place.is_empty() && parts(before).1 == of;
        match found.last_mut() {
            Some((text, _)) if goes_on && before != OUTSIDE => {
                text.push(' ');
                text.push_str(&word.word);
            }
            _ if word.tag == OUTSIDE => {}
            _ => found.push((word.word.clone(), of)),
        }
        before = &word.tag;
    }
    found
}

/// The place in a stretch and its type, as in `B-LOC`; no place in other tags.
fn parts(tag: &str) -> (&str, &str) {
    match tag.split_once('-') {
        Some((place @ ("B" | "I" | "E" | "L" | "S" | "U"), of)) => (place, of),
        _ => ("", tag),
    }
}

/// The answer as a picture that is also a list.
pub(crate) fn view(judged: &Judgement) -> Element {
    match &judged.answer {
        Answer::Labels(shares) => labels(shares),
        Answer::Score(score) => el("p").class("score").text(format!("{score:.3}")),
        Answer::Tags(tagged) => el("ol")
            .class("tagged")
            .attr("aria-label", "Words and their tags")
            .children(tagged.iter().enumerate().map(|(at, word)| tagged_word(word).key(at))),
    }
}

fn labels(shares: &[LabelShare]) -> Element {
    let bars = shares.iter().take(MOST_BARS).enumerate().map(|(at, label)| {
        el("li")
            .key(at)
            .class(share("candidate", at == 0, label.probability))
            .child(el("span").text(&label.label))
            .text(" ")
            .child(el("small").text(words::percent(label.probability)))
    });
    let list = el("ol").class("shares").attr("aria-label", "Labels, likeliest first");
    let rest = shares.len().saturating_sub(MOST_BARS);
    let more = (rest > 0).then(|| {
        let rest = words::plural(rest, "less likely label", "less likely labels");
        el("p").class("hint").text(format!("{rest} more: show the table."))
    });
    el("div").child(list.children(bars)).maybe(more)
}

fn tagged_word(word: &TaggedWord) -> Element {
    let class = if word.tag == OUTSIDE { "outside" } else { "inside" };
    el("li")
        .class(class)
        .child(el("span").class("word").text(&word.word))
        .child(el("span").class("visually-hidden").text(", tagged "))
        .child(el("span").class("tag").text(&word.tag))
        .text(" ")
        .child(el("small").text(words::percent(word.probability)))
}

/// The answer as a table.
pub(crate) fn table(judged: &Judgement) -> Element {
    let (heads, rows): (&[&str], Vec<Vec<String>>) = match &judged.answer {
        Answer::Labels(shares) => {
            let row = |it: &LabelShare| vec![it.label.clone(), words::percent(it.probability)];
            (&["Label", "Probability"], shares.iter().map(row).collect())
        }
        Answer::Score(score) => (&["Score"], vec![vec![format!("{score:.3}")]]),
        Answer::Tags(tagged) => {
            let row = |it: &TaggedWord| {
                vec![it.word.clone(), it.tag.clone(), words::percent(it.probability)]
            };
            (&["Word", "Tag", "Probability"], tagged.iter().map(row).collect())
        }
    };
    let heads = heads.iter().map(|head| el("th").attr("scope", "col").text(*head));
    let rows = rows.into_iter().enumerate().map(|(at, cells)| {
        let cells = cells.into_iter().enumerate().map(|(column, cell)| match column {
            0 => el("th").attr("scope", "row").text(cell),
            _ => el("td").text(cell),
        });
        el("tr").key(at).children(cells)
    });
    el("table")
        .child(el("caption").text(verdict(judged)))
        .child(el("thead").child(el("tr").children(heads)))
        .child(el("tbody").children(rows))
}

/// What stands below the verdict in small letters.
pub(crate) fn aside(judged: &Judgement, task: &TaskCard) -> Vec<Node> {
    if !judged.truncated {
        return Vec::new();
    }
    let row = task.longest_row;
    let sentence = match judged.answer {
        Answer::Tags(_) => format!("A word longer than {row} tokens was read in part."),
        _ => format!("The model reads {row} tokens at once; the end of the text was not read."),
    };
    vec![el("span").attr("data-state", "too-long").text(sentence).into()]
}

/// What is known about the model.
pub(crate) fn about(state: &State, task: &TaskCard) -> Vec<Node> {
    let Some(card) = &state.model.card else { return Vec::new() };
    let shape = &card.config.discriminator;
    let mut facts = Vec::new();
    facts.extend(state.model.own.clone().map(|name| ("Opened", name)));
    facts.push(("Task", format!("{}: {}", task.name, kind(task))));
    if !task.kind.labels().is_empty() {
        let names: Vec<&str> =
            task.kind.labels().iter().take(MOST_BARS).map(String::as_str).collect();
        let more = if task.kind.labels().len() > MOST_BARS { ", …" } else { "" };
        facts.push(("Labels", format!("{}{more}", names.join(", "))));
    }
    facts.push((
        "Network",
        format!(
            "{} layers of {}, {} parameters",
            shape.num_hidden_layers,
            shape.hidden_size,
            words::count(card.parameters.discriminator)
        ),
    ));
    facts.push(("Longest row", format!("{} tokens", task.longest_row)));
    let list = facts.into_iter();
    let list = list.flat_map(|(name, value)| [el("dt").text(name), el("dd").child(text(value))]);
    vec![el("dl").class("facts").children(list).into()]
}

#[cfg(test)]
#[path = "judged_tests.rs"]
mod tests;
