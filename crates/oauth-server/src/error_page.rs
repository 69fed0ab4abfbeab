//! Error pages: what happened, what to do next, and an id to quote.
//!
//! Nothing of the request is shown but the host of a client's metadata, and nothing of it becomes a link. The one link, back to a client that was
//! recognized but is not known, is the client's registered redirect URI.

use std::borrow::Cow;

use askama::Template;
use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};

use crate::authorize::LocalFault;
use crate::client_metadata_document::{DocumentFault, DocumentFaultKind};
use crate::connections_page::CONNECTIONS;
use crate::events::Event;
use crate::open_page::Rejection;
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
#[template(path = "error.html")]
struct ErrorTemplate<'a> {
    heading: &'static str,
    text: &'a str,
    advice: &'static str,
    /// A link onwards, and what it says.
    back: Option<(Cow<'a, str>, &'static str)>,
    request_id: &'a str,
}

/// Renders an error page of the authorization endpoint and logs its reason under the same id.
pub(crate) fn render(server: &Server, parts: &Parts, trouble: &Trouble<'_>) -> Response<Bytes> {
    render_at(server, parts, trouble, Place::Authorize)
}

/// The same for any page.
pub(crate) fn render_at(
    server: &Server,
    parts: &Parts,
    trouble: &Trouble<'_>,
    place: Place,
) -> Response<Bytes> {
    let request_id = request::request_id(&parts.headers, server.entropy.as_ref());
    let (status, heading, text, advice) = words(trouble);
    let (text, advice, description) = match place {
        Place::Authorize => (text, advice, "The connection could not be made."),
        Place::Connections | Place::SignedOut => {
            let text = match trouble {
                Trouble::Rejected(Rejection::Expired) => {
                    Cow::Borrowed("It was open for too long. Nothing was changed.")
                }
                Trouble::Internal => Cow::Borrowed("It is not your fault, and nothing was changed."),
                _ => text,
            };
            (text, "Open the page again.", "The page could not do what was asked.")
        }
    };
    let reason = trouble.name();
    tracing::info!(request_id, reason, status = status.as_u16(), "error page shown");
    server.record(Event::ErrorPageShown { reason });
    let mount = &server.issuer.mount;
    let back = match (place, trouble) {
        (_, Trouble::UntrustedClient { back, .. }) => Some((Cow::Borrowed(*back), "Return to the app")),
        (Place::Authorize, _) => None,
        (Place::Connections, _) => Some((Cow::Owned(format!("{mount}{CONNECTIONS}")), "Connected apps")),
        (Place::SignedOut, _) => Some((Cow::Owned(format!("{mount}{SIGNED_OUT}")), "Why was I signed out?")),
    };
    let template = ErrorTemplate { heading, text: &text, advice, back, request_id: &request_id };
    server.page(status, heading, description, &template)
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
}

const START_AGAIN: &str = "Go back to your app and start the connection again.";
const READD: &str =
    "Remove this connection from your app and add it again: the app then registers itself anew.";
const TELL_DEVELOPER: &str = "If it happens again, tell the people who make your app.";

fn words<'a>(trouble: &Trouble<'a>) -> (StatusCode, &'static str, Cow<'a, str>, &'static str) {
    let bad = StatusCode::BAD_REQUEST;
    if let Trouble::ClientDocument(fault) = trouble {
        let (text, advice) = document_words(fault);
        return (bad, "This app could not be identified", Cow::Owned(text), advice);
    }
    let (status, heading, text, advice) = fixed_words(trouble);
    (status, heading, Cow::Borrowed(text), advice)
}

fn fixed_words<'a>(trouble: &Trouble<'a>) -> (StatusCode, &'static str, &'a str, &'static str) {
    let bad = StatusCode::BAD_REQUEST;
    match *trouble {
        Trouble::Request(fault) => {
            let (heading, text, advice) = request_words(fault);
            (bad, heading, text, advice)
        }
        Trouble::UntrustedClient { description, .. } => (
            bad,
            "The app asked for something that does not work",
            description,
            "You can go back to the app. We do not know the host that the link leads to.",
        ),
        Trouble::Rejected(rejection) => rejection_words(rejection),
        Trouble::MalformedForm => {
            (bad, "The form did not arrive whole", "Your decision could not be read.", START_AGAIN)
        }
        Trouble::Body { too_large: true } => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "The form is too large",
            "More was sent than a consent form holds.",
            START_AGAIN,
        ),
        Trouble::Body { too_large: false } => {
            (bad, "The form did not arrive whole", "The connection broke off.", START_AGAIN)
        }
        Trouble::Method => (
            StatusCode::METHOD_NOT_ALLOWED,
            "This page is opened by your app",
            "It cannot be used in this way.",
            START_AGAIN,
        ),
        Trouble::Internal | Trouble::ClientDocument(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong here",
            "It is not your fault, and nothing was connected.",
            START_AGAIN,
        ),
    }
}

