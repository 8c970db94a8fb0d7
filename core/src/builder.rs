//! Tokenised lines to examples, as `build_pretraining_dataset.py` of the authors' code packs
//! them, but without losing what does not fit a row.
//!
//! Second stage of the pipeline: tokens → **examples** → batches.

use crate::examples::Example;
use crate::random::{Stream, host};
use crate::tokenizer::SpecialTokens;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Share of examples with one segment only, as in most classification tasks.
const SINGLE_SEGMENT: f64 = 0.1;
/// Length of a first segment that nothing exceeds; the authors' number.
const NO_LIMIT: usize = 100_000;
/// Share of examples shorter than a row, so that short texts are not new to the model.
const SHORT: f64 = 0.05;
/// Shortest of those.
const SHORTEST: usize = 5;

/// Where the builder's decisions come from.
pub trait Draws {
    /// At least 0 and below 1.
    fn share(&mut self) -> f64;
    /// At least `low` and at most `high`.
    fn between(&mut self, low: usize, high: usize) -> usize;
}

impl Draws for ChaCha8Rng {
    fn share(&mut self) -> f64 {
        self.random()
    }

    fn between(&mut self, low: usize, high: usize) -> usize {
        self.random_range(low..=high)
    }
}

/// What became of the text's tokens; special tokens are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// Tokens that are in an example.
    pub kept_tokens: u64,
    /// Tokens that fell off a row's end.
    pub dropped_tokens: u64,
}

impl Kept {
    /// Adds another builder's counts.
    pub fn add(&mut self, other: Self) {
        self.kept_tokens += other.kept_tokens;
        self.dropped_tokens += other.dropped_tokens;
    }

    /// Kept tokens over all tokens.
    pub fn share(&self) -> f64 {
        let all = self.kept_tokens + self.dropped_tokens;
        if all == 0 { 1.0 } else { self.kept_tokens as f64 / all as f64 }
    }
}

/// Collects the lines of a document and cuts examples from them.
#[derive(Debug, Clone)]
pub struct ExampleBuilder<D = ChaCha8Rng> {
    row: usize,
    special: SpecialTokens,
    drop_overflow: bool,
    seed: u64,
    draws: D,
    /// Tokens of the lines not yet in an example, from `start` on.
    tokens: Vec<u32>,
    start: usize,
    /// Lengths of those lines.
    lines: Vec<usize>,
    /// Length at which the next example is cut, special tokens included.
    target: usize,
    kept: Kept,
}

impl ExampleBuilder {
    /// A builder of rows of at most `max_seq_length` tokens, special tokens included.
    ///
    /// `drop_overflow`: throw away what does not fit a row, as the authors' code does; otherwise
    /// it begins the next example of the same document.
    pub fn new(
        max_seq_length: usize,
        special: SpecialTokens,
        drop_overflow: bool,
        seed: u64,
    ) -> Self {
        let draws = host(seed, Stream::Build, 0);
        Self::with_draws(max_seq_length, special, drop_overflow, draws).seeded(seed)
    }

    fn seeded(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Begins a document: its examples depend on the seed and on `hash`, whatever came before,
    /// so that documents can be cut in any order and on any number of threads.
    pub fn begin_document(&mut self, hash: u64) {
        debug_assert!(self.pending() == 0, "the document before must be ended first");
        self.draws = host(self.seed, Stream::Build, hash);
        self.target = self.draw_target();
    }
}

impl<D: Draws> ExampleBuilder<D> {
    /// [`ExampleBuilder::new`] with another source of decisions.
    pub fn with_draws(
        max_seq_length: usize,
        special: SpecialTokens,
        drop_overflow: bool,
        draws: D,
    ) -> Self {
        let row = max_seq_length.max(SHORTEST);
        Self {
            row,
            special,
            drop_overflow,
            seed: 0,
            draws,
            tokens: Vec::new(),
            start: 0,
            lines: Vec::new(),
            target: row,
            kept: Kept::default(),
        }
    }

