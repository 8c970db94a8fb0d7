//! One column a token, and what stands in it.

use super::*;
use crate::node::Node;
use crate::testing::{chef, column as plain};

fn shown(look: &Look) -> Node {
    columns(&chef(), look).into()
}

fn acting<'a>(node: &'a Node, action: &str) -> Vec<&'a Element> {
    node.find(&|element| element.get("data-act") == Some(action))
}

#[test]
fn every_word_is_one_button_and_one_of_them_takes_the_tab_key() {
    let node = shown(&Look { focus: 2, ..Look::default() });
    let buttons = acting(&node, "mask");
    assert_eq!(buttons.len(), 5);
    let reachable: Vec<_> =
        buttons.iter().filter(|button| button.get("tabindex") == Some("0")).collect();
    assert_eq!(reachable.len(), 1);
    assert_eq!(*reachable[0], buttons[1]);
    assert_eq!(buttons[2].get("aria-pressed"), Some("true"));
}

#[test]
fn special_tokens_are_shown_on_demand_and_cannot_be_masked() {
    let with = shown(&Look { special: true, ..Look::default() });
    assert!(with.to_text().contains("[CLS]"));
    assert_eq!(acting(&with, "mask").len(), 5);
    assert!(!shown(&Look::default()).to_text().contains("[CLS]"));
}

#[test]
fn the_original_among_the_guesses_is_told_apart() {
    let node = shown(&Look::default());
    let candidates = acting(&node, "choose");
    let names = candidates.into_iter().map(|found| Node::Element(found.clone()).to_text());
    let expected = ["ate 41 %", "= cooked, the original, 22 %", "made 9 %"];
    assert_eq!(names.collect::<Vec<_>>(), expected);
}

#[test]
fn a_sample_beyond_the_best_guesses_is_listed_too() {
    let mut trace = chef();
    trace.tokens[3].read[0].id = 99;
    trace.tokens[3].read[0].text = "burnt".to_owned();
    let node: Node = columns(&trace, &Look::default()).into();
    let chosen = node.find(&|element| {
        element.get("class").is_some_and(|class| class.starts_with("candidate chosen"))
    });
    assert_eq!(chosen.len(), 1);
    assert_eq!(chosen[0].get("data-id"), Some("99"));
}

#[test]
fn guessing_shows_what_was_read_and_no_judgement() {
    let node = shown(&Look { pressing: Pressing::Marks, ..Look::default() });
    let words = node.to_text();
    assert!(words.contains("ate") && !words.contains("cooked") && !words.contains('%'), "{words}");
    assert!(!node.to_html().contains("suspect"));
    assert!(!node.to_html().contains("91"));
}

#[test]
fn without_a_generator_a_word_takes_the_visitors_own() {
    let look = Look { pressing: Pressing::Edits, editing: Some(2), ..Look::default() };
    let mut trace = chef();
    trace.tokens[3] = plain("cooked", 12, &[("cooked", 12, 0.1)]);
    // A link may mask it, or the example of another model: nobody guesses.
    trace.tokens[3].selected = true;
    let node: Node = columns(&trace, &look).into();
    let words = acting(&node, "edit");
    assert_eq!(words.len(), 5);
    assert!(words.iter().all(|word| word.get("aria-pressed").is_none()), "nothing is switched");
    assert_eq!((acting(&node, "mask").len(), acting(&node, "own").len()), (0, 1));
    assert!(!node.to_html().contains("masked,"), "{}", node.to_html());
}

#[test]
fn names_in_inspect_say_how_much_attention_a_word_gets() {
    let look = Look { pressing: Pressing::Looks, focus: 1, ..Look::default() };
    let names = |look: &Look| -> Vec<String> {
        let node = shown(look);
        let found = acting(&node, "look");
        found.iter().filter_map(|word| word.get("aria-label").map(str::to_owned)).collect()
    };
    assert!(names(&look).iter().all(|name| !name.contains("attention")), "not known yet");
    let attention = Some(vec![0.5, 0.1, 0.15, 0.001, 0.2, 0.0, 0.0]);
    let names = names(&Look { attention, ..look });
    assert!(names[1].ends_with(", gets 15 percent of the attention"), "{names:?}");
    assert!(names[2].ends_with(", gets less than 1 percent of the attention"), "{names:?}");
}

#[test]
fn height_is_the_probability_in_whole_percent() {
    let one: Node = bar(&plain("a", 1, &[("a", 1, 0.254)])).into();
    assert_eq!(one.to_html(), "<div class=\"bar s2 t2 u5\"></div>");
    let two: Node = bar(&plain("a", 1, &[("a", 1, 0.254), ("b", 2, 0.996)])).into();
    assert!(
        two.to_html().contains("\"bar s2 t2 u5\"") && two.to_html().contains("\"bar s8 t10 u0\"")
    );
    assert_eq!([0.0, 0.07, f32::NAN].map(level), ["t0 u0", "t0 u7", "t0 u0"]);
}

#[test]
fn the_style_sheet_knows_every_percentage() {
    let css = include_str!("../../style/judge.css");
    for (class, property) in (0..=10)
        .map(|at| (format!(".t{at} {{"), format!("--tens: {}%;", at * 10)))
        .chain((0..10).map(|at| (format!(".u{at} {{"), format!("--units: {at}%;"))))
    {
        let rule = css.split_once(&class).unwrap_or_else(|| panic!("no {class}")).1;
        assert!(rule.trim_start().starts_with(&property), "{class} {property}");
    }
}

#[test]
fn tokens_of_one_word_are_joined_on_both_sides() {
    let mut trace = chef();
    trace.tokens[3].text = "##ing".to_owned();
    let node: Node = columns(&trace, &Look::default()).into();
    let classes: Vec<_> = node
        .find(&|element| {
            element.get("class").is_some_and(|class| class.starts_with("col ") || class == "col")
        })
        .iter()
        .map(|column| column.get("class").unwrap_or_default().to_owned())
        .collect();
    assert!(classes[1].ends_with("goes-on") && classes[2].contains("joined"), "{classes:?}");
}

#[test]
fn the_colour_changes_its_hue_at_one_half() {
    let steps: Vec<String> = [0.0, 0.44, 0.5, 0.56, 1.0, f32::NAN].map(step).to_vec();
    assert_eq!(steps[..5], ["s0", "s3", "s4", "s5", "s8"]);
}

#[test]
fn what_was_not_read_is_there_in_grey() {
    let look = Look { unread: "and so on".to_owned(), ..Look::default() };
    assert!(shown(&look).to_text().ends_with("… and so on"));
}

#[test]
fn an_own_word_may_be_as_long_as_a_link_carries() {
    let node: Node = columns(&chef(), &Look::default()).into();
    let fields = node.find(&|element| element.get("data-act") == Some("own"));
    let longest = LONGEST_WORD.to_string();
    assert_eq!(fields.len(), 1);
    assert_eq!(fields[0].get("maxlength"), Some(longest.as_str()));
}
