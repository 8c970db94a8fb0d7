//! Presets, files and flags: which wins, and what is refused in which words.

use super::*;

fn with_file(text: &str, args: PretrainArgs) -> Result<PretrainConfig> {
    named("run.toml", text, args)
}

fn named(name: &str, text: &str, args: PretrainArgs) -> Result<PretrainConfig> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("a file");
    resolve(&PretrainArgs { config: Some(path), ..args }, None)
}

#[test]
fn flags_win_over_the_file_and_the_file_over_the_preset() {
    let args = PretrainArgs { lr: Some(1e-4), ..PretrainArgs::default() };
    let text = "preset = \"tiny\"\n[optimizer]\nlearning_rate = 0.5\nbeta_2 = 0.95\n";
    let config = with_file(text, args).expect("a configuration");
    assert_eq!(config.preset, "tiny");
    assert_eq!(config.optimizer.learning_rate, 1e-4);
    assert_eq!(config.optimizer.beta_2, 0.95);
    let preset = PretrainConfig::preset("tiny").expect("a preset");
    assert_eq!(config.model, preset.model);
}

#[test]
fn a_misspelt_field_is_refused_with_the_known_ones() {
    let error = with_file("[objective]\nmask_porb = 0.2\n", PretrainArgs::default());
    let error = format!("{:#}", error.expect_err("a misspelt field"));
    assert!(error.contains("objective.mask_porb: unknown field"), "{error}");
    assert!(error.contains("`mask_prob`"), "{error}");
}

