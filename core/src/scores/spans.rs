//! Chunks and names: spans out of tag sequences, scored as `conlleval` does.

use super::F1;
use serde::Serialize;
use std::collections::BTreeMap;

/// A stretch of words of one kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Span<'a> {
    /// Its first word.
    pub start: usize,
    /// The word after its last.
    pub end: usize,
    /// What it is, such as `NP` or `PER`; empty where tags name no kind.
    pub kind: &'a str,
}

/// Precision, recall and F1 of spans: a span counts when both ends and the kind agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpanScores {
    /// Over all spans.
    pub overall: F1,
    /// For each kind, in alphabetical order.
    pub kinds: BTreeMap<String, F1>,
    /// Share of words whose tag is right; none of nothing.
    pub accuracy: Option<f64>,
}

/// The spans of one sentence's tags, in order.
///
/// Reads IOB1, IOB2, BIOES (also written IOBES) and BILOU alike, and sequences that break their
/// scheme by `conlleval`'s rules (Tjong Kim Sang and Buchholz, 2000): a word continues a span only
/// if its tag says so and the kind is the same; a continuation of nothing begins a span.
pub fn spans<'a>(tags: &[&'a str]) -> Vec<Span<'a>> {
    let mut spans = Vec::new();
    let mut begun = 0;
    let mut before = Tag::OUTSIDE;
    for (at, tag) in tags.iter().map(|tag| Tag::parse(tag)).chain([Tag::OUTSIDE]).enumerate() {
        if before.ends_before(&tag) {
            spans.push(Span { kind: before.kind, start: begun, end: at });
        }
        if tag.begins_after(&before) {
            begun = at;
        }
        before = tag;
    }
    spans
}

/// What one sentence adds to the scores of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpanCounts {
    /// Spans predicted rightly.
    pub found: usize,
    /// Spans predicted.
    pub called: usize,
    /// Spans there are.
    pub actual: usize,
    /// Words with the right tag.
    pub right: usize,
    /// Words.
    pub words: usize,
}

impl SpanCounts {
    /// Counts one sentence.
    pub fn of(predicted: &[&str], gold: &[&str]) -> Self {
        assert_eq!(predicted.len(), gold.len(), "one tag per word");
        let (called, actual) = (spans(predicted), spans(gold));
        Self {
            found: called.iter().filter(|span| actual.binary_search(span).is_ok()).count(),
            called: called.len(),
            actual: actual.len(),
            right: predicted.iter().zip(gold).filter(|(a, b)| a == b).count(),
            words: gold.len(),
        }
    }
}

impl std::ops::AddAssign for SpanCounts {
    fn add_assign(&mut self, other: Self) {
        self.found += other.found;
        self.called += other.called;
        self.actual += other.actual;
        self.right += other.right;
        self.words += other.words;
    }
}

/// Scores predicted tags, sentence by sentence, over all spans together and for each kind.
///
/// # Shapes
///
/// - `predicted`, `gold`: `[sentences][words]`
pub fn span_scores(predicted: &[Vec<&str>], gold: &[Vec<&str>]) -> SpanScores {
    assert_eq!(predicted.len(), gold.len(), "one prediction per sentence");
    let mut total = SpanCounts::default();
    // Per kind: found, called, actual.
    let mut kinds: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for (predicted, gold) in predicted.iter().zip(gold) {
        total += SpanCounts::of(predicted, gold);
        let actual = spans(gold);
        for span in &spans(predicted) {
            let count = kinds.entry(span.kind).or_default();
            count[0] += usize::from(actual.binary_search(span).is_ok());
            count[1] += 1;
        }
        for span in &actual {
            kinds.entry(span.kind).or_default()[2] += 1;
        }
    }
    let kinds = kinds.iter().map(|(kind, &[found, called, actual])| {
        ((*kind).to_owned(), F1::of(found, called, actual))
    });
    SpanScores {
        overall: F1::of(total.found, total.called, total.actual),
        kinds: kinds.collect(),
        accuracy: (total.words > 0).then(|| total.right as f64 / total.words as f64),
    }
}

/// A tag taken apart: `B-NP` is `B` and `NP`.
struct Tag<'a> {
    letter: char,
    kind: &'a str,
}

impl<'a> Tag<'a> {
    const OUTSIDE: Tag<'static> = Tag { letter: 'O', kind: "" };

