//! Readers of arguments, on any input: they never panic, and what they accept is what it says.

use mcp_tools::{numbers, text, time};
use proptest::prelude::*;

proptest! {
    #[test]
    fn numbers_are_read_into_e164_with_the_digits_given(written in ".{0,40}") {
        if let Ok(number) = numbers::parse(&written) {
            let digits: String = written.chars().filter_map(|c| c.to_digit(10)).filter_map(|d| char::from_digit(d, 10)).collect();
            prop_assert_eq!(number.as_str(), format!("+{digits}"));
        }
    }

    #[test]
    fn formatting_does_not_change_a_number(digits in "[2-9][0-9]{2}[2-9][0-9]{6}", separators in "[ .()-]{4}") {
        let s: Vec<char> = separators.chars().collect();
        let written = format!("+1{}{}{}{}{}{}{}", s[0], &digits[..3], s[1], &digits[3..6], s[2], &digits[6..], s[3]);
        let number = numbers::parse(&written).map(|number| number.to_string());
        prop_assert_eq!(number, Ok(format!("+1{digits}")));
    }

    #[test]
    fn cleaned_text_hides_nothing_and_keeps_its_bound(raw in any::<String>(), max in 1usize..200) {
        let clean = text::clean(&raw, max);
        prop_assert!(clean.chars().count() <= max + 1);
        prop_assert!(!clean.chars().any(|c| c.is_control() && c != '\n'));
        let hidden = ['\u{200b}', '\u{202e}', '\u{2066}', '\u{feff}', '\u{2028}'];
        prop_assert!(!clean.contains(hidden));
        prop_assert_eq!(text::clean(&clean, max + 1), clean.clone());
        prop_assert!(text::quoted(&clean).split('\n').all(|line| line.starts_with(text::QUOTE)));
        prop_assert!(!text::clean_line(&raw, max).contains('\n'));
    }

    #[test]
    fn any_text_is_a_moment_or_a_refusal(written in ".{0,40}") {
        let zone = jiff::tz::TimeZone::UTC;
        let _ = time::parse(&written, &zone, time::Bound::From);
        let _ = time::parse(&written, &zone, time::Bound::Until);
        let _ = time::parse_zone(&written);
    }
}
