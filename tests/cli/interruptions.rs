//! Signals, kills, damage and readers that go away.

use crate::place::{Place, SMALL, checkpoints, newest, press_ctrl_c, wait_until, weights};
use std::fs;
use std::io::{Read as _, Write as _};
use std::process::{Child, Stdio};
use std::time::{Duration, SystemTime};

/// Moments drawn from a seed (Steele et al., OOPSLA 2014: `SplitMix64`).
struct Moments(u64);

impl Moments {
    fn next(&mut self, below: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        below.mul_f64((mixed ^ (mixed >> 31)) as f64 / u64::MAX as f64)
    }
}

#[test]
fn killing_the_program_never_costs_more_than_the_last_checkpoint() {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock");
    let seed = std::env::var("KILL_SEED")
        .map_or(now.as_nanos() as u64, |seed| seed.parse().expect("KILL_SEED is a number"));
    println!("moments of the kills: KILL_SEED={seed}");
    let mut moments = Moments(seed);
    let (place, quiet) = (Place::new(), "--device cpu --quiet");
    let run = place.path("run");
    let begin = format!("{SMALL} --steps 100000 --eval-every 2 --save-every 1 --out run");
    let begin = begin.replace("--eval-every 10 ", "");
    let mut command = begin;
    for _ in 0..20 {
        let before = newest(&run);
        let mut child = place.silently(&command);
        wait_until("a checkpoint", || newest(&run) > before);
        std::thread::sleep(moments.next(Duration::from_millis(150)));
        child.kill().expect("a kill");
        child.wait().expect("an end");
        for path in checkpoints(&run) {
            let bytes = fs::read(&path).expect("a file");
            let header = electra::checkpoint::header(&bytes);
            let tensors = electra::weights::read(&bytes);
            assert!(header.is_ok() && tensors.is_ok(), "{} with {seed}", path.display());
        }
        assert!(newest(&run) > before, "a step was lost with {seed}");
        command = format!("pretrain --resume run {quiet}");
    }
    assert!(run.join("checkpoints/best.ckpt").is_file());
    // Nothing wrote the networks, so they are read from the newest checkpoint.
    assert!(!run.join("discriminator").exists());
    assert!(place.stdout("detect --model run --json the cat").contains("replaced"));
    let metrics = place.stdout("evaluate --model run --text text.txt --rows 8 --json --device cpu");
    assert!(metrics.contains("disc_auc"));
    let step = newest(&run);
    place.stdout(&format!("pretrain --resume run {quiet} --stop-after {}", step + 2));
    assert_eq!(newest(&run), step + 2);
}

#[test]
fn networks_of_an_older_state_are_never_read() {
    let place = Place::new();
    let run = place.path("run");
    place.stdout(&format!("{SMALL} --steps 100000 --save-every 1 --stop-after 2 --out run"));
    assert!(run.join("discriminator").is_dir() && run.join("generator").is_dir());
    let resume = "pretrain --resume run --device cpu --quiet";
    let mut child = place.silently(resume);
    wait_until("a checkpoint", || newest(&run) > 2);
    child.kill().expect("a kill");
    child.wait().expect("an end");
    assert!(!run.join("discriminator").exists() && !run.join("generator").exists());
    let output = place.run("detect --model run --json the cat");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains(&format!("step {}", newest(&run))), "{said}");
    place.stdout(&format!("{resume} --stop-after {}", newest(&run) + 1));
    assert!(!weights(&run).is_empty());
}

/// A run that spends nearly all of its time on evaluating, and saves nothing by itself.
#[cfg(unix)]
fn evaluating(place: &Place) -> Child {
    let begin = format!("{SMALL} --steps 100000 --eval-every 1 --save-every 0 --out run")
        .replace("--eval-every 10 ", "");
    let child = place.command(&begin).stderr(Stdio::piped()).spawn().expect("the program");
    let metrics = || fs::read_to_string(place.path("run/metrics.jsonl")).unwrap_or_default();
    wait_until("an evaluation", || metrics().contains("eval"));
    child
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_at_any_moment_and_says_how_to_go_on() {
    let place = Place::new();
    let child = evaluating(&place);
    press_ctrl_c(&child);
    let output = child.wait_with_output().expect("an end");
    let shown = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown}");
    let (_, after) = shown.split_once("saved after step ").expect("what was saved");
    let step: usize = after.split(';').next().expect("a number").parse().expect("a number");
    assert!(after.contains("--resume run"), "{shown}");
    assert!(place.path(&format!("run/checkpoints/step-{step:08}.ckpt")).is_file());
    assert!(place.path("run/report.html").is_file());
    assert!(place.path("run/discriminator/model.safetensors").is_file());
    let stop = step + 2;
    place.stdout(&format!("pretrain --resume run --device cpu --quiet --stop-after {stop}"));
    assert_eq!(newest(&place.path("run")), stop);
}

