//! What lies in the folders afterwards: tables, seeds, warnings, exported models.

use crate::place::{OWN, Place, TUNE, sentence, weights};
use serde_json::Value;
use std::fs;

const GLUE: &str = "glue --model run --data glue --device cpu --quiet --batch 8 --epochs 2 --out g";

/// CoLA's files, with a test split whose labels are secret.
fn write_cola(place: &Place) {
    let label = |line: usize| usize::from(sentence(line).contains("fish"));
    let cola = |line: usize| format!("x\t{}\t\t{}\n", label(line), sentence(line));
    place.write("glue/CoLA/train.tsv", &(0..48).map(cola).collect::<String>());
    place.write("glue/CoLA/dev.tsv", &(48..80).map(cola).collect::<String>());
    let row = |line: usize| format!("{line}\t{}\n", sentence(line));
    let rows: String = (80..90).map(row).collect();
    place.write("glue/CoLA/test.tsv", &format!("index\tsentence\n{rows}"));
}

#[test]
fn glue_trains_every_task_found_and_prints_the_table() {
    let place = Place::new();
    write_cola(&place);
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
    let shown = place.stdout(GLUE);
    assert!(shown.contains("CoLA (matthews)") && shown.contains("mean of 2"), "{shown}");
    assert!(shown.contains("MNLI-m/mm (accuracy)") && shown.contains("\nAX, "), "{shown}");
    for name in ["g/glue.md", "g/report.html", "g/cola/results.json", "g/mnli/seed-42/AX.tsv"] {
        assert!(place.path(name).is_file(), "{name}");
    }
    let results = place.json("g/results.json");
    assert_eq!(results["average"]["tasks"], 2);
    // All of them say the same numbers.
    let percent = |value: &Value| format!("{:.1}", 100.0 * value.as_f64().expect("a number"));
    let mean = percent(&results["average"]["mean"]);
    let cola = percent(&results["tasks"]["cola"]["metrics"]["matthews"]);
    let text = |name: &str| fs::read_to_string(place.path(name)).expect("a file");
    let (markdown, page) = (text("g/glue.md"), text("g/report.html"));
    for (number, name) in [(&mean, "the mean"), (&cola, "CoLA")] {
        assert!(markdown.contains(&format!("| {number} |")), "{name}: {number} in {markdown}");
        assert!(page.contains(&format!("<td>{number}</td>")), "{name}: {number} in {page}");
    }
    assert!(page.contains("<th>CoLA"), "{page}");
    assert!(results["tasks"]["mnli"]["splits"]["ax"]["matthews"].is_number());
    // What is finished is not trained again, and other settings are not mixed with it.
    assert_eq!(place.stdout(GLUE), shown);
    let error = place.error(&GLUE.replace("--epochs 2", "--epochs 1"));
    assert!(error.contains("g/cola/finetune.toml"), "{error}");
    let error = place.error(&format!("{GLUE} --untrained"));
    assert!(error.contains("g/cola/finetune.toml"), "{error}");
    let shown = place.stdout(&format!("{GLUE} --seeds 2"));
    assert!(shown.contains("CoLA 2, MNLI 2"), "{shown}");
    // One task alone leaves the others in the table.
    place.stdout(&format!("{GLUE} --seeds 2 --task cola"));
    assert_eq!(place.json("g/results.json")["average"]["tasks"], 2);
    // Those of other weights at the same place do not stay.
    let noted = fs::read_to_string(place.path("g/mnli/finetune.toml")).expect("a file");
    place.write("g/mnli/finetune.toml", &noted.replacen("weights = ", "weights = 1", 1));
    place.stdout(&format!("{GLUE} --seeds 2 --task cola"));
    assert!(place.json("g/results.json")["tasks"]["mnli"].is_null());
    // Nor are results of a file that was mended since.
    let dev = fs::read_to_string(place.path("glue/CoLA/dev.tsv")).expect("a file");
    place.write("glue/CoLA/dev.tsv", &dev.replacen("x\t1\t", "x\t0\t", 1));
    let error = place.error(GLUE);
    assert!(error.contains("data or flags are not those of g/cola/finetune.toml"), "{error}");
}

