//! The tools' server behind our login: who calls, and what their grant says.

use std::borrow::Cow;
use std::sync::Arc;

use http::HeaderValue;
use http::header::WWW_AUTHENTICATE;
use mcp_protocol::{Principal, RpcError, ServerInfo};
use mcp_tools::server::INSTRUCTIONS;
use mcp_tools::{Access, ClientFacts, Context, Limits, Scope, Scopes, Services, ToolServer, Toolsets};
use oauth_server::{AuthorizationServer, ClientIdentity, CredentialError, CredentialVerifier as _, Grant};
use openphone_client::{ApiKey, OpenPhone};

use crate::adapters::consent;
use crate::adapters::credentials::OpenPhoneKeys;
use crate::routes::Narrowing;

/// The OpenPhone MCP server.
pub type OpenPhoneServer = ToolServer<OpenPhoneAccess>;

/// Who is asking, through which endpoint.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What the access token says.
    pub grant: Arc<Grant>,
    /// Path of the endpoint as it was asked for: challenges name it.
    pub endpoint: Arc<str>,
    /// What the URL leaves of the catalogue.
    pub narrowing: Narrowing,
    /// The request's id, as the log and the answer name it.
    pub request_id: Arc<str>,
}

/// One connection is one party, with whichever of its access tokens.
impl Principal for Caller {
    fn owner(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.grant.family.to_string().into_bytes())
    }

    /// The poster's token, under the terms of both.
    fn join(opener: &Self, poster: &Self) -> Option<Self> {
        (opener.grant.family == poster.grant.family).then(|| Self {
            grant: Arc::clone(&poster.grant),
            endpoint: Arc::clone(&poster.endpoint),
            narrowing: opener.narrowing.and(&poster.narrowing),
            request_id: Arc::clone(&poster.request_id),
        })
    }
}

/// What the server says of itself.
#[must_use]
pub fn info(website: String) -> ServerInfo {
    ServerInfo::new("openphone-mcp", env!("CARGO_PKG_VERSION"))
        .with_title("OpenPhone")
        .with_description("Text, read calls and messages, and manage contacts in an OpenPhone workspace")
        .with_website_url(website)
        .with_instructions(INSTRUCTIONS)
}

/// What grants allow, and what becomes of them.
#[derive(Debug)]
pub struct OpenPhoneAccess {
    /// What the operator offers at all.
    toolsets: Toolsets,
    openphone: OpenPhone,
    oauth: Arc<AuthorizationServer>,
}

impl OpenPhoneAccess {
    /// Works with the keys that this authorization server's grants hold.
    #[must_use]
    pub fn new(toolsets: Toolsets, openphone: OpenPhone, oauth: Arc<AuthorizationServer>) -> Self {
        Self { toolsets, openphone, oauth }
    }
}

impl Access for OpenPhoneAccess {
    type Caller = Caller;

    fn scopes(&self, caller: &Caller) -> Scopes {
        Scopes::from_names(caller.grant.scopes.iter().map(String::as_str))
    }

    fn limits(&self, caller: &Caller) -> Result<Limits, RpcError> {
        let limits = consent::limits(&caller.grant.embedder_data).map_err(|error| {
            tracing::error!(family = %caller.grant.family, error = %error, "a grant's limits cannot be read");
            RpcError::internal("This connection's limits cannot be read. Connect again to make new ones.")
        })?;
        let mut url = Limits::default();
        url.inboxes.clone_from(&caller.narrowing.inboxes);
        url.read_only = caller.narrowing.read_only;
        Ok(limits.tightened(&url))
    }

    fn toolsets(&self, caller: &Caller) -> Toolsets {
        self.toolsets.intersection(caller.narrowing.toolsets)
    }

    fn client<'a>(&self, caller: &'a Caller) -> ClientFacts<'a> {
        let client = &caller.grant.client;
        ClientFacts {
            redirect_host: Some(&client.redirect_host),
            document_host: client.document_host.as_deref(),
            user_agent: None,
        }
    }

    fn context(&self, caller: &Caller, services: &Services) -> Result<Context, RpcError> {
        let grant = &caller.grant;
        let key = ApiKey::new(&grant.credential)
            .map_err(|_| RpcError::internal("The key of this connection is unusable. Connect again."))?
            .with_pacing_name(grant.credential_fingerprint.to_string());
        // Connections that share a key take turns at its ten requests a second.
        let workspace = self.openphone.with_key(key).for_caller(grant.family.to_string());
        Ok(Context::new(services.clone(), workspace, grant.credential_fingerprint)
            .with_connection(&grant.family.to_string())
            .with_client(client(&grant.client))
            .with_request_id(Arc::clone(&caller.request_id)))
    }

    fn challenge(&self, caller: &Caller, required: Scope) -> Option<HeaderValue> {
        let challenge = self.oauth.insufficient_scope(&caller.endpoint, &[required.name()]);
        challenge.headers().get(WWW_AUTHENTICATE).cloned()
    }

    /// Ends the grants of a key that OpenPhone no longer knows. Asked a second time, because one wrong answer must not
    /// log anybody out.
    async fn key_refused(&self, caller: &Caller) {
        let grant = &caller.grant;
        let verdict = OpenPhoneKeys::new(self.openphone.clone()).verify(&grant.credential).await;
        if verdict != Err(CredentialError::Wrong) {
            return;
        }
        tracing::info!(family = %grant.family, "the key of this connection was deleted: its grants end");
        if let Err(error) = self.oauth.revoke_credential(grant.credential_fingerprint).await {
            tracing::warn!(error = %error, "other instances will learn of the deleted key by themselves");
        }
    }
}

/// The name that a client gave itself, with what it cannot choose: where its codes are sent.
fn client(client: &ClientIdentity) -> String {
    format!("{} ({})", client.name, client.redirect_host)
}
