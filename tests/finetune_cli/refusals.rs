//! What cannot work ends with one sentence, and leaves nothing behind.

use crate::place::{OWN, Place, TUNE, sentence};

#[test]
fn a_loss_that_is_no_number_ends_a_fine_tuning() {
    let place = Place::new();
    let flags = TUNE.replace("--lr 0.005", "--lr 1e30");
    let error = place.error(&format!("{flags} {OWN} --epochs 20 --out tuned"));
    assert!(error.contains("--lr") && error.contains("no longer a number"), "{error}");
    assert!(!place.path("tuned/config.json").exists());
}

#[test]
fn bad_input_gets_one_sentence_that_names_it() {
    let place = Place::new();
    place.write("empty/config.json", "{}");
    place.write("one.tsv", "text\tlabel\na cat\tyes\na dog\tyes\n");
    place.write("few.tsv", "text\tlabel\na cat\tyes\na dog\tno\n");
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
        ("finetune --model run --task x --kind classification --data few.tsv", "held back"),
        (
            "finetune --model run --task x --kind classification --data rows.tsv --limit 1",
            "left out",
        ),
        (
            "finetune --model run --task x --kind classification --data rows.tsv --seq 4096",
            "positions",
        ),
        ("finetune --model run --task x --kind classification --data rows.tsv --lr=-1", "-1"),
        ("finetune --model run --task x --kind classification --data rows.tsv --seeds 0", "seeds"),
        ("finetune --model run --task x --kind classification --data rows.tsv --limit 0", "limit"),
        (
            "finetune --model run --task x --kind classification --data rows.tsv --set seed=7",
            "--seed 7",
        ),
        (
            "finetune --model run --task x --kind classification --data rows.tsv --set epochs=abc",
            "expected a number",
        ),
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

#[test]
fn a_second_text_is_read_where_the_task_has_one_and_nowhere_else() {
    let place = Place::new();
    place.stdout(&format!("{TUNE} {OWN} --epochs 1 --out single"));
    let row = |line: usize| {
        let label = ["other", "next"][line % 2];
        format!("{}\t{}\t{label}\n", sentence(line), sentence(line + 1 + line % 2))
    };
    let rows: String = (0..64).map(row).collect();
    place.write("pairs.tsv", &format!("text\tsecond\tlabel\n{rows}"));
    let shown = place.stdout(&format!(
        "{TUNE} --task order --kind classification --data pairs.tsv --text-column text \
         --pair-column second --label-column label --epochs 1 --out double"
    ));
    assert!(shown.contains("predict --model double TEXT --pair TEXT"), "{shown}");
    place.write("one.txt", "the cat\na dog\n");
    place.write("two.txt", "the cat\ta dog\na fish\tthe house\n");
    for (arguments, named) in [
        ("--model single --pair dog the cat", "leave out the second one"),
        ("--model single --file two.txt", "two.txt"),
        ("--model double the cat", "give the second one with `--pair`"),
        ("--model double --file one.txt", "one.txt"),
    ] {
        let error = place.error(&format!("predict {arguments}"));
        assert!(error.contains(named), "`{arguments}` says: {error}");
    }
    for arguments in ["--model single --file one.txt", "--model double --file two.txt"] {
        let shown = place.stdout(&format!("predict {arguments}"));
        assert_eq!(shown.lines().count(), 2, "{shown}");
    }
    place.stdout("predict --model double --pair dog the cat");
}

#[test]
fn a_head_of_fewer_labels_than_its_configuration_names_is_refused_in_words() {
    let place = Place::new();
    place.stdout(&format!("{TUNE} {OWN} --head huggingface --epochs 1 --out tuned"));
    let mut config = place.json("tuned/config.json");
    // As another program writes it: without what this one notes of the task.
    config.as_object_mut().expect("an object").remove("electra_task");
    for (label, number) in [("bird", 2), ("tree", 3)] {
        config["id2label"][number.to_string()] = label.into();
        config["label2id"][label] = number.into();
    }
    place.write("tuned/config.json", &config.to_string());
    let error = place.error("predict --model tuned a cat");
    assert!(error.contains("names 4 labels") && error.contains("a head of 2"), "{error}");
}
