//! The real program from checkpoint to answers: what `finetune`, `predict`, `glue`, `import` and
//! `export` leave behind, and what they say about bad input.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A folder with a small pre-trained model in `run` and tables to learn.
struct Place(TempDir);

const SMALL: &str = "pretrain --device cpu --text text.txt --vocab-size 80 --seq 32 --batch 8 \
    --steps 4 --quiet --set model.discriminator.hidden_size=32 \
    --set model.discriminator.num_hidden_layers=2 --set model.discriminator.num_attention_heads=2 \
    --set model.discriminator.intermediate_size=64 --set model.embedding_size=32 \
    --generator-hidden 32 --generator-layers 1 --out run";

/// Fine-tuning of seconds.
const TUNE: &str = "finetune --model run --device cpu --quiet --batch 8 --lr 0.005 \
    --layer-decay 1";

fn sentence(line: usize) -> String {
    let words = ["the", "cat", "dog", "sees", "eats", "a", "small", "red", "fish", "house"];
    let word = |at: usize| words[(line * 7 + at * at + at * (line / 11)) % words.len()];
    (0..5 + line % 7).map(word).collect::<Vec<&str>>().join(" ")
}

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        let text: String = (0..300).map(|line| sentence(line) + " .\n\n").collect();
        place.write("text.txt", &text);
        let label = |line: usize| if sentence(line).contains("fish") { "fish" } else { "none" };
        let row = |line: usize| format!("{}\t{}\n", sentence(line), label(line));
        let rows: String = (0..96).map(row).collect();
        place.write("rows.tsv", &format!("text\tlabel\n{rows}"));
        place.stdout(SMALL);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn json(&self, name: &str) -> Value {
        let text = fs::read_to_string(self.path(name)).expect(name);
        serde_json::from_str(&text).expect("JSON")
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_electra"));
        command
            .current_dir(self.0.path())
            .env("XDG_CACHE_HOME", self.path("cache"))
            .args(arguments.split_whitespace());
        command
    }

    fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    fn stdout(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`{arguments}` failed: {error}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn error(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "`{arguments}`: {error}");
        let sentence = error.trim().lines().last().unwrap_or_default().to_owned();
        assert!(sentence.starts_with("electra: "), "{error}");
        sentence
    }
}

fn weights(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("model.safetensors")).expect("weights")
}

