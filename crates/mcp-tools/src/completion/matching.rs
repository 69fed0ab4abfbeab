//! Which choices fit what was typed, best first: by their beginning, by the beginning of a word, by any part, by digits
//! of a number, and at last by likeness, for typing errors. Case and accents do not count.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::choices::Choice;
use crate::text::clean_line;

/// Longest typed text that is looked at, in characters.
const MAX_TYPED: usize = 200;
/// Words count as alike from this Jaro-Winkler similarity upwards.
const SIMILAR: f64 = 0.88;
/// Fewest characters of a word that likeness is tried for.
const MIN_FUZZY: usize = 4;
/// Fewest digits that are looked for in numbers.
const MIN_DIGITS: usize = 3;

/// The choices that fit, best first; among equals in their order. All of them while nothing was typed.
pub(super) fn best(choices: Vec<Choice>, typed: &str) -> Vec<Choice> {
    let typed = plain(&clean_line(typed, MAX_TYPED));
    if typed.is_empty() {
        return choices;
    }
    let mut ranked: Vec<(u8, Choice)> =
        choices.into_iter().filter_map(|choice| Some((rank(&choice, &typed)?, choice))).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, choice)| choice).collect()
}

/// How well a choice fits, from 0 downwards; `None`: not at all.
fn rank(choice: &Choice, typed: &str) -> Option<u8> {
    let value = plain(&choice.to_value());
    let id = plain(&choice.id);
    if value.starts_with(typed) || id.starts_with(typed) {
        return Some(0);
    }
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric() && c != '+')
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (having, wanted) = (words(&value), words(typed));
    if !wanted.is_empty() && wanted.iter().all(|word| having.iter().any(|other| other.starts_with(word))) {
        return Some(1);
    }
    if value.contains(typed) {
        return Some(2);
    }
    let digits = digits(typed);
    if digits.len() >= MIN_DIGITS && typed.chars().all(|c| !c.is_alphabetic()) {
        return self::digits(&choice.label).contains(&digits).then_some(3);
    }
    let alike = |word: &String| {
        word.chars().count() >= MIN_FUZZY
            && having.iter().any(|other| strsim::jaro_winkler(word, other) >= SIMILAR)
    };
    let near = |word: &String| having.iter().any(|other| other.starts_with(word)) || alike(word);
    (wanted.iter().any(alike) && wanted.iter().all(near)).then_some(4)
}

/// In lower case, without accents, with one space between words.
fn plain(text: &str) -> String {
    let bare: String = text.nfkd().filter(|character| !is_combining_mark(*character)).collect();
    bare.to_lowercase().replace('_', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(typed: &str) -> Vec<String> {
        let choices = [
            ("66d0a1", "Nora Castillo +14155550101"),
            ("66d0a2", "Theo Brandt +14155550102"),
            ("66d0a3", "Zoë Elnora +14155550199"),
            ("66d0a4", "Castillo & Sons +442071838750"),
            ("America/Los_Angeles", ""),
        ];
        let choices = choices.map(|(id, label)| Choice { id: id.to_owned(), label: label.to_owned() });
        best(choices.into(), typed).into_iter().map(|choice| choice.id).collect()
    }

    #[test]
    fn the_best_comes_first() {
        for (typed, expected) in [
            ("nora", vec!["66d0a1", "66d0a3"]),
            ("NORA C", vec!["66d0a1"]),
            ("castillo", vec!["66d0a4", "66d0a1"]),
            ("castilo nora", vec!["66d0a1"]),
            ("zoe", vec!["66d0a3"]),
            ("bradnt", vec!["66d0a2"]),
            ("66d0a", vec!["66d0a1", "66d0a2", "66d0a3", "66d0a4"]),
            ("+1415", vec!["66d0a1", "66d0a2", "66d0a3"]),
            ("(415) 555-0102", vec!["66d0a2"]),
            ("0199", vec!["66d0a3"]),
            ("los an", vec!["America/Los_Angeles"]),
            ("america/los_", vec!["America/Los_Angeles"]),
            ("Nora Castillo +14155550101 (66d0a1)", vec!["66d0a1"]),
            ("nobody", vec![]),
            ("((", vec![]),
            ("\u{202e}", vec!["66d0a1", "66d0a2", "66d0a3", "66d0a4", "America/Los_Angeles"]),
        ] {
            assert_eq!(found(typed), expected, "{typed}");
        }
    }
}
