//! Lists of recipients: exact numbers, first digits, countries, and groups of numbers that cost or lead nowhere.

use std::fmt;
use std::str::FromStr;

use openphone_client::E164;
use serde::{Deserialize, Serialize};

use crate::place;

/// First digits of the group `premium`: numbers whose owner is paid for being called or texted. International premium
/// rate (ITU-T E.169.2), 900 of the North American plan, 09 and 070 of the United Kingdom. Other countries' have no
/// first digits of their own that are safe to name.
const PREMIUM: &[&str] = &["979", "1900", "449", "4470"];
/// First digits of the group `satellite`: Inmarsat, mobile satellites, and networks without a country (ITU-T E.164).
const SATELLITE: &[&str] = &["870", "878", "881", "882", "883"];

/// One entry of a list of recipients.
///
/// Written as `+14155550101` (that number), `+1415*` (all that begin so), `+44` or `44` (a calling code), `US` (a
/// country, ISO 3166), `premium` or `satellite`. `Debug` shows no number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecipientRule(Rule);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Rule {
    Number(E164),
    /// Without the `+`.
    Begins(String),
    /// Two capitals.
    Country(String),
    Premium,
    Satellite,
}

/// Why a text is no entry of a list. Holds no part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRecipientRule {
    /// It is none of the forms.
    #[error(
        "write a number (+14155550101), first digits (+1415*), a calling code (+44), a country (US), premium or satellite"
    )]
    Form,
    /// No country with that code has numbers.
    #[error("no country has that code; write an ISO 3166 code of two letters, such as US, CA or GB")]
    NoCountry,
    /// Digits that are neither a whole number nor a calling code.
    #[error(
        "that is no whole number and no calling code; end it with * to mean all numbers that begin so, such as +1415*"
    )]
    Incomplete,
}

impl RecipientRule {
    /// Whether a number is meant.
    #[must_use]
    pub fn holds(&self, number: &E164) -> bool {
        let digits = number.as_str().trim_start_matches('+');
        let begins = |firsts: &[&str]| firsts.iter().any(|first| digits.starts_with(first));
        match &self.0 {
            Rule::Number(exact) => exact == number,
            Rule::Begins(first) => digits.starts_with(first),
            Rule::Country(code) => place::of(number).and_then(|place| place.country) == Some(code),
            Rule::Premium => begins(PREMIUM),
            Rule::Satellite => begins(SATELLITE),
        }
    }

    /// Premium-rate numbers, as far as their first digits tell.
    #[must_use]
    pub fn premium() -> Self {
        Self(Rule::Premium)
    }

    /// Satellite phones and networks without a country.
    #[must_use]
    pub fn satellite() -> Self {
        Self(Rule::Satellite)
    }

    /// What it means, for the sentence of a refusal.
    pub(crate) fn meaning(&self) -> String {
        match &self.0 {
            Rule::Number(_) => "this number".to_owned(),
            Rule::Begins(first) => format!("numbers that begin with +{first}"),
            Rule::Country(code) => format!("numbers of {code}"),
            Rule::Premium => "premium-rate numbers".to_owned(),
            Rule::Satellite => "satellite numbers".to_owned(),
        }
    }
}

impl FromStr for RecipientRule {
    type Err = InvalidRecipientRule;

    fn from_str(text: &str) -> Result<Self, InvalidRecipientRule> {
        let text = text.trim();
        let rule = match text.to_ascii_lowercase().as_str() {
            "premium" => Rule::Premium,
            "satellite" => Rule::Satellite,
            letters if letters.len() == 2 && letters.bytes().all(|byte| byte.is_ascii_lowercase()) => {
                let code = letters.to_ascii_uppercase();
                if !place::is_country(&code) {
                    return Err(InvalidRecipientRule::NoCountry);
                }
                Rule::Country(code)
            }
            _ => digits(text)?,
        };
        Ok(Self(rule))
    }
}

