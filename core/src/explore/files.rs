//! Which of the files that somebody dropped belong to which network.

use crate::error::CheckpointError;
use crate::hugging_face::{Architecture, read_architecture};
use crate::models::Folder;
use crate::protocol::{Failure, FailureKind};

/// A file, as a page hands it over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedFile {
    /// Its path below what was dropped, with `/` between folders.
    pub path: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

/// The files, to be taken out one by one.
pub(super) struct Files(Vec<NamedFile>);

/// Where each network's files stand: the folder with a `/` behind it, or nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) discriminator: String,
    pub(super) generator: Option<String>,
}

/// Folder of a path, with its `/`.
fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |at| &path[..=at])
}

/// Whether a folder is called something like `electra-small-generator`.
fn is_called(folder: &str, name: &str) -> bool {
    folder.strip_suffix('/').is_some_and(|folder| folder.ends_with(name))
}

impl Files {
    pub(super) fn new(files: Vec<NamedFile>) -> Self {
        let tidy = |file: NamedFile| {
            let path = file.path.replace('\\', "/");
            let path = path.trim_start_matches("./").trim_start_matches('/').to_owned();
            NamedFile { path, ..file }
        };
        Self(files.into_iter().map(tidy).collect())
    }

    /// Finds the networks: by the folders' names, or the only folder there is.
    pub(super) fn places(&self) -> Result<Places, Failure> {
        let mut folders: Vec<&str> = self
            .0
            .iter()
            .filter(|file| file.path.ends_with("config.json"))
            .map(|file| folder(&file.path))
            .filter(|folder| self.has(&format!("{folder}config.json")))
            .collect();
        folders.sort_unstable();
        folders.dedup();
        let (proposing, others): (Vec<&str>, Vec<&str>) =
            folders.into_iter().partition(|folder| is_called(folder, "generator"));
        let named: Vec<&str> =
            others.iter().copied().filter(|folder| is_called(folder, "discriminator")).collect();
        let discriminator = match (&named[..], &others[..]) {
            ([one], _) | ([], [one]) => (*one).to_owned(),
            ([], []) => return Err(self.no_discriminator()),
            ([], many) | (many, _) => return Err(several(many)),
        };
        match proposing[..] {
            [] => Ok(Places { discriminator, generator: None }),
            [one] => Ok(Places { discriminator, generator: Some(one.to_owned()) }),
            _ => Err(several(&proposing)),
        }
    }

    fn no_discriminator(&self) -> Failure {
        let old = self.0.iter().any(|file| file.path.ends_with("pytorch_model.bin"));
        let advice = if old {
            "; `pytorch_model.bin` is not read, save the model as safetensors"
        } else {
            ""
        };
        let names: Vec<&str> = self.0.iter().take(4).map(|file| file.path.as_str()).collect();
        Failure::new(
            FailureKind::MissingFile,
            format!(
                "there is no discriminator among these files; a run or a folder with config.json, \
                 model.safetensors and tokenizer.json or vocab.txt is needed{advice}: {}",
                names.join(", ")
            ),
        )
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.0.iter().any(|file| file.path == path)
    }

    /// Takes a file out.
    pub(super) fn take(&mut self, path: &str) -> Option<Vec<u8>> {
        let at = self.0.iter().position(|file| file.path == path)?;
        Some(self.0.swap_remove(at).bytes)
    }

    /// Whether a folder's configuration is that of a model fine-tuned for a task.
    pub(super) fn holds_task(&self, folder: &str) -> bool {
        let path = format!("{folder}config.json");
        let config = self.0.iter().find(|file| file.path == path);
        let text = config.and_then(|file| std::str::from_utf8(&file.bytes).ok());
        text.is_some_and(|text| read_architecture(text) == Ok(Architecture::Task))
    }

    /// Takes a file that must be there, as text.
    fn take_text(&mut self, path: &str) -> Result<String, Failure> {
        let bytes = self.take(path).ok_or_else(|| missing(path))?;
        String::from_utf8(bytes)
            .map_err(|_| Failure::new(FailureKind::BadFile, format!("`{path}` is no text")))
    }

    /// Takes configuration and weights of one network.
    pub(super) fn take_network(&mut self, folder: &str) -> Result<Folder, Failure> {
        let path = format!("{folder}model.safetensors");
        Ok(Folder {
            config: self.take_text(&format!("{folder}config.json"))?,
            weights: self.take(&path).ok_or_else(|| missing(&path))?,
        })
    }
}

fn missing(path: &str) -> Failure {
    let message = format!("`{path}` is missing; drop the whole folder");
    Failure::new(FailureKind::MissingFile, message)
}

fn several(folders: &[&str]) -> Failure {
    let message = format!("these files hold several models; give one: {}", folders.join(", "));
    Failure::new(FailureKind::BadFile, message)
}

/// A failure to load a network, with the file that it is about.
pub(super) fn in_folder(folder: &str, error: CheckpointError) -> Failure {
    let file = match error {
        CheckpointError::Config(_) => "config.json",
        _ => "model.safetensors",
    };
    let mut failure = Failure::from(error);
    failure.message = format!("{folder}{file}: {}", failure.message);
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(paths: &[&str]) -> Result<Places, Failure> {
        let file = |path: &&str| NamedFile { path: (*path).to_owned(), bytes: vec![] };
        Files::new(paths.iter().map(file).collect()).places()
    }

    fn found(discriminator: &str, generator: Option<&str>) -> Places {
        let generator = generator.map(str::to_owned);
        Places { discriminator: discriminator.to_owned(), generator }
    }

    #[test]
    fn a_run_a_flat_folder_and_two_folders_are_understood() {
        assert_eq!(places(&["config.json"]), Ok(found("", None)));
        let run = ["run/discriminator/config.json", "run/generator/config.json", "run/a.json"];
        assert_eq!(places(&run), Ok(found("run/discriminator/", Some("run/generator/"))));
        let hub = ["electra-small-generator/config.json", ".\\my-model\\config.json"];
        assert_eq!(places(&hub), Ok(found("my-model/", Some("electra-small-generator/"))));
    }

    #[test]
    fn other_configurations_are_no_models() {
        assert_eq!(places(&["config.json", "tokenizer_config.json"]), Ok(found("", None)));
    }

    #[test]
    fn what_is_missing_or_too_much_is_said() {
        let message = |paths: &[&str]| places(paths).expect_err("a failure").message;
        assert!(message(&["notes.txt"]).contains("notes.txt"));
        assert!(message(&["pytorch_model.bin"]).contains("safetensors"));
        assert!(message(&["a/config.json", "b/config.json"]).contains("a/, b/"));
        assert!(message(&["generator/config.json"]).contains("no discriminator"));
    }
}
