//! Metrics and samples of the held-out part.

use crate::run::{Shown, ShownToken};
use anyhow::Result;
use burn::tensor::{Device, read_sync};
use electra::batch::Batch;
use electra::config::PretrainConfig;
use electra::electra::Electra;
use electra::evaluate::Evaluator;
use electra::examples::{Example, Examples};
use electra::metrics::Evaluation;
use electra::showcase::showcase;
use electra::tokenizer::Tokenizer;
use electra::trainer::Vocabulary;

/// Rows evaluated at once.
const ROWS: usize = 64;
/// A sentence worth showing has this many tokens.
const SHOWN_TOKENS: std::ops::RangeInclusive<usize> = 9..=32;

/// What a model is judged with.
pub(crate) struct HeldOut<'a> {
    pub(crate) examples: &'a dyn Examples,
    pub(crate) config: &'a PretrainConfig,
    pub(crate) vocabulary: &'a Vocabulary,
    pub(crate) device: &'a Device,
    /// Pad all rows to the longest, for devices that compile kernels by shape.
    pub(crate) fixed_shapes: bool,
}

impl HeldOut<'_> {
    /// At most `rows` examples, spread evenly: neighbours come from one document.
    fn spread(&self, rows: usize) -> Vec<Example> {
        let all = self.examples.len();
        let rows = rows.min(all);
        (0..rows).map(|row| self.examples.get(row * all / rows)).collect()
    }

    /// Evaluates `model` on at most `rows` rows; `report` hears how many are done, and of how many.
    pub(crate) fn evaluate(
        &self,
        model: &Electra,
        rows: usize,
        report: &dyn Fn(usize, usize),
    ) -> Result<Evaluation> {
        let longest = self.config.training.max_seq_length;
        let pad = self.vocabulary.special.pad;
        let objective = &self.config.objective;
        let (fixed, device) = (self.fixed_shapes, self.device);
        let mut evaluator =
            Evaluator::new(model, objective, self.vocabulary, longest, fixed, device);
        let examples = self.spread(rows);
        let mut done = 0;
        for rows in examples.chunks(ROWS) {
            report(done, examples.len());
            let batch = if self.fixed_shapes {
                Batch::new(rows, longest, pad)
            } else {
                Batch::trimmed(rows, longest, pad)
            };
            read_sync(evaluator.add(&batch))?;
            done += rows.len();
        }
        Ok(evaluator.finish())
    }

    /// Both networks at work on `count` held-out rows.
    pub(crate) fn sentences(
        &self,
        model: &Electra,
        tokenizer: &Tokenizer,
        count: usize,
    ) -> Result<Vec<Shown>> {
        let longest = self.config.training.max_seq_length;
        let (short, long): (Vec<Example>, Vec<Example>) = self
            .spread(40 * count)
            .into_iter()
            .partition(|example| SHOWN_TOKENS.contains(&example.ids.len()));
        let pool = if short.len() < count { long } else { short };
        let step = (pool.len() / count.max(1)).max(1);
        let rows: Vec<Example> = pool.into_iter().step_by(step).take(count).collect();
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let batch = Batch::new(&rows, longest, self.vocabulary.special.pad);
        let special = &self.vocabulary.special;
        let judged = showcase(model, &self.config.objective, special, &batch, 1, self.device);
        let name = |id: u32| tokenizer.token(id).unwrap_or_else(|| format!("#{id}"));
        Ok(read_sync(judged)?
            .into_iter()
            .map(|row| Shown {
                tokens: row
                    .into_iter()
                    .map(|token| ShownToken {
                        text: name(token.token),
                        original: (token.token != token.original).then(|| name(token.original)),
                        probability: token.replaced,
                        special: special.contains(token.original),
                        selected: token.selected,
                    })
                    .collect(),
            })
            .collect())
    }
}
