//! Phone numbers as people write them, read into E.164 without ever guessing the country.
//!
//! [`openphone_client::E164`] is strict on purpose; this is the lenient reader for tool arguments. What it
//! refuses, it refuses with what is wrong and, where one change would mend it, that change.

use openphone_client::{E164, Party};

/// Reads a phone number in international form: `+1 (415) 555-0101`, `tel:+14155550101` and the like.
///
/// # Errors
///
/// What is wrong with the text, as a sentence for the caller (it may repeat the number: it is for the one who
/// wrote it, not for a log).
pub fn parse(text: &str) -> Result<E164, String> {
    let written = crate::text::clean_line(text, 60);
    if written.is_empty() {
        return Err("is empty; write a phone number such as +14155550101".to_owned());
    }
    let body = written.strip_prefix("tel:").unwrap_or(&written).trim();
    let digits: String = body.chars().filter_map(|character| character.to_digit(10)).map(digit).collect();
    let without_trunk = without_trunk_zero(body);
    if let Some(stray) = body.chars().find(|character| !is_formatting(*character)) {
        return Err(stray_character(&written, stray, &digits));
    }
    if body.char_indices().any(|(at, character)| {
        is_plus(character) && at > 0 && !body[..at].trim_matches(['(', ' ']).is_empty()
    }) {
        return Err(format!("`{written}` has a + in the middle; write one number such as +14155550101"));
    }
    if !body.trim_start_matches(['(', ' ']).starts_with(is_plus) {
        return Err(no_country(&written, without_trunk.as_ref().unwrap_or(&digits)));
    }
    let Some(without_trunk) = without_trunk else { return international(&written, &digits) };
    let number = international(&written, &without_trunk)?;
    Err(format!(
        "`{written}` has a 0 in brackets; write {number} if that 0 is dialled only inside the country"
    ))
}

/// Reads one side of a message or call as a filter: a number as [`parse`] takes it, or a short code of 3 to 6
/// digits.
///
/// # Errors
///
/// As [`parse`].
pub fn parse_party(text: &str) -> Result<Party, String> {
    let trimmed = text.trim();
    if (3..=6).contains(&trimmed.len()) && trimmed.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Party::new(trimmed));
    }
    parse(text).map(Party::from)
}

fn international(written: &str, digits: &str) -> Result<E164, String> {
    if let Some(national) = digits.strip_prefix('1') {
        // North American Numbering Plan: area code and exchange start with 2 to 9.
        if national.len() != 10 {
            return Err(format!(
                "`{written}` starts with +1 (US and Canada) and has {} digits after it; there must be 10",
                national.len()
            ));
        }
        if national.starts_with(['0', '1']) || national[3..].starts_with(['0', '1']) {
            return Err(format!(
                "`{written}` is no US or Canadian number: area code and exchange start with 2 to 9"
            ));
        }
    }
    if digits.len() < 7 {
        return Err(format!(
            "`{written}` has only {} digits after the +; a full number has 7 to 15",
            digits.len()
        ));
    }
    E164::parse(&format!("+{digits}")).map_err(|_| {
        if digits.starts_with('0') {
            format!("`{written}` has 0 after the +; a country code never starts with 0")
        } else {
            format!("`{written}` has {} digits after the +; a full number has 7 to 15", digits.len())
        }
    })
}

/// The digits without a lone 0 in brackets behind others, as in `+44 (0)20`: most countries dial it only at home
/// (the trunk prefix of ITU-T E.164 annex A), and then it is no part of the number. `None`: there is none.
fn without_trunk_zero(body: &str) -> Option<String> {
    let digits = |text: &str| -> String {
        text.chars().filter_map(|character| character.to_digit(10)).map(digit).collect()
    };
    body.match_indices('(').find_map(|(at, _)| {
        let (inside, behind) = body[at + 1..].split_once(')')?;
        let before = digits(&body[..at]);
        (inside.trim() == "0" && !before.is_empty()).then(|| before + &digits(behind))
    })
}

