//! The sorts of failure, each with its name on the wire and its meaning for docs.

/// What sort of failure it is: stable names for logs, metrics and tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ToolErrorKind {
    /// Arguments are wrong.
    InvalidArguments,
    /// The connection's limits or the workspace's settings do not allow it.
    NotAllowed,
    /// The person must answer a question first: [`ToolError::question`](super::ToolError::question).
    ConfirmationNeeded,
    /// A quota of this server is used up for now.
    LimitReached,
    /// It contradicts what is there: a contact with that number, a thread that went on since a preview.
    Conflict,
    /// The idempotency key was used with another text.
    KeyReused,
    /// Nothing with that id or name.
    NotFound,
    /// The same send is under way, or its outcome is not known yet.
    OutcomeUnknown,
    /// This server cannot keep its records, so it does not send.
    StoreUnavailable,
    /// The OpenPhone API refused or failed.
    Upstream,
    /// The OpenPhone API asked to slow down.
    RateLimited,
    /// The OpenPhone API no longer takes the key.
    KeyRefused,
    /// The time for the call is over.
    TimedOut,
    /// The caller took the call back.
    Cancelled,
}

impl ToolErrorKind {
    /// Every sort, in the order of the documentation.
    pub const ALL: [Self; 14] = [
        Self::InvalidArguments,
        Self::NotAllowed,
        Self::ConfirmationNeeded,
        Self::LimitReached,
        Self::Conflict,
        Self::KeyReused,
        Self::NotFound,
        Self::OutcomeUnknown,
        Self::StoreUnavailable,
        Self::Upstream,
        Self::RateLimited,
        Self::KeyRefused,
        Self::TimedOut,
        Self::Cancelled,
    ];

    /// The name in `_meta` of a failed result and in docs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidArguments => "invalid_arguments",
            Self::NotAllowed => "not_allowed",
            Self::ConfirmationNeeded => "confirmation_needed",
            Self::LimitReached => "limit_reached",
            Self::Conflict => "conflict",
            Self::KeyReused => "key_reused",
            Self::NotFound => "not_found",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::StoreUnavailable => "store_unavailable",
            Self::Upstream => "upstream",
            Self::RateLimited => "rate_limited",
            Self::KeyRefused => "key_refused",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
        }
    }

    /// What it means and what helps, as a sentence for docs.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::InvalidArguments => "Arguments are wrong; each is named with what is expected.",
            Self::NotAllowed => {
                "The limits of the connection, the server's policy or the workspace's settings do not allow it; connecting again with other limits may."
            }
            Self::ConfirmationNeeded => "The person has to approve it first; the answer says how to ask.",
            Self::LimitReached => "A quota of this server is used up; the answer says until when.",
            Self::Conflict => {
                "It contradicts what is there: a contact that exists, a thread that went on since its preview."
            }
            Self::KeyReused => "The idempotency key was used for another text.",
            Self::NotFound => "Nothing in reach has that id or name.",
            Self::OutcomeUnknown => {
                "It was handed over and the answer was lost; the answer says how to find out before it is done again."
            }
            Self::StoreUnavailable => "This server cannot reach its own records, so nothing was sent.",
            Self::Upstream => "OpenPhone refused or failed; its reason is in the answer.",
            Self::RateLimited => "Too many requests at once with this key; the key is fine.",
            Self::KeyRefused => "OpenPhone no longer accepts the key; the person has to connect again.",
            Self::TimedOut => "There was no answer in time.",
            Self::Cancelled => "The client took the call back.",
        }
    }
}
