//! Every decoder of this crate, to be fed with anything: by the fuzz targets (`fuzz/`, with `--cfg fuzzing`),
//! and by the property tests below, which every test run has.
//!
//! A new type of answer is a row in [`DECODERS`], and so is what each operation answers with: the tests in
//! `schemas` hold the types against the API's own descriptions.

#[cfg(test)]
mod schemas;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::endpoint::Effect;
use crate::error::Error;
use crate::verdict::{self, Answer, Outcome};
use crate::{
    a2p, calls, contacts, conversations, decode, messages, organization, phone_numbers, tasks, users,
    webhooks,
};

/// How one kind of answer is read.
#[derive(Debug)]
pub struct Decoder {
    /// The function and the type.
    pub name: &'static str,
    /// The operations that are answered so.
    #[cfg(test)]
    pub(crate) operations: &'static [&'static crate::endpoint::Operation],
    /// Reads bytes; whatever comes of it is printed, as a log would.
    pub decode: fn(&[u8]) -> Result<String, serde_json::Error>,
}

macro_rules! decoders {
    ($($how:ident $(<$kind:ty>)?: $($(#[$when:meta])* $operation:ident),+;)+) => {
        /// One for each type that an operation answers with.
        pub const DECODERS: &[Decoder] = &[$(
            Decoder {
                name: concat!(stringify!($how), $(" ", stringify!($kind))?),
                #[cfg(test)]
                operations: &[$($(#[$when])* &crate::endpoint::$operation),+],
                decode: |body| decode::$how$(::<$kind>)?(body).map(|value| format!("{value:?}")),
            },
        )+];
    };
}

decoders! {
    one<messages::Message>: SEND_MESSAGE, GET_MESSAGE;
    many<messages::Message>: LIST_MESSAGES;
    one<calls::Call>: GET_CALL;
    many<calls::Call>: LIST_CALLS;
    many<calls::TranscriptSegment>: LIST_CALL_TRANSCRIPTS;
    many<calls::Recording>: LIST_CALL_RECORDINGS;
    one<contacts::Contact>: CREATE_CONTACT, GET_CONTACT, UPDATE_CONTACT;
    many<contacts::Contact>: LIST_CONTACTS;
    one<Vec<contacts::CustomFieldDefinition>>: LIST_CUSTOM_FIELDS;
    one<contacts::Note>: CREATE_CONTACT_NOTE, GET_CONTACT_NOTE, UPDATE_CONTACT_NOTE;
    many<contacts::Note>: LIST_CONTACT_NOTES;
    one<contacts::Property>: CREATE_CONTACT_PROPERTY, GET_CONTACT_PROPERTY, UPDATE_CONTACT_PROPERTY;
    many<contacts::Property>: LIST_CONTACT_PROPERTIES;
    many<contacts::ContactShare>: LIST_CONTACT_SHARES;
    one<conversations::Conversation>: MARK_CONVERSATION_READ, MARK_CONVERSATION_DONE, MARK_CONVERSATION_OPEN;
    many<conversations::Conversation>: LIST_CONVERSATIONS, LIST_RECENT_CONVERSATIONS;
    one<phone_numbers::PhoneNumber>: GET_PHONE_NUMBER;
    many<phone_numbers::PhoneNumber>: LIST_PHONE_NUMBERS, LIST_USER_PHONE_NUMBERS;
    many<phone_numbers::InboxMember>: LIST_PHONE_NUMBER_USERS;
    one<phone_numbers::AvailableNumbers>: SEARCH_PHONE_NUMBERS;
    one<users::User>: GET_USER;
    many<users::User>: LIST_USERS;
    one<organization::Organization>: GET_ORGANIZATION;
    one<tasks::Task>: GET_TASK;
    many<tasks::Task>: LIST_TASKS;
    one<tasks::TaskChange>: CREATE_TASK, UPDATE_TASK, SET_TASK_STATUS, LINK_TASK, UNLINK_TASK, ASSIGN_TASK,
        UNASSIGN_TASK, SET_TASK_DUE_DATE, REMOVE_TASK_DUE_DATE;
    one<webhooks::Webhook>: GET_WEBHOOK, UPDATE_WEBHOOK;
    one<Vec<webhooks::Webhook>>: LIST_WEBHOOKS;
    one<webhooks::NewlyMadeWebhook>: CREATE_WEBHOOK;
    one<webhooks::RotatedSecret>: ROTATE_WEBHOOK_SECRET;
    many<webhooks::Delivery>: LIST_WEBHOOK_DELIVERIES;
    one<webhooks::DeliveryDetails>: GET_WEBHOOK_DELIVERY;
    bare<webhooks::WebhookEvent>: TEST_WEBHOOK;
    one<webhooks::LegacyWebhook>: GET_LEGACY_WEBHOOK, CREATE_MESSAGE_WEBHOOK, CREATE_CALL_WEBHOOK,
        CREATE_CALL_SUMMARY_WEBHOOK, CREATE_CALL_TRANSCRIPT_WEBHOOK;
    one<Vec<webhooks::LegacyWebhook>>: LIST_LEGACY_WEBHOOKS;
    one<a2p::A2pRegistration>: GET_A2P_REGISTRATION,
        #[cfg(feature = "a2p-submission")] CREATE_A2P_REGISTRATION,
        #[cfg(feature = "a2p-submission")] UPDATE_A2P_REGISTRATION,
        #[cfg(feature = "a2p-submission")] SUBMIT_A2P_REGISTRATION;
    done: RETRY_MESSAGE, DELETE_CONTACT, DELETE_CONTACT_NOTE, DELETE_CONTACT_PROPERTY, DELETE_TASK, DELETE_WEBHOOK,
        RETRY_WEBHOOK_DELIVERY, DELETE_LEGACY_WEBHOOK;
}

/// Runs every decoder.
pub fn decode_all(body: &[u8]) {
    for decoder in DECODERS {
        // Bytes that are no answer are refused; that nothing panics is what is asked.
        let _ = (decoder.decode)(body);
    }
}

/// Judges an answer of any status, with these texts as its headers, for an operation that reads, one that sets and
/// one that must not happen twice. Returns the errors.
pub fn judge_all(status: u16, headers: &[(&str, &[u8])], body: &[u8], key: &str) -> Vec<Error> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let headers: HeaderMap = headers
        .iter()
        .filter_map(|(name, value)| {
            Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_bytes(value).ok()?))
        })
        .collect();
    [Effect::Read, Effect::Set, Effect::Once]
        .into_iter()
        .filter_map(|effect| {
            let body = Ok(bytes::Bytes::copy_from_slice(body));
            let outcome = Outcome::Answer(Answer { status, headers: headers.clone(), body });
            let judged = verdict::judge(outcome, effect, decode::one::<messages::Message>, key);
            judged.err().map(|failure| failure.error)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;
    use crate::ErrorKind;

    /// Any JSON, with the names and words that the API uses, so that it gets past the first member.
    fn json() -> impl Strategy<Value = Value> {
        let words = prop::sample::select(vec![
            "AC1",
            "CN1",
            "PN1",
            "US1",
            "TK1",
            "WH1",
            "RG1",
            "7",
            "incoming",
            "open",
            "2026-01-01T00:00:00Z",
            "0900",
            "2500",
            "+14155550101",
            "*",
            "whsec_AAAA",
            "",
        ]);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            words.prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        let names = prop::sample::select(vec![
            "data",
            "id",
            "taskId",
            "revision",
            "direction",
            "status",
            "createdAt",
            "from",
            "to",
            "text",
            "participants",
            "defaultFields",
            "firstName",
            "customFields",
            "type",
            "value",
            "name",
            "key",
            "error",
            "message",
            "code",
            "title",
            "errors",
            "path",
            "trace",
            "nextCursor",
            "events",
            "resourceIds",
            "url",
            "businessHours",
            "schedule",
            "monday",
            "start",
            "end",
            "resource",
            "context",
            "object",
            "draft",
        ]);
        leaf.prop_recursive(6, 64, 8, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((names.clone(), inner), 0..10).prop_map(|members| {
                    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
                    Value::Object(members.collect::<Map<_, _>>())
                }),
            ]
        })
    }

    /// The fuzz targets' seeds are answers with everything in them, and what is personal says so. Each is read by
    /// one decoder at least, and none prints it.
    #[test]
    fn nothing_personal_is_printed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds/decoders");
        let mut unread: BTreeSet<&str> = DECODERS.iter().map(|decoder| decoder.name).collect();
        let seeds = std::fs::read_dir(folder).expect("the seeds");
        for seed in seeds {
            let path = seed.expect("a seed").path();
            let one = std::fs::read(&path).expect("a seed");
            // A list of what the seed has one of, and the other way round.
            let value: Value = serde_json::from_slice(&one).expect("JSON");
            let many = match &value["data"] {
                Value::Array(items) => serde_json::json!({ "data": items[0] }),
                item => serde_json::json!({ "data": [item], "nextCursor": null }),
            };
            let mut read = 0;
            for Decoder { name, decode, .. } in DECODERS {
                for body in [&one, &many.to_string().into_bytes()] {
                    let Ok(printed) = decode(body) else { continue };
                    read += usize::from(*name != "done");
                    unread.remove(name);
                    for personal in ["private", "+1415555", "555-01", "example.com"] {
                        assert!(!printed.contains(personal), "{name} of {}: {printed}", path.display());
                    }
                }
            }
            assert!(read > 0, "{} is no answer", path.display());
        }
        let no_seed = [
            "many contacts::ContactShare",
            "one tasks::TaskChange",
            "one Vec<contacts::CustomFieldDefinition>",
        ];
        unread.retain(|name| !no_seed.contains(name));
        assert!(unread.is_empty(), "no seed for {unread:?}");
    }

    proptest! {
        #[test]
        fn no_bytes_break_a_decoder(body: Vec<u8>) {
            decode_all(&body);
        }

        #[test]
        fn no_json_breaks_a_decoder(value in json(), wrapped: bool) {
            let value = if wrapped { serde_json::json!({ "data": value }) } else { value };
            decode_all(value.to_string().as_bytes());
        }

        /// Whatever comes back: an operation that must not happen twice is never said to be repeatable when
        /// it may have happened, the key is in no error, and a message is bounded.
        #[test]
        fn any_answer_is_judged_soundly(
            status in 200_u16..600, value in json(), broken in prop::option::of(0_usize..40),
            retry_after in ".{0,20}", budget in ".{0,20}",
        ) {
            const KEY: &str = "key-0123456789";
            let mut body = value.to_string().replace("message\":\"", "message\":\"key-0123456789 ").into_bytes();
            body.truncate(broken.unwrap_or(usize::MAX));
            let headers: [(&str, &[u8]); 2] =
                [("retry-after", retry_after.as_bytes()), ("ratelimit", budget.as_bytes())];
            let errors = judge_all(status, &headers, &body, KEY);
            prop_assert!(status < 300 || errors.len() == 3);
            if let [.., once] = &*errors {
                let may_have_happened = !(300..500).contains(&status) || status == 408 || (300..307).contains(&status);
                if may_have_happened {
                    prop_assert_eq!(once.kind(), ErrorKind::OutcomeUnknown);
                }
                prop_assert!(!(once.kind() == ErrorKind::OutcomeUnknown && once.is_retryable()));
            }
            for error in &errors {
                let printed = format!("{error} {error:?}");
                prop_assert!(!printed.contains(KEY), "{printed}");
                prop_assert!(error.message().is_none_or(|message| message.chars().count() <= 301));
            }
        }
    }
}
