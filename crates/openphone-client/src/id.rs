//! Typed identifiers: a message id cannot be passed where an inbox id is meant.
//!
//! An id is opaque past its prefix and no length is promised. What a caller gives is checked: the prefix, and that
//! the text can stand as one path segment and one item of a comma-separated filter. What the API gives is taken
//! as it is, unless it is empty: one odd id must not cost a page of fifty items. Ids name no person and may be
//! logged; phone numbers may not and live in [`crate::phone`].

use std::fmt;

/// Longest id that is accepted, in bytes. Ids seen in the wild have 10 to 34.
pub const MAX_ID_LENGTH: usize = 256;

/// Why a text is not an id of the kind asked for. Holds no part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {kind}: expected {expected}")]
pub struct InvalidId {
    kind: &'static str,
    expected: &'static str,
}

fn is_segment(text: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'\\' | b',' | b'?' | b'#' | b'%');
    !text.is_empty()
        && text.len() <= MAX_ID_LENGTH
        && text.bytes().all(plain)
        // A phone number in the place of an id must not be logged as one.
        && !text.starts_with('+')
        // `.` and `..` are instructions in a path, not names (RFC 3986 section 5.2.4).
        && text.bytes().any(|byte| byte != b'.')
}

macro_rules! typed_id {
    ($(#[$meta:meta])* $name:ident, prefixes: [$($prefix:literal),*], kind: $kind:literal, expected: $expected:literal) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Checks the prefix and that the rest is fit for a URL. Surrounding white space is refused.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                Self::try_from(text.to_owned())
            }

            /// The id as the API spells it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            fn accepts(text: &str) -> bool {
                let prefixes: &[&str] = &[$($prefix),*];
                is_segment(text)
                    && (prefixes.is_empty()
                        || prefixes.iter().any(|prefix| text.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty())))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                if Self::accepts(&text) {
                    Ok(Self(text))
                } else {
                    Err(InvalidId { kind: $kind, expected: $expected })
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::parse(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                if text.is_empty() {
                    return Err(serde::de::Error::custom("an empty id"));
                }
                Ok(Self(text))
            }
        }
    };
}

typed_id!(
    /// A Quo phone number, which the product also calls an inbox: `PN…`.
    PhoneNumberId, prefixes: ["PN"], kind: "a phone number id", expected: "PN followed by letters and digits"
);
typed_id!(
    /// A person in the workspace: `US…`.
    UserId, prefixes: ["US"], kind: "a user id", expected: "US followed by letters and digits"
);
typed_id!(
    /// Who acted: a person (`US…`) or a machine such as the AI agent (`SYU…`). Other prefixes are accepted,
    /// because new kinds of machine appear without notice.
    ActorId, prefixes: [], kind: "an actor id", expected: "US or SYU followed by letters and digits"
);
typed_id!(
    /// A message: `AC…`. Calls and messages share the prefix.
    MessageId, prefixes: ["AC"], kind: "a message id", expected: "AC followed by letters and digits"
);
typed_id!(
    /// A call: `AC…`. Calls and messages share the prefix.
    CallId, prefixes: ["AC"], kind: "a call id", expected: "AC followed by letters and digits"
);
typed_id!(
    /// An activity, which is a message or a call: `AC…`.
    ActivityId, prefixes: ["AC"], kind: "an activity id", expected: "AC followed by letters and digits"
);
typed_id!(
    /// A conversation: `CN…`.
    ConversationId, prefixes: ["CN"], kind: "a conversation id", expected: "CN followed by letters and digits"
);
typed_id!(
    /// A contact: no prefix, 24 hexadecimal digits today.
    ContactId, prefixes: [], kind: "a contact id", expected: "letters and digits"
);
typed_id!(
    /// A call recording: `CR…`.
    RecordingId, prefixes: ["CR"], kind: "a recording id", expected: "CR followed by letters and digits"
);
typed_id!(
    /// A voicemail: `VM…`.
    VoicemailId, prefixes: ["VM"], kind: "a voicemail id", expected: "VM followed by letters and digits"
);
typed_id!(
    /// The organization (workspace) that a key belongs to: `OR…`.
    OrganizationId, prefixes: ["OR"], kind: "an organization id", expected: "OR followed by letters and digits"
);
typed_id!(
    /// A task: `TK…`.
    TaskId, prefixes: ["TK"], kind: "a task id", expected: "TK followed by letters and digits"
);
typed_id!(
    /// A note on a contact: no prefix.
    NoteId, prefixes: [], kind: "a note id", expected: "letters and digits"
);
typed_id!(
    /// A property of a contact, which is a phone number, an email address or a field that the workspace added:
    /// no prefix.
    PropertyId, prefixes: [], kind: "a property id", expected: "letters and digits"
);
typed_id!(
    /// Whom a contact is shared with: a person (`US…`), a group (`GR…`) or everyone (`OR…`).
    ShareTargetId, prefixes: ["US", "GR", "OR"], kind: "whom a contact is shared with",
    expected: "US, GR or OR followed by letters and digits"
);
typed_id!(
    /// A webhook of today's kind: digits.
    WebhookId, prefixes: [], kind: "a webhook id", expected: "digits"
);
typed_id!(
    /// A webhook of the old kind: `WH…`.
    LegacyWebhookId, prefixes: ["WH"], kind: "an old webhook's id", expected: "WH followed by letters and digits"
);
typed_id!(
    /// A delivery of a webhook: `msg_…`. Also the header `webhook-id` of what was delivered.
    DeliveryId, prefixes: [], kind: "a delivery id", expected: "msg_ followed by letters and digits"
);
typed_id!(
    /// The registration with the carriers: `RG…`.
    RegistrationId, prefixes: ["RG"], kind: "a registration id", expected: "RG followed by letters and digits"
);

impl ActorId {
    /// The person who acted; `None` for a machine.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        UserId::parse(&self.0).ok()
    }
}

impl From<UserId> for ActorId {
    fn from(user: UserId) -> Self {
        Self(user.0)
    }
}

impl From<MessageId> for ActivityId {
    fn from(id: MessageId) -> Self {
        Self(id.0)
    }
}

impl From<CallId> for ActivityId {
    fn from(id: CallId) -> Self {
        Self(id.0)
    }
}
