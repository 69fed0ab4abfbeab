//! A whole login with the user's key, by an independent client (the `oauth2` crate): consent, code, tokens, tools,
//! refresh, replays, revocation. Two connections are made, because one must die of a replayed code.

use oauth2::basic::BasicClient;
use oauth2::{AuthType, AuthUrl, ClientId, EndpointNotSet, EndpointSet, RedirectUrl, TokenUrl};
use sealing::SecretString;
use serde_json::Value;

use super::Doctor;
use super::check::{Group, Stop, Verdict};
use super::consent::Page;
use super::exchange::Exchange;
use super::registration::{Client, Clients};
use super::resource::Resource;
use super::server::Server;
use super::tools;

mod checks;
mod http;
mod steps;

use checks::{
    APPROVED, ASKED_AGAIN, BOUND, CHECKS, CODE_ISS, GRACE, LASTING, NOT_IN_URL, OTHER_CLIENT, OTHER_KIND,
    OTHER_TARGET, PRIVATE, REPLAYED, REVOKED, ROTATED, SHAPE, SPENT, VERIFIED,
};

const TITLE: &str = "Login";

/// What stands on a button that means yes.
const YES: [&str; 6] = ["approve", "allow", "authorize", "accept", "connect", "continue"];

/// How many connections were made and how many of them are known to be gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// Logins that gave tokens.
    pub made: u32,
    /// Those whose tokens do not work any more.
    pub revoked: u32,
}

impl Connections {
    /// What the person who lent the key should know.
    pub fn in_words(self) -> String {
        match self {
            Self { made: 0, .. } => "No connection was made.".to_owned(),
            Self { made, revoked } if made == revoked => {
                format!("{made} connections were made, and revoked.")
            }
            Self { made, revoked } => format!(
                "{made} connections were made, and {revoked} revoked: revoke what is left yourself, or delete the key."
            ),
        }
    }
}

type OAuth2 = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// Everything that the steps share.
#[derive(Debug)]
struct Login<'a> {
    doctor: &'a Doctor,
    resource: &'a Resource,
    server: &'a Server,
    client: &'a Client,
    key: &'a SecretString,
    oauth2: OAuth2,
}

/// A user's yes on its way back to the client.
struct Approved {
    page: Page,
    answer: Exchange,
    parameters: Vec<(String, String)>,
    verifier: String,
    state: String,
}

/// A connection.
struct Connected {
    exchange: Exchange,
    access: String,
    refresh: Option<String>,
    /// Why the `oauth2` crate could not read the answer, though there are tokens in it.
    flaw: Option<Stop>,
}

/// Logs in, looks at everything, and leaves nothing behind.
pub async fn examine(
    doctor: &Doctor,
    resource: &Resource,
    server: &Server,
    clients: &Clients,
    key: &SecretString,
) -> (Group, Connections) {
    let mut group = Group::new(TITLE, CHECKS);
    let mut connections = Connections::default();
    let Some(client) = clients.any() else {
        return (group.close("no client could register"), connections);
    };
    let Some(login) = Login::new(doctor, resource, server, client, key) else {
        return (group.close("the endpoints are no URLs"), connections);
    };
    let other = clients.local.as_ref().filter(|other| other.id != client.id);
    if let Some(page) = login.first(&mut group, &mut connections, other).await {
        login.second(&mut group, &mut connections, &page).await;
    }
    (group.close("the login before it did not work"), connections)
}

impl<'a> Login<'a> {
    fn new(
        doctor: &'a Doctor,
        resource: &'a Resource,
        server: &'a Server,
        client: &'a Client,
        key: &'a SecretString,
    ) -> Option<Self> {
        let oauth2 = BasicClient::new(ClientId::new(client.id.clone()))
            .set_auth_type(AuthType::RequestBody)
            .set_auth_uri(AuthUrl::new(server.authorize.to_string()).ok()?)
            .set_token_uri(TokenUrl::new(server.token.to_string()).ok()?)
            .set_redirect_uri(RedirectUrl::new(client.redirect.clone()).ok()?);
        Some(Self { doctor, resource, server, client, key, oauth2 })
    }

