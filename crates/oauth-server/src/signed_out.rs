//! The page "why was I signed out?": every refusal that makes a person sign in again, explained for that person.
//!
//! The errors that clients get name the page and the reason; what a client prints is then a link to an answer. The URL
//! says nothing of anybody, and nothing of a request is shown: a reason that we do not know is as good as none.

use askama::Template;
use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};

use crate::connections::MAX_ENTRIES;
use crate::connections_page::CONNECTIONS;
use crate::form::Form;
use crate::page_template::page_template;
use crate::server::Server;
use crate::settings::{Issuer, Texts};
use crate::text::{self, Span, Unit};

/// Path of the page.
pub(crate) const SIGNED_OUT: &str = "/signed-out";

/// Why somebody has to sign in again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    RefreshExpired,
    RefreshEnded,
    Revoked,
    CredentialRejected,
    RefreshReused,
    Displaced,
    CodeReplayed,
    ClientUnknown,
    RefreshUnknown,
    RefreshOtherClient,
    Expired,
    NotAuthentic,
    Audience,
}

/// The reasons, by the name that the error, the log and the event have for each; the likeliest first.
const REASONS: [(&str, Reason); 13] = [
    ("refresh_expired", Reason::RefreshExpired),
    ("refresh_ended", Reason::RefreshEnded),
    ("revoked", Reason::Revoked),
    ("credential_rejected", Reason::CredentialRejected),
    ("refresh_reused", Reason::RefreshReused),
    ("displaced", Reason::Displaced),
    ("code_replayed", Reason::CodeReplayed),
    ("client_unknown", Reason::ClientUnknown),
    ("refresh_unknown", Reason::RefreshUnknown),
    ("refresh_other_client", Reason::RefreshOtherClient),
    ("expired", Reason::Expired),
    ("not_authentic", Reason::NotAuthentic),
    ("audience", Reason::Audience),
];

fn find(name: &str) -> Option<Reason> {
    REASONS.iter().find(|(other, _)| *other == name).map(|(_, reason)| *reason)
}

/// Where a refusal is explained; `None` for one that signs nobody out.
pub(crate) fn url(issuer: &Issuer, reason: &str) -> Option<String> {
    find(reason).map(|_| format!("{}?reason={reason}", issuer.url(SIGNED_OUT)))
}

#[derive(Template)]
#[template(path = "en/signed_out.html", blocks = ["title", "description", "main"])]
struct SignedOutTemplate<'a> {
    one: Option<Reason>,
    /// All of them, where none is asked for.
    all: Vec<Reason>,
    texts: &'a Texts,
    sliding: Span,
    absolute: Span,
    access: Span,
    most: usize,
    signed_out: String,
    connections: String,
}

page_template!(SignedOutTemplate<'_>);

/// Shows the reason that the query names, or all of them.
pub(crate) fn show(server: &Server, parts: &Parts) -> Response<Bytes> {
    let form = Form::parse(parts.uri.query().unwrap_or_default().as_bytes()).ok();
    let one = form.as_ref().and_then(|form| form.text("reason").ok().flatten()).and_then(find);
    let all = if one.is_some() { Vec::new() } else { REASONS.map(|(_, reason)| reason).to_vec() };
    let (mount, lifetimes) = (&server.issuer.mount, &server.lifetimes);
    let template = SignedOutTemplate {
        one,
        all,
        texts: &server.texts,
        sliding: Span::new(lifetimes.refresh_sliding.as_secs()),
        absolute: Span::new(lifetimes.refresh_absolute.as_secs()),
        access: Span::new(lifetimes.access_token.as_secs()),
        most: MAX_ENTRIES,
        signed_out: format!("{mount}{SIGNED_OUT}"),
        connections: format!("{mount}{CONNECTIONS}"),
    };
    server.page(StatusCode::OK, &template)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::challenge::Refusal;
    use crate::error::GrantRefusal;

    /// Whoever has to sign in again can read why. The rest are faults of a login that was not complete yet.
    #[test]
    fn every_refusal_to_refresh_has_its_explanation() {
        for refusal in GrantRefusal::ALL {
            let begins = ["code_unknown", "code_mismatch", "verifier"].contains(&refusal.name());
            assert_ne!(find(refusal.name()).is_some(), begins, "{}", refusal.name());
        }
        for refusal in [Refusal::NotAuthentic, Refusal::Expired, Refusal::Audience, Refusal::Revoked] {
            assert!(find(refusal.name()).is_some(), "{}", refusal.name());
        }
    }
}
