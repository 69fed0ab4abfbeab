//! [`Principal`]: who is asking, as far as the protocol must know.
//!
//! The crate never looks inside. It only has to tell whether two requests come from the same party, because what is
//! made for one (a session, a request state, a stream) must be worth nothing to another (`dual.same-principal`).

use std::borrow::Cow;
use std::sync::Arc;

/// Whoever the embedder's authentication found out. Cloned once per request.
///
/// Implemented for `()` (a server without authentication: everybody is the same party) and for strings.
///
/// ```
/// use std::borrow::Cow;
/// use mcp_protocol::Principal;
///
/// #[derive(Clone)]
/// struct User { id: String }
///
/// impl Principal for User {
///     fn owner(&self) -> Cow<'_, [u8]> {
///         Cow::Borrowed(self.id.as_bytes())
///     }
/// }
/// ```
pub trait Principal: Clone + Send + Sync + 'static {
    /// Bytes that are equal for the same party and differ for any two others, for example a user's or a grant's id.
    /// They must stay the same when a token is refreshed. Never a secret: they are compared and hashed, not hidden.
    fn owner(&self) -> Cow<'_, [u8]>;

    /// The principal of a request that reached a transport's `tower::Service` without one in its extensions. None, the
    /// default, means that this must not happen: an authentication layer is missing, and the answer is 500.
    fn anonymous() -> Option<Self> {
        None
    }

    /// The principal of a message that `poster` sends to a stream or session that `opener` opened; `None` when they are
    /// not the same party, and then the stream does not exist for the poster.
    ///
    /// Override it when a principal carries terms that narrow what it may do: the poster's authorization is the fresher
    /// one, but the stream was opened under the opener's terms.
    fn join(opener: &Self, poster: &Self) -> Option<Self> {
        (opener.owner() == poster.owner()).then(|| poster.clone())
    }
}

impl Principal for () {
    fn owner(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(b"")
    }

    fn anonymous() -> Option<Self> {
        Some(())
    }
}

impl Principal for &'static str {
    fn owner(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.as_bytes())
    }
}

impl Principal for String {
    fn owner(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.as_bytes())
    }
}

impl Principal for Arc<str> {
    fn owner(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.as_bytes())
    }
}