    /// Adds a line of the document, and the examples that it completes to `out`.
    pub fn push_line(&mut self, line: &[u32], out: &mut Vec<Example>) {
        self.tokens.extend_from_slice(line);
        self.lines.push(line.len());
        while self.pending() > 0 && self.pending() >= self.full() {
            out.push(self.cut());
        }
        self.tokens.drain(..self.start);
        self.start = 0;
    }

    /// Ends the document: what is left becomes an example.
    pub fn end_document(&mut self, out: &mut Vec<Example>) {
        while self.pending() > 0 {
            out.push(self.cut());
        }
        self.tokens.clear();
        self.start = 0;
        self.lines.clear();
    }

    /// Tokens kept and dropped since the builder was made.
    pub fn kept(&self) -> Kept {
        self.kept
    }

    fn pending(&self) -> usize {
        self.tokens.len() - self.start
    }

    /// Tokens that make an example. The authors' code counts as if there were no special tokens
    /// and drops the two or three that do not fit; where nothing is dropped they would become an
    /// example of their own at the end of a document.
    fn full(&self) -> usize {
        if self.drop_overflow { self.target } else { self.target - 2 }
    }

    fn draw_target(&mut self) -> usize {
        if self.draws.share() < SHORT { self.draws.between(SHORTEST, self.row) } else { self.row }
    }

    /// Makes one example of the pending lines.
    fn cut(&mut self) -> Example {
        let in_first = self.assign_lines();
        let mut ids = vec![self.special.cls];
        self.take(&in_first, true, self.row - 2, &mut ids);
        ids.push(self.special.sep);
        let first_segment = ids.len();
        let room = self.row.saturating_sub(first_segment + 1);
        self.take(&in_first, false, room, &mut ids);
        let separators = if ids.len() > first_segment {
            ids.push(self.special.sep);
            3
        } else {
            2
        };
        self.consume(ids.len() - separators);
        self.target = self.draw_target();
        Example { ids, first_segment }
    }

    /// Which of the pending lines go to the first segment; the others go to the second.
    ///
    /// A line goes to the first while it is empty or stays under its length, and half of the
    /// time when it is the one that exceeds it. The authors' code also lets a short line into
    /// the first segment after a longer one went to the second; without dropping, lines keep
    /// their order, because the rest of the row continues where the second segment ends.
    fn assign_lines(&mut self) -> Vec<bool> {
        let single = self.draws.share() < SINGLE_SEGMENT;
        let limit = if single { NO_LIMIT } else { (self.target - 3) / 2 };
        let (mut first, mut second) = (0, 0);
        let mut in_first = Vec::with_capacity(self.lines.len());
        for &line in &self.lines {
            let open = self.drop_overflow || second == 0;
            let joins = first == 0
                || (open && first + line < limit)
                || (second == 0 && first < limit && self.draws.share() < 0.5);
            *(if joins { &mut first } else { &mut second }) += line;
            in_first.push(joins);
        }
        in_first
    }

    /// Appends up to `room` tokens of the lines of one segment.
    fn take(&self, in_first: &[bool], first: bool, mut room: usize, ids: &mut Vec<u32>) {
        let mut at = self.start;
        for (&line, &is_first) in self.lines.iter().zip(in_first) {
            if is_first == first {
                let taken = line.min(room);
                ids.extend_from_slice(&self.tokens[at..at + taken]);
                room -= taken;
            }
            at += line;
        }
    }

    /// Forgets the tokens that went into an example, and the others where they are dropped.
    fn consume(&mut self, mut used: usize) {
        self.kept.kept_tokens += used as u64;
        if self.drop_overflow {
            self.kept.dropped_tokens += (self.pending() - used) as u64;
            self.start = self.tokens.len();
            self.lines.clear();
            return;
        }
        self.start += used;
        let mut done = 0;
        for line in &mut self.lines {
            let part = used.min(*line);
            used -= part;
            *line -= part;
            if *line > 0 {
                break;
            }
            done += 1;
        }
        self.lines.drain(..done);
    }
}
