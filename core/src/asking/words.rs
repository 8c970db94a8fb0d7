//! Running text to words as they are tagged: apart from the punctuation around them, as in the
//! files that taggers learn from.

/// The words of a text, and the punctuation before and after each as words too, equal signs
/// together. What stands within a word stays there, and so do the full stop of an abbreviation and
/// the apostrophe of an ending that stands apart already.
pub(super) fn of_text(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in text.split_whitespace() {
        if is_ending(part) {
            words.push(part.to_owned());
            continue;
        }
        let bare = part.trim_matches(is_punctuation);
        let start = part.len() - part.trim_start_matches(is_punctuation).len();
        let mut end = start + bare.len();
        if is_abbreviation(bare) && part[end..].starts_with('.') {
            end += 1;
        }
        words.extend(runs(&part[..start]));
        if start < end {
            words.push(part[start..end].to_owned());
        }
        words.extend(runs(&part[end..]));
    }
    words
}

/// Punctuation beyond ASCII's that is likely around a word.
const PUNCTUATION: [(char, char); 17] = [
    ('¡', '¡'),
    ('§', '§'),
    ('«', '«'),
    ('¶', '·'),
    ('»', '»'),
    ('¿', '¿'),
    // Hebrew, Arabic, Devanagari.
    ('\u{5be}', '\u{5be}'),
    ('\u{60c}', '\u{60d}'),
    ('\u{61b}', '\u{61f}'),
    ('\u{6d4}', '\u{6d4}'),
    ('\u{964}', '\u{965}'),
    // Dashes, quotation marks, ellipses.
    ('\u{2010}', '\u{2027}'),
    ('\u{2030}', '\u{205e}'),
    // Full stops and brackets of East Asia.
    ('\u{3001}', '\u{3003}'),
    ('\u{3008}', '\u{3011}'),
    ('\u{ff01}', '\u{ff0f}'),
    ('\u{ff1a}', '\u{ff1f}'),
];

fn is_punctuation(letter: char) -> bool {
    let within = |&(first, last): &(char, char)| (first..=last).contains(&letter);
    letter.is_ascii_punctuation() || PUNCTUATION.iter().any(within)
}

/// English endings as tokenised text has them: `'s`, `'re`.
const ENDINGS: [&str; 6] = ["s", "re", "ve", "ll", "d", "m"];

fn is_ending(part: &str) -> bool {
    let letters = part.strip_prefix(['\'', '\u{2019}']).map(str::to_lowercase);
    letters.is_some_and(|letters| ENDINGS.contains(&letters.as_str()))
}

/// English abbreviations of one word that a name is likely to stand beside.
const TITLES: [&str; 12] =
    ["Mr", "Mrs", "Ms", "Dr", "Prof", "St", "Inc", "Corp", "Co", "Ltd", "Jr", "Sr"];

/// Whether a full stop behind this belongs to it: `U.S`, `e.g`, `Ph.D`, a title, or an initial.
fn is_abbreviation(word: &str) -> bool {
    let short = |part: &str| {
        (1..=2).contains(&part.chars().count()) && part.chars().all(char::is_alphabetic)
    };
    let is_capital = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    TITLES.contains(&word)
        || is_capital && word != "I"
        || word.contains('.') && word.split('.').all(short)
}

/// Stretches of one character: three dots are one word, a bracket and a comma are two.
fn runs(signs: &str) -> Vec<String> {
    let signs: Vec<char> = signs.chars().collect();
    signs.chunk_by(|a, b| a == b).map(|run| run.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        of_text(text).join(" ")
    }

    #[test]
    fn punctuation_around_a_word_is_cut_off_and_within_it_stays() {
        for (text, expected) in [
            ("Is (Paris) in France?", "Is ( Paris ) in France ?"),
            ("He said: \"I don't\".", "He said : \" I don't \" ."),
            ("the U.S., e.g. 3.5 or 1,000.", "the U.S. , e.g. 3.5 or 1,000 ."),
            ("J. Smith of example.com and I.", "J. Smith of example.com and I ."),
            ("„Köln“ … «Лион»", "„ Köln “ … « Лион »"),
            ("wait... -- what?!", "wait ... -- what ? !"),
            ("  a\tb \n", "a b"),
            ("", ""),
        ] {
            assert_eq!(words(text), expected);
        }
    }

    #[test]
    fn a_text_loses_nothing_but_its_spaces() {
        let text = "'A (\"A.B.C.\")-like; 100%... don\u{2019}t\u{2014}no cafe\u{301}! ()";
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(bare(&words(text)), bare(text));
        assert!(of_text(text).contains(&"cafe\u{301}".to_owned()));
    }

    #[test]
    fn words_that_stand_apart_already_stay_as_they_are() {
        let text = "the cat , which ( he says ) is Mr. Smith 's , costs 3.5 % in the U.S. .";
        assert_eq!(words(text), text);
    }
}