const OWN: &str = "--task fish --kind classification --data rows.tsv --text-column text \
    --label-column label";

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
fn a_killed_fine_tuning_goes_on_and_ends_as_if_nothing_had_happened() {
    let place = Place::new();
    let flags = format!("{TUNE} {OWN} --epochs 60");
    place.stdout(&format!("{flags} --out whole"));
    let mut child = place
        .command(&format!("{flags} --out parts"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    while !place.path("parts/finetune.toml").exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(300));
    #[cfg(unix)]
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("a signal");
    #[cfg(not(unix))]
    child.kill().expect("a kill");
    child.wait().expect("an end");
    if !place.path("parts/results.json").exists() {
        let error = place.error(&format!("{flags} --out parts"));
        assert!(error.contains("--resume"), "{error}");
        let error = place.error(&format!("{flags} --set weight_decay=0.1 --out parts --resume"));
        assert!(error.contains("flags"), "{error}");
        place.stdout(&format!("{flags} --out parts --resume"));
    }
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
fn tags_answers_and_scores_come_out_of_their_tasks() {
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
    place.stdout(&format!(
        "{TUNE} --task height --kind regression --data scores.tsv --text-column text \
         --label-column score --epochs 1 --out scores"
    ));
    let score: f64 = place.stdout("predict --model scores a red fish").trim().parse().expect("one");
    assert!(score.abs() < 50.0);
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
        let mut command = place.command(&format!("predict --model {out} --json sees a --pair"));
        let output = command.arg(context).output().expect("the program starts");
        let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let best = answer["n_best"][0][0].as_str().expect("an answer");
        assert!(context.contains(best), "{best}");
    }
}

#[test]
fn glue_trains_every_task_found_and_prints_the_table() {
    let place = Place::new();
    let label = |line: usize| usize::from(sentence(line).contains("fish"));
    let cola = |line: usize| format!("x\t{}\t\t{}\n", label(line), sentence(line));
    place.write("glue/CoLA/train.tsv", &(0..48).map(cola).collect::<String>());
    place.write("glue/CoLA/dev.tsv", &(48..80).map(cola).collect::<String>());
    let pair = |line: usize| {
        let label = ["entailment", "neutral", "contradiction"][line % 3];
        format!("{}\t{}\t{label}\n", sentence(line), sentence(line + 1))
    };
    let files = ["train", "dev_matched", "dev_mismatched", "diagnostic-full"];
    for (at, file) in files.into_iter().enumerate() {
        let head = match file {
            "diagnostic-full" => "Premise\tHypothesis\tLabel",
            _ => "sentence1\tsentence2\tgold_label",
        };
        let rows: String = (48 * at..48 * (at + 1)).map(pair).collect();
        place.write(&format!("glue/MNLI/{file}.tsv"), &format!("{head}\n{rows}"));
    }
    let command = "glue --model run --data glue --device cpu --quiet --batch 8 --epochs 2 --out g";
    let shown = place.stdout(command);
    assert!(shown.contains("CoLA (matthews)") && shown.contains("mean of 2"), "{shown}");
    assert!(shown.contains("MNLI-m/mm (accuracy)") && shown.contains("\nAX, "), "{shown}");
    for name in ["g/glue.md", "g/report.html", "g/cola/results.json", "g/mnli/seed-42/AX.tsv"] {
        assert!(place.path(name).is_file(), "{name}");
    }
    let results = place.json("g/results.json");
    assert_eq!(results["average"]["tasks"], 2);
    assert!(results["tasks"]["mnli"]["splits"]["ax"]["matthews"].is_number());
    // What is finished is not trained again, and other settings are not mixed with it.
    assert_eq!(place.stdout(command), shown);
    let error = place.error(&command.replace("--epochs 2", "--epochs 1"));
    assert!(error.contains("g/cola/finetune.toml"), "{error}");
    let error = place.error(&format!("{command} --untrained"));
    assert!(error.contains("g/cola/finetune.toml"), "{error}");
    let shown = place.stdout(&format!("{command} --seeds 2"));
    assert!(shown.contains("CoLA 2, MNLI 2"), "{shown}");
}

#[test]
fn results_hold_every_seed_that_was_trained_into_a_folder() {
    let place = Place::new();
    let flags = format!("{TUNE} {OWN} --epochs 1 --out tuned");
    place.stdout(&format!("{flags} --seeds 42,"));
    place.stdout(&format!("{flags} --seeds 7,9 --resume"));
    let results = place.json("tuned/results.json");
    let seeds = results["seeds"].as_array().expect("seeds");
    let numbers: Vec<u64> = seeds.iter().filter_map(|seed| seed["seed"].as_u64()).collect();
    assert_eq!(numbers, [42, 7, 9]);
    let accuracy = |seed: &Value| seed["metrics"]["accuracy"].as_f64().expect("a score");
    let best = seeds.iter().map(accuracy).fold(0.0, f64::max);
    let named = seeds.iter().find(|seed| seed["seed"] == results["best_seed"]).expect("a seed");
    assert_eq!(accuracy(named), best);
}

#[test]
fn warnings_of_skewed_labels_and_cut_texts_are_kept_with_the_results() {
    let place = Place::new();
    let label = |line: usize| if line.is_multiple_of(8) { "rare" } else { "common" };
    let row = |line: usize| format!("{}\t{}\n", sentence(line), label(line));
    let rows: String = (0..64).map(row).collect();
    place.write("skewed.tsv", &format!("text\tlabel\n{rows}"));
    place.stdout(&format!(
        "{TUNE} --task skewed --kind classification --data skewed.tsv --epochs 1 --seq 8 \
         --out tuned"
    ));
    let warnings = place.json("tuned/results.json")["warnings"].to_string();
    assert!(warnings.contains("`common`") && warnings.contains("are cut"), "{warnings}");
}

#[test]
fn a_loss_that_is_no_number_ends_a_fine_tuning() {
    let place = Place::new();
    let flags = TUNE.replace("--lr 0.005", "--lr 1e30");
    let error = place.error(&format!("{flags} {OWN} --epochs 20 --out tuned"));
    assert!(error.contains("--lr") && error.contains("no longer a number"), "{error}");
    assert!(!place.path("tuned/config.json").exists());
}

#[test]
fn what_is_exported_is_what_was_there() {
    let place = Place::new();
    place.stdout("export --model run --out encoder --class encoder --dtype f16");
    let shown = place.stdout("import --model encoder --out again");
    assert!(shown.contains("begins anew"), "{shown}");
    assert_eq!(place.json("again/config.json")["model_type"], "electra-modern");
    assert!(place.path("again/modeling_electra_modern.py").is_file());
    place.stdout("export --model run --out whole");
    assert_eq!(weights(&place.path("whole")), weights(&place.path("run/discriminator")));
    let line = place.stdout("detect --model whole --json the cat");
    assert_eq!(line, place.stdout("detect --model run --json the cat"));
}

#[test]
fn bad_input_gets_one_sentence_that_names_it() {
    let place = Place::new();
    place.write("empty/config.json", "{}");
    place.write("one.tsv", "text\tlabel\na cat\tyes\na dog\tyes\n");
    place.write("halfway/checkpoints/step-00000001.ckpt", "");
    for (arguments, named) in [
        ("finetune --model nowhere --task rte --data rows.tsv", "nowhere"),
        ("finetune --model empty --task rte --data rows.tsv", "TensorFlow"),
        ("finetune --model run --task rte --data nowhere", "nowhere"),
        ("finetune --model run --task rtee --data rows.tsv", "rtee"),
        ("finetune --model run --task x --kind clustering --data rows.tsv", "clustering"),
        (
            "finetune --model run --task x --kind classification --data rows.tsv --label-column y",
            "y",
        ),
        ("finetune --model run --task x --kind classification --data one.tsv", "yes"),
        (
            "finetune --model run --task x --kind classification --data rows.tsv --seq 4096",
            "positions",
        ),
        ("finetune --model run --task x --kind classification --data rows.tsv --lr=-1", "-1"),
        ("finetune --model run --task x --kind classification --data rows.tsv --seeds 0", "seeds"),
        ("finetune --model run --task x --kind classification --data rows.tsv --limit 0", "limit"),
        ("finetune --model run --task ax --data rows.tsv", "--task mnli"),
        ("finetune --model halfway --task rte --data rows.tsv", "--resume halfway"),
        ("export --model halfway --out whole", "Ctrl-C"),
        ("predict --model run a cat", "finetune"),
        ("glue --model run --data empty", "empty"),
        ("export --model run --out run/discriminator", "--out"),
    ] {
        let device = if arguments.starts_with("export") { "" } else { " --device cpu" };
        let error = place.error(&format!("{arguments}{device}"));
        assert!(error.contains(named), "`{arguments}` says: {error}");
    }
    assert!(!place.path("runs").exists(), "a failed start left a folder");
}
