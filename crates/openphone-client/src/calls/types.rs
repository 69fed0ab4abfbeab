//! What a call and its artefacts look like (dated surface).

use jiff::Timestamp;
use serde::Deserialize;

use crate::decode::{maybe, null_as_default};
use crate::id::{ActorId, CallId, PhoneNumberId, RecordingId, VoicemailId};
use crate::open_enum::{Direction, open_enum};
use crate::phone::Party;
use crate::redacted::Redacted;

/// A call.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Call {
    /// Its id.
    pub id: CallId,
    /// The inbox it belongs to.
    #[serde(default, deserialize_with = "maybe")]
    pub phone_number_id: Option<PhoneNumberId>,
    /// Who in the workspace it counts for.
    #[serde(default, deserialize_with = "maybe")]
    pub actor_id: Option<ActorId>,
    /// Sent or received.
    pub direction: Direction,
    /// How it went. Tell a missed call with [`Call::is_missed`].
    pub status: CallStatus,
    /// Every party, the Quo number included. May be empty.
    #[serde(default, deserialize_with = "null_as_default")]
    pub participants: Vec<CallParticipant>,
    /// When it was answered.
    #[serde(default, deserialize_with = "maybe")]
    pub answered_at: Option<Timestamp>,
    /// Who answered (incoming calls).
    #[serde(default, deserialize_with = "maybe")]
    pub answered_by: Option<ActorId>,
    /// Who placed it (outgoing calls).
    #[serde(default, deserialize_with = "maybe")]
    pub initiated_by: Option<ActorId>,
    /// When it ended.
    #[serde(default, deserialize_with = "maybe")]
    pub completed_at: Option<Timestamp>,
    /// When it began to ring.
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default, deserialize_with = "maybe")]
    pub updated_at: Option<Timestamp>,
    /// How it came in.
    #[serde(default, deserialize_with = "maybe")]
    pub call_route: Option<CallRoute>,
    /// Length in whole seconds.
    #[serde(rename = "duration", default, deserialize_with = "maybe")]
    pub duration_seconds: Option<u64>,
    /// Whom it was forwarded from: a number, a user or an inbox.
    #[serde(default, deserialize_with = "maybe")]
    pub forwarded_from: Option<Redacted<String>>,
    /// Whom it was forwarded to: a number, a user or an inbox.
    #[serde(default, deserialize_with = "maybe")]
    pub forwarded_to: Option<Redacted<String>>,
    /// Which machine took it, if one did.
    #[serde(default, deserialize_with = "maybe")]
    pub ai_handled: Option<AiHandled>,
    /// What was said, in short. Only when asked for ([`super::CallExtras`]).
    #[serde(default, deserialize_with = "maybe")]
    pub summary: Option<CallSummary>,
    /// What the caller left on the machine. Only when asked for, and absent when nothing was left.
    #[serde(default, deserialize_with = "maybe")]
    pub voicemail: Option<Voicemail>,
}

impl Call {
    /// Whether nobody took an incoming call. The API has no single status for it: it came in, was never
    /// answered, no machine took it and it was not forwarded.
    #[must_use]
    pub fn is_missed(&self) -> bool {
        self.direction == Direction::Incoming
            && self.answered_at.is_none()
            && self.ai_handled.is_none()
            && self.forwarded_to.is_none()
            && self.status != CallStatus::Forwarded
            && !self.status.is_in_progress()
    }
}

/// One party of a call.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CallParticipant {
    /// Its number.
    pub phone_number: Party,
    /// Who it is in the workspace, for a party of ours.
    #[serde(default, deserialize_with = "maybe")]
    pub actor_id: Option<ActorId>,
}

open_enum! {
    /// How a call stands or went.
    pub enum CallStatus {
        /// Waiting to be placed.
        Queued = "queued",
        /// Being placed.
        Initiated = "initiated",
        /// Ringing.
        Ringing = "ringing",
        /// Going on.
        InProgress = "in-progress",
        /// Over.
        Completed = "completed",
        /// The other side was busy.
        Busy = "busy",
        /// It could not be placed.
        Failed = "failed",
        /// Nobody answered.
        NoAnswer = "no-answer",
        /// Ended before it was answered, by us.
        Canceled = "canceled",
        /// Came in, nobody took it.
        Missed = "missed",
        /// Was answered.
        Answered = "answered",
        /// Was forwarded.
        Forwarded = "forwarded",
        /// The caller gave up.
        Abandoned = "abandoned",
    }
}

impl CallStatus {
    /// Whether the call is not over yet.
    #[must_use]
    pub fn is_in_progress(&self) -> bool {
        matches!(self, Self::Queued | Self::Initiated | Self::Ringing | Self::InProgress)
    }
}

open_enum! {
    /// How an incoming call came in.
    pub enum CallRoute {
        /// Straight to the number.
        PhoneNumber = "phone-number",
        /// Through the phone menu.
        PhoneMenu = "phone-menu",
    }
}

open_enum! {
    /// Which machine took a call.
    pub enum AiHandled {
        /// The AI agent.
        AiAgent = "ai-agent",
    }
}

open_enum! {
    /// How far a summary, transcript or voicemail is. They are made within minutes after the call.
    pub enum WorkStatus {
        /// There is none and will be none.
        Absent = "absent",
        /// Being made.
        InProgress = "in-progress",
        /// Ready.
        Completed = "completed",
        /// It could not be made.
        Failed = "failed",
    }
}

