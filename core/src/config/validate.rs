//! Whether a configuration can work, said once, at the edge.

use super::{ElectraConfig, NetworkConfig, PositionKind, PretrainConfig, Tie};
use crate::error::ConfigError;
use std::fmt::Display;

/// Fails with the field's name, the allowed range in words and the value.
pub(super) fn require(
    holds: bool,
    field: &str,
    range: &'static str,
    value: impl Display,
) -> Result<(), ConfigError> {
    if holds {
        return Ok(());
    }
    Err(ConfigError::OutOfRange { field: field.to_owned(), range, value: value.to_string() })
}

pub(super) fn require_share(field: &str, value: f64) -> Result<(), ConfigError> {
    require((0.0..=1.0).contains(&value), field, "between 0 and 1", value)
}

pub(super) fn require_positive(field: &str, value: usize) -> Result<(), ConfigError> {
    require(value > 0, field, "at least 1", value)
}

impl NetworkConfig {
    fn validate(&self, network: &'static str) -> Result<(), ConfigError> {
        for (name, value) in [
            ("hidden_size", self.hidden_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
        ] {
            require_positive(&format!("model.{network}.{name}"), value)?;
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Err(ConfigError::UnevenHeads {
                network,
                hidden: self.hidden_size,
                heads: self.num_attention_heads,
            });
        }
        Ok(())
    }
}

impl ElectraConfig {
    /// Checks that the sizes fit together.
    ///
    /// # Errors
    ///
    /// The first [`ConfigError`] found.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.discriminator.validate("discriminator")?;
        self.generator.validate("generator")?;
        require(self.vocab_size >= 6, "model.vocab_size", "at least 6", self.vocab_size)?;
        require_positive("model.embedding_size", self.embedding_size)?;
        let longest = self.max_position_embeddings;
        require(longest >= 3, "model.max_position_embeddings", "at least 3", longest)?;
        require_positive("model.type_vocab_size", self.type_vocab_size)?;
        require(self.layer_norm_eps > 0.0, "model.layer_norm_eps", "above 0", self.layer_norm_eps)?;
        for (field, value) in [
            ("model.hidden_dropout_prob", self.hidden_dropout_prob),
            ("model.attention_probs_dropout_prob", self.attention_probs_dropout_prob),
        ] {
            require((0.0..1.0).contains(&value), field, "at least 0 and below 1", value)?;
        }
        if self.tie == Tie::All && self.generator != self.discriminator {
            return Err(ConfigError::Conflict(
                "`model.tie = \"all\"` needs a generator of the discriminator's size; make \
                 `[model.generator]` equal to `[model.discriminator]` or tie `embeddings`"
                    .to_owned(),
            ));
        }
        if self.position == PositionKind::Rotary {
            for network in [&self.discriminator, &self.generator] {
                let width = network.head_dim();
                require(width.is_multiple_of(2), "head width", "even for rotary positions", width)?;
            }
        }
        Ok(())
    }
}

impl PretrainConfig {
    /// What may go wrong with these numbers although they are allowed.
    pub fn warnings(&self) -> Vec<String> {
        let (warmup, steps) = (self.warmup_steps(), self.training.steps);
        // The rounded tenth of a single step is that step.
        if warmup < steps || steps <= 1 {
            return Vec::new();
        }
        vec![format!(
            "a warm-up of {warmup} steps is not shorter than the run of {steps}, which never \
             trains at its full learning rate; lower `--warmup` or raise `--steps`"
        )]
    }

