//! Refusals of the resource server: `WWW-Authenticate` challenges (RFC 6750 section 3, RFC 9728 section 5.1).
//!
//! The values are quoted strings of plain ASCII, and `Bearer` is the first and only scheme: the official clients
//! read the header with a regular expression, not a parser.

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use serde_json::json;

use crate::respond;

/// Why a request has no [`Grant`](crate::Grant), and what its client should do. Turn it into the answer with
/// [`Challenge::response`].
#[derive(Clone, Debug)]
pub struct Challenge {
    refusal: Refusal,
    metadata_url: String,
    scopes: Vec<String>,
    /// Where a person can read about it.
    explained_at: Option<String>,
}

/// Why a bearer was refused: for logs and metrics. Clients learn less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// No bearer token was sent: the normal start of a login.
    Missing,
    /// More than one `Authorization` header, an overlong one, or one that is not ASCII.
    Malformed,
    /// Not an access token of ours: another kind, forged, changed, or sealed with a key that was retired.
    NotAuthentic,
    /// The token is past its time.
    Expired,
    /// The token is for an endpoint that does not cover this one.
    Audience,
    /// The token, its connection or its credential was revoked.
    Revoked,
    /// Revocations have not been readable for too long; nothing is wrong with the token.
    Unavailable,
}

impl Refusal {
    /// A name for metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::NotAuthentic => "not_authentic",
            Self::Expired => "expired",
            Self::Audience => "audience",
            Self::Revoked => "revoked",
            Self::Unavailable => "unavailable",
        }
    }

    /// What the client is told, in one plain sentence.
    const fn description(self) -> &'static str {
        match self {
            Self::Missing => {
                "Sign in: this endpoint takes an OAuth access token in the Authorization header."
            }
            Self::Malformed => "The Authorization header is malformed.",
            Self::NotAuthentic => "The access token is not one of this server.",
            Self::Expired => "The access token has expired. Refresh it.",
            Self::Audience => "The access token is for another endpoint of this server.",
            Self::Revoked => "The access was revoked. Sign in again.",
            Self::Unavailable => "The server cannot check access tokens right now. Try again in a moment.",
        }
    }
}

impl Challenge {
    pub(crate) fn new(
        refusal: Refusal,
        metadata_url: String,
        scopes: Vec<String>,
        explained_at: Option<String>,
    ) -> Self {
        Self { refusal, metadata_url, scopes, explained_at }
    }

    /// Why.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        self.refusal
    }

    /// The whole answer: 401 with a challenge, bare if no token was sent (an `error` there makes some clients
    /// give up, and RFC 6750 section 3.1 forbids it); or 503.
    #[must_use]
    pub fn response(&self) -> Response<Bytes> {
        let description = self.refusal.description();
        match self.refusal {
            Refusal::Unavailable => respond::unavailable(description),
            Refusal::Missing => {
                let value =
                    bearer(&[("resource_metadata", &self.metadata_url), ("scope", &self.scopes.join(" "))]);
                challenged(StatusCode::UNAUTHORIZED, &value, &json!({ "error_description": description }))
            }
            _ => {
                let explained = self.explained_at.as_ref().map(|url| format!("{description} Why: {url}"));
                let description = header_text(explained.as_deref().unwrap_or(description));
                let value = bearer(&[
                    ("error", "invalid_token"),
                    ("error_description", &description),
                    ("resource_metadata", &self.metadata_url),
                    ("scope", &self.scopes.join(" ")),
                ]);
                let body = json!({ "error": "invalid_token", "error_description": description });
                challenged(StatusCode::UNAUTHORIZED, &value, &body)
            }
        }
    }
}

/// 403 with all scopes that the operation needs in one challenge (RFC 6750 section 3.1).
pub(crate) fn insufficient_scope(metadata_url: &str, scopes: &[&str]) -> Response<Bytes> {
    let description = "The access token lacks a scope that this operation needs.";
    let scope = scopes.join(" ");
    let value = bearer(&[
        ("error", "insufficient_scope"),
        ("error_description", description),
        ("scope", &scope),
        ("resource_metadata", metadata_url),
    ]);
    let body = json!({ "error": "insufficient_scope", "error_description": description, "scope": header_text(&scope) });
    challenged(StatusCode::FORBIDDEN, &value, &body)
}

fn challenged(status: StatusCode, value: &str, body: &serde_json::Value) -> Response<Bytes> {
    let mut response = respond::json(status, body);
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

fn bearer(parameters: &[(&str, &str)]) -> String {
    let quoted: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}=\"{}\"", header_text(value))).collect();
    format!("Bearer {}", quoted.join(", "))
}

/// Printable ASCII without quotes and backslashes: nothing to escape, nothing to inject.
fn header_text(text: &str) -> String {
    text.chars().filter(|c| matches!(c, ' '..='~') && *c != '"' && *c != '\\').collect()
}
