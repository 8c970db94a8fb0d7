//! Makes the document look like a tree of nodes, changing only what differs.

use electra_view::node::{Element, Node};
use wasm_bindgen::JsCast;
use web_sys::{Document, HtmlInputElement, HtmlOptionElement};

/// The element that lives in SVG's namespace.
const SVG: &str = "path";
const SVG_NAMESPACE: &str = "http://www.w3.org/2000/svg";

/// The document.
pub(crate) fn document() -> Document {
    web_sys::window().and_then(|window| window.document()).expect("a page has a document")
}

/// An element of `index.html`; it is there, since both come from one build.
pub(crate) fn by_id(id: &str) -> web_sys::Element {
    document().get_element_by_id(id).unwrap_or_else(|| panic!("index.html has no #{id}"))
}

/// The same as a more special kind of element.
pub(crate) fn typed<T: JsCast>(id: &str) -> T {
    by_id(id).dyn_into().unwrap_or_else(|_| panic!("#{id} is another kind of element"))
}

/// Changes the children of an element from what they were to what they should be.
pub(crate) fn patch(parent: &web_sys::Node, old: &[Node], new: &[Node]) {
    let there = parent.child_nodes();
    let mut left: Vec<Option<(&Node, web_sys::Node)>> = old
        .iter()
        .enumerate()
        .map(|(at, node)| there.get(at as u32).map(|dom| (node, dom)))
        .collect();
    let mut next = parent.first_child();
    for wanted in new {
        let kept = left
            .iter_mut()
            .find(|old| old.as_ref().is_some_and(|(node, _)| same_place(node, wanted)))
            .and_then(Option::take);
        let dom = match kept {
            Some((node, dom)) => {
                adjust(&dom, node, wanted);
                dom
            }
            None => create(wanted),
        };
        if next.as_ref() == Some(&dom) {
            next = dom.next_sibling();
        } else {
            let _ = parent.insert_before(&dom, next.as_ref());
        }
    }
    for (_, dom) in left.into_iter().flatten() {
        let _ = parent.remove_child(&dom);
    }
}

/// Whether an element of the document can become what is wanted.
fn same_place(old: &Node, new: &Node) -> bool {
    match (old, new) {
        (Node::Text(_), Node::Text(_)) => true,
        (Node::Element(old), Node::Element(new)) => old.tag == new.tag && old.key == new.key,
        _ => false,
    }
}

fn adjust(dom: &web_sys::Node, old: &Node, new: &Node) {
    match (old, new) {
        (Node::Text(old), Node::Text(new)) if old != new => dom.set_text_content(Some(new)),
        (Node::Element(old), Node::Element(new)) if old != new => {
            let element: &web_sys::Element = dom.unchecked_ref();
            for (name, _) in old.attributes.iter().filter(|(name, _)| new.get(name).is_none()) {
                let _ = element.remove_attribute(name);
                set_property(element, name, None);
            }
            for (name, value) in &new.attributes {
                if old.get(name) != Some(value) {
                    let _ = element.set_attribute(name, value);
                    set_property(element, name, Some(value));
                }
            }
            patch(dom, &old.children, &new.children);
        }
        _ => {}
    }
}

/// Attributes that say what a field begins with do not change what it holds.
fn set_property(element: &web_sys::Element, name: &str, value: Option<&str>) {
    if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
        match name {
            "checked" => input.set_checked(value.is_some()),
            "value" if !is_being_typed_in(element) => input.set_value(value.unwrap_or_default()),
            _ => {}
        }
    }
    if let Some(option) = element.dyn_ref::<HtmlOptionElement>()
        && name == "selected"
    {
        option.set_selected(value.is_some());
    }
}

fn is_being_typed_in(element: &web_sys::Element) -> bool {
    document().active_element().as_ref() == Some(element)
}

fn create(node: &Node) -> web_sys::Node {
    match node {
        Node::Text(words) => document().create_text_node(words).into(),
        Node::Element(element) => create_element(element).into(),
    }
}

fn create_element(element: &Element) -> web_sys::Element {
    let made = if element.tag == SVG {
        document().create_element_ns(Some(SVG_NAMESPACE), element.tag)
    } else {
        document().create_element(element.tag)
    };
    let made = made.expect("tags are constants");
    for (name, value) in &element.attributes {
        let _ = made.set_attribute(name, value);
    }
    for child in &element.children {
        let _ = made.append_child(&create(child));
    }
    made
}
