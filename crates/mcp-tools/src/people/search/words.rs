//! Words compared with the words of a contact: the same, the beginning, misspelled, joined or apart.

use super::super::Entry;
use super::{folded, words_of};

/// Most words of a query that are looked for.
const MOST_WORDS: usize = 12;
/// Words that join others and are in no name, when something else is left.
const JOINING: [&str; 8] = ["a", "an", "and", "at", "from", "of", "the", "with"];

/// Words to look for.
#[derive(Debug)]
pub(crate) struct Words {
    words: Vec<String>,
    joined: String,
}

/// Where a word may be found, and what that counts in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Name,
    Company,
    Email,
    Number,
    Role,
}

impl Place {
    fn weight(self) -> u32 {
        match self {
            Self::Name => 100,
            Self::Company => 95,
            Self::Email => 90,
            Self::Number => 85,
            Self::Role => 60,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Company => "company",
            Self::Email => "email",
            Self::Number => "phone",
            Self::Role => "role",
        }
    }
}

impl Words {
    pub(super) fn read(text: &str) -> Option<Self> {
        let folded = folded(&crate::text::clean_line(text, 200));
        let mut words: Vec<String> = words_of(&folded).take(MOST_WORDS).collect();
        if words.iter().any(|word| !JOINING.contains(&word.as_str())) {
            words.retain(|word| !JOINING.contains(&word.as_str()));
        }
        let joined = words.concat();
        (!words.is_empty()).then_some(Self { words, joined })
    }

    /// How well a contact matches, in thousandths; whether all words were found; and where.
    pub(super) fn score(&self, entry: &Entry) -> Option<(u32, bool, String)> {
        let known = known_words(entry);
        let mut why: Vec<String> = Vec::new();
        let (mut sum, mut found) = (0, 0);
        for word in &self.words {
            let hits = known.iter().filter_map(|(place, known)| {
                let hit = similar(word, known)?;
                Some((hit.score() * place.weight(), *place, known, hit))
            });
            let Some((score, place, known, hit)) = hits.max_by_key(|(score, ..)| *score) else { continue };
            sum += score;
            found += 1;
            let said = match hit {
                Hit::Misspelled(_) => format!("{} (spelled \"{known}\")", place.name()),
                _ => place.name().to_owned(),
            };
            if !why.contains(&said) {
                why.push(said);
            }
        }
        let wanted = self.words.len();
        let mean = sum / u32::try_from(wanted).ok()? / 10;
        if found == wanted {
            // Of contacts that match alike, the one with fewer other names is meant.
            let names = known.iter().filter(|(place, _)| *place == Place::Name).count();
            let others = u32::try_from(names.saturating_sub(wanted)).unwrap_or(0).min(5);
            return Some((mean.saturating_sub(others * 5), true, why.join(", ")));
        }
        if let Some((score, place)) = self.joined_or_apart(entry) {
            return Some((score, true, place.name().to_owned()));
        }
        (found * 2 >= wanted && found > 0)
            .then(|| (mean, false, format!("{} ({found} of {wanted} words)", why.join(", "))))
    }

    /// `McDonald` and `Mc Donald`, `Tide Water` and `Tidewater`.
    fn joined_or_apart(&self, entry: &Entry) -> Option<(u32, Place)> {
        let places = [(Place::Name, entry.name()), (Place::Company, entry.company())];
        places.into_iter().find_map(|(place, text)| {
            let known: String = words_of(&folded(text?)).collect();
            match similar(&self.joined, &known)? {
                Hit::Within => None,
                hit => Some((hit.score() * place.weight() / 10, place)),
            }
        })
    }
}

fn known_words(entry: &Entry) -> Vec<(Place, String)> {
    let mut known = Vec::new();
    for (place, text) in
        [(Place::Name, entry.name()), (Place::Company, entry.company()), (Place::Role, entry.role())]
    {
        if let Some(text) = text {
            known.extend(words_of(&folded(text)).map(|word| (place, word)));
        }
    }
    for address in entry.emails() {
        known.extend(words_of(&folded(address.value)).map(|word| (Place::Email, word)));
    }
    for number in entry.numbers() {
        let digits: String = number.value.chars().filter(char::is_ascii_digit).collect();
        known.push((Place::Number, digits));
    }
    known
}

/// How a word is found in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hit {
    Same,
    Begins,
    /// With so many typing errors.
    Misspelled(usize),
    Within,
}

impl Hit {
    /// In hundredths.
    fn score(self) -> u32 {
        match self {
            Self::Same => 100,
            Self::Begins => 88,
            Self::Misspelled(0 | 1) => 78,
            Self::Misspelled(_) => 66,
            Self::Within => 60,
        }
    }
}

fn similar(wanted: &str, known: &str) -> Option<Hit> {
    if wanted == known {
        return Some(Hit::Same);
    }
    if known.starts_with(wanted) {
        return Some(Hit::Begins);
    }
    let (length, known_length) = (wanted.chars().count(), known.chars().count());
    // Scripts that put no spaces between words.
    let is_dense = wanted.chars().any(|character| character >= '\u{2e80}');
    if (length >= 3 || is_dense) && known.contains(wanted) {
        return Some(Hit::Within);
    }
    if wanted.bytes().any(|byte| byte.is_ascii_digit()) {
        // Another number is another thing.
        return None;
    }
    let allowed = match length.min(known_length) {
        0..=2 => 0,
        3 => usize::from(length != known_length),
        4..=7 => 1,
        _ => 2,
    };
    if allowed > 0 && length.abs_diff(known_length) <= allowed {
        let errors = strsim::osa_distance(wanted, known);
        if errors <= allowed {
            return Some(Hit::Misspelled(errors));
        }
    }
    // The beginning, with a typing error in it.
    if length >= 5 && known_length > length {
        let beginning: String = known.chars().take(length).collect();
        if strsim::osa_distance(wanted, &beginning) == 1 {
            return Some(Hit::Misspelled(2));
        }
    }
    None
}
