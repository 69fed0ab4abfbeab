//! The header `Sandbox-Fault`, which asks for a fault of the very request that carries it, so that a test in any
//! language can: a word, and perhaps what goes with it after a semicolon, as in `unavailable; retry-after=3`.

use std::time::Duration;

use http::HeaderMap;

use super::Fault;

/// The header's name.
const NAME: &str = "sandbox-fault";

type Make = fn() -> Fault;

/// Every word, as it is written.
const WORDS: &[(&str, Make)] = &[
    ("too-many-requests", || Fault::too_many_requests(None)),
    ("server-error", Fault::server_error),
    ("bad-gateway", Fault::bad_gateway),
    ("unavailable", || Fault::unavailable(None)),
    ("hang", Fault::hang),
    ("close-unread", Fault::close_unread),
    ("close", Fault::close),
    ("reset", Fault::reset),
    ("truncate", Fault::truncate),
    ("malformed-json", Fault::malformed_json),
    ("revoked-key", Fault::revoked_key),
    ("plan-without-transcripts", Fault::plan_without_transcripts),
    ("a2p-not-approved", Fault::a2p_not_approved),
    ("subscription-expired", Fault::subscription_expired),
    ("not-enough-credits", Fault::not_enough_credits),
    ("daily-cap-reached", Fault::daily_cap_reached),
    ("international-messaging-off", Fault::international_messaging_off),
    ("open-tasks-limit", Fault::open_tasks_limit),
];

/// Why a header asks for nothing that there is.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WrongFault {
    #[error("{0:?} is no fault; there are {words}, and delay=250ms or delay=2s", words = words())]
    Word(String),
    #[error(
        "{0:?} does not go with this fault; there are after-processing (for what happens instead of the \
             answer) and retry-after=<seconds> (for too-many-requests and unavailable)"
    )]
    Parameter(String),
    #[error("the header is no plain text")]
    NotText,
    #[error("the header is there more than once, and a request suffers one fault")]
    Several,
}

/// The fault that a request asks for, if any.
pub(crate) fn asked(headers: &HeaderMap) -> Result<Option<Fault>, WrongFault> {
    let mut values = headers.get_all(NAME).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => parse(value.to_str().map_err(|_| WrongFault::NotText)?).map(Some),
        (Some(_), Some(_)) => Err(WrongFault::Several),
    }
}

/// Reads the value of the header.
fn parse(value: &str) -> Result<Fault, WrongFault> {
    let mut parts = value.split(';').map(str::trim);
    let word = parts.next().unwrap_or_default();
    let mut fault = match word.strip_prefix("delay=") {
        Some(length) => {
            duration(length).map(Fault::delay).ok_or_else(|| WrongFault::Word(word.to_owned()))?
        }
        None => {
            let known = WORDS.iter().find(|(known, _)| *known == word);
            known.map(|(_, fault)| fault()).ok_or_else(|| WrongFault::Word(word.to_owned()))?
        }
    };
    for parameter in parts {
        fault =
            with_parameter(fault, parameter).ok_or_else(|| WrongFault::Parameter(parameter.to_owned()))?;
    }
    Ok(fault)
}

/// `None` when it does not go with the fault.
fn with_parameter(fault: Fault, parameter: &str) -> Option<Fault> {
    if parameter == "after-processing" {
        let changed = fault.clone().after_processing();
        return (changed != fault).then_some(changed);
    }
    let seconds = parameter.strip_prefix("retry-after=").filter(|text| is_number(text))?.parse().ok()?;
    fault.retrying_after(seconds)
}

fn duration(text: &str) -> Option<Duration> {
    let number = |text: &str| Some(text).filter(|text| is_number(text))?.parse::<u32>().ok();
    match text.strip_suffix("ms") {
        Some(millis) => number(millis).map(|millis| Duration::from_millis(millis.into())),
        None => number(text.strip_suffix('s')?).map(|seconds| Duration::from_secs(seconds.into())),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn words() -> String {
    WORDS.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::{any, proptest};

    use super::{Fault, WORDS, WrongFault, parse};

    #[test]
    fn a_word_and_its_parameters_make_a_fault() {
        for (word, fault) in WORDS {
            assert_eq!(parse(word), Ok(fault()), "{word}");
            assert_eq!(parse(&format!("  {word} ")), Ok(fault()), "{word}");
        }
        let table = [
            ("too-many-requests; retry-after=3", Fault::too_many_requests(Some(3))),
            ("unavailable;retry-after=0", Fault::unavailable(Some(0))),
            ("server-error; after-processing", Fault::server_error().after_processing()),
            ("close; after-processing", Fault::close().after_processing()),
            ("delay=250ms", Fault::delay(Duration::from_millis(250))),
            ("delay=2s", Fault::delay(Duration::from_secs(2))),
            ("unavailable; after-processing; retry-after=1", Fault::unavailable(Some(1)).after_processing()),
        ];
        for (text, fault) in table {
            assert_eq!(parse(text), Ok(fault), "{text}");
        }
    }

    #[test]
    fn what_is_no_fault_is_refused_with_the_words_there_are() {
        let word = |text: &str| Err(WrongFault::Word(text.to_owned()));
        for text in ["", "Server-Error", "delay", "delay=", "delay=2", "delay=2m", "delay=-1s", "delay=+1s"] {
            assert_eq!(parse(text), word(text), "{text}");
        }
        assert_eq!(parse("delay=4294967296ms"), word("delay=4294967296ms"));
        for (text, wrong) in [
            ("server-error;", ""),
            ("server-error; retry-after=3", "retry-after=3"),
            ("unavailable; retry-after=soon", "retry-after=soon"),
            ("truncate; after-processing", "after-processing"),
            ("close-unread; after-processing", "after-processing"),
            ("hang; loudly", "loudly"),
        ] {
            assert_eq!(parse(text), Err(WrongFault::Parameter(wrong.to_owned())), "{text}");
        }
        let message = WrongFault::Word("oops".to_owned()).to_string();
        assert!(WORDS.iter().all(|(word, _)| message.contains(word)), "{message}");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = parse(&text);
        }

        #[test]
        fn no_near_miss_panics(text in "(close|delay=|unavailable|hang)?[; =]{0,3}(retry-after=|after-processing|[0-9]{0,12})?(ms|s)?.{0,4}") {
            let _ = parse(&text);
        }
    }
}
