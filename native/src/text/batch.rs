//! Lines to documents, and documents to what the reading thread hands to the tokenising ones.

use super::choose::document_hash;

/// Text handed on at once, in bytes.
const BATCH: usize = 4 << 20;

/// Longest part, in bytes: a longer document is cut behind the line that exceeds this, which bounds
/// the memory and spreads the work over the cores.
pub(super) const PART: usize = 64 << 10;

/// A document, or a part of a long one; lines end in `\n` and are never blank.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    /// Hash of the first part of the document that this one continues; none of a first part.
    pub(super) continues: Option<u64>,
}

/// A number of parts one behind the other.
#[derive(Debug, Default)]
pub(super) struct Batch {
    text: String,
    /// Where each part ends in `text`, and what it continues.
    ends: Vec<(usize, Option<u64>)>,
}

impl Batch {
    /// Documents whole or in parts, in the order of the text.
    pub(super) fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|&(end, _)| end));
        starts
            .zip(&self.ends)
            .map(|(start, &(end, continues))| Part { text: &self.text[start..end], continues })
    }
}

/// Gathers lines into documents and hands those on in batches.
pub(super) struct Gather<'a> {
    give: &'a mut dyn FnMut(Batch) -> bool,
    /// Longest part, in bytes.
    part: usize,
    /// Whether a part continues nothing but is a document of its own.
    parts_are_documents: bool,
    batch: Batch,
    /// Where the current part begins in the batch.
    begin: usize,
    /// Hash of the current document's first part, once that is cut off. The batch it was in may be
    /// gone by then.
    first: Option<u64>,
    scratch: Vec<u8>,
    wanted: bool,
}

impl<'a> Gather<'a> {
    /// `give` takes batches and answers whether it wants more.
    pub(super) fn new(
        give: &'a mut dyn FnMut(Batch) -> bool,
        part: usize,
        parts_are_documents: bool,
    ) -> Self {
        Self {
            give,
            part,
            parts_are_documents,
            batch: Batch::default(),
            begin: 0,
            first: None,
            scratch: Vec::new(),
            wanted: true,
        }
    }

    /// Whether more text is wanted.
    pub(super) fn wanted(&self) -> bool {
        self.wanted
    }

    /// Adds a line to the current document.
    pub(super) fn push_line(&mut self, line: &str) {
        self.batch.text.push_str(line);
        self.batch.text.push('\n');
        if self.batch.text.len() - self.begin >= self.part {
            self.cut();
        }
    }

    /// Ends the current document, if it has begun.
    pub(super) fn end(&mut self) {
        self.end_part();
        self.first = None;
    }

    /// Ends a part behind which the document may go on.
    fn cut(&mut self) {
        let first = match self.first {
            Some(first) => first,
            None => document_hash(&self.batch.text[self.begin..], &mut self.scratch),
        };
        self.end_part();
        self.first = (!self.parts_are_documents).then_some(first);
    }

    fn end_part(&mut self) {
        let end = self.batch.text.len();
        if end > self.begin {
            self.batch.ends.push((end, self.first));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Two documents, the first longer than a batch.
    fn gather(parts_are_documents: bool) -> Vec<Batch> {
        let mut batches = Vec::new();
        let mut give = |batch: Batch| {
            batches.push(batch);
            true
        };
        let mut gather = Gather::new(&mut give, PART, parts_are_documents);
        for line in 0..BATCH / 10 {
            gather.push_line(&format!("line {line:07}"));
        }
        gather.end();
        gather.push_line("another");
        gather.end();
        gather.hand_over();
        batches
    }

    #[test]
    fn every_later_part_knows_the_first_of_its_document_and_of_no_other() {
        let batches = gather(false);
        assert_eq!(batches.len(), 2);
        let parts: Vec<Part> = batches.iter().flat_map(Batch::parts).collect();
        let (first, last) = (parts[0], parts[parts.len() - 1]);
        let hash = document_hash(first.text, &mut Vec::new());
        assert_eq!((first.continues, last.continues), (None, None));
        assert_eq!(last.text, "another\n");
        assert!(parts[1..parts.len() - 1].iter().all(|part| part.continues == Some(hash)));
    }

    #[test]
    fn parts_that_are_documents_continue_nothing() {
        let (apart, together) = (gather(true), gather(false));
        assert!(apart.iter().flat_map(Batch::parts).all(|part| part.continues.is_none()));
        let texts = |batches: &[Batch]| -> Vec<String> {
            batches.iter().flat_map(Batch::parts).map(|part| part.text.to_owned()).collect()
        };
        assert_eq!(texts(&apart), texts(&together));
    }
}
