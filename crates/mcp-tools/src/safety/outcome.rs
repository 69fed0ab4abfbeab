//! What became of one text, and the sentences in which it is told.

use crate::error::{ToolError, ToolErrorKind};
use crate::safety::ledger::State;

/// What became of one text.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was handed over, by this call or (`duplicate`) by an earlier one.
    Sent { message_id: String, status: String, duplicate: bool },
    /// It definitely did not go out.
    Failed(ToolError),
    /// It may have gone out.
    Unknown(ToolError),
    /// It was not tried.
    NotAttempted(ToolError),
}

impl Outcome {
    /// The same once more, for somebody who does not wait for the end of the batch.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Sent { message_id, status, duplicate } => {
                Self::Sent { message_id: message_id.clone(), status: status.clone(), duplicate: *duplicate }
            }
            Self::Failed(error) => Self::Failed(error.again()),
            Self::Unknown(error) => Self::Unknown(error.again()),
            Self::NotAttempted(error) => Self::NotAttempted(error.again()),
        }
    }
}

/// `None`: under way.
pub(super) fn outcome_of(state: &State) -> Option<Outcome> {
    Some(match state {
        State::Reserved => return None,
        State::Sent { message_id, status } => {
            Outcome::Sent { message_id: message_id.clone(), status: status.clone(), duplicate: true }
        }
        State::Failed { reason } => Outcome::Failed(
            ToolError::new(
                ToolErrorKind::Upstream,
                format!("Another call was sending the same text, and it failed: {reason}"),
                "Call again if it shall be tried once more.",
            )
            .nothing_sent(),
        ),
        State::Unknown { .. } => held_up(true),
    })
}

/// An earlier text to the recipient has no known outcome yet.
pub(super) fn held_up(same_text: bool) -> Outcome {
    if same_text {
        return Outcome::Unknown(
            ToolError::new(
                ToolErrorKind::OutcomeUnknown,
                "An earlier call handed this very text over, and it is not known yet whether it went out. OpenPhone does not show it so far.",
                "Repeat the very same call after a minute: it looks again, and sends only if the text did not go out.",
            )
            .perhaps_sent(),
        );
    }
    Outcome::NotAttempted(
        ToolError::new(
            ToolErrorKind::OutcomeUnknown,
            "An earlier text to this recipient may have gone out, and it is not known yet whether it did.",
            "Call again after a minute; until then nothing else is sent to this recipient.",
        )
        .nothing_sent(),
    )
}

pub(super) fn under_way() -> Outcome {
    Outcome::Unknown(
        ToolError::new(
            ToolErrorKind::OutcomeUnknown,
            "The text is still being handed over to OpenPhone; the time for this call is over.",
            "Repeat the very same call: it gives the outcome and does not send the text again.",
        )
        .perhaps_sent(),
    )
}

pub(super) fn not_reached(out_of_time: bool) -> ToolError {
    let (kind, what) = if out_of_time {
        (ToolErrorKind::TimedOut, "The time for this call was over before this text's turn.")
    } else {
        (ToolErrorKind::Cancelled, "The call ended before this text's turn.")
    };
    ToolError::new(kind, what, "Repeat the very same call: it goes on with what is unsent.").nothing_sent()
}

pub(super) fn given_up() -> ToolError {
    ToolError::new(
        ToolErrorKind::Cancelled,
        "Another call was about to send the same text, and gave up before it did.",
        "Call again.",
    )
    .nothing_sent()
}

pub(super) fn conflict() -> ToolError {
    ToolError::new(
        ToolErrorKind::KeyReused,
        "This idempotencyKey was used within the last 24 hours for another text, sender or recipient.",
        "Use a new idempotencyKey for a new text; to see the first result, repeat the first call exactly.",
    )
    .nothing_sent()
}
