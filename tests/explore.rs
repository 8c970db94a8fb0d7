//! What a page asks for: the same pictures as training shows, on any model, and nothing lost when
//! files or requests are bad.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]

mod common;

use burn::tensor::{Device, read_sync};
use common::tiny;
use electra::batch::Batch;
use electra::config::ElectraConfig;
use electra::electra::Electra;
use electra::examples::Example;
use electra::explore::{
    NamedFile, OpenModel, Session, Shapes, explore, inspect, open, proofread, self_test,
};
use electra::hugging_face::Network;
use electra::models::{Folder, electra as load, export, without_shared_tables};
use electra::protocol::{
    About, Choice, Command, Event, Explore, FailureKind, Inspect, NetworkName, Origin, Replacement,
    Selection, Trace,
};
use electra::showcase::showcase;
use electra::tokenizer::Tokenizer;
use electra::weights::{self, Precision};

const TEXT: &str = "the chef cooked the meal and ate it";

/// Words, letters and pieces; as many as the tiny model knows.
fn vocab() -> String {
    let words = "[PAD] [UNK] [CLS] [SEP] [MASK] the chef cooked meal and ate it a dog . , s made \
                 un ##do ##ing ##ed ##s play";
    let mut lines: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    lines.extend(('b'..='r').map(String::from));
    lines.extend(('a'..='t').map(|letter| format!("##{letter}")));
    lines.truncate(common::VOCAB);
    assert_eq!(lines.len(), common::VOCAB);
    lines.join("\n") + "\n"
}

fn file(path: &str, bytes: impl Into<Vec<u8>>) -> NamedFile {
    NamedFile { path: path.to_owned(), bytes: bytes.into() }
}

fn folder(network: Network, precision: Precision) -> Folder {
    let config = tiny("nano").model;
    let model = Electra::new(&config, 3, &Device::flex());
    read_sync(export(&model, &config, network, 0, precision)).expect("an export")
}

fn files_of(prefix: &str, network: Network, precision: Precision) -> Vec<NamedFile> {
    let folder = folder(network, precision);
    vec![
        file(&format!("{prefix}config.json"), folder.config),
        file(&format!("{prefix}model.safetensors"), folder.weights),
        file(&format!("{prefix}vocab.txt"), vocab()),
    ]
}

/// A run: both networks.
fn run(precision: Precision) -> Vec<NamedFile> {
    let mut files = files_of("run/discriminator/", Network::Discriminator, precision);
    files.extend(files_of("run/generator/", Network::Generator, precision));
    files
}

fn alone() -> Vec<NamedFile> {
    files_of("", Network::Discriminator, Precision::F32)
}

fn opened(files: Vec<NamedFile>, shapes: Shapes) -> OpenModel {
    read_sync(open(files, &Device::flex(), shapes)).expect("a model")
}

fn asked(selection: Selection) -> Explore {
    let replacements = Vec::new();
    Explore { text: TEXT.to_owned(), selection, seed: 7, temperature: 1.0, replacements }
}

fn positions(positions: &[usize]) -> Selection {
    Selection::Positions { positions: positions.to_vec() }
}

fn traced(model: &OpenModel, asked: &Explore) -> Trace {
    read_sync(explore(model, asked)).expect("a trace")
}

