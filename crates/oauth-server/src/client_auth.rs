//! Client authentication at the token and revocation endpoints (RFC 6749 sections 2.3 and 3.2.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header;
use percent_encoding::percent_decode_str;
use sealing::{SecretString, Zeroizing};

use crate::client::{self, AuthMethod, Client};
use crate::error::EndpointError;
use crate::form::Form;
use crate::server::Server;

/// What a client presented.
struct Presented {
    id: String,
    secret: Option<SecretString>,
    basic: bool,
}

/// Finds out which client is asking, and that it is itself.
pub(crate) fn authenticate(
    server: &Server,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Client, EndpointError> {
    let presented = presented(headers, form)?;
    let refuse = |reason| EndpointError::InvalidClient { reason, basic: presented.basic };
    let client = Client::resolve(server, &presented.id)
        .map_err(|_| refuse("The client_id is not known here (any more). Register again."))?;
    let by_secret = || {
        let expected = client::secret(&server.fingerprints, &presented.id);
        presented.secret.as_ref().is_some_and(|secret| *secret == expected)
    };
    let authentic = match client.auth_method() {
        AuthMethod::None => presented.secret.is_none() && !presented.basic,
        AuthMethod::SecretBasic => presented.basic && by_secret(),
        AuthMethod::SecretPost => !presented.basic && by_secret(),
        AuthMethod::SecretEither => by_secret(),
    };
    if authentic { Ok(client) } else { Err(refuse("Client authentication failed.")) }
}

fn presented(headers: &HeaderMap, form: &Form) -> Result<Presented, EndpointError> {
    let id = form.text("client_id")?;
    let secret = form.text("client_secret")?;
    let Some((basic_id, basic_secret)) = basic(headers)? else {
        let id = id.ok_or(EndpointError::InvalidRequest("The client_id is missing."))?;
        let secret = secret.map(|secret| SecretString::new(secret.to_owned()));
        return Ok(Presented { id: id.to_owned(), secret, basic: false });
    };
    if secret.is_some() || id.is_some_and(|id| id != basic_id) {
        return Err(EndpointError::InvalidRequest("The client authenticates in more than one way."));
    }
    Ok(Presented { id: basic_id, secret: Some(basic_secret), basic: true })
}

/// The credentials of an `Authorization: Basic` header, form-encoded as RFC 6749 wants it or not: neither our
/// ids nor our secrets have a character on which that makes a difference.
fn basic(headers: &HeaderMap) -> Result<Option<(String, SecretString)>, EndpointError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let malformed =
        || EndpointError::InvalidClient { reason: "The Authorization header is malformed.", basic: true };
    if values.next().is_some() {
        return Err(malformed());
    }
    let (scheme, encoded) =
        value.to_str().ok().and_then(|value| value.trim().split_once(' ')).ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(malformed());
    }
    let decoded = STANDARD.decode(encoded.trim()).map(Zeroizing::new).map_err(|_| malformed())?;
    let text = std::str::from_utf8(&decoded).map_err(|_| malformed())?;
    let (id, secret) = text.split_once(':').ok_or_else(malformed)?;
    let decode = |text: &str| {
        let bytes = text.as_bytes();
        let escapes = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'%');
        for (at, _) in escapes {
            let digits = bytes.get(at + 1..at + 3).ok_or_else(malformed)?;
            if !digits.iter().all(u8::is_ascii_hexdigit) {
                return Err(malformed());
            }
        }
        percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| malformed())
    };
    Ok(Some((decode(id)?, SecretString::new(decode(secret)?))))
}
