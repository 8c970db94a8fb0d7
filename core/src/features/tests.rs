//! Texts to rows and back, on a vocabulary small enough to count by eye.

use super::*;
use crate::tasks::{Answer, Prediction};

/// Ids are line numbers: a 5, b 6, c 7, d 8, `##x` 9, `,` 10, é 11.
const VOCAB: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\n##x\n,\né\n";

fn tokenizer() -> Tokenizer {
    Tokenizer::from_vocab_txt(VOCAB, true, false).unwrap()
}

fn rows(
    content: Content,
    target: Target,
    kind: &TaskKind,
    settings: FeatureSettings,
) -> Vec<Feature> {
    let text = LabelledText { id: "1".to_owned(), content, target };
    featurize(&[text], kind, &tokenizer(), &settings).unwrap()
}

fn labels() -> TaskKind {
    TaskKind::Classification { labels: vec!["0".to_owned(), "1".to_owned()] }
}

fn pair(a: &str, b: &str, longest: usize) -> Feature {
    let content = Content::Pair(a.to_owned(), b.to_owned());
    rows(content, Target::Class(1), &labels(), FeatureSettings::new(longest)).remove(0)
}

#[test]
fn a_pair_is_framed_and_its_second_sentence_is_the_second_segment() {
    let feature = pair("a b", "c", 8);
    assert_eq!(feature.row, Example { ids: vec![2, 5, 6, 3, 7, 3], first_segment: 4 });
    assert_eq!((feature.target, feature.truncated), (RowTarget::Class(1), false));
}

#[test]
fn the_longer_sentence_loses_tokens_first() {
    assert_eq!(pair("a a a a a a", "b", 7).row.ids, [2, 5, 5, 5, 3, 6, 3]);
    assert_eq!(pair("a", "b b b b b b", 7).row.ids, [2, 5, 3, 6, 6, 6, 3]);
    let even = pair("a a a a", "b b b b", 8);
    assert_eq!(even.row.ids, [2, 5, 5, 5, 3, 6, 6, 3]);
    assert!(even.truncated);
}

#[test]
fn a_single_sentence_has_one_segment_even_if_empty() {
    let of = |text: &str| {
        let content = Content::Text(text.to_owned());
        rows(content, Target::Unknown, &labels(), FeatureSettings::new(4)).remove(0)
    };
    assert_eq!(of("a b c d").row, Example { ids: vec![2, 5, 6, 3], first_segment: 4 });
    assert_eq!(of("").row.ids, [2, 3]);
    assert_eq!(of("a").target, RowTarget::Unknown);
}

#[test]
fn rows_without_room_and_texts_of_another_kind_are_refused() {
    let text = |content| LabelledText { id: "7".to_owned(), content, target: Target::Unknown };
    let refused = |content, longest| {
        let texts = [text(content)];
        featurize(&texts, &labels(), &tokenizer(), &FeatureSettings::new(longest))
            .unwrap_err()
            .to_string()
    };
    let pair = Content::Pair("a".to_owned(), "b".to_owned());
    assert!(refused(pair, 3).contains("longer rows"));
    assert!(refused(Content::Words(vec![]), 9).contains("`7`"));
}

fn tagged(words: &[&str], longest: usize, stride: usize) -> (LabelledText, Vec<Feature>) {
    let content = Content::Words(words.iter().map(|&word| word.to_owned()).collect());
    let tags = (0..words.len()).collect();
    let text = LabelledText { id: String::new(), content, target: Target::Tags(tags) };
    let settings = FeatureSettings { stride, ..FeatureSettings::new(longest) };
    let kind = TaskKind::Tagging { labels: vec![] };
    let features = featurize(std::slice::from_ref(&text), &kind, &tokenizer(), &settings).unwrap();
    (text, features)
}

#[test]
fn the_first_piece_of_a_word_carries_its_tag() {
    let (_, features) = tagged(&["axx", "b", "\u{1}", "c,"], 16, 128);
    assert_eq!(features.len(), 1);
    assert_eq!(features[0].row.ids, [2, 5, 9, 9, 6, 1, 7, 10, 3]);
    let expected = [None, Some(0), None, None, Some(1), Some(2), Some(3), None, None];
    assert_eq!(features[0].target, RowTarget::Tags(expected.to_vec()));
}

