//! Discovery documents: the authorization server's (RFC 8414) and the resources' (RFC 9728).
//!
//! Built from the settings; of a request, only the name of a resource gets in, and only one that the embedder
//! declared. What is listed is implemented, and nothing else is hinted at.

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::authorize::AUTHORIZE;
use crate::client_assertion::{ALGORITHMS, PRIVATE_KEY_JWT};
use crate::resource::{Named, ResourceId, Resources};
use crate::respond;
use crate::revoke::REVOKE;
use crate::scope::{OFFLINE_ACCESS, Scopes};
use crate::settings::Issuer;
use crate::token::TOKEN;

/// Well-known name of the resources' metadata (RFC 9728 section 3.1).
pub(crate) const PROTECTED_RESOURCE: &str = "/.well-known/oauth-protected-resource";
/// Well-known name of the authorization server's metadata (RFC 8414 section 3).
pub(crate) const AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";
/// Well-known name of OpenID Connect's metadata, which we do not have; clients try it and need a clean 404.
pub(crate) const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";

/// Mistakes in these documents are kept by clients; not for long.
const CACHE: &str = "public, max-age=300";

/// How clients authenticate. `none` is what the large clients look for. Only a client with a metadata document can sign.
const AUTH_METHODS: [&str; 4] = ["none", "client_secret_basic", "client_secret_post", PRIVATE_KEY_JWT];

/// What is advertised only where it is switched on.
pub(crate) struct Offers<'a> {
    /// Dynamic client registration.
    pub(crate) registration: Option<&'a str>,
    /// Client ID Metadata Documents.
    pub(crate) client_documents: bool,
}

/// The documents, serialized.
pub(crate) struct Documents {
    authorization_server: Bytes,
    /// In the order of the resources, each under its own name.
    resources: Vec<(ResourceId, Value)>,
}

impl Documents {
    pub(crate) fn new(issuer: &Issuer, scopes: &Scopes, resources: &Resources, offers: &Offers<'_>) -> Self {
        let methods = &AUTH_METHODS[..if offers.client_documents { 4 } else { 3 }];
        let names = scopes.all().iter().map(|scope| scope.name.as_str());
        let mut server = json!({
            "issuer": issuer.id,
            "authorization_endpoint": issuer.url(AUTHORIZE),
            "token_endpoint": issuer.url(TOKEN),
            "revocation_endpoint": issuer.url(REVOKE),
            "scopes_supported": names.chain([OFFLINE_ACCESS]).collect::<Vec<_>>(),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_methods_supported": methods,
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        });
        if offers.client_documents {
            server["client_id_metadata_document_supported"] = json!(true);
            server["token_endpoint_auth_signing_alg_values_supported"] = json!(ALGORITHMS);
            server["revocation_endpoint_auth_signing_alg_values_supported"] = json!(ALGORITHMS);
        }
        if let Some(path) = offers.registration {
            server["registration_endpoint"] = json!(issuer.url(path));
        }
        let resource = |(id, endpoint): (ResourceId, &crate::ResourceEndpoint)| {
            let document = json!({
                "resource": resources.identifier(&endpoint.path),
                "resource_name": endpoint.name,
                "authorization_servers": [issuer.id],
                "scopes_supported": scopes.baseline(endpoint.scopes.as_deref()),
                "bearer_methods_supported": ["header"],
            });
            (id, document)
        };
        Self { authorization_server: serialize(&server), resources: resources.all().map(resource).collect() }
    }

    /// The authorization server's document.
    pub(crate) fn authorization_server(&self) -> Response<Bytes> {
        document(&self.authorization_server)
    }

    /// A resource's document, under the name by which it was asked for.
    pub(crate) fn resource(&self, resources: &Resources, wanted: Named<'_>) -> Response<Bytes> {
        let Some((_, own)) = self.resources.iter().find(|(id, _)| *id == wanted.id) else {
            return respond::not_found();
        };
        let mut named = own.clone();
        named["resource"] = json!(resources.identifier(wanted.path));
        document(&serialize(&named))
    }
}

fn serialize(document: &Value) -> Bytes {
    Bytes::from(document.to_string())
}

fn document(body: &Bytes) -> Response<Bytes> {
    let mut response = Response::new(body.clone());
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
