//! Error pages: what happened, what to do next, and an id to quote.
//!
//! Nothing of the request is shown but the host of a client's metadata, and nothing of it becomes a link, but for two: back
//! to a client that was recognized but is not known, which is the client's registered redirect URI; and to our own
//! authorization endpoint from a page that has expired (see
//! [`Transaction::restart`](crate::transaction::Transaction::restart)).

use askama::Template;
use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};

use crate::authorize::{AUTHORIZE, LocalFault};
use crate::client_metadata_document::{DocumentFault, DocumentFaultKind};
use crate::connections_page::CONNECTIONS;
use crate::events::Event;
use crate::open_page::Rejection;
use crate::page_template::page_template;
use crate::request;
use crate::server::Server;
use crate::signed_out::SIGNED_OUT;

/// What went wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble<'a> {
    /// The authorization request cannot even be answered.
    Request(LocalFault),
    /// The client's request is faulty and its host is not known: the user decides whether to go back there.
    UntrustedClient { description: &'static str, back: &'a str },
    /// The client's metadata cannot be used.
    ClientDocument(&'a DocumentFault),
    /// The submitted form is not acted upon.
    Rejected(Rejection),
    /// The submission is not a form.
    MalformedForm,
    /// The submission is too large, or broke off.
    Body { too_large: bool },
    /// The method does not exist here.
    Method,
    /// A bug.
    Internal,
}

/// The page on which it went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Authorize,
    Connections,
    SignedOut,
}

#[derive(Template)]
#[template(path = "en/error.html", blocks = ["title", "description", "main"])]
struct ErrorTemplate<'a> {
    trouble: &'a Trouble<'a>,
    place: Place,
    /// Where the page is opened anew, for one that is not an app's to open.
    home: String,
    /// Where the request can be made once more.
    restart: Option<&'a str>,
    request_id: &'a str,
}

page_template!(ErrorTemplate<'_>);

/// Renders an error page of the authorization endpoint and logs its reason under the same id.
pub(crate) fn render(server: &Server, parts: &Parts, trouble: &Trouble<'_>) -> Response<Bytes> {
    render_page(server, parts, trouble, Place::Authorize, None)
}

/// The same for a page that has expired, with a link that starts again.
pub(crate) fn render_expired(server: &Server, parts: &Parts, restart: &str) -> Response<Bytes> {
    let trouble = Trouble::Rejected(Rejection::Expired);
    render_page(server, parts, &trouble, Place::Authorize, Some(restart))
}

/// The same for any page.
pub(crate) fn render_at(
    server: &Server,
    parts: &Parts,
    trouble: &Trouble<'_>,
    place: Place,
) -> Response<Bytes> {
    render_page(server, parts, trouble, place, None)
}

fn render_page(
    server: &Server,
    parts: &Parts,
    trouble: &Trouble<'_>,
    place: Place,
    restart: Option<&str>,
) -> Response<Bytes> {
    let request_id = request::request_id(&parts.headers, server.entropy.as_ref());
    let (status, reason) = (trouble.status(), trouble.name());
    tracing::info!(request_id, reason, status = status.as_u16(), "error page shown");
    server.record(Event::ErrorPageShown { reason });
    let path = match place {
        Place::Authorize => AUTHORIZE,
        Place::Connections => CONNECTIONS,
        Place::SignedOut => SIGNED_OUT,
    };
    let home = format!("{}{path}", server.issuer.mount);
    server.page(status, &ErrorTemplate { trouble, place, home, restart, request_id: &request_id })
}

impl Trouble<'_> {
    /// The reason for logs and metrics.
    const fn name(&self) -> &'static str {
        match self {
            Self::Request(fault) => match fault {
                LocalFault::Malformed => "malformed",
                LocalFault::Duplicate => "duplicate_parameter",
                LocalFault::ClientMissing => "client_missing",
                LocalFault::ClientUnknown => "client_unknown",
                LocalFault::RedirectMissing => "redirect_missing",
                LocalFault::RedirectMalformed => "redirect_malformed",
                LocalFault::RedirectNotRegistered => "redirect_not_registered",
                LocalFault::RedirectNotTrusted => "redirect_not_trusted",
                LocalFault::StateTooLong => "state_too_long",
            },
            Self::UntrustedClient { .. } => "untrusted_client",
            Self::ClientDocument(fault) => match fault.kind {
                DocumentFaultKind::NotFetched => "document_not_fetched",
                DocumentFaultKind::Redirected => "document_redirected",
                DocumentFaultKind::Busy => "document_busy",
                DocumentFaultKind::Malformed => "document_malformed",
                DocumentFaultKind::Mismatch => "document_mismatch",
                DocumentFaultKind::NoRedirect => "document_no_redirect",
                DocumentFaultKind::Secret => "document_secret",
                DocumentFaultKind::AuthMethod => "document_auth_method",
            },
            Self::Rejected(rejection) => match rejection {
                Rejection::CrossSite => "cross_site",
                Rejection::NotOurs => "form_not_ours",
                Rejection::OtherBrowser => "other_browser",
                Rejection::Expired => "page_expired",
            },
            Self::MalformedForm => "malformed_form",
            Self::Body { too_large: true } => "too_large",
            Self::Body { too_large: false } => "broken_body",
            Self::Method => "method",
            Self::Internal => "internal",
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Body { too_large: true } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Rejected(Rejection::CrossSite | Rejection::OtherBrowser) => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}