#[test]
fn every_word_is_trained_and_tagged_once_however_long_the_text() {
    let words: Vec<&str> = ["a", "bxxx", "c", "dx"].into_iter().cycle().take(57).collect();
    for (longest, stride) in [(8, 3), (8, 128), (20, 5), (200, 128)] {
        let (text, features) = tagged(&words, longest, stride);
        let mut trained = vec![0; words.len()];
        for feature in &features {
            assert!(feature.row.ids.len() <= longest && !feature.truncated);
            let RowTarget::Tags(tags) = &feature.target else { panic!("no tags") };
            tags.iter().flatten().for_each(|&tag| trained[tag] += 1);
        }
        assert_eq!(trained, vec![1; words.len()], "{longest} {stride}");
        // A model that says the truth at first pieces and nonsense elsewhere.
        let says = |feature: &Feature| -> Vec<(usize, f32)> {
            let RowTarget::Tags(tags) = &feature.target else { panic!("no tags") };
            tags.iter().map(|tag| (tag.unwrap_or(usize::MAX), 0.5)).collect()
        };
        let said: Vec<Vec<(usize, f32)>> = features.iter().map(says).collect();
        let tags = word_tags(&[text], &features, &said);
        let probabilities = vec![0.5; words.len()];
        assert_eq!(tags, [Prediction::Tags { tags: (0..words.len()).collect(), probabilities }]);
    }
}

#[test]
fn a_word_longer_than_a_row_keeps_its_beginning() {
    let word = format!("a{}", "x".repeat(30));
    let (_, features) = tagged(&["b", &word, "c"], 8, 128);
    assert!(features.iter().all(|feature| feature.truncated && feature.row.ids.len() <= 8));
    let tags = features.iter().filter_map(|feature| match &feature.target {
        RowTarget::Tags(tags) => Some(tags.iter().flatten().count()),
        _ => None,
    });
    assert_eq!(tags.sum::<usize>(), 3);
}

const SPANS: TaskKind = TaskKind::Spans { answerable: true };

fn asked(
    question: &str,
    context: &str,
    answer: Option<(&str, usize)>,
    longest: usize,
) -> (LabelledText, Vec<Feature>) {
    let answers = answer.map(|(text, start)| Answer { text: text.to_owned(), start });
    let text = LabelledText {
        id: "q".to_owned(),
        content: Content::Question { question: question.to_owned(), context: context.to_owned() },
        target: Target::Answers(answers.into_iter().collect()),
    };
    let settings = FeatureSettings { stride: 3, ..FeatureSettings::new(longest) };
    let features = featurize(std::slice::from_ref(&text), &SPANS, &tokenizer(), &settings).unwrap();
    (text, features)
}

fn span(feature: &Feature) -> (usize, usize, bool) {
    match feature.target {
        RowTarget::Span { start, end, answerable } => (start, end, answerable),
        _ => panic!("no span"),
    }
}

#[test]
fn an_answer_is_found_by_its_characters() {
    // é is two bytes and one character.
    let (_, features) = asked("d", "é a bx, c", Some(("bx", 4)), 16);
    assert_eq!(features[0].row.ids, [2, 8, 3, 11, 5, 6, 9, 10, 7, 3]);
    assert_eq!(features[0].row.first_segment, 3);
    assert_eq!(span(&features[0]), (5, 6, true));
    // Part of a word means the tokens that share characters with it.
    assert_eq!(span(&asked("d", "é a bx, c", Some(("x,", 5)), 16).1[0]), (6, 7, true));
}

#[test]
fn windows_that_do_not_hold_the_answer_point_to_the_beginning() {
    let (_, features) = asked("d", "a a a a b b c", Some(("b b", 8)), 8);
    let targets: Vec<_> = features.iter().map(span).collect();
    assert_eq!(features.iter().map(|it| it.row.ids.len()).collect::<Vec<_>>(), [8, 8]);
    // Rows hold 4 context tokens of 7 and are 3 apart: tokens 0–3 and 3–6.
    assert_eq!(targets, [(0, 0, false), (4, 5, true)]);
    assert_eq!(span(&asked("d", "a b", None, 8).1[0]), (0, 0, false));
}

