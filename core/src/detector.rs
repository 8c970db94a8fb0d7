//! The discriminator alone, as one uses it: text in, a probability of being replaced per token out.

use crate::batch::Batch;
use crate::config::ElectraConfig;
use crate::discriminator::Discriminator;
use crate::encoder::Embeddings;
use crate::error::{CheckpointError, TokenizerError};
use crate::examples::Example;
use crate::layers::Weights;
use crate::parameters;
use crate::tokenizer::{Piece, SpecialTokens, Tokenizer};
use crate::windows::{Window, windows};
use burn::module::Module;
use burn::tensor::Device;
use burn::tensor::activation::sigmoid;
use serde::Serialize;

/// Windows of a text judged at a time: a long text has too many for the memory.
const WINDOWS: usize = 32;

/// Embeddings and discriminator, under the same names as in [`crate::electra::Electra`].
#[derive(Module, Debug)]
pub struct Detector {
    /// The tables.
    pub embeddings: Embeddings,
    /// Encoder and head.
    pub discriminator: Discriminator,
}

/// One token and how suspicious it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DetectedToken {
    /// As in the vocabulary, `##` included.
    pub token: String,
    /// Its id.
    pub id: u32,
    /// First character in the text.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// Probability of having been replaced.
    pub replaced: f32,
}

/// One text, judged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detected {
    /// As given.
    pub text: String,
    /// Special tokens included.
    pub tokens: Vec<DetectedToken>,
}

impl Detector {
    /// A detector whose weights are about to be loaded.
    pub fn blank(config: &ElectraConfig, device: &Device) -> Self {
        let mut weights = Weights::blank(device);
        Self {
            embeddings: Embeddings::new(config, &mut weights),
            discriminator: Discriminator::new(config, &mut weights),
        }
    }

    /// Probabilities of being replaced, row by row without padding.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub async fn probabilities(
        &self,
        batch: &Batch,
        device: &Device,
    ) -> Result<Vec<Vec<f32>>, CheckpointError> {
        let ids = batch.upload(batch.ids.clone(), device);
        let segments = batch.upload(batch.segments.clone(), device);
        let real = batch.real_tokens(device);
        let embedded = self.embeddings.forward(ids, segments, &mut None);
        let hidden = self.discriminator.encoder.forward(embedded, &real, &mut None);
        let logits = self.discriminator.logits(hidden);
        let size = batch.rows * batch.seq;
        let values = parameters::read(vec![sigmoid(logits).reshape([size])]).await?;
        let rows = values[0].chunks(batch.seq).zip(&batch.lengths);
        Ok(rows.map(|(row, &length)| row[..length].to_vec()).collect())
    }

    /// Judges texts; one longer than `max_seq_length` tokens is read in windows that overlap.
    ///
    /// # Errors
    ///
    /// When a text cannot be tokenised or the device fails.
    pub async fn detect(
        &self,
        texts: &[String],
        tokenizer: &Tokenizer,
        max_seq_length: usize,
        device: &Device,
    ) -> Result<Vec<Detected>, DetectError> {
        let special = tokenizer.special();
        let mut detected = Vec::with_capacity(texts.len());
        for text in texts {
            let pieces = tokenizer.encode_for_display(text)?;
            // Every window has a `[CLS]` and a `[SEP]` of its own.
            let inner = &pieces[1..pieces.len() - 1];
            let windows = windows(inner, max_seq_length.saturating_sub(2));
            let mut rows = Vec::with_capacity(windows.len());
            for part in windows.chunks(WINDOWS) {
                let examples: Vec<Example> =
                    part.iter().map(|window| row(window, inner, &special)).collect();
                let batch = Batch::trimmed(&examples, max_seq_length, special.pad);
                rows.extend(self.probabilities(&batch, device).await?);
            }
            let tokens =
                pieces.into_iter().zip(joined(&windows, &rows)).map(|(piece, replaced)| {
                    let Piece { token, id, start, end, .. } = piece;
                    DetectedToken { token, id, start, end, replaced }
                });
            detected.push(Detected { text: text.clone(), tokens: tokens.collect() });
        }
        Ok(detected)
    }
}

/// Why a text could not be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DetectError {
    /// The text cannot be tokenised.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The device failed.
    #[error(transparent)]
    Device(#[from] CheckpointError),
}

/// What a window reads of the tokens of a text.
fn row(window: &Window, pieces: &[Piece], special: &SpecialTokens) -> Example {
    let ids = window.ids(pieces, special);
    Example { first_segment: ids.len(), ids }
}

/// One `[CLS]`, all tokens of the text, one `[SEP]`.
fn joined(windows: &[Window], rows: &[Vec<f32>]) -> Vec<f32> {
    let mut all: Vec<f32> = rows.first().and_then(|row| row.first()).copied().into_iter().collect();
    for (window, row) in windows.iter().zip(rows) {
        all.extend_from_slice(&row[window.judged_in_row()]);
    }
    all.extend(rows.last().and_then(|row| row.last()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::windows::tests::words;

    #[test]
    fn rows_are_framed_and_joined_without_their_overlaps() {
        let special = SpecialTokens { pad: 0, unk: 1, cls: 2, sep: 3, mask: 4 };
        let pieces = words([1, 1, 2, 1, 1, 1].into_iter());
        let windows = windows(&pieces, 4);
        let ids: Vec<_> = windows.iter().map(|window| row(window, &pieces, &special).ids).collect();
        let expected =
            [vec![2, 10, 11, 12, 13, 3], vec![2, 12, 13, 14, 15, 3], vec![2, 14, 15, 16, 3]];
        assert_eq!(ids, expected);
        let rows = [
            vec![0.9, 0.0, 0.1, 0.2, 1.0, 1.0],
            vec![1.0, 1.0, 0.3, 0.4, 1.0, 1.0],
            vec![1.0, 1.0, 0.5, 0.6, 0.8],
        ];
        assert_eq!(joined(&windows, &rows), [0.9, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8]);
    }
}
