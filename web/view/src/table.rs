//! The picture as a table, for those who read better so, and for paper.

use crate::node::{Element, el};
use crate::words;
use electra::protocol::{Trace, TraceToken};

const HEADINGS: [&str; 5] =
    ["In the text", "Generator guesses", "Discriminator reads", "Replaced?", "In truth"];

/// One row a token of the text.
pub fn table(trace: &Trace) -> Element {
    let heads = HEADINGS.map(|heading| el("th").attr("scope", "col").text(heading));
    let rows = trace.tokens.iter().enumerate().filter(|(_, token)| !token.special);
    el("table")
        .child(el("caption").text(words::verdict(trace)))
        .child(el("thead").child(el("tr").children(heads)))
        .child(el("tbody").children(rows.map(|(at, token)| row(token).key(at))))
}

fn row(token: &TraceToken) -> Element {
    let word = words::piece(&token.text);
    let masked = match (words::is_asked(token), token.hidden) {
        (true, true) => " (masked)",
        (true, false) => " (to be guessed, but shown)",
        _ => "",
    };
    let guesses: Vec<String> = token
        .candidates
        .iter()
        .map(|guess| format!("{} {}", words::piece(&guess.text), words::percent(guess.probability)))
        .collect();
    let truth = if token.is_replaced() { "replaced" } else { "original" };
    let cells = [
        guesses.join(", "),
        words::read(token),
        words::percent(token.suspicion()),
        truth.to_owned(),
    ];
    el("tr")
        .child(el("th").attr("scope", "row").text(format!("{word}{masked}")))
        .children(cells.map(|cell| el("td").text(cell)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Node;
    use crate::testing::chef;

    #[test]
    fn the_table_says_all_that_the_picture_shows() {
        let node: Node = table(&chef()).into();
        let rows = node.find(&|element| element.tag == "tr");
        assert_eq!(rows.len(), 6);
        let cells: Vec<String> = rows[3].children.iter().map(Node::to_text).collect();
        let guesses = "ate 41 %, cooked 22 %, made 9 %";
        assert_eq!(cells, ["cooked (masked)", guesses, "ate", "91 %", "replaced"]);
    }
}
