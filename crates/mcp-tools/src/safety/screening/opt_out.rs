//! What an incoming text says about being texted: nothing, no more, or again.
//!
//! A keyword counts as the whole text, whatever its case, spaces and punctuation. Those that end texting are the FCC's
//! (47 CFR 64.1200(a)(10)) and the carriers' (CTIA Messaging Principles; ARRET in Canada); those that begin it again are
//! the carriers'. Words to the same end count under the FCC's rule too, but no list of phrases knows what people mean:
//! they are a reason to look, not to refuse.

/// The text is one of these, without anything but letters and digits.
const STOP: &[&str] =
    &["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke", "arret", "arrêt"];
/// The same, to be texted again.
const START: &[&str] = &["start", "unstop", "yes", "optin", "resume"];
/// Longest keyword with some decoration, in bytes: a longer text is not looked at for one.
const LONGEST: usize = 64;
/// The text, in lower case and with plain spaces, holds one of these.
const PHRASES: &[&str] = &[
    "stop texting",
    "stop messaging",
    "stop contacting",
    "stop sending",
    "stop bothering",
    "quit texting",
    "do not text",
    "dont text",
    "do not message",
    "dont message",
    "do not contact",
    "dont contact",
    "no more texts",
    "no more messages",
    "unsubscribe me",
    "opt me out",
    "opt out",
    "take me off",
    "remove me",
    "remove my number",
    "delete my number",
    "lose my number",
    "leave me alone",
];

/// What a text says about being texted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing.
    Nothing,
    /// Words that may mean no more texts.
    PerhapsStop,
    /// A keyword: no more texts.
    Stop,
    /// A keyword: texts again.
    Start,
}

/// Whether a text is a keyword that ends texting.
pub(crate) fn is_stop(text: &str) -> bool {
    said(text) == Said::Stop
}

/// Reads a text.
pub(super) fn said(text: &str) -> Said {
    if text.len() <= LONGEST {
        let bare: String = text
            .chars()
            .filter(|character| character.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        if STOP.contains(&bare.as_str()) {
            return Said::Stop;
        }
        if START.contains(&bare.as_str()) {
            return Said::Start;
        }
    }
    let plain: String = text
        .chars()
        .filter(|character| !matches!(character, '\'' | '\u{2019}'))
        .map(|character| if character.is_alphanumeric() { character } else { ' ' })
        .flat_map(char::to_lowercase)
        .collect();
    let words = format!(" {} ", plain.split_whitespace().collect::<Vec<_>>().join(" "));
    // Whole words: "nonstop sending" is no request.
    let asks = PHRASES.iter().any(|phrase| words.contains(&format!(" {phrase} ")));
    if asks { Said::PerhapsStop } else { Said::Nothing }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keywords_are_whole_texts_in_any_dress() {
        for text in [
            "STOP",
            "stop",
            " Stop. ",
            "STOP!!!",
            "\"Stop\"",
            "stop 🛑",
            "Stop all",
            "STOPALL",
            "Unsubscribe",
            "cancel",
            "END",
            "quit\n",
            "opt out",
            "OPT-OUT",
            "Revoke",
            "ARRÊT",
            "\u{200b}STOP",
        ] {
            assert_eq!(said(text), Said::Stop, "{text:?}");
        }
        for text in ["START", "start!", "Unstop", "yes", "YES."] {
            assert_eq!(said(text), Said::Start, "{text:?}");
        }
        for text in [
            "",
            "…",
            "Please stop by at five",
            "Yes please",
            "The end of the street",
            "Can we cancel Friday?",
            "stop2",
            "I'll quit smoking",
            "bus stop",
            "Don't stop",
            "Does 5 work?",
        ] {
            assert_eq!(said(text), Said::Nothing, "{text:?}");
        }
        for text in [
            "Stop texting me",
            "Please STOP  texting me!",
            "don\u{2019}t text this number",
            "Do not contact me again.",
            "Take me off your list",
            "unsubscribe me please",
            "I want to opt out of this",
        ] {
            assert_eq!(said(text), Said::PerhapsStop, "{text:?}");
        }
        assert_eq!(said("They do nonstop sending of parcels"), Said::Nothing);
        assert_eq!(said(&format!("{}STOP", " ".repeat(100))), Said::Nothing, "too long to be a keyword");
    }

    proptest! {
        #[test]
        fn dress_changes_nothing(
            word in proptest::sample::select(STOP),
            before in "[ .,!?\"'*\u{200b}-]{0,6}",
            after in "[ .,!?\"'*\u{200b}-]{0,6}",
            capitals: bool,
        ) {
            let word = if capitals { word.to_uppercase() } else { word.to_owned() };
            prop_assert_eq!(said(&format!("{before}{word}{after}")), Said::Stop);
        }

        #[test]
        fn a_keyword_among_other_words_is_none(word in proptest::sample::select(STOP), other in "[a-z]{1,8}") {
            prop_assert_ne!(said(&format!("{other} {word} {other}")), Said::Stop);
        }

        #[test]
        fn any_text_is_read(text in ".{0,200}") {
            let _ = said(&text);
        }
    }
}
