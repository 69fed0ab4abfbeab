//! Phone numbers compared by their digits: whole, without the country, in part, and with one digit wrong.

use super::super::Entry;

/// Fewest digits that are looked for, and that count as a number without its country.
const FEWEST: usize = 3;
const NATIONAL: usize = 7;

/// Said of a number that is near the one that is looked for.
const ONE_WRONG: &str = " (one digit differs)";

/// A number to look for.
#[derive(Debug)]
pub(crate) struct Number {
    digits: String,
    international: bool,
}

impl Number {
    /// Reads a text that is nothing but a number, in any way of writing.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = crate::text::clean_line(text, 80).to_lowercase();
        let text = text.trim_start_matches("tel:").trim();
        let text = without_extension(text);
        let plain = |character: char| {
            character.is_numeric()
                || character.is_whitespace()
                || "+-.()/\u{ff0b}".contains(character)
                || is_dash(character)
        };
        if text.is_empty() || !text.chars().all(plain) {
            return None;
        }
        let plus = text.contains(['+', '\u{ff0b}']);
        // A 0 in brackets after the country is dialled only at home.
        let text = if plus { text.replace("(0)", "") } else { text.to_owned() };
        let digits = digits_of(&text);
        let (digits, international) = match digits.strip_prefix("00").or_else(|| digits.strip_prefix("011")) {
            Some(rest) if !plus && rest.len() > NATIONAL => (rest.to_owned(), true),
            _ => (digits, plus),
        };
        (digits.len() >= FEWEST).then_some(Self { digits, international })
    }

    /// See [`super::Query`].
    pub(super) fn score(&self, entry: &Entry) -> Option<(u32, bool, String)> {
        let best = entry.numbers().filter_map(|item| {
            let known = Self { international: item.value.contains('+'), digits: digits_of(item.value) };
            self.compare(&known)
                .map(|(score, how)| (score, how != ONE_WRONG, format!("phone \"{}\"{how}", item.value)))
        });
        best.max_by_key(|(score, ..)| *score)
    }

    fn compare(&self, known: &Self) -> Option<(u32, &'static str)> {
        let (wanted, has) = (self.digits.as_str(), known.digits.as_str());
        if wanted == has {
            return Some((1_000, ""));
        }
        let ends = |whole: &str, end: &str| {
            // At home a 0 stands before the number.
            let end = end.strip_prefix('0').unwrap_or(end);
            end.len() >= NATIONAL && whole.ends_with(end)
        };
        if !self.international && ends(has, wanted) || !known.international && ends(wanted, has) {
            return Some((950, " (without the country)"));
        }
        if wanted.len() >= NATIONAL {
            let one_wrong = strsim::osa_distance(wanted, has) == 1
                || !self.international
                    && has.len() > wanted.len()
                    && strsim::osa_distance(wanted, has.get(has.len() - wanted.len()..)?) == 1;
            return one_wrong.then_some((600, ONE_WRONG));
        }
        if has.ends_with(wanted) {
            return Some((800, " (ends so)"));
        }
        has.contains(wanted).then_some((500, " (contains it)"))
    }
}

fn digits_of(text: &str) -> String {
    text.chars()
        .filter_map(|character| character.to_digit(10).and_then(|digit| char::from_digit(digit, 10)))
        .collect()
}

fn without_extension(text: &str) -> &str {
    // The `x` of "ext" is no sign of its own, and in `;ext=5` the semicolon comes before.
    let signs = [text.find("ext"), text.find(['x', '#', ';'])];
    let end = signs.into_iter().flatten().min().unwrap_or(text.len());
    let (number, extension) = text.split_at(end);
    let is_extension = extension.chars().any(|character| character.is_ascii_digit());
    if is_extension && number.chars().filter(char::is_ascii_digit).count() >= NATIONAL {
        number
    } else {
        text
    }
}

fn is_dash(character: char) -> bool {
    matches!(character, '\u{2010}'..='\u{2015}' | '\u{2212}')
}