#[test]
fn one_seed_gives_the_masks_and_samples_that_training_shows() {
    let model = opened(run(Precision::F32), Shapes::Tight);
    let part = |network| folder(network, Precision::F32);
    let (_, pair) = load(&part(Network::Discriminator), &part(Network::Generator), &Device::flex())
        .expect("both networks");
    let tokenizer = Tokenizer::from_vocab_txt(&vocab(), true, true).expect("a tokenizer");
    let ids: Vec<u32> =
        tokenizer.encode_for_display(TEXT).expect("tokens").iter().map(|piece| piece.id).collect();
    let row = Example { first_segment: ids.len(), ids };
    let batch = Batch::new(&[row], model.card().max_tokens, 0);
    let objective = common_objective();
    for seed in 0..20 {
        let trace = traced(&model, &Explore { seed, ..asked(Selection::Rule) });
        let shown = read_sync(showcase(
            &pair,
            &objective,
            &tokenizer.special(),
            &batch,
            seed,
            &Device::flex(),
        ));
        let shown = shown.expect("a showcase").remove(0);
        assert_eq!(trace.tokens.len(), shown.len());
        for (token, judged) in trace.tokens.iter().zip(&shown) {
            assert_eq!(token.selected, judged.selected, "seed {seed}");
            assert_eq!((token.id, token.read[0].id), (judged.original, judged.token));
            assert!((token.read[0].replaced - judged.replaced).abs() < 1e-5);
        }
    }
}

/// The paper's rule, which a model without a card is masked by.
fn common_objective() -> electra::config::ObjectiveConfig {
    let preset = electra::config::PretrainConfig::preset("small").expect("a preset");
    electra::config::ObjectiveConfig { mask_with_replacement: false, ..preset.objective }
}

#[test]
fn chosen_positions_are_hidden_and_guessed_and_no_others() {
    let model = opened(run(Precision::F32), Shapes::Tight);
    // [CLS], positions beyond the row and doubles are left out.
    let trace = traced(&model, &asked(positions(&[3, 0, 5, 3, 900])));
    for (position, token) in trace.tokens.iter().enumerate() {
        let selected = [3, 5].contains(&position);
        assert_eq!((token.selected, token.hidden), (selected, selected));
        assert_eq!(token.candidates.len(), if selected { 5 } else { 0 });
        let origin = if selected { Origin::Sampled } else { Origin::Text };
        assert_eq!(token.origin, origin);
        if !selected {
            assert!(!token.is_replaced());
        }
    }
    let candidates = &trace.tokens[3].candidates;
    assert!(candidates.windows(2).all(|pair| pair[0].probability >= pair[1].probability));
}

#[test]
fn tokens_say_which_characters_they_cover() {
    let model = opened(alone(), Shapes::Tight);
    let text = "É the  chef";
    let trace = traced(&model, &Explore { text: text.to_owned(), ..asked(positions(&[])) });
    let chef = trace.tokens.iter().find(|token| token.text == "chef").expect("a token");
    assert_eq!((chef.start, chef.end), (7, 11));
    assert!(trace.tokens[0].special && trace.tokens.last().expect("tokens").special);
}

#[test]
fn a_persons_choice_takes_the_samples_place_and_shifts_no_other() {
    let model = opened(run(Precision::F32), Shapes::Tight);
    let plain = traced(&model, &asked(positions(&[2, 3])));
    let dog = plain.tokens.len() as u32; // any word
    let replacements = vec![
        Replacement { position: 2, with: Choice::Token(dog) },
        Replacement { position: 5, with: Choice::Word("Undoing".to_owned()) },
        Replacement { position: 0, with: Choice::Token(dog) },
    ];
    let changed = traced(&model, &Explore { replacements, ..asked(positions(&[2, 3])) });
    assert_eq!((changed.tokens[2].origin, changed.tokens[2].read[0].id), (Origin::Chosen, dog));
    assert_eq!(changed.tokens[2].candidates, plain.tokens[2].candidates);
    assert_eq!(changed.tokens[3].read[0].id, plain.tokens[3].read[0].id);
    let typed: Vec<&str> = changed.tokens[5].read.iter().map(|read| read.text.as_str()).collect();
    assert_eq!((changed.tokens[5].origin, typed), (Origin::Typed, vec!["un", "##do", "##ing"]));
    assert!(changed.tokens[5].is_replaced());
    // [CLS] is nobody's to choose.
    assert_eq!(changed.tokens[0].read[0].id, plain.tokens[0].id);
}

