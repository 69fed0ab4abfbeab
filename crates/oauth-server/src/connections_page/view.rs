//! What the page of connected apps shows. Every value goes through the template's escaping; none becomes markup or a
//! link.

use askama::Template;
use bytes::Bytes;
use http::Response;
use http::request::Parts;

use super::{CONNECTIONS, Connection, Session, status, with_retry};
use crate::credential::CredentialError;
use crate::credential_check::CheckTrouble;
use crate::error_page::{self, Place, Trouble};
use crate::grant::Id;
use crate::open_page;
use crate::server::Server;
use crate::settings::Texts;
use crate::signed_out::SIGNED_OUT;
use crate::text::{ago, span};

/// What the page tells its user about the last submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    None,
    CredentialMissing,
    Check(CheckTrouble),
    Ended,
    /// There was nothing to end: somebody else was faster.
    AlreadyEnded,
    AllEnded,
    NoneToEnd,
    /// The store did not answer: which one, or all.
    NotEnded {
        family: Option<Id>,
    },
    Unreadable,
}

impl Notice {
    fn text(&self, texts: &Texts) -> String {
        let Texts { credential, credential_destination: service, account, .. } = texts;
        match self {
            Self::None => String::new(),
            Self::CredentialMissing => format!("Paste your {credential} first."),
            Self::Check(trouble @ CheckTrouble::Service(CredentialError::Wrong)) => format!(
                "{} If you deleted it, you can still end all connections that were made with it.",
                trouble.text(texts)
            ),
            Self::Check(trouble) => trouble.text(texts),
            Self::Ended => format!("The connection was ended. That app cannot use your {account} any more."),
            Self::AlreadyEnded => "That connection had ended already.".to_owned(),
            Self::AllEnded => format!(
                "All connections that were made with this {credential} until now have ended. The \
                 {credential} itself goes on working with {service}, if you did not delete it there."
            ),
            Self::NoneToEnd => format!(
                "Nothing is connected with this {credential} here, so nothing was ended. If you expected \
                 otherwise, check that you pasted all of it."
            ),
            Self::NotEnded { .. } => {
                "This could not be written down for the whole server just now, so the app \
                                      may still have access. Try again in a moment."
                    .to_owned()
            }
            Self::Unreadable => {
                "The list could not be read just now. Nothing was changed: try again in a moment.".to_owned()
            }
        }
    }

    /// Whether what was asked for was done.
    const fn is_good(&self) -> bool {
        matches!(self, Self::Ended | Self::AlreadyEnded | Self::AllEnded)
    }

    const fn is_about_field(&self) -> bool {
        match self {
            Self::CredentialMissing | Self::NoneToEnd => true,
            Self::Check(trouble) => trouble.is_about_field(),
            _ => false,
        }
    }
}

/// A list to be shown.
pub(super) struct List<'a> {
    pub(super) session: &'a Session,
    pub(super) connections: &'a [Connection],
    pub(super) notice: &'a Notice,
}

/// What stands on each of the page's states.
struct Frame<'a> {
    texts: &'a Texts,
    action: String,
    sealed: String,
    signed_out: String,
    /// How the last submission went, and whether it went well.
    notice: Option<(String, bool)>,
}

#[derive(Template)]
#[template(path = "connections_ask.html")]
struct AskTemplate<'a> {
    frame: Frame<'a>,
    // Named as the shared field's template wants them.
    texts: &'a Texts,
    field_error: Option<String>,
    hinted: bool,
}

#[derive(Template)]
#[template(path = "connections_list.html")]
struct ListTemplate<'a> {
    frame: Frame<'a>,
    items: Vec<Item<'a>>,
    life: String,
    /// How often an app that is used renews its access.
    renewal: &'a str,
}

#[derive(Template)]
#[template(path = "connections_unreadable.html")]
struct UnreadableTemplate<'a> {
    frame: Frame<'a>,
    /// The button that repeats what was asked for.
    field: &'static str,
    value: String,
}

/// One connection.
struct Item<'a> {
    family: Id,
    receiver: String,
    client_name: &'a str,
    /// The host of its metadata document.
    publisher: Option<&'a str>,
    resource: String,
    since: String,
    used: String,
    ends: String,
    scopes: String,
    limits: Vec<String>,
}

