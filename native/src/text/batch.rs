//! What the reading thread hands to the tokenising ones.

/// A number of documents one behind the other.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) text: String,
    /// Where each document ends in `text`.
    pub(super) ends: Vec<usize>,
}

impl Batch {
    /// The documents; lines end in `\n` and are never blank.
    pub(super) fn documents(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.text[start..end])
    }
}
