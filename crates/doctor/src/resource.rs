//! The protected resource's metadata (RFC 9728), found as clients find it: where the challenge says, below the
//! endpoint's path, and at the root.

use serde_json::Value;
use url::Url;

use super::Doctor;
use super::challenges::Told;
use super::check::{Check, Group, Stop, Verdict};
use super::exchange::Exchange;
use super::probe::Ask;

/// The well-known name (RFC 9728 section 3.1).
pub const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

const TITLE: &str = "Protected resource metadata";
const CHECKS: &[&Check] = &[
    &DOCUMENT,
    &AT_PATH,
    &AT_ROOT,
    &SAME_ORIGIN,
    &SERVERS,
    &RESOURCE,
    &SCOPES,
    &METHODS,
    &NULLS,
    &OPEN,
    &UNMOVED,
];

const DOCUMENT: Check = Check {
    id: "B1",
    expected: "resource_metadata leads to a JSON document with resource and authorization_servers",
    why: "without it no client finds the login",
    concerns: "every client",
};
const AT_PATH: Check = Check {
    id: "B1-path",
    expected: "the document is below the endpoint's path, too",
    why: "clients that do not read the challenge look there (RFC 9728 section 3.1)",
    concerns: "TypeScript SDK, rmcp",
};
const AT_ROOT: Check = Check {
    id: "B1-root",
    expected: "the same document is at the root of the host",
    why: "ChatGPT asks there",
    concerns: "ChatGPT, claude.ai",
};
const SAME_ORIGIN: Check = Check {
    id: "B1-origin",
    expected: "resource_metadata is on the endpoint's own origin",
    why: "rmcp refuses any other",
    concerns: "rmcp",
};
const SERVERS: Check = Check {
    id: "B2",
    expected: "authorization_servers names at least one https URL, the one to use first",
    why: "Claude uses the first entry and no other",
    concerns: "Claude",
};
const RESOURCE: Check = Check {
    id: "B3",
    expected: "resource is, byte for byte, the URL that the user types",
    why: "clients refuse metadata of another resource (RFC 9728 section 3.3)",
    concerns: "Claude, ChatGPT, TypeScript SDK",
};
const SCOPES: Check = Check {
    id: "B4",
    expected: "scopes_supported has no offline_access",
    why: "clients ask for everything listed here, and it is no scope of a resource",
    concerns: "Cursor, Claude",
};
const METHODS: Check = Check {
    id: "B5",
    expected: "bearer_methods_supported is the header alone",
    why: "a client that believes it may will send tokens in URLs",
    concerns: "the user",
};
const NULLS: Check = Check {
    id: "B1-null",
    expected: "no member is null",
    why: "schemas of clients refuse null",
    concerns: "Claude Code, TypeScript SDK",
};
const OPEN: Check = Check {
    id: "B6",
    expected: "every well-known path answers 200 or 404 to anybody",
    why: "behind a login, a redirect or a page for people, discovery ends in silence",
    concerns: "Claude",
};
const UNMOVED: Check = Check {
    id: "A2-resource",
    expected: "a made-up Host or X-Forwarded-Host changes nothing in the document",
    why: "whoever can put a host there sends clients to a login of their own",
    concerns: "the user",
};

/// What the rest of the examination needs of it.
#[derive(Clone, Debug)]
pub struct Resource {
    /// What clients send as `resource`.
    pub identifier: String,
    /// The first authorization server, byte for byte.
    pub issuer: String,
    /// Where the document was.
    pub url: Url,
}

/// Looks for the document and at it. `None` when there is none to go on with.
pub async fn examine(doctor: &Doctor, told: &Told) -> (Group, Option<Resource>) {
    let mut group = Group::new(TITLE, CHECKS);
    let target = &doctor.target;
    let (at_path, at_root) = (target.at(&format!("{WELL_KNOWN}{}", target.path())), target.at(WELL_KNOWN));
    let named = told.metadata.as_deref().and_then(|text| Url::parse(text).ok());
    let named = named.filter(|url| target.may_ask(url));

    let below = doctor.prober.ask(Ask::get(&at_path)).await;
    let root = doctor.prober.ask(Ask::get(&at_root)).await;
    let first = match &named {
        Some(url) if *url != at_path => doctor.prober.ask(Ask::get(url)).await,
        _ => below.clone(),
    };
    let documents = [&first, &below, &root];
    let found = documents.into_iter().flatten().find_map(|answer| Some((answer, document(answer).ok()?)));

    let unusable = told.metadata.is_some() && named.is_none();
    group.record(
        &DOCUMENT,
        if unusable {
            Err(told.first.bad_header("www-authenticate", "resource_metadata=\"https://…\""))
        } else {
            first.clone().and_then(|answer| document(&answer).map(drop))
        },
    );
    group.record(&AT_PATH, below.clone().and_then(|answer| document(&answer).map(drop)));
    group.record(&AT_ROOT, same(&root, found.as_ref().map(|(_, document)| document)));
    let Some((answer, document)) = found else {
        return (group.close("there is no document to look at"), None);
    };
    group.record(&SAME_ORIGIN, same_origin(doctor, told));
    group.record(&SERVERS, servers(doctor, answer, &document).map(drop));
    group.record(&RESOURCE, resource(doctor, answer, &document));
    group.record(&SCOPES, scopes(answer, &document));
    group.record(&METHODS, methods(answer, &document));
    group.record(&NULLS, answer.has_no_nulls(&document));
    group.record(&OPEN, open(doctor).await);
    group.record(&UNMOVED, unmoved(doctor, &answer.url, &document).await);
    let resource = servers(doctor, answer, &document).ok().map(|issuer| Resource {
        identifier: document["resource"].as_str().unwrap_or(&target.typed).to_owned(),
        issuer,
        url: answer.url.clone(),
    });
    (group.close(""), resource)
}

