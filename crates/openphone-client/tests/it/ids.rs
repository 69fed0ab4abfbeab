//! Typed ids, E.164 numbers and API keys: what is accepted and what is not.

use openphone_client::{
    ActorId, ApiKey, CallId, ContactId, E164, InvalidApiKey, MessageId, Party, PhoneNumberId, UserId,
};
use proptest::prelude::*;
use sealing::SecretString;

#[test]
fn ids_are_checked_by_prefix_and_fit_for_a_path() {
    let long = format!("PN{}", "a".repeat(255));
    let table = [
        ("PNtoDbDhuz", true),
        ("PN1", true),
        ("PN_a-b.c~d:e", true),
        ("PN", false),
        ("", false),
        ("pnabc", false),
        ("USabc", false),
        (" PNabc", false),
        ("PNabc ", false),
        ("PN/../users", false),
        ("PN\\x", false),
        ("PNa,PNb", false),
        ("PNa?x=1", false),
        ("PNa#x", false),
        ("PNa%2Fb", false),
        ("PNä", false),
        ("PNa\nb", false),
        (&long, false),
    ];
    for (text, accepted) in table {
        assert_eq!(PhoneNumberId::parse(text).is_ok(), accepted, "{text:?}");
        // What the API gives is taken as it is.
        let given = serde_json::from_value::<PhoneNumberId>(text.into());
        assert_eq!(given.is_ok(), !text.is_empty(), "{text:?} in JSON");
    }
}

#[test]
fn ids_without_a_prefix_are_not_path_instructions() {
    assert!(ContactId::parse("66d0d87e8dc1211467372303").is_ok());
    for text in [".", "..", "...", "", "a/b", "+14155550101"] {
        assert!(ContactId::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn actors_are_people_or_machines() {
    let person = ActorId::parse("USu5AsEHuQ").expect("an actor");
    assert_eq!(person.user(), Some(UserId::parse("USu5AsEHuQ").expect("a user")));
    assert_eq!(ActorId::parse("SYU1").expect("an actor").user(), None);
    // A prefix that nobody announced does not make a page unreadable.
    assert_eq!(ActorId::parse("SY_1").expect("an actor").user(), None);
}

#[test]
fn an_id_is_plain_text_in_json_and_in_logs() {
    let id = MessageId::parse("ACsXlF0").expect("an id");
    assert_eq!(serde_json::to_string(&id).expect("JSON"), "\"ACsXlF0\"");
    assert_eq!(format!("{id} {id:?}"), "ACsXlF0 MessageId(ACsXlF0)");
}

#[test]
fn an_error_of_an_id_holds_nothing_of_it() {
    let error = CallId::parse("+14155550101").expect_err("a number is no id");
    assert_eq!(error.to_string(), "not a call id: expected AC followed by letters and digits");
    assert!(!format!("{error:?}").contains("555"));
}

#[test]
fn numbers_are_e164_and_nothing_else() {
    let table = [
        ("+14155550101", true),
        ("+12", true),
        ("+123456789012345", true),
        ("+1234567890123456", false),
        ("+1", false),
        ("+", false),
        ("", false),
        ("+0415", false),
        ("14155550101", false),
        ("+1 415 555 0101", false),
        ("+1-415-555-0101", false),
        ("+1415555010a", false),
        ("++14155550101", false),
        (" +14155550101", false),
        ("+14155550101\n", false),
        // Digits of another script are digits to a careless check.
        ("+١٢٣٤٥٦٧", false),
        ("Anonymous", false),
    ];
    for (text, accepted) in table {
        assert_eq!(E164::parse(text).is_ok(), accepted, "{text:?}");
        assert_eq!(Party::new(text).e164().is_some(), accepted, "{text:?} as a party");
    }
}

proptest! {
    #[test]
    fn e164_accepts_exactly_the_pattern_and_keeps_the_text(text in r"\+?[0-9a +]{0,18}") {
        let bytes = text.as_bytes();
        let pattern = bytes.len() >= 3
            && bytes.len() <= 16
            && bytes[0] == b'+'
            && (b'1'..=b'9').contains(&bytes[1])
            && bytes[2..].iter().all(u8::is_ascii_digit);
        prop_assert_eq!(E164::parse(&text).is_ok(), pattern);
        if let Ok(number) = E164::parse(&text) {
            prop_assert_eq!(number.to_string(), text);
        }
    }
}

#[test]
fn keys_are_taken_as_people_paste_them() {
    let parse = |text: &str| ApiKey::new(&SecretString::new(text.to_owned())).map(drop);
    assert_eq!(parse("  a1b2c3\n"), Ok(()));
    assert_eq!(parse(""), Err(InvalidApiKey::Empty));
    assert_eq!(parse(" \t\n"), Err(InvalidApiKey::Empty));
    assert_eq!(parse("Bearer a1b2c3"), Err(InvalidApiKey::Bearer));
    assert_eq!(parse("bearer a1b2c3"), Err(InvalidApiKey::Bearer));
    assert_eq!(parse("a1b2 c3"), Err(InvalidApiKey::Character));
    assert_eq!(parse("a1b2\r\nx: y"), Err(InvalidApiKey::Character));
    assert_eq!(parse("kéy"), Err(InvalidApiKey::Character));
    assert_eq!(parse(&"a".repeat(513)), Err(InvalidApiKey::TooLong));
}