#[test]
fn a_long_question_is_cut() {
    let settings = FeatureSettings { max_query_length: 2, ..FeatureSettings::new(16) };
    let content = Content::Question { question: "a b c".to_owned(), context: "d".to_owned() };
    let features = rows(content, Target::Unknown, &SPANS, settings);
    assert_eq!(features[0].row.ids, [2, 5, 6, 3, 8, 3]);
    assert!(features[0].truncated);
    // In short rows, to half of the row.
    let content = Content::Question { question: "a ".repeat(60), context: "d".to_owned() };
    let features = rows(content, Target::Unknown, &SPANS, FeatureSettings::new(8));
    assert_eq!(features[0].row.ids, [2, 5, 5, 5, 5, 3, 8, 3]);
}

/// A head that is sure of the target.
fn oracle(features: &[Feature], settings: &FeatureSettings) -> Vec<RowAnswers> {
    let of = |feature: &Feature| {
        let (start, end, _) = span(feature);
        let peak = |at: usize| {
            let mut logits = vec![0.0; feature.row.ids.len()];
            logits[at] = 5.0;
            logits
        };
        plain_answers(feature, &peak(start), &peak(end), settings)
    };
    features.iter().map(of).collect()
}

fn only(predictions: Vec<Prediction>) -> crate::tasks::PredictedAnswer {
    match predictions.into_iter().next() {
        Some(Prediction::Answer(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sure_head_gives_back_the_answer_as_it_stands_in_the_text() {
    let context = "é a Bx, C a a a a a a d";
    for (answer, start) in [("Bx, C", 4), ("é", 0), ("d", 22), ("C a a", 8)] {
        for longest in [10, 12, 40] {
            let (text, features) = asked("d", context, Some((answer, start)), longest);
            let settings = FeatureSettings { stride: 3, ..FeatureSettings::new(longest) };
            let rows = oracle(&features, &settings);
            let said = only(answers(&[text], &features, &rows, NoneScore::Relative, &settings));
            assert_eq!((said.text.as_str(), said.start), (answer, start), "{longest}");
            assert_eq!(said.end - said.start, answer.chars().count());
            assert_eq!(said.or_none(0.0), answer);
            assert_eq!(said.n_best[0], (answer.to_owned(), 10.0));
        }
    }
}

#[test]
fn a_head_sure_of_no_answer_gives_none() {
    let (text, features) = asked("d", "a b c a b c a b c", None, 8);
    let settings = FeatureSettings::new(8);
    let rows = oracle(&features, &settings);
    let said = only(answers(&[text], &features, &rows, NoneScore::Relative, &settings));
    assert_eq!((said.or_none(0.0), said.none_score), ("", 10.0));
    assert!(!said.text.is_empty());
}

#[test]
fn impossible_candidates_are_dropped() {
    let (text, features) = asked("d", "a b c", None, 16);
    let settings = FeatureSettings { max_answer_length: 2, ..FeatureSettings::new(16) };
    let candidate = |start, end| Candidate { start, end, score: 9.0 };
    // Question, separator, reversed, too long, behind the context.
    let candidates =
        vec![candidate(1, 1), candidate(2, 3), candidate(4, 3), candidate(3, 5), candidate(6, 6)];
    let mut rows = [RowAnswers { candidates, none: -1.0 }];
    let say = |rows: &[RowAnswers]| {
        only(answers(std::slice::from_ref(&text), &features, rows, NoneScore::Absolute, &settings))
    };
    let nothing = say(&rows);
    assert_eq!((nothing.text.as_str(), nothing.none_score), ("", f32::MAX));
    rows[0].candidates.push(Candidate { start: 4, end: 5, score: -3.0 });
    let said = say(&rows);
    assert_eq!((said.text.as_str(), said.score, said.none_score), ("b c", -3.0, -1.0));
}

#[test]
fn best_answers_are_listed_once_and_in_order() {
    let (text, features) = asked("d", "a b a", None, 16);
    let settings = FeatureSettings { n_best: 2, ..FeatureSettings::new(16) };
    let candidate = |at, score| Candidate { start: at, end: at, score };
    let candidates = vec![candidate(4, 1.0), candidate(3, 2.0), candidate(5, 3.0)];
    let rows = [RowAnswers { candidates, none: 0.0 }];
    let said = only(answers(&[text], &features, &rows, NoneScore::Relative, &settings));
    assert_eq!(said.n_best, [("a".to_owned(), 3.0), ("b".to_owned(), 1.0)]);
    assert_eq!((said.start, said.none_score), (4, -3.0));
}
