//! Flags become one configuration: the paper's for model and task, then `--set`, then flags.

use crate::args::TuningArgs;
use crate::settings::numbers::in_words;
use anyhow::{Context, Result, anyhow, bail};
use electra::config::{ElectraConfig, FineTuneConfig, HeadStyle};
use electra::tasks::TaskSpec;
use toml::{Table, Value};

/// More are a seed that was given where a number of seeds is asked for.
const MOST_SEEDS: u64 = 1000;

/// The configuration of every seed, but for the seed.
///
/// `trained` is the longest row of pre-training: rows are no longer unless `--seq` asks for it.
///
/// # Errors
///
/// When a flag is out of range or unknown.
pub(super) fn plan(
    args: &TuningArgs,
    model: &ElectraConfig,
    spec: &TaskSpec,
    trained: Option<usize>,
) -> Result<FineTuneConfig> {
    let mut config = FineTuneConfig::for_task(model, spec);
    if let Some(trained) = trained {
        config.max_seq_length = config.max_seq_length.min(trained);
    }
    let settings = args.set.iter().map(|text| Setting::parse(text)).collect::<Result<Vec<_>>>()?;
    // First, so that single numbers win wherever they stand.
    let (presets, others): (Vec<_>, Vec<_>) = settings.into_iter().partition(Setting::is_preset);
    for setting in presets {
        config = setting.of_size(config)?;
    }
    for setting in others {
        config = setting.assigned(&config)?;
    }
    apply(&mut config, args);
    config.validate(model, &spec.kind)?;
    Ok(config)
}

fn apply(config: &mut FineTuneConfig, args: &TuningArgs) {
    fn set<T>(field: &mut T, flag: Option<T>) {
        if let Some(value) = flag {
            *field = value;
        }
    }
    set(&mut config.epochs, args.epochs);
    set(&mut config.max_seq_length, args.seq);
    set(&mut config.batch_size, args.batch);
    set(&mut config.accumulation, args.accumulate);
    set(&mut config.learning_rate, args.lr);
    set(&mut config.layer_decay, args.layer_decay);
    set(&mut config.patience, args.patience);
    match args.head.as_deref() {
        Some("google") => config.head = HeadStyle::Google,
        Some("mean") => config.head = HeadStyle::Mean,
        Some(_) => config.head = HeadStyle::HuggingFace,
        None => {}
    }
}

/// One `--set FIELD=VALUE`.
struct Setting<'a> {
    /// As it was written.
    text: &'a str,
    field: &'a str,
    value: Value,
}

impl<'a> Setting<'a> {
    fn parse(text: &'a str) -> Result<Self> {
        let Some((field, value)) = text.split_once('=') else {
            bail!("`--set {text}` has no `=`; write for example `--set weight_decay=0.01`");
        };
        let field = field.trim();
        if field == "seed" {
            bail!("`--set {text}` would not change the seeds; use `--seed {}`", value.trim());
        }
        // What is no TOML value by itself is a word: `--set loss=mean` needs no quotes.
        let value = format!("value = {value}")
            .parse::<Table>()
            .ok()
            .and_then(|mut parsed| parsed.remove("value"))
            .unwrap_or_else(|| Value::String(value.trim().to_owned()));
        Ok(Self { text, field, value })
    }

    fn is_preset(&self) -> bool {
        self.field == "preset"
    }

    /// The settings of the size that is named; what depends on the task stays.
    fn of_size(&self, config: FineTuneConfig) -> Result<FineTuneConfig> {
        let name = match &self.value {
            Value::String(name) => name.clone(),
            other => other.to_string(),
        };
        let FineTuneConfig { epochs, max_seq_length, both_orders, .. } = config;
        let named = FineTuneConfig::preset(&name)?;
        Ok(FineTuneConfig { epochs, max_seq_length, both_orders, ..named })
    }

    /// The configuration with this field.
    fn assigned(self, config: &FineTuneConfig) -> Result<FineTuneConfig> {
        let Self { text, field, value } = self;
        let mut table = Table::try_from(config).context("cannot write the configuration")?;
        match field.split_once('.') {
            None => {
                table.insert(field.to_owned(), value);
            }
            Some((section, field)) => {
                let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
                if let Value::Table(inner) = inner {
                    inner.insert(field.to_owned(), value);
                }
            }
        }
        Value::Table(table).try_into().map_err(|error: toml::de::Error| {
            let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
            anyhow!("`--set {text}`: {}", in_words(&message))
        })
    }
}

