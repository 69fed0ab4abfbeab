//! Under which conditions a key opens its workspace: what the plan has, whether it is paid, and how far the
//! carriers' registration is. They come after the key's name, one per dot, in any order.

/// The conditions of one key; the default is a business in good standing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Plan {
    /// No summaries and transcripts: they are absent.
    pub(crate) without_transcripts: bool,
    /// No prepaid credits: a text, and a registration, cannot be paid.
    pub(crate) without_credits: bool,
    pub(crate) expired: bool,
    pub(crate) a2p: A2p,
}

/// How far the registration with the carriers is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum A2p {
    #[default]
    Approved,
    Pending,
    Rejected,
    /// There is none until one is made.
    Missing,
}

impl Plan {
    /// Reads the words after a key's name. `None` for an unknown word, or two that exclude each other.
    pub(crate) fn parse<'a>(words: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut plan = Self::default();
        for word in words {
            let before = plan;
            match word {
                "no-transcripts" => plan.without_transcripts = true,
                "no-credits" => plan.without_credits = true,
                "expired" => plan.expired = true,
                "a2p-pending" if before.a2p == A2p::Approved => plan.a2p = A2p::Pending,
                "a2p-rejected" if before.a2p == A2p::Approved => plan.a2p = A2p::Rejected,
                "a2p-missing" if before.a2p == A2p::Approved => plan.a2p = A2p::Missing,
                _ => return None,
            }
            // Each word once.
            if plan == before {
                return None;
            }
        }
        Some(plan)
    }
}
