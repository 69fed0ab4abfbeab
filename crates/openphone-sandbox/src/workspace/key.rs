//! Which API keys exist: `sandbox-key-workspace-alpha`, `-bravo`, `-<n>` and `-large`.

/// The workspace that a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum WorkspaceKey {
    Alpha,
    Bravo,
    Numbered(u32),
    Large,
}

impl WorkspaceKey {
    /// Reads the raw `Authorization` value. Exactly as written: a `Bearer` prefix, spaces or leading zeros
    /// make it another, unknown key.
    pub(crate) fn parse(key: &str) -> Option<Self> {
        match key.strip_prefix("sandbox-key-workspace-")? {
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
    use super::WorkspaceKey;

    #[test]
    fn only_the_documented_keys_open_a_workspace() {
        let parse = |suffix: &str| WorkspaceKey::parse(&format!("sandbox-key-workspace-{suffix}"));
        assert_eq!(parse("alpha"), Some(WorkspaceKey::Alpha));
        assert_eq!(parse("bravo"), Some(WorkspaceKey::Bravo));
        assert_eq!(parse("large"), Some(WorkspaceKey::Large));
        assert_eq!(parse("0"), Some(WorkspaceKey::Numbered(0)));
        assert_eq!(parse("4294967295"), Some(WorkspaceKey::Numbered(u32::MAX)));
        for wrong in ["", "Alpha", "01", "+1", "-1", "1 ", "4294967296", "charlie"] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
        assert_eq!(WorkspaceKey::parse("Bearer sandbox-key-workspace-alpha"), None);
    }
}
