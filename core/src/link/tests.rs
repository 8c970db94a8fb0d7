//! Links survive their journey, and hostile ones change nothing.

use super::*;
use crate::protocol::{Choice, Read, TraceToken};
use std::hash::{DefaultHasher, Hash, Hasher};

fn full() -> LinkState {
    LinkState {
        model: Some("nano".to_owned()),
        text: Some("The chef's café & bar — 100 %\n#1?".to_owned()),
        selection: Some(Selection::Positions { positions: vec![2, 5] }),
        seed: Some(7),
        temperature: 0.7,
        replacements: vec![
            Replacement { position: 3, with: Choice::Token(412) },
            Replacement { position: 4, with: Choice::Word("a,b:~%é".to_owned()) },
        ],
        mode: Mode::Inspect,
        backend: Backend::Gpu,
        inspected: Some(Inspected {
            network: NetworkName::Discriminator,
            layer: 2,
            head: 1,
            from: 4,
        }),
        embed: true,
        hide: vec!["controls".to_owned(), "footer".to_owned()],
        results: None,
    }
}

/// As much as a link may hold, in the letters that take most room.
fn fullest() -> LinkState {
    let positions = 100_000 - MOST_POSITIONS..100_000;
    let word = |position| Replacement { position, with: Choice::Word("🙂".repeat(LONGEST_WORD)) };
    LinkState {
        model: Some("m".repeat(64)),
        text: Some("🙂".repeat(LONGEST_TEXT)),
        selection: Some(Selection::Positions { positions: positions.clone().collect() }),
        seed: Some(crate::protocol::LARGEST_SEED),
        replacements: positions.map(word).collect(),
        hide: vec!["h".repeat(64); MOST_POSITIONS],
        ..full()
    }
}

fn trace(text: &str, replaced: f32) -> Trace {
    let token = |text: &str, start, end| TraceToken {
        text: text.to_owned(),
        id: 9,
        start,
        end,
        special: start == end,
        selected: false,
        hidden: false,
        candidates: Vec::new(),
        origin: crate::protocol::Origin::Text,
        read: vec![Read { text: text.to_owned(), id: 9, probability: None, replaced }],
    };
    Trace {
        text: text.to_owned(),
        selection: Selection::Rule,
        seed: 1,
        temperature: 1.0,
        tokens: vec![token("[CLS]", 0, 0), token("a", 0, 1), token("[SEP]", 0, 0)],
        truncated: 0,
        characters_read: 1,
        milliseconds: 3.5,
    }
}

/// What the discriminator read, with a text that does not compress.
fn noise(number: u32) -> Read {
    let mut hasher = DefaultHasher::new();
    number.hash(&mut hasher);
    let text = format!("{:016x}", hasher.finish());
    Read { text, id: 9, probability: None, replaced: 0.25 }
}

fn refused_keys(link: &Link) -> Vec<&'static str> {
    let key = |notice: &Notice| if let Notice::Refused { key, .. } = notice { *key } else { "?" };
    link.notices.iter().map(key).collect()
}

#[test]
fn every_setting_survives_its_journey() {
    let printed = print(&full());
    assert_eq!(parse(&printed), Link { state: full(), notices: vec![] }, "{printed}");
    assert_eq!(parse(&format!("#{printed}")).state, full());
    assert!(printed.is_ascii() && !printed.contains(' '), "{printed}");
}

#[test]
fn what_is_default_stays_away() {
    assert_eq!(print(&LinkState::default()), "v=1");
    let state = LinkState { seed: Some(7), ..LinkState::default() };
    assert_eq!(print(&state), "v=1&s=7");
    assert_eq!(parse("").state, LinkState::default());
}

#[test]
fn masking_nothing_is_not_the_default() {
    let none = Some(Selection::Positions { positions: vec![] });
    let state = LinkState { selection: none, ..LinkState::default() };
    assert_eq!(parse(&print(&state)).state, state);
}

#[test]
fn unknown_keys_are_listed_and_newer_links_open() {
    let link = parse("v=3&s=7&sparkle=1&<script>alert(1)</script>aaaaaaaaaaaaaa=2");
    assert_eq!(link.state.seed, Some(7));
    assert_eq!(link.notices[0], Notice::Newer { version: 3 });
    assert_eq!(link.notices[1], Notice::Unknown { key: "sparkle".to_owned() });
    assert!(matches!(&link.notices[2], Notice::Unknown { key } if key.chars().count() == 24));
    assert!(link.notices[0].to_string().contains("version 3"));
}

