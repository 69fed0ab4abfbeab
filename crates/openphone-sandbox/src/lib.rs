//! A simulated OpenPhone (Quo) API in the process, with seeded fictional workspaces and faults to switch on.
//!
//! It answers as `api.openphone.com` does: the v1 surface under `/v1`, the dated one (`2026-03-30`) at the
//! root, raw keys in `Authorization`, ten requests a second per key, the error shapes, cursors and quirks of
//! the real one. It imports nothing of this workspace, so that it can check the client that is written beside
//! it. Nothing leaves the machine: a text is sent to nobody, and webhooks are delivered to loopback addresses only.
//!
//! # Keys
//!
//! | Key | Workspace |
//! |---|---|
//! | `sandbox-key-workspace-alpha` | a plumbing company; its contacts are `+1 415 555 0101` to `0120` |
//! | `sandbox-key-workspace-bravo` | a dental practice; its contacts are `+1 206 555 0101` to `0120` |
//! | `sandbox-key-workspace-<n>` | `n` from 0 to 4294967295, without leading zeros: another business, built on first use |
//! | `sandbox-key-workspace-large` | a company with 200 inboxes, 50,000 contacts, 500,000 messages; see below |
//!
//! A key may be followed by conditions, each after a dot and in any order. They change what the key is told, not
//! the workspace: `sandbox-key-workspace-7.no-credits` sees what `sandbox-key-workspace-7` sees and did.
//!
//! | After the key | Means |
//! |---|---|
//! | `.no-transcripts` | a plan without summaries and transcripts: all are `absent`, and webhooks made with it are told of none |
//! | `.no-credits` | a text is refused with 402 `0200402`; a registration cannot be paid (402) |
//! | `.expired` | the subscription has expired: v1's messages, and a text on either surface, answer 402 `0201402` (no code on the dated one); the organization says so |
//! | `.a2p-pending` | the carriers have not approved the business: a text to `+1` is refused with 400 `0206400` |
//! | `.a2p-rejected` | the same, for good |
//! | `.a2p-missing` | the same, until it is registered: one minute of the clock after that is submitted it is approved |
//!
//! # The large workspace
//!
//! Its past is computed and not stored: each of its three years' messages and calls follows from its index alone,
//! so that it opens at once and takes the memory of its users and inboxes. Every list, filter and cursor works as
//! elsewhere, and costs about what it returns; a filter that names neither inbox, party, user nor time may look
//! at more than it shows. What is sent, created, changed or deleted lies over it, within [`Limits`]. Its contacts'
//! numbers are `555-01xx` in all area codes, none of them one that behaves in a way of its own.
//! [`SandboxOptions::large_workspace`] takes other numbers.
//!
//! # Numbers that behave
//!
//! The last two digits of a `555-01xx` number decide, whatever the area code:
//!
//! | Number | A text to it |
//! |---|---|
//! | `…555 0101` | arrives, and is confirmed ("Yes, that works for me. See you then!") |
//! | `…555 0102` | arrives, and is answered with a question, twice |
//! | `…555 0103` | arrives, and is thanked for |
//! | `…555 0104` | arrives; the answer asks for a later time, then accepts |
//! | `…555 0105` | arrives; the answer asks who this is |
//! | `…555 0106` | arrives; a call comes back that nobody answers, with a voicemail |
//! | `…555 0107` | arrives; a call comes back and is answered, with recording, transcript and summary |
//! | `…555 0108` | arrives; a call comes back that nobody answers, without a voicemail |
//! | `…555 0109` | arrives; a call comes back, and the AI agent answers it |
//! | `…555 0110` | arrives; a call comes back and is forwarded to the inbox's owner |
//! | `…555 0111` | arrives; a call comes back, and the caller hangs up in the phone menu |
//! | `…555 0119` | is refused: the recipient has opted out (replied STOP) |
//! | `…555 0120` | ends `undelivered`: unreachable, switched off or disconnected |
//! | `…555 0191` | ends `failed` for good (a landline); v1 shows `undelivered` |
//! | `…555 0192` | ends `failed` without an error code: a retry delivers it |
//! | `…555 0193` | stays `sent` |
//! | `…555 0194` | is refused: carrier registration not approved (400 `0206400`) |
//! | `…555 0195` | is refused: daily cap reached (403 `0204403`) |
//! | `…555 0196` | is refused: subscription expired (402 `0201402`) |
//! | `…555 0197` | is refused: not enough prepaid credits (402 `0200402`) |
//! | `…555 0198` | is refused: international messaging is off (403) |
//! | one outside of North America | arrives from a business's first inbox, and is refused (403) from its second |
//! | anything not E.164 | ends `undelivered` |
//! | any other | arrives, and nobody answers |
//!
//! # What happens
//!
//! Texts travel, and calls ring, are answered or not, end, and leave behind a recording, a transcript, a summary
//! or a voicemail, each ready in its own time. [`SandboxOptions`] has the pace of it ([`Delivery`], [`Calling`]).
//! A test brings texts and calls about with [`Sandbox::incoming_message`] and [`Sandbox::incoming_call`]; over HTTP
//! alone, a text to one of the numbers above does.
//!
//! A task becomes overdue by itself, when the sandbox's clock passes the due date of an open one.
//!
//! Webhooks of both kinds are told of what happens, over real HTTP and signed: the dated ones as Standard Webhooks,
//! with a log, retries by hand and test events; the legacy ones with `openphone-signature`. What is not acknowledged
//! is tried again, eight times in all; [`SandboxOptions::first_webhook_retry`] makes the waits short. A webhook whose
//! URL is not plain `http` to `127.0.0.1`, `[::1]` or `localhost` is kept, and its deliveries fail.
//!
//! | Event | When |
//! |---|---|
//! | `message.received` | a text came in |
//! | `message.delivered`, `message.failed`, `message.undelivered` | one that was sent came to its end |
//! | `call.*` | a call took a step, or something that it left behind is ready |
//! | `contact.updated` | a contact was made or updated, or a property of it; notes are not told of |
//! | `contact.deleted` | it was deleted |
//! | `task.overdue` | an open task's due date passed; one that was given a past one is not told of |
//! | any other `task.*` | a task was really changed, on either surface: its revision grew |
//! | `integration.*` | never; nobody has described it, so that a test event is refused with a 400 |
//!
//! One change is one event: who makes a task for somebody, or gives it from one to another, causes no second one.
//!
//! # Faults
//!
//! [`Sandbox::faults`] arms faults from Rust. From any language, a request asks for one of its own with the header
//! `Sandbox-Fault`; a word that there is not is refused with a 400 in plain text that lists them all.
//!
//! | `Sandbox-Fault` | What happens |
//! |---|---|
//! | `too-many-requests` | 429 |
//! | `server-error` | 500 in the API's shape |
//! | `bad-gateway`, `unavailable` | 502 and 503 with a gateway's HTML page |
//! | `delay=250ms`, `delay=2s` | the right answer, late |
//! | `hang` | no answer, ever |
//! | `close-unread` | the connection closes before the body is read |
//! | `close`, `reset` | the connection ends once the whole request is in: in order, or with a TCP `RST` |
//! | `truncate` | the request is processed; half of the answer's body, then the connection closes |
//! | `malformed-json` | the request is processed; the body of the answer is no JSON |
//! | `revoked-key` | 401 |
//! | `plan-without-transcripts` | 403 |
//! | `a2p-not-approved` | 400 `0206400` |
//! | `subscription-expired`, `not-enough-credits` | 402 `0201402` and `0200402` |
//! | `daily-cap-reached` | 403 `0204403` |
//! | `international-messaging-off` | 403 |
//! | `open-tasks-limit` | 402 `0600402` (on the dated surface 403) |
//!
//! `truncate` and `malformed-json` close the connection where the answer has no body (a 204). What the API itself words
//! (429, 500 and those from `revoked-key` on) comes after version, key and budget, as on the real one: a wrong key
//! is told so.
//!
//! What happens before the request is processed can be told to happen after: `server-error; after-processing`.
//! `too-many-requests` and `unavailable` take `; retry-after=3`.
//!
//! # Use
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use openphone_sandbox::{CallOutcome, Fault, IncomingCall, On, Operation, Sandbox};
//!
//! let sandbox = Sandbox::start().await?;
//! let url = format!("{}/v1/phone-numbers", sandbox.base_url());
//! // … point the client under test at `base_url()` …
//! sandbox.faults().next(1, On::sends(), Fault::server_error().after_processing());
//! assert_eq!(sandbox.requests(Operation::SendMessageV1), 0);
//! assert!(sandbox.sent("sandbox-key-workspace-alpha").is_empty());
//! let call = IncomingCall::new("+14155550101", "+14155550150", CallOutcome::Missed);
//! sandbox.incoming_call("sandbox-key-workspace-alpha", call)?;
//! sandbox.stop().await;
//! # let _ = url;
//! # Ok(())
//! # }
//! ```

mod api;
mod cell;
mod courier;
mod faults;
mod incoming;
mod journal;
mod operation;
mod options;
mod sandbox;
mod seed;
mod server;
mod timers;
mod workspace;

pub use faults::{Fault, Faults, On};
pub use incoming::{CallOutcome, IncomingCall, IncomingError, IncomingMessage};
pub use journal::SentMessage;
pub use operation::Operation;
pub use options::{
    Calling, Delivery, ErrorForm, InvalidSize, Limits, SandboxOptions, V1ContactUpdate, V1Parameters,
    WorkspaceSize,
};
pub use sandbox::Sandbox;
pub use server::RunningSandbox;
