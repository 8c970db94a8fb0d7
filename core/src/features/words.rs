//! Tagging: words to rows, each word's tag at its first token, and tags back to words.

use super::windows::{best_of, windows};
use super::{Feature, Maker, RowTarget, Source};
use crate::error::TaskError;
use crate::tasks::{Content, LabelledText, Prediction, Target};
use std::ops::Range;

impl Maker<'_> {
    /// Rows of a text whose words stand apart already; each word counts in one row.
    pub(super) fn words(
        &mut self,
        text: usize,
        words: &[String],
        target: &Target,
        features: &mut Vec<Feature>,
    ) -> Result<(), TaskError> {
        let room = self.room(2)?;
        let mut truncated = false;
        let mut ids = Vec::new();
        // First token of each word.
        let mut starts = Vec::with_capacity(words.len());
        for word in words {
            starts.push(ids.len());
            self.encoder.encode_into(word, &mut ids)?;
            let begun = starts[starts.len() - 1];
            if ids.len() == begun {
                // Control characters only: still a word that has a tag.
                ids.push(self.special.unk);
            }
            truncated |= ids.len() - begun > room;
            ids.truncate(begun + room);
        }
        let windows = windows(ids.len(), room, self.settings.stride);
        for (window, best) in windows.iter().zip(best_of(&windows)) {
            let of_window = spoken_for(&starts, window, &best);
            let row = self.row(&ids[window.clone()], None);
            let target = row_target(target, &of_window, row.ids.len());
            features.push(Feature {
                text,
                row,
                target,
                source: Source::Words(of_window),
                truncated,
            });
        }
        Ok(())
    }
}

/// Row position and number of the words whose first token a window speaks for.
fn spoken_for(starts: &[usize], window: &Range<usize>, best: &Range<usize>) -> Vec<(usize, usize)> {
    let from = starts.partition_point(|&start| start < best.start);
    let words = starts[from..].iter().take_while(|&&start| start < best.end).enumerate();
    words.map(|(word, start)| (1 + start - window.start, from + word)).collect()
}

fn row_target(target: &Target, words: &[(usize, usize)], length: usize) -> RowTarget {
    let Target::Tags(tags) = target else { return RowTarget::Unknown };
    let mut row = vec![None; length];
    for &(position, word) in words {
        row[position] = tags.get(word).copied();
    }
    RowTarget::Tags(row)
}

/// The tags of words, with their probabilities, from those of tokens: the first token of a word
/// counts, in the row that has most context around it.
///
/// # Shapes
///
/// - `token_tags`: `[features][tokens]`; what stands behind a row's tokens is ignored
pub fn word_tags(
    texts: &[LabelledText],
    features: &[Feature],
    token_tags: &[Vec<(usize, f32)>],
) -> Vec<Prediction> {
    assert_eq!(features.len(), token_tags.len(), "tags for every row");
    let words = |text: &LabelledText| match &text.content {
        Content::Words(words) => words.len(),
        _ => 0,
    };
    let mut said: Vec<Vec<(usize, f32)>> =
        texts.iter().map(|text| vec![(0, 0.0); words(text)]).collect();
    for (feature, row) in features.iter().zip(token_tags) {
        if let Source::Words(words) = &feature.source {
            for &(position, word) in words {
                said[feature.text][word] = row[position];
            }
        }
    }
    let of_text = |said: Vec<(usize, f32)>| {
        let (tags, probabilities) = said.into_iter().unzip();
        Prediction::Tags { tags, probabilities }
    };
    said.into_iter().map(of_text).collect()
}
