//! A small tree of elements: what a part of the page should look like, as a value.
//!
//! The same tree becomes text for the page that is served and patches for the page that is open.

use std::fmt::Write as _;

/// An element or text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// Text; never read as markup.
    Text(String),
    /// An element.
    Element(Element),
}

/// An element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Its name.
    pub tag: &'static str,
    /// Tells it from its siblings, so that it keeps its place in the document, and the focus.
    pub key: Option<String>,
    /// Names and values; an empty value is a bare name.
    pub attributes: Vec<(&'static str, String)>,
    /// What is inside.
    pub children: Vec<Node>,
}

/// Elements that have no end tag.
const EMPTY: [&str; 3] = ["input", "br", "hr"];

/// An element without anything.
pub fn el(tag: &'static str) -> Element {
    Element { tag, key: None, attributes: Vec::new(), children: Vec::new() }
}

/// A text.
pub fn text(value: impl Into<String>) -> Node {
    Node::Text(value.into())
}

impl Element {
    /// With a key.
    #[must_use]
    pub fn key(mut self, key: impl ToString) -> Self {
        self.key = Some(key.to_string());
        self
    }

    /// With an attribute.
    #[must_use]
    pub fn attr(mut self, name: &'static str, value: impl ToString) -> Self {
        self.attributes.push((name, value.to_string()));
        self
    }

    /// With a bare attribute, if `wanted`.
    #[must_use]
    pub fn flag(self, name: &'static str, wanted: bool) -> Self {
        if wanted { self.attr(name, "") } else { self }
    }

    /// With its class.
    #[must_use]
    pub fn class(self, names: impl ToString) -> Self {
        self.attr("class", names)
    }

    /// With a child at the end.
    #[must_use]
    pub fn child(mut self, child: impl Into<Node>) -> Self {
        self.children.push(child.into());
        self
    }

    /// With a child at the end, if there is one.
    #[must_use]
    pub fn maybe(mut self, child: Option<impl Into<Node>>) -> Self {
        self.children.extend(child.map(Into::into));
        self
    }

    /// With children at the end.
    #[must_use]
    pub fn children<N: Into<Node>>(mut self, children: impl IntoIterator<Item = N>) -> Self {
        self.children.extend(children.into_iter().map(Into::into));
        self
    }

    /// With text at the end.
    #[must_use]
    pub fn text(self, value: impl Into<String>) -> Self {
        self.child(text(value))
    }

    /// A value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_str())
    }
}

impl From<Element> for Node {
    fn from(element: Element) -> Self {
        Self::Element(element)
    }
}

impl Node {
    /// As markup, every text escaped.
    pub fn to_html(&self) -> String {
        let mut html = String::new();
        self.write(&mut html);
        html
    }

    /// All text inside.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(value) => value.clone(),
            Self::Element(element) => element.children.iter().map(Self::to_text).collect(),
        }
    }

    /// Every element, this one first, that satisfies a condition.
    pub fn find<'a>(&'a self, wanted: &dyn Fn(&Element) -> bool) -> Vec<&'a Element> {
        let Self::Element(element) = self else { return Vec::new() };
        let own = wanted(element).then_some(element);
        let inner = element.children.iter().flat_map(|child| child.find(wanted));
        own.into_iter().chain(inner).collect()
    }

    fn write(&self, html: &mut String) {
        match self {
            Self::Text(value) => escape(value, html),
            Self::Element(element) => {
                let _ = write!(html, "<{}", element.tag);
                for (name, value) in &element.attributes {
                    let _ = write!(html, " {name}");
                    if !value.is_empty() {
                        html.push_str("=\"");
                        escape(value, html);
                        html.push('"');
                    }
                }
                html.push('>');
                if !EMPTY.contains(&element.tag) {
                    element.children.iter().for_each(|child| child.write(html));
                    let _ = write!(html, "</{}>", element.tag);
                }
            }
        }
    }
}

fn escape(value: &str, html: &mut String) {
    for character in value.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_never_becomes_markup() {
        let hostile = "\"><script>alert('&')</script>";
        let node: Node = el("p").attr("title", hostile).text(hostile).into();
        let html = node.to_html();
        assert!(!html.contains("<script"), "{html}");
        assert_eq!(html.matches('"').count(), 2, "{html}");
        assert_eq!(node.to_text(), hostile);
    }

    #[test]
    fn bare_attributes_and_empty_elements_are_written_as_html_wants_them() {
        let node: Node = el("p").child(el("input").flag("checked", true)).into();
        assert_eq!(node.to_html(), "<p><input checked></p>");
    }
}
