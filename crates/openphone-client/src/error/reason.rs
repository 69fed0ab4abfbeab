//! The cause behind a refusal: the API names some by code, some by title, and some by words alone.
//!
//! The documents say of their words that they may change, and of their codes that the list is not whole:
//! [`super::ErrorKind`] never depends on more than the status, with one exception that is worth it
//! ([`super::ErrorKind::CarrierRegistration`] is a 400).

use http::StatusCode;

use super::answer::Details;

/// Why the API refused, where that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The acting user is no member of the inbox.
    NotInboxMember,
    /// The carriers' registration (A2P 10DLC) is not approved.
    CarrierRegistration,
    /// The carriers' daily limit of texts for the registration is reached.
    DailyMessageCap,
    /// The workspace does not text or call to that country.
    InternationalOff,
    /// The recipient opted out (replied STOP).
    OptedOut,
    /// The recipient's number cannot be texted.
    UnreachableNumber,
    /// The workspace's subscription expired.
    SubscriptionExpired,
    /// The prepaid credits do not cover it.
    NotEnoughCredits,
    /// The plan allows no more open tasks.
    OpenTasksLimit,
    /// More participants than the operation takes.
    TooManyParticipants,
    /// The value of a custom field does not fit the field.
    InvalidCustomField,
    /// A message that failed for good cannot be retried.
    FailedForGood,
}

/// Finds it. Only a refusal (4xx) has one: what an outage says is about the service, not the request. A rate
/// limit is a kind of its own.
pub(crate) fn of(status: StatusCode, details: &Details) -> Option<Reason> {
    if !status.is_client_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    details.code.as_deref().and_then(by_code).or_else(|| by_words(status, details))
}

fn by_code(code: &str) -> Option<Reason> {
    Some(match code {
        "0101400" => Reason::TooManyParticipants,
        "0101403" | "0202403" | "0801403" | "1001403" => Reason::NotInboxMember,
        "0206400" => Reason::CarrierRegistration,
        "0204403" => Reason::DailyMessageCap,
        "0201402" => Reason::SubscriptionExpired,
        "0200402" => Reason::NotEnoughCredits,
        "0600402" => Reason::OpenTasksLimit,
        "0801400" => Reason::InvalidCustomField,
        _ => return None,
    })
}

/// Words of titles (which the dated surface has in place of codes) and of messages seen on refused sends.
const WORDS: &[(u16, &str, Reason)] = &[
    (400, "a2p registration not approved", Reason::CarrierRegistration),
    (400, "not approved for a2p", Reason::CarrierRegistration),
    (422, "not approved for a2p", Reason::CarrierRegistration),
    (400, "too many participants", Reason::TooManyParticipants),
    (400, "invalid custom field", Reason::InvalidCustomField),
    (402, "subscription", Reason::SubscriptionExpired),
    (402, "credits", Reason::NotEnoughCredits),
    (402, "open tasks", Reason::OpenTasksLimit),
    (403, "not phone number user", Reason::NotInboxMember),
    (403, "daily message cap", Reason::DailyMessageCap),
    (403, "international", Reason::InternationalOff),
    (422, "permanently failed", Reason::FailedForGood),
];
/// Words that come with more than one status.
const WORDS_WHATEVER_THE_STATUS: &[(&str, Reason)] = &[
    ("opted out", Reason::OptedOut),
    ("opt-out", Reason::OptedOut),
    ("unsubscribed", Reason::OptedOut),
    ("number is not valid", Reason::UnreachableNumber),
    ("unreachable", Reason::UnreachableNumber),
];

fn by_words(status: StatusCode, details: &Details) -> Option<Reason> {
    let said = [&details.title, &details.message]
        .into_iter()
        .flatten()
        .map(|text| text.to_ascii_lowercase())
        .collect::<Vec<_>>();
    let says = |words: &str| said.iter().any(|text| text.contains(words));
    let with_status =
        WORDS.iter().filter(|(of, ..)| *of == status.as_u16()).find(|(_, words, _)| says(words));
    with_status.map(|(.., reason)| *reason).or_else(|| {
        WORDS_WHATEVER_THE_STATUS.iter().find(|(words, _)| says(words)).map(|(_, reason)| *reason)
    })
}