#[cfg(unix)]
#[test]
fn two_signals_at_once_are_one_and_save_too() {
    let place = Place::new();
    let child = evaluating(&place);
    // As GNU `timeout` does: the program first, then the group that it is in.
    press_ctrl_c(&child);
    press_ctrl_c(&child);
    let output = child.wait_with_output().expect("an end");
    let shown = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && shown.contains("saved after step"), "{shown}");
    assert!(newest(&place.path("run")) > 0);
}

#[test]
fn a_folder_in_which_a_run_has_saved_nothing_yet_is_not_called_a_leftover() {
    let place = Place::new();
    let begin = format!("{SMALL} --steps 100000 --save-every 0 --out run");
    let mut child = place.silently(&begin);
    let log = place.path("run/metrics.jsonl");
    wait_until("a log", || fs::read_to_string(&log).is_ok_and(|log| !log.is_empty()));
    let resume = "pretrain --resume run --device cpu --quiet".to_owned();
    let errors = [begin, resume].map(|again| place.error(&again));
    child.kill().expect("a kill");
    child.wait().expect("an end");
    for error in errors {
        assert!(error.contains("another process is training in this folder"), "{error}");
    }
}

#[test]
fn a_damaged_checkpoint_is_passed_over_and_named() {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 20 --out whole"));
    place.stdout(&format!("{SMALL} --steps 20 --save-every 5 --stop-after 10 --out run"));
    let newest = place.path("run/checkpoints/step-00000010.ckpt");
    let bytes = fs::read(&newest).expect("a checkpoint");
    fs::write(&newest, &bytes[..bytes.len() - 1000]).expect("a cut file");
    let output = place.run("pretrain --resume run --device cpu --quiet");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("step-00000010.ckpt"), "{said}");
    assert!(weights(&place.path("whole")) == weights(&place.path("run")), "another run");
}

#[test]
fn a_lost_run_overwrites_no_checkpoint_with_what_is_no_number() {
    let place = Place::new();
    let error = place.error(&format!(
        "{SMALL} --steps 40 --lr 1e30 --warmup 0 --set optimizer.max_grad_norm=0 --save-every 1 \
         --set training.log_every=1000 --out run"
    ));
    let goes_on = error.contains("pretrain --model run --text ") && error.ends_with("--lr 5e29");
    assert!(goes_on, "{error}");
    for path in checkpoints(&place.path("run")) {
        let tensors = electra::weights::read(&fs::read(&path).expect("a file")).expect("tensors");
        let mut values = tensors.values().flat_map(|tensor| &tensor.values);
        assert!(values.all(|value| value.is_finite()), "{}", path.display());
    }
}

#[test]
fn networks_that_turn_out_lost_in_the_end_are_not_left_as_good_ones() {
    let place = Place::new();
    // The losses of the only step are those before it; what it does to the weights comes out when
    // they are evaluated.
    let error = place.error(&format!(
        "{SMALL} --steps 1 --lr 1e30 --warmup 0 --set optimizer.max_grad_norm=0 --out run"
    ));
    assert!(error.contains("held-out loss") && error.contains("begin anew"), "{error}");
    let run = place.path("run");
    assert!(!run.join("discriminator").exists() && !run.join("generator").exists());
    assert!(checkpoints(&run).is_empty() && !run.join("report.html").exists());
    assert!(run.join("checkpoints/step-00000001.ckpt.lost").is_file());
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let place = Place::new();
    place.stdout(&format!("{SMALL} --steps 2 --out run"));
    let mut child = place
        .command("detect --model run --json")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut output = child.stdout.take().expect("a pipe");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(b"the cat\n").expect("input");
    let mut first = [0];
    output.read_exact(&mut first).expect("a first line");
    drop(output);
    // More than any pipe holds; the program may be gone before it is written.
    let _ = input.write_all("a dog sees the house\n".repeat(2000).as_bytes());
    drop(input);
    let ended = child.wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && said.is_empty(), "{said}");
}
