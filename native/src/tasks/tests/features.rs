//! Real sentences to rows and back: what is true about a text is not lost on the way.

use electra::features::{
    Feature, FeatureSettings, NoneScore, RowTarget, answers, featurize, plain_answers, word_tags,
};
use electra::tasks::{Answer, Content, LabelledText, Prediction, Target, TaskKind};
use electra::tokenizer::Tokenizer;
use xxhash_rust::xxh3::xxh3_64;

static EMBEDDED: &[u8] = include_bytes!("../../../../assets/simple-english.txt.zst");

fn sentences() -> Vec<String> {
    let text = zstd::stream::decode_all(EMBEDDED).unwrap();
    String::from_utf8(text)
        .unwrap()
        .lines()
        .filter(|line| line.is_ascii())
        .step_by(97)
        .take(1500)
        .map(str::to_owned)
        .collect()
}

fn tokenizer(sentences: &[String]) -> Tokenizer {
    Tokenizer::train(std::iter::once(sentences.join(" ")), 1000, 2, true, true).unwrap()
}

/// A paragraph of random sentences, and some words of it with their place.
fn paragraph(sentences: &[String], number: u64) -> (String, Answer) {
    let pick =
        |salt: usize, below: usize| xxh3_64(format!("{number} {salt}").as_bytes()) as usize % below;
    let count = 1 + pick(0, 11);
    let chosen = (0..count).map(|at| sentences[pick(1 + at, sentences.len())].as_str());
    let context = "É… ".to_owned() + &chosen.collect::<Vec<_>>().join("  ");
    let words: Vec<(usize, &str)> = context
        .split(' ')
        .scan(0, |at, word| {
            let begin = *at;
            *at += word.chars().count() + 1;
            Some((begin, word))
        })
        .filter(|(_, word)| !word.is_empty())
        .collect();
    let first = pick(20, words.len());
    let last = (first + pick(21, 3)).min(words.len() - 1);
    let end = words[last].0 + words[last].1.chars().count();
    let start = words[first].0;
    let text = context.chars().skip(start).take(end - start).collect();
    (context, Answer { text, start })
}

fn oracle(feature: &Feature) -> [Vec<f32>; 2] {
    let RowTarget::Span { start, end, .. } = feature.target else { panic!("no span") };
    [start, end].map(|place| {
        (0..feature.row.ids.len()).map(|at| if at == place { 9.0 } else { 0.0 }).collect()
    })
}

#[test]
fn an_answer_anywhere_in_a_text_is_found_and_given_back_letter_by_letter() {
    let sentences = sentences();
    let tokenizer = tokenizer(&sentences);
    let kind = TaskKind::Spans { answerable: false };
    for longest in [96, 384] {
        let settings = FeatureSettings {
            stride: 32,
            max_query_length: 16,
            max_answer_length: 60,
            ..FeatureSettings::new(longest)
        };
        let texts: Vec<LabelledText> = (0..150)
            .map(|number| {
                let (context, answer) = paragraph(&sentences, number);
                let question = sentences[number as usize].clone();
                LabelledText {
                    id: number.to_string(),
                    content: Content::Question { question, context },
                    target: Target::Answers(vec![answer]),
                }
            })
            .collect();
        let features = featurize(&texts, &kind, &tokenizer, &settings).unwrap();
        assert!(features.iter().all(|feature| feature.row.ids.len() <= longest));
        assert!(longest > 96 || features.len() > texts.len());
        let rows = features.iter().map(|feature| {
            let [start, end] = oracle(feature);
            plain_answers(feature, &start, &end, &settings)
        });
        let rows: Vec<_> = rows.collect();
        let said = answers(&texts, &features, &rows, NoneScore::Relative, &settings);
        for (text, said) in texts.iter().zip(said) {
            let (Target::Answers(gold), Prediction::Answer(said)) = (&text.target, said) else {
                panic!("no answer")
            };
            assert_eq!((&said.text, said.start), (&gold[0].text, gold[0].start), "{}", text.id);
        }
    }
}

#[test]
fn every_word_of_a_text_is_tagged_once_however_short_the_rows() {
    let sentences = sentences();
    let tokenizer = tokenizer(&sentences);
    let texts: Vec<LabelledText> = (0..60)
        .map(|number| {
            let words: Vec<String> =
                paragraph(&sentences, number).0.split_whitespace().map(str::to_owned).collect();
            let tags = (0..words.len()).collect();
            LabelledText {
                id: number.to_string(),
                content: Content::Words(words),
                target: Target::Tags(tags),
            }
        })
        .collect();
    let kind = TaskKind::Tagging { labels: Vec::new() };
    for longest in [24, 128] {
        let settings = FeatureSettings::new(longest);
        let features = featurize(&texts, &kind, &tokenizer, &settings).unwrap();
        let said = features.iter().map(|feature| {
            let RowTarget::Tags(tags) = &feature.target else { panic!("no tags") };
            tags.iter().map(|tag| (tag.unwrap_or(usize::MAX), 1.0)).collect()
        });
        let tags = word_tags(&texts, &features, &said.collect::<Vec<Vec<(usize, f32)>>>());
        for (text, tags) in texts.iter().zip(tags) {
            let Target::Tags(truth) = &text.target else { panic!("no tags") };
            let Prediction::Tags { tags, .. } = tags else { panic!("no tags") };
            assert_eq!(&tags, truth, "{}", text.id);
        }
    }
}
