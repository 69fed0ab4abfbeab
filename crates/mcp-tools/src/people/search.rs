//! Finds contacts by number, name, company or email address, as people remember and misspell them.
//!
//! A number is compared by its digits, in any way of writing. Words are compared without case and diacritics, in
//! any order, also by how they begin and with typing errors; each word has to be found somewhere in the contact.
//! Where no contact has all of them, those with most are found, and say so; where none has a number, those that have
//! it but for one digit.

use std::cmp::Reverse;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::{Entry, People};

mod number;
mod words;

use number::Number;
use words::Words;

/// After so many contacts other work gets its turn.
const AT_ONCE: usize = 1_000;

/// What is looked for.
#[derive(Debug)]
pub(crate) enum Query {
    /// A phone number, or part of one.
    Number(Number),
    /// Names, companies, addresses.
    Words(Words),
}

/// A contact that was found.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) entry: Arc<Entry>,
    /// What of it matched.
    pub(crate) why: String,
    score: u32,
}

/// The best matches, and how many there are in all.
pub(crate) struct Matches {
    pub(crate) best: Vec<Found>,
    pub(crate) all: usize,
}

impl Query {
    /// Reads what is looked for; `None`: there is nothing in it to look for.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if let Some(number) = Number::read(text) {
            return Some(Self::Number(number));
        }
        Words::read(text).map(Self::Words)
    }

    /// Searches, and lets others work in between.
    pub(crate) async fn search(&self, people: &People, max: usize) -> Matches {
        let mut whole = Vec::new();
        let mut near = Vec::new();
        for entries in people.entries().chunks(AT_ONCE) {
            for entry in entries {
                if let Some((score, is_it, why)) = self.score(entry) {
                    let list = if is_it { &mut whole } else { &mut near };
                    list.push(Found { entry: Arc::clone(entry), why, score });
                }
            }
            tokio::task::yield_now().await;
        }
        let mut found = if whole.is_empty() { near } else { whole };
        let all = found.len();
        // The best first; of equals, in an order that is always the same.
        found.sort_by(|left, right| {
            let key = |found: &Found| (Reverse(found.score), found.entry.shown().map(folded));
            key(left).cmp(&key(right)).then_with(|| left.entry.id().cmp(right.entry.id()))
        });
        found.truncate(max);
        Matches { best: found, all }
    }

    /// How well a contact matches, in thousandths; whether that is what was looked for or only near it; and where.
    fn score(&self, entry: &Entry) -> Option<(u32, bool, String)> {
        match self {
            Self::Number(number) => number.score(entry),
            Self::Words(words) => words.score(entry),
        }
    }
}

/// Lower case, without diacritics, with the letters that have no decomposition spelled out.
pub(crate) fn folded(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.nfkd().filter(|character| !is_combining_mark(*character)) {
        match character {
            'ß' | 'ẞ' => plain.push_str("ss"),
            'æ' | 'Æ' => plain.push_str("ae"),
            'œ' | 'Œ' => plain.push_str("oe"),
            'ø' | 'Ø' => plain.push('o'),
            'đ' | 'Đ' | 'ð' | 'Ð' => plain.push('d'),
            'ł' | 'Ł' => plain.push('l'),
            'þ' | 'Þ' => plain.push_str("th"),
            'ı' => plain.push('i'),
            other => plain.extend(other.to_lowercase()),
        }
    }
    plain
}

/// The words of a text: what stands between white space and punctuation. An apostrophe joins.
pub(crate) fn words_of(folded: &str) -> impl Iterator<Item = String> + '_ {
    let parts = folded.split(|character: char| !(character.is_alphanumeric() || is_apostrophe(character)));
    parts.map(|word| word.replace(is_apostrophe, "")).filter(|word| !word.is_empty())
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '\u{2018}' | '\u{2019}' | '\u{2bc}' | '`')
}

#[cfg(test)]
mod tests;
