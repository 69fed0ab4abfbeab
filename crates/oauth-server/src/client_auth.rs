//! Client authentication at the token and revocation endpoints (RFC 6749 sections 2.3 and 3.2.1; RFC 7523 section 2.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header;
use percent_encoding::percent_decode_str;
use sealing::{Fingerprint, Kid, SecretString, Zeroizing};

use crate::client::{self, AuthMethod, Registration};
use crate::client_assertion::{ASSERTION_TYPE, Assertion};
use crate::client_metadata_document::{ClientDocuments, DocumentId};
use crate::error::EndpointError;
use crate::form::Form;
use crate::sealed_grant::SealedClient;
use crate::server::Server;

/// The reason of a client that is nobody's.
const UNKNOWN: &str = "The client_id is not known here (any more). Register again.";
const FAILED: &str = "Client authentication failed.";

/// Who is asking, as far as it was shown.
pub(crate) struct Authenticated {
    pub(crate) fingerprint: Fingerprint,
    /// Whether it may have refresh tokens. Of a client with a document it is not asked again: it has some, or not.
    pub(crate) takes_refresh: bool,
    /// The key that its `client_id` is sealed under, of a client that registered itself.
    pub(crate) sealed_under: Option<Kid>,
    /// Whether it signed. The others showed all that they can, but for one with a document: what that has to show stands in
    /// what it presents, and its host need not be asked for every token.
    signed: bool,
}

impl Authenticated {
    /// Whether it is the client of a grant.
    pub(crate) fn is(&self, client: &SealedClient) -> bool {
        self.fingerprint == client.fingerprint()
    }

    /// Whether it has shown as much as the client of a grant has to.
    ///
    /// # Errors
    /// `invalid_client`.
    pub(crate) fn has_proved(&self, client: &SealedClient) -> Result<(), EndpointError> {
        if client.must_sign && !self.signed {
            return Err(EndpointError::InvalidClient {
                reason: "The client has to authenticate with private_key_jwt.",
                basic: false,
            });
        }
        Ok(())
    }
}

/// What a client presented.
struct Presented {
    id: String,
    secret: Option<SecretString>,
    basic: bool,
    assertion: Option<Assertion>,
}

impl Presented {
    fn refuse(&self, reason: &'static str) -> EndpointError {
        EndpointError::InvalidClient { reason, basic: self.basic }
    }

    fn is_bare(&self) -> bool {
        self.secret.is_none() && !self.basic
    }
}

/// Finds out which client is asking, and that it is itself.
pub(crate) async fn authenticate(
    server: &Server,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Authenticated, EndpointError> {
    let presented = presented(headers, form)?;
    let fingerprint = client::fingerprint(&server.fingerprints, &presented.id);
    if let Some(client) = server.preregistered.get(&presented.id) {
        let authentic = match &client.secret {
            None => presented.is_bare(),
            Some(expected) => presented.secret.as_ref().is_some_and(|secret| secret == expected),
        };
        return if authentic && presented.assertion.is_none() {
            Ok(Authenticated { fingerprint, takes_refresh: true, sealed_under: None, signed: false })
        } else {
            Err(presented.refuse(FAILED))
        };
    }
    if let (Some(documents), Some(id)) = (&server.client_documents, DocumentId::parse(&presented.id)) {
        // Nobody keeps a secret with a client whose metadata everybody reads.
        if !presented.is_bare() {
            return Err(presented.refuse(FAILED));
        }
        let signed = presented.assertion.is_some();
        if let Some(assertion) = &presented.assertion {
            signature(server, documents, &id, fingerprint, assertion).await?;
        }
        return Ok(Authenticated { fingerprint, takes_refresh: true, sealed_under: None, signed });
    }
    let registration = Registration::open(server, &presented.id).ok_or_else(|| presented.refuse(UNKNOWN))?;
    let by_secret = || {
        let expected = client::secret(&server.fingerprints, &presented.id);
        presented.secret.as_ref().is_some_and(|secret| *secret == expected)
    };
    let authentic = presented.assertion.is_none()
        && match registration.auth {
            AuthMethod::None => presented.is_bare(),
            AuthMethod::SecretBasic => presented.basic && by_secret(),
            AuthMethod::SecretPost => !presented.basic && by_secret(),
            AuthMethod::SecretEither => by_secret(),
        };
    if authentic {
        let sealed_under = client::sealed_under(&presented.id);
        Ok(Authenticated { fingerprint, takes_refresh: registration.refresh, sealed_under, signed: false })
    } else {
        Err(presented.refuse(FAILED))
    }
}

/// Checks an assertion with the client's keys, and uses it up.
async fn signature(
    server: &Server,
    documents: &ClientDocuments,
    id: &DocumentId,
    client: Fingerprint,
    assertion: &Assertion,
) -> Result<(), EndpointError> {
    let refuse = |reason| EndpointError::InvalidClient { reason, basic: false };
    // Before anything is fetched for it.
    if !assertion.is_for(server, id.as_str()) {
        return Err(refuse("The client_assertion is not for this server, or has expired."));
    }
    let unusable = |fault| {
        tracing::warn!(host = id.host(), reason = ?fault, "a client's keys cannot be had");
        refuse("The keys of the client cannot be had. Try again in a moment.")
    };
    let document = documents.document(server, id).await.map_err(|fault| unusable(fault.kind))?;
    let mut keys = documents.keys(server, &document, false).await.map_err(unusable)?;
    if !keys.has(assertion.key_id()) {
        keys = documents.keys(server, &document, true).await.map_err(unusable)?;
    }
    if !assertion.is_signed_by(&keys) {
        return Err(refuse("The client_assertion is not signed with a key of the client."));
    }
    if !assertion.spend(server, client).await? {
        return Err(refuse("The client_assertion was used before."));
    }
    Ok(())
}

fn presented(headers: &HeaderMap, form: &Form) -> Result<Presented, EndpointError> {
    let id = form.text("client_id")?;
    let secret = form.text("client_secret")?;
    let assertion = assertion(form)?;
    let basic = basic(headers)?;
    let ways = [secret.is_some(), assertion.is_some(), basic.is_some()];
    if ways.into_iter().filter(|used| *used).count() > 1 {
        return Err(EndpointError::InvalidRequest("The client authenticates in more than one way."));
    }
    if let Some((basic_id, basic_secret)) = basic {
        if id.is_some_and(|id| id != basic_id) {
            return Err(EndpointError::InvalidRequest("The client authenticates in more than one way."));
        }
        return Ok(Presented { id: basic_id, secret: Some(basic_secret), basic: true, assertion: None });
    }
    // Who signs says there who it is (RFC 7521 section 4.2), and may say it again.
    let id = match (id, &assertion) {
        (Some(id), _) => id.to_owned(),
        (None, Some(assertion)) => assertion.client_id().to_owned(),
        (None, None) => return Err(EndpointError::InvalidRequest("The client_id is missing.")),
    };
    let secret = secret.map(|secret| SecretString::new(secret.to_owned()));
    Ok(Presented { id, secret, basic: false, assertion })
}

fn assertion(form: &Form) -> Result<Option<Assertion>, EndpointError> {
    match (form.text("client_assertion_type")?, form.text("client_assertion")?) {
        (None, None) => Ok(None),
        (Some(ASSERTION_TYPE), Some(text)) => {
            Assertion::parse(text).map(Some).ok_or(EndpointError::InvalidClient {
                reason: "The client_assertion is malformed.",
                basic: false,
            })
        }
        _ => {
            Err(EndpointError::InvalidRequest("A client_assertion needs the client_assertion_type of a JWT."))
        }
    }
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
