//! Commands that answer at once: errors, help, counts.

use crate::place::Place;
use std::fs;

#[test]
fn bad_input_gets_one_sentence_that_names_it() {
    let place = Place::new();
    fs::write(place.path("empty.txt"), "\n \n").expect("a file");
    fs::write(place.path("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n").expect("a file");
    fs::write(place.path("packed.ZIP"), "PK").expect("a file");
    fs::write(place.path("run.toml"), "[training]\nstep = 3\n").expect("a file");
    fs::write(place.path("run.json"), r#"{"training": {"step": 3}}"#).expect("a file");
    for (arguments, named) in [
        ("pretrain --text nowhere.txt", "nowhere.txt"),
        ("pretrain --text *.nothing", "*.nothing"),
        ("pretrain --text empty.txt --device cpu", "empty.txt"),
        ("pretrain --text packed.ZIP --device cpu", "`.zip` files are not read"),
        ("pretrain --preset huge", "nano, tiny, small, base, large"),
        ("pretrain --device toaster", "toaster"),
        ("pretrain --lr -1", "`optimizer.learning_rate` must be above 0 and finite, got -1"),
        ("pretrain --held-out -0.1", "`data.held_out` must be at least 0 and below 1, got -0.1"),
        ("pretrain --set optimizer.learning_rate=nan", "must be a finite number, got nan"),
        ("pretrain --batch 100000000000", "training.batch_size"),
        ("pretrain --mask-prob 1.5", "objective.mask_prob"),
        ("pretrain --config run.toml", "steps"),
        ("pretrain --config run.json", "steps"),
        ("pretrain --config nowhere.toml", "nowhere.toml"),
        ("pretrain --text text.txt --vocab vocab.txt --device cpu", "[MASK]"),
        ("pretrain --resume nowhere", "nowhere"),
        ("pretrain --resume nowhere --lr 1", "--resume"),
        ("pretrain --set model.norm", "="),
        ("detect --model nowhere text", "nowhere"),
        ("evaluate --model nowhere --text text.txt", "nowhere"),
    ] {
        let error = place.error(arguments);
        assert!(error.contains(named), "`{arguments}` says: {error}");
    }
    assert!(!place.path("runs").exists(), "a failed start left a folder");
}

#[test]
fn help_names_every_flag_once_and_shows_examples() {
    let place = Place::new();
    let help = place.stdout("pretrain --help");
    for flag in [
        "--preset",
        "--text",
        "--vocab",
        "--steps",
        "--minutes",
        "--batch",
        "--seq",
        "--lr",
        "--seed",
        "--device",
        "--out",
        "--resume",
        "--stop-after",
        "--config",
        "--quiet",
        "--json",
    ] {
        let lines = help.lines().filter(|line| {
            line.trim_start().trim_start_matches("-h, ").split([' ', '=']).next() == Some(flag)
        });
        assert_eq!(lines.count(), 1, "{flag} in {help}");
    }
    for command in [
        "pretrain", "detect", "evaluate", "finetune", "predict", "glue", "import", "export",
        "vocab", "devices", "flops", "ship", "trace", "page", "serve", "bench",
    ] {
        let help = place.stdout(&format!("{command} --help"));
        let (_, examples) = help.split_once("Example").unwrap_or_default();
        assert!(examples.contains(&format!("electra {command}")), "{help}");
    }
}

#[test]
fn a_number_below_zero_is_a_number_and_no_flag() {
    let place = Place::empty();
    for arguments in ["pretrain --seed -1", "--batch -3", "bench --steps -1", "finetune --seed -1"]
    {
        let output = place.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("invalid value '-"), "`{arguments}` says: {said}");
    }
}

#[test]
fn flops_and_devices_answer() {
    let place = Place::new();
    assert!(place.stdout("flops").contains("electra_small"));
    // The paper reads rows of 128 tokens, whatever a preset trains on.
    assert!(place.stdout("flops --preset base").contains("one row of 128 tokens"));
    assert!(place.stdout("devices").contains("cpu"));
}
