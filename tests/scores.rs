//! Scores are those of scikit-learn, scipy, seqeval and SQuAD's script, on random predictions with
//! ties, empty classes, constants and broken tag sequences (`tests/golden/make_scores_fixture.py`).
#![allow(clippy::disallowed_methods, reason = "tests read files")]

use electra::scores::{
    AnswerScore, accuracy, best_thresholds, binary_f1, macro_f1, matthews, mean_squared_error,
    normalize_answer, parts, pearson, score_with_threshold, span_scores, spans, spearman,
};
use electra::tasks::{
    Answer, Content, LabelledText, PredictedAnswer, Prediction, Target, TaskSpec,
};
use serde::Deserialize;

const TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
struct Golden {
    classes: Vec<Classes>,
    scores: Vec<Numbers>,
    tags: Vec<Tags>,
    answers: Vec<Answers>,
    thresholds: Vec<Thresholds>,
}

#[derive(Deserialize)]
struct Classes {
    predicted: Vec<usize>,
    gold: Vec<usize>,
    accuracy: f64,
    f1: [f64; 3],
    macro_f1: f64,
    matthews: f64,
}

#[derive(Deserialize)]
struct Numbers {
    predicted: Vec<f64>,
    gold: Vec<f64>,
    pearson: Option<f64>,
    spearman: Option<f64>,
    mse: f64,
}

#[derive(Deserialize)]
struct Tags {
    predicted: Vec<String>,
    gold: Vec<String>,
    spans: Vec<Vec<(String, usize, usize)>>,
    precision: f64,
    recall: f64,
    f1: f64,
    accuracy: f64,
}

#[derive(Deserialize)]
struct Answers {
    predicted: String,
    gold: Vec<String>,
    normal: String,
    version_1: [f64; 2],
    version_2: [f64; 2],
}

#[derive(Deserialize)]
struct Thresholds {
    questions: Vec<(String, Vec<String>, f32)>,
    exact: f64,
    exact_at_0: f64,
    f1: f64,
    f1_at_0: f64,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/scores.json")).expect("golden numbers")
}

fn assert_near(ours: Option<f64>, theirs: Option<f64>, what: &str) {
    let same = match (ours, theirs) {
        (Some(ours), Some(theirs)) => (ours - theirs).abs() <= TOLERANCE * theirs.abs().max(1.0),
        (None, None) => true,
        _ => false,
    };
    assert!(same, "{what}: {ours:?} here, {theirs:?} there");
}

#[test]
fn classifiers_score_as_in_scikit_learn() {
    for case in golden().classes {
        let (predicted, gold) = (&case.predicted, &case.gold);
        let what = format!("{predicted:?} {gold:?}");
        let f1 = binary_f1(predicted, gold);
        assert_near(accuracy(predicted, gold), Some(case.accuracy), &what);
        assert_near(Some(f1.precision), Some(case.f1[0]), &what);
        assert_near(Some(f1.recall), Some(case.f1[1]), &what);
        assert_near(Some(f1.f1), Some(case.f1[2]), &what);
        assert_near(macro_f1(predicted, gold), Some(case.macro_f1), &what);
        assert_near(matthews(predicted, gold), Some(case.matthews), &what);
    }
}

#[test]
fn correlations_are_those_of_scipy() {
    for case in golden().scores {
        let (predicted, gold) = (&case.predicted, &case.gold);
        let what = format!("{predicted:?} {gold:?}");
        assert_near(pearson(predicted, gold), case.pearson, &what);
        assert_near(spearman(predicted, gold), case.spearman, &what);
        assert_near(mean_squared_error(predicted, gold), Some(case.mse), &what);
    }
}

