//! What comes in from outside because a test says so: texts and calls. Texts to some numbers bring them about by
//! themselves (`workspace/numbers.rs`).

use jiff::Timestamp;

use crate::Sandbox;
use crate::workspace::{CallRequest, Key, Workspace, numbers};

/// A call that somebody makes to an inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingCall {
    from: String,
    inbox: String,
    outcome: CallOutcome,
    words: Option<String>,
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
    /// The caller or sender is not a phone number in E.164.
    #[error("{0} is not a phone number in E.164")]
    NotANumber(String),
}

impl IncomingCall {
    /// A call from a number to an inbox, which goes by its id or its number.
    #[must_use]
    pub fn new(from: impl Into<String>, inbox: impl Into<String>, outcome: CallOutcome) -> Self {
        Self { from: from.into(), inbox: inbox.into(), outcome, words: None }
    }

    /// What the caller says: the voicemail, or their part of the transcript. Default: that they got a text.
    #[must_use]
    pub fn saying(mut self, words: impl Into<String>) -> Self {
        self.words = Some(words.into());
        self
    }
}

impl Sandbox {
    /// Lets a call ring in a key's workspace; its id. The rest happens by itself, at the pace of
    /// [`Calling`](crate::Calling). Must be called on a tokio runtime with time.
    ///
    /// # Errors
    /// When there is no such workspace or inbox, or the caller is not a phone number.
    pub fn incoming_call(&self, key: &str, call: IncomingCall) -> Result<String, IncomingError> {
        let IncomingCall { from, inbox, outcome, words } = call;
        self.incoming(key, &from, |workspace, now| {
            let inbox =
                workspace.inbox_by_id_or_number(&inbox).ok_or(IncomingError::UnknownInbox(inbox.clone()))?;
            let phone_number_id = inbox.id.clone();
            Ok(workspace.ring(CallRequest { phone_number_id, from: from.clone(), outcome, words }, now))
        })
    }

    /// Lets a text arrive in a key's workspace; its id. Must be called on a tokio runtime with time.
    ///
    /// # Errors
    /// When there is no such workspace or inbox, or the sender is not a phone number.
    pub fn incoming_text(
        &self,
        key: &str,
        from: &str,
        inbox: &str,
        text: &str,
    ) -> Result<String, IncomingError> {
        self.incoming(key, from, |workspace, now| {
            let inbox = workspace
                .inbox_by_id_or_number(inbox)
                .ok_or(IncomingError::UnknownInbox(inbox.to_owned()))?;
            let (id, number) = (inbox.id.clone(), inbox.number.clone());
            Ok(workspace.receive(&id, &number, from, text, now))
        })
    }

    fn incoming(
        &self,
        key: &str,
        from: &str,
        arrive: impl FnOnce(&mut Workspace, Timestamp) -> Result<String, IncomingError>,
    ) -> Result<String, IncomingError> {
        let workspace = Key::parse(key).ok_or(IncomingError::UnknownKey)?.workspace;
        if !numbers::is_e164(from) {
            return Err(IncomingError::NotANumber(from.to_owned()));
        }
        self.cell(workspace).change(arrive)
    }
}
