//! Files to documents: where one ends, which lines it has, and what was odd on the way.

use super::batch::{Batch, Gather, PART, Part};
use super::choose::{HeldOut, Missed, document_hash};
use super::endings::Form;
use super::inputs::{InputFile, Source};
use super::lines::{LONGEST_LINE, Lines, open, open_bytes};
use super::records::text_of;
use anyhow::{Context, Result};
use electra::config::DataConfig;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Warnings kept; a folder of a million damaged files must not fill the memory.
const WARNINGS: usize = 50;

/// Whole documents that the held-out share must be expected to hold.
const FEWEST_HELD_OUT: f64 = 5.0;

/// Shortest part that stands for a document, in bytes: a page or two, of several rows.
const SHORTEST_PART: usize = 4 << 10;

/// How text is cut into documents.
#[derive(Debug, Clone)]
pub(super) struct Boundaries {
    json_field: String,
    file_is_document: bool,
    line_is_document: bool,
    /// How many documents there are, where they are so few that the parts of a long one are
    /// documents of their own; none: a document is whole.
    whole_documents: Option<u64>,
    /// Longest part, in bytes.
    part: usize,
    /// Hash of the document that is held out although the share misses it.
    besides: Option<u64>,
}

impl Boundaries {
    /// The rules of `data`. The parts of a long document belong together, so that none of it is
    /// trained on and judged by; except where a share is held out of a text of so few documents
    /// that it would miss them all, or be one that is like no other. The parts of a short text are
    /// short then, so that the share is about as many of them as it would be of documents.
    ///
    /// To tell, `source` is read until enough documents have come: a batch as a rule, all of it
    /// where there are too few; `progress` hears of the bytes.
    ///
    /// # Errors
    ///
    /// When a file cannot be read.
    pub(super) fn find(data: &DataConfig, source: &Source, progress: &dyn Fn(u64)) -> Result<Self> {
        let boundaries = Self {
            json_field: data.json_field.clone(),
            file_is_document: data.file_is_document,
            line_is_document: data.line_is_document || matches!(source, Source::Embedded(_)),
            whole_documents: None,
            part: PART,
            besides: None,
        };
        if data.held_out <= 0.0 || !data.held_out_text.is_empty() {
            return Ok(boundaries);
        }
        let enough = FEWEST_HELD_OUT / data.held_out;
        let whole = boundaries.survey(data.held_out, source, enough, progress)?;
        if whole.documents as f64 >= enough {
            return Ok(Self { besides: whole.missed.choice(), ..boundaries });
        }
        let part = ((whole.bytes as f64 / enough) as usize).clamp(SHORTEST_PART, PART);
        let whole_documents = Some(whole.documents);
        let in_parts = Self { whole_documents, part, ..boundaries };
        let parts = in_parts.survey(data.held_out, source, 0.0, progress)?;
        Ok(Self { besides: parts.missed.choice(), ..in_parts })
    }

    /// Reads `source` until as many documents have come as are `enough` and the share holds one of
    /// them.
    fn survey(
        &self,
        share: f64,
        source: &Source,
        enough: f64,
        progress: &dyn Fn(u64),
    ) -> Result<Survey> {
        let mut survey = Survey { documents: 0, bytes: 0, missed: Missed::new(share) };
        let (done, mut scratch) = (Arc::default(), Vec::new());
        read(source, self, &done, &mut |batch| {
            progress(done.load(Ordering::Relaxed));
            batch.parts().for_each(|part| survey.add(part, &mut scratch));
            (survey.documents as f64) < enough || survey.missed.all()
        })?;
        Ok(survey)
    }

    /// What is kept from training by the share that is held out.
    pub(super) fn held_out(&self, share: f64) -> HeldOut {
        HeldOut::Share(share, self.besides)
    }

    /// How many documents there are, where their parts are counted instead.
    pub(super) fn whole_documents(&self) -> Option<u64> {
        self.whole_documents
    }
}

/// What was found on the first way through a text.
struct Survey {
    documents: u64,
    bytes: u64,
    missed: Missed,
}