    /// One connection from the form to its revocation.
    async fn first(
        &self,
        group: &mut Group,
        connections: &mut Connections,
        other: Option<&Client>,
    ) -> Option<Page> {
        let approved = match self.approve(Some(group), None).await {
            Ok(approved) => approved,
            Err(stop) => {
                group.record(&APPROVED, Err(stop));
                return None;
            }
        };
        group.record(&APPROVED, Ok(()));
        group.record(&CODE_ISS, self.carries_iss(&approved));
        group.record(&NOT_IN_URL, self.key_is_not_in(&approved));
        group.record(&VERIFIED, self.wrong_verifier(&approved).await);
        group.record(&BOUND, self.bound(&approved, other).await);
        let connected = match self.exchange(&approved).await {
            Ok(connected) => connected,
            Err(stop) => {
                group.record(&SHAPE, Err(stop));
                return None;
            }
        };
        connections.made += 1;
        group.record(&SHAPE, connected.flaw.clone().map_or_else(|| shape(&connected.exchange), Err));
        group.record(&PRIVATE, connected.exchange.is_not_stored());
        group.record(&LASTING, lasting(&connected.exchange));
        tools::examine(self.doctor, &connected.access, group).await;
        group.record(&OTHER_KIND, self.other_kinds(&approved, &connected).await);
        let newest = self.refreshes(group, &connected, other).await;
        let verdict = self.revoke(&connected, newest.as_ref()).await;
        connections.revoked += u32::from(verdict.is_ok());
        group.record(&REVOKED, verdict);
        Some(approved.page)
    }

    /// Refreshes, and gives the newest connection.
    async fn refreshes(
        &self,
        group: &mut Group,
        connected: &Connected,
        other: Option<&Client>,
    ) -> Option<Connected> {
        let Some(old) = &connected.refresh else {
            for check in [&ROTATED, &GRACE, &OTHER_CLIENT, &OTHER_TARGET] {
                group.record(check, Err(Stop::Skip("the server gave no refresh token".to_owned())));
            }
            return None;
        };
        let answers = |exchange: Result<Exchange, Stop>, code: &str| -> Verdict {
            exchange?.is_oauth_error(&[400], &[code])
        };
        group.record(
            &OTHER_CLIENT,
            match other {
                Some(other) => answers(self.refresh_form(old, &other.id, None).await, "invalid_grant"),
                None => Err(Stop::Skip("no second client could register".to_owned())),
            },
        );
        let evil = Some("https://evil.example/mcp");
        group.record(
            &OTHER_TARGET,
            answers(self.refresh_form(old, &self.client.id, evil).await, "invalid_target"),
        );
        let next = match self.refresh(old).await {
            Ok(next) => next,
            Err(stop) => {
                group.record(&ROTATED, Err(stop));
                return None;
            }
        };
        group.record(
            &ROTATED,
            match &next.refresh {
                Some(new) if new != old => Ok(()),
                _ => Err(next.exchange.fault("the same refresh_token, or none", "a new refresh token")),
            }
            .and_then(|()| next.flaw.clone().map_or(Ok(()), Err)),
        );
        // A client whose answer got lost, or a second session of it, comes with the old one once more.
        match self.refresh(old).await {
            Ok(again) => {
                group.record(&GRACE, self.works(&again).await);
                Some(again)
            }
            Err(stop) => {
                group.record(&GRACE, Err(stop));
                Some(next)
            }
        }
    }

    /// A connection that dies of its code's second use.
    async fn second(&self, group: &mut Group, connections: &mut Connections, before: &Page) {
        let approved = match self.approve(None, Some(before)).await {
            Ok(approved) => approved,
            Err(stop) => return group.record(&ASKED_AGAIN, Err(stop)),
        };
        group.record(&ASKED_AGAIN, Ok(()));
        let Ok(connected) = self.exchange(&approved).await else { return };
        connections.made += 1;
        let verdict = self.replay(&approved, &connected).await;
        group.record(&REPLAYED, verdict);
        let gone = self.revoke(&connected, None).await.is_ok();
        connections.revoked += u32::from(gone);
        group.record(&SPENT, self.form_is_spent(&approved).await);
    }
}

fn shape(answer: &Exchange) -> Verdict {
    let document = answer.json()?;
    answer.has_no_nulls(&document)?;
    if !document["token_type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
        return Err(answer.bad_member(&document, "token_type", "\"Bearer\""));
    }
    if !document["expires_in"].is_u64() {
        return Err(answer.bad_member(&document, "expires_in", "a number"));
    }
    answer.text_member(&document, "scope")?;
    answer.text_member(&document, "refresh_token").map(drop).map_err(|stop| hide(stop, &document))
}

/// A fault of a token response shows names, never values.
fn hide(stop: Stop, document: &Value) -> Stop {
    match stop {
        Stop::Fault(mut fault) => {
            let names: Vec<_> =
                document.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            fault.line = format!("members: {}", names.join(", "));
            Stop::Fault(fault)
        }
        skip @ Stop::Skip(_) => skip,
    }
}

fn lasting(answer: &Exchange) -> Verdict {
    let document = answer.json()?;
    if document["expires_in"].as_u64().is_some_and(|seconds| seconds > 300) {
        return Ok(());
    }
    Err(answer.bad_member(&document, "expires_in", "more than 300"))
}
