//! How a recipient behaves, by the last two digits of a `555-01xx` number, whatever the area code. The table
//! in the crate's header is for people; this is the same table for the code.

use crate::incoming::CallOutcome;

/// What happens to a text to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// It arrives; these answers come, one per text received.
    Delivers { answers: &'static [&'static str] },
    /// It arrives, and the recipient calls back.
    CallsBack(CallOutcome),
    /// It arrives at the carrier, and not at the phone.
    Undelivered,
    /// It fails; `retryable` as a failure without an error code.
    Fails { retryable: bool },
    /// It stays `sent`: the carrier never says what became of it.
    StaysSent,
    /// The send is refused: the recipient replied STOP.
    OptedOut,
    /// The send is refused: 400 `0206400`.
    A2pNotApproved,
    /// The send is refused: 403 `0204403`.
    DailyCapReached,
    /// The send is refused: 402 `0201402`.
    SubscriptionExpired,
    /// The send is refused: 402 `0200402`.
    NotEnoughCredits,
    /// The send is refused: 403, as from an inbox that may not text abroad.
    InternationalOff,
}

const SILENT: Behaviour = Behaviour::Delivers { answers: &[] };

/// The behaviour of `number`.
pub(crate) fn behaviour(number: &str) -> Behaviour {
    if !is_e164(number) {
        // The API takes any short string as a recipient; a carrier does not.
        return Behaviour::Undelivered;
    }
    let Some((rest, last_two)) = number.split_at_checked(number.len() - 2) else { return SILENT };
    if !(number.len() == 12 && number.starts_with("+1") && rest.ends_with("55501")) {
        return SILENT;
    }
    match last_two {
        "01" => {
            Behaviour::Delivers { answers: &["Yes, that works for me. See you then!", "Got it, thank you!"] }
        }
        "02" => Behaviour::Delivers {
            answers: &[
                "Thanks for letting me know. About how long will it take?",
                "OK great. And can I pay by card?",
                "Perfect, thanks!",
            ],
        },
        "03" => Behaviour::Delivers { answers: &["Thank you so much 🙏"] },
        "04" => Behaviour::Delivers {
            answers: &[
                "Sorry, I can't make that. Do you have anything later in the week?",
                "That's better, let's do that.",
            ],
        },
        "05" => Behaviour::Delivers { answers: &["Who is this?", "Ah, of course. Yes please."] },
        "06" => Behaviour::CallsBack(CallOutcome::Voicemail),
        "07" => Behaviour::CallsBack(CallOutcome::Answered),
        "08" => Behaviour::CallsBack(CallOutcome::Missed),
        "09" => Behaviour::CallsBack(CallOutcome::AiHandled),
        "10" => Behaviour::CallsBack(CallOutcome::Forwarded),
        "11" => Behaviour::CallsBack(CallOutcome::Abandoned),
        "19" => Behaviour::OptedOut,
        "20" => Behaviour::Undelivered,
        "91" => Behaviour::Fails { retryable: false },
        "92" => Behaviour::Fails { retryable: true },
        "93" => Behaviour::StaysSent,
        "94" => Behaviour::A2pNotApproved,
        "95" => Behaviour::DailyCapReached,
        "96" => Behaviour::SubscriptionExpired,
        "97" => Behaviour::NotEnoughCredits,
        "98" => Behaviour::InternationalOff,
        _ => SILENT,
    }
}

/// The last two digits of the `555-01xx` numbers that take texts and never answer.
pub(crate) fn silent_endings() -> Vec<u8> {
    (0..100).filter(|ending| behaviour(&format!("+120155501{ending:02}")) == SILENT).collect()
}

/// Whether a number is outside of North America.
pub(crate) fn is_abroad(number: &str) -> bool {
    is_e164(number) && !number.starts_with("+1")
}

/// Whether somebody can write or call as this: a number, a short code, or a word such as `Anonymous`.
pub(crate) fn is_party(text: &str) -> bool {
    let short_code = (3..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let word = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic());
    is_e164(text) || short_code || word
}

/// `^\+[1-9]\d{1,14}$`.
pub(crate) fn is_e164(number: &str) -> bool {
    let Some(digits) = number.strip_prefix('+') else { return false };
    (2..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
}
