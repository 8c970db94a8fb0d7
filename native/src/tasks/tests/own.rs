//! Tables, words and texts of one's own.

use super::*;
use crate::tasks::bundle::read_text;
use crate::tasks::read_texts;
use crate::tasks::unlabelled;
use electra::tasks::{Columns, Content, MOST_LABELS, Metric, TaskKind, TaskSpec};

#[test]
fn quoted_cells_of_csv_may_hold_commas_and_lines() {
    let rows = "text,label\n\"one, \"\"two\"\"\nthree\",good\nfour,bad\n";
    let place = Place::new(&[("train.csv", rows), ("dev.csv", rows)]);
    let data = read(&own(&place, "classification", "")).unwrap();
    assert_eq!(data.train[0].content, Content::Text("one, \"two\"\nthree".to_owned()));
    assert_eq!(data.spec.kind.labels(), ["bad", "good"]);
    assert_eq!(targets(&data.train), [Target::Class(1), Target::Class(0)]);
    place.write("test.csv", b"text,label\nfive,\n");
    let data = read(&own(&place, "classification", "")).unwrap();
    assert_eq!(targets(&data.test[0].texts), [Target::Unknown]);
    place.write("dev.csv", rows.replace("four,bad", "four,bad,worse").as_bytes());
    let error = error(&own(&place, "classification", ""));
    assert!(error.contains("3 columns where the first has 2"), "{error}");
    assert!(error.ends_with("dev.csv, line 4"), "{error}");
}

#[test]
fn columns_are_named_by_flags() {
    let rows = "nr\tq\tr\tok\n10\ta\tb\t1\n11\tc\td\t2\n12\te\tf\t10\n";
    let place = Place::new(&[("train.tsv", rows), ("dev.tsv", rows)]);
    let mut request = own(&place, "classification", "");
    request.text = Some("q".to_owned());
    request.pair = Some("r".to_owned());
    request.label = Some("ok".to_owned());
    request.id = Some("nr".to_owned());
    let data = read(&request).unwrap();
    assert_eq!(data.train[2].content, Content::Pair("e".to_owned(), "f".to_owned()));
    assert_eq!((data.train[0].id.as_str(), data.spec.kind.labels()[2].as_str()), ("10", "10"));
    request.label = Some("no".to_owned());
    let sentence = error(&request);
    assert!(sentence.contains("no column `no`; the columns are `nr`, `q`"), "{sentence}");
    request.label = None;
    assert!(error(&request).contains("name it with --label-column"));
}

#[test]
fn json_lines_may_hold_numbers_and_lack_fields() {
    let lines = "{\"text\": \"a\", \"label\": 1}\n\n{\"text\": \"b\", \"label\": 0}\n";
    let place = Place::new(&[("train.jsonl", lines), ("dev.jsonl", lines)]);
    place.write("test.jsonl", b"{\"text\": \"c\"}\n");
    let data = read(&own(&place, "classification", "")).unwrap();
    assert_eq!(targets(&data.train), [Target::Class(1), Target::Class(0)]);
    assert_eq!(targets(&data.test[0].texts), [Target::Unknown]);
    place.write("dev.jsonl", lines.replace(", \"label\": 0", "").as_bytes());
    let sentence = error(&own(&place, "classification", ""));
    assert!(sentence.contains("`label` is missing") && sentence.ends_with("line 3"), "{sentence}");
    place.write("dev.jsonl", b"{\"text\": \n");
    let sentence = error(&own(&place, "classification", ""));
    assert!(sentence.contains("no JSON object") && sentence.ends_with("line 1"), "{sentence}");
}

#[test]
fn labels_must_be_known_from_training() {
    let train = "text\tlabel\na\tgood\nb\tbad\n";
    let place = Place::new(&[("train.tsv", train), ("dev.tsv", &train.replace("bad", "odd"))]);
    let sentence = error(&own(&place, "classification", ""));
    assert!(sentence.contains("`odd` is no label of the training file"), "{sentence}");
    assert!(sentence.ends_with("dev.tsv, line 3"), "{sentence}");
    place.write("train.tsv", train.replace("bad", "good").as_bytes());
    assert!(error(&own(&place, "classification", "")).contains("nothing to tell apart"));
    let many = (0..1200).fold("text\tlabel\n".to_owned(), |all, n| all + &format!("a\t{n}.5\n"));
    place.write("train.tsv", many.as_bytes());
    assert!(error(&own(&place, "classification", "")).contains("--kind regression"));
}

