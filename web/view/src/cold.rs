//! The first example as it stands in the page before anything has loaded.
//!
//! Radio buttons choose among its stored endings, so it works without any script.

use crate::columns::{goes_on, guesses, judgement, named, share};
use crate::node::{Element, Node, el, text};
use crate::words;
use electra::protocol::{THRESHOLD, Trace, TraceToken};

/// Where the example stands in `index.html`.
const MARKS: [&str; 2] = ["<!-- cold -->", "<!-- /cold -->"];
/// Endings that the style sheet knows.
const MOST: usize = 6;

/// Writes the first example into a page, between `<!-- cold -->` and `<!-- /cold -->`.
///
/// `traces` are those of the page: the first, and those that differ from it in the word that a
/// person chose. A page without marks, or without traces, stays as it is.
pub fn fill(page: &str, traces: &[Trace]) -> String {
    let inside = page.split_once(MARKS[0]);
    let around = inside.and_then(|(head, rest)| Some((head, rest.split_once(MARKS[1])?.1)));
    let (Some((head, tail)), Some(first)) = (around, traces.first()) else {
        return page.to_owned();
    };
    let [open, close] = MARKS;
    format!("{head}{open}{}{close}{tail}", view(first, &endings(traces, first)).to_html())
}

/// The first trace, and those of the same text and masks where something else was chosen.
fn endings<'a>(traces: &'a [Trace], first: &'a Trace) -> Vec<&'a Trace> {
    let mut endings: Vec<&Trace> = Vec::new();
    let same = |trace: &&Trace| trace.text == first.text && trace.selection == first.selection;
    for trace in traces.iter().filter(same) {
        let known = endings.iter().any(|other| other.read_ids() == trace.read_ids());
        if !known && endings.len() < MOST {
            endings.push(trace);
        }
    }
    endings
}

fn view(first: &Trace, endings: &[&Trace]) -> Node {
    let words = (0..first.tokens.len()).filter(|&at| !first.tokens[at].special);
    let columns = words.map(|at| column(at, first, endings));
    let verdicts = endings.iter().enumerate().map(|(which, trace)| {
        el("span").class(format!("variant variant-{which}")).text(words::verdict(trace))
    });
    el("div")
        .class("cold")
        .child(el("div").class("columns").children(columns))
        .child(el("p").class("verdict").children(verdicts))
        .into()
}

fn column(at: usize, first: &Trace, endings: &[&Trace]) -> Element {
    let token = &first.tokens[at];
    let class = named(
        "col",
        &[
            ("masked", token.selected),
            ("joined", words::continues(&token.text)),
            ("goes-on", goes_on(first.tokens.get(at + 1))),
        ],
    );
    let hidden = if token.selected { "token hidden-word" } else { "token" };
    let top = el("span").class(hidden).text(words::piece(&token.text));
    let judged = endings.iter().enumerate().map(|(which, trace)| {
        let token = &trace.tokens[at];
        let suspect = if token.suspicion() > THRESHOLD { " suspect" } else { "" };
        el("div").class(format!("variant variant-{which}{suspect}")).children(judgement(token))
    });
    // Where lines begin is not known here: every column has the names of the rows, at one place.
    el("div")
        .class(class)
        .attr("data-line", "")
        .child(top)
        .maybe(token.selected.then(|| middle(at, token, endings)))
        .child(el("div").class("judge").children(judged))
}

fn middle(at: usize, token: &TraceToken, endings: &[&Trace]) -> Element {
    let ids = |trace: &Trace| trace.tokens[at].read.iter().map(|read| read.id).collect::<Vec<_>>();
    // Where all endings read the same there is nothing to choose.
    let differs = endings.iter().any(|trace| ids(trace) != ids(endings[0]));
    let guesses = guesses(token);
    let options = guesses.iter().map(|guess| {
        let which = endings.iter().position(|trace| differs && ids(trace) == [guess.id]);
        let same = if guess.id == token.id { "= " } else { "" };
        let input = which.map(|which| {
            el("input")
                .attr("type", "radio")
                .attr("name", "stored")
                .attr("id", format!("stored-{which}"))
                .attr("data-at", at)
                .attr("data-id", guess.id)
                .flag("checked", which == 0)
        });
        el("label")
            .class(share("candidate", false, guess.probability))
            .maybe(input)
            .child(el("span").text(format!("{same}{}", words::piece(&guess.text))))
            .child(el("small").text(words::percent(guess.probability)))
    });
    el("fieldset").class("candidates").child(legend(token)).children(options)
}

fn legend(token: &TraceToken) -> Element {
    let words = format!("What stands in place of {}", words::piece(&token.text));
    el("legend").class("visually-hidden").child(text(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::chef;

    fn traces() -> Vec<Trace> {
        let mut other = chef();
        other.tokens[3].read[0].id = 12;
        other.tokens[3].read[0].text = "cooked".to_owned();
        other.tokens[3].read[0].replaced = 0.07;
        vec![chef(), other, Trace { text: "another".to_owned(), ..chef() }]
    }

    #[test]
    fn every_stored_ending_can_be_chosen_and_the_first_one_is() {
        let page = fill("<main><!-- cold -->old<!-- /cold --></main>", &traces());
        assert!(!page.contains("old<"), "{page}");
        assert_eq!(page.matches("type=\"radio\"").count(), 2, "{page}");
        assert_eq!(page.matches(" checked").count(), 1, "{page}");
        assert!(page.contains("id=\"stored-0\" data-at=\"3\" data-id=\"20\" checked"), "{page}");
        assert!(page.contains("91 %") && page.contains("7 %"), "{page}");
        assert!(!page.contains("style="), "inline styles are refused by the page's policy");
    }

    #[test]
    fn filling_twice_changes_nothing() {
        let page = "<!-- cold --><!-- /cold -->";
        let once = fill(page, &traces());
        assert_eq!(fill(&once, &traces()), once);
        assert_eq!(fill(page, &[]), page);
        assert_eq!(fill("no marks", &traces()), "no marks");
    }
}
