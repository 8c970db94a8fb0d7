//! Opens a model from files.

use super::files::{Files, NamedFile, Places, in_folder};
use super::model::{Networks, OpenModel, Shapes};
use super::task::{TaskModel, reading, refuse_questions};
use crate::asking::Answerer;
use crate::config::{ElectraConfig, ObjectiveConfig, PretrainConfig};
use crate::error::{CheckpointError, TaskError, TokenizerError};
use crate::models;
use crate::parameters;
use crate::protocol::{
    About, Classify, Failure, FailureKind, LONGEST_ROW, ModelCard, Parameters, TokenizerCard,
};
use crate::tokenizer::Tokenizer;
use burn::module::Module;
use burn::tensor::Device;

/// The recipe whose rule masks where the model does not say its own.
const RULE: &str = "small";

/// What files held.
pub enum Opened {
    /// A discriminator, with or without its generator.
    Electra(Box<OpenModel>),
    /// A model fine-tuned for a task.
    Task(Box<TaskModel>),
}

impl Opened {
    /// What is known about the model.
    pub fn card(&self) -> &ModelCard {
        match self {
            Self::Electra(model) => model.card(),
            Self::Task(model) => model.card(),
        }
    }
}

/// Opens the model in `files` on `device`, whatever it is.
///
/// # Errors
///
/// [`FailureKind::MissingFile`] or [`FailureKind::BadFile`], naming file, tensor and shapes.
pub async fn open_any(
    files: Vec<NamedFile>,
    device: &Device,
    shapes: Shapes,
) -> Result<Opened, Failure> {
    let mut files = Files::new(files);
    let places = files.places()?;
    if files.holds_task(&places.discriminator) {
        let model = Box::pin(open_task(&mut files, &places, device, shapes)).await?;
        return Ok(Opened::Task(Box::new(model)));
    }
    Ok(Opened::Electra(Box::new(open_electra(files, &places, device, shapes).await?)))
}

/// Opens the discriminator in `files` on `device`, with its generator if there is one.
///
/// # Errors
///
/// As [`open_any`].
pub async fn open(
    files: Vec<NamedFile>,
    device: &Device,
    shapes: Shapes,
) -> Result<OpenModel, Failure> {
    let files = Files::new(files);
    let places = files.places()?;
    open_electra(files, &places, device, shapes).await
}

async fn open_task(
    files: &mut Files,
    places: &Places,
    device: &Device,
    shapes: Shapes,
) -> Result<TaskModel, Failure> {
    let place = &places.discriminator;
    let about = about(files, places)?;
    let tokenizer = tokenizer(files, place)?;
    let folder = files.take_network(place)?;
    let words = tokenizer.vocab_size();
    let failed = |error: TaskError| match error {
        TaskError::Checkpoint(error) => in_folder(place, error),
        error => in_folder(place, CheckpointError::Config(error.to_string())),
    };
    refuse_questions(&folder).map_err(|error| in_folder(place, error))?;
    let answerer = Answerer::open(&folder, tokenizer, reading(shapes), device).map_err(failed)?;
    check_words(words, &answerer.config)?;
    let model = TaskModel::new(answerer, about);
    let asked = Classify { text: "a".to_owned(), second: None };
    model.classify(&asked).await.map_err(as_bad_file)?;
    Ok(model)
}

async fn open_electra(
    mut files: Files,
    places: &Places,
    device: &Device,
    shapes: Shapes,
) -> Result<OpenModel, Failure> {
    let about = about(&mut files, places)?;
    let tokenizer = tokenizer(&mut files, &places.discriminator)?;
    let (config, networks) = networks(&mut files, places, device)?;
    check_words(tokenizer.vocab_size(), &config)?;
    let model = OpenModel {
        card: card(config, &networks, &tokenizer, about.as_ref()),
        objective: rule(about.as_ref())?,
        networks,
        tokenizer,
        shapes,
        device: device.clone(),
    };
    let special = model.tokenizer.special();
    let tried = model.suspicions(vec![special.cls, special.unk, special.sep]).await;
    tried.map_err(as_bad_file)?;
    Ok(model)
}

/// Weights that give no numbers are found when a model is opened, while the present one stays.
fn as_bad_file(failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::DeviceError => Failure { kind: FailureKind::BadFile, ..failure },
        _ => failure,
    }
}

fn check_words(words: usize, config: &ElectraConfig) -> Result<(), Failure> {
    let rows = config.vocab_size;
    if words <= rows {
        return Ok(());
    }
    let message =
        format!("the tokenizer has {words} words, the model only {rows}; take both from one model");
    Err(Failure::new(FailureKind::BadFile, message))
}

