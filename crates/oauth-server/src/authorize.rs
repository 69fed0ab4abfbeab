//! The authorization request: from a query to a checked request or a fault (OAuth 2.1 section 4.1.1, RFC 8707).
//!
//! The order matters. Until the client and its redirect URI are known to belong together, a fault is shown here;
//! only afterwards may anything be sent back to the client.

use crate::client::{Client, UnknownClient};
use crate::client_metadata_document::DocumentFault;
use crate::form::{Form, FormFault};
use crate::pkce;
use crate::redirect_uri::{RedirectUri, Trust};
use crate::resource::ResourceId;
use crate::server::Server;

/// Path of the authorization endpoint.
pub(crate) const AUTHORIZE: &str = "/authorize";

/// Longest `state`, in bytes. The longest real one has 1.3 KB.
const MAX_STATE: usize = 4096;

/// A request that only waits for its user.
#[derive(Debug)]
pub(crate) struct AuthorizationRequest {
    /// As the client sent it.
    pub(crate) client_id: String,
    pub(crate) client: Client,
    pub(crate) redirect: RedirectUri,
    pub(crate) trust: Trust,
    pub(crate) state: Option<Vec<u8>>,
    pub(crate) challenge: pkce::Challenge,
    pub(crate) resource: ResourceId,
    pub(crate) scopes: Vec<String>,
}

/// Why there is nothing to approve.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Shown to the user here: nobody is known to whom it could be sent.
    Local(LocalFault),
    /// The same, for a client whose metadata cannot be used.
    Document(DocumentFault),
    /// The client's to know.
    Client(Box<ClientFault>),
}

/// A fault that is shown here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LocalFault {
    Malformed,
    Duplicate,
    ClientMissing,
    ClientUnknown,
    RedirectMissing,
    RedirectMalformed,
    RedirectNotRegistered,
    RedirectNotTrusted,
    StateTooLong,
}

/// A fault that is sent to the client.
#[derive(Debug)]
pub(crate) struct ClientFault {
    pub(crate) redirect: RedirectUri,
    pub(crate) trust: Trust,
    pub(crate) state: Option<Vec<u8>>,
    /// The code of RFC 6749 section 4.1.2.1 or RFC 8707 section 2.
    pub(crate) error: &'static str,
    pub(crate) description: &'static str,
}

type ClientProblem = (&'static str, &'static str);

/// Checks an authorization request.
pub(crate) async fn check(server: &Server, query: &str) -> Result<AuthorizationRequest, Fault> {
    let local = |fault| Fault::Local(fault);
    let form = Form::parse(query.as_bytes()).map_err(|_| local(LocalFault::Malformed))?;
    // `resource` alone may be repeated by its RFC; that we take one only is the client's to know.
    form.refuse_duplicates(&["resource"]).map_err(|_| local(LocalFault::Duplicate))?;
    let text = |name| form.text(name).map_err(|_: FormFault| local(LocalFault::Malformed));

    let client_id = text("client_id")?.ok_or(local(LocalFault::ClientMissing))?;
    let client = Client::resolve(server, client_id).await.map_err(|unknown| match unknown {
        UnknownClient::Unknown => local(LocalFault::ClientUnknown),
        UnknownClient::Document(fault) => Fault::Document(fault),
    })?;
    let redirect = text("redirect_uri")?.ok_or(local(LocalFault::RedirectMissing))?;
    let redirect = RedirectUri::parse(redirect).map_err(|_| local(LocalFault::RedirectMalformed))?;
    if !client.has_redirect(&redirect) {
        return Err(local(LocalFault::RedirectNotRegistered));
    }
    let trust = server
        .redirects
        .trust(&redirect, client.is_preregistered())
        .ok_or(local(LocalFault::RedirectNotTrusted))?;
    let state = form.bytes("state").map(<[u8]>::to_vec);
    if state.as_ref().is_some_and(|state| state.len() > MAX_STATE) {
        return Err(local(LocalFault::StateTooLong));
    }

    match client_part(server, &form) {
        Ok((challenge, resource, scopes)) => {
            let client_id = client_id.to_owned();
            Ok(AuthorizationRequest {
                client_id,
                client,
                redirect,
                trust,
                state,
                challenge,
                resource,
                scopes,
            })
        }
        Err((error, description)) => {
            let fault = ClientFault { redirect, trust, state, error, description };
            Err(Fault::Client(Box::new(fault)))
        }
    }
}

/// Checks what the client is told about.
fn client_part(
    server: &Server,
    form: &Form,
) -> Result<(pkce::Challenge, ResourceId, Vec<String>), ClientProblem> {
    let invalid = |description| ("invalid_request", description);
    let text = |name| form.text(name).map_err(|_| invalid("A parameter is not UTF-8."));
    match text("response_type")? {
        Some("code") => {}
        None => return Err(invalid("The response_type is missing.")),
        Some(_) => return Err(("unsupported_response_type", "The only response type is code.")),
    }
    if text("response_mode")?.is_some_and(|mode| mode != "query") {
        return Err(invalid("The only response mode is query."));
    }
    // An absent method means `plain` (RFC 7636 section 4.3), which we do not take.
    if text("code_challenge_method")? != Some(pkce::METHOD) {
        return Err(invalid("PKCE is needed, with code_challenge_method S256."));
    }
    let challenge = text("code_challenge")?
        .and_then(pkce::parse_challenge)
        .ok_or(invalid("PKCE is needed, with a code_challenge of 43 base64url characters."))?;
    let resource = requested_resource(server, form)?;
    let ceiling = server.resources.endpoint(resource).scopes.as_deref();
    let scopes = server
        .scopes
        .requested(text("scope")?, ceiling)
        .map_err(|_| ("invalid_scope", "The scope is malformed."))?;
    Ok((challenge, resource, scopes))
}

fn requested_resource(server: &Server, form: &Form) -> Result<ResourceId, ClientProblem> {
    let refused = ("invalid_target", "The resource is not an endpoint of this server.");
    let mut values = form.values("resource");
    match (values.next(), values.next()) {
        (None, _) => Ok(server.resources.default_id()),
        (Some(value), None) => std::str::from_utf8(value)
            .ok()
            .and_then(|text| server.resources.by_identifier(text))
            .ok_or(refused),
        (Some(_), Some(_)) => Err(("invalid_target", "One resource at a time.")),
    }
}