impl Survey {
    fn add(&mut self, part: Part<'_>, scratch: &mut Vec<u8>) {
        self.bytes += part.text.len() as u64;
        if part.continues.is_some() {
            return;
        }
        self.documents += 1;
        // Once the share holds one there is nothing to choose.
        if self.missed.all() {
            self.missed.add(document_hash(part.text, scratch));
        }
    }
}

/// Reads all of `source`, hands its documents to `give` in order, and returns warnings.
///
/// `give` answers whether it wants more.
pub(super) fn read(
    source: &Source,
    boundaries: &Boundaries,
    done: &Arc<AtomicU64>,
    give: &mut dyn FnMut(Batch) -> bool,
) -> Result<Vec<String>> {
    let documents = Gather::new(give, boundaries.part, boundaries.whole_documents.is_some());
    let mut reader = Reader { boundaries, documents, warnings: Vec::new() };
    match source {
        Source::Embedded(bytes) => {
            let mut lines = open_bytes(bytes, done)?;
            reader.read_text(&mut lines).context("cannot unpack the embedded text")?;
        }
        Source::Files(files) => {
            for file in files {
                let context = || format!("cannot read {}", file.path.display());
                reader.read_file(file, done).with_context(context)?;
                if !reader.documents.wanted() {
                    break;
                }
            }
        }
    }
    reader.documents.hand_over();
    Ok(reader.warnings)
}

struct Reader<'a> {
    boundaries: &'a Boundaries,
    documents: Gather<'a>,
    warnings: Vec<String>,
}

impl Reader<'_> {
    fn read_file(&mut self, file: &InputFile, done: &Arc<AtomicU64>) -> Result<()> {
        if file.bytes == 0 {
            self.warn("this file is empty", &file.path);
            return Ok(());
        }
        let mut lines = open(file, done)?;
        let found = match file.form {
            Form::Text => self.read_text(&mut lines)?,
            Form::JsonLines => self.read_records(&mut lines, &file.path)?,
        };
        if !found {
            self.warn("this file has no text", &file.path);
        }
        let (replaced, first) = lines.replaced;
        if replaced > 0 {
            let what = format!(
                "{replaced} byte sequences are no UTF-8 and were left out, the first on line {first}"
            );
            self.warn(&what, &file.path);
        }
        if lines.split > 0 {
            let what = format!(
                "lines of more than {} MB were split {} times",
                LONGEST_LINE >> 20,
                lines.split
            );
            self.warn(&what, &file.path);
        }
        Ok(())
    }

    /// Reads lines of text; tells whether there was any.
    fn read_text<R: Read>(&mut self, lines: &mut Lines<R>) -> Result<bool> {
        let mut found = false;
        while self.documents.wanted()
            && let Some(line) = lines.next()?
        {
            let blank = line.trim().is_empty();
            found |= !blank;
            if !blank {
                self.documents.push_line(line);
            } else if !self.boundaries.file_is_document {
                self.documents.end();
            }
            if self.boundaries.line_is_document {
                self.documents.end();
            }
        }
        self.documents.end();
        Ok(found)
    }

    /// Reads JSON objects, each a document; tells whether there was any text.
    fn read_records<R: Read>(&mut self, lines: &mut Lines<R>, path: &Path) -> Result<bool> {
        let mut found = false;
        let mut number = 0_u64;
        let (mut records, mut unusable, mut example) = (0_u64, 0_u64, String::new());
        while self.documents.wanted()
            && let Some(line) = lines.next()?
        {
            number += 1;
            if line.trim().is_empty() {
                continue;
            }
            records += 1;
            match text_of(line, &self.boundaries.json_field) {
                Ok(text) => {
                    for part in text.lines().filter(|part| !part.trim().is_empty()) {
                        found = true;
                        self.documents.push_line(part);
                    }
                    self.documents.end();
                }
                Err(why) => {
                    unusable += 1;
                    if unusable == 1 {
                        example = format!("line {number} {why}");
                    }
                }
            }
        }
        if unusable > 0 {
            let what = format!("{unusable} of {records} records were left out: {example}");
            self.warn(&what, path);
        }
        Ok(found)
    }

    fn warn(&mut self, what: &str, path: &Path) {
        match self.warnings.len() {
            0..WARNINGS => self.warnings.push(format!("{what}: {}", path.display())),
            WARNINGS => self.warnings.push("further warnings about the text are left out".into()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