fn digits(text: &str) -> Result<Rule, InvalidRecipientRule> {
    let bare = text.strip_prefix('+').unwrap_or(text);
    let (first, begins) = bare.strip_suffix('*').map_or((bare, false), |first| (first, true));
    let plain = (1..=15).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_digit())
        && !first.starts_with('0');
    if plain && (begins || place::is_calling_code(first)) {
        return Ok(Rule::Begins(first.to_owned()));
    }
    // Without its plus a number might be one of another country.
    if !begins && let (true, Ok(number)) = (text.starts_with('+'), crate::numbers::parse(text)) {
        return Ok(Rule::Number(number));
    }
    Err(if plain { InvalidRecipientRule::Incomplete } else { InvalidRecipientRule::Form })
}

impl fmt::Display for RecipientRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Rule::Number(number) => number.fmt(f),
            Rule::Begins(first) => write!(f, "+{first}*"),
            Rule::Country(code) => f.write_str(code),
            Rule::Premium => f.write_str("premium"),
            Rule::Satellite => f.write_str("satellite"),
        }
    }
}

impl fmt::Debug for RecipientRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Rule::Number(_) => f.write_str("RecipientRule([redacted])"),
            _ => write!(f, "RecipientRule({self})"),
        }
    }
}

impl TryFrom<String> for RecipientRule {
    type Error = InvalidRecipientRule;

    fn try_from(text: String) -> Result<Self, InvalidRecipientRule> {
        text.parse()
    }
}

impl From<RecipientRule> for String {
    fn from(rule: RecipientRule) -> Self {
        rule.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn holds(rule: &str, number: &str) -> bool {
        rule.parse::<RecipientRule>().expect(rule).holds(&E164::parse(number).expect("a number"))
    }

    #[test]
    fn each_form_means_what_it_says() {
        for (rule, inside, outside) in [
            ("+14155550101", "+14155550101", "+14155550102"),
            ("+1 415-555-0101", "+14155550101", "+14155550102"),
            ("+1415*", "+14155550101", "+14165550101"),
            ("1415*", "+14155550101", "+14165550101"),
            ("+44", "+442079460958", "+4312345678"),
            ("44", "+442079460958", "+4312345678"),
            ("1", "+18765550101", "+442079460958"),
            ("US", "+14155550101", "+14165550101"),
            ("ca", "+14165550101", "+14155550101"),
            ("JM", "+18765550101", "+14155550101"),
            // A toll-free number is nobody's country's.
            ("US", "+14155550101", "+18005550101"),
            ("kz", "+77015550101", "+78125550101"),
            ("premium", "+19005550101", "+14155550101"),
            ("Premium", "+447012345678", "+447400123456"),
            ("satellite", "+881612345678", "+886912345678"),
        ] {
            assert!(holds(rule, inside), "{rule} {inside}");
            assert!(!holds(rule, outside), "{rule} {outside}");
        }
    }

    #[test]
    fn what_is_no_entry_is_refused() {
        use InvalidRecipientRule::{Form, Incomplete, NoCountry};
        for (text, expected) in [
            ("", Form),
            ("*", Form),
            ("+", Form),
            ("+0*", Form),
            ("everybody", Form),
            ("+1415**", Form),
            ("UK", NoCountry),
            ("ZZ", NoCountry),
            ("14155550101", Incomplete),
            ("+1415", Incomplete),
            ("+1415555010", Incomplete),
            ("+999", Incomplete),
        ] {
            assert_eq!(text.parse::<RecipientRule>(), Err(expected), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_and_read_again(text in "[+]?[0-9]{1,16}[*]?|[A-Za-z]{1,9}|.{0,16}") {
            if let Ok(rule) = text.parse::<RecipientRule>() {
                prop_assert_eq!(rule.to_string().parse::<RecipientRule>(), Ok(rule.clone()));
                let json = serde_json::to_string(&rule).expect("JSON");
                prop_assert_eq!(serde_json::from_str::<RecipientRule>(&json).expect("its own form"), rule);
            }
        }
    }
}
