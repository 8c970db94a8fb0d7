//! Shipped models and their list.

use super::{MODELS, Result, Site, read, sha256};
use electra::protocol::{About, MODEL_FILES, ModelFile, ModelList, ShippedModel};
use std::path::Path;

/// Folder of all models.
const FOLDER: &str = "models/";

/// Files in which a model's folder tells people how it was trained, how good it has become and what
/// may be done with it.
const RECORDS: [&str; 6] =
    ["config.toml", "metrics.jsonl", "LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE"];

/// A model to ship.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    /// Its name in links: letters, digits, `-` and `_`.
    pub id: String,
    /// What is known about it.
    pub about: About,
    /// Path and contents of each file, as the page opens them.
    pub files: Vec<(String, Vec<u8>)>,
    /// The same of files that lie beside them for people; the page does not fetch them.
    pub records: Vec<(String, Vec<u8>)>,
}

impl Site {
    /// Replaces all shipped models; the page opens the first by itself.
    ///
    /// # Errors
    ///
    /// When an id cannot stand in a link.
    pub fn set_models(&mut self, models: Vec<Model>) -> Result {
        self.remove_below(FOLDER);
        let mut list = ModelList::default();
        for Model { id, about, files, records } in models {
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if id.is_empty() || !id.chars().all(fits) {
                return Err(format!(
                    "a model's name may have letters, digits, `-` and `_`, got `{id}`"
                ));
            }
            let mut listed = Vec::new();
            for (path, bytes) in files {
                let url = format!("{FOLDER}{id}/{path}");
                let (size, sha256) = (bytes.len() as u64, sha256(&bytes));
                self.put(&url, bytes);
                listed.push(ModelFile { path, url, bytes: size, sha256 });
            }
            for (path, bytes) in records {
                self.put(&format!("{FOLDER}{id}/{path}"), bytes);
            }
            list.models.push(ShippedModel { id, about, files: listed });
        }
        let text = serde_json::to_string_pretty(&list).map_err(|error| error.to_string())?;
        self.put(MODELS, text + "\n");
        Ok(())
    }
}

/// What a model's folder tells people about it, read from disk.
///
/// # Errors
///
/// When a file cannot be read.
pub fn records(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let there = RECORDS.into_iter().filter(|name| folder.join(name).is_file());
    let whole = |name: &str| read(&folder.join(name)).map(|bytes| (name.to_owned(), bytes));
    there.map(whole).collect()
}

/// The files of a model's folder that a page needs, read from disk: of both networks, or of a flat
/// folder. Where there is a `tokenizer.json`, the vocabulary is not needed a second time.
///
/// # Errors
///
/// When a file cannot be read.
pub fn model_files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let networks: &[&str] = if folder.join("discriminator").is_dir() {
        &["discriminator/", "generator/"]
    } else {
        &[""]
    };
    let mut files = Vec::new();
    for network in networks {
        let whole = folder.join(network).join("tokenizer.json").is_file();
        for name in MODEL_FILES {
            let path = format!("{network}{name}");
            let needless = match name {
                // The discriminator's tokenizer serves both.
                "tokenizer.json" | "vocab.txt" | "tokenizer_config.json"
                    if *network == "generator/" =>
                {
                    true
                }
                "vocab.txt" | "tokenizer_config.json" => whole,
                _ => false,
            };
            if !needless && folder.join(&path).is_file() {
                files.push((path.clone(), read(&folder.join(&path))?));
            }
        }
    }
    Ok(files)
}
