//! What a text is on the wire: its encoding, how many segments it takes, and what sort of price it has.
//!
//! Two rules count. The carriers' (3GPP TS 23.040): 160 units of the GSM 7-bit alphabet or 70 of UCS-2 in one segment, and 153
//! or 67 in each of several, because each then carries a header; a character of two units is not torn apart. And the one
//! that the API's documentation states: 160 or 70, with one character outside of the alphabet deciding for the whole
//! text. [`Size`] has both; where they differ, the carriers' is the larger one. The API prices each segment.

use openphone_client::E164;
use schemars::JsonSchema;
use serde::Serialize;

use crate::place::{self, Place};

/// How the characters of a text are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[non_exhaustive]
pub enum Encoding {
    /// The 7-bit alphabet of 3GPP TS 23.038 with its extension table.
    #[serde(rename = "GSM-7")]
    Gsm7,
    /// Two bytes a unit; characters beyond the first plane (most emoji) take two units.
    #[serde(rename = "UCS-2")]
    Ucs2,
}

impl Encoding {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gsm7 => "GSM-7",
            Self::Ucs2 => "UCS-2",
        }
    }

    /// Units of a text that is one segment, and of each of several.
    const fn room(self) -> (usize, usize) {
        match self {
            Self::Gsm7 => (160, 153),
            Self::Ucs2 => (70, 67),
        }
    }

    /// Units that a character takes; `None`: it is not in the alphabet.
    fn units(self, character: char) -> Option<usize> {
        match self {
            Self::Gsm7 => septets(character),
            Self::Ucs2 => Some(character.len_utf16()),
        }
    }
}

/// What a text takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Size {
    /// How it is written.
    pub encoding: Encoding,
    /// Septets or UTF-16 units.
    pub units: usize,
    /// Segments as carriers make them.
    pub segments: usize,
    /// Segments as the API's documentation counts them.
    pub segments_documented: usize,
}

impl Size {
    /// Measures a text exactly as it stands.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let encoding = if text.chars().all(|character| septets(character).is_some()) {
            Encoding::Gsm7
        } else {
            Encoding::Ucs2
        };
        let (alone, several) = encoding.room();
        let (mut units, mut full, mut in_this) = (0, 0, 0);
        for taken in text.chars().filter_map(|character| encoding.units(character)) {
            units += taken;
            if in_this + taken > several {
                full += 1;
                in_this = 0;
            }
            in_this += taken;
        }
        let segments = if units <= alone { usize::from(units > 0) } else { full + 1 };
        Self { encoding, units, segments, segments_documented: units.div_ceil(alone) }
    }
}

/// Septets of a character in the GSM alphabet: two for those of the extension table, which follow an escape.
fn septets(character: char) -> Option<usize> {
    match character {
        'A'..='Z' | 'a'..='z' | '0'..='9' | ' ' | '\n' | '\r' => Some(1),
        '@' | '£' | '$' | '¥' | 'è' | 'é' | 'ù' | 'ì' | 'ò' | 'Ç' | 'Ø' | 'ø' | 'Å' | 'å' | 'Δ' | '_'
        | 'Φ' | 'Γ' | 'Λ' | 'Ω' | 'Π' | 'Ψ' | 'Σ' | 'Θ' | 'Ξ' | 'Æ' | 'æ' | 'ß' | 'É' | '!' | '"' | '#'
        | '¤' | '%' | '&' | '\'' | '(' | ')' | '*' | '+' | ',' | '-' | '.' | '/' | ':' | ';' | '<' | '='
        | '>' | '?' | '¡' | 'Ä' | 'Ö' | 'Ñ' | 'Ü' | '§' | '¿' | 'ä' | 'ö' | 'ñ' | 'ü' | 'à' => {
            Some(1)
        }
        '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' | '\u{0c}' => Some(2),
        _ => None,
    }
}

/// What sort of price a text to a number has: the API's prices know two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CostClass {
    /// To the US or Canada: the API's base price for each segment.
    Domestic,
    /// To anywhere else: the price of that country for each segment.
    International,
}

/// The US with its territories, and Canada, as ISO 3166 has them.
const DOMESTIC: [&str; 7] = ["US", "CA", "PR", "VI", "GU", "AS", "MP"];