#[test]
fn scores_that_are_all_the_same_are_refused() {
    let rows = "text\tscore\na\t1.5\nb\t1.50\n";
    let place = Place::new(&[("train.tsv", rows), ("dev.tsv", rows)]);
    let sentence = error(&own(&place, "regression", ""));
    assert!(sentence.contains("the score 1.5") && sentence.ends_with("train.tsv"), "{sentence}");
    place.write("train.tsv", rows.replace("1.50", "2").as_bytes());
    assert!(read(&own(&place, "regression", "")).is_ok());
}

#[test]
fn a_tenth_is_held_back_the_same_one_every_time() {
    let rows = (0..500).fold("text\tlabel\n".to_owned(), |all, n| {
        all + &format!("text number {} of many\t{}\n", n / 2, n % 3)
    });
    let place = Place::new(&[("all.tsv", &rows)]);
    let request = own(&place, "classification", "all.tsv");
    let data = read(&request).unwrap();
    let held = data.dev[0].texts.len();
    assert!((20..90).contains(&held) && held + data.train.len() == 500, "{held}");
    assert_eq!(read(&request).unwrap(), data);
    // Copies of a text stay together.
    let trained: Vec<&Content> = data.train.iter().map(|text| &text.content).collect();
    assert!(data.dev[0].texts.iter().all(|text| !trained.contains(&&text.content)));
}

#[test]
fn words_come_in_columns_with_the_tag_last() {
    let rows =
        "-DOCSTART- -X- O O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n\nPeter NNP B-NP B-PER\n";
    let place = Place::new(&[("ner/eng.train", rows), ("ner/eng.testa", rows)]);
    let data = place.read("ner");
    assert_eq!(data.spec.kind.labels(), ["O", "B-ORG", "B-PER"]);
    let words = ["EU", "rejects"].map(str::to_owned).to_vec();
    assert_eq!(data.train[0].content, Content::Words(words));
    assert_eq!(targets(&data.train), [Target::Tags(vec![1, 0]), Target::Tags(vec![2])]);
    place.write("chunk/train.txt", rows.as_bytes());
    assert_eq!(place.read("chunk").spec.kind.labels(), ["B-NP", "B-VP"]);
    place.write("ner/eng.testa", rows.replace("VBZ ", "").as_bytes());
    let error = place.error("ner");
    assert!(error.contains("3 columns where the first has 4"), "{error}");
    assert!(error.ends_with("testa, line 4"), "{error}");
}

#[test]
fn tags_that_are_no_spans_are_scored_word_by_word() {
    let lines = "{\"words\": [\"a\", \"b\"], \"tags\": [\"DET\", \"NOUN\"]}\n\
        {\"words\": \"c d\", \"tags\": \"NOUN DET\"}\n";
    let place = Place::new(&[("train.jsonl", lines), ("dev.jsonl", &lines.replace("DET", "X"))]);
    let data = read(&own(&place, "tagging", "")).unwrap();
    assert_eq!(data.spec.metrics, [Metric::Accuracy]);
    assert_eq!(data.spec.kind.labels(), ["DET", "NOUN", "X"]);
    assert!(data.warnings[0].contains("`X`"), "{:?}", data.warnings);
    place.write("dev.jsonl", lines.replace("[\"DET\", ", "[").as_bytes());
    let sentence = error(&own(&place, "tagging", ""));
    assert!(sentence.contains("1 tags for 2 words") && sentence.ends_with("line 1"), "{sentence}");
}

