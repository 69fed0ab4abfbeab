//! Errors of the machine endpoints, for their three readers: the log, the wire (RFC 6749 section 5.2, RFC 7591
//! section 3.2.2, RFC 8707 section 2), and the person who reads what a client prints.

use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use state_store::StoreError;

use crate::form::FormFault;
use crate::request::{BodyFault, NotAForm};
use crate::respond;
use crate::sealed::NotEncodable;
use crate::settings::Issuer;
use crate::signed_out;

/// Why a machine endpoint refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EndpointError {
    /// The request is malformed.
    #[error("invalid_request: {0}")]
    InvalidRequest(&'static str),
    /// The body is longer than the endpoint takes.
    #[error("the body is too large")]
    TooLarge,
    /// The client is unknown or did not authenticate. `basic`: it tried to in the `Authorization` header.
    #[error("invalid_client: {reason}")]
    InvalidClient { reason: &'static str, basic: bool },
    /// The code or refresh token does not work.
    #[error("invalid_grant: {}", .0.name())]
    InvalidGrant(GrantRefusal),
    #[error("unauthorized_client")]
    UnauthorizedClient,
    #[error("unsupported_grant_type")]
    UnsupportedGrantType,
    #[error("invalid_scope")]
    InvalidScope,
    #[error("invalid_target")]
    InvalidTarget,
    /// None of the redirect URIs in a registration can be used.
    #[error("invalid_redirect_uri: {0}")]
    InvalidRedirectUri(&'static str),
    #[error("invalid_client_metadata: {0}")]
    InvalidClientMetadata(&'static str),
    /// The store did not answer: nothing was issued.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too many requests about one thing at once: nothing was issued.
    #[error("lost every round against other requests")]
    Contended,
    /// A connection is refreshed in a loop: nothing was issued, and its refresh token stays good.
    #[error("too many refreshes of one connection")]
    TooManyRefreshes { retry_after: Duration },
    /// Too many clients register at once.
    #[error("too many registrations")]
    TooManyRegistrations { retry_after: Duration },
    /// A bug.
    #[error("a structure of ours could not be encoded or read")]
    Internal,
}

/// Why a code or a refresh token does not work: for the log, and in words for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GrantRefusal {
    CodeUnknown,
    CodeReplayed,
    CodeMismatch,
    Verifier,
    RefreshUnknown,
    /// Not used for too long.
    RefreshExpired,
    /// Too old, however much it was used.
    RefreshEnded,
    RefreshOtherClient,
    RefreshReused,
    Revoked,
    Displaced,
    CredentialRejected,
}

impl GrantRefusal {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 12] = [
        Self::CodeUnknown,
        Self::CodeReplayed,
        Self::CodeMismatch,
        Self::Verifier,
        Self::RefreshUnknown,
        Self::RefreshExpired,
        Self::RefreshEnded,
        Self::RefreshOtherClient,
        Self::RefreshReused,
        Self::Revoked,
        Self::Displaced,
        Self::CredentialRejected,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::CodeUnknown => "code_unknown",
            Self::CodeReplayed => "code_replayed",
            Self::CodeMismatch => "code_mismatch",
            Self::Verifier => "verifier",
            Self::RefreshUnknown => "refresh_unknown",
            Self::RefreshExpired => "refresh_expired",
            Self::RefreshEnded => "refresh_ended",
            Self::RefreshOtherClient => "refresh_other_client",
            Self::RefreshReused => "refresh_reused",
            Self::Revoked => "revoked",
            Self::Displaced => "displaced",
            Self::CredentialRejected => "credential_rejected",
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::CodeUnknown => "The authorization code is unknown or has expired. Connect again.",
            Self::CodeReplayed => {
                "The authorization code was used twice, so the connection was closed. Connect again."
            }
            Self::CodeMismatch => "The authorization code was issued to another client or redirect URI.",
            Self::Verifier => "The code_verifier does not match the code_challenge.",
            Self::RefreshUnknown => "The refresh token is not one of this server. Connect again.",
            Self::RefreshExpired => "The connection was not used for too long. Connect again.",
            Self::RefreshEnded => "The connection has reached the age at which each one ends. Connect again.",
            Self::RefreshOtherClient => "The refresh token was issued to another client.",
            Self::RefreshReused => {
                "An old refresh token was used again, so the connection was closed for safety. Connect again."
            }
            Self::Revoked => "The connection was revoked. Connect again.",
            Self::Displaced => {
                "Too many connections use one key, so the one that was not used for longest was closed. Connect \
                 again."
            }
            Self::CredentialRejected => {
                "The key behind the connection no longer works. Connect again with a working key."
            }
        }
    }
}

