//! Lines to documents, and documents to what the reading thread hands to the tokenising ones.

/// Text handed on at once, in bytes.
const BATCH: usize = 4 << 20;

/// Longest document, in bytes: a longer one is cut behind the line that exceeds this, and its
/// parts count as documents. That bounds the memory, spreads the work over the cores and lets a
/// held-out share be taken from a single book.
const PART: usize = 64 << 10;

/// A number of documents one behind the other.
#[derive(Debug, Default)]
pub(super) struct Batch {
    text: String,
    /// Where each document ends in `text`.
    ends: Vec<usize>,
}

impl Batch {
    /// The documents; lines end in `\n` and are never blank.
    pub(super) fn documents(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.text[start..end])
    }
}

/// Gathers lines into documents and hands those on in batches.
pub(super) struct Gather<'a> {
    give: &'a mut dyn FnMut(Batch) -> bool,
    batch: Batch,
    /// Where the current document begins in the batch.
    begin: usize,
    wanted: bool,
}

impl<'a> Gather<'a> {
    /// `give` takes batches and answers whether it wants more.
    pub(super) fn new(give: &'a mut dyn FnMut(Batch) -> bool) -> Self {
        Self { give, batch: Batch::default(), begin: 0, wanted: true }
    }

    /// Whether more text is wanted.
    pub(super) fn wanted(&self) -> bool {
        self.wanted
    }

    /// Adds a line to the current document.
    pub(super) fn push_line(&mut self, line: &str) {
        self.batch.text.push_str(line);
        self.batch.text.push('\n');
        if self.batch.text.len() - self.begin >= PART {
            self.end();
        }
    }

    /// Ends the current document, if it has begun.
    pub(super) fn end(&mut self) {
        let end = self.batch.text.len();
        if end > self.begin {
            self.batch.ends.push(end);
            self.begin = end;
        }
        if end >= BATCH {
            self.hand_over();
        }
    }

    /// Hands on what is gathered.
    pub(super) fn hand_over(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        self.begin = 0;
        if !batch.ends.is_empty() && self.wanted {
            self.wanted = (self.give)(batch);
        }
    }
}
