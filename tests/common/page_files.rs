//! Files as a page is given them, and what it asks of the model in them.

use super::tiny;
use burn::tensor::{Device, read_sync};
use electra::electra::Electra;
use electra::explore::{NamedFile, OpenModel, Shapes, explore, open};
use electra::hugging_face::Network;
use electra::models::{Folder, export};
use electra::protocol::{Explore, Selection, Trace};
use electra::weights::Precision;

pub(crate) const TEXT: &str = "the chef cooked the meal and ate it";

/// Words, letters and pieces; as many as the tiny model knows.
pub(crate) fn vocab() -> String {
    let words = "[PAD] [UNK] [CLS] [SEP] [MASK] the chef cooked meal and ate it a dog . , s made \
                 un ##do ##ing ##ed ##s play";
    let mut lines: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    lines.extend(('b'..='r').map(String::from));
    lines.extend(('a'..='t').map(|letter| format!("##{letter}")));
    lines.truncate(super::VOCAB);
    assert_eq!(lines.len(), super::VOCAB);
    lines.join("\n") + "\n"
}

pub(crate) fn file(path: &str, bytes: impl Into<Vec<u8>>) -> NamedFile {
    NamedFile { path: path.to_owned(), bytes: bytes.into() }
}

pub(crate) fn folder(network: Network, precision: Precision) -> Folder {
    let config = tiny("nano").model;
    let model = Electra::new(&config, 3, &Device::flex());
    read_sync(export(&model, &config, network, 0, precision)).expect("an export")
}

pub(crate) fn files_of(prefix: &str, network: Network, precision: Precision) -> Vec<NamedFile> {
    let folder = folder(network, precision);
    vec![
        file(&format!("{prefix}config.json"), folder.config),
        file(&format!("{prefix}model.safetensors"), folder.weights),
        file(&format!("{prefix}vocab.txt"), vocab()),
    ]
}

/// A run: both networks.
pub(crate) fn run(precision: Precision) -> Vec<NamedFile> {
    let mut files = files_of("run/discriminator/", Network::Discriminator, precision);
    files.extend(files_of("run/generator/", Network::Generator, precision));
    files
}

pub(crate) fn alone() -> Vec<NamedFile> {
    files_of("", Network::Discriminator, Precision::F32)
}

pub(crate) fn opened(files: Vec<NamedFile>, shapes: Shapes) -> OpenModel {
    read_sync(open(files, &Device::flex(), shapes)).expect("a model")
}

pub(crate) fn asked(selection: Selection) -> Explore {
    let replacements = Vec::new();
    Explore { text: TEXT.to_owned(), selection, seed: 7, temperature: 1.0, replacements }
}

pub(crate) fn positions(positions: &[usize]) -> Selection {
    Selection::Positions { positions: positions.to_vec() }
}

pub(crate) fn traced(model: &OpenModel, asked: &Explore) -> Trace {
    read_sync(explore(model, asked)).expect("a trace")
}

/// The paper's rule, which a model without a card is masked by.
pub(crate) fn common_objective() -> electra::config::ObjectiveConfig {
    let preset = electra::config::PretrainConfig::preset("small").expect("a preset");
    electra::config::ObjectiveConfig { mask_with_replacement: false, ..preset.objective }
}