impl EndpointError {
    /// The reason for metrics, and for the page that explains it where it signs somebody out.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::TooLarge => "too_large",
            Self::InvalidClient { .. } => "client_unknown",
            Self::InvalidGrant(refusal) => refusal.name(),
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidRedirectUri(_) => "invalid_redirect_uri",
            Self::InvalidClientMetadata(_) => "invalid_client_metadata",
            Self::Store(_) => "store",
            Self::Contended => "contended",
            Self::TooManyRefreshes { .. } => "too_many_refreshes",
            Self::TooManyRegistrations { .. } => "too_many_registrations",
            Self::Internal => "internal",
        }
    }

    /// Logs the reason, as loudly as it concerns the operator.
    pub(crate) fn log(&self, endpoint: &str) {
        match self {
            Self::Store(error) => tracing::warn!(endpoint, %error, "request not served"),
            Self::Internal => tracing::error!(endpoint, reason = %self, "request not served"),
            _ => tracing::info!(endpoint, reason = %self, "request refused"),
        }
    }

    /// The answer on the wire. 400 but for `invalid_client` (401) and what is no fault of the client's.
    pub(crate) fn response(&self, issuer: &Issuer) -> Response<Bytes> {
        let bad = |code, description| respond::error(StatusCode::BAD_REQUEST, code, description);
        let signed_out = |status, code, description| match signed_out::url(issuer, self.name()) {
            Some(url) => respond::explained_error(status, code, description, &url),
            None => respond::error(status, code, description),
        };
        match self {
            Self::InvalidRequest(description) => bad("invalid_request", description),
            Self::TooLarge => {
                respond::error(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "The body is too large.")
            }
            Self::InvalidClient { reason, basic } => {
                let mut response = signed_out(StatusCode::UNAUTHORIZED, "invalid_client", reason);
                if *basic {
                    let challenge = HeaderValue::from_static("Basic realm=\"token\", charset=\"UTF-8\"");
                    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
                }
                response
            }
            Self::InvalidGrant(refusal) => {
                signed_out(StatusCode::BAD_REQUEST, "invalid_grant", refusal.description())
            }
            Self::UnauthorizedClient => {
                bad("unauthorized_client", "The client is not registered for this grant type.")
            }
            Self::UnsupportedGrantType => {
                bad("unsupported_grant_type", "Use authorization_code or refresh_token.")
            }
            Self::InvalidScope => {
                bad("invalid_scope", "The scope is malformed or nothing of it was ever granted.")
            }
            Self::InvalidTarget => bad("invalid_target", "The resource is not the one that was authorized."),
            Self::InvalidRedirectUri(description) => bad("invalid_redirect_uri", description),
            Self::InvalidClientMetadata(description) => bad("invalid_client_metadata", description),
            Self::Store(_) | Self::Contended => {
                respond::unavailable("Nothing was issued. Try again in a moment.")
            }
            // RFC 6749 section 5.2 has no code for it, and clients take any 400 or 401 as the end of the login.
            Self::TooManyRefreshes { retry_after } => respond::unavailable_for(
                "The connection was refreshed too often. Nothing was issued, and the refresh token stays good.",
                *retry_after,
            ),
            Self::TooManyRegistrations { retry_after } => {
                respond::too_many("Too many clients register just now. Try again in a moment.", *retry_after)
            }
            Self::Internal => respond::error(
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                "Something went wrong here. Nothing was issued.",
            ),
        }
    }
}

impl From<NotEncodable> for EndpointError {
    fn from(_: NotEncodable) -> Self {
        Self::Internal
    }
}

impl From<BodyFault> for EndpointError {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge => Self::TooLarge,
            BodyFault::Broken => Self::InvalidRequest("The body ended early."),
        }
    }
}

impl From<FormFault> for EndpointError {
    fn from(fault: FormFault) -> Self {
        Self::InvalidRequest(match fault {
            FormFault::TooMany => "There are too many parameters.",
            FormFault::Duplicate => "A parameter is there more than once.",
            FormFault::NotUtf8 => "A parameter is not UTF-8.",
        })
    }
}

impl From<NotAForm> for EndpointError {
    fn from(fault: NotAForm) -> Self {
        match fault {
            NotAForm::MediaType => {
                Self::InvalidRequest("The body must be application/x-www-form-urlencoded.")
            }
            NotAForm::Fault(fault) => fault.into(),
        }
    }
}
