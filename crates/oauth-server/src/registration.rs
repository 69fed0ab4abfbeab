//! Dynamic client registration without storage (RFC 7591). RFC 7592 (managing a registration) is not offered.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::client::{self, AuthMethod, Registration};
use crate::error::EndpointError;
use crate::events::{Event, EventClient};
use crate::redirect_uri::RedirectUri;
use crate::request::{ClientAddress, Received};
use crate::respond;
use crate::server::Server;
use crate::text::clean_name;

/// Path of the registration endpoint.
pub(crate) const REGISTER: &str = "/register";

/// Most redirect URIs of one client; the longest real list has six.
const MAX_REDIRECTS: usize = 16;

/// The members that we look at. Others, in other languages or unknown, are passed over (RFC 7591 section 2).
#[derive(Deserialize)]
struct Request {
    redirect_uris: Option<Vec<String>>,
    client_name: Option<String>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    application_type: Option<String>,
    client_uri: Option<String>,
    logo_uri: Option<String>,
    tos_uri: Option<String>,
    policy_uri: Option<String>,
    jwks_uri: Option<String>,
}

/// Registers a client: 201 with a `client_id` that is the registration itself.
pub(crate) fn register(server: &Server, received: &Received) -> Result<Response<Bytes>, EndpointError> {
    let address = received.parts.extensions.get::<ClientAddress>().map(|address| address.0);
    server
        .registrations
        .take(address, server.clock.since_epoch())
        .map_err(|retry_after| EndpointError::TooManyRegistrations { retry_after })?;
    // Members that are passed over are not looked at: that they are text, too, is checked here (RFC 8259 section 8.1).
    let body = std::str::from_utf8(&received.body).ok();
    let request: Request = body.and_then(|body| serde_json::from_str(body).ok()).ok_or(
        EndpointError::InvalidClientMetadata("The body must be a JSON object with client metadata."),
    )?;
    request.refuse_hostile_uris()?;
    let redirects = request.usable_redirects(server)?;
    let grants = request.grants()?;
    let (auth, auth_name) = request.auth_method();
    let registration = Registration {
        name: clean_name(request.client_name.as_deref().unwrap_or_default()),
        redirects: redirects.iter().map(RedirectUri::identity).collect(),
        auth,
        refresh: grants.contains(&"refresh_token"),
        registered_at: server.clock.unix_seconds(),
    };
    let client_id = registration.client_id(server)?;
    tracing::info!(
        client_name = %registration.name,
        receivers = %redirects.iter().map(RedirectUri::receiver).collect::<Vec<_>>().join(" "),
        auth = auth_name,
        "client registered"
    );
    let receiver = redirects.first().map(RedirectUri::receiver);
    let known = EventClient { redirect_host: receiver.as_deref(), ..EventClient::default() };
    server.record_of(Event::Registered, &known.registered(true).asking(&received.parts.headers));

    // Absent members are left out: clients' schemas refuse null (RFC 7591 section 3.2.1 has no use for it).
    let mut answer = Map::new();
    answer.insert("client_id".to_owned(), json!(client_id));
    answer.insert("client_id_issued_at".to_owned(), json!(registration.registered_at));
    if auth != AuthMethod::None {
        let secret = client::secret(&server.fingerprints, &client_id);
        answer.insert("client_secret".to_owned(), json!(secret.expose()));
        answer.insert("client_secret_expires_at".to_owned(), json!(0));
    }
    if !registration.name.is_empty() {
        answer.insert("client_name".to_owned(), json!(registration.name));
    }
    let uris: Vec<&str> = redirects.iter().map(RedirectUri::as_str).collect();
    answer.insert("redirect_uris".to_owned(), json!(uris));
    answer.insert("grant_types".to_owned(), json!(grants));
    answer.insert("response_types".to_owned(), json!(["code"]));
    answer.insert("token_endpoint_auth_method".to_owned(), json!(auth_name));
    if let Some(application_type @ ("web" | "native")) = request.application_type.as_deref() {
        answer.insert("application_type".to_owned(), json!(application_type));
    }
    Ok(respond::json(StatusCode::CREATED, &Value::Object(answer)))
}

impl Request {
    /// We load none of these, but somebody may click on one some day.
    fn refuse_hostile_uris(&self) -> Result<(), EndpointError> {
        let uris = [&self.client_uri, &self.logo_uri, &self.tos_uri, &self.policy_uri, &self.jwks_uri];
        let is_web = |uri: &String| {
            uri.is_empty() || url::Url::parse(uri).is_ok_and(|uri| matches!(uri.scheme(), "http" | "https"))
        };
        if uris.into_iter().flatten().all(is_web) {
            Ok(())
        } else {
            Err(EndpointError::InvalidClientMetadata("A URI in the metadata is not http or https."))
        }
    }

    /// The redirect URIs that the policy allows. Clients send mixed sets and have no way to send fewer, so that
    /// one bad URI does not cost the good ones.
    fn usable_redirects(&self, server: &Server) -> Result<Vec<RedirectUri>, EndpointError> {
        let uris = self.redirect_uris.as_deref().unwrap_or_default();
        if uris.len() > MAX_REDIRECTS {
            return Err(EndpointError::InvalidRedirectUri("There are more than 16 redirect URIs."));
        }
        let usable: Vec<RedirectUri> = uris
            .iter()
            .filter_map(|uri| RedirectUri::parse(uri).ok())
            .filter(|uri| server.redirects.trust(uri, false).is_some())
            .collect();
        if usable.is_empty() {
            return Err(EndpointError::InvalidRedirectUri(
                "None of the redirect_uris can be used here: https on a known host, http on loopback, or a \
                 known application scheme.",
            ));
        }
        Ok(usable)
    }

    /// The grant types that we support out of those asked for. Who names none gets both: a connection that
    /// cannot be refreshed would end every hour.
    fn grants(&self) -> Result<Vec<&'static str>, EndpointError> {
        const SUPPORTED: [&str; 2] = ["authorization_code", "refresh_token"];
        let code_only = |types: &[String]| types.iter().any(|kind| kind == "code");
        if self.response_types.as_deref().is_some_and(|types| !types.is_empty() && !code_only(types)) {
            return Err(EndpointError::InvalidClientMetadata("The only response type is code."));
        }
        match self.grant_types.as_deref() {
            None | Some([]) => Ok(SUPPORTED.to_vec()),
            Some(asked) => {
                let asks = |kind: &&str| asked.iter().any(|asked| asked == kind);
                let granted: Vec<&str> = SUPPORTED.into_iter().filter(asks).collect();
                if granted.contains(&"authorization_code") {
                    Ok(granted)
                } else {
                    Err(EndpointError::InvalidClientMetadata("The grant type authorization_code is needed."))
                }
            }
        }
    }

    /// The method in effect, and its name. One that we do not support becomes `none`: PKCE holds the code.
    fn auth_method(&self) -> (AuthMethod, &'static str) {
        match self.token_endpoint_auth_method.as_deref() {
            None | Some("") => (AuthMethod::SecretEither, "client_secret_basic"),
            Some("client_secret_basic") => (AuthMethod::SecretBasic, "client_secret_basic"),
            Some("client_secret_post") => (AuthMethod::SecretPost, "client_secret_post"),
            Some(_) => (AuthMethod::None, "none"),
        }
    }
}