/// The seeds that `--seeds` names: `5` is five from the first on, `1,7` are these two.
///
/// # Errors
///
/// When there is none, or something is no number.
pub(super) fn seeds(text: &str, first: u64) -> Result<Vec<u64>> {
    let number = |part: &str| {
        part.trim()
            .parse::<u64>()
            .map_err(|_| anyhow!("`--seeds {text}` is no number of seeds; write `5`, or `1,2,3`"))
    };
    let named = if text.contains(',') {
        text.split(',')
            .filter(|part| !part.trim().is_empty())
            .map(number)
            .collect::<Result<Vec<u64>>>()?
    } else {
        let count = number(text)?;
        if count > MOST_SEEDS {
            bail!(
                "`--seeds {text}` are more than {MOST_SEEDS}; name one seed with a comma: `{text},`"
            );
        }
        (first..first.saturating_add(count)).collect()
    };
    let mut seeds: Vec<u64> = Vec::with_capacity(named.len());
    for seed in named {
        if !seeds.contains(&seed) {
            seeds.push(seed);
        }
    }
    if seeds.is_empty() {
        bail!("`--seeds 0` trains nothing; write a number of seeds");
    }
    Ok(seeds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_counted_or_named() {
        assert_eq!(seeds("3", 42).unwrap(), [42, 43, 44]);
        assert_eq!(seeds("7,1,7", 42).unwrap(), [7, 1]);
        assert!(seeds("0", 42).is_err() && seeds("x", 42).is_err());
        assert!(seeds("20261126", 42).unwrap_err().to_string().contains("20261126,"));
        assert_eq!(seeds("20261126,", 42).unwrap(), [20_261_126]);
    }

    #[test]
    fn flags_win_over_set_and_set_over_the_paper() {
        let spec = TaskSpec::builtin("rte").unwrap();
        let model = ElectraConfig::small();
        let set = ["loss=mean", "learning_rate=1e-5", "window.beam=3"].map(str::to_owned).to_vec();
        let args = TuningArgs { lr: Some(2e-5), set, ..TuningArgs::default() };
        let config = plan(&args, &model, &spec, Some(64)).unwrap();
        assert_eq!((config.learning_rate, config.window.beam), (2e-5, 3));
        assert_eq!((config.epochs, config.max_seq_length), (10.0, 64));
        let args = TuningArgs { set: vec!["los=mean".to_owned()], ..TuningArgs::default() };
        let error = plan(&args, &model, &spec, None).unwrap_err().to_string();
        assert!(error.contains("los") && error.contains("loss"), "{error}");
    }

    #[test]
    fn another_size_brings_its_settings_and_leaves_the_task_its_own() {
        let spec = TaskSpec::builtin("rte").unwrap();
        let planned = |set: &[&str]| {
            let set = set.iter().map(|&text| text.to_owned()).collect();
            let args = TuningArgs { set, ..TuningArgs::default() };
            plan(&args, &ElectraConfig::small(), &spec, Some(64))
        };
        let config = planned(&["weight_decay=0.25", "preset=large"]).unwrap();
        let large = FineTuneConfig::preset("large").unwrap();
        assert_eq!(config.preset, "large");
        assert_eq!(config.learning_rate, large.learning_rate);
        assert_eq!((config.weight_decay, config.epochs, config.max_seq_length), (0.25, 10.0, 64));
        let error = planned(&["preset=huge"]).unwrap_err().to_string();
        assert!(error.contains("huge") && error.contains("large"), "{error}");
    }

    #[test]
    fn a_seed_is_no_setting() {
        let spec = TaskSpec::builtin("rte").unwrap();
        let args = TuningArgs { set: vec!["seed = 7".to_owned()], ..TuningArgs::default() };
        let error = plan(&args, &ElectraConfig::small(), &spec, None).unwrap_err().to_string();
        assert!(error.contains("`--seed 7`"), "{error}");
    }
}