#[test]
fn hostile_values_are_refused_one_by_one() {
    let long = "a".repeat(LONGEST_TEXT + 1);
    for (link, key) in [
        ("v=1.5", "v"),
        ("v=99999999999999999999", "v"),
        ("m=..%2F..%2Fetc", "m"),
        ("t=%FF%FE", "t"),
        ("t=a%00b", "t"),
        (&format!("t={long}"), "t"),
        ("k=1,2,-3", "k"),
        ("k=999999999999", "k"),
        ("s=9007199254740992", "s"),
        ("s=1e9", "s"),
        ("c=0", "c"),
        ("c=NaN", "c"),
        ("c=inf", "c"),
        ("w=3", "w"),
        ("w=3~", "w"),
        (&format!("w=3~{}", "x".repeat(LONGEST_WORD + 1)), "w"),
        ("w=3:99999999999", "w"),
        ("mode=destroy", "mode"),
        ("backend=tpu", "backend"),
        ("i=x.1.1.1", "i"),
        ("i=d.1.1", "i"),
        ("embed=yes", "embed"),
        ("hide=<b>", "hide"),
        ("r=!!!", "r"),
        ("r=AAAA", "r"),
    ] {
        let parsed = parse(link);
        assert_eq!(refused_keys(&parsed), [key], "{link}");
        assert_eq!(parsed.state, LinkState::default(), "{link}");
    }
}

#[test]
fn a_text_of_what_a_link_carries_survives_and_any_other_is_refused() {
    for character in ('\0'..='\u{2ff}').chain(['\u{2028}', '\u{feff}', '\u{fffd}', '🙂']) {
        let text = Some(format!("a{character}b"));
        let state = LinkState { text, ..LinkState::default() };
        let link = parse(&print(&state));
        if carries(character) {
            assert_eq!(link, Link { state, notices: vec![] }, "{character:?}");
        } else {
            assert_eq!(refused_keys(&link), ["t"], "{character:?}");
        }
    }
    assert!(['\n', '\r', '\t'].into_iter().all(carries) && !carries('\u{1b}'));
}

#[test]
fn a_link_of_megabytes_is_not_read() {
    let link = parse(&format!("s=7&t={}", "a".repeat(1 << 21)));
    assert_eq!(link.state, LinkState::default());
    assert!(matches!(link.notices[..], [Notice::TooLong { .. }]));
}

#[test]
fn results_travel_with_their_text() {
    let mut state = LinkState { text: Some("a".to_owned()), ..LinkState::default() };
    state.results = Some(Box::new(trace("a", 0.25)));
    let printed = print(&state);
    assert_eq!(parse(&printed), Link { state: state.clone(), notices: vec![] });
    // Under another text, the same results are a lie.
    let foreign = parse(&printed.replace("t=a", "t=b"));
    assert_eq!(refused_keys(&foreign), ["r"]);
    assert_eq!(foreign.state.results, None);
}

#[test]
fn all_that_can_be_set_fits_whatever_its_letters() {
    let printed = print(&fullest());
    assert_eq!(parse(&printed), Link { state: fullest(), notices: vec![] });
}

#[test]
fn results_stay_away_where_no_page_would_read_them() {
    let mut seen = trace("a", 0.25);
    seen.tokens[1].read = (0..2000).map(noise).collect();
    let text = Some("a".to_owned());
    let results = Some(Box::new(seen));
    let state = LinkState { text, results, ..LinkState::default() };
    let printed = print(&state);
    assert!(printed.contains("&r="), "{} bytes", printed.len());
    let printed = print(&LinkState { results: state.results, ..fullest() });
    assert!(!printed.contains("&r="), "{} bytes", printed.len());
    assert_eq!(parse(&printed).notices, []);
}

#[test]
fn results_that_no_network_gives_are_refused() {
    for replaced in [-0.1, 1.5] {
        let text = Some("a".to_owned());
        let results = Some(Box::new(trace("a", replaced)));
        let state = LinkState { text, results, ..LinkState::default() };
        assert_eq!(refused_keys(&parse(&print(&state))), ["r"]);
    }
}

#[test]
fn a_bomb_does_not_go_off() {
    let spaces = vec![b' '; 16 << 20];
    let bomb = miniz_oxide::deflate::compress_to_vec(&spaces, 9);
    let packed = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, bomb);
    assert!(packed.len() < LONGEST_LINK);
    assert_eq!(refused_keys(&parse(&format!("t=a&r={packed}"))), ["r"]);
}
