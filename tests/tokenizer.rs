//! Promises of the tokenizer: the same ids as `transformers`, the fast way and the plain one, with
//! any vocabulary that has the special tokens.

use electra::error::TokenizerError;
use electra::tokenizer::{SpecialTokens, Tokenizer};
use serde::Deserialize;

/// What `transformers` answered; see `tests/golden/make_tokenizer_fixture.py`.
#[derive(Deserialize)]
struct Recorded {
    vocab: Vec<String>,
    texts: Vec<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    lower: bool,
    strip: bool,
    ids: Vec<Vec<u32>>,
    offsets: Vec<Vec<(usize, usize)>>,
    /// Of the ids of each hundred of [`lines`].
    hashes: Vec<String>,
}

impl Recorded {
    fn load() -> Self {
        serde_json::from_str(include_str!("golden/tokenizer.json")).expect("the fixture")
    }

    fn tokenizer(&self, case: &Case) -> Tokenizer {
        let vocab = self.vocab.join("\n");
        Tokenizer::from_vocab_txt(&vocab, case.lower, case.strip).expect("a vocabulary")
    }
}

/// Ids of one text from a fresh encoder.
fn fast(tokenizer: &Tokenizer, text: &str) -> Vec<u32> {
    let mut ids = Vec::new();
    tokenizer.encoder().encode_into(text, &mut ids).expect("text");
    ids
}

/// Texts made of `characters` in every neighbourhood that matters.
fn around(character: char) -> [String; 4] {
    [
        format!("{character}"),
        format!("the {character} chef{character}cook {character}{character}"),
        format!("e{character}\u{301}e .{character}. A{character}\u{323}"),
        format!("東{character}—{character}1{character}\t{character}[{character}"),
    ]
}

#[test]
fn ids_and_offsets_equal_those_of_transformers() {
    let recorded = Recorded::load();
    for case in &recorded.cases {
        let tokenizer = recorded.tokenizer(case);
        for ((text, ids), offsets) in recorded.texts.iter().zip(&case.ids).zip(&case.offsets) {
            let pieces = tokenizer.encode_for_display(text).expect("text");
            let got: Vec<u32> = pieces.iter().map(|it| it.id).collect();
            assert_eq!(&got, ids, "{text:?} {} {}", case.lower, case.strip);
            let got: Vec<_> = pieces.iter().map(|it| (it.start, it.end)).collect();
            assert_eq!(&got, offsets, "{text:?}");
            assert_eq!(fast(&tokenizer, text), ids[1..ids.len() - 1], "{text:?}");
        }
    }
}

/// 10,000 lines of words, pieces of the recorded texts and any characters: those of
/// `make_tokenizer_fixture.py`.
fn lines(recorded: &Recorded) -> Vec<String> {
    let characters: Vec<char> = recorded.texts.iter().flat_map(|text| text.chars()).collect();
    let mut state = 1_u64;
    let mut below = |limit: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % limit
    };
    let mut line = || {
        let mut line = String::new();
        for _ in 0..=below(12) {
            match below(8) {
                0..4 => {
                    let word = &recorded.vocab[below(recorded.vocab.len())];
                    line.push_str(word.strip_prefix("##").unwrap_or(word));
                }
                4..6 => {
                    let start = below(characters.len());
                    let end = start + 1 + below(6);
                    line.extend(&characters[start..end.min(characters.len())]);
                }
                6 => {
                    for _ in 0..=below(4) {
                        line.push(char::from(b'A' + below(26) as u8));
                    }
                }
                _ => {
                    let limit = if below(2) == 1 { 0x3100 } else { 0x11_0000 };
                    line.push(char::from_u32(below(limit) as u32).unwrap_or(' '));
                }
            }
            if below(3) != 0 {
                line.push(' ');
            }
        }
        line
    };
    (0..10_000).map(|_| line()).collect()
}

