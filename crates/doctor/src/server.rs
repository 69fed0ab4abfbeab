//! The authorization server's metadata (RFC 8414), and whether what they list is there.

use http::Method;
use serde_json::{Value, json};
use url::Url;

use super::Doctor;
use super::check::{Check, Group, Stop, Verdict};
use super::exchange::Exchange;
use super::probe::Ask;
use super::resource::{self, Resource};

/// The well-known name (RFC 8414 section 3).
pub const WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";
/// OpenID Connect's, which clients try, too.
pub const OPENID: &str = "/.well-known/openid-configuration";

const TITLE: &str = "Authorization server metadata";
const CHECKS: &[&Check] = &[
    &DOCUMENT,
    &ISSUER,
    &UNMOVED,
    &PKCE,
    &ISS,
    &PUBLIC,
    &OFFLINE,
    &KINDS,
    &THERE,
    &PLAIN_URLS,
    &NULLS,
    &AT_PATH,
    &NO_OPENID,
    &REGISTRABLE,
    &FRESH,
];

const DOCUMENT: Check = Check {
    id: "A1",
    expected: "the metadata are where RFC 8414 puts them, in JSON, with issuer, endpoints and response types",
    why: "without them no client can begin a login",
    concerns: "every client",
};
const ISSUER: Check = Check {
    id: "A2",
    expected: "issuer is, byte for byte, what the resource names as its authorization server",
    why: "clients compare the two as texts and stop when a slash differs (RFC 8414 section 3.3)",
    concerns: "ChatGPT, Claude, rmcp",
};
const UNMOVED: Check = Check {
    id: "A2-host",
    expected: "a made-up Host or X-Forwarded-Host changes nothing in the metadata",
    why: "whoever can put a host there receives the codes and keys of others",
    concerns: "the user",
};
const PKCE: Check = Check {
    id: "A3",
    expected: "code_challenge_methods_supported is [\"S256\"]",
    why: "MCP clients must refuse a server that does not say so; plain protects nothing",
    concerns: "every client",
};
const ISS: Check = Check {
    id: "A5",
    expected: "authorization_response_iss_parameter_supported is true",
    why: "without it ChatGPT falls back to a callback of its own for each connection",
    concerns: "ChatGPT",
};
const PUBLIC: Check = Check {
    id: "A6",
    expected: "token_endpoint_auth_methods_supported has none",
    why: "Claude does not use its metadata document where public clients are not welcome",
    concerns: "Claude, ChatGPT",
};
const OFFLINE: Check = Check {
    id: "A7",
    expected: "scopes_supported has offline_access",
    why: "Claude asks for a refresh token only where it is listed",
    concerns: "Claude",
};
const KINDS: Check = Check {
    id: "A8",
    expected: "the grants authorization_code and refresh_token and the response type code are listed",
    why: "clients choose from the list",
    concerns: "every client",
};
const THERE: Check = Check {
    id: "A8-there",
    expected: "every endpoint that is listed answers something other than 404",
    why: "what is advertised and missing fails in the middle of a login",
    concerns: "every client",
};
const PLAIN_URLS: Check = Check {
    id: "A8-urls",
    expected: "every endpoint is a plain https URL",
    why: "the TypeScript SDK refuses http; a URL with metacharacters has run commands on users' machines (CVE-2025-6514)",
    concerns: "TypeScript SDK, mcp-remote",
};
const NULLS: Check = Check {
    id: "A8-null",
    expected: "no member is null",
    why: "schemas of clients refuse null",
    concerns: "Claude Code, TypeScript SDK",
};
const AT_PATH: Check = Check {
    id: "A9",
    expected: "the same metadata are below the endpoint's path",
    why: "ChatGPT asks there first",
    concerns: "ChatGPT",
};
const NO_OPENID: Check = Check {
    id: "A9-openid",
    expected: "openid-configuration is a document or a 404, in JSON",
    why: "clients try it: a page breaks their parser, a 5xx ends the discovery",
    concerns: "ChatGPT, TypeScript SDK",
};
const REGISTRABLE: Check = Check {
    id: "A10",
    expected: "clients can make themselves known: a registration_endpoint, or client ID metadata documents",
    why: "without either, users need a client id from the operator",
    concerns: "every client",
};
const FRESH: Check = Check {
    id: "A11",
    expected: "Cache-Control keeps the metadata for 5 minutes at most",
    why: "a mistake lives on in caches after it was repaired",
    concerns: "the operator",
};

