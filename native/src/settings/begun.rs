//! A run that begins with trained networks: what of theirs it keeps, and what it must not change.

use anyhow::{Result, bail};
use electra::config::{DataConfig, ElectraConfig, PretrainConfig};

/// Trained networks that a run begins with.
#[derive(Debug)]
pub(crate) struct Begun {
    /// Their shape.
    pub(crate) model: ElectraConfig,
    /// How they were trained, as far as their folder tells.
    pub(crate) run: Option<PretrainConfig>,
    /// A file or folder with their vocabulary.
    pub(crate) vocab: String,
    /// Whether that makes words lower-case, and whether it strips accents.
    pub(crate) normalizes: (bool, bool),
}

impl Begun {
    /// What of the former run's settings goes on: neither its text, time nor machine, and of its
    /// curriculum only the end, which such networks have reached. Published networks go on as those
    /// of their width were trained.
    pub(super) fn settings(&self) -> Result<PretrainConfig> {
        let mut run = match &self.run {
            Some(run) => run.clone(),
            None => PretrainConfig::preset(match self.model.discriminator.hidden_size {
                ..=256 => "small",
                257..=768 => "base",
                _ => "large",
            })?,
        };
        run.model = self.model.clone();
        run.objective.corruption.start = run.objective.corruption.end;
        // Of a run planned by the clock the field still holds what a longer plan would have.
        run.optimizer.warmup_steps = run.warmup_steps();
        run.training.minutes = None;
        run.training.data_parallel = None;
        (run.training.device, run.training.out) = (None, None);
        let drop_overflow = run.data.drop_overflow;
        run.data = DataConfig { drop_overflow, ..PretrainConfig::preset(&run.preset)?.data };
        Ok(run)
    }

    pub(super) fn name_vocabulary(&self, config: &mut PretrainConfig) {
        config.data.vocab = Some(self.vocab.clone());
        (config.data.lower_case, config.data.strip_accents) = self.normalizes;
    }

    /// Refuses what these networks cannot be: another shape or vocabulary than theirs.
    pub(super) fn check(&self, config: &PretrainConfig) -> Result<()> {
        if config.data.vocab.as_deref() != Some(&self.vocab) {
            bail!("networks that are trained keep their vocabulary; leave out `data.vocab`");
        }
        let known = self.model.max_position_embeddings;
        if config.training.max_seq_length > known {
            bail!(
                "these networks know {known} positions, so rows cannot have {} tokens; give \
                 `--seq {known}` or less",
                config.training.max_seq_length
            );
        }
        let shape = |model: &ElectraConfig| ElectraConfig {
            hidden_dropout_prob: 0.0,
            attention_probs_dropout_prob: 0.0,
            ..model.clone()
        };
        if shape(&config.model) != shape(&self.model) {
            bail!(
                "networks that are trained keep their shape; of `model`, only the two dropouts can \
                 be set beside `--model`"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::PretrainArgs;
    use crate::settings::resolve;

    fn begun(run: Option<PretrainConfig>, preset: &str) -> Begun {
        let model = PretrainConfig::preset(preset).expect("a preset").model;
        Begun { model, run, vocab: "/vocab.txt".to_owned(), normalizes: (false, false) }
    }

    #[test]
    fn networks_go_on_as_their_run_without_its_beginning() {
        let mut run = PretrainConfig::preset("nano").expect("a preset");
        run.optimizer.warmup_steps = 10_000;
        run.optimizer.learning_rate = 0.007;
        (run.training.minutes, run.training.steps) = (Some(30.0), 1_500);
        run.training.data_parallel = Some(16);
        (run.training.device, run.training.out) = (Some("1".to_owned()), Some("old".to_owned()));
        run.data.text = vec!["old.txt".to_owned()];
        let begun = begun(Some(run), "nano");
        let args = PretrainArgs { steps: Some(2_000), ..PretrainArgs::default() };
        let config = resolve(&args, Some(&begun)).expect("a configuration");
        assert_eq!((config.optimizer.learning_rate, config.optimizer.warmup_steps), (0.007, 150));
        assert_eq!((config.training.minutes, config.training.steps), (None, 2_000));
        assert_eq!(config.eval_every(), 200, "by the new length, not the old");
        assert_eq!(config.training.data_parallel, None);
        assert_eq!((config.training.device, config.training.out), (None, None));
        assert_eq!(config.objective.corruption.start, config.objective.corruption.end);
        assert!(config.data.text.is_empty() && !config.data.lower_case);
    }

    #[test]
    fn published_networks_go_on_as_the_paper_trained_their_width() {
        for preset in ["small", "base", "large"] {
            let config = resolve(&PretrainArgs::default(), Some(&begun(None, preset)));
            let config = config.expect("a configuration");
            let papers = PretrainConfig::preset(preset).expect("a preset");
            assert_eq!((config.preset.as_str(), &config.optimizer), (preset, &papers.optimizer));
        }
    }

    #[test]
    fn a_file_may_change_settings_but_no_shape() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("run.toml");
        let resolved = |text: &str| {
            std::fs::write(&path, text).expect("a file");
            let args = PretrainArgs { config: Some(path.clone()), ..PretrainArgs::default() };
            resolve(&args, Some(&begun(None, "small")))
        };
        let config = resolved("[optimizer]\nlearning_rate = 1e-5").expect("a configuration");
        assert_eq!((config.preset.as_str(), config.optimizer.learning_rate), ("small", 1e-5));
        let error = resolved("[model]\nembedding_size = 64").expect_err("another shape");
        assert!(error.to_string().contains("keep their shape"), "{error}");
    }
}
