//! Text made safe for a page.

/// `text` with the five characters escaped that mean something in HTML, in or outside quotes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Not allowed in a document at all; terminals' control sequences go the same way.
            control if control.is_control() && !"\n\t".contains(control) => {
                escaped.push('\u{fffd}');
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// What `render` makes of every item, one after the other.
pub(crate) fn each<T>(items: impl IntoIterator<Item = T>, render: impl Fn(T) -> String) -> String {
    let rendered: Vec<String> = items.into_iter().map(render).collect();
    rendered.concat()
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn markup_becomes_text() {
        assert_eq!(
            escape("<a href=\"x\" b='y'>&amp;</a>\u{1b}[0m"),
            "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;\u{fffd}[0m"
        );
    }
}