#[test]
fn a_discriminator_alone_judges_what_a_person_writes() {
    let model = opened(alone(), Shapes::Tight);
    assert!(!model.card().has_generator);
    assert_eq!(model.card().parameters.generator, 0);
    let trace = traced(&model, &asked(positions(&[3])));
    assert!(trace.tokens[3].selected && trace.tokens[3].candidates.is_empty());
    assert_eq!(trace.score().replaced, 0);
    let replacements = vec![Replacement { position: 3, with: Choice::Word("ate".to_owned()) }];
    let fooled = traced(&model, &Explore { replacements, ..asked(positions(&[])) });
    assert_eq!(fooled.score().replaced, 1);
}

#[test]
fn both_kinds_of_shapes_give_the_same_picture() {
    let [tight, few] = [Shapes::Tight, Shapes::Few].map(|it| opened(run(Precision::F32), it));
    for selection in [Selection::Rule, positions(&[1, 4, 6])] {
        let [a, b] = [&tight, &few].map(|model| traced(model, &asked(selection.clone())));
        assert!(a.difference(&b).expect("the same tokens") < 1e-5);
    }
}

#[test]
fn a_text_that_is_too_long_says_what_was_read() {
    let model = opened(run(Precision::F32), Shapes::Tight);
    let text = "the chef ate ".repeat(40);
    let trace = traced(&model, &Explore { text: text.clone(), ..asked(Selection::Rule) });
    let room = model.card().max_tokens - 2;
    assert_eq!(trace.tokens.len(), room + 2);
    assert_eq!(trace.truncated, 120 - room);
    let read: String = text.chars().take(trace.characters_read).collect();
    assert_eq!(read.split_whitespace().count(), room);
    let whole = traced(&model, &asked(Selection::Rule));
    assert_eq!((whole.truncated, whole.characters_read), (0, TEXT.len()));
}

#[test]
fn words_that_do_not_fit_the_row_are_refused() {
    let model = opened(alone(), Shapes::Tight);
    let text = "the ".repeat(30);
    let replacements = vec![Replacement { position: 3, with: Choice::Word("undoing".to_owned()) }];
    let failure =
        read_sync(explore(&model, &Explore { text, replacements, ..asked(positions(&[])) }))
            .expect_err("too many tokens");
    assert_eq!(failure.kind, FailureKind::BadText);
    assert!(failure.message.contains("18 tokens"), "{}", failure.message);
}

#[test]
fn numbers_outside_their_range_are_refused() {
    let model = opened(run(Precision::F32), Shapes::Tight);
    let token = Replacement { position: 1, with: Choice::Token(61) };
    for bad in [
        Explore { temperature: 0.0, ..asked(Selection::Rule) },
        Explore { temperature: f64::NAN, ..asked(Selection::Rule) },
        Explore { seed: u64::MAX, ..asked(Selection::Rule) },
        Explore { replacements: vec![token], ..asked(Selection::Rule) },
    ] {
        let failure = read_sync(explore(&model, &bad)).expect_err("a refusal");
        assert_eq!(failure.kind, FailureKind::BadRequest, "{}", failure.message);
    }
}

#[test]
fn nothing_to_mask_and_nothing_to_read_are_no_errors() {
    let model = opened(run(Precision::F32), Shapes::Tight);
    for text in ["", "   ", "[SEP] [MASK]"] {
        let trace = traced(&model, &Explore { text: text.to_owned(), ..asked(Selection::Rule) });
        assert_eq!(trace.score().selected, 0, "{text:?}");
    }
}

#[test]
fn a_short_text_is_proofread_as_it_is_explored() {
    let model = opened(alone(), Shapes::Tight);
    let trace = traced(&model, &asked(positions(&[])));
    let proof = read_sync(proofread(&model, TEXT, async |_, _| true)).expect("a proof");
    let proof = proof.expect("not given up");
    assert_eq!((proof.windows, proof.tokens.len()), (1, trace.tokens.len() - 2));
    for (token, column) in proof.tokens.iter().zip(&trace.tokens[1..]) {
        assert_eq!((token.id, token.start), (column.id, column.start));
        assert!((token.replaced - column.read[0].replaced).abs() < 1e-6);
    }
}