/// What the rest of the examination needs of it.
#[derive(Clone, Debug)]
pub struct Server {
    /// The issuer that clients hold the server to.
    pub issuer: String,
    /// Where the document is.
    pub url: Url,
    /// The document.
    pub metadata: Value,
    /// Where users decide.
    pub authorize: Url,
    /// Where codes become tokens.
    pub token: Url,
    /// Where clients register.
    pub register: Option<Url>,
    /// Where tokens are given back.
    pub revoke: Option<Url>,
}

impl Server {
    /// Whether the metadata list this value.
    pub fn lists(&self, name: &str, value: &str) -> bool {
        self.metadata[name].as_array().is_some_and(|list| list.iter().any(|item| item == value))
    }

    /// Whether clients may be metadata documents.
    pub fn takes_documents(&self) -> bool {
        self.metadata["client_id_metadata_document_supported"] == true
    }
}

/// Looks for the metadata and at them. `None` when there are none to go on with.
pub async fn examine(doctor: &Doctor, resource: &Resource) -> (Group, Option<Server>) {
    let mut group = Group::new(TITLE, CHECKS);
    let Some(url) = metadata_url(&resource.issuer) else {
        return (group.close("the authorization server is no URL"), None);
    };
    let answer = match doctor.prober.ask(Ask::get(&url)).await {
        Ok(answer) => answer,
        Err(stop) => {
            group.record(&DOCUMENT, Err(stop));
            return (group.close("there are no metadata to look at"), None);
        }
    };
    let document = match document(&answer) {
        Ok(document) => document,
        Err(stop) => {
            group.record(&DOCUMENT, Err(stop));
            return (group.close("there are no metadata to look at"), None);
        }
    };
    group.record(&DOCUMENT, Ok(()));
    let list = |name: &str, wanted: &str, values: &[&str]| -> Verdict {
        let listed = |value: &&str| {
            document[name].as_array().is_some_and(|list| list.iter().any(|item| item == *value))
        };
        if values.iter().all(listed) { Ok(()) } else { Err(answer.bad_member(&document, name, wanted)) }
    };
    group.record(&ISSUER, issuer(&answer, &document, resource));
    group.record(&UNMOVED, resource::unmoved(doctor, &url, &document).await);
    group.record(
        &PKCE,
        match &document["code_challenge_methods_supported"] {
            methods if *methods == json!(["S256"]) => Ok(()),
            _ => Err(answer.bad_member(&document, "code_challenge_methods_supported", "[\"S256\"]")),
        },
    );
    group.record(
        &ISS,
        match &document["authorization_response_iss_parameter_supported"] {
            Value::Bool(true) => Ok(()),
            _ => Err(answer.bad_member(&document, "authorization_response_iss_parameter_supported", "true")),
        },
    );
    group.record(&PUBLIC, list("token_endpoint_auth_methods_supported", "\"none\" among them", &["none"]));
    group.record(&OFFLINE, list("scopes_supported", "\"offline_access\" among them", &["offline_access"]));
    let grants = ["authorization_code", "refresh_token"];
    group.record(
        &KINDS,
        list("grant_types_supported", "both grants", &grants)
            .and_then(|()| list("response_types_supported", "\"code\" among them", &["code"])),
    );
    group.record(&THERE, there(doctor, &answer, &document).await);
    group.record(&PLAIN_URLS, plain_urls(doctor, &answer, &document));
    group.record(&NULLS, answer.has_no_nulls(&document));
    let shares_origin = doctor.target.origin() == url.origin().ascii_serialization();
    group.record(&AT_PATH, at_path(doctor, &document, shares_origin).await);
    group.record(&NO_OPENID, no_openid(doctor, &url).await);
    group.record(&REGISTRABLE, registrable(&answer, &document));
    group.record(&FRESH, fresh(&answer));
    let server = server(doctor, resource, url, document);
    (group.close(""), server)
}

