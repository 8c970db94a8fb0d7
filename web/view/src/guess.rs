//! Guess: the visitor says which words were replaced, then sees what the discriminator says.

use crate::node::{Node, el};
use crate::state::View;
use crate::words;
use electra::protocol::{THRESHOLD, Trace};
use std::collections::BTreeSet;

/// Right and wrong marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marks {
    found: usize,
    false_alarms: usize,
}

fn marks(trace: &Trace, marked: &dyn Fn(usize) -> bool) -> Marks {
    let mut marks = Marks { found: 0, false_alarms: 0 };
    let columns = trace.tokens.iter().enumerate().filter(|(_, token)| !token.special);
    for (_, token) in columns.filter(|(at, _)| marked(*at)) {
        *(if token.is_replaced() { &mut marks.found } else { &mut marks.false_alarms }) += 1;
    }
    marks
}

/// What to do, or how both did.
pub(crate) fn verdict(trace: &Trace, view: &View) -> String {
    let replaced = trace.score().replaced;
    if !view.revealed {
        return format!(
            "Which words did the generator put in? {} marked.",
            words::plural(view.marked.len(), "word", "words")
        );
    }
    let yours = marks(trace, &by_visitor(&view.marked));
    let theirs = marks(trace, &|at| trace.tokens[at].suspicion() > THRESHOLD);
    if replaced == 0 {
        return nothing_to_find(trace, yours.false_alarms, theirs.false_alarms);
    }
    let of = |marks: Marks| {
        let alarms = words::plural(marks.false_alarms, "false alarm", "false alarms");
        format!("{} of {replaced} with {alarms}", marks.found)
    };
    format!("You found {}; the discriminator found {}.", of(yours), of(theirs))
}

/// Where nothing was replaced, one can only be wrong.
fn nothing_to_find(trace: &Trace, yours: usize, theirs: usize) -> String {
    let why = match trace.score().selected {
        0 => "Nothing was masked",
        _ => "The generator guessed every word right",
    };
    let alarms = match (yours, theirs) {
        (0, 0) => String::new(),
        _ => format!(" False alarms: {yours} of yours, {theirs} of the discriminator."),
    };
    format!("{why}, so there was nothing to find.{alarms}")
}

fn by_visitor(marked: &BTreeSet<usize>) -> impl Fn(usize) -> bool {
    move |at| marked.contains(&at)
}

/// What the visitor can do.
pub(crate) fn buttons(view: &View) -> Vec<Node> {
    let button = |act: &'static str, label: &'static str| -> Node {
        let class = if act == "reveal" { "primary" } else { "" };
        let button = el("button").attr("type", "button").class(class);
        button.attr("data-act", act).text(label).into()
    };
    if view.revealed {
        vec![button("again", "Next round")]
    } else {
        vec![button("reveal", "Compare with the discriminator"), button("again", "Other words")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::chef;

    #[test]
    fn both_players_are_counted_by_the_same_rule() {
        let mut view = View { marked: BTreeSet::from([1, 3]), ..View::default() };
        assert!(verdict(&chef(), &view).contains("2 words marked"));
        view.revealed = true;
        let expected = "You found 1 of 1 with 1 false alarm; the discriminator found 1 of 1 with 0 \
                        false alarms.";
        assert_eq!(verdict(&chef(), &view), expected);
    }

    #[test]
    fn a_round_in_which_nothing_was_replaced_says_so() {
        let mut view = View { revealed: true, ..View::default() };
        let mut lucky = chef();
        let token = &mut lucky.tokens[3];
        (token.read[0].id, token.read[0].replaced) = (token.id, 0.1);
        let sentence = "The generator guessed every word right, so there was nothing to find.";
        assert_eq!(verdict(&lucky, &view), sentence);
        view.marked.insert(2);
        lucky.tokens[4].read[0].replaced = 0.9;
        let alarms = "False alarms: 1 of yours, 1 of the discriminator.";
        assert_eq!(verdict(&lucky, &view), format!("{sentence} {alarms}"));
        lucky.tokens[3].selected = false;
        assert!(verdict(&lucky, &view).starts_with("Nothing was masked"));
    }
}
