//! Shipping a model with the page: smaller weights, the same numbers, a folder that any server shows.

use electra::link::LinkState;
use electra::protocol::{About, Choice, Explore, ModelList, Replacement, Trace};
use electra_site::{MODELS, Site};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;

/// A run of seconds, trained once for all tests of this file.
fn run_folder() -> &'static Path {
    static RUN: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, run) = RUN.get_or_init(|| {
        let place = tempfile::tempdir().expect("a folder");
        let words = ["the", "cat", "dog", "sees", "eats", "a", "small", "red", "fish", "house"];
        let line = |line: usize| -> String {
            let word = |at: usize| words[(line * 7 + at * at) % words.len()];
            (0..5 + line % 7).map(word).collect::<Vec<_>>().join(" ") + " .\n\n"
        };
        fs::write(place.path().join("text.txt"), (0..400).map(line).collect::<String>())
            .expect("a corpus");
        stdout(
            place.path(),
            "pretrain --device cpu --text text.txt --vocab-size 80 --seq 16 --batch 8 --quiet \
             --held-out 0.1 --steps 20 --set model.discriminator.hidden_size=32 \
             --set model.discriminator.num_hidden_layers=2 --set model.embedding_size=32 \
             --set model.discriminator.num_attention_heads=2 \
             --set model.discriminator.intermediate_size=64 --generator-hidden 32 \
             --generator-layers 1 --out run",
        );
        let run = place.path().join("run");
        (place, run)
    });
    run
}

fn program(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_electra"));
    command.current_dir(folder).env("XDG_CACHE_HOME", folder.join("cache"));
    command.args(arguments.split_whitespace());
    command
}

fn stdout(folder: &Path, arguments: &str) -> String {
    let output = program(folder, arguments).output().expect("the program starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{arguments}` failed: {error}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn error(folder: &Path, arguments: &str) -> String {
    let output = program(folder, arguments).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1), "`{arguments}`");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn trace(folder: &Path, model: &Path, rest: &str) -> Trace {
    let mut command = program(folder, "trace --model");
    let output = command.arg(model).arg("the cat eats a fish").args(rest.split_whitespace());
    let output = output.output().expect("the program starts");
    serde_json::from_slice(&output.stdout).expect("a trace")
}

#[test]
fn an_export_is_half_as_large_and_sees_the_same() {
    let place = tempfile::tempdir().unwrap();
    let run = run_folder();
    let command = format!("ship --model {} --out small", run.display());
    stdout(place.path(), &format!("{command} --licence MIT --name mine"));
    let small = place.path().join("small");
    for network in ["discriminator", "generator"] {
        let size = |folder: &Path| {
            fs::metadata(folder.join(network).join("model.safetensors")).unwrap().len()
        };
        assert!(size(&small) * 10 < size(run) * 6, "{network}");
    }
    // What both share is there once.
    let generator = fs::read(small.join("generator/model.safetensors")).unwrap();
    let header = String::from_utf8_lossy(&generator).into_owned();
    assert!(header.contains("generator_predictions") && !header.contains("electra.embeddings."));
    let about: About =
        serde_json::from_slice(&fs::read(small.join("about.json")).unwrap()).unwrap();
    assert_eq!((about.name.as_str(), about.licence.as_str()), ("mine", "MIT"));
    assert_eq!((about.steps, about.trained_on.as_str()), (Some(20), "text.txt"));
    assert!(about.evaluation.is_some() && about.objective.is_some());
    let [whole, half] =
        [run, &small].map(|model| trace(place.path(), model, "--mask 2,4 --seed 7"));
    assert!(whole.difference(&half).expect("the same samples") < 2e-3);
    // An export is a model like any other.
    stdout(place.path(), &format!("{command}2 --precision f32"));
    stdout(place.path(), "ship --model small --out again");
    let again = fs::read(place.path().join("again/discriminator/model.safetensors")).unwrap();
    assert_eq!(again, fs::read(small.join("discriminator/model.safetensors")).unwrap());
}