open_enum! {
    /// Whose call a summary is about.
    pub enum SummaryAuthor {
        /// A call that a person took.
        Human = "human",
        /// A call that the AI agent took.
        Agent = "agent",
    }
}

/// What was said in a call, in short.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CallSummary {
    /// How far it is.
    pub status: WorkStatus,
    /// Whose call it is about.
    #[serde(rename = "type", default, deserialize_with = "maybe")]
    pub author: Option<SummaryAuthor>,
    /// A headline.
    #[serde(default, deserialize_with = "maybe")]
    pub title: Option<Redacted<String>>,
    /// The points.
    #[serde(default, deserialize_with = "null_as_default")]
    pub summary: Vec<Redacted<String>>,
    /// What is to be done.
    #[serde(default, deserialize_with = "null_as_default")]
    pub next_steps: Vec<Redacted<String>>,
    /// What the AI agent did.
    #[serde(default, deserialize_with = "null_as_default")]
    pub jobs: Vec<SummaryJob>,
}

/// One job that the AI agent did in a call.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct SummaryJob {
    /// What it is called.
    pub name: Redacted<String>,
    /// What it found out, as names and values.
    #[serde(default, deserialize_with = "job_fields", rename = "result")]
    pub fields: Vec<SummaryJobField>,
}

/// One thing that a job found out.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct SummaryJobField {
    /// What it is.
    pub name: Redacted<String>,
    /// The finding: a text, number or boolean.
    pub value: Redacted<serde_json::Value>,
}

fn job_fields<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<SummaryJobField>, D::Error> {
    #[derive(Deserialize, Default)]
    struct Outcome {
        #[serde(default, deserialize_with = "null_as_default")]
        data: Vec<SummaryJobField>,
    }
    null_as_default::<D, Outcome>(deserializer).map(|outcome| outcome.data)
}

/// What a caller left on the machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Voicemail {
    /// Its id.
    pub id: Option<VoicemailId>,
    /// How far it is; until it is completed the rest may be missing.
    pub status: WorkStatus,
    /// Length in seconds.
    #[serde(rename = "duration", default, deserialize_with = "maybe")]
    pub duration_seconds: Option<f64>,
    /// Where it can be heard. Whoever holds the address can hear it, until it expires.
    #[serde(default, deserialize_with = "maybe")]
    pub recording_url: Option<Redacted<String>>,
    /// What was said.
    #[serde(default, deserialize_with = "maybe")]
    pub transcript: Option<Redacted<String>>,
}

/// One recording of a call.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Recording {
    /// Its id.
    pub id: RecordingId,
    /// How far it is.
    #[serde(default, deserialize_with = "maybe")]
    pub status: Option<RecordingStatus>,
    /// When it began.
    #[serde(default, deserialize_with = "maybe")]
    pub start_time: Option<Timestamp>,
    /// Length in seconds.
    #[serde(rename = "duration", default, deserialize_with = "maybe")]
    pub duration_seconds: Option<f64>,
    /// Where it can be heard. Whoever holds the address can hear it, until it expires.
    #[serde(default, deserialize_with = "maybe")]
    pub url: Option<Redacted<String>>,
    /// Media type, such as `audio/mpeg`.
    #[serde(rename = "type", default, deserialize_with = "maybe")]
    pub media_type: Option<String>,
}

open_enum! {
    /// How far a recording is.
    pub enum RecordingStatus {
        /// There is none.
        Absent = "absent",
        /// Ready.
        Completed = "completed",
        /// Somebody deleted it.
        Deleted = "deleted",
        /// It could not be made.
        Failed = "failed",
        /// The call is going on.
        InProgress = "in-progress",
        /// Paused.
        Paused = "paused",
        /// Being made.
        Processing = "processing",
        /// Stopped.
        Stopped = "stopped",
        /// About to stop.
        Stopping = "stopping",
    }
}

/// The transcript of one recording of a call.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TranscriptSegment {
    /// Which recording it is of.
    #[serde(default, deserialize_with = "maybe")]
    pub recording_id: Option<RecordingId>,
    /// How far it is.
    pub status: WorkStatus,
    /// When the recording began: the offsets of [`TranscriptSegment::dialogue`] count from here.
    #[serde(default, deserialize_with = "maybe")]
    pub start_time: Option<Timestamp>,
    /// When the transcript was made.
    #[serde(default, deserialize_with = "maybe")]
    pub created_at: Option<Timestamp>,
    /// Length in seconds.
    #[serde(rename = "duration", default, deserialize_with = "maybe")]
    pub duration_seconds: Option<f64>,
    /// Who said what, in order.
    #[serde(default, deserialize_with = "null_as_default")]
    pub dialogue: Vec<DialogueLine>,
}

/// One thing said.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DialogueLine {
    /// What was said.
    pub content: Redacted<String>,
    /// Begin, in seconds from the start of the segment.
    #[serde(rename = "start")]
    pub start_seconds: f64,
    /// End, in seconds from the start of the segment.
    #[serde(rename = "end")]
    pub end_seconds: f64,
    /// The number or name of who said it.
    #[serde(default, deserialize_with = "maybe")]
    pub identifier: Option<Party>,
    /// Who said it, for somebody of the workspace.
    #[serde(default, deserialize_with = "maybe")]
    pub actor_id: Option<ActorId>,
}
