//! Numbers and judgements in words; every sentence that a person hears or reads about a trace, and
//! what can be done with it.

use crate::state::State;
use electra::link::Mode;
use electra::protocol::{Origin, Trace, TraceToken, Verdict};

/// What stands before a piece that continues a word.
const CONTINUES: &str = "##";

/// A piece without the mark that it continues a word.
pub fn piece(token: &str) -> &str {
    token.strip_prefix(CONTINUES).filter(|rest| !rest.is_empty()).unwrap_or(token)
}

/// Whether a piece continues the word before it.
pub fn continues(token: &str) -> bool {
    piece(token).len() < token.len()
}

/// Whole percent; what is not quite nothing or all says so.
pub fn percent(probability: f32) -> String {
    match probability {
        p if p.is_nan() => "–".to_owned(),
        p if p > 0.0 && p < 0.005 => "<1 %".to_owned(),
        p if (0.995..1.0).contains(&p) => ">99 %".to_owned(),
        p => format!("{:.0} %", p * 100.0),
    }
}

/// The same for a voice.
pub fn spoken_percent(probability: f32) -> String {
    let percent = percent(probability);
    let number = percent.trim_end_matches(" %");
    match number.split_at(number.len().min(1)) {
        ("<", rest) => format!("less than {rest} percent"),
        (">", rest) => format!("more than {rest} percent"),
        _ => format!("{number} percent"),
    }
}

/// A size as people say it.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// A duration as people say it.
pub fn milliseconds(time: f64) -> String {
    match time {
        t if t < 0.95 => "<1 ms".to_owned(),
        t if t < 1000.0 => format!("{t:.0} ms"),
        t => format!("{:.1} s", t / 1000.0),
    }
}

/// A share as people picture it: "about 1 in 9" where it is small, else in percent.
pub fn out_of(share: f64) -> String {
    match share {
        s if s > 0.0 && s < 0.3 => format!("about 1 in {:.0}", 1.0 / s),
        s => percent(s as f32),
    }
}

/// Large counts, with a letter for the thousands.
pub fn count(number: usize) -> String {
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => format!("{} k", number / 1_000),
        _ => format!("{:.1} M", number as f64 / 1e6),
    }
}

/// A count and its noun.
pub fn plural(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// What the discriminator read at a column.
pub fn read(token: &TraceToken) -> String {
    token.read.iter().map(|read| piece(&read.text)).collect()
}

/// Whether there is a generator to speak of: shipped models have one, a discriminator that a visitor
/// opens may come alone.
pub fn has_generator(state: &State) -> bool {
    state.model.card.as_ref().is_none_or(|card| card.has_generator)
}

/// What the visitor can do.
pub fn hint(state: &State) -> &'static str {
    match state.mode() {
        Mode::Explore if !has_generator(state) => "Press a word to put your own in its place.",
        Mode::Explore => "Press a word to mask it. Choose another guess, or type your own.",
        Mode::Guess if state.view.revealed => {
            "The bars show what the discriminator suspects. “Next round” swaps other words."
        }
        Mode::Guess => "The generator has swapped some words. Press those that you suspect.",
        Mode::Inspect => "Press a word to see where one attention head looks from there.",
        Mode::Proofread => {
            "The discriminator reads the text as it stands and marks what looks replaced."
        }
    }
}

/// Whether the generator had to guess here; where there is none, a mask changes nothing.
pub fn is_asked(token: &TraceToken) -> bool {
    token.selected && !token.candidates.is_empty()
}

/// The sentence under the picture.
pub fn verdict(trace: &Trace) -> String {
    let score = trace.score();
    if score.replaced == 0 {
        return untouched(trace, score.false_alarms);
    }
    let caught = if score.caught == score.replaced && score.replaced == 1 {
        "Caught the one replacement".to_owned()
    } else {
        let replaced = plural(score.replaced, "replacement", "replacements");
        format!("Caught {} of {replaced}", score.caught)
    };
    format!("{caught}, {}.", false_alarms(score.false_alarms))
}

fn untouched(trace: &Trace, alarms: usize) -> String {
    let alarms = false_alarms(alarms);
    match trace.tokens.iter().filter(|token| is_asked(token)).count() {
        0 => format!("Nothing was replaced: {alarms}."),
        1 => {
            format!("The generator guessed the masked word, so nothing was replaced: {alarms}.")
        }
        _ => format!("The generator guessed every masked word, so nothing was replaced: {alarms}."),
    }
}

fn false_alarms(number: usize) -> String {
    match number {
        0 => "no false alarms".to_owned(),
        _ => plural(number, "false alarm", "false alarms"),
    }
}

/// What a column's truth is, seen beside the judgement; nothing where there is nothing to add.
pub fn truth(token: &TraceToken) -> Option<&'static str> {
    match token.verdict() {
        Verdict::Caught => Some("caught"),
        Verdict::Missed => Some("missed"),
        Verdict::FalseAlarm => Some("false alarm"),
        Verdict::Original if is_asked(token) => Some("original"),
        Verdict::Original => None,
    }
}

