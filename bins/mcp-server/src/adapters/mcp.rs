//! The tools' server behind our login: who calls, and what their credential says.

use std::borrow::Cow;
use std::sync::Arc;

use http::HeaderValue;
use http::header::WWW_AUTHENTICATE;
use mcp_protocol::{Principal, RpcError, ServerInfo};
use mcp_tools::server::INSTRUCTIONS;
use mcp_tools::tools::FetchCallTranscripts;
use mcp_tools::{
    Access, Admitted, ClientFacts, Context, Limits, Scope, Scopes, Services, Tool as _, ToolServer, ToolSpec,
    Toolsets,
};
use oauth_server::{AuthorizationServer, CredentialError, CredentialVerifier as _};
use openphone_client::{Observer, OpenPhone};

use crate::adapters::callers::identity::{Identity, Way};
use crate::adapters::credentials::OpenPhoneKeys;
use crate::edge::admission::Admission;
use crate::edge::refused::Class;
use crate::routes::Narrowing;
use crate::telemetry::request::RequestRecord;

/// The OpenPhone MCP server.
pub type OpenPhoneServer = ToolServer<OpenPhoneAccess>;

/// Who is asking, through which endpoint.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose credential it is.
    pub identity: Identity,
    /// Path of the endpoint as it was asked for: challenges name it.
    pub endpoint: Arc<str>,
    /// What the URL leaves of the catalogue.
    pub narrowing: Narrowing,
    /// The request's id, as the log and the answer name it.
    pub request_id: Arc<str>,
    /// What becomes known of the request.
    pub record: Arc<RequestRecord>,
}

/// One connection is one party, with whichever of its access tokens; so is a key that came without a grant.
impl Principal for Caller {
    fn owner(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.identity.owner().as_bytes().to_vec())
    }

    /// The poster's credential, under the terms of both.
    fn join(opener: &Self, poster: &Self) -> Option<Self> {
        (opener.identity.owner() == poster.identity.owner()).then(|| Self {
            identity: poster.identity.clone(),
            endpoint: Arc::clone(&poster.endpoint),
            narrowing: opener.narrowing.and(&poster.narrowing),
            request_id: Arc::clone(&poster.request_id),
            record: Arc::clone(&poster.record),
        })
    }
}

/// What the server says of itself. `website`: its pages, where it has some.
#[must_use]
pub fn info(website: Option<String>) -> ServerInfo {
    let info = ServerInfo::new("openphone-mcp", env!("CARGO_PKG_VERSION"))
        .with_title("OpenPhone")
        .with_description("Text, read calls and messages, and manage contacts in an OpenPhone workspace")
        .with_instructions(INSTRUCTIONS);
    match website {
        Some(website) => info.with_website_url(website),
        None => info,
    }
}

/// What credentials allow, and what becomes of them.
#[derive(Debug)]
pub struct OpenPhoneAccess {
    /// What the operator offers at all.
    toolsets: Toolsets,
    openphone: OpenPhone,
    oauth: Arc<AuthorizationServer>,
    admission: Arc<Admission>,
}

impl OpenPhoneAccess {
    /// Works with the keys that this authorization server's grants hold.
    #[must_use]
    pub fn new(
        toolsets: Toolsets,
        openphone: OpenPhone,
        oauth: Arc<AuthorizationServer>,
        admission: Arc<Admission>,
    ) -> Self {
        Self { toolsets, openphone, oauth, admission }
    }
}

impl Access for OpenPhoneAccess {
    type Caller = Caller;

    fn scopes(&self, caller: &Caller) -> Scopes {
        caller.identity.scopes()
    }

