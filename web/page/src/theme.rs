//! Light, dark, or as the system says.

use crate::dom::by_id;
use crate::frame::root;
use crate::js::window;

const KEY: &str = "electra-theme";
const THEMES: [&str; 3] = ["system", "light", "dark"];

fn stored() -> String {
    // Storage may be refused; then the system decides.
    let storage = window().local_storage().ok().flatten();
    let theme = storage.and_then(|storage| storage.get_item(KEY).ok().flatten());
    theme.filter(|theme| THEMES.contains(&theme.as_str())).unwrap_or_else(|| THEMES[0].to_owned())
}

/// Shows the theme of last time.
pub(crate) fn restore() {
    show(&stored());
}

/// The next one of the three.
pub(crate) fn next() {
    let now = root().get_attribute("data-theme").unwrap_or_else(|| THEMES[0].to_owned());
    let at = THEMES.iter().position(|theme| **theme == now).unwrap_or(0);
    let theme = THEMES[(at + 1) % THEMES.len()];
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(KEY, theme);
    }
    show(theme);
}

fn show(theme: &str) {
    let _ = if theme == THEMES[0] {
        root().remove_attribute("data-theme")
    } else {
        root().set_attribute("data-theme", theme)
    };
    by_id("theme").set_text_content(Some(&format!("Theme: {theme}")));
}
