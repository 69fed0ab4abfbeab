//! A typed client of the OpenPhone (Quo) REST API that is honest about failure.
//!
//! It sends a text at most once, keeps within the API's rate for each key, says of every failure whether
//! something may have happened, and keeps keys, numbers and texts out of logs.
//!
//! ```no_run
//! use openphone_client::messages::{ListMessages, SendMessage};
//! use openphone_client::{
//!     ApiKey, E164, ErrorKind, OpenPhone, PhoneNumberId, SecretString, recommended_http_client,
//! };
//!
//! # async fn run(pasted: String) -> Result<(), Box<dyn std::error::Error>> {
//! let openphone = OpenPhone::builder(recommended_http_client("my-program/1.0")?).build()?;
//! let workspace = openphone.with_key(ApiKey::new(&SecretString::new(pasted))?);
//!
//! let inbox = PhoneNumberId::parse("PN1a2b3c4d")?;
//! let text = SendMessage::new(inbox, E164::parse("+14155550101")?, "Your table is ready.");
//! match workspace.messages().send(&text).await {
//!     Ok(message) => println!("accepted as {}", message.id),
//!     Err(error) if error.kind() == ErrorKind::OutcomeUnknown => {
//!         // It may have gone out: look before sending again.
//!         let sent = ListMessages::new().to(text.to.clone()).limit(5);
//!         let _recent = workspace.messages().list(&sent).await?;
//!     }
//!     Err(error) => println!("not sent: {error}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # How it is laid out
//!
//! A [`Workspace`] is a client with one key; its resources ([`messages`], [`calls`], [`contacts`],
//! [`conversations`], [`phone_numbers`], [`users`], [`organization`], [`tasks`], [`webhooks`], [`a2p`]) are one
//! file or folder each, types and operations together. Underneath: `endpoint` (which surface of the API an
//! operation uses), `request` (a request as data), `transport` (the one way to send it), [`pacing`], `breaker`,
//! `verdict` (what an outcome means), [`retry`] (whether to repeat it), [`page`].
//!
//! Of other crates, the public interface names `reqwest::Client` (the HTTP client that is given), `url::Url`,
//! `http`'s status codes and headers, `jiff::Timestamp`, `serde_json::Value`, and tokio's `Instant` for
//! deadlines.
//!
//! # Adding an operation
//!
//! 1. A line in `endpoint.rs`: name, surface, route, and whether it may be written twice.
//! 2. A method on the resource that builds a `Request` and hands it to `Workspace::one` or `Workspace::page`;
//!    types of answers derive `Deserialize`, wrap what is personal in [`Redacted`] and what may gain values
//!    in an open enum.
//! 3. Its name beside its answer's type in the table of `fuzzing.rs`, what goes on the wire in `tests/it/wire/`,
//!    and the way there and back in `tests/it/round_trip/`, against the simulator.
//!
//! # What happens when something fails
//!
//! See the table in [`retry`]. Reads are repeated with jittered back-off inside a retry budget; an operation
//! that must not happen twice is repeated only when nothing was written, or after a 429. [`ErrorKind`] says
//! who has to do what.

pub mod a2p;
mod api_key;
mod breaker;
pub mod calls;
mod client;
pub mod contacts;
pub mod conversations;
mod decode;
mod endpoint;
mod error;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod headers;
mod http_client;
mod id;
pub mod messages;
pub mod observer;
mod open_enum;
pub mod organization;
pub mod pacing;
pub mod page;
mod phone;
pub mod phone_numbers;
mod redacted;
mod request;
pub mod retry;
mod setters;
pub mod tasks;
mod transport;
pub mod users;
mod verdict;
pub mod webhooks;

/// The programs in the guide for embedders are compiled and run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/embedding.md")]
mod embedding {}

pub use api_key::{ApiKey, InvalidApiKey};
pub use breaker::{BreakerSettings, UpstreamState};
pub use client::{BuildError, DEFAULT_BASE_URL, OpenPhone, OpenPhoneBuilder, Workspace};
pub use decode::Unreadable;
pub use endpoint::Effect;
pub use error::{Error, ErrorKind, FieldError, Reason};
pub use http_client::{http_client_builder, recommended_http_client};
pub use id::{
    ActivityId, ActorId, CallId, ContactId, ConversationId, DeliveryId, InvalidId, LegacyWebhookId,
    MAX_ID_LENGTH, MessageId, NoteId, OrganizationId, PhoneNumberId, PropertyId, RecordingId, RegistrationId,
    ShareTargetId, TaskId, UserId, VoicemailId, WebhookId,
};
pub use observer::Observer;
pub use open_enum::Direction;
pub use pacing::{LocalLimiter, RateLimiter, Refusal, TurnFor};
pub use page::{Budget, Cursor, Page};
pub use phone::{E164, InvalidE164, Party};
pub use redacted::Redacted;
pub use sealing::{Entropy, SecretString};