#[test]
fn spans_are_those_of_seqeval() {
    for case in golden().tags {
        let split = |rows: &'_ [String]| -> Vec<Vec<String>> {
            rows.iter().map(|row| row.split(' ').map(str::to_owned).collect()).collect()
        };
        let (predicted, gold) = (split(&case.predicted), split(&case.gold));
        let predicted = borrowed(&predicted);
        for (row, theirs) in predicted.iter().zip(&case.spans) {
            let ours: Vec<(String, usize, usize)> =
                spans(row).iter().map(|it| (it.kind.to_owned(), it.start, it.end - 1)).collect();
            assert_eq!(&ours, theirs, "{row:?}");
        }
        let what = format!("{:?} {:?}", case.predicted, case.gold);
        let scores = span_scores(&predicted, &borrowed(&gold));
        assert_near(Some(scores.overall.precision), Some(case.precision), &what);
        assert_near(Some(scores.overall.recall), Some(case.recall), &what);
        assert_near(Some(scores.overall.f1), Some(case.f1), &what);
        assert_near(scores.accuracy, Some(case.accuracy), &what);
    }
}

fn borrowed(rows: &[Vec<String>]) -> Vec<Vec<&str>> {
    rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect()
}

#[test]
fn answers_score_as_in_squads_scripts() {
    for case in golden().answers {
        assert_eq!(normalize_answer(&case.predicted), case.normal, "{:?}", case.predicted);
        let gold: Vec<&str> = case.gold.iter().map(String::as_str).collect();
        for (version_2, [exact_match, f1]) in [(false, case.version_1), (true, case.version_2)] {
            let score = AnswerScore::new(&case.predicted, &gold, version_2);
            let what = format!("{:?} {gold:?} {version_2}", case.predicted);
            assert_eq!(score.exact_match, exact_match, "{what}");
            assert_near(Some(score.f1), Some(f1), &what);
        }
    }
}

#[test]
fn thresholds_reach_what_squads_script_reaches() {
    let spec = TaskSpec::builtin("squad2").expect("a task");
    for case in golden().thresholds {
        let (texts, predictions): (Vec<_>, Vec<_>) =
            case.questions.iter().map(|(said, gold, lead)| question(said, gold, *lead)).unzip();
        let what = format!("{:?}", case.questions);
        let best = best_thresholds(&texts, &predictions).expect("questions");
        assert_near(Some(best.exact_match), Some(case.exact), &what);
        assert_near(Some(best.f1), Some(case.f1), &what);
        let at_0 = score_with_threshold(&spec, &texts, &predictions, 0.0).expect("scores");
        assert_near(at_0.get("exact_match").copied(), Some(case.exact_at_0), &what);
        assert_near(at_0.get("f1").copied(), Some(case.f1_at_0), &what);
    }
}

#[test]
fn questions_with_and_without_an_answer_add_up_to_squads_scores() {
    let spec = TaskSpec::builtin("squad2").expect("a task");
    for case in golden().thresholds {
        let (texts, predictions): (Vec<_>, Vec<_>) =
            case.questions.iter().map(|(said, gold, lead)| question(said, gold, *lead)).unzip();
        let parts = parts(&spec, &texts, &predictions).expect("scores");
        let with = case.questions.iter().filter(|(_, gold, _)| !gold.is_empty()).count();
        let counts = [("HasAns", with), ("NoAns", case.questions.len() - with)];
        for (metric, theirs) in [("exact_match", case.exact_at_0), ("f1", case.f1_at_0)] {
            let sum = |(part, count): (&str, usize)| {
                parts.get(part).map_or(0.0, |scores| scores[metric]) * count as f64
            };
            let ours = counts.map(sum).iter().sum::<f64>() / case.questions.len() as f64;
            assert_near(Some(ours), Some(theirs), &format!("{metric} of {:?}", case.questions));
        }
    }
}

fn question(said: &str, gold: &[String], lead: f32) -> (LabelledText, Prediction) {
    let answers = gold.iter().map(|text| Answer { text: text.clone(), start: 0 }).collect();
    let content = Content::Question { question: String::new(), context: String::new() };
    let answer = PredictedAnswer {
        text: said.to_owned(),
        start: 0,
        end: 0,
        score: 0.0,
        none_score: lead,
        n_best: Vec::new(),
    };
    (
        LabelledText { id: String::new(), content, target: Target::Answers(answers) },
        Prediction::Answer(answer),
    )
}
