//! Hugging Face's `config.json` there and back, and what is refused in words.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]

#[path = "common/fixture.rs"]
mod fixture;

use burn::tensor::{Device, read_sync};
use electra::config::{
    ElectraConfig, Initializer, NetworkConfig, NormPlacement, PositionKind, PretrainConfig, Tie,
};
use electra::convert::{Converted, convert};
use electra::error::CheckpointError;
use electra::hugging_face::{Architecture, Network, read_config, write_config};
use electra::models::{self, Folder};
use electra::weights::{self, Precision};
use fixture::golden;
use serde_json::{Value, json};

fn preset(name: &str) -> ElectraConfig {
    PretrainConfig::preset(name).expect("a preset").model
}

/// What a folder of one network can say about a model: nothing of how it is tied, and of how it
/// began what its norms tell.
fn said_by(config: &ElectraConfig, shape: &NetworkConfig) -> ElectraConfig {
    ElectraConfig {
        initializer: match config.norm {
            NormPlacement::Post => Initializer::Google,
            NormPlacement::Pre => Initializer::FanIn,
        },
        tie: Tie::Embeddings,
        discriminator: shape.clone(),
        generator: shape.clone(),
        ..config.clone()
    }
}

#[test]
fn a_config_survives_hugging_face_s_file() {
    let mut learned = preset("nano");
    learned.position = PositionKind::Learned;
    let mut odd = preset("small");
    odd.layer_norm_eps = 3e-7;
    odd.hidden_dropout_prob = 0.15;
    odd.attention_probs_dropout_prob = 0.05;
    odd.vocab_size = 4_321;
    odd.type_vocab_size = 3;
    odd.max_position_embeddings = 77;
    odd.discriminator.intermediate_size = 1_000;
    for config in [preset("small"), preset("large"), preset("tiny"), learned, odd] {
        for (network, shape) in [
            (Network::Discriminator, &config.discriminator),
            (Network::Generator, &config.generator),
        ] {
            let text = write_config(&config, network, 0);
            assert_eq!(read_config(&text).expect("own file"), said_by(&config, shape), "{text}");
        }
    }
}

#[test]
fn only_the_paper_s_recipe_is_called_electra() {
    let written = |config: &ElectraConfig, network| -> Value {
        serde_json::from_str(&write_config(config, network, 5)).expect("JSON")
    };
    let paper = written(&preset("base"), Network::Generator);
    assert_eq!(paper["model_type"], "electra");
    assert_eq!(paper["architectures"], json!(["ElectraForMaskedLM"]));
    assert_eq!((&paper["norm"], &paper["position"]), (&Value::Null, &Value::Null));
    assert_eq!(paper["pad_token_id"], 5);
    let mut pre_norm = preset("base");
    pre_norm.norm = NormPlacement::Pre;
    let mut rotary = preset("base");
    rotary.position = PositionKind::Rotary;
    for config in [pre_norm, rotary, preset("nano")] {
        let ours = written(&config, Network::Discriminator);
        assert_eq!(ours["model_type"], "electra-modern");
        assert_eq!(ours["architectures"], json!(["ElectraModernForPreTraining"]));
    }
}

/// The paper's small discriminator with one field changed.
fn with(field: &str, value: Value) -> String {
    let text = write_config(&preset("small"), Network::Discriminator, 0);
    let mut fields: Value = serde_json::from_str(&text).expect("JSON");
    fields[field] = value;
    fields.to_string()
}

#[test]
fn configurations_that_would_be_run_wrongly_are_refused_in_words() {
    for (field, value) in [
        ("hidden_act", "gelu_new"),
        ("hidden_act", "relu"),
        ("position_embedding_type", "relative_key"),
        ("position_embedding_type", "relative_key_query"),
        ("model_type", "roberta"),
    ] {
        let message = read_config(&with(field, json!(value))).expect_err(value).to_string();
        let start = format!("`{field}` is `{value}` in this config.json; ");
        assert!(message.starts_with(&start) && message.len() > start.len() + 10, "{message}");
    }
    assert!(read_config(&with("position_embedding_type", json!("absolute"))).is_ok());
    for (field, value) in [("hidden_size", json!(0)), ("vocab_size", json!("many"))] {
        assert!(read_config(&with(field, value)).is_err(), "{field}");
    }
    let message = read_config("{").expect_err("half a file").to_string();
    assert!(!message.is_empty());
}

#[test]
fn files_without_optional_fields_have_hugging_face_s_defaults() {
    let text = write_config(&preset("small"), Network::Discriminator, 0);
    let mut fields: Value = serde_json::from_str(&text).expect("JSON");
    let all = fields.as_object_mut().expect("an object");
    for field in [
        "hidden_act",
        "hidden_dropout_prob",
        "attention_probs_dropout_prob",
        "max_position_embeddings",
        "type_vocab_size",
        "layer_norm_eps",
    ] {
        assert!(all.remove(field).is_some(), "{field}");
    }
    let read = read_config(&fields.to_string()).expect("a sparse file");
    assert_eq!(read, read_config(&text).expect("a full file"));
}

fn folder(network: &str) -> Folder {
    let file = |name: &str| std::fs::read(golden("square").join(name)).expect("a fixture");
    let both: Value = serde_json::from_slice(&file("config.json")).expect("JSON");
    Folder { config: both[network].to_string(), weights: file(&format!("{network}.safetensors")) }
}

fn as_generator(folder: &Folder) -> Result<Converted, CheckpointError> {
    let with = (0, 0, Precision::F32);
    read_sync(convert(folder, Architecture::Generator, with, &Device::flex()))
}

#[test]
fn a_generator_that_scores_by_another_table_is_refused() {
    let device = Device::flex();
    let (judging, mut proposing) = (folder("discriminator"), folder("generator"));
    let mut tensors = weights::read(&proposing.weights).expect("tensors");
    let mut output = tensors["electra.embeddings.word_embeddings.weight"].clone();
    // Some programs write the tied table twice.
    tensors.insert("generator_lm_head.weight".to_owned(), output.clone());
    proposing.weights = weights::write(&tensors, &[], Precision::F32).expect("bytes");
    assert!(models::electra(&judging, &proposing, &device).is_ok());
    // Nothing of it is lost.
    assert!(as_generator(&proposing).expect("a tied output").ignored.is_empty());
    output.values[3] += 0.5;
    tensors.insert("generator_lm_head.weight".to_owned(), output);
    proposing.weights = weights::write(&tensors, &[], Precision::F32).expect("bytes");
    let error = models::electra(&judging, &proposing, &device).expect_err("an untied output");
    assert_eq!(error, CheckpointError::UntiedOutput);
    assert_eq!(as_generator(&proposing).expect_err("an untied output"), error);
    assert!(error.to_string().contains("generator_lm_head.weight"), "{error}");
}