#[test]
fn a_column_of_words_is_not_taken_for_tags() {
    let row = |n: usize| format!("NN word{n}\n\n");
    let rows = |count: usize| (0..count).map(row).collect::<String>();
    let place = Place::new(&[("train.conll", &rows(MOST_LABELS + 1))]);
    let sentence = error(&own(&place, "tagging", "train.conll"));
    let count = format!("{} different tags", MOST_LABELS + 1);
    assert!(sentence.contains(&count) && sentence.contains("last"), "{sentence}");
    assert!(sentence.ends_with("train.conll"), "{sentence}");
    place.write("few.conll", rows(MOST_LABELS).as_bytes());
    let mut few = own(&place, "tagging", "few.conll");
    few.dev = Some(place.path("train.conll"));
    assert!(error(&few).ends_with("train.conll"));
    few.dev = Some(place.path("few.conll"));
    assert_eq!(read(&few).unwrap().spec.kind.labels().len(), MOST_LABELS);
}

#[test]
fn what_cannot_be_guessed_is_asked_for() {
    let place = Place::new(&[("train.xyz", "a\tb\n"), ("x/readme", "")]);
    assert!(error(&own(&place, "classification", "train.xyz")).contains("name it .tsv"));
    assert!(error(&own(&place, "poetry", "train.xyz")).contains("`poetry`"));
    assert!(error(&own(&place, "regression", "x")).contains("there is no train.tsv"));
    assert!(error(&own(&place, "regression", "none.tsv")).contains("none.tsv"));
}

#[test]
fn texts_without_truth_come_from_lines_tables_words_and_questions() {
    let place = Place::new(&[
        ("lines.txt", "one\n\ntwo\tthree\n"),
        ("table.csv", "id,text,label\n7,seven,?\n"),
        ("words.txt", "a\nb\n\nc\n"),
    ]);
    let labels = || TaskKind::Classification { labels: vec![] };
    let of = |file, kind, columns| {
        unlabelled::read(read_text(&place.path(file)).unwrap(), &kind, columns).unwrap()
    };
    let lines = of("lines.txt", labels(), None);
    assert_eq!(lines[1].content, Content::Pair("two".to_owned(), "three".to_owned()));
    assert_eq!((lines[1].id.as_str(), &lines[1].target), ("1", &Target::Unknown));
    let table = of("table.csv", labels(), None);
    assert_eq!((table[0].id.as_str(), &table[0].target), ("7", &Target::Unknown));
    let columns = Columns { first: "id".to_owned(), ..Columns::default() };
    let table = of("table.csv", labels(), Some(&columns));
    assert_eq!(table[0].content, Content::Text("7".to_owned()));
    let words = of("words.txt", TaskKind::Tagging { labels: vec![] }, None);
    assert_eq!(words[1].content, Content::Words(vec!["c".to_owned()]));
}

#[test]
fn a_benchmarks_file_is_read_in_its_own_layout() {
    let place = Place::new(&[
        ("qqp.tsv", "id\tquestion1\tquestion2\n5\tWho?\tWhom?\n"),
        ("cola.tsv", "gj04\t1\t\tOur friends.\n"),
        ("mine.tsv", "text\ttext2\nOne.\tTwo.\n"),
    ]);
    let of = |task, file| read_texts(&place.path(file), &TaskSpec::builtin(task).unwrap()).unwrap();
    let pair = |a: &str, b: &str| Content::Pair(a.to_owned(), b.to_owned());
    let text = of("qqp", "qqp.tsv").remove(0);
    assert_eq!((text.id.as_str(), text.content), ("5", pair("Who?", "Whom?")));
    let text = of("cola", "cola.tsv").remove(0);
    assert_eq!(text.content, Content::Text("Our friends.".to_owned()));
    assert_eq!(text.target, Target::Unknown);
    assert_eq!(of("qqp", "mine.tsv")[0].content, pair("One.", "Two."));
}

#[test]
fn a_tab_at_the_end_of_a_line_begins_no_second_text() {
    let place = Place::new(&[]);
    place.write("lines.txt", b"one\t\ntwo\tthree\n");
    let kind = TaskKind::Classification { labels: vec!["a".to_owned(), "b".to_owned()] };
    let texts =
        unlabelled::read(read_text(&place.path("lines.txt")).unwrap(), &kind, None).unwrap();
    let contents: Vec<Content> = texts.into_iter().map(|text| text.content).collect();
    let pair = Content::Pair("two".to_owned(), "three".to_owned());
    assert_eq!(contents, [Content::Text("one".to_owned()), pair]);
}