    fn limits(&self, caller: &Caller) -> Result<Limits, RpcError> {
        let limits = caller.identity.limits().map_err(|error| {
            tracing::error!(family = &*caller.identity.owner(), %error, "a grant's limits cannot be read");
            RpcError::internal("This connection's limits cannot be read. Connect again to make new ones.")
        })?;
        let Narrowing { read_only, inboxes, .. } = &caller.narrowing;
        if !read_only && inboxes.is_none() {
            return Ok(limits);
        }
        let mut url = Limits::default();
        url.inboxes = inboxes.clone().map(Arc::new);
        url.read_only = *read_only;
        Ok(limits.tightened(&url))
    }

    fn toolsets(&self, caller: &Caller) -> Toolsets {
        self.toolsets.intersection(caller.narrowing.toolsets)
    }

    fn client<'a>(&self, caller: &'a Caller) -> ClientFacts<'a> {
        caller.identity.client_facts()
    }

    fn context(&self, caller: &Caller, services: &Services) -> Result<Context, RpcError> {
        let identity = &caller.identity;
        let (owner, fingerprint) = (identity.owner(), identity.fingerprint());
        let key = identity
            .api_key()
            .map_err(|_| RpcError::internal("The key of this connection is unusable. Connect again."))?;
        // Connections that share a key take turns at its ten requests a second.
        let workspace = self.openphone.with_key(key).for_caller(Arc::clone(&owner));
        let workspace = workspace.observed_by(Arc::clone(&caller.record) as Arc<dyn Observer>);
        Ok(Context::new(services.clone(), workspace, fingerprint)
            .with_connection(owner)
            .with_client(identity.client())
            .with_request_id(Arc::clone(&caller.request_id)))
    }

    fn admit(&self, _: &Caller, tool: &ToolSpec) -> Result<Admitted, RpcError> {
        let permit = self.admission.call(class(tool)).map_err(|refusal| refusal.rpc_error())?;
        Ok(Admitted::holding(permit))
    }

    /// A grant can be made wider by another consent. A key cannot, and its client is sent to no login.
    fn challenge(&self, caller: &Caller, required: Scope) -> Option<HeaderValue> {
        let Identity::Grant(_) = &caller.identity else { return None };
        let challenge = self.oauth.insufficient_scope(&caller.endpoint, &[required.name()]);
        challenge.headers().get(WWW_AUTHENTICATE).cloned()
    }

    /// Ends the grants of a key that OpenPhone no longer knows, and what is remembered of it. Asked a second time, because one wrong answer must not
    /// log anybody out.
    async fn key_refused(&self, caller: &Caller) {
        let identity = &caller.identity;
        let verdict = OpenPhoneKeys::new(self.openphone.clone()).verify(identity.credential()).await;
        if verdict != Err(CredentialError::Wrong) {
            return;
        }
        if let Identity::Key(holder) = identity
            && holder.way == Way::Operator
        {
            tracing::error!(
                "OpenPhone does not know the operator's key any more: give the server another one"
            );
        }
        tracing::info!(family = &*identity.owner(), "the key of this connection was deleted: its grants end");
        if let Err(error) = self.oauth.revoke_credential(identity.fingerprint()).await {
            tracing::warn!(error = %error, "other instances will learn of the deleted key by themselves");
        }
    }
}

/// What a tool is shed as when there is too much to do.
fn class(tool: &ToolSpec) -> Class {
    if tool.name == FetchCallTranscripts::NAME {
        Class::Transcripts
    } else if tool.annotations.read_only {
        Class::Reads
    } else {
        Class::Sends
    }
}

#[cfg(test)]
mod tests {
    use mcp_tools::Catalog;

    use super::*;

    #[test]
    fn every_tool_has_a_class() {
        let catalog = Catalog::new().unwrap();
        let of = |name| class(catalog.spec(name).unwrap());
        assert_eq!(of("fetch-call-transcripts"), Class::Transcripts);
        assert_eq!(of("fetch-messages"), Class::Reads);
        for spec in catalog.specs().filter(|spec| spec.texts_people) {
            assert_eq!(class(spec), Class::Sends, "{}", spec.name);
        }
    }
}
