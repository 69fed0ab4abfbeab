//! The checks of a whole login.

use crate::check::Check;
use crate::tools::{LEGACY, MODERN};

/// In the order in which they are reported.
pub(super) const CHECKS: &[&Check] = &[
    &NO_ECHO,
    &APPROVED,
    &CODE_ISS,
    &NOT_IN_URL,
    &VERIFIED,
    &BOUND,
    &SHAPE,
    &PRIVATE,
    &LASTING,
    &LEGACY,
    &MODERN,
    &OTHER_KIND,
    &OTHER_CLIENT,
    &OTHER_TARGET,
    &ROTATED,
    &GRACE,
    &REVOKED,
    &ASKED_AGAIN,
    &REPLAYED,
    &SPENT,
];

/// A wrong key.
pub(super) const NO_ECHO: Check = Check {
    id: "E15-echo",
    expected: "a wrong key is answered with the form, and the key is not in it",
    why: "a mistyped key is nearly a key, and pages are kept",
    concerns: "the user",
};
/// The consent.
pub(super) const APPROVED: Check = Check {
    id: "S1",
    expected: "the form takes the key and sends the browser to the client with a code",
    why: "it is the login",
    concerns: "every client",
};
/// The response with the code.
pub(super) const CODE_ISS: Check = Check {
    id: "C14-code",
    expected: "the code comes by 302 or 303 with iss and state, once each",
    why: "clients refuse a response without them (RFC 9207)",
    concerns: "ChatGPT, TypeScript SDK, rmcp",
};
/// Nothing of the key in a URL.
pub(super) const NOT_IN_URL: Check = Check {
    id: "N3",
    expected: "nothing made from the key is in the URL that carries the code",
    why: "URLs end up in logs and histories",
    concerns: "the owner of the key",
};
/// PKCE at the token endpoint.
pub(super) const VERIFIED: Check = Check {
    id: "F3",
    expected: "a missing, short or wrong code_verifier is invalid_grant, and the code stays good",
    why: "it is all that keeps a stolen code from working",
    concerns: "the user",
};
/// The code's other bonds.
pub(super) const BOUND: Check = Check {
    id: "F4-bound",
    expected: "a code is invalid_grant for another client or redirect URI, and stays good",
    why: "a code that leaks to one client must not work for another",
    concerns: "the user",
};
/// The token response.
pub(super) const SHAPE: Check = Check {
    id: "F7",
    expected: "the token response has a Bearer token, expires_in as a number, a refresh token, the scope, and no null",
    why: "schemas of clients refuse anything else",
    concerns: "Claude Code, TypeScript SDK, rmcp",
};
/// Tokens in caches.
pub(super) const PRIVATE: Check = Check {
    id: "F8-token",
    expected: "the token response is Cache-Control: no-store",
    why: "a token in a cache is a token on a disk",
    concerns: "the user",
};
/// The life of an access token.
pub(super) const LASTING: Check = Check {
    id: "G11",
    expected: "an access token lives for more than 5 minutes",
    why: "Claude refreshes up to 5 minutes early, and would refresh without end",
    concerns: "Claude",
};
/// Type confusion.
pub(super) const OTHER_KIND: Check = Check {
    id: "K1",
    expected: "the endpoint takes the access token alone: no refresh token, code, client id or key",
    why: "what is not meant as a token has other rules for where it may be seen",
    concerns: "the owner of the key",
};
/// Refresh tokens of others.
pub(super) const OTHER_CLIENT: Check = Check {
    id: "G6",
    expected: "a refresh token is invalid_grant for another client",
    why: "a token that leaks must not work elsewhere",
    concerns: "the user",
};
/// Refresh for another resource.
pub(super) const OTHER_TARGET: Check = Check {
    id: "G8",
    expected: "a refresh for a foreign resource is invalid_target, and the token stays good",
    why: "a token for another server must not come from this one (RFC 8707)",
    concerns: "the user",
};
/// Rotation.
pub(super) const ROTATED: Check = Check {
    id: "G1",
    expected: "a refresh works and gives a new refresh token",
    why: "public clients' refresh tokens must rotate (OAuth 2.1), or a stolen one works for ever",
    concerns: "every client, and the user",
};
/// The grace window.
pub(super) const GRACE: Check = Check {
    id: "G2",
    expected: "the refresh token before the last works once more, right away",
    why: "parallel sessions refresh at once, and answers get lost: otherwise users are logged out",
    concerns: "Claude Code, Claude",
};
/// Revocation.
pub(super) const REVOKED: Check = Check {
    id: "J3",
    expected: "after its refresh token is revoked, every access token of a connection is 401",
    why: "who disconnects believes that the access ended",
    concerns: "the user",
};
/// No remembered consent.
pub(super) const ASKED_AGAIN: Check = Check {
    id: "E4",
    expected: "the page is shown again to a browser that has approved before",
    why: "remembered consent lets any page log an attacker's client in",
    concerns: "the user",
};
/// A code's second use.
pub(super) const REPLAYED: Check = Check {
    id: "F5",
    expected: "a code used twice is invalid_grant, and the connection that it made ends",
    why: "the second user may be the right one",
    concerns: "the user",
};
/// What is left in a finished page.
pub(super) const SPENT: Check = Check {
    id: "E6-spent",
    expected: "the page of a finished login approves nothing without a key",
    why: "the back button must not be a login",
    concerns: "the user",
};