#[test]
fn a_tagger_reads_running_text_line_by_line_and_columns_word_by_word() {
    let place = Place::new(&[]);
    let kind = TaskKind::Tagging { labels: ["O", "B-PER", "."].map(str::to_owned).to_vec() };
    let words = |name: &str, text: &str| -> Vec<String> {
        place.write(name, text.as_bytes());
        let texts = unlabelled::read(read_text(&place.path(name)).unwrap(), &kind, None)
            .unwrap()
            .into_iter();
        let words = |text: LabelledText| match text.content {
            Content::Words(words) => words.join(" "),
            other => panic!("{other:?} has no words"),
        };
        texts.map(words).collect()
    };
    // In the third file most tags are known, in the others none is told.
    let tagged = "Ann NNP B-PER\nleft VBD O\nhere RB O\n. . .\n\nBob NNP B-NEW\n";
    let cases: [(&str, &str, &[&str]); 7] = [
        ("letter.txt", "Dear Ann,\tI left.\n\nYours\n", &["Dear Ann , I left .", "Yours"]),
        ("equal.txt", "Ann left .\nBob came .\n", &["Ann left .", "Bob came ."]),
        ("tagged.txt", tagged, &["Ann left here .", "Bob"]),
        ("begins.txt", "-DOCSTART- -X-\n\nAnn NNP\nleft VBD\n", &["Ann left"]),
        ("tabs.txt", "Ann\tNNP\nleft\tVBD\n\nBob\tNNP\n", &["Ann left", "Bob"]),
        ("named.conll", "Ann NNP\nleft VBD\n", &["Ann left"]),
        ("words.txt", "Ann\nleft\n\nBob\n", &["Ann left", "Bob"]),
    ];
    for (name, text, expected) in cases {
        assert_eq!(words(name, text), expected, "{name}");
    }
}

#[test]
fn lists_of_json_are_read_in_cells_and_lists_that_python_printed_are_refused() {
    let file =
        |words: &str, tags: &str| format!("tokens,ner_tags\n{words},{tags}\n[ sic ],O B-X O\n");
    let good = file(r#""[""EU"", ""rejects""]""#, r#""[""B-ORG"", ""O""]""#);
    let place = Place::new(&[("train.csv", &good), ("dev.csv", &good)]);
    let data = read(&own(&place, "tagging", "")).unwrap();
    let words = |words: &[&str]| Content::Words(words.iter().map(|&it| it.to_owned()).collect());
    assert_eq!(data.train[0].content, words(&["EU", "rejects"]));
    assert_eq!(data.train[1].content, words(&["[", "sic", "]"]));
    assert_eq!(data.spec.kind.labels(), ["O", "B-ORG", "B-X"]);
    for (words, tags, column) in [
        ("['EU' 'rejects']", "[3 0]", "tokens"),
        (r#""['EU', 'rejects']""#, r#""[3, 0]""#, "tokens"),
        ("EU rejects", "['B-ORG' 'O']", "ner_tags"),
        ("EU rejects", "[ 3 10]", "ner_tags"),
    ] {
        place.write("train.csv", file(words, tags).as_bytes());
        let sentence = error(&own(&place, "tagging", ""));
        let what = format!("`{column}` is a list as Python prints it ([");
        assert!(sentence.contains(&what) && sentence.ends_with("train.csv, line 2"), "{sentence}");
    }
}

#[test]
fn tags_that_are_numbers_come_with_a_warning() {
    let lines = "{\"tokens\": [\"EU\", \"rejects\"], \"ner_tags\": [3, 0]}\n";
    let place = Place::new(&[("train.jsonl", lines), ("dev.jsonl", lines)]);
    let data = read(&own(&place, "tagging", "")).unwrap();
    assert_eq!(data.spec.metrics, [Metric::Accuracy]);
    let warning = &data.warnings[0];
    assert!(warning.contains("`0`, `3`") && warning.contains("B-PER"), "{warning}");
    let named = lines.replace("3, 0", "\"NOUN\", 0");
    place.write("train.jsonl", named.as_bytes());
    place.write("dev.jsonl", named.as_bytes());
    assert!(read(&own(&place, "tagging", "")).unwrap().warnings.is_empty());
}
