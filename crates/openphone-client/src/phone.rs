//! Phone numbers: [`E164`] is what can be texted, [`Party`] is whatever the API calls the other side.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A phone number in E.164 form (ITU-T E.164): `+`, then 2 to 15 digits of which the first is not zero.
///
/// `Debug` shows nothing of it, so that it may stand in structs that are logged; `Display` shows the whole
/// number and is for people.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct E164(String);

/// Why a text is not a number in E.164 form. Holds no part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a phone number in E.164 form: write + and the country code, then the digits without spaces or dashes, such as +14155550101"
)]
pub struct InvalidE164;

impl E164 {
    /// Accepts exactly the API's own pattern, `^\+[1-9]\d{1,14}$`. Nothing is trimmed or guessed: a number
    /// that is nearly right may be somebody else's.
    pub fn parse(text: &str) -> Result<Self, InvalidE164> {
        if Self::accepts(text) { Ok(Self(text.to_owned())) } else { Err(InvalidE164) }
    }

    /// The number with its `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn accepts(text: &str) -> bool {
        let Some(digits) = text.strip_prefix('+') else { return false };
        (2..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    }
}

impl TryFrom<String> for E164 {
    type Error = InvalidE164;

    fn try_from(text: String) -> Result<Self, InvalidE164> {
        if Self::accepts(&text) { Ok(Self(text)) } else { Err(InvalidE164) }
    }
}

impl std::str::FromStr for E164 {
    type Err = InvalidE164;

    fn from_str(text: &str) -> Result<Self, InvalidE164> {
        Self::parse(text)
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("E164([redacted])")
    }
}

impl Serialize for E164 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for E164 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// One side of a message or call as the API reports it: mostly E.164, but also a short code of 3 to 8 digits,
/// `Anonymous`, `Blocked`, `Restricted`, or a sender name.
///
/// Like [`E164`], it is silent in `Debug` and whole in `Display`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Party(String);

impl Party {
    /// Any text that the API may have given or takes as a filter.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as the API spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number, if it is one that can be texted or called back.
    #[must_use]
    pub fn e164(&self) -> Option<E164> {
        E164::parse(&self.0).ok()
    }
}

impl From<E164> for Party {
    fn from(number: E164) -> Self {
        Self(number.0)
    }
}

/// For setters that take a party or an `Option` of one.
impl From<E164> for Option<Party> {
    fn from(number: E164) -> Self {
        Some(Party(number.0))
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Party([redacted])")
    }
}