fn no_country(written: &str, digits: &str) -> String {
    let mend = match digits.len() {
        0 => return format!("`{written}` is not a phone number; write one such as +14155550101"),
        1..=6 => {
            return format!(
                "`{written}` is a short code or only part of a number; write the full number with + and country code"
            );
        }
        10 if international(written, &format!("1{digits}")).is_ok() => {
            format!("+1{digits} if it is in the US or Canada")
        }
        11 if international(written, digits).is_ok() && digits.starts_with('1') => {
            format!("+{digits} if it is in the US or Canada")
        }
        _ if digits.starts_with("00") => format!("+{}", &digits[2..]),
        _ if digits.starts_with("011") => format!("+{}", &digits[3..]),
        _ => "+ and the country code first".to_owned(),
    };
    format!("`{written}` has no country code, and the country is not guessed; write {mend}")
}

fn stray_character(written: &str, stray: char, digits: &str) -> String {
    if digits.is_empty() {
        return format!(
            "`{written}` is not a phone number; write one such as +14155550101 (find it among the contacts first)"
        );
    }
    match stray {
        'x' | 'X' | 'e' | 'E' | '#' | ',' | ';' => {
            format!(
                "`{written}` has an extension or a second number in it (`{stray}`); write the number alone"
            )
        }
        '/' => {
            format!("`{written}` has a `/` in it, which may begin a second number; write one number alone")
        }
        _ => format!(
            "`{written}` has `{stray}` in it; write digits with + and the country code, such as +14155550101"
        ),
    }
}

fn digit(value: u32) -> char {
    char::from_digit(value, 10).unwrap_or('0')
}

fn is_plus(character: char) -> bool {
    matches!(character, '+' | '\u{ff0b}')
}

/// What people put between the digits: spaces (of any width), dashes, dots, brackets. No slash: it may join two numbers.
fn is_formatting(character: char) -> bool {
    character.is_ascii_digit()
        || is_plus(character)
        || character.is_whitespace()
        || matches!(character, '-' | '.' | '(' | ')' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_formatting_is_read() {
        for written in [
            "+14155550101",
            "+1 (415) 555-0101",
            " +1.415.555.0101 ",
            "tel:+1-415-555-0101",
            "(+1) 415 555 0101",
            "\u{202a}+1\u{a0}415\u{2011}555\u{2011}0101\u{202c}",
            "\u{ff0b}1 415 555 0101",
        ] {
            assert_eq!(
                parse(written).map(|number| number.to_string()),
                Ok("+14155550101".to_owned()),
                "{written}"
            );
        }
        assert_eq!(parse("+44 20 7946 0958").unwrap().as_str(), "+442079460958");
    }

    #[test]
    fn refusals_name_what_is_wrong() {
        for (written, expected) in [
            ("415 555 0101", "write +14155550101 if it is in the US or Canada"),
            ("1-415-555-0101", "write +14155550101 if it is in the US or Canada"),
            ("0044 20 7946 0958", "write +442079460958"),
            ("020 7946 0958", "the country is not guessed"),
            ("+1415555010", "has 9 digits after it"),
            ("+1 015 555 0101", "area code"),
            ("+0 415 555 0101", "never starts with 0"),
            ("+14155550101 x12", "extension"),
            ("+14155550101, +14155550102", "second number"),
            ("+49 30 123456/57", "second number"),
            ("+49 30/123456", "one number alone"),
            ("+44 (0)20 7946 0958", "write +442079460958 if that 0 is dialled only inside"),
            ("+44 ( 0 ) 20 7946 0958", "write +442079460958"),
            ("(+44) (0)20 7946 0958", "write +442079460958"),
            ("0044 (0)20 7946 0958", "write +442079460958"),
            ("(0)20 7946 0958", "the country is not guessed; write + and the country code"),
            ("+44 (0)20", "has only 4 digits"),
            ("+1415+5550101", "+ in the middle"),
            ("72727", "short code"),
            ("----------", "is not a phone number"),
            ("Maria", "is not a phone number"),
            ("+1415555o101", "has `o` in it"),
            ("", "is empty"),
            ("+1234567890123456", "there must be 10"),
            ("+4412345678901234567", "has 19 digits"),
        ] {
            let error = parse(written).unwrap_err();
            assert!(error.contains(expected), "{written}: {error}");
        }
    }
}
