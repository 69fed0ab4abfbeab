//! What a sealed token is for: part of the sub-key, of the associated data and of the token's own text.

/// One kind of sealed thing, such as an access token. Declare each as a `const`.
///
/// A token sealed for one purpose never opens for another: the sub-key, the associated data and the prefix all
/// differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Purpose {
    prefix: &'static str,
    label: &'static str,
    max_token: usize,
}

impl Purpose {
    /// Longest token of a purpose that sets no limit of its own, in bytes. A request header carries it easily.
    pub const DEFAULT_MAX_TOKEN: usize = 4096;

    /// A purpose whose tokens begin with `prefix` (1 to 16 of `a-z0-9`, so that secret scanners find leaked
    /// tokens) and whose keys are derived for `label` (1 to 64 bytes, never changed once tokens exist).
    ///
    /// # Panics
    /// When either is malformed; in a `const`, that is a compile error.
    #[must_use]
    pub const fn new(prefix: &'static str, label: &'static str) -> Self {
        assert!(is_short_name(prefix), "a prefix is 1 to 16 of a-z0-9");
        assert!(!label.is_empty() && label.len() <= 64, "a label is 1 to 64 bytes");
        Self { prefix, label, max_token: Self::DEFAULT_MAX_TOKEN }
    }

    /// The same purpose with another limit on the length of a token, in bytes. The limit is checked before any
    /// other work on a token.
    #[must_use]
    pub const fn with_max_token(self, bytes: usize) -> Self {
        Self { max_token: bytes, ..self }
    }

    /// First part of each token.
    #[must_use]
    pub const fn prefix(&self) -> &'static str {
        self.prefix
    }

    /// What the sub-key is derived for.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        self.label
    }

    /// Longest token that opens, in bytes.
    #[must_use]
    pub const fn max_token(&self) -> usize {
        self.max_token
    }
}

/// Whether `text` is 1 to 16 characters of `a-z0-9`: no underscore, which separates the parts of a token.
pub(crate) const fn is_short_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        if !(bytes[index].is_ascii_lowercase() || bytes[index].is_ascii_digit()) {
            return false;
        }
        index += 1;
    }
    !bytes.is_empty() && bytes.len() <= 16
}