/// The host is one that passed the checks of a `client_id`: a name in ASCII.
fn document_words(fault: &DocumentFault) -> (String, &'static str) {
    let host = &fault.host;
    match fault.kind {
        DocumentFaultKind::NotFetched => (
            format!(
                "It is described at {host}, and the description could not be fetched from there just now."
            ),
            "Try again in a minute.",
        ),
        DocumentFaultKind::Redirected => (
            format!(
                "It is described at {host}, but that host sends us to another address, which is not followed."
            ),
            TELL_DEVELOPER,
        ),
        DocumentFaultKind::Busy => (
            format!("It is described at {host}, and too many descriptions were asked for there just now."),
            "Try again in a minute.",
        ),
        DocumentFaultKind::Malformed => {
            (format!("Its description at {host} is malformed or too long."), TELL_DEVELOPER)
        }
        DocumentFaultKind::Mismatch => {
            (format!("Its description at {host} is that of another app."), TELL_DEVELOPER)
        }
        DocumentFaultKind::NoRedirect => (
            format!("Its description at {host} names no address to which an answer can be sent."),
            TELL_DEVELOPER,
        ),
        DocumentFaultKind::Secret => (
            format!("Its description at {host} holds a secret, which everybody can read there."),
            TELL_DEVELOPER,
        ),
        DocumentFaultKind::AuthMethod => (
            format!("Its description at {host} asks for a way of signing in that this server does not have."),
            TELL_DEVELOPER,
        ),
    }
}

fn request_words(fault: LocalFault) -> (&'static str, &'static str, &'static str) {
    match fault {
        LocalFault::Malformed | LocalFault::Duplicate => (
            "The link is not valid",
            "Your app opened this page with a malformed or repeated parameter.",
            TELL_DEVELOPER,
        ),
        LocalFault::ClientMissing => {
            ("The link is not valid", "It does not say which app it belongs to.", START_AGAIN)
        }
        LocalFault::ClientUnknown => (
            "This app is not registered here",
            "The app's registration was made with another server, or is no longer valid.",
            READD,
        ),
        LocalFault::RedirectMissing => {
            ("The link is not valid", "It does not say where the app waits for the answer.", TELL_DEVELOPER)
        }
        LocalFault::RedirectMalformed | LocalFault::RedirectNotRegistered => (
            "The link does not match the app",
            "It asks for the answer to be sent to an address that the app did not register. Nothing was sent \
             there.",
            READD,
        ),
        LocalFault::RedirectNotTrusted => (
            "This app is not known here",
            "The answer would be sent to a host that this server does not know, so it was refused.",
            "If you trust the app, ask whoever runs this server to allow its host.",
        ),
        LocalFault::StateTooLong => {
            ("The link is too long", "Your app sent more data than can be sent back to it.", TELL_DEVELOPER)
        }
    }
}

fn rejection_words(rejection: Rejection) -> (StatusCode, &'static str, &'static str, &'static str) {
    match rejection {
        Rejection::CrossSite => (
            StatusCode::FORBIDDEN,
            "The form came from another site",
            "For your safety, a decision counts only when it is made on this server's own page.",
            START_AGAIN,
        ),
        Rejection::OtherBrowser => (
            StatusCode::FORBIDDEN,
            "This page was opened in another browser",
            "A decision counts only in the browser in which the page was opened, with cookies allowed.",
            START_AGAIN,
        ),
        Rejection::NotOurs => (
            StatusCode::BAD_REQUEST,
            "This page is not valid any more",
            "The server was changed since the page was opened, or the form did not arrive whole.",
            START_AGAIN,
        ),
        Rejection::Expired => (
            StatusCode::BAD_REQUEST,
            "This page has expired",
            "It was open for too long. Nothing was connected, and your key was not used.",
            START_AGAIN,
        ),
    }
}
