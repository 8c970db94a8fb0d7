//! The style sheet: one file for a visitor, several for those who change it.

use super::unreadable;
use crate::Result;
use std::fs;
use std::path::Path;

/// Where its parts are, in the repository.
pub(super) const FOLDER: &str = "web/style";
/// Its parts; where two rules are equally strong, the later one wins.
const PARTS: [&str; 10] =
    ["base", "controls", "above", "picture", "judge", "modes", "tasks", "below", "cold", "media"];

/// All parts of a folder as one text.
pub(super) fn joined(folder: &Path) -> Result<String> {
    let mut parts = Vec::new();
    for name in PARTS {
        let path = folder.join(format!("{name}.css"));
        parts.push(fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?);
    }
    Ok(parts.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FOLDER)
    }

    fn part(name: &str) -> String {
        fs::read_to_string(folder().join(format!("{name}.css"))).unwrap()
    }

    #[test]
    fn every_file_of_the_folder_is_a_part() {
        let entries = fs::read_dir(folder()).unwrap();
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        let mut found: Vec<String> = entries.map(|entry| name(entry.unwrap())).collect();
        let mut wanted = PARTS.map(|name| format!("{name}.css"));
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted);
    }

    #[test]
    fn no_part_ends_within_a_rule() {
        for name in PARTS {
            let text = part(name);
            assert_eq!(text.matches('{').count(), text.matches('}').count(), "{name}");
            assert!(text.ends_with("}\n"), "{name}");
        }
    }

    #[test]
    fn a_part_that_is_missing_is_named() {
        assert!(joined(Path::new("nowhere")).unwrap_err().contains("base.css"));
    }
}