    fn parse(tag: &'a str) -> Self {
        let mut rest = tag.chars();
        let letter = rest.next().unwrap_or('O');
        let rest = rest.as_str();
        // A bare kind such as `LOC` is no tag of BILOU.
        let is_scheme = rest.is_empty() || rest.starts_with('-');
        let letter = match letter {
            'L' if is_scheme => 'E',
            'U' if is_scheme => 'S',
            other => other,
        };
        Self { letter, kind: rest.strip_prefix('-').unwrap_or(rest) }
    }

    fn is_outside(&self) -> bool {
        matches!(self.letter, 'O' | '.')
    }

    /// Whether a span that holds the word of this tag ends with it.
    fn ends_before(&self, next: &Self) -> bool {
        match (self.letter, next.letter) {
            ('E' | 'S', _) | ('B' | 'I', 'B' | 'S' | 'O') => true,
            _ => !self.is_outside() && self.kind != next.kind,
        }
    }

    /// Whether a span begins with the word of this tag.
    fn begins_after(&self, before: &Self) -> bool {
        match (before.letter, self.letter) {
            (_, 'B' | 'S') | ('E' | 'S' | 'O', 'E' | 'I') => true,
            _ => !self.is_outside() && self.kind != before.kind,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(tags: &str) -> Vec<(usize, usize, &str)> {
        let tags: Vec<&str> = tags.split(' ').collect();
        spans(&tags).into_iter().map(|span| (span.start, span.end, span.kind)).collect()
    }

    #[test]
    fn every_scheme_says_the_same() {
        let expected = [(0, 2, "NP"), (2, 3, "NP"), (4, 5, "VP")];
        assert_eq!(found("I-NP I-NP B-NP O I-VP"), expected);
        assert_eq!(found("B-NP I-NP B-NP O B-VP"), expected);
        assert_eq!(found("B-NP E-NP S-NP O S-VP"), expected);
    }

    #[test]
    fn bilou_is_bioes_in_other_letters() {
        let tags = ["O", "B-P", "I-P", "E-P", "S-P", "B-Q", "I-Q", "E-Q", "S-Q"];
        for number in 0..tags.len().pow(3) {
            let tag = |place: u32| tags[(number / tags.len().pow(place)) % tags.len()];
            let bioes = [tag(0), tag(1), tag(2)].join(" ");
            let bilou = bioes.replace("E-", "L-").replace("S-", "U-");
            assert_eq!(found(&bilou), found(&bioes), "{bilou}");
        }
        assert_eq!(found("U-PER U-PER"), [(0, 1, "PER"), (1, 2, "PER")]);
        assert_eq!(found("B L U"), [(0, 2, ""), (2, 3, "")]);
    }

    #[test]
    fn another_kind_or_the_end_of_the_sentence_ends_a_span() {
        assert_eq!(found("B-NP I-VP"), [(0, 1, "NP"), (1, 2, "VP")]);
        assert_eq!(found("O B-PER I-PER"), [(1, 3, "PER")]);
        assert!(found("O O").is_empty());
    }

    #[test]
    fn a_kind_may_hold_a_hyphen_or_be_absent() {
        assert_eq!(found("B-work-of-art I-work-of-art"), [(0, 2, "work-of-art")]);
        assert_eq!(found("B I O I"), [(0, 2, ""), (3, 4, "")]);
    }

    #[test]
    fn only_exact_spans_count() {
        let gold = [vec!["B-NP", "I-NP", "O", "B-VP"], vec!["B-NP"]];
        let predicted = [vec!["B-NP", "O", "O", "B-VP"], vec!["B-VP"]];
        let scores = span_scores(&predicted, &gold);
        assert_eq!(scores.overall, F1::of(1, 3, 3));
        assert_eq!(scores.kinds["VP"], F1::of(1, 2, 1));
        assert_eq!(scores.kinds["NP"], F1::of(0, 1, 2));
        assert_eq!(scores.accuracy, Some(3.0 / 5.0));
    }

    #[test]
    fn tagging_everything_outside_scores_nothing_however_accurate() {
        let scores = span_scores(&[vec!["O"; 10]], &[[vec!["O"; 9], vec!["B-X"]].concat()]);
        assert_eq!(scores.overall, F1::default());
        assert_eq!(scores.accuracy, Some(0.9));
    }
}
