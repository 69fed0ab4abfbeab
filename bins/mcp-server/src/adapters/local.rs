//! The tools' server for one person on their own computer: one key, no login, and nobody else.

use http::HeaderValue;
use mcp_protocol::RpcError;
use mcp_tools::{Access, ClientFacts, Context, Limits, Scope, Scopes, Services, ToolServer, Toolsets};
use oauth_server::{CredentialError, CredentialVerifier as _};
use openphone_client::{ApiKey, OpenPhone};
use sealing::{Fingerprint, SecretString};

use crate::adapters::credentials::OpenPhoneKeys;

/// The OpenPhone MCP server of one person.
pub type LocalServer = ToolServer<LocalAccess>;

/// What the key's owner may do: everything but what the options rule out.
#[derive(Debug)]
pub struct LocalAccess {
    toolsets: Toolsets,
    openphone: OpenPhone,
    key: SecretString,
    fingerprint: Fingerprint,
}

impl LocalAccess {
    /// Works with this key, which `fingerprint` names.
    #[must_use]
    pub fn new(
        toolsets: Toolsets,
        openphone: OpenPhone,
        key: SecretString,
        fingerprint: Fingerprint,
    ) -> Self {
        Self { toolsets, openphone, key, fingerprint }
    }
}

impl Access for LocalAccess {
    type Caller = ();

    fn scopes(&self, (): &()) -> Scopes {
        Scopes::from_names([Scope::Write.name()])
    }

    fn limits(&self, (): &()) -> Result<Limits, RpcError> {
        Ok(Limits::default())
    }

    fn toolsets(&self, (): &()) -> Toolsets {
        self.toolsets
    }

    /// A local program sends neither a host of its own nor a user agent: it gets the whole catalogue.
    fn client<'a>(&self, (): &'a ()) -> ClientFacts<'a> {
        ClientFacts::default()
    }

    fn context(&self, (): &(), services: &Services) -> Result<Context, RpcError> {
        let key = ApiKey::new(&self.key)
            .map_err(|_| RpcError::internal("The OpenPhone API key of this server is unusable."))?
            .with_pacing_name(self.fingerprint.to_string());
        let workspace = self.openphone.with_key(key);
        Ok(Context::new(services.clone(), workspace, self.fingerprint)
            .with_connection("stdio")
            .with_client("a local program (stdio)"))
    }

    /// There is no login that could be asked for more.
    fn challenge(&self, (): &(), _: Scope) -> Option<HeaderValue> {
        None
    }

    async fn key_refused(&self, (): &()) {
        let verdict = OpenPhoneKeys::new(self.openphone.clone()).verify(&self.key).await;
        if verdict == Err(CredentialError::Wrong) {
            tracing::error!(
                "OpenPhone does not know the key in OPENPHONE_API_KEY: set another one and start again"
            );
        }
    }
}
