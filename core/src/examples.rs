//! Rows to train on, and where they come from.

/// One training example before padding: `[CLS] A [SEP]` or `[CLS] A [SEP] B [SEP]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Token ids, special tokens included, without padding.
    pub ids: Vec<u32>,
    /// Tokens of the first segment, its `[CLS]` and `[SEP]` included; the rest is the second.
    pub first_segment: usize,
}

/// A store of examples that can be read in any order.
pub trait Examples {
    /// Number of examples.
    fn len(&self) -> usize;
    /// Tokens of one example, special tokens included; cheaper than reading it.
    fn tokens(&self, index: usize) -> usize;
    /// One example.
    fn get(&self, index: usize) -> Example;
    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