#[test]
fn a_trace_does_what_its_flags_say() {
    let place = tempfile::tempdir().unwrap();
    let shown = trace(place.path(), run_folder(), "--mask 2,3 --replace 4=dog --seed 9");
    let selected: Vec<usize> =
        (0..shown.tokens.len()).filter(|&at| shown.tokens[at].selected).collect();
    assert_eq!((selected, shown.seed), (vec![2, 3], 9));
    assert_eq!(shown.tokens[4].read[0].text, "dog");
    let requests: Vec<Explore> = vec![Explore {
        text: shown.text.clone(),
        selection: shown.selection.clone(),
        seed: 9,
        temperature: 1.0,
        replacements: vec![Replacement { position: 4, with: Choice::Word("dog".to_owned()) }],
    }];
    let file = place.path().join("requests.json");
    fs::write(&file, serde_json::to_vec(&requests).unwrap()).unwrap();
    let model = run_folder().display();
    let list = stdout(place.path(), &format!("trace --model {model} --requests requests.json"));
    let list: Vec<Trace> = serde_json::from_str(&list).unwrap();
    assert_eq!(list, [shown]);
    // Every candidate of the first masked token has its turn, the sample in the first place.
    let more = format!("trace --model {model} --requests requests.json --endings");
    let more: Vec<Trace> = serde_json::from_str(&stdout(place.path(), &more)).unwrap();
    let first = &more[0].tokens[2];
    let mut turns: Vec<u32> = more.iter().map(|trace| trace.tokens[2].read[0].id).collect();
    assert_eq!(turns[0], first.read[0].id);
    for candidate in &first.candidates {
        turns.retain(|&id| id != candidate.id);
    }
    assert!(turns.is_empty() || turns == [first.read[0].id], "{turns:?}");
}

/// A page as `cargo xtask web` leaves it, without wasm.
fn built(folder: &Path) {
    let mut site = Site::default();
    let traces = r#"<script type="application/json" id="traces">[]</script>"#;
    site.put("index.html", format!("<!doctype html><title>page</title>{traces}"));
    site.put("start.js", "// __BUILD__");
    site.put("worker.js", "const BUILD = \"__BUILD__\";");
    site.put("page_bg.wasm", b"\0asm".to_vec());
    let example = trace(folder, run_folder(), "--mask 2");
    site.set_traces(&[example]).expect("a page");
    site.set_models(Vec::new()).expect("a page");
    let build = site.stamp().expect("a page");
    site.list(&build).expect("a page");
    site.write(&folder.join("built")).expect("a page");
}

#[test]
fn a_page_is_written_around_a_model() {
    let place = tempfile::tempdir().unwrap();
    built(place.path());
    let model = run_folder().display();
    stdout(place.path(), &format!("page --model {model} --built built --out page --name my-run"));
    let page = Site::read(&place.path().join("page")).unwrap();
    let before = Site::read(&place.path().join("built")).unwrap();
    assert_eq!(page.get("page_bg.wasm"), before.get("page_bg.wasm"));
    assert_eq!(page.build().unwrap(), before.build().unwrap());
    let list: ModelList = serde_json::from_slice(page.get(MODELS).unwrap()).unwrap();
    assert_eq!((list.models.len(), list.models[0].id.as_str()), (1, "my-run"));
    for file in &list.models[0].files {
        assert_eq!(page.get(&file.url).map(<[u8]>::len), Some(file.bytes as usize));
    }
    // Beside it lies how it was trained, without the folders of that computer; no visitor needs it.
    let config = page.get("models/my-run/config.toml").expect("a configuration");
    let config = String::from_utf8_lossy(config);
    assert!(config.contains("\"text.txt\"") && !config.contains('/'), "{config}");
    assert!(page.get("models/my-run/metrics.jsonl").is_some());
    let fetched = list.models[0].files.iter().map(|file| file.path.as_str());
    assert!(!fetched.into_iter().any(|path| path == "config.toml" || path == "metrics.jsonl"));
    // The examples are this model's own, at the precision that is shipped.
    let example = &page.traces().unwrap()[0];
    let whole = trace(place.path(), run_folder(), "--mask 2");
    assert!(example.difference(&whole).expect("the same samples") < 2e-3);
}

