//! Which API keys exist: `sandbox-key-workspace-alpha`, `-bravo`, `-<n>` and `-large`, each alone or with
//! conditions after it, such as `sandbox-key-workspace-alpha.no-credits`.

use super::Plan;

/// What a key opens, and under which conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) workspace: WorkspaceKey,
    pub(crate) plan: Plan,
}

/// The workspace that a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum WorkspaceKey {
    Alpha,
    Bravo,
    Numbered(u32),
    Large,
}

impl Key {
    /// Reads the raw `Authorization` value. Exactly as written: a `Bearer` prefix, spaces or leading zeros
    /// make it another, unknown key.
    pub(crate) fn parse(key: &str) -> Option<Self> {
        let mut words = key.strip_prefix("sandbox-key-workspace-")?.split('.');
        let workspace = WorkspaceKey::named(words.next()?)?;
        Some(Self { workspace, plan: Plan::parse(words)? })
    }
}

impl WorkspaceKey {
    fn named(name: &str) -> Option<Self> {
        match name {
            "alpha" => Some(Self::Alpha),
            "bravo" => Some(Self::Bravo),
            "large" => Some(Self::Large),
            digits => {
                let canonical =
                    digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
                digits.parse().ok().filter(|_| canonical).map(Self::Numbered)
            }
        }
    }

    /// What all ids and contents of the workspace derive from.
    pub(crate) fn seed(self) -> u64 {
        match self {
            Self::Alpha => u64::from_be_bytes(*b"ws-alpha"),
            Self::Bravo => u64::from_be_bytes(*b"ws-bravo"),
            Self::Large => u64::from_be_bytes(*b"ws-large"),
            Self::Numbered(number) => u64::from_be_bytes(*b"ws-0\0\0\0\0") | u64::from(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Plan, WorkspaceKey};
    use crate::workspace::plan::A2p;

    #[test]
    fn only_the_documented_keys_open_a_workspace() {
        let parse = |suffix: &str| {
            Key::parse(&format!("sandbox-key-workspace-{suffix}")).map(|key| {
                assert_eq!(key.plan, Plan::default());
                key.workspace
            })
        };
        assert_eq!(parse("alpha"), Some(WorkspaceKey::Alpha));
        assert_eq!(parse("bravo"), Some(WorkspaceKey::Bravo));
        assert_eq!(parse("large"), Some(WorkspaceKey::Large));
        assert_eq!(parse("0"), Some(WorkspaceKey::Numbered(0)));
        assert_eq!(parse("4294967295"), Some(WorkspaceKey::Numbered(u32::MAX)));
        for wrong in ["", "Alpha", "01", "+1", "-1", "1 ", "4294967296", "charlie", "alpha.", ".alpha"] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
        assert_eq!(Key::parse("Bearer sandbox-key-workspace-alpha"), None);
    }

    #[test]
    fn conditions_come_after_the_name_in_any_order_and_once() {
        let parse = |suffix: &str| Key::parse(&format!("sandbox-key-workspace-7{suffix}"));
        let all = Plan { without_transcripts: true, without_credits: true, expired: true, a2p: A2p::Pending };
        for suffix in [
            ".no-transcripts.no-credits.expired.a2p-pending",
            ".a2p-pending.expired.no-credits.no-transcripts",
        ] {
            assert_eq!(parse(suffix).map(|key| key.plan), Some(all));
            assert_eq!(parse(suffix).map(|key| key.workspace), Some(WorkspaceKey::Numbered(7)));
        }
        for wrong in [".expired.expired", ".a2p-pending.a2p-missing", ".EXPIRED", ".expired ", ".free", ".."]
        {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }
}