fn networks(
    files: &mut Files,
    places: &Places,
    device: &Device,
) -> Result<(ElectraConfig, Networks), Failure> {
    let place = &places.discriminator;
    let judging = files.take_network(place)?;
    let Some(generator) = &places.generator else {
        let (config, detector) =
            models::detector(&judging, device).map_err(|error| in_folder(place, error))?;
        return Ok((config, Networks::Alone(Box::new(detector))));
    };
    let proposing = files.take_network(generator)?;
    let (config, electra) = models::electra(&judging, &proposing, device).map_err(|error| {
        // The heads tell the folders apart; what both hold is read from the discriminator's.
        let at = if error.to_string().contains("generator") { generator } else { place };
        in_folder(at, error)
    })?;
    Ok((config, Networks::Both(Box::new(electra))))
}

fn tokenizer(files: &mut Files, folder: &str) -> Result<Tokenizer, Failure> {
    let unusable = |name: &str, error: TokenizerError| {
        Failure::new(FailureKind::BadFile, format!("{folder}{name}: {error}"))
    };
    if let Some(json) = files.take(&format!("{folder}tokenizer.json")) {
        return Tokenizer::from_json(&json).map_err(|error| unusable("tokenizer.json", error));
    }
    let Some(vocab) = files.take(&format!("{folder}vocab.txt")) else {
        let message = format!(
            "`{folder}tokenizer.json` and `{folder}vocab.txt` are missing; one of them is needed"
        );
        return Err(Failure::new(FailureKind::MissingFile, message));
    };
    // As in Hugging Face's loader: lower-cased unless the configuration says otherwise.
    let config = files.take(&format!("{folder}tokenizer_config.json")).unwrap_or_default();
    let config: serde_json::Value = serde_json::from_slice(&config).unwrap_or_default();
    let lower = config["do_lower_case"].as_bool().unwrap_or(true);
    let strip = config["strip_accents"].as_bool().unwrap_or(lower);
    Tokenizer::from_vocab_txt(&String::from_utf8_lossy(&vocab), lower, strip)
        .map_err(|error| unusable("vocab.txt", error))
}

/// `about.json` beside the discriminator's files or one folder up.
fn about(files: &mut Files, places: &Places) -> Result<Option<About>, Failure> {
    let folder = &places.discriminator;
    let above = folder.trim_end_matches('/').rfind('/').map_or("", |at| &folder[..=at]);
    for place in [folder.as_str(), above] {
        let path = format!("{place}about.json");
        if let Some(bytes) = files.take(&path) {
            return serde_json::from_slice(&bytes).map(Some).map_err(|error| {
                Failure::new(FailureKind::BadFile, format!("`{path}` cannot be read: {error}"))
            });
        }
    }
    Ok(None)
}

/// The rule that trained the model, without drawing one position twice: a page shows each once.
fn rule(about: Option<&About>) -> Result<ObjectiveConfig, Failure> {
    let refused = |error: &dyn std::fmt::Display| {
        Failure::new(FailureKind::BadFile, format!("about.json: {error}"))
    };
    let mut config = PretrainConfig::preset(RULE).map_err(|error| refused(&error))?;
    if let Some(objective) = about.and_then(|about| about.objective.clone()) {
        config.objective = objective;
    }
    config.validate().map_err(|error| refused(&error))?;
    config.objective.mask_with_replacement = false;
    Ok(config.objective)
}

fn card(
    config: ElectraConfig,
    networks: &Networks,
    tokenizer: &Tokenizer,
    about: Option<&About>,
) -> ModelCard {
    let (has_generator, parameters) = match networks {
        Networks::Both(electra) => (true, count(electra.as_ref())),
        Networks::Alone(detector) => (false, count(detector.as_ref())),
    };
    ModelCard {
        has_generator,
        parameters,
        max_tokens: config.max_position_embeddings.min(LONGEST_ROW),
        tokenizer: tokenizer.into(),
        about: about.cloned(),
        task: None,
        config,
    }
}

impl From<&Tokenizer> for TokenizerCard {
    fn from(tokenizer: &Tokenizer) -> Self {
        Self {
            vocab_size: tokenizer.vocab_size(),
            lower_case: tokenizer.lower_case(),
            strip_accents: tokenizer.strip_accents(),
            mask: tokenizer.special().mask,
        }
    }
}

pub(super) fn count(module: &impl Module) -> Parameters {
    let mut parameters = Parameters::default();
    for parameter in parameters::list(module) {
        let size = parameter.shape.iter().product::<usize>();
        if parameter.name.starts_with("generator.") {
            parameters.generator += size;
        } else {
            parameters.discriminator += size;
        }
    }
    parameters
}
