//! `detect` on many lines and on long ones.

use crate::place::{Place, SMALL};
use serde_json::Value;
use std::io::Write as _;
use std::process::{Output, Stdio};

/// A discriminator in `run` that reads rows of 16 tokens.
fn trained() -> Place {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 2 --out run"));
    place
}

/// Runs `detect` with a standard input.
fn detect(place: &Place, flags: &str, input: &[u8]) -> Output {
    let mut child = place
        .command(&format!("detect --model run {flags}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("a pipe").write_all(input).expect("input");
    child.wait_with_output().expect("an end")
}

/// The objects that were printed, one a line.
fn objects(output: &Output) -> Vec<Value> {
    let printed = String::from_utf8_lossy(&output.stdout);
    printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn every_line_has_an_object_and_a_blank_one_holds_the_frame_alone() {
    let place = trained();
    let input = "the cat\n\n \nthe dog";
    let found = objects(&detect(&place, "--json", input.as_bytes()));
    let texts: Vec<&str> = found.iter().filter_map(|object| object["text"].as_str()).collect();
    assert_eq!(texts, ["the cat", "", " ", "the dog"]);
    let names = |object: &Value| -> Vec<String> {
        let tokens = object["tokens"].as_array().expect("tokens");
        tokens.iter().map(|token| token["token"].as_str().expect("a token").to_owned()).collect()
    };
    let names: Vec<Vec<String>> = found.iter().map(names).collect();
    assert_eq!(names[1], ["[CLS]", "[SEP]"]);
    assert_eq!(names[2], ["[CLS]", "[SEP]"]);
    assert_eq!(names[3], ["[CLS]", "the", "dog", "[SEP]"]);
    let shown = detect(&place, "", input.as_bytes());
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    let words: Vec<Vec<&str>> =
        shown.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!((&words[0][..], &words[2][..]), (&["the", "cat"][..], &["the", "dog"][..]));
    for (numbers, object) in [(&words[1], &found[0]), (&words[3], &found[3])] {
        let expected: Vec<String> = [1, 2]
            .map(|at| format!("{:.2}", object["tokens"][at]["replaced"].as_f64().unwrap()))
            .into();
        assert_eq!(*numbers, expected);
    }
    assert_eq!(words.len(), 4);
}

#[test]
fn a_generator_is_refused_by_its_name() {
    let place = trained();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/demo-tiny/generator");
    for model in ["run/generator", shipped] {
        let error = place.error(&format!("detect --model {model} the cat"));
        let said = "this is a generator; `detect` needs a discriminator: ";
        assert!(error.contains(said) && error.ends_with("generator"), "{error}");
    }
}

#[test]
fn a_tokenizer_of_a_smaller_model_is_doubted() {
    let place = trained();
    let said = || {
        let output = place.run("detect --model run/discriminator the cat");
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert_eq!(said(), "");
    let vocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\n";
    place.write("run/discriminator/vocab.txt", vocab);
    std::fs::remove_file(place.path("run/discriminator/tokenizer.json")).expect("a tokenizer");
    let said = said();
    assert!(said.contains("warning: the tokenizer has 7 words, the model "), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_person_at_a_terminal_is_told_what_is_waited_for() {
    let place = trained();
    // `script` runs a command in a terminal of its own, which ends where its input does.
    let program = format!("{} detect --model run", env!("CARGO_BIN_EXE_electra"));
    let mut command = std::process::Command::new("script");
    command.args(["-qec", &program, "/dev/null"]).current_dir(place.path("."));
    let output = command.stdin(Stdio::null()).output().expect("the program `script`");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("reading standard input, one text a line; Ctrl-D ends"), "{said}");
    let piped = detect(&place, "", b"the cat\n");
    assert!(piped.stderr.is_empty(), "{}", String::from_utf8_lossy(&piped.stderr));
}

#[test]
fn a_line_that_is_no_text_is_named_by_its_number() {
    let place = trained();
    let output = detect(&place, "--json", b"the cat\n\nthe \xff dog\nthe dog\n");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("line 3") && said.contains("UTF-8"), "{said}");
    assert_eq!(objects(&output).len(), 2);
}

#[test]
fn a_text_of_several_rows_is_judged_with_words_on_both_sides() {
    let place = trained();
    // Seven words again and again, and a row has room for two rounds: wherever a row begins that
    // overlaps the one before by half, it reads the same.
    let round = "the cat sees a small red fish ";
    let judged = |rounds: usize| -> Vec<f64> {
        let found = objects(&detect(&place, "--json", round.repeat(rounds).as_bytes()));
        let tokens = found[0]["tokens"].as_array().expect("tokens");
        assert_eq!(tokens.len(), 7 * rounds + 2);
        let probability = |token: &Value| token["replaced"].as_f64().expect("a probability");
        tokens[1..=7 * rounds].iter().map(probability).collect()
    };
    let close = |a: f64, b: f64| (a - b).abs() < 1e-4;
    let (row, long) = (judged(2), judged(6));
    // A token counts where at least three are read before it and behind it.
    for at in 0..42 {
        let place_in_row = match at {
            0..11 => at,
            11..32 => 4 + (at - 4) % 7,
            _ => at - 28,
        };
        assert!(close(long[at], row[place_in_row]), "token {at}: {long:?}, {row:?}");
    }
}