/// A column as a sentence: "chef, word 2 of 5, masked, generator sampled ate, discriminator 91
/// percent replaced".
pub fn name(token: &TraceToken, number: usize, of: usize) -> String {
    let mut parts = vec![piece(&token.text).to_owned(), format!("token {number} of {of}")];
    if is_asked(token) {
        parts.push(if token.hidden { "masked" } else { "to be guessed, but shown" }.to_owned());
    }
    let word = read(token);
    match token.origin {
        Origin::Text => {}
        Origin::Sampled if token.is_replaced() => parts.push(format!("generator sampled {word}")),
        Origin::Sampled => parts.push("generator guessed right, so it is original".to_owned()),
        Origin::Chosen => parts.push(format!("you chose {word}")),
        Origin::Typed => parts.push(format!("you typed {word}")),
    }
    parts.push(format!("discriminator {} replaced", spoken_percent(token.suspicion())));
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{card, chef, column};

    #[test]
    fn percentages_never_claim_certainty() {
        let shown: Vec<String> =
            [0.0, 0.001, 0.014, 0.5, 0.994, 0.9951, 1.0].into_iter().map(percent).collect();
        assert_eq!(shown, ["0 %", "<1 %", "1 %", "50 %", "99 %", ">99 %", "100 %"]);
        assert_eq!(spoken_percent(0.001), "less than 1 percent");
        assert_eq!(spoken_percent(0.91), "91 percent");
    }

    #[test]
    fn the_verdict_counts_what_the_trace_shows() {
        assert_eq!(verdict(&chef()), "Caught the one replacement, no false alarms.");
        let mut missed = chef();
        missed.tokens[3].read[0].replaced = 0.2;
        missed.tokens[1].read[0].replaced = 0.7;
        assert_eq!(verdict(&missed), "Caught 0 of 1 replacement, 1 false alarm.");
    }

    #[test]
    fn a_lucky_guess_is_called_original() {
        let mut lucky = chef();
        lucky.tokens[3].read[0].id = lucky.tokens[3].id;
        lucky.tokens[3].read[0].replaced = 0.1;
        assert!(verdict(&lucky).starts_with("The generator guessed the masked word"));
        assert!(name(&lucky.tokens[3], 3, 5).contains("original"));
        assert_eq!(truth(&lucky.tokens[3]), Some("original"));
    }

    #[test]
    fn a_discriminator_alone_is_not_said_to_have_had_anything_guessed() {
        let mut alone = chef();
        let token = &mut alone.tokens[3];
        (token.origin, token.candidates) = (Origin::Text, Vec::new());
        (token.read[0].id, token.read[0].text) = (token.id, token.text.clone());
        token.read[0].replaced = 0.1;
        assert_eq!(verdict(&alone), "Nothing was replaced: no false alarms.");
        assert_eq!(truth(&alone.tokens[3]), None);
        let expected = "cooked, token 3 of 5, discriminator 10 percent replaced";
        assert_eq!(name(&alone.tokens[3], 3, 5), expected);
        let mut state = State::default();
        assert!(has_generator(&state) && hint(&state).contains("mask"), "{}", hint(&state));
        state.model.card = Some(card(None));
        assert!(!has_generator(&state) && !hint(&state).contains("mask"), "{}", hint(&state));
    }

    #[test]
    fn the_hint_follows_a_round_of_guess() {
        let mut state = State::default();
        state.link.mode = Mode::Guess;
        assert!(hint(&state).contains("Press those that you suspect"));
        state.view.revealed = true;
        assert!(hint(&state).contains("Next round"), "{}", hint(&state));
    }

    #[test]
    fn a_name_reads_as_a_sentence() {
        let trace = chef();
        assert_eq!(
            name(&trace.tokens[3], 3, 5),
            "cooked, token 3 of 5, masked, generator sampled ate, discriminator 91 percent replaced"
        );
        assert_eq!(
            name(&trace.tokens[1], 1, 5),
            "the, token 1 of 5, discriminator 2 percent replaced"
        );
    }

    #[test]
    fn pieces_lose_their_mark_but_a_bare_mark_stays() {
        assert_eq!((piece("##ing"), piece("##"), piece("word")), ("ing", "##", "word"));
        assert!(continues("##ing") && !continues("##"));
        let joined = read(&column("a", 1, &[("un", 5, 0.1), ("##fit", 6, 0.9)]));
        assert_eq!(joined, "unfit");
    }

    #[test]
    fn sizes_and_times_are_short() {
        assert_eq!((megabytes(28_400_000), count(14_200_000)), ("28.4 MB".into(), "14.2 M".into()));
        assert_eq!((milliseconds(0.2), milliseconds(41.6)), ("<1 ms".into(), "42 ms".into()));
        assert_eq!(milliseconds(2345.0), "2.3 s");
        let shares = [0.108_86, 0.25, 0.3, 0.812, 0.0].map(out_of);
        assert_eq!(shares, ["about 1 in 9", "about 1 in 4", "30 %", "81 %", "0 %"]);
    }
}
