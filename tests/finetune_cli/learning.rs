//! Fine-tunings from start to end, ended early, killed and gone on with.

use crate::place::{OWN, Place, TUNE, sentence, weights};
use serde_json::Value;
use std::fs;

#[test]
fn a_fine_tuning_leaves_scores_predictions_and_a_model_that_answers() {
    let place = Place::new();
    let shown = place.stdout(&format!("{TUNE} {OWN} --epochs 12 --seeds 2 --out tuned"));
    assert!(shown.contains("accuracy") && shown.contains("majority"), "{shown}");
    let results = place.json("tuned/results.json");
    assert_eq!(results["task"], "fish");
    let seeds = results["seeds"].as_array().expect("seeds");
    assert_eq!(seeds.len(), 2);
    let accuracy = results["metrics"]["accuracy"].as_f64().expect("accuracy");
    let majority = results["majority"]["accuracy"].as_f64().expect("majority");
    assert!(accuracy > majority, "{accuracy} is not better than {majority}");
    for seed in seeds {
        assert!(seed["intervals"]["accuracy"]["low"].is_number());
        let file = seed["predictions"][0].as_str().expect("a predictions file");
        assert!(place.path("tuned").join(file).is_file(), "{file}");
    }
    for name in ["config.json", "tokenizer.json", "vocab.txt", "report.html", "finetune.toml"] {
        assert!(place.path("tuned").join(name).is_file(), "{name}");
    }
    let line = place.stdout("predict --model tuned --json the cat eats a red fish");
    let answer: Value = serde_json::from_str(&line).expect("JSON");
    let shares = answer["probabilities"].as_object().expect("probabilities");
    let sum: f64 = shares.values().filter_map(Value::as_f64).sum();
    assert!((sum - 1.0).abs() < 1e-5);
    assert_eq!(place.stdout("predict --model tuned --file text.txt").lines().count(), 300);
    // The model has 64 positions, of which pre-training and fine-tuning saw 32.
    let warned = |length: usize| {
        let output = place.run(&format!("predict --model tuned --seq {length} the cat"));
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stderr).contains("use `--seq 32`")
    };
    assert_eq!((warned(32), warned(33)), (false, true));
}

#[test]
fn an_interrupted_fine_tuning_goes_on_and_ends_as_if_nothing_had_happened() {
    let place = Place::new();
    let flags = format!("{TUNE} {OWN} --epochs 60");
    place.stdout(&format!("{flags} --out whole"));
    let ended = place.interrupted(&format!("{flags} --out parts"), "parts/finetune.toml");
    assert!(!place.path("parts/results.json").exists(), "it had come to its end");
    if cfg!(unix) {
        // What follows `&&` would find no results.
        assert_eq!(ended.code(), Some(130));
    }
    let error = place.error(&format!("{flags} --out parts"));
    assert!(error.contains("--resume"), "{error}");
    let error = place.error(&format!("{flags} --set weight_decay=0.1 --out parts --resume"));
    assert!(error.contains("flags"), "{error}");
    place.stdout(&format!("{flags} --out parts --resume"));
    assert_eq!(weights(&place.path("parts")), weights(&place.path("whole")));
    let metrics = |name: &str| place.json(name)["metrics"].clone();
    assert_eq!(metrics("parts/results.json"), metrics("whole/results.json"));
}

#[test]
fn early_stopping_keeps_the_best_model() {
    let place = Place::new();
    place.stdout(&format!("{TUNE} {OWN} --epochs 40 --patience 2 --out tuned"));
    let results = place.json("tuned/results.json");
    let step = results["seeds"][0]["step"].as_u64().expect("a step");
    assert!(step < 400, "it never stopped");
    assert!(!place.path("tuned/seed-42/best.safetensors").exists());
}

#[test]
fn tags_and_scores_come_out_of_their_tasks() {
    let place = Place::new();
    let words = |line: usize| {
        let tag = |word: &str| if word == "fish" { "B-F" } else { "O" };
        let text = sentence(line);
        let rows: Vec<String> =
            text.split(' ').map(|word| format!("{word} {}\n", tag(word))).collect();
        rows.concat() + "\n"
    };
    place.write("words.txt", &(0..64).map(words).collect::<String>());
    place.stdout(&format!("{TUNE} --task ner --data words.txt --epochs 12 --out tags"));
    let answer = place.stdout("predict --model tags --json a red fish sees the cat");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(answer["tags"].as_array().expect("tags").len(), 6);
    let score = |line: usize| format!("{}\t{}\n", sentence(line), line % 5);
    let rows: String = (0..64).map(score).collect();
    place.write("scores.tsv", &format!("text\tscore\n{rows}"));
    let shown = place.stdout(&format!(
        "{TUNE} --task height --kind regression --data scores.tsv --text-column text \
         --label-column score --epochs 1 --out scores"
    ));
    // An error is told as it is, not in percent.
    let error = place.json("scores/results.json")["metrics"]["mse"].as_f64().expect("an error");
    let line = shown.lines().find_map(|line| line.trim().strip_prefix("mse ")).expect("a line");
    let told = line.split_whitespace().next().expect("a number");
    assert!((told.parse::<f64>().expect("a number") - error).abs() <= 1e-3 * error, "{line}");
    let page = fs::read_to_string(place.path("scores/report.html")).expect("a page");
    assert!(page.contains(&format!("<td>mse</td><td>{told}</td>")), "{told}");
    let score: f64 = place.stdout("predict --model scores a red fish").trim().parse().expect("one");
    assert!(score.abs() < 50.0);
}

#[test]
fn where_every_question_has_an_answer_one_is_always_given() {
    let place = Place::new();
    let question = |line: usize| {
        let context = sentence(line);
        let answer = context.split(' ').nth(2).expect("a word").to_owned();
        let start = context.find(&answer).expect("a place");
        serde_json::json!({ "context": context, "qas": [{
            "id": line.to_string(), "question": "sees a",
            "answers": [{ "text": answer, "answer_start": start }] }] })
    };
    let paragraphs: Vec<Value> = (0..48).map(question).collect();
    let file = serde_json::json!({ "data": [{ "title": "", "paragraphs": paragraphs }] });
    place.write("squad.json", &file.to_string());
    for head in ["huggingface", "google"] {
        let out = format!("spans-{head}");
        place.stdout(&format!(
            "{TUNE} --task squad1 --data squad.json --epochs 1 --head {head} --out {out}"
        ));
        let context = "the small cat eats a fish";
        let ask = |flags: &str| {
            let flags = format!("predict --model {out} --none-threshold=-1000{flags} sees a");
            let output = place.command(&flags).args(["--pair", context]).output();
            String::from_utf8(output.expect("the program starts").stdout).expect("UTF-8")
        };
        let answer: Value = serde_json::from_str(&ask(" --json")).expect("JSON");
        let best = answer["n_best"][0][0].as_str().expect("an answer");
        assert!(context.contains(best) && answer["answer"] == best, "{answer}");
        let shown = ask("");
        assert!(shown.starts_with(&format!("{best}\t")), "{shown}");
    }
}
