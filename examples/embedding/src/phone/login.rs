//! Who may do what: the login's settings, the check of a pasted key, and what a grant means to the tools.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::HeaderValue;
use axum::http::header::WWW_AUTHENTICATE;
use mcp_protocol::{Principal, RpcError};
use mcp_tools::{Access, ClientFacts, Context, Limits, Scope, Scopes, Services};
use oauth_server::{
    Account, AuthorizationServer, ChoiceControl, ConsentChoice, CredentialError, CredentialVerifier, Grant,
    ResourceEndpoint, ScopeInfo, Settings,
};
use openphone_client::{ApiKey, ErrorKind, OpenPhone};
use sealing::SecretString;
use tokio::time::Instant;

/// The endpoints below the prefix, the scopes, and the words on the consent page.
pub(super) fn settings(issuer: &str) -> Settings {
    let resources = vec![
        // The same thing in two dialects: a token for one works at the other.
        ResourceEndpoint::new("/mcp", "The board").covers(["/sse"]),
        ResourceEndpoint::new("/sse", "The board (HTTP+SSE)").covers(["/mcp"]),
    ];
    let (read, write) = (Scope::Read.name(), Scope::Write.name());
    let scopes = vec![
        ScopeInfo::new(read, "Read", "Read messages, calls and contacts.").baseline(),
        ScopeInfo::new(write, "Text and book", "Text customers and book visits.").implies([read]).baseline(),
    ];
    let mut settings = Settings::new(issuer, resources, scopes);
    settings.texts.product = "The board".to_owned();
    settings.texts.account = "OpenPhone workspace".to_owned();
    settings.texts.credential = "OpenPhone API key".to_owned();
    settings.texts.credential_destination = "api.openphone.com".to_owned();
    settings
}

/// Checks pasted keys with OpenPhone.
#[derive(Clone, Debug)]
pub(super) struct PlumbersKeys {
    openphone: OpenPhone,
}

impl PlumbersKeys {
    pub(super) fn new(openphone: OpenPhone) -> Self {
        Self { openphone }
    }
}

#[async_trait]
impl CredentialVerifier for PlumbersKeys {
    async fn verify(&self, credential: &SecretString) -> Result<Account, CredentialError> {
        let key = ApiKey::new(credential).map_err(|_| CredentialError::Wrong)?;
        let workspace = self.openphone.with_key(key).with_deadline(Instant::now() + Duration::from_secs(5));
        let organization = workspace.organization().get().await.map_err(|error| match error.kind() {
            // Only a real 401 costs a login.
            ErrorKind::Unauthorized => CredentialError::Wrong,
            ErrorKind::Forbidden | ErrorKind::PaymentRequired => CredentialError::Forbidden,
            ErrorKind::RateLimited | ErrorKind::Busy => {
                CredentialError::RateLimited { retry_after: error.retry_after() }
            }
            ErrorKind::Timeout => CredentialError::TimedOut,
            _ => CredentialError::Unavailable,
        })?;
        let label = organization.name.map_or_else(|| "A workspace".to_owned(), |name| name.to_string());
        Ok(Account::new(label).choices(choices()))
    }

    fn describe(&self, embedder_data: &[u8]) -> Vec<String> {
        match limits(embedder_data) {
            Ok(limits) if limits.read_only => vec!["It may only read.".to_owned()],
            Ok(limits) if limits.confirm_always => vec!["It asks before it texts anyone.".to_owned()],
            Ok(_) => vec!["It may text customers and book visits.".to_owned()],
            Err(_) => vec!["Its limits cannot be read, so it can do nothing.".to_owned()],
        }
    }
}

/// What the person may limit at consent. The names are those of fields of [`Limits`].
fn choices() -> Vec<ConsentChoice> {
    let unticked = ChoiceControl::Checkbox { checked: false };
    vec![
        ConsentChoice::new("readOnly", "It may only read", unticked.clone()),
        ConsentChoice::new("confirmAlways", "Ask me before it texts anyone", unticked),
    ]
}

/// What was chosen, as the grant carries it: so it is [`Limits`] already. An error must never mean "no limits".
fn limits(embedder_data: &[u8]) -> Result<Limits, serde_json::Error> {
    serde_json::from_slice(embedder_data)
}

/// Who is asking.
#[derive(Clone, Debug)]
pub(super) struct Visitor(pub(super) Arc<Grant>);

/// One connection is one party, with whichever of its access tokens.
impl Principal for Visitor {
    fn owner(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.0.family.as_bytes())
    }
}

/// What the tools ask of a grant.
#[derive(Debug)]
pub(super) struct Grants {
    openphone: OpenPhone,
    oauth: Arc<AuthorizationServer>,
}

impl Grants {
    pub(super) fn new(openphone: OpenPhone, oauth: Arc<AuthorizationServer>) -> Self {
        Self { openphone, oauth }
    }
}

impl Access for Grants {
    type Caller = Visitor;

    fn scopes(&self, Visitor(grant): &Visitor) -> Scopes {
        Scopes::from_names(grant.scopes.iter().map(String::as_str))
    }

    fn limits(&self, Visitor(grant): &Visitor) -> Result<Limits, RpcError> {
        limits(&grant.embedder_data)
            .map_err(|_| RpcError::internal("Connect again: the limits are unreadable."))
    }

    fn client<'a>(&self, Visitor(grant): &'a Visitor) -> ClientFacts<'a> {
        ClientFacts {
            redirect_host: Some(&grant.client.redirect_host),
            document_host: grant.client.document_host.as_deref(),
            user_agent: None,
        }
    }

    fn context(&self, Visitor(grant): &Visitor, services: &Services) -> Result<Context, RpcError> {
        let key = ApiKey::new(&grant.credential).map_err(|_| RpcError::internal("Connect again."))?;
        // Connections that share a key take turns at the rate that OpenPhone allows it.
        let connection = grant.family.to_string();
        let workspace = self.openphone.with_key(key).for_caller(connection.clone());
        Ok(Context::new(services.clone(), workspace, grant.credential_fingerprint)
            .with_connection(connection.as_str())
            .with_client(format!("{} ({})", grant.client.name, grant.client.redirect_host)))
    }

    fn challenge(&self, Visitor(grant): &Visitor, required: Scope) -> Option<HeaderValue> {
        let answer = self.oauth.insufficient_scope(&grant.resource, &[required.name()]);
        answer.headers().get(WWW_AUTHENTICATE).cloned()
    }

    async fn key_refused(&self, Visitor(grant): &Visitor) {
        // Asked again: one wrong answer must not log anybody out.
        let verdict = PlumbersKeys::new(self.openphone.clone()).verify(&grant.credential).await;
        if verdict == Err(CredentialError::Wrong)
            && let Err(error) = self.oauth.revoke_credential(grant.credential_fingerprint).await
        {
            tracing::warn!(%error, "the store does not know yet that a key is dead");
        }
    }
}
