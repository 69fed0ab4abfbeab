//! What the page of connected apps shows. Every value goes through the template's escaping; none becomes markup or a
//! link.

use askama::Template;
use bytes::Bytes;
use http::Response;
use http::request::Parts;

use super::{CONNECTIONS, Connection, Session, status, with_retry};
use crate::credential::CredentialError;
use crate::credential_check::{CheckTrouble, FieldTrouble};
use crate::error_page::{self, Place, Trouble};
use crate::grant::Id;
use crate::open_page;
use crate::page_template::{PageTemplate, page_template};
use crate::server::Server;
use crate::settings::Texts;
use crate::signed_out::SIGNED_OUT;
use crate::text::{self, Span, Unit, Wait};

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
    /// Whether what was asked for was done.
    const fn is_good(&self) -> bool {
        matches!(self, Self::Ended | Self::AlreadyEnded | Self::AllEnded)
    }

    /// Whether it stands above the form, where the credential's field is not at fault or not shown.
    const fn is_shown(&self) -> bool {
        !matches!(self, Self::None | Self::CredentialMissing | Self::Check(_))
    }

    /// What is said at the credential's field.
    const fn of_field(&self) -> Option<FieldTrouble> {
        match self {
            Self::CredentialMissing => Some(FieldTrouble::Missing),
            Self::NoneToEnd => Some(FieldTrouble::NothingConnected),
            Self::Check(trouble) => Some(FieldTrouble::Check(*trouble)),
            _ => None,
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
    action: String,
    sealed: String,
    signed_out: String,
    /// How the last submission went.
    notice: &'a Notice,
}

#[derive(Template)]
#[template(path = "en/connections_ask.html", blocks = ["title", "description", "main"])]
struct AskTemplate<'a> {
    frame: Frame<'a>,
    texts: &'a Texts,
    field_trouble: Option<FieldTrouble>,
}

#[derive(Template)]
#[template(path = "en/connections_list.html", blocks = ["title", "description", "main"])]
struct ListTemplate<'a> {
    frame: Frame<'a>,
    texts: &'a Texts,
    items: Vec<Item<'a>>,
    life: Span,
    /// How often an app that is used renews its access.
    renewal: Span,
}

#[derive(Template)]
#[template(path = "en/connections_unreadable.html", blocks = ["title", "description", "main"])]
struct UnreadableTemplate<'a> {
    frame: Frame<'a>,
    texts: &'a Texts,
    /// The button that repeats what was asked for.
    field: &'static str,
    value: String,
}

page_template!(AskTemplate<'_>);
page_template!(ListTemplate<'_>);
page_template!(UnreadableTemplate<'_>);

/// One connection.
struct Item<'a> {
    family: Id,
    receiver: Receiver<'a>,
    client_name: &'a str,
    /// The host of its metadata document.
    publisher: Option<&'a str>,
    resource: String,
    /// How long ago; `None` for just now.
    since: Option<Span>,
    used: Option<Span>,
    ends: Span,
    scopes: String,
    limits: Vec<String>,
}

/// Who has the access. Hosts are ASCII: look-alikes show as punycode.
enum Receiver<'a> {
    Computer,
    /// What opens links of this scheme, colon included.
    Application(&'a str),
    Host(&'a str),
}

impl<'a> Frame<'a> {
    /// `None` when the form cannot be sealed: a bug.
    fn new(server: &Server, session: &Session, notice: &'a Notice) -> Option<Self> {
        let mount = &server.issuer.mount;
        Some(Self {
            action: format!("{mount}{CONNECTIONS}"),
            sealed: open_page::seal(server, session).ok()?,
            signed_out: format!("{mount}{SIGNED_OUT}"),
            notice,
        })
    }
}

/// Asks for the credential.
pub(super) fn ask(server: &Server, parts: &Parts, session: &Session, notice: &Notice) -> Response<Bytes> {
    let Some(frame) = Frame::new(server, session, notice) else { return broken(server, parts) };
    respond(server, notice, &AskTemplate { frame, texts: &server.texts, field_trouble: notice.of_field() })
}

/// Shows what is connected.
pub(super) fn list(server: &Server, parts: &Parts, list: &List<'_>) -> Response<Bytes> {
    let List { session, connections, notice } = list;
    let Some(frame) = Frame::new(server, session, notice) else { return broken(server, parts) };
    let items = connections.iter().map(|connection| Item::new(server, connection)).collect();
    let life = Span::new(server.lifetimes.transaction.as_secs());
    let renewal = Span::new(server.lifetimes.access_token.as_secs());
    respond(server, notice, &ListTemplate { frame, texts: &server.texts, items, life, renewal })
}

/// Says that the store does not answer, with a button that tries the same again.
pub(super) fn unreadable(
    server: &Server,
    parts: &Parts,
    session: &Session,
    notice: &Notice,
) -> Response<Bytes> {
    let Some(frame) = Frame::new(server, session, notice) else { return broken(server, parts) };
    let (field, value) = match notice {
        Notice::NotEnded { family: Some(family) } => ("end", family.to_string()),
        Notice::NotEnded { family: None } => ("action", "end_all".to_owned()),
        _ => ("action", "show".to_owned()),
    };
    respond(server, notice, &UnreadableTemplate { frame, texts: &server.texts, field, value })
}

fn respond(server: &Server, notice: &Notice, page: &impl PageTemplate) -> Response<Bytes> {
    with_retry(server.page(status(notice), page), notice)
}

fn broken(server: &Server, parts: &Parts) -> Response<Bytes> {
    tracing::error!("the form of the connections page could not be sealed");
    error_page::render_at(server, parts, &Trouble::Internal, Place::Connections)
}

impl<'a> Item<'a> {
    fn new(server: &Server, connection: &'a Connection) -> Self {
        let now = server.clock.unix_seconds();
        let since = |ms: u64| Span::ago(now.saturating_sub(ms / 1000));
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
            ends: Span::new(whole(connection.ends_at.saturating_sub(now))),
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

fn receiver(redirect_host: &str) -> Receiver<'_> {
    match redirect_host {
        "localhost" => Receiver::Computer,
        scheme if scheme.ends_with(':') => Receiver::Application(scheme),
        host => Receiver::Host(host),
    }
}
