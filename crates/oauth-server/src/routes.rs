//! From a request to its endpoint: paths, methods, body bounds, CORS.
//!
//! The machine endpoints may be read by pages of any origin, errors included; the authorization endpoint by none.

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Method, Request, Response};
use http_body::Body;

use crate::authorize::AUTHORIZE;
use crate::connections_page::{self, CONNECTIONS};
use crate::consent;
use crate::error::EndpointError;
use crate::error_page::{self, Place, Trouble};
use crate::events::Event;
use crate::metadata::{AUTHORIZATION_SERVER, OPENID_CONFIGURATION, PROTECTED_RESOURCE};
use crate::registration::{self, REGISTER};
use crate::request::{BodyFault, BoxError, MAX_FORM, MAX_REGISTRATION, Received, read_body};
use crate::resource::Named;
use crate::respond;
use crate::revoke::{self, REVOKE};
use crate::server::Server;
use crate::signed_out::{self, SIGNED_OUT};
use crate::token::{self, TOKEN};

/// Where a path leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    Authorize,
    Connections,
    SignedOut,
    Token,
    Register,
    Revoke,
    ServerMetadata,
    ResourceMetadata(Named<'a>),
    /// A well-known name of ours, with a path for which there is no document.
    NoDocument,
}

/// Where a path leads; `None` when it is not ours.
pub(crate) fn find<'a>(server: &'a Server, path: &'a str) -> Option<Route<'a>> {
    let mount = server.issuer.mount.as_str();
    for name in [AUTHORIZATION_SERVER, PROTECTED_RESOURCE, OPENID_CONFIGURATION] {
        // The RFCs put the name before the path of the issuer; some clients put it after.
        let before = || path.strip_prefix(name).and_then(|rest| below(mount, rest));
        let after = || below(mount, path)?.strip_prefix(name).and_then(|rest| below("", rest));
        if let Some(rest) = before().or_else(after) {
            return Some(document(server, name, rest.strip_suffix('/').unwrap_or(rest)));
        }
    }
    match below(mount, path)? {
        AUTHORIZE => Some(Route::Authorize),
        CONNECTIONS => Some(Route::Connections),
        SIGNED_OUT => Some(Route::SignedOut),
        TOKEN => Some(Route::Token),
        REVOKE => Some(Route::Revoke),
        path if server.registration.as_deref() == Some(path) => Some(Route::Register),
        _ => None,
    }
}

/// What is left of `path` below `mount`: nothing, or something that begins with a slash.
fn below<'a>(mount: &str, path: &'a str) -> Option<&'a str> {
    path.strip_prefix(mount).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The document of a well-known name for the whole server or for one resource.
fn document<'a>(server: &'a Server, name: &str, path: &'a str) -> Route<'a> {
    let resource =
        if path.is_empty() { Some(server.resources.default_named()) } else { server.resources.named(path) };
    match (name, resource) {
        // One large client asks for the server's metadata by the resource's path.
        (AUTHORIZATION_SERVER, Some(_)) => Route::ServerMetadata,
        (PROTECTED_RESOURCE, Some(resource)) => Route::ResourceMetadata(resource),
        _ => Route::NoDocument,
    }
}

/// Answers a request.
pub(crate) async fn answer<B>(server: &Server, request: Request<B>) -> Response<Bytes>
where
    B: Body + Send,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    let uri = request.uri().clone();
    let Some(route) = find(server, uri.path()) else { return respond::not_found() };
    if matches!(route, Route::Authorize | Route::Connections | Route::SignedOut) {
        return page(server, route, request).await;
    }
    let posts = matches!(route, Route::Token | Route::Register | Route::Revoke);
    let methods = if posts { "POST, OPTIONS" } else { "GET, HEAD, OPTIONS" };
    if request.method() == Method::OPTIONS {
        return respond::preflight(request.headers(), methods);
    }
    let fits = if posts { request.method() == Method::POST } else { is_read(request.method()) };
    let mut response =
        if fits { machine(server, route, request).await } else { respond::method_not_allowed(methods) };
    respond::allow_any_origin(&mut response);
    response
}

/// Answers at a page for people.
async fn page<B>(server: &Server, route: Route<'_>, request: Request<B>) -> Response<Bytes>
where
    B: Body + Send,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    let place = match route {
        Route::Connections => Place::Connections,
        Route::SignedOut => Place::SignedOut,
        _ => Place::Authorize,
    };
    let (parts, body) = request.into_parts();
    if is_read(&parts.method) {
        return match place {
            Place::Authorize => consent::show(server, &parts).await,
            Place::Connections => connections_page::show(server, &parts),
            Place::SignedOut => signed_out::show(server, &parts),
        };
    }
    let takes_forms = place != Place::SignedOut;
    if parts.method != Method::POST || !takes_forms {
        let allow = if takes_forms { "GET, HEAD, POST" } else { "GET, HEAD" };
        let mut response = error_page::render_at(server, &parts, &Trouble::Method, place);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
        return response;
    }
    match read_body(body, MAX_FORM).await {
        Ok(body) => {
            let received = Received { parts, body };
            match place {
                Place::Connections => connections_page::act(server, &received).await,
                Place::Authorize | Place::SignedOut => consent::decide(server, &received).await,
            }
        }
        Err(fault) => {
            let trouble = Trouble::Body { too_large: fault == BodyFault::TooLarge };
            error_page::render_at(server, &parts, &trouble, place)
        }
    }
}

async fn machine<B>(server: &Server, route: Route<'_>, request: Request<B>) -> Response<Bytes>
where
    B: Body + Send,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    let (limit, path) = match route {
        Route::ServerMetadata => return server.documents.authorization_server(),
        Route::ResourceMetadata(resource) => return server.documents.resource(&server.resources, resource),
        Route::NoDocument | Route::Authorize | Route::Connections | Route::SignedOut => {
            return respond::not_found();
        }
        Route::Register => (MAX_REGISTRATION, REGISTER),
        Route::Token => (MAX_FORM, TOKEN),
        Route::Revoke => (MAX_FORM, REVOKE),
    };
    let (parts, body) = request.into_parts();
    let result = match read_body(body, limit).await {
        Err(fault) if route == Route::Token => Err(token::not_understood(server, fault)),
        Err(fault) => Err(EndpointError::from(fault)),
        Ok(body) if route == Route::Register => registration::register(server, &Received { parts, body }),
        Ok(body) if route == Route::Token => token::token(server, &Received { parts, body }).await,
        Ok(body) => revoke::revoke(server, &Received { parts, body }).await,
    };
    match &result {
        Err(error) if route == Route::Register => {
            server.record(Event::RegistrationRefused { reason: error.name() });
        }
        Err(error) if route == Route::Revoke => {
            server.record(Event::RevocationRefused { reason: error.name() });
        }
        // The token endpoint knows what was asked for, and registration who came.
        Ok(_) | Err(_) => {}
    }
    result.unwrap_or_else(|error| {
        error.log(path);
        error.response(&server.issuer)
    })
}

fn is_read(method: &Method) -> bool {
    *method == Method::GET || *method == Method::HEAD
}
