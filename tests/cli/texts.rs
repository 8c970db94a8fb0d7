//! Text and vocabularies of every kind.

use crate::place::{Place, SMALL};
use std::fs;

#[test]
fn a_trained_vocabulary_serves_a_run() {
    let place = Place::new();
    let said = place.stdout("vocab --text text.txt --size 60 --out vocab.txt");
    let vocab = fs::read_to_string(place.path("vocab.txt")).expect("a vocabulary");
    let entries = vocab.lines().count();
    assert!(said.contains(&format!("{entries} entries")) && entries <= 60, "{said}");
    assert_eq!(vocab.lines().take(2).collect::<Vec<_>>(), ["[PAD]", "[UNK]"]);
    place.stdout("vocab --text text.txt --size 60 --out tokenizer.json");
    for name in ["vocab.txt", "tokenizer.json"] {
        place.stdout(&format!("{SMALL} --vocab {name} --steps 2 --out run-{name}"));
        let used = fs::read_to_string(place.path(&format!("run-{name}/vocab.txt"))).expect("one");
        assert_eq!(used, vocab, "{name}");
    }
}

#[test]
fn a_vocabulary_says_what_is_odd_about_its_text_each_time() {
    let place = Place::new();
    let mut text = fs::read(place.path("text.txt")).expect("the text");
    text.extend(b"the cat \xff sees a dog .\n");
    fs::write(place.path("odd.txt"), text).expect("a file");
    for _ in 0..2 {
        let output = place.run("vocab --text odd.txt --size 60 --out vocab.txt");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("no UTF-8") && said.contains("odd.txt"), "{said}");
    }
    let error = place.error("vocab --text text.txt --size 5 --out vocab.txt");
    assert!(error.starts_with("electra: cannot train a vocabulary"), "{error}");
}

#[test]
fn the_field_of_a_record_and_accents_are_flags() {
    let place = Place::new();
    let line = "{\"id\": 1, \"body\": \"the cät sees ä dog .\"}\n";
    fs::write(place.path("text.jsonl"), line.repeat(50)).expect("a file");
    let vocab = "vocab --text text.jsonl --size 60 --out vocab.txt";
    let error = place.error(vocab);
    assert!(error.contains("`body`; set `--json-field`"), "{error}");
    place.stdout(&format!("{vocab} --json-field body --keep-accents"));
    let entries = fs::read_to_string(place.path("vocab.txt")).expect("a vocabulary");
    assert!(entries.lines().any(|entry| entry == "ä"), "{entries}");
    let begin = SMALL.replace("text.txt", "text.jsonl").replace("--held-out 0.1", "--held-out 0");
    place.stdout(&format!("{begin} --json-field body --keep-accents --steps 2 --out run"));
    fs::write(place.path("other.jsonl"), line.replace("body", "words").repeat(50)).expect("a file");
    let evaluate = "evaluate --model run --device cpu --json --text";
    let as_in_training = place.stdout(&format!("{evaluate} text.jsonl"));
    let named = place.stdout(&format!("{evaluate} other.jsonl --json-field words"));
    assert_eq!(as_in_training, named);
}

#[test]
fn models_are_judged_on_the_same_rows_whatever_the_settings_of_their_runs() {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 2 --seed 1 --out one"));
    place.stdout(&format!("{SMALL} --steps 2 --seed 2 --compat google --out two"));
    let evaluate = "evaluate --text text.txt --device cpu --model";
    let judged = ["one", "two"].map(|run| {
        let line = place.stdout(&format!("{evaluate} {run} --json"));
        let metrics: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        (metrics["rows"].as_u64().expect("rows"), metrics["tokens"].as_u64().expect("tokens"))
    });
    assert_eq!(judged[0], judged[1]);
    let table = place.stdout(&format!("{evaluate} one"));
    let measured = format!("{} rows of at most 16 tokens, 15.0 % of their", judged[0].0);
    assert!(table.starts_with(&measured), "{table}");
    let whole = place.stdout(&format!("{evaluate} one --file-is-document"));
    assert_ne!(table, whole, "a file is no document");
    // Not as many rows only: the same ones, masked and swapped alike.
    let path = place.path("one/config.toml");
    let before = place.stdout(&format!("{evaluate} one --json"));
    let config = fs::read_to_string(&path).expect("a configuration");
    let other = config.replace("seed = 1\n", "seed = 9\n");
    assert_ne!(config, other);
    fs::write(&path, other.replace("drop_overflow = false", "drop_overflow = true")).expect("it");
    assert_eq!(place.stdout(&format!("{evaluate} one --json")), before);
    fs::write(&path, "preset = 3").expect("a spoilt configuration");
    let error = place.error(&format!("{evaluate} one"));
    assert!(error.contains("cannot read the configuration"), "{error}");
}