/// Whether any document is where clients look without being told.
pub async fn is_anywhere(doctor: &Doctor) -> bool {
    let target = &doctor.target;
    for path in [format!("{WELL_KNOWN}{}", target.path()), WELL_KNOWN.to_owned()] {
        let answer = doctor.prober.ask(Ask::get(&target.at(&path))).await;
        if answer.is_ok_and(|answer| document(&answer).is_ok()) {
            return true;
        }
    }
    false
}

fn document(answer: &Exchange) -> Result<Value, Stop> {
    answer.status_is(&[200], "200")?;
    let document = answer.json()?;
    answer.text_member(&document, "resource")?;
    if document["authorization_servers"].is_array() {
        return Ok(document);
    }
    Err(answer.bad_member(&document, "authorization_servers", "a list of authorization servers"))
}

fn same(root: &Result<Exchange, Stop>, found: Option<&Value>) -> Verdict {
    let root = root.clone()?;
    let own = document(&root)?;
    match found {
        Some(found) if *found != own => {
            let differs = ["resource", "authorization_servers", "scopes_supported"];
            let name = differs.into_iter().find(|name| found[*name] != own[*name]).unwrap_or("resource");
            Err(root.bad_member(&own, name, format!("{}, as in the other place", found[name])))
        }
        _ => Ok(()),
    }
}

fn same_origin(doctor: &Doctor, told: &Told) -> Verdict {
    let Some(named) = &told.metadata else {
        return Err(Stop::Skip("no challenge names the document".to_owned()));
    };
    let origin = doctor.target.origin();
    let same = Url::parse(named).is_ok_and(|url| url.origin().ascii_serialization() == origin);
    if same {
        Ok(())
    } else {
        Err(told.first.bad_header("www-authenticate", format!("an address at {origin}")))
    }
}

fn servers(doctor: &Doctor, answer: &Exchange, document: &Value) -> Result<String, Stop> {
    let wanted = "a list that begins with an https URL";
    let bad = || answer.bad_member(document, "authorization_servers", wanted);
    let first = document["authorization_servers"][0].as_str().ok_or_else(bad)?;
    let url = Url::parse(first).map_err(|_| bad())?;
    if doctor.target.may_ask(&url) && url.query().is_none() && url.fragment().is_none() {
        return Ok(first.to_owned());
    }
    Err(bad())
}

fn resource(doctor: &Doctor, answer: &Exchange, document: &Value) -> Verdict {
    let typed = &doctor.target.typed;
    // A bare origin gains a slash in the hands of every URL parser.
    let parsed = (doctor.target.path().is_empty()).then(|| doctor.target.url.to_string());
    let without_query = typed.split('?').next().unwrap_or(typed);
    let resource = document["resource"].as_str().unwrap_or_default();
    if resource == typed || resource == without_query || Some(resource) == parsed.as_deref() {
        return Ok(());
    }
    Err(answer.bad_member(document, "resource", format!("\"{without_query}\"")))
}

fn scopes(answer: &Exchange, document: &Value) -> Verdict {
    let listed = document["scopes_supported"].as_array().into_iter().flatten();
    if listed.into_iter().any(|scope| scope == "offline_access") {
        return Err(answer.bad_member(document, "scopes_supported", "the resource's own scopes"));
    }
    Ok(())
}

fn methods(answer: &Exchange, document: &Value) -> Verdict {
    match &document["bearer_methods_supported"] {
        // Left out, it says nothing (RFC 9728 section 2).
        Value::Null => Ok(()),
        methods if *methods == serde_json::json!(["header"]) => Ok(()),
        _ => Err(answer.bad_member(document, "bearer_methods_supported", "[\"header\"]")),
    }
}

async fn open(doctor: &Doctor) -> Verdict {
    let path = doctor.target.path();
    for (name, path) in [
        (WELL_KNOWN, path),
        (WELL_KNOWN, ""),
        (super::server::WELL_KNOWN, path),
        (super::server::WELL_KNOWN, ""),
        (super::server::OPENID, ""),
        (super::server::OPENID, path),
    ] {
        let url = doctor.target.at(&format!("{name}{path}"));
        // As clients ask: with the revision that they speak.
        let ask = Ask::get(&url).quietly("mcp-protocol-version", "2025-11-25");
        doctor.prober.ask(ask).await?.status_is(&[200, 404], "200 or 404")?;
    }
    Ok(())
}

/// Requires that nothing of a request but its path gets into a document.
pub async fn unmoved(doctor: &Doctor, url: &Url, document: &Value) -> Verdict {
    for (name, value) in super::SPOOFS {
        let answer = doctor.prober.ask(Ask::get(url).header(name, value)).await?;
        if answer.status.is_client_error() {
            continue;
        }
        answer.status_is(&[200], "the document, or a refusal")?;
        let own = answer.json()?;
        let members = document.as_object().into_iter().flatten();
        if let Some((changed, _)) = members.into_iter().find(|(name, value)| own.get(*name) != Some(*value)) {
            return Err(answer.bad_member(&own, changed, document[changed].to_string()));
        }
    }
    Ok(())
}
