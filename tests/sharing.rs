//! What the networks share stays one: after steps, saving and loading, and in the gradients. Traps
//! 11 to 13 of the reference notes.
#![allow(clippy::disallowed_methods, reason = "tests read files and wait for devices")]

mod common;

use burn::module::Module;
use burn::tensor::{Bool, Device, Int, Tensor, TensorData, read_sync};
use common::{Counting, SPECIAL, VOCAB, batch, gradients, tiny, values, vocabulary};
use electra::checkpoint::load;
use electra::config::{ElectraConfig, PositionKind, PretrainConfig, Tie};
use electra::electra::{DENOMINATOR_SLACK, Denominators, Electra, Inputs, PlainSwaps};
use electra::hugging_face::Network;
use electra::mask::mask;
use electra::models::{self, Folder};
use electra::ops;
use electra::parameters;
use electra::random::{NoiseKeys, Stream, host};
use electra::trainer::Trainer;
use electra::weights::{self, HostTensor, HostTensors, Precision};

const WORDS: &str = "electra.embeddings.word_embeddings.weight";

fn exported(model: &Electra, config: &ElectraConfig, network: Network) -> Folder {
    read_sync(models::export(model, config, network, SPECIAL.pad, Precision::F32)).expect("export")
}

fn words(folder: &Folder) -> HostTensor {
    weights::read(&folder.weights).expect("tensors")[WORDS].clone()
}

/// The generator's scores at one position.
fn scores(model: &Electra) -> Vec<f32> {
    let device = Device::flex();
    let batch = batch(1);
    let model = model.valid();
    let ids = batch.upload(batch.ids.clone(), &device);
    let segments = batch.upload(batch.segments.clone(), &device);
    let hidden = model.generator_hidden(ids, segments, &batch.real_tokens(&device), &mut None);
    values(model.generator_scores(hidden, Tensor::from_ints([1], &device)))
}

/// Changing a row of the input table that no input uses changes that word's score alone.
fn assert_output_is_input(model: Electra) {
    let before = scores(&model);
    let row = VOCAB - 1;
    assert!(!batch(1).ids.contains(&(row as i32)));
    let changed = parameters::change(model, |_, name, values| {
        if name != "embeddings.word" {
            return values;
        }
        let device = values.device();
        let mut host: Vec<f32> = values.into_data().try_into_vec().expect("floats");
        host[row * 24..].fill(1.0);
        let size = host.len();
        Tensor::from_data(TensorData::new(host, [size]), &device)
    });
    let after = scores(&changed);
    assert_ne!(before[row], after[row]);
    assert_eq!(before[..row], after[..row]);
}

#[test]
fn both_networks_keep_one_table_through_steps_saving_and_loading() {
    let device = Device::flex();
    let config = tiny("small");
    let mut trainer = Trainer::new(config.clone(), vocabulary(), &device, false);
    let fresh = words(&exported(trainer.model(), &config.model, Network::Generator));
    for _ in 0..3 {
        trainer.advance(&Counting(50)).expect("steps left");
    }
    let bytes = read_sync(trainer.checkpoint()).expect("a checkpoint");
    let saved = weights::read(&bytes).expect("tensors");
    let tables: Vec<&String> = saved.keys().filter(|name| name.contains("word")).collect();
    let once = ["adam.first.embeddings.word", "adam.second.embeddings.word", "embeddings.word"];
    assert_eq!(tables, once, "the table and its moments exist once");
    let resumed = Trainer::resume(&bytes, vocabulary(), &device, false).expect("a run");
    let [judging, proposing] = [Network::Discriminator, Network::Generator]
        .map(|network| exported(trainer.model(), &config.model, network));
    let (read_config, read) = models::electra(&judging, &proposing, &device).expect("a model");
    assert_eq!(read_config.tie, Tie::Embeddings);
    let trained = words(&judging);
    assert_ne!(trained, fresh, "three steps moved the table");
    for model in [trainer.model(), resumed.model(), &read] {
        for network in [Network::Discriminator, Network::Generator] {
            assert_eq!(words(&exported(model, &config.model, network)), trained);
        }
        assert_output_is_input(model.clone());
    }
}

/// Largest difference between two vectors, relative to the largest element.
fn error(left: &[f32], right: &[f32]) -> f32 {
    let largest = right.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let pairs = left.iter().zip(right);
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0_f32, f32::max) / largest
}

