//! Any text as an id or a number: what is accepted can stand in a path and in a filter, and is kept as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use openphone_client::{ApiKey, ContactId, E164, MAX_ID_LENGTH, MessageId, PhoneNumberId, WebhookId};
use sealing::SecretString;

fuzz_target!(|text: &str| {
    if let Ok(number) = E164::parse(text) {
        assert_eq!(number.as_str(), text);
        assert!(text.starts_with('+') && (3..=16).contains(&text.len()));
        assert!(!format!("{number:?}").contains(text));
    }
    let ids = [
        ContactId::parse(text).map(|id| id.to_string()),
        MessageId::parse(text).map(|id| id.to_string()),
        PhoneNumberId::parse(text).map(|id| id.to_string()),
        WebhookId::parse(text).map(|id| id.to_string()),
    ];
    for id in ids.into_iter().flatten() {
        assert_eq!(id, text);
        assert!(!id.is_empty() && id.len() <= MAX_ID_LENGTH && id != "." && id != "..");
        assert!(!id.contains(['/', '\\', ',', '?', '#', '%', ' ', '\n', '\0']));
    }
    if let Ok(key) = ApiKey::new(&SecretString::new(text.to_owned())) {
        assert_eq!(format!("{key:?}"), "ApiKey([redacted])");
    }
});
