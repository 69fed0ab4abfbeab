//! Discovery documents: the authorization server's (RFC 8414) and the resources' (RFC 9728).

/// Well-known name of the resources' metadata (RFC 9728 section 3.1).
pub(crate) const PROTECTED_RESOURCE: &str = "/.well-known/oauth-protected-resource";