impl CostClass {
    /// Of a recipient.
    #[must_use]
    pub fn of(number: &E164) -> Self {
        match place::of(number) {
            // Of the codes that several countries share, 1 is the one with numbers of no place: toll-free and the like.
            Some(Place { country: None, .. }) if number.as_str().starts_with("+1") => Self::Domestic,
            Some(Place { country: Some(country), .. }) if DOMESTIC.contains(&country) => Self::Domestic,
            _ => Self::International,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Domestic => "domestic",
            Self::International => "international",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn size(text: &str, encoding: Encoding, units: usize, segments: usize, documented: usize) {
        let expected = Size { encoding, units, segments, segments_documented: documented };
        assert_eq!(Size::of(text), expected, "{text:?}");
    }

    #[test]
    fn texts_of_known_size() {
        use Encoding::{Gsm7, Ucs2};
        size("", Gsm7, 0, 0, 0);
        size("Hi Nora, I'll call you back at 5pm.", Gsm7, 35, 1, 1);
        size(&"a".repeat(160), Gsm7, 160, 1, 1);
        size(&"a".repeat(161), Gsm7, 161, 2, 2);
        size(&"a".repeat(306), Gsm7, 306, 2, 2);
        // The two rules part here: 320 units are two times 160, and three times 153.
        size(&"a".repeat(320), Gsm7, 320, 3, 2);
        size("100 € {net}", Gsm7, 14, 1, 1);
        size(&"€".repeat(80), Gsm7, 160, 1, 1);
        // 76 of the first and 77 in all: a pair is not torn apart, so that 153 septets hold 76 of them.
        size(&"€".repeat(153), Gsm7, 306, 3, 2);
        size("Häuser, Ñandú", Ucs2, 13, 1, 1);
        size("It’s", Ucs2, 4, 1, 1);
        size("ç", Ucs2, 1, 1, 1);
        size("👍🏽", Ucs2, 4, 1, 1);
        size(&"я".repeat(70), Ucs2, 70, 1, 1);
        size(&"я".repeat(71), Ucs2, 71, 2, 2);
        size(&"я".repeat(134), Ucs2, 134, 2, 2);
        size(&"я".repeat(140), Ucs2, 140, 3, 2);
        size(&"👍".repeat(35), Ucs2, 70, 1, 1);
        size(&"👍".repeat(67), Ucs2, 134, 3, 2);
    }

    #[test]
    fn the_alphabet_is_the_standards() {
        let basic = (0..=0x2_ffff).filter_map(char::from_u32).filter(|c| septets(*c) == Some(1)).count();
        let extension = (0..=0x2_ffff).filter_map(char::from_u32).filter(|c| septets(*c) == Some(2)).count();
        // 128 places, one of which is the escape; ten characters behind it.
        assert_eq!((basic, extension), (127, 10));
    }

    #[test]
    fn prices_go_by_the_country() {
        for (number, expected) in [
            ("+14155550101", CostClass::Domestic),
            ("+16045550101", CostClass::Domestic),
            ("+17875550101", CostClass::Domestic),
            ("+18005550101", CostClass::Domestic),
            ("+18765550101", CostClass::International),
            ("+12425550101", CostClass::International),
            ("+442079460958", CostClass::International),
        ] {
            assert_eq!(CostClass::of(&E164::parse(number).unwrap()), expected, "{number}");
        }
    }

    /// The characters of a text in segments, by the rule itself: what fits goes in, nothing is torn apart.
    fn packed(text: &str, encoding: Encoding, room: usize) -> Vec<usize> {
        let mut segments = vec![0];
        for character in text.chars() {
            let units = encoding.units(character).expect("in the alphabet");
            let last = segments.last_mut().expect("there is one");
            if *last + units <= room { *last += units } else { segments.push(units) }
        }
        segments
    }

    proptest! {
        #[test]
        fn every_character_has_its_place(text in "([ -~€\n]|[а-яé’…👍])*") {
            let size = Size::of(&text);
            let gsm = text.chars().all(|c| septets(c).is_some());
            prop_assert_eq!(size.encoding == Encoding::Gsm7, gsm);
            let (alone, several) = size.encoding.room();
            let one = packed(&text, size.encoding, alone);
            if one.len() == 1 {
                prop_assert_eq!(size.segments, usize::from(!text.is_empty()));
            } else {
                prop_assert_eq!(size.segments, packed(&text, size.encoding, several).len());
            }
            prop_assert_eq!(size.units, one.iter().sum::<usize>());
            prop_assert!(size.segments_documented <= size.segments);
            prop_assert!(size.segments <= size.units);
        }

        #[test]
        fn a_longer_text_takes_no_fewer_segments(text in "[ -~€é👍]{0,400}", more in "[ -~€é👍]{1,20}") {
            let longer = text.clone() + &more;
            prop_assert!(Size::of(&text).segments <= Size::of(&longer).segments);
        }

        #[test]
        fn plain_punctuation_fits_the_alphabet(text in "[ -~‘’“”–—…\u{a0}\u{ad}]{0,200}") {
            let plain = crate::text::plain(&text);
            prop_assert_eq!(Size::of(&plain).encoding, Encoding::Gsm7);
            prop_assert_eq!(crate::text::plain(&plain), plain);
        }
    }
}