#[test]
fn a_page_that_cannot_be_written_changes_nothing() {
    let place = tempfile::tempdir().unwrap();
    built(place.path());
    let model = run_folder().display();
    fs::create_dir(place.path().join("mine")).unwrap();
    fs::write(place.path().join("mine/thesis.txt"), "years").unwrap();
    let message = error(place.path(), &format!("page --model {model} --built built --out mine"));
    assert!(message.contains("something else than a page"), "{message}");
    assert!(place.path().join("mine/thesis.txt").exists());
    let message = error(place.path(), &format!("page --model {model} --built none --out page"));
    assert!(message.contains("none"), "{message}");
    let message = error(place.path(), "page --model nothing --built built --out page");
    assert!(message.contains("nothing"), "{message}");
    assert!(!place.path().join("page").exists());
}

struct Served(Child, String);

impl Served {
    fn new(folder: &Path) -> Self {
        let mut command = program(folder, "serve built --port 0");
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        let mut reader = BufReader::new(child.stdout.take().expect("its output"));
        reader.read_line(&mut line).expect("an address");
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        Self(child, address.expect("an address").to_owned())
    }

    /// Status line with headers, and body.
    fn get(&self, path: &str, header: &str) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.1).expect("a connection");
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\n");
        stream.write_all(request.as_bytes()).expect("an answer");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let at = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("headers");
        (String::from_utf8_lossy(&answer[..at]).to_lowercase(), answer[at + 4..].to_vec())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_folder_is_shown_on_the_loopback_address_and_nothing_beside_it() {
    let place = tempfile::tempdir().unwrap();
    built(place.path());
    let served = Served::new(place.path());
    assert!(served.1.starts_with("127.0.0.1:"));
    let (head, body) = served.get("/?engine=cpu", "");
    assert!(head.contains(" 200 ") && head.contains("text/html"), "{head}");
    assert_eq!(body, fs::read(place.path().join("built/index.html")).unwrap());
    let (head, body) = served.get("/page_bg.wasm?v=1", "Accept-Encoding: gzip\r\n");
    assert!(head.contains("application/wasm") && head.contains("gzip"), "{head}");
    assert_eq!(body[..2], [0x1f, 0x8b]);
    for path in ["/../requests.json", "/%2e%2e/requests.json", "/none"] {
        assert!(served.get(path, "").0.contains(" 404 "), "{path}");
    }
}

#[test]
fn a_folder_without_a_page_is_not_served() {
    let place = tempfile::tempdir().unwrap();
    assert!(error(place.path(), "serve nowhere").contains("nowhere"));
    assert!(error(place.path(), "serve .").contains("index.html"));
}

/// Files of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// An example gives a bare link its text, masks and seed; all else are the link's defaults.
#[test]
fn examples_are_what_a_bare_link_asks_for() {
    let requests = fs::read(repository("web/examples.json")).unwrap();
    let requests: Vec<Explore> = serde_json::from_slice(&requests).unwrap();
    let bare = LinkState::default();
    for asked in requests {
        assert!(asked.replacements.is_empty(), "{}", asked.text);
        assert_eq!(asked.temperature, bare.temperature, "{}", asked.text);
    }
}

#[test]
fn the_page_shows_first_what_its_model_says() {
    let shown: Vec<Trace> =
        serde_json::from_slice(&fs::read(repository("web/traces.json")).unwrap()).unwrap();
    if !repository("assets/demo").is_dir() {
        // Without a model to ship there is nothing to show.
        assert!(shown.is_empty(), "web/traces.json is of a model that is not here");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let requests = repository("web/examples.json");
    let mut command = program(place.path(), "trace");
    command.arg("--model").arg(repository("assets/demo")).arg("--requests").arg(requests);
    command.arg("--endings");
    let output = command.output().expect("the program starts");
    let now: Vec<Trace> = serde_json::from_slice(&output.stdout).expect("traces");
    assert_eq!(now.len(), shown.len(), "make them again: `electra trace --requests`");
    for (now, shown) in now.iter().zip(&shown) {
        let difference = now.difference(shown);
        assert!(difference.is_some_and(|largest| largest < 1e-4), "{}: {difference:?}", now.text);
    }
}
