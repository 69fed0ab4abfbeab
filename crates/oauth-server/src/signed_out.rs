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
use crate::server::Server;
use crate::settings::Issuer;
use crate::text::{at_start, span};

/// Path of the page.
pub(crate) const SIGNED_OUT: &str = "/signed-out";

/// The reasons, by the name that the error, the log and the event have for it; the likeliest first.
pub(crate) const REASONS: [&str; 13] = [
    "refresh_expired",
    "refresh_ended",
    "revoked",
    "credential_rejected",
    "refresh_reused",
    "displaced",
    "code_replayed",
    "client_unknown",
    "refresh_unknown",
    "refresh_other_client",
    "expired",
    "not_authentic",
    "audience",
];

/// Where a refusal is explained; `None` for one that signs nobody out.
pub(crate) fn url(issuer: &Issuer, reason: &str) -> Option<String> {
    REASONS.contains(&reason).then(|| format!("{}?reason={reason}", issuer.url(SIGNED_OUT)))
}

struct Reason {
    title: &'static str,
    text: String,
    advice: String,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutTemplate<'a> {
    one: Option<Reason>,
    all: Vec<Reason>,
    account: &'a str,
    signed_out: String,
    connections: String,
}

/// Shows the reason that the query names, or all of them.
pub(crate) fn show(server: &Server, parts: &Parts) -> Response<Bytes> {
    let form = Form::parse(parts.uri.query().unwrap_or_default().as_bytes()).ok();
    let asked = form.as_ref().and_then(|form| form.text("reason").ok().flatten());
    let one = asked.and_then(|name| explain(server, name));
    let all = if one.is_some() {
        Vec::new()
    } else {
        REASONS.iter().filter_map(|name| explain(server, name)).collect()
    };
    let mount = &server.issuer.mount;
    let template = SignedOutTemplate {
        one,
        all,
        account: &server.texts.account,
        signed_out: format!("{mount}{SIGNED_OUT}"),
        connections: format!("{mount}{CONNECTIONS}"),
    };
    let description = "Why an app has to be connected again, and what to do.";
    server.page(StatusCode::OK, "Why was I signed out?", description, &template)
}

fn explain(server: &Server, name: &str) -> Option<Reason> {
    const AGAIN: &str = "Connect it again from the app.";
    let credential = &server.texts.credential;
    let service = at_start(&server.texts.credential_destination);
    let lifetimes = &server.lifetimes;
    let (title, text, advice) = match name {
        "refresh_expired" => (
            "The app was not used for a long time",
            format!(
                "An app stays connected for {} after it was last used. This one was not used for longer.",
                span(lifetimes.refresh_sliding.as_secs())
            ),
            AGAIN.to_owned(),
        ),
        "refresh_ended" => (
            "The connection was as old as it may get",
            format!(
                "Every connection ends {} after it was approved, however much it is used, so that none is \
                 forgotten.",
                span(lifetimes.refresh_absolute.as_secs())
            ),
            AGAIN.to_owned(),
        ),
        "revoked" => (
            "The connection was ended",
            "Somebody ended it: you or a colleague on the page of connected apps, the app itself when you signed \
             out of it, or whoever runs this server."
                .to_owned(),
            format!(
                "If you want it back, connect it again from the app. If you do not know who ended it, ask the \
                 people who have the same {credential}."
            ),
        ),
        "credential_rejected" => (
            "The key stopped working",
            format!(
                "{service} does not know the {credential} behind the connection any more: it was deleted or \
                 replaced there."
            ),
            format!("Connect the app again, with a working {credential}."),
        ),
        "refresh_reused" => (
            "An old login of the app was used again",
            "An app gets a new login each time it renews the old one, and an old one came back. That happens when \
             an app is restored from a backup or copied to a second computer. It also happens when somebody stole \
             a login, and we cannot tell the two apart, so the connection was closed."
                .to_owned(),
            format!(
                "Connect it again from the app. If it happens again and you copied nothing, delete the \
                 {credential} where you made it, and make a new one."
            ),
        ),
        "displaced" => (
            "Too many apps were connected with one key",
            format!(
                "One {credential} can have {MAX_ENTRIES} connections. One more was made, so the one that was not \
                 used for the longest time was closed."
            ),
            "End those that nobody needs on the page of connected apps, then connect this one again.".to_owned(),
        ),
        "code_replayed" => (
            "The sign-in was completed twice",
            "The app got a one-time code when you approved it, and the code was used twice. Somebody may have \
             copied it on its way, so the connection was closed."
                .to_owned(),
            "Connect it again from the app. If it happens again, tell the people who make the app.".to_owned(),
        ),
        "client_unknown" => (
            "The app is not registered here any more",
            "An app registers itself before you approve it. This registration is not known here, or the app could \
             not prove that it is the one that registered."
                .to_owned(),
            "Remove the connection from the app and add it again: the app then registers itself anew.".to_owned(),
        ),
        "refresh_unknown" => (
            "The app's login is not one of this server",
            "It was made by another server, or this server's keys were replaced since, or the app did not keep it \
             whole."
                .to_owned(),
            "Check the address in the app's settings, and connect it again.".to_owned(),
        ),
        "refresh_other_client" => (
            "The app used the login of another registration",
            "A login belongs to the registration that it was made for. The app has registered itself anew since, \
             or two apps share what they store."
                .to_owned(),
            "Remove the connection from the app and add it again.".to_owned(),
        ),
        "expired" => (
            "The app's access ran out",
            format!(
                "An app's access lasts {}, and the app renews it by itself. This one did not.",
                span(lifetimes.access_token.as_secs())
            ),
            "Try again in the app. If that does not help, connect it again.".to_owned(),
        ),
        "not_authentic" => (
            "What the app sent is no access of this server",
            format!(
                "It was made by another server, or this server's keys were replaced since, or it was not an access \
                 token at all. Your {credential} is none: apps get theirs when you approve them."
            ),
            "Check the address in the app's settings, and connect it again.".to_owned(),
        ),
        "audience" => (
            "The app's access is for another address of this server",
            "An app that was approved for one address cannot use one that can do more.".to_owned(),
            "Use the address that was approved, or connect the app to the new address.".to_owned(),
        ),
        _ => return None,
    };
    Some(Reason { title, text, advice })
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
            assert_ne!(REASONS.contains(&refusal.name()), begins, "{}", refusal.name());
        }
        for refusal in [Refusal::NotAuthentic, Refusal::Expired, Refusal::Audience, Refusal::Revoked] {
            assert!(REASONS.contains(&refusal.name()), "{}", refusal.name());
        }
    }
}
