//! A page survives being written and read, and nothing in a text can break out of it.

use super::*;
use electra::protocol::{About, ModelList, Selection};

fn page() -> Site {
    let mut site = Site::default();
    let traces = format!("{}[]{}", TRACES.0, TRACES.1);
    site.put(INDEX, format!("<link data-trunk />\n<p>{BUILD_MARK}</p>\n{traces}\n"));
    site.put("start.js", format!("go(\"{BUILD_MARK}\")"));
    site.put("worker.js", format!("const BUILD = \"{BUILD_MARK}\";"));
    site.put("page_bg.wasm", b"\0asm".to_vec());
    site
}

fn sealed() -> Site {
    let mut site = page();
    let model = Model {
        id: "nano".to_owned(),
        about: About { name: "nano".to_owned(), ..About::default() },
        files: vec![("discriminator/config.json".to_owned(), b"{}".to_vec())],
        records: vec![("config.toml".to_owned(), b"seed = 1".to_vec())],
    };
    site.set_models(vec![model]).unwrap();
    let build = site.stamp().unwrap();
    assert_eq!(site.build().unwrap(), build);
    site.list(&build).unwrap();
    site
}

fn trace(text: &str) -> Trace {
    Trace {
        text: text.to_owned(),
        selection: Selection::Rule,
        seed: 1,
        temperature: 1.0,
        tokens: Vec::new(),
        truncated: 0,
        characters_read: 0,
        milliseconds: 0.0,
    }
}

#[test]
fn a_page_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dist");
    sealed().write(&path).unwrap();
    let mut read = Site::read(&path).unwrap();
    assert_eq!(read.get("models/nano/discriminator/config.json"), Some(&b"{}"[..]));
    read.put(MANIFEST, sealed().get(MANIFEST).unwrap());
    assert_eq!(read, sealed());
    // Written again, it takes the place of the old one and leaves nothing beside it.
    sealed().write(&path).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_id_depends_on_every_file_and_stands_in_all_three() {
    let (mut first, mut second) = (page(), page());
    second.put("page_bg.wasm", b"\0asm1".to_vec());
    let ids = [first.stamp().unwrap(), second.stamp().unwrap()];
    assert_ne!(ids[0], ids[1]);
    for path in ["index.html", "start.js", "worker.js"] {
        let text = first.text(path).unwrap();
        assert!(text.contains(&ids[0]) && !text.contains(BUILD_MARK), "{text}");
    }
}

#[test]
fn no_text_ends_the_element_of_the_traces() {
    let mut site = page();
    let text = "</script><script>alert(1)</script>";
    site.set_traces(&[trace(text)]).unwrap();
    let page = site.text(INDEX).unwrap();
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    assert_eq!(site.traces().unwrap()[0].text, text);
    // A second set takes the place of the first.
    site.set_traces(&[]).unwrap();
    assert!(site.text(INDEX).unwrap().contains(&format!("{}[]{}", TRACES.0, TRACES.1)));
}

#[test]
fn what_only_trunk_reads_is_left_out() {
    let mut site = page();
    site.remove_trunk_lines().unwrap();
    assert!(!site.text(INDEX).unwrap().contains("trunk"));
}

#[test]
fn the_list_of_models_names_sizes_and_hashes() {
    let site = sealed();
    let list: ModelList = serde_json::from_slice(site.get(MODELS).unwrap()).unwrap();
    let file = &list.models[0].files[0];
    assert_eq!((file.bytes, file.url.as_str()), (2, "models/nano/discriminator/config.json"));
    assert_eq!(file.sha256, sha256(b"{}"));
}

#[test]
fn what_tells_people_about_a_model_lies_beside_it_and_is_not_fetched() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["config.json", "config.toml", "LICENSE", "diary.txt"] {
        fs::write(folder.path().join(name), name).unwrap();
    }
    let files = model_files(folder.path()).unwrap();
    let records = records(folder.path()).unwrap();
    let mut site = page();
    let model = Model { id: "nano".to_owned(), files, records, ..Model::default() };
    site.set_models(vec![model]).unwrap();
    for name in ["config.toml", "LICENSE"] {
        assert_eq!(site.get(&format!("models/nano/{name}")), Some(name.as_bytes()));
    }
    assert_eq!(site.get("models/nano/diary.txt"), None);
    let list: ModelList = serde_json::from_slice(site.get(MODELS).unwrap()).unwrap();
    let fetched: Vec<&str> = list.models[0].files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(fetched, ["config.json"]);
    // They go with their model.
    site.set_models(Vec::new()).unwrap();
    assert_eq!(site.get("models/nano/LICENSE"), None);
}

#[test]
fn somebody_elses_folder_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let message = sealed().write(folder.path()).unwrap_err();
    assert!(message.contains("something else"), "{message}");
    assert!(folder.path().join("thesis.txt").exists());
}

#[test]
fn a_changed_file_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dist");
    sealed().write(&path).unwrap();
    fs::write(path.join("page_bg.wasm"), b"other").unwrap();
    assert!(Site::read(&path).unwrap_err().contains("page_bg.wasm"));
}

#[test]
fn files_that_some_hosts_refuse_are_named_with_their_sizes() {
    let mut site = page();
    site.put("models/base/fits", vec![0; LARGEST_FILE]);
    site.put("models/base/weights", vec![0; LARGEST_FILE + 1]);
    let refused: Vec<_> = site.too_large().collect();
    assert_eq!(refused, [("models/base/weights", LARGEST_FILE + 1)]);
}