/// FNV-1a, 64 bits, of ids as four bytes each.
fn hash_of(ids: &[u32]) -> String {
    let bytes = ids.iter().flat_map(|id| id.to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[test]
fn ten_thousand_lines_give_the_ids_of_transformers() {
    let recorded = Recorded::load();
    let lines = lines(&recorded);
    for case in &recorded.cases {
        let tokenizer = recorded.tokenizer(case);
        let special = tokenizer.special();
        let mut encoder = tokenizer.encoder();
        assert_eq!(case.hashes.len(), lines.len() / 100);
        for (number, (lines, expected)) in lines.chunks(100).zip(&case.hashes).enumerate() {
            let mut ids = Vec::new();
            for line in lines {
                ids.push(special.cls);
                encoder.encode_into(line, &mut ids).expect("text");
                ids.push(special.sep);
            }
            let what = format!("hundred {number}, {} {}", case.lower, case.strip);
            assert_eq!(&hash_of(&ids), expected, "{what}");
        }
    }
}

#[test]
fn the_fast_path_agrees_on_every_character() {
    let recorded = Recorded::load();
    // Everything taken away, and nothing.
    for case in [&recorded.cases[0], &recorded.cases[2]] {
        let tokenizer = recorded.tokenizer(case);
        let mut encoder = tokenizer.encoder();
        let mut ids = Vec::new();
        // All but the large scripts of one kind, and of those every 31st, in long texts at once.
        let rare = ('\u{3100}'..=char::MAX).step_by(31);
        let characters: Vec<char> = ('\0'..'\u{3100}').chain(rare).collect();
        for group in characters.chunks(64) {
            let texts: Vec<String> = group.iter().copied().flat_map(around).collect();
            let text = texts.join(" ");
            ids.clear();
            encoder.encode_into(&text, &mut ids).expect("text");
            if ids != tokenizer.encode(&text).expect("text") {
                for text in &texts {
                    let plain = tokenizer.encode(text).expect("text");
                    assert_eq!(fast(&tokenizer, text), plain, "{text:?}");
                }
                panic!("no single character of {group:?} differs, but all together do");
            }
        }
    }
}

#[test]
fn remembered_words_give_the_same_ids_again() {
    let recorded = Recorded::load();
    let tokenizer = recorded.tokenizer(&recorded.cases[0]);
    let mut encoder = tokenizer.encoder();
    for _ in 0..3 {
        for text in &recorded.texts {
            let mut ids = Vec::new();
            encoder.encode_into(text, &mut ids).expect("text");
            assert_eq!(ids, tokenizer.encode(text).expect("text"), "{text:?}");
        }
    }
}

#[test]
fn special_tokens_are_found_by_name_wherever_they_are() {
    let recorded = Recorded::load();
    let tokenizer = recorded.tokenizer(&recorded.cases[0]);
    let expected = SpecialTokens { pad: 17, unk: 40, cls: 70, sep: 18, mask: 3 };
    assert_eq!(tokenizer.special(), expected);
    assert_eq!(tokenizer.token(3).as_deref(), Some("[MASK]"));
    assert_eq!(tokenizer.vocab_size(), recorded.vocab.len());
}

#[test]
fn a_missing_special_token_is_named() {
    let recorded = Recorded::load();
    for missing in ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] {
        let vocab: Vec<&str> =
            recorded.vocab.iter().map(String::as_str).filter(|it| *it != missing).collect();
        let error = Tokenizer::from_vocab_txt(&vocab.join("\n"), true, true).err();
        let error = error.expect("an incomplete vocabulary").to_string();
        assert!(error.contains(&format!("no `{missing}`")), "{error}");
    }
}

#[test]
fn truncation_and_padding_of_a_file_are_switched_off() {
    let recorded = Recorded::load();
    let plain = recorded.tokenizer(&recorded.cases[0]);
    let mut json: serde_json::Value = serde_json::from_str(&plain.to_json()).expect("JSON");
    json["truncation"] = serde_json::json!({
        "direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0
    });
    json["padding"] = serde_json::json!({
        "strategy": {"Fixed": 32}, "direction": "Right", "pad_to_multiple_of": null,
        "pad_id": 17, "pad_type_id": 0, "pad_token": "[PAD]"
    });
    let read = Tokenizer::from_json(json.to_string().as_bytes()).expect("a tokenizer");
    let text = "the chef cooked the meal. the chef cooked the meal.";
    assert_eq!(read.encode(text).expect("text"), plain.encode(text).expect("text"));
    assert_eq!(read.encode_for_display("the").expect("text").len(), 3);
}

#[test]
fn another_kind_of_tokenizer_works_without_the_fast_path() {
    let recorded = Recorded::load();
    let plain = recorded.tokenizer(&recorded.cases[0]);
    let mut json: serde_json::Value = serde_json::from_str(&plain.to_json()).expect("JSON");
    // Words end at spaces only, so cutting at punctuation would be wrong.
    json["pre_tokenizer"] = serde_json::json!({"type": "WhitespaceSplit"});
    let other = Tokenizer::from_json(json.to_string().as_bytes()).expect("a tokenizer");
    for text in &recorded.texts {
        assert_eq!(fast(&other, text), other.encode(text).expect("text"), "{text:?}");
    }
    assert_eq!(other.encode("don't").expect("text"), [40]);
}

#[test]
fn nonsense_is_an_error_and_no_panic() {
    for json in ["", "{}", "[1, 2]", "{\"model\": 3}"] {
        assert!(matches!(Tokenizer::from_json(json.as_bytes()), Err(TokenizerError::Parse(_))));
    }
    let empty = Tokenizer::from_vocab_txt("", true, true).err();
    assert_eq!(empty, Some(TokenizerError::MissingSpecial { token: "[PAD]" }));
}

/// A vocabulary to check by eye.
const VOCAB: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nchef\ncook\n##ed\nmeal\n.\n";

fn small() -> Tokenizer {
    Tokenizer::from_vocab_txt(VOCAB, true, true).expect("a complete vocabulary")
}

#[test]
fn words_become_the_longest_pieces_known() {
    assert_eq!(small().encode("The chef COOKED.").expect("text"), [5, 6, 7, 8, 10]);
    assert_eq!(small().encode("quickly").expect("text"), [1]);
}

#[test]
fn displayed_pieces_count_characters_not_bytes() {
    let pieces = small().encode_for_display("«Thé» chef").expect("text");
    let shown: Vec<_> = pieces.iter().map(|it| (it.token.as_str(), it.start, it.end)).collect();
    assert_eq!(
        shown,
        [
            ("[CLS]", 0, 0),
            ("[UNK]", 0, 1),
            ("the", 1, 4),
            ("[UNK]", 4, 5),
            ("chef", 6, 10),
            ("[SEP]", 0, 0)
        ]
    );
    let special: Vec<_> = pieces.iter().map(|piece| piece.special).collect();
    assert_eq!(special, [true, false, false, false, false, true]);
}

#[test]
fn a_vocabulary_survives_both_files() {
    let json = Tokenizer::from_json(small().to_json().as_bytes()).expect("own file");
    assert_eq!(json.vocab_txt(), VOCAB);
    assert_eq!(json.encode("The chef").expect("text"), [5, 6]);
    assert!(json.lower_case() && json.strip_accents());
}

#[test]
fn a_gap_keeps_the_lines_after_it_in_place() {
    let vocab = VOCAB.replace("chef", "");
    let gap = Tokenizer::from_vocab_txt(&vocab, false, false).expect("specials are there");
    assert_eq!(gap.encode("cook meal").expect("text"), [7, 9]);
    assert_eq!(gap.vocab_txt().lines().nth(6), Some("[unused_id_6]"));
    assert!(!gap.lower_case() && !gap.strip_accents());
}