/// A model of the same values whose generator has what is called `shared` for itself.
fn apart(tied: &Electra, config: &ElectraConfig, shared: &str, device: &Device) -> Electra {
    let mut tensors = read_sync(models::host_tensors(tied)).expect("parameters");
    let own = |name: &str| format!("generator.{}", name.trim_start_matches("discriminator."));
    let copies: Vec<_> = tensors
        .iter()
        .filter(|(name, _)| name.starts_with(shared))
        .map(|(name, tensor)| (own(name), tensor.clone()))
        .collect();
    tensors.extend(copies);
    load(Electra::new(config, 0, device), &mut tensors).expect("the same tensors")
}

struct Step {
    config: PretrainConfig,
    inputs: Inputs,
    denominators: Denominators,
    swaps: PlainSwaps,
}

fn step(device: &Device) -> Step {
    let config = tiny("small");
    let batch = batch(4);
    let mut rng = host(9, Stream::Mask, 0);
    let masked = mask(&batch, &SPECIAL, &config.objective, 16, false, &mut rng);
    let mut denominators = Denominators::default();
    denominators.add(&batch, &masked);
    let slots = masked.positions.len();
    let tokens = Tensor::<1, Int>::from_data(TensorData::new(vec![7; slots], [slots]), device);
    let taken = Tensor::<1, Bool>::from_data(TensorData::new(vec![true; slots], [slots]), device);
    let inputs = Inputs::new(&batch, &masked, device);
    Step { config, inputs, denominators, swaps: PlainSwaps { tokens, taken } }
}

impl Step {
    fn losses(&self, model: &Electra) -> electra::electra::Losses {
        let key = NoiseKeys::new(1, Stream::Sample, 0).next_key();
        let (objective, swaps) = (&self.config.objective, self.swaps.clone());
        model.losses(&self.inputs, objective, self.denominators, key, Some(swaps), None)
    }

    /// The generator's loss where its output table is `output`.
    fn generator_loss(&self, model: &Electra, output: Tensor<2>) -> Tensor<1> {
        let Inputs { masked, segments, real, slots, targets, weights, .. } = self.inputs.clone();
        let hidden = model.generator_hidden(masked, segments, &real, &mut None);
        let [rows, seq, width] = hidden.dims();
        let gathered = hidden.reshape([rows * seq, width]).select(0, slots.positions);
        let scores = model.generator.scores(gathered, output);
        ops::cross_entropy(scores, targets, weights)
            / (self.denominators.masked + DENOMINATOR_SLACK)
    }
}

#[test]
fn the_gradient_of_a_shared_table_is_the_sum_of_its_three_uses() {
    let device = Device::flex().autodiff();
    let step = step(&device);
    let (config, objective) = (&step.config.model, &step.config.objective);
    let tied = Electra::new(config, 3, &device);
    let shared = gradients(&tied, step.losses(&tied).total(objective).backward());

    let config = ElectraConfig { tie: Tie::None, ..config.clone() };
    let apart = apart(&tied, &config, "embeddings.", &device);
    let output = Tensor::<2>::from_data(tied.embeddings.word.val().inner().into_data(), &device);
    let output = output.require_grad();
    let losses = step.losses(&apart);
    let mlm = step.generator_loss(&apart, output.clone());
    let total =
        mlm * objective.generator_weight + losses.discriminator * objective.discriminator_weight;
    let grads = total.backward();
    let from_output = values(output.grad(&grads).expect("a gradient"));
    let separate = gradients(&apart, grads);

    for (name, gradient) in shared.iter().filter(|(name, _)| name.starts_with("embeddings.")) {
        let (judging, proposing) = (&separate[name], &separate[&format!("generator.{name}")]);
        let output = if name == "embeddings.word" { &from_output[..] } else { &[] };
        let uses: [&[f32]; 3] = [judging, proposing, output];
        let sum: Vec<f32> = (0..gradient.len())
            .map(|at| uses.iter().filter_map(|part| part.get(at)).sum())
            .collect();
        assert!(error(&sum, gradient) < 1e-5, "{name}: {}", error(&sum, gradient));
        for part in uses.into_iter().filter(|part| !part.is_empty()) {
            assert!(error(part, gradient) > 1e-3, "{name}: one use gives the whole gradient");
        }
    }
}

/// Networks of one size that share everything.
fn whole() -> PretrainConfig {
    let mut config = tiny("small");
    config.model.generator = config.model.discriminator.clone();
    config.model.tie = Tie::All;
    config.validate().expect("a valid configuration");
    config
}

