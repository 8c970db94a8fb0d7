//! A large change in parts that each fit a task of the browser.

use crate::node::{Element, Node};
use std::collections::HashMap;

/// The new tree as far as one task takes it: of the children of its only element, `most` that have
/// changed are new; the others are still as they were, or still missing. None if the rest fits one
/// task.
pub fn partly(old: &[Node], new: &[Node], most: usize) -> Option<Vec<Node>> {
    let [Node::Element(new)] = new else { return None };
    let was: &[Node] = match old {
        [Node::Element(old)] if (old.tag, &old.key) == (new.tag, &new.key) => &old.children,
        _ => &[],
    };
    let was: HashMap<&str, &Node> = was.iter().filter_map(|it| Some((key(it)?, it))).collect();
    let mut left = most;
    let mut children = Vec::with_capacity(new.children.len());
    let mut is_part = false;
    for child in &new.children {
        let before = key(child).and_then(|key| was.get(key).copied());
        let changes = before != Some(child);
        if changes && left == 0 {
            is_part = true;
            children.extend(before.cloned());
        } else {
            left -= usize::from(changes);
            children.push(child.clone());
        }
    }
    let Element { tag, key, attributes, .. } = new.clone();
    is_part.then(|| vec![Node::Element(Element { tag, key, attributes, children })])
}

fn key(node: &Node) -> Option<&str> {
    match node {
        Node::Element(element) => element.key.as_deref(),
        Node::Text(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::el;

    fn tree(class: &str, words: &[&str]) -> Vec<Node> {
        let words = words.iter().enumerate().map(|(at, word)| el("b").key(at).text(*word));
        vec![el("div").class(class).children(words).into()]
    }

    /// Every state on the way.
    fn way(old: Vec<Node>, new: &[Node]) -> Vec<Vec<Node>> {
        let mut states = vec![old];
        while let Some(next) = partly(&states[states.len() - 1], new, 2) {
            states.push(next);
        }
        states.split_off(1)
    }

    #[test]
    fn a_change_comes_in_parts_and_what_stays_costs_nothing() {
        let (old, new) = (tree("x", &["a", "b", "c", "d"]), tree("x", &["A", "b", "C", "D"]));
        assert_eq!(way(old.clone(), &new), [tree("x", &["A", "b", "C", "d"])]);
        assert_eq!(partly(&new, &new, 0), None);
        assert_eq!(partly(&old, &new, 3), None);
    }

    #[test]
    fn what_is_added_grows_and_what_is_left_out_goes_at_once() {
        let new = tree("y", &["a", "b", "c", "d", "e"]);
        let grown = [tree("y", &["a", "b"]), tree("y", &["a", "b", "c", "d"])];
        assert_eq!(way(Vec::new(), &new), grown);
        assert_eq!(way(vec![el("p").into()], &new), grown);
        assert_eq!(partly(&new, &tree("z", &["a"]), 2), None);
    }

    #[test]
    fn one_more_in_front_changes_no_other() {
        let mut new = tree("x", &["a", "b", "c"]);
        let Node::Element(element) = &mut new[0] else { unreachable!("a tree") };
        element.children.insert(0, el("b").key("first").into());
        assert_eq!(partly(&tree("x", &["a", "b", "c"]), &new, 1), None);
    }

    #[test]
    fn several_elements_or_none_come_at_once() {
        assert_eq!(partly(&[], &[el("p").into(), el("p").into()], 0), None);
        assert_eq!(partly(&tree("x", &["a"]), &[], 0), None);
    }
}