#[test]
fn a_value_of_the_wrong_type_is_refused_with_the_name_of_its_field() {
    let said = "optimizer.learning_rate: invalid type: string \"1e-3\", expected a number";
    let file = with_file("[optimizer]\nlearning_rate = \"1e-3\"\n", PretrainArgs::default());
    let set = vec!["optimizer.learning_rate='1e-3'".to_owned()];
    let set = resolve(&PretrainArgs { set, ..PretrainArgs::default() }, None);
    for refused in [file, set] {
        let error = format!("{:#}", refused.expect_err("a string"));
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn a_number_that_is_not_finite_is_refused_by_its_name() {
    for (number, said) in [("nan", "nan"), ("inf", "inf"), ("-inf", "-inf")] {
        let said = format!("optimizer.learning_rate must be a finite number, got {said}");
        let file = format!("[optimizer]\nlearning_rate = {number}\n");
        let file = with_file(&file, PretrainArgs::default());
        let set = vec![format!("optimizer.learning_rate={number}")];
        let set = resolve(&PretrainArgs { set, ..PretrainArgs::default() }, None);
        for refused in [file, set] {
            let error = format!("{:#}", refused.expect_err(&said));
            assert!(error.contains(&said), "{error}");
        }
    }
    let set = vec!["training.steps=abc".to_owned()];
    let error = resolve(&PretrainArgs { set, ..PretrainArgs::default() }, None);
    let error = format!("{:#}", error.expect_err("a word"));
    assert!(error.contains("\"abc\", expected a whole number"), "{error}");
}

#[test]
fn only_the_preset_s_warm_up_is_cut_for_a_shorter_run_whoever_shortens_it() {
    let warmup = |text: &str, args: PretrainArgs| {
        let args = PretrainArgs { preset: Some("small".to_owned()), ..args };
        with_file(text, args).expect("a configuration").optimizer.warmup_steps
    };
    let nothing = PretrainArgs::default;
    let flag = |warmup| PretrainArgs { steps: Some(1_000), warmup, ..nothing() };
    let set = |field: &str| PretrainArgs { set: vec![field.to_owned()], ..nothing() };
    let (steps, asked) = ("[training]\nsteps = 1000\n", "[optimizer]\nwarmup_steps = 5000\n");
    for (text, args, steps) in [
        ("", nothing(), 10_000),
        ("", flag(None), 100),
        (steps, nothing(), 100),
        ("", set("training.steps=1000"), 100),
        ("", flag(Some(5_000)), 5_000),
        (asked, flag(None), 5_000),
        (asked, set("training.steps=1000"), 5_000),
        (steps, set("optimizer.warmup_steps=5000"), 5_000),
        // The clock plans the steps, and their warm-up with them.
        ("[training]\nsteps = 1000\nminutes = 5\n", nothing(), 10_000),
    ] {
        let said = format!("{text} {args:?}");
        assert_eq!(warmup(text, args), steps, "{said}");
    }
}

#[test]
fn a_run_shorter_than_its_preset_evaluates_ten_times_unless_asked_otherwise() {
    let every = |text: &str, args: PretrainArgs| {
        let args = PretrainArgs { preset: Some("small".to_owned()), ..args };
        with_file(text, args).expect("a configuration").eval_every()
    };
    let nothing = PretrainArgs::default;
    let flag = |eval_every| PretrainArgs { steps: Some(2_000), eval_every, ..nothing() };
    let (steps, asked) = ("[training]\nsteps = 2000\n", "[training]\neval_every = 900\n");
    for (text, args, expected) in [
        ("", nothing(), 5_000),
        ("", flag(None), 200),
        (steps, nothing(), 200),
        ("", PretrainArgs { steps: Some(60_000), ..nothing() }, 5_000),
        ("", flag(Some(5_000)), 5_000),
        ("", flag(Some(0)), 0),
        (asked, flag(None), 900),
        // The clock plans the steps, and the evaluations with them.
        ("", PretrainArgs { minutes: Some(60.0), ..nothing() }, 5_000),
    ] {
        let said = format!("{text} {args:?}");
        assert_eq!(every(text, args), expected, "{said}");
    }
}

#[test]
fn what_suited_another_run_s_text_device_or_progress_does_not_come_with_its_file() {
    let mut run = resolve(&PretrainArgs::default(), None).expect("a configuration");
    run.training.device = Some("vulkan".to_owned());
    run.training.data_parallel = Some(1);
    run.training.reached = Some(0.5);
    let file = toml::to_string(&run).expect("TOML");
    let again = |device: Option<&str>, set: &[&str]| {
        let args = PretrainArgs {
            text: vec!["mine.txt".to_owned()],
            device: device.map(str::to_owned),
            set: set.iter().map(|it| (*it).to_owned()).collect(),
            ..PretrainArgs::default()
        };
        let config = with_file(&file, args).expect("a configuration");
        assert!(!config.data.line_is_document, "only the sentences of the program are lines");
        assert_eq!(config.training.reached, None);
        config.training.data_parallel
    };
    assert_eq!(again(None, &[]), Some(1));
    assert_eq!(again(Some("vulkan"), &[]), Some(1));
    assert_eq!(again(Some("cpu"), &[]), None);
    assert_eq!(again(Some("cpu"), &["training.data_parallel=4"]), Some(4));
}

#[test]
fn the_device_is_the_flag_s_or_the_file_s() {
    let text = "[training]\ndevice = \"vulkan\"\nout = \"there\"\n";
    let device = |args| with_file(text, args).expect("a configuration").training.device;
    assert_eq!(device(PretrainArgs::default()).as_deref(), Some("vulkan"));
    let args = PretrainArgs { device: Some("cpu".to_owned()), ..PretrainArgs::default() };
    assert_eq!(device(args).as_deref(), Some("cpu"));
    let config = resolve(&PretrainArgs::default(), None).expect("a configuration");
    assert_eq!((config.training.device, config.training.out), (None, None));
}

#[test]
fn json_and_toml_say_the_same_and_are_equally_strict() {
    let toml = "preset = \"tiny\"\nseed = 7\n[training]\nsteps = 50\nminutes = 1.5\n";
    let json = r#"{"preset": "tiny", "seed": 7, "training": {"steps": 50, "minutes": 1.5},
                   "data": {"vocab": null}}"#;
    let read = |name, text| named(name, text, PretrainArgs::default());
    let config = read("run.json", json).expect("a configuration");
    assert_eq!(config, read("run.toml", toml).expect("a configuration"));
    assert_eq!((config.seed, config.training.minutes), (7, Some(1.5)));
    for (text, said) in [
        (r#"{"objective": {"mask_porb": 0.2}}"#, "objective.mask_porb: "),
        (r#"{"seed": null}"#, "seed: invalid type: null"),
        (r#"{"seed": "seven"}"#, "seed: invalid type: string \"seven\""),
        (r#"{"model": {"norm": "mid"}}"#, "model.norm: unknown variant `mid`"),
        ("[1]", "JSON object"),
        ("seed = 7", "JSON object"),
    ] {
        let error = format!("{:#}", read("run.json", text).expect_err(text));
        assert!(error.contains(said) && error.contains("run.json"), "{error}");
    }
}

#[test]
fn a_run_finds_its_files_from_any_folder() {
    let text = "[data]\ntext = ['a.txt', 'b/*.txt']\nheld_out_text = ['c.txt']\nvocab = 'v'\n";
    let data = with_file(text, PretrainArgs::default()).expect("a configuration").data;
    for name in data.text.iter().chain(&data.held_out_text).chain(&data.vocab) {
        assert!(Path::new(name).is_absolute(), "{name}");
    }
}

#[test]
fn a_head_without_width_is_refused_and_divides_nothing() {
    for (set, said) in [
        ("model.generator.num_attention_heads=0", "num_attention_heads` must be at least 1"),
        ("model.generator.hidden_size=0", "hidden_size` must be at least 1"),
        ("model.generator.num_attention_heads=100000", "does not split into 100000 heads"),
    ] {
        let set = vec![set.to_owned()];
        let args = PretrainArgs { set, generator_hidden: Some(64), ..PretrainArgs::default() };
        let error = format!("{:#}", resolve(&args, None).expect_err(said));
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn accents_can_be_kept_without_upper_case() {
    let cases = |cased, keep_accents| {
        let args = PretrainArgs { cased, keep_accents, ..PretrainArgs::default() };
        let data = resolve(&args, None).expect("a configuration").data;
        (data.lower_case, data.strip_accents)
    };
    assert_eq!(cases(false, false), (true, true));
    assert_eq!(cases(false, true), (true, false));
    assert_eq!(cases(true, false), (false, false));
}

#[test]
fn any_field_can_be_set_by_flag() {
    let set = ["model.norm=post", "optimizer.bias_correction=false", "data.text=['a', 'b']"];
    let args = PretrainArgs { set: set.map(str::to_owned).to_vec(), ..PretrainArgs::default() };
    let config = resolve(&args, None).expect("a configuration");
    assert_eq!(config.model.norm, electra::config::NormPlacement::Post);
    assert!(!config.optimizer.bias_correction);
    assert_eq!(config.data.text, ["a", "b"].map(absolute));
}
