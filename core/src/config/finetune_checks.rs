//! Whether a fine-tuning can work, and what may go wrong although it can.

use super::validate::{require, require_positive, require_share};
use super::{ElectraConfig, FineTuneConfig, PAPER_BATCH};
use crate::error::ConfigError;
use crate::tasks::TaskKind;

impl FineTuneConfig {
    /// What may go wrong with these numbers although they are allowed; `trained_length` is the
    /// longest row of pre-training, where it is known.
    pub fn warnings(&self, trained_length: Option<usize>) -> Vec<String> {
        let mut warnings = Vec::new();
        let row = self.max_seq_length;
        if let Some(trained) = trained_length.filter(|&trained| trained < row) {
            warnings.push(format!(
                "rows of {row} tokens are longer than the {trained} of pre-training: positions \
                 beyond were never trained; use `--seq {trained}`"
            ));
        }
        let batch = self.batch_size * self.accumulation;
        let usual = Self::preset(&self.preset).map_or(5e-5, |usual| usual.learning_rate);
        let relative = self.learning_rate / usual * (PAPER_BATCH as f64 / batch as f64).sqrt();
        if relative > 2.0 {
            warnings.push(format!(
                "a learning rate of {:e} with batches of {batch} makes {relative:.1} times \
                 the usual noise: training may collapse to one class; lower `--lr` or raise \
                 `--accumulate`",
                self.learning_rate
            ));
        }
        warnings
    }

    /// Checks every number once, before anything is built.
    ///
    /// # Errors
    ///
    /// The first [`ConfigError`] found.
    pub fn validate(&self, model: &ElectraConfig, kind: &TaskKind) -> Result<(), ConfigError> {
        self.validate_optimizer()?;
        require_positive("batch_size", self.batch_size)?;
        require_positive("accumulation", self.accumulation)?;
        require_positive("data_parallel", self.data_parallel.unwrap_or(1))?;
        require(self.epochs > 0.0 && self.epochs.is_finite(), "epochs", "above 0", self.epochs)?;
        self.validate_rows(model, kind)
    }

    /// Checks rows and windows alone, which is all that asking a model needs.
    ///
    /// # Errors
    ///
    /// The first [`ConfigError`] found.
    pub fn validate_rows(&self, model: &ElectraConfig, kind: &TaskKind) -> Result<(), ConfigError> {
        let row = self.max_seq_length;
        let known = model.max_position_embeddings;
        if row > known {
            return Err(ConfigError::Conflict(format!(
                "rows of {row} tokens do not fit the {known} positions of the model; use `--seq \
                 {known}` or less"
            )));
        }
        require(row >= 8, "max_seq_length", "at least 8", row)?;
        if let TaskKind::Spans { .. } = kind {
            let query = self.window.max_query_length;
            require(query > 0, "window.max_query_length", "at least 1", query)?;
            if query.min(row / 2) + 4 > row {
                return Err(ConfigError::Conflict(format!(
                    "a question of {query} tokens leaves no room for a context in rows of {row}; \
                     raise `--seq`"
                )));
            }
        }
        for (field, value) in [
            ("window.doc_stride", self.window.doc_stride),
            ("window.max_answer_length", self.window.max_answer_length),
            ("window.n_best", self.window.n_best),
            ("window.beam", self.window.beam),
        ] {
            require_positive(field, value)?;
        }
        Ok(())
    }

    fn validate_optimizer(&self) -> Result<(), ConfigError> {
        let rate = self.learning_rate;
        require(rate > 0.0 && rate.is_finite(), "learning_rate", "above 0 and finite", rate)?;
        require_share("warmup_share", self.warmup_share)?;
        let decay = self.layer_decay;
        require(decay > 0.0 && decay <= 1.0, "layer_decay", "above 0 and at most 1", decay)?;
        for (field, prob) in [
            ("hidden_dropout_prob", self.hidden_dropout_prob),
            ("attention_probs_dropout_prob", self.attention_probs_dropout_prob),
            ("head_dropout_prob", self.head_dropout_prob),
            ("beta_1", self.beta_1),
            ("beta_2", self.beta_2),
        ] {
            require((0.0..1.0).contains(&prob), field, "at least 0 and below 1", prob)?;
        }
        require(self.epsilon > 0.0, "epsilon", "above 0", self.epsilon)?;
        for (field, value) in
            [("weight_decay", self.weight_decay), ("max_grad_norm", self.max_grad_norm)]
        {
            require(value >= 0.0 && value.is_finite(), field, "at least 0", value)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::TaskSpec;

    fn rte() -> TaskSpec {
        TaskSpec::builtin("rte").expect("a task")
    }

    #[test]
    fn untrained_positions_and_wild_learning_rates_are_told() {
        let mut config = FineTuneConfig::preset("small").expect("a preset");
        assert!(config.warnings(Some(128)).is_empty());
        assert!(config.warnings(Some(64))[0].contains("--seq 64"));
        config.batch_size = 4;
        assert!(config.warnings(None)[0].contains("--lr"));
        config.max_seq_length = 1024;
        let error = config.validate(&ElectraConfig::small(), &rte().kind);
        assert!(error.expect_err("too long").to_string().contains("512"));
    }
}
