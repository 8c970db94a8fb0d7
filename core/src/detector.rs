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

    /// Judges texts; one longer than `max_seq_length` tokens is read in several windows.
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
        let mut detected = Vec::with_capacity(texts.len());
        for text in texts {
            let pieces = tokenizer.encode_for_display(text)?;
            let windows = windows(&pieces, max_seq_length, &tokenizer.special());
            let mut rows = Vec::with_capacity(windows.len());
            for windows in windows.chunks(WINDOWS) {
                let batch = Batch::trimmed(windows, max_seq_length, tokenizer.special().pad);
                rows.extend(self.probabilities(&batch, device).await?);
            }
            let tokens = pieces.into_iter().zip(joined(&rows)).map(|(piece, replaced)| {
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

/// Cuts `[CLS] … [SEP]` into rows of at most `longest` tokens, each with its own `[CLS]`, `[SEP]`.
fn windows(pieces: &[Piece], longest: usize, special: &SpecialTokens) -> Vec<Example> {
    let inner: Vec<u32> =
        pieces.iter().filter(|piece| !is_frame(piece)).map(|piece| piece.id).collect();
    let room = longest.saturating_sub(2).max(1);
    let row = |part: &[u32]| {
        let mut ids = vec![special.cls];
        ids.extend_from_slice(part);
        ids.push(special.sep);
        Example { first_segment: ids.len(), ids }
    };
    if inner.is_empty() { vec![row(&[])] } else { inner.chunks(room).map(row).collect() }
}

/// Whether a token was added around the text.
fn is_frame(piece: &Piece) -> bool {
    piece.special && piece.start == piece.end
}

/// One `[CLS]`, all inner tokens, one `[SEP]`.
fn joined(rows: &[Vec<f32>]) -> Vec<f32> {
    let mut all: Vec<f32> = rows.first().and_then(|row| row.first()).copied().into_iter().collect();
    for row in rows {
        all.extend_from_slice(&row[1..row.len() - 1]);
    }
    all.extend(rows.last().and_then(|row| row.last()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(id: u32, start: usize, special: bool) -> Piece {
        let end = if special { start } else { start + 1 };
        Piece { token: String::new(), id, start, end, special }
    }

    #[test]
    fn long_texts_are_read_in_framed_windows() {
        let special = SpecialTokens { pad: 0, unk: 1, cls: 2, sep: 3, mask: 4 };
        let mut pieces = vec![piece(2, 0, true)];
        pieces.extend((0..5).map(|at| piece(10 + at as u32, at, false)));
        pieces.push(piece(3, 0, true));
        let windows = windows(&pieces, 4, &special);
        let ids: Vec<Vec<u32>> = windows.into_iter().map(|window| window.ids).collect();
        assert_eq!(ids, [vec![2, 10, 11, 3], vec![2, 12, 13, 3], vec![2, 14, 3]]);
        let rows = [vec![0.9, 0.1, 0.2, 0.8], vec![0.7, 0.3, 0.6]];
        assert_eq!(joined(&rows), [0.9, 0.1, 0.2, 0.3, 0.6]);
    }
}