    /// Checks every number once, before anything is built.
    ///
    /// # Errors
    ///
    /// The first [`ConfigError`] found, with the field as written in the configuration file.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.model.validate()?;
        // Pre-training shows two segments; a model that reads one only is still a model.
        let types = self.model.type_vocab_size;
        require(types >= 2, "model.type_vocab_size", "at least 2", types)?;
        require(
            i64::try_from(self.seed).is_ok(),
            "seed",
            "at most 9223372036854775807",
            self.seed,
        )?;
        self.validate_objective()?;
        self.validate_optimizer()?;
        self.validate_training()?;
        let held_out = self.data.held_out;
        require((0.0..1.0).contains(&held_out), "data.held_out", "at least 0 and below 1", held_out)
    }

    fn validate_objective(&self) -> Result<(), ConfigError> {
        let objective = &self.objective;
        let mask = objective.mask_prob;
        require(mask > 0.0 && mask <= 1.0, "objective.mask_prob", "above 0 and at most 1", mask)?;
        require_share("objective.mask_token_prob", objective.mask_token_prob)?;
        for (field, value) in [
            ("objective.generator_weight", objective.generator_weight),
            ("objective.discriminator_weight", objective.discriminator_weight),
        ] {
            require(value >= 0.0 && value.is_finite(), field, "at least 0", value)?;
        }
        let temperature = objective.temperature;
        require(
            temperature > 0.0 && temperature.is_finite(),
            "objective.temperature",
            "above 0",
            temperature,
        )?;
        let corruption = &objective.corruption;
        require_share("objective.corruption.start", corruption.start)?;
        require_share("objective.corruption.end", corruption.end)?;
        require_share("objective.corruption.hold", corruption.hold)?;
        require_share("objective.corruption.slide", corruption.slide)?;
        if corruption.slide < corruption.hold {
            return Err(ConfigError::Conflict(format!(
                "`objective.corruption.slide` ({}) comes before `hold` ({}); the slide begins at \
                 `hold` and is over at `slide`",
                corruption.slide, corruption.hold
            )));
        }
        Ok(())
    }

    fn validate_optimizer(&self) -> Result<(), ConfigError> {
        let optimizer = &self.optimizer;
        let rate = optimizer.learning_rate;
        require(
            rate > 0.0 && rate.is_finite(),
            "optimizer.learning_rate",
            "above 0 and finite",
            rate,
        )?;
        for (field, beta) in
            [("optimizer.beta_1", optimizer.beta_1), ("optimizer.beta_2", optimizer.beta_2)]
        {
            require((0.0..1.0).contains(&beta), field, "at least 0 and below 1", beta)?;
        }
        require(optimizer.epsilon > 0.0, "optimizer.epsilon", "above 0", optimizer.epsilon)?;
        for (field, value) in [
            ("optimizer.weight_decay", optimizer.weight_decay),
            ("optimizer.max_grad_norm", optimizer.max_grad_norm),
            ("optimizer.decay_power", optimizer.decay_power),
        ] {
            require(value >= 0.0 && value.is_finite(), field, "at least 0", value)?;
        }
        Ok(())
    }

    fn validate_training(&self) -> Result<(), ConfigError> {
        let training = &self.training;
        for (field, value) in [
            ("training.steps", training.steps),
            ("training.batch_size", training.batch_size),
            ("training.accumulation", training.accumulation),
            ("training.data_parallel", training.data_parallel.unwrap_or(1)),
            ("training.eval_rows", training.eval_rows),
            ("training.log_every", training.log_every),
            ("training.keep_checkpoints", training.keep_checkpoints),
        ] {
            require_positive(field, value)?;
        }
        if let Some(minutes) = training.minutes {
            let usable = minutes > 0.0 && minutes.is_finite();
            require(usable, "training.minutes", "above 0", minutes)?;
        }
        require_share("training.reached", training.reached.unwrap_or(0.0))?;
        let row = training.max_seq_length;
        require(row >= 5, "training.max_seq_length", "at least 5", row)?;
        let tokens = training.batch_size.saturating_mul(row);
        if i32::try_from(tokens).is_err() {
            return Err(ConfigError::Conflict(format!(
                "{} rows of {row} tokens are more than the {} tokens that one batch can have; lower \
                 `training.batch_size` and raise `training.accumulation` instead",
                training.batch_size,
                i32::MAX
            )));
        }
        let known = self.model.max_position_embeddings;
        if self.model.position == PositionKind::Learned && row > known {
            return Err(ConfigError::Conflict(format!(
                "rows of {row} tokens do not fit the {known} positions of the model; lower \
                 `training.max_seq_length` or raise `model.max_position_embeddings`"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PRESETS;

    #[test]
    fn every_preset_is_valid() {
        for name in PRESETS {
            let config = PretrainConfig::preset(name).expect(name);
            assert_eq!(config.validate(), Ok(()), "{name}");
            assert_eq!(config.preset, name);
        }
    }

    #[test]
    fn a_warm_up_that_fills_the_run_is_doubted() {
        let doubts = |steps, warmup, minutes| {
            let mut config = PretrainConfig::preset("nano").expect("a preset");
            (config.training.steps, config.training.minutes) = (steps, minutes);
            config.optimizer.warmup_steps = warmup;
            config.warnings()
        };
        assert!(doubts(100, 100, None)[0].contains("--warmup"));
        assert!(doubts(100, 99, None).is_empty() && doubts(1, 1, None).is_empty());
        assert!(doubts(100, 1_000, Some(1.0)).is_empty(), "the clock plans a tenth at most");
    }

    #[test]
    fn an_error_names_field_range_and_value() {
        let mut config = PretrainConfig::preset("nano").expect("a preset");
        config.objective.mask_prob = 1.5;
        assert_eq!(
            config.validate().expect_err("1.5 is no share").to_string(),
            "`objective.mask_prob` must be above 0 and at most 1, got 1.5"
        );
    }

    #[test]
    fn a_batch_that_no_memory_holds_is_refused() {
        let refused = |rows| {
            let mut config = PretrainConfig::preset("nano").expect("a preset");
            (config.training.batch_size, config.training.max_seq_length) = (rows, 64);
            config.validate().err().map(|error| error.to_string())
        };
        for rows in [1 << 25, 100_000_000_000, usize::MAX] {
            let error = refused(rows).expect("a refusal");
            assert!(error.contains(&rows.to_string()) && error.contains("batch_size"), "{error}");
        }
        assert_eq!(refused((1 << 25) - 1), None);
    }

    #[test]
    fn what_would_fail_later_is_refused_at_once() {
        type Edit = fn(&mut PretrainConfig);
        let edits: [(Edit, &str); 4] = [
            (
                |it| it.model.type_vocab_size = 1,
                "`model.type_vocab_size` must be at least 2, got 1",
            ),
            (|it| it.training.eval_rows = 0, "`training.eval_rows` must be at least 1, got 0"),
            // TOML knows no larger integer, so such a run could not save its configuration.
            (|it| it.seed = 1 << 63, "`seed` must be at most 9223372036854775807, got"),
            (|it| it.training.max_seq_length = 4, "`training.max_seq_length` must be at least 5"),
        ];
        for (edit, message) in edits {
            let mut config = PretrainConfig::preset("nano").expect("a preset");
            edit(&mut config);
            let error = config.validate().expect_err(message).to_string();
            assert!(error.starts_with(message), "{error}");
        }
        let mut config = PretrainConfig::preset("nano").expect("a preset");
        config.seed = i64::MAX as u64;
        assert_eq!(config.validate(), Ok(()));
    }
}