/// Tables and encoder of a network as they are exported.
fn encoder(model: &Electra, config: &ElectraConfig, network: Network) -> HostTensors {
    let mut tensors = weights::read(&exported(model, config, network).weights).expect("tensors");
    tensors.retain(|name, _| name.starts_with("electra."));
    tensors
}

#[test]
fn networks_tied_as_a_whole_stay_one_through_steps_saving_and_loading() {
    let (device, config) = (Device::flex(), whole());
    let mut trainer = Trainer::new(config.clone(), vocabulary(), &device, false);
    let fresh = encoder(trainer.model(), &config.model, Network::Generator);
    for _ in 0..3 {
        trainer.advance(&Counting(50)).expect("steps left");
    }
    let bytes = read_sync(trainer.checkpoint()).expect("a checkpoint");
    let saved = weights::read(&bytes).expect("tensors");
    assert!(saved.keys().all(|name| !name.contains("generator.encoder")));
    let resumed = Trainer::resume(&bytes, vocabulary(), &device, false).expect("a run");
    let [judging, mut proposing] = [Network::Discriminator, Network::Generator]
        .map(|network| exported(trainer.model(), &config.model, network));
    let (read_config, read) = models::electra(&judging, &proposing, &device).expect("a model");
    assert_eq!(read_config.tie, Tie::All);
    let trained = encoder(trainer.model(), &config.model, Network::Discriminator);
    assert!(trained.iter().any(|(name, it)| name.contains("layer.1") && *it != fresh[name]));
    for model in [trainer.model(), resumed.model(), &read] {
        for network in [Network::Discriminator, Network::Generator] {
            assert_eq!(encoder(model, &config.model, network), trained);
        }
    }
    // One number apart, and they are two encoders over the same tables.
    let mut theirs = weights::read(&proposing.weights).expect("tensors");
    let bias = theirs.get_mut("electra.encoder.layer.1.output.dense.bias").expect("a bias");
    bias.values[0] += 1.0;
    proposing.weights = weights::write(&theirs, &[], Precision::F32).expect("bytes");
    let (read_config, _) = models::electra(&judging, &proposing, &device).expect("a model");
    assert_eq!(read_config.tie, Tie::Embeddings);
}

#[test]
fn the_gradient_of_a_shared_encoder_is_the_sum_of_both_networks() {
    let device = Device::flex().autodiff();
    let step = Step { config: whole(), ..step(&device) };
    let (config, objective) = (&step.config.model, &step.config.objective);
    let tied = Electra::new(config, 3, &device);
    let shared = gradients(&tied, step.losses(&tied).total(objective).backward());
    let config = ElectraConfig { tie: Tie::Embeddings, ..config.clone() };
    let apart = apart(&tied, &config, "discriminator.encoder.", &device);
    let separate = gradients(&apart, step.losses(&apart).total(objective).backward());
    let mut compared = 0;
    for (name, gradient) in &shared {
        let Some(rest) = name.strip_prefix("discriminator.encoder.") else { continue };
        // Its gradient is zero: one vector more for all keys changes no attention.
        if rest.ends_with("key.bias") {
            continue;
        }
        let (judging, proposing) =
            (&separate[name], &separate[&format!("generator.encoder.{rest}")]);
        let sum: Vec<f32> = judging.iter().zip(proposing).map(|(a, b)| a + b).collect();
        assert!(error(&sum, gradient) < 1e-4, "{name}: {}", error(&sum, gradient));
        for part in [judging, proposing] {
            assert!(error(part, gradient) > 1e-3, "{name}: one use gives the whole gradient");
        }
        compared += 1;
    }
    assert!(compared > 30, "{compared}");
}

#[test]
fn untying_costs_the_three_tables_and_their_layer_norm() {
    let device = Device::flex();
    for preset in ["small", "nano"] {
        let mut config = tiny(preset).model;
        let count = |config: &ElectraConfig| Electra::new(config, 0, &device).num_params();
        let tied = count(&config);
        config.tie = Tie::None;
        let positions = match config.position {
            PositionKind::Learned => config.max_position_embeddings,
            PositionKind::Rotary => 0,
        };
        let rows = VOCAB + positions + config.type_vocab_size;
        let width = config.embedding_size;
        assert_eq!(count(&config) - tied, rows * width + 2 * width);
    }
}
