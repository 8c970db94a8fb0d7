//! What cannot work ends with one sentence, and leaves nothing behind.

use crate::place::{OWN, Place, TUNE};

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