#[test]
fn a_long_text_is_proofread_to_its_end_and_can_be_given_up() {
    let model = opened(alone(), Shapes::Tight);
    let text = "the chef cooked a meal, and ate it. ".repeat(20);
    let mut seen = Vec::new();
    let proof = read_sync(proofread(&model, &text, async |done, of| {
        seen.push((done, of));
        true
    }));
    let proof = proof.expect("a proof").expect("not given up");
    assert_eq!(proof.tokens.len(), 200);
    assert_eq!(seen.len(), proof.windows);
    assert!(proof.tokens.windows(2).all(|pair| pair[0].end <= pair[1].start));
    let given_up = read_sync(proofread(&model, &text, async |done, _| done < 2)).expect("no error");
    assert_eq!(given_up, None);
}

#[test]
fn attention_adds_up_and_never_looks_at_padding() {
    let model = opened(run(Precision::F32), Shapes::Few);
    for network in [NetworkName::Discriminator, NetworkName::Generator] {
        let ids = vec![2, 5, 6, 7, 3];
        let asked = Inspect { network, ids, layer: 1, head: 1, from: 2 };
        let attention = read_sync(inspect(&model, &asked)).expect("attention");
        assert_eq!(attention.weights.len(), 5);
        assert!((attention.weights.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{attention:?}");
        for bad in [
            Inspect { layer: 2, ..asked.clone() },
            Inspect { head: 2, ..asked.clone() },
            Inspect { from: 5, ..asked.clone() },
            Inspect { ids: vec![2, 61], ..asked.clone() },
            Inspect { ids: vec![5; 4_000], ..asked.clone() },
        ] {
            let failure = read_sync(inspect(&model, &bad)).expect_err("a refusal");
            assert_eq!(failure.kind, FailureKind::BadRequest);
        }
    }
    let none = opened(alone(), Shapes::Few);
    let network = NetworkName::Generator;
    let asked = Inspect { network, ids: vec![2, 3], layer: 0, head: 0, from: 0 };
    assert_eq!(read_sync(inspect(&none, &asked)).expect_err("none").kind, FailureKind::NoGenerator);
}

#[test]
fn the_self_test_repeats_itself_and_its_numbers_differ() {
    let [first, second] = [(); 2].map(|()| read_sync(self_test(&Device::flex())).expect("numbers"));
    assert!(first.agrees_with(&second));
    assert_eq!(first.difference(&second), 0.0);
    let (low, high) = first
        .numbers
        .iter()
        .fold((f32::MAX, f32::MIN), |(low, high), &number| (low.min(number), high.max(number)));
    assert!(high - low > 0.1, "{low} to {high} would hide an error");
}

#[test]
fn weights_in_half_precision_give_nearly_the_same_picture() {
    let [whole, half] = [Precision::F32, Precision::F16].map(|it| opened(run(it), Shapes::Tight));
    let [a, b] = [&whole, &half].map(|model| traced(model, &asked(positions(&[]))));
    assert!(a.difference(&b).expect("the same tokens") < 2e-3);
    // Rounding does not part what is shared.
    assert_eq!(half.card().parameters, whole.card().parameters);
}

#[test]
fn shared_tables_are_shipped_once() {
    let mut files = run(Precision::F32);
    let whole = opened(files.clone(), Shapes::Tight);
    let weights = |files: &[NamedFile], network: &str| {
        let path = format!("run/{network}/model.safetensors");
        let at = files.iter().position(|file| file.path == path).expect("weights");
        (at, weights::read(&files[at].bytes).expect("tensors"))
    };
    let ((_, judging), (at, mut guessing)) =
        (weights(&files, "discriminator"), weights(&files, "generator"));
    without_shared_tables(&judging, &mut guessing);
    assert!(guessing.keys().all(|name| !name.starts_with("electra.embeddings.")));
    files[at].bytes = weights::write(&guessing, &[], Precision::F32).expect("bytes");
    let lean = opened(files, Shapes::Tight);
    assert_eq!(lean.card(), whole.card());
    let asked = asked(Selection::Rule);
    assert_eq!(traced(&lean, &asked), traced(&whole, &asked));
    // Tables of their own stay.
    let (mut theirs, mut other) = (
        weights::read(&folder(Network::Generator, Precision::F32).weights).expect("tensors"),
        judging.clone(),
    );
    for tensor in other.values_mut() {
        tensor.values[0] += 1.0;
    }
    let before = theirs.len();
    without_shared_tables(&other, &mut theirs);
    assert_eq!(theirs.len(), before);
}

#[test]
fn a_card_is_passed_on_and_its_rule_masks() {
    let mut objective = common_objective();
    objective.mask_prob = 0.5;
    let about =
        About { name: "<b>mine</b>".to_owned(), objective: Some(objective), ..About::default() };
    let mut files = run(Precision::F32);
    files.push(file("run/about.json", serde_json::to_vec(&about).expect("JSON")));
    let model = opened(files, Shapes::Tight);
    assert_eq!(model.card().about.as_ref(), Some(&about));
    let trace = traced(&model, &asked(Selection::Rule));
    assert_eq!(trace.score().selected, 5); // half of 10 tokens
}

fn failing(files: Vec<NamedFile>) -> electra::protocol::Failure {
    let opened = read_sync(open(files, &Device::flex(), Shapes::Tight));
    opened.map(|_| ()).expect_err("these files are bad")
}

/// The discriminator's files with one of them changed.
fn with(path: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<NamedFile> {
    let mut files = alone();
    let file = files.iter_mut().find(|file| file.path == path).expect("a file");
    file.bytes = change(std::mem::take(&mut file.bytes));
    files
}

fn with_field(field: &str, value: &serde_json::Value) -> Vec<NamedFile> {
    with("config.json", |bytes| {
        let mut config: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        config[field] = value.clone();
        config.to_string().into_bytes()
    })
}

#[test]
fn a_wrong_shape_is_named_as_it_stands_in_the_file() {
    let failure = failing(with_field("intermediate_size", &96.into()));
    let tensor = failure.tensor.expect("a tensor");
    assert_eq!(tensor.name, "electra.encoder.layer.0.intermediate.dense.weight");
    assert_eq!(tensor.found, Some(vec![128, 32]));
    assert_eq!(tensor.expected, Some(vec![96, 32]));
    assert!(failure.message.starts_with("model.safetensors: "), "{}", failure.message);
}

#[test]
fn a_generator_is_no_discriminator() {
    let failure = failing(files_of("", Network::Generator, Precision::F32));
    let name = failure.tensor.expect("a tensor").name;
    assert!(
        name.starts_with("electra.") || name.starts_with("discriminator_predictions."),
        "{name}"
    );
}

#[test]
fn huge_numbers_in_a_configuration_cost_nothing() {
    for (field, value) in [
        ("vocab_size", 1_u64 << 50),
        ("hidden_size", 1 << 40),
        ("num_hidden_layers", 1 << 60),
        ("intermediate_size", 1 << 45),
        ("type_vocab_size", u64::from(u32::MAX)),
        ("embedding_size", 1 << 33),
    ] {
        let failure = failing(with_field(field, &value.into()));
        assert_eq!(failure.kind, FailureKind::BadFile, "{field}");
        assert!(failure.message.contains("config.json"), "{field}: {}", failure.message);
    }
    let failure = failing(with("config.json", |bytes| {
        let mut config: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        config["position"] = "learned".into();
        config["max_position_embeddings"] = (1_u64 << 50).into();
        config.to_string().into_bytes()
    }));
    assert!(failure.message.contains("config.json"), "{}", failure.message);
}

#[test]
fn damaged_files_are_one_sentence_each() {
    let cut = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    let bomb = |_| {
        let mut bytes = u64::MAX.to_le_bytes().to_vec();
        bytes.extend_from_slice(b"{}");
        bytes
    };
    let nan = |bytes: Vec<u8>| {
        let mut tensors = weights::read(&bytes).expect("tensors");
        for tensor in tensors.values_mut() {
            tensor.values.fill(f32::NAN);
        }
        weights::write(&tensors, &[], Precision::F32).expect("bytes")
    };
    for (files, part) in [
        (with("model.safetensors", cut), "model.safetensors"),
        (with("model.safetensors", bomb), "model.safetensors"),
        (with("model.safetensors", nan), "no number"),
        (with("config.json", cut), "config.json"),
        (with("config.json", |_| vec![0xff, 0xfe]), "config.json"),
        (with("vocab.txt", |_| b"only\nwords\n".to_vec()), "vocab.txt"),
        (with("vocab.txt", |bytes| [&bytes[..], b"more\nwords\n"].concat()), "words"),
        (with_field("hidden_act", &"relu".into()), "hidden_act"),
    ] {
        let failure = failing(files);
        assert_eq!(failure.kind, FailureKind::BadFile, "{}", failure.message);
        assert!(failure.message.contains(part), "{part}: {}", failure.message);
        assert!(!failure.message.contains('\n'), "{}", failure.message);
    }
}

#[test]
fn missing_files_are_named() {
    for missing in ["config.json", "model.safetensors", "vocab.txt"] {
        let mut files = alone();
        files.retain(|file| file.path != missing);
        let failure = failing(files);
        assert_eq!(failure.kind, FailureKind::MissingFile);
        assert!(failure.message.contains(missing), "{}", failure.message);
    }
}

fn answer(session: &mut Session, command: Command, files: Vec<NamedFile>) -> Event {
    read_sync(session.answer(command, files, || 0.0, async |_| true))
}

#[test]
fn a_model_stays_when_the_next_one_cannot_be_opened() {
    let mut session = Session::new(Device::flex(), Shapes::Tight);
    let explore = || Command::Explore(asked(Selection::Rule));
    let Event::Failed(failure) = answer(&mut session, explore(), vec![]) else {
        panic!("no model is open yet")
    };
    assert_eq!(failure.kind, FailureKind::NoModel);
    let opened = answer(&mut session, Command::Open, run(Precision::F32));
    assert!(matches!(opened, Event::Opened(card) if card.has_generator));
    let before = answer(&mut session, explore(), vec![]);
    let broken = answer(&mut session, Command::Open, with("config.json", |_| vec![]));
    assert!(matches!(broken, Event::Failed(_)));
    assert_eq!(answer(&mut session, explore(), vec![]), before);
}

#[test]
fn measuring_counts_passes_and_stays_inside_the_model() {
    let mut session = Session::new(Device::flex(), Shapes::Tight);
    answer(&mut session, Command::Open, alone());
    let command = Command::Measure { tokens: 9_999, passes: 3 };
    let Event::Measured(measured) = answer(&mut session, command, vec![]) else {
        panic!("nothing was measured")
    };
    let longest = ElectraConfig { ..tiny("nano").model }.max_position_embeddings;
    assert_eq!((measured.tokens, measured.milliseconds.len()), (longest, 3));
}

#[test]
fn what_page_and_engine_say_survives_as_json() {
    let mut session = Session::new(Device::flex(), Shapes::Tight);
    let opened = answer(&mut session, Command::Open, run(Precision::F32));
    let explored = answer(&mut session, Command::Explore(asked(Selection::Rule)), vec![]);
    for event in [opened, explored] {
        let text = serde_json::to_string(&event).expect("JSON");
        assert_eq!(serde_json::from_str::<Event>(&text).expect("an event"), event);
    }
}