#[test]
fn an_interrupted_glue_is_no_success() {
    let place = Place::new();
    write_cola(&place);
    let long = GLUE.replace("--epochs 2", "--epochs 1000");
    let ended = place.interrupted(&long, "g/cola/finetune.toml");
    if cfg!(unix) {
        assert_eq!(ended.code(), Some(130));
    }
    assert!(!place.path("g/cola/results.json").exists());
}

#[test]
fn a_model_and_its_untrained_twin_read_the_same_rows() {
    let place = Place::new();
    let flags = format!("{TUNE} {OWN} --epochs 1 --limit 16");
    let results = |name: &str, more: &str| {
        place.stdout(&format!("{flags} {more} --out {name}"));
        place.json(&format!("{name}/results.json"))
    };
    // The model has 64 positions, of which pre-training saw 32.
    for (name, more, row, is_warned) in [
        ("trained", "", 32, false),
        ("untrained", "--untrained", 32, false),
        ("trained-long", "--seq 64", 64, true),
        ("untrained-long", "--untrained --seq 64", 64, false),
    ] {
        let results = results(name, more);
        assert_eq!(results["config"]["max_seq_length"], row, "{name}");
        let warnings = results["warnings"].to_string();
        assert_eq!(warnings.contains("never trained"), is_warned, "{name}: {warnings}");
    }
}

#[test]
fn a_task_that_fails_leaves_a_dash_and_the_others_their_results() {
    let place = Place::new();
    write_cola(&place);
    place.write("glue/QNLI.zip", "no zip");
    place.write("glue/RTE/train.tsv", "index\tsentence1\tsentence2\tlabel\n");
    let output = place.run(GLUE);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("| | CoLA (matthews) | QNLI (accuracy) | RTE (accuracy) |"), "{shown}");
    assert!(shown.contains(" | – | – | – |"), "{shown}");
    let error = String::from_utf8_lossy(&output.stderr);
    let sentence = error.trim().lines().last().expect("a sentence");
    assert!(sentence.starts_with("electra: "), "{error}");
    assert!(sentence.contains("qnli: ") && sentence.contains("QNLI.zip"), "{error}");
    assert!(sentence.contains("rte: ") && sentence.contains("no examples of RTE"), "{error}");
    assert_eq!(output.status.code(), Some(1));
    // Those that are not asked for are not opened.
    place.stdout(&format!("{GLUE} --task cola"));
    let read = |name: &str| std::fs::read(place.path(name)).expect(name);
    assert_eq!(read("g/submission/CoLA.tsv"), read("g/cola/seed-42/CoLA.tsv"));
    assert!(!place.path("g/submission/CoLA-dev.tsv").exists());
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
    // Other texts under the same name are other data.
    let rows = fs::read_to_string(place.path("rows.tsv")).expect("rows");
    place.write("rows.tsv", &rows.replacen("\tfish\n", "\tnone\n", 1));
    let error = place.error(&format!("{flags} --seeds 11 --resume"));
    assert!(error.contains("data or flags are not those of tuned/finetune.toml"), "{error}");
    place.write("rows.tsv", &rows);
    // Other weights under the same name are another model.
    let file = place.path("run/discriminator/model.safetensors");
    let mut bytes = fs::read(&file).expect("weights");
    *bytes.last_mut().expect("a byte") ^= 1;
    fs::write(&file, bytes).expect("weights");
    let error = place.error(&format!("{flags} --seeds 11 --resume"));
    assert!(error.contains("tuned/finetune.toml"), "{error}");
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
    let results = place.json("tuned/results.json");
    let warnings = results["warnings"].to_string();
    assert!(warnings.contains("`common`") && warnings.contains("are cut"), "{warnings}");
    let notes = results["notes"].to_string();
    assert!(notes.contains("text `text`, label `label`"), "{notes}");
    assert!(notes.contains("f1 is that of label `rare`"), "{notes}");
    place.write("long.txt", &format!("{}\ncat\n", sentence(7).repeat(3)));
    let asked = place.run("predict --model tuned --file long.txt");
    let said = String::from_utf8_lossy(&asked.stderr).into_owned();
    assert!(said.contains("1 of 2 texts are longer than a row of 8 tokens"), "{said}");
    assert_eq!(String::from_utf8_lossy(&place.run("predict --model tuned cat").stderr), "");
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
