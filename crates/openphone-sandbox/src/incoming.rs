//! What comes in from outside because a test says so: texts and calls. Texts to some numbers bring them about by
//! themselves (`workspace/numbers.rs`).

use jiff::Timestamp;

use crate::Sandbox;
use crate::workspace::{Arrival, CallRequest, Key, Media, Workspace, numbers};

/// A text that somebody writes to an inbox, with pictures or without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingMessage {
    from: String,
    inbox: String,
    text: String,
    media: Vec<Media>,
}

/// A call that somebody makes to an inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingCall {
    from: String,
    inbox: String,
    outcome: CallOutcome,
    words: Option<String>,
    participants_lost: bool,
}

/// What becomes of an incoming call after it rang.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallOutcome {
    /// The inbox's owner answers. Recorded, with transcript and summary.
    Answered,
    /// The AI agent answers. Recorded, with transcript and summary.
    AiHandled,
    /// Nobody answers.
    Missed,
    /// Nobody answers, and the caller leaves a voicemail.
    Voicemail,
    /// It is forwarded to the inbox's owner.
    Forwarded,
    /// The caller hangs up in the phone menu.
    Abandoned,
}

/// Why nothing came in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IncomingError {
    /// The key opens no workspace.
    #[error("the key opens no workspace")]
    UnknownKey,
    /// The workspace has no such inbox.
    #[error("the workspace has no inbox {0}")]
    UnknownInbox(String),
    /// The caller or sender is nothing that a text or call can be from.
    #[error("{0} is no phone number in E.164, no short code of 3 to 8 digits and no word such as Anonymous")]
    NotAParty(String),
}

impl IncomingMessage {
    /// A text from a number, a short code or a word such as `Anonymous` to an inbox, which goes by its id or its
    /// number.
    #[must_use]
    pub fn new(from: impl Into<String>, inbox: impl Into<String>, text: impl Into<String>) -> Self {
        Self { from: from.into(), inbox: inbox.into(), text: text.into(), media: Vec::new() }
    }

    /// With one more picture or other file: where it is, and its content type such as `image/jpeg`, which the API
    /// does not always know.
    #[must_use]
    pub fn with_media(mut self, url: impl Into<String>, content_type: Option<&str>) -> Self {
        self.media.push(Media { url: url.into(), content_type: content_type.map(str::to_owned) });
        self
    }
}

impl IncomingCall {
    /// A call from a number, a short code or a word such as `Anonymous` to an inbox, which goes by its id or its
    /// number.
    #[must_use]
    pub fn new(from: impl Into<String>, inbox: impl Into<String>, outcome: CallOutcome) -> Self {
        Self { from: from.into(), inbox: inbox.into(), outcome, words: None, participants_lost: false }
    }

    /// What the caller says: the voicemail, or their part of the transcript. Default: that they got a text.
    #[must_use]
    pub fn saying(mut self, words: impl Into<String>) -> Self {
        self.words = Some(words.into());
        self
    }

    /// Without `participants` on v1 and in the legacy webhooks, as the real API was seen to show some calls.
    #[must_use]
    pub fn without_participants(mut self) -> Self {
        self.participants_lost = true;
        self
    }
}

impl Sandbox {
    /// Lets a call ring in a key's workspace; its id. The rest happens by itself, at the pace of
    /// [`Calling`](crate::Calling). Must be called on a tokio runtime with time.
    ///
    /// # Errors
    /// When there is no such workspace or inbox, or nobody can call as this caller.
    pub fn incoming_call(&self, key: &str, call: IncomingCall) -> Result<String, IncomingError> {
        let IncomingCall { from, inbox, outcome, words, participants_lost } = call;
        self.incoming(key, from, &inbox, |workspace, phone_number_id, from, now| {
            workspace.ring(CallRequest { phone_number_id, from, outcome, words, participants_lost }, now)
        })
    }

    /// Lets a text arrive in a key's workspace; its id. Must be called on a tokio runtime with time.
    ///
    /// # Errors
    /// When there is no such workspace or inbox, or nobody can write as this sender.
    pub fn incoming_message(&self, key: &str, message: IncomingMessage) -> Result<String, IncomingError> {
        let IncomingMessage { from, inbox, text, media } = message;
        self.incoming(key, from, &inbox, |workspace, phone_number_id, from, now| {
            workspace.receive(Arrival { phone_number_id, from, text, media }, now)
        })
    }

    /// As [`incoming_message`](Self::incoming_message), of words alone.
    ///
    /// # Errors
    /// As there.
    pub fn incoming_text(
        &self,
        key: &str,
        from: &str,
        inbox: &str,
        text: &str,
    ) -> Result<String, IncomingError> {
        self.incoming_message(key, IncomingMessage::new(from, inbox, text))
    }

    /// Lets something come from a party to an inbox once both are known to be right.
    fn incoming(
        &self,
        key: &str,
        from: String,
        inbox: &str,
        arrive: impl FnOnce(&mut Workspace, String, String, Timestamp) -> String,
    ) -> Result<String, IncomingError> {
        let workspace = Key::parse(key).ok_or(IncomingError::UnknownKey)?.workspace;
        if !numbers::is_party(&from) {
            return Err(IncomingError::NotAParty(from));
        }
        self.cell(workspace).change(|workspace, now| {
            let unknown = || IncomingError::UnknownInbox(inbox.to_owned());
            let id = workspace.inbox_by_id_or_number(inbox).ok_or_else(unknown)?.id.clone();
            Ok(arrive(workspace, id, from, now))
        })
    }
}