impl<'a> Frame<'a> {
    /// `None` when the form cannot be sealed: a bug.
    fn new(server: &'a Server, session: &Session, notice: Option<(String, bool)>) -> Option<Self> {
        let mount = &server.issuer.mount;
        Some(Self {
            texts: &server.texts,
            action: format!("{mount}{CONNECTIONS}"),
            sealed: open_page::seal(server, session).ok()?,
            signed_out: format!("{mount}{SIGNED_OUT}"),
            notice: notice.filter(|(text, _)| !text.is_empty()),
        })
    }
}

/// Asks for the credential.
pub(super) fn ask(server: &Server, parts: &Parts, session: &Session, notice: &Notice) -> Response<Bytes> {
    let texts = &server.texts;
    let text = notice.text(texts);
    let (field_error, above) =
        if notice.is_about_field() { (Some(text), None) } else { (None, Some((text, notice.is_good()))) };
    let Some(frame) = Frame::new(server, session, above) else { return broken(server, parts) };
    let hinted = !texts.credential_hint.is_empty() || texts.credential_help.is_some();
    respond(server, notice, &AskTemplate { frame, texts, field_error, hinted })
}

/// Shows what is connected.
pub(super) fn list(server: &Server, parts: &Parts, list: &List<'_>) -> Response<Bytes> {
    let List { session, connections, notice } = list;
    let above = (notice.text(&server.texts), notice.is_good());
    let Some(frame) = Frame::new(server, session, Some(above)) else { return broken(server, parts) };
    let items = connections.iter().map(|connection| Item::new(server, connection)).collect();
    let life = span(server.lifetimes.transaction.as_secs());
    let renewal = span(server.lifetimes.access_token.as_secs());
    let renewal = renewal.strip_prefix("1 ").unwrap_or(&renewal);
    respond(server, notice, &ListTemplate { frame, items, life, renewal })
}

/// Says that the store does not answer, with a button that tries the same again.
pub(super) fn unreadable(
    server: &Server,
    parts: &Parts,
    session: &Session,
    notice: &Notice,
) -> Response<Bytes> {
    let above = (notice.text(&server.texts), notice.is_good());
    let Some(frame) = Frame::new(server, session, Some(above)) else { return broken(server, parts) };
    let (field, value) = match notice {
        Notice::NotEnded { family: Some(family) } => ("end", family.to_string()),
        Notice::NotEnded { family: None } => ("action", "end_all".to_owned()),
        _ => ("action", "show".to_owned()),
    };
    respond(server, notice, &UnreadableTemplate { frame, field, value })
}

fn respond(server: &Server, notice: &Notice, main: &impl Template) -> Response<Bytes> {
    let description = "See which apps use your key on this server, and end their access.";
    with_retry(server.page(status(notice), "Connected apps", description, main), notice)
}

fn broken(server: &Server, parts: &Parts) -> Response<Bytes> {
    tracing::error!("the form of the connections page could not be sealed");
    error_page::render_at(server, parts, &Trouble::Internal, Place::Connections)
}

impl<'a> Item<'a> {
    fn new(server: &Server, connection: &'a Connection) -> Self {
        let now = server.clock.unix_seconds();
        let since = |ms: u64| ago(now.saturating_sub(ms / 1000));
        let scopes = server.scopes.all().iter().filter(|scope| connection.scopes.contains(&scope.name));
        let titles: Vec<&str> = scopes.map(|scope| scope.title.as_str()).collect();
        Self {
            family: connection.family,
            receiver: receiver(&connection.client.redirect_host),
            client_name: &connection.client.name,
            publisher: connection.client.document_host.as_deref(),
            resource: format!("{}{}", server.issuer.id, connection.resource),
            since: since(connection.approved_at_ms),
            used: since(connection.last_used_at_ms),
            ends: format!("in {}", span(whole(connection.ends_at.saturating_sub(now)))),
            scopes: titles.join("; "),
            limits: server.verifier.describe(&connection.embedder_data),
        }
    }
}

/// Rounded up to days, or to minutes where it is not long: a connection of 180 days does not begin with 179.
const fn whole(seconds: u64) -> u64 {
    const DAY: u64 = 24 * 60 * 60;
    let unit = if seconds > DAY { DAY } else { 60 };
    seconds.div_ceil(unit) * unit
}

/// Who has the access. Hosts are ASCII: look-alikes show as punycode.
fn receiver(redirect_host: &str) -> String {
    match redirect_host {
        "localhost" => "An app on a computer".to_owned(),
        scheme if scheme.ends_with(':') => format!("The app that opens {scheme} links"),
        host => host.to_owned(),
    }
}