#[test]
fn a_text_without_words_is_named_by_whoever_reads_it() {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 2 --out run"));
    place.write("empty.txt", "\n \n");
    let error = place.error("evaluate --model run --text empty.txt --device cpu");
    assert!(error.contains("there is no text in the files that `--text` names"), "{error}");
    assert!(error.contains("empty.txt") && !error.contains("train"), "{error}");
}

#[test]
fn one_book_is_evaluated_by_a_part_of_it() {
    let place = Place::new();
    let text = fs::read_to_string(place.path("text.txt")).expect("the text").replace("\n\n", "\n");
    place.write("text.txt", &text);
    let begin = SMALL.replace("--held-out 0.1 ", "").replace(" --quiet", "");
    let output = place.run(&format!("{begin} --steps 20 --stop-after 4 --out run"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("only 1 is held out") && said.contains("`--held-out 0.1`"), "{said}");
    assert!(!said.contains(" 0 rows held out"), "{said}");
    let evaluated = |steps: u64| {
        let log = fs::read_to_string(place.path("run/metrics.jsonl")).expect("metrics");
        let lines = log.lines().map(|line| serde_json::from_str(line).expect("JSON"));
        lines
            .filter(|line: &serde_json::Value| line["kind"] == "eval" && line["step"] == steps)
            .count()
    };
    assert_eq!(evaluated(4), 1);
    // Whoever goes on holds out the same.
    place.stdout("pretrain --resume run --device cpu --quiet");
    assert_eq!(evaluated(20), 1);
}

#[test]
fn evaluating_shows_how_far_it_is_unless_scripts_read() {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 2 --out run"));
    let said = |flags: &str| {
        let evaluate =
            format!("evaluate --model run --text text.txt --rows 70 --device cpu{flags}");
        let output = place.run(&evaluate);
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let shown = said("");
    assert!(shown.contains("evaluating: 0 of 70 rows"), "{shown}");
    assert_eq!(said(" --json"), "");
}

#[test]
fn special_tokens_may_have_any_ids() {
    let place = Place::new();
    place.stdout("vocab --text text.txt --size 60 --out vocab.txt");
    let vocab = fs::read_to_string(place.path("vocab.txt")).expect("a vocabulary");
    // Backwards: `[PAD]` is last and a word has id 0.
    let shuffled: Vec<&str> = vocab.lines().rev().collect();
    fs::write(place.path("shuffled.txt"), shuffled.join("\n") + "\n").expect("a file");
    place.stdout(&format!("{SMALL} --vocab shuffled.txt --steps 20 --out run"));
    let config = fs::read_to_string(place.path("run/discriminator/config.json")).expect("a file");
    assert!(config.contains(&format!("\"pad_token_id\": {}", shuffled.len() - 1)), "{config}");
    let line = place.stdout("detect --model run --json the cat");
    let detected: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(detected["tokens"][0]["id"], shuffled.len() - 3);
}

#[test]
fn broken_bytes_and_a_line_of_ten_megabytes_are_read_with_a_warning() {
    let place = Place::new();
    let mut text = b"the cat sees a \xff\xfe dog .\n".to_vec();
    text.extend(b"a small red fish eats the house ".repeat(10 << 15));
    text.extend(b"\n\nthe dog eats a fish .\n\n".repeat(100));
    assert!(text.len() > 10 << 20);
    fs::write(place.path("odd.txt"), text).expect("a file");
    let begin = SMALL.replace("text.txt", "odd.txt").replace(" --quiet", "");
    let output = place.run(&format!("{begin} --steps 2 --out run"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("2 byte sequences are no UTF-8") && said.contains("line 1"), "{said}");
    assert!(said.contains("100.0 % of the tokens kept"), "{said}");
}

#[test]
fn a_run_goes_on_only_with_the_text_it_began_with() {
    let place = Place::new();
    fs::create_dir(place.path("elsewhere")).expect("a folder");
    let begin = SMALL.replace("text.txt", "t*.txt");
    place.stdout(&format!("{begin} --steps 20 --stop-after 4 --out run"));
    let text = fs::read_to_string(place.path("text.txt")).expect("the text");
    // Untouched, copied back or seen from another folder, it is the same text.
    fs::write(place.path("text.txt"), &text).expect("a file");
    let mut command = place.command("pretrain --resume ../run --device cpu --quiet --stop-after 6");
    let output = command.current_dir(place.path("elsewhere")).output().expect("the program");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let changed = text.replacen("the", "dog", 1);
    assert_ne!(text, changed);
    fs::write(place.path("text.txt"), changed).expect("a file");
    let error = place.error("pretrain --resume run --device cpu --quiet");
    assert!(error.contains("text of this run has changed") && error.contains("run"), "{error}");
    fs::write(place.path("text.txt"), text).expect("a file");
    place.stdout("pretrain --resume run --device cpu --quiet");
}