/// The well-known name goes between the issuer's host and its path.
fn metadata_url(issuer: &str) -> Option<Url> {
    let mut url = Url::parse(issuer).ok()?;
    let path = format!("{WELL_KNOWN}{}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Some(url)
}

fn document(answer: &Exchange) -> Result<Value, Stop> {
    answer.status_is(&[200], "200")?;
    let document = answer.json()?;
    for name in ["issuer", "authorization_endpoint", "token_endpoint"] {
        answer.text_member(&document, name)?;
    }
    if !document["response_types_supported"].is_array() {
        return Err(answer.bad_member(&document, "response_types_supported", "a list"));
    }
    Ok(document)
}

fn server(doctor: &Doctor, resource: &Resource, url: Url, metadata: Value) -> Option<Server> {
    let endpoint = |name: &str| plain(doctor, metadata[name].as_str()?);
    Some(Server {
        issuer: resource.issuer.clone(),
        authorize: endpoint("authorization_endpoint")?,
        token: endpoint("token_endpoint")?,
        register: endpoint("registration_endpoint"),
        revoke: endpoint("revocation_endpoint"),
        url,
        metadata,
    })
}

fn issuer(answer: &Exchange, document: &Value, resource: &Resource) -> Verdict {
    if document["issuer"] == resource.issuer.as_str() {
        return Ok(());
    }
    Err(answer.bad_member(document, "issuer", format!("\"{}\"", resource.issuer)))
}

/// The members that name something to be asked.
fn endpoints(document: &Value) -> impl Iterator<Item = (&String, &str)> {
    let members = document.as_object().into_iter().flatten();
    members
        .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri")
        .filter_map(|(name, value)| Some((name, value.as_str()?)))
}

async fn there(doctor: &Doctor, answer: &Exchange, document: &Value) -> Verdict {
    for (name, text) in endpoints(document) {
        let Some(url) = plain(doctor, text) else { continue };
        let reads = matches!(name.as_str(), "authorization_endpoint" | "jwks_uri" | "userinfo_endpoint");
        let ask = if reads { Ask::browse(&url) } else { Ask::form(&url, &[]) };
        let found = doctor.prober.ask(ask).await?;
        if matches!(found.status.as_u16(), 404 | 501) {
            let line = format!("\"{name}\": \"{text}\", which answers {}", found.status);
            return Err(answer.fault(line, "an endpoint that is there, or no such member"));
        }
    }
    Ok(())
}

fn plain_urls(doctor: &Doctor, answer: &Exchange, document: &Value) -> Verdict {
    for (name, text) in endpoints(document) {
        if plain(doctor, text).is_none() {
            return Err(answer.bad_member(document, name, "an https URL without metacharacters"));
        }
    }
    Ok(())
}

/// The URL in a text, when it is one that may be asked, and handed to a browser.
fn plain(doctor: &Doctor, text: &str) -> Option<Url> {
    let strange = |byte: u8| !byte.is_ascii_graphic() || b"\"'`$(){}|<>\\^;".contains(&byte);
    let url = Url::parse(text).ok().filter(|_| !text.bytes().any(strange))?;
    (doctor.target.may_ask(&url) && url.fragment().is_none() && url.username().is_empty()).then_some(url)
}

async fn at_path(doctor: &Doctor, document: &Value, shares_origin: bool) -> Verdict {
    if !shares_origin || doctor.target.path().is_empty() {
        return Err(Stop::Skip(
            "the authorization server is on another host, or there is no path".to_owned(),
        ));
    }
    let url = doctor.target.at(&format!("{WELL_KNOWN}{}", doctor.target.path()));
    let answer = doctor.prober.ask(Ask::get(&url)).await?;
    answer.status_is(&[200], "200")?;
    let own = answer.json()?;
    if own["issuer"] == document["issuer"] && own["token_endpoint"] == document["token_endpoint"] {
        return Ok(());
    }
    Err(answer.bad_member(&own, "issuer", document["issuer"].to_string()))
}

async fn no_openid(doctor: &Doctor, metadata: &Url) -> Verdict {
    let mut url = metadata.clone();
    url.set_path(OPENID);
    let answer = doctor.prober.ask(Ask::new(Method::GET, &url).quietly("accept", "application/json")).await?;
    answer.status_is(&[200, 404], "200 or 404")?;
    answer.json().map(drop)
}

fn registrable(answer: &Exchange, document: &Value) -> Verdict {
    let registers = document["registration_endpoint"].is_string();
    if registers || document["client_id_metadata_document_supported"] == true {
        return Ok(());
    }
    Err(answer.bad_member(document, "registration_endpoint", "one of the two"))
}

fn fresh(answer: &Exchange) -> Verdict {
    let Some(value) = answer.header("cache-control") else {
        return Err(answer.bad_header("cache-control", "max-age of 300 or less"));
    };
    let lower = value.to_ascii_lowercase();
    let ages = lower.split(',').filter_map(|word| {
        let word = word.trim();
        word.strip_prefix("max-age=").or_else(|| word.strip_prefix("s-maxage="))
    });
    let old = ages.into_iter().any(|age| age.parse::<u64>().is_ok_and(|age| age > 300));
    if old { Err(answer.bad_header("cache-control", "max-age of 300 or less")) } else { Ok(()) }
}
