//! The endpoint to callers without a working token: what a client learns from the 401, and that nothing else counts
//! as a token.

use http::Method;
use serde_json::{Value, json};

use super::Doctor;
use super::challenge::{self, Challenge};
use super::check::{Check, Group, Stop, Verdict};
use super::exchange::Exchange;
use super::probe::Ask;

const TITLE: &str = "Challenges";
const CHECKS: &[&Check] = &[
    &CHALLENGED,
    &BARE,
    &SCOPE,
    &PLAIN,
    &INVALID,
    &FIRST,
    &UNSTORED,
    &RAW_KEY,
    &IN_URL,
    &LONG,
    &ORIGIN,
    &HOST,
];

const CHALLENGED: Check = Check {
    id: "B7",
    expected: "without a token: 401 with WWW-Authenticate: Bearer and resource_metadata",
    why: "it is how a client finds out that there is a login, and where",
    concerns: "every client",
};
const BARE: Check = Check {
    id: "B7-bare",
    expected: "the challenge to a request without a token has no error",
    why: "an error there means that a token was refused; RFC 6750 forbids it, and Grok gives up",
    concerns: "Grok",
};
const SCOPE: Check = Check {
    id: "B7-scope",
    expected: "the challenge names the scopes to ask for",
    why: "clients ask for these; without them they ask for everything, or for nothing",
    concerns: "Claude, TypeScript SDK, rmcp",
};
const PLAIN: Check = Check {
    id: "B11",
    expected: "challenges are readable to every parser: Bearer first, quoted ASCII values, each parameter once",
    why: "the official SDKs read the header with a regular expression",
    concerns: "TypeScript SDK, rmcp",
};
const INVALID: Check = Check {
    id: "B8",
    expected: "a token that does not work: 401 with error=\"invalid_token\", in JSON too",
    why: "it tells the client to refresh or to log in again",
    concerns: "every client",
};
const FIRST: Check = Check {
    id: "B12",
    expected: "the token is checked before anything else, whatever the method or the body",
    why: "Claude does not see a refusal inside a 200, and an error other than 401 starts no login",
    concerns: "Claude",
};
const UNSTORED: Check = Check {
    id: "B13",
    expected: "a 401 is Cache-Control: no-store",
    why: "a kept 401 outlives the login",
    concerns: "clients behind caches",
};
const RAW_KEY: Check = Check {
    id: "K2",
    expected: "something shaped like an API key is no token",
    why: "a key that passes as a token bypasses consent, scopes and revocation",
    concerns: "the owner of the key",
};
const IN_URL: Check = Check {
    id: "K3",
    expected: "a token in the URL or in the body is refused",
    why: "URLs end up in logs and histories",
    concerns: "the user",
};
const LONG: Check = Check {
    id: "K7",
    expected: "an Authorization header of 6 KB is refused cleanly",
    why: "what is not looked at before it is opened costs the server time",
    concerns: "the operator",
};
const ORIGIN: Check = Check {
    id: "K8",
    expected: "a page of a foreign origin is refused with 403",
    why: "the specification demands it against DNS rebinding",
    concerns: "the user's browser",
};
const HOST: Check = Check {
    id: "K8-host",
    expected: "a made-up Host or X-Forwarded-Host shows up in no challenge",
    why: "whoever can put a host there sends clients to a login of their own",
    concerns: "the user",
};

/// What the challenge told.
#[derive(Clone, Debug)]
pub struct Told {
    /// Whether there was one at all.
    pub challenged: bool,
    /// Where it says the metadata are, read as sloppily as clients do.
    pub metadata: Option<String>,
    /// The answer that told it.
    pub first: Exchange,
}

/// The answer to the request with which every client begins.
pub fn greeting(doctor: &Doctor) -> Ask {
    Ask::json(&doctor.target.url, &message("initialize"))
}

/// What a client reads out of the first answer.
pub fn told(first: &Exchange) -> Told {
    let header = first.header("www-authenticate");
    Told {
        challenged: first.status.as_u16() == 401,
        metadata: header.and_then(|header| challenge::sloppy(&header, "resource_metadata")),
        first: first.clone(),
    }
}

/// Only the first line, for what is no MCP server: the rest would say the same.
pub fn only_first(first: &Exchange) -> Group {
    let mut group = Group::new(TITLE, CHECKS);
    group.record(&CHALLENGED, challenged(first));
    group.close(super::NOT_A_SERVER)
}

/// Looks at the challenges.
pub async fn examine(doctor: &Doctor, first: &Exchange) -> Group {
    let mut group = Group::new(TITLE, CHECKS);
    let open = is_open(first);
    group.record(&CHALLENGED, if open { unasked(doctor, first) } else { challenged(first) });
    group.record(&BARE, bare(first));
    group.record(&SCOPE, scope(first));
    let refused = doctor.prober.ask(greeting(doctor).header("authorization", "Bearer not-a-token")).await;
    let challenges = if open { vec![refused.clone()] } else { vec![Ok(first.clone()), refused.clone()] };
    group.record(&PLAIN, plain(&challenges));
    group.record(&INVALID, refused.clone().and_then(|refused| invalid(&refused)));
    let first_of_all = if open { Err(Stop::Skip(OPEN.to_owned())) } else { checked_first(doctor).await };
    group.record(&FIRST, first_of_all);
    group.record(
        &UNSTORED,
        refused.and_then(|refused| {
            let first = if open { Ok(()) } else { first.is_not_stored() };
            first.and_then(|()| refused.is_not_stored())
        }),
    );
    group.record(&RAW_KEY, no_raw_key(doctor).await);
    group.record(&IN_URL, not_in_url(doctor).await);
    group.record(&LONG, long(doctor).await);
    group.record(&ORIGIN, foreign_origin(doctor).await);
    group.record(&HOST, foreign_host(doctor, open).await);
    group.close("")
}

/// Why what begins a login is not looked at.
const OPEN: &str = "the server asks nobody for a token: whoever reaches it may use it";

/// Whether the first answer is that of a server that lets everybody in.
fn is_open(first: &Exchange) -> bool {
    let told = |text: &[u8]| text.windows(SERVED.len()).any(|window| window == SERVED);
    first.status.as_u16() == 200 && !first.is_html() && told(&first.body)
}

/// What only the result of `initialize` has, in JSON or in an event.
const SERVED: &[u8] = b"\"protocolVersion\"";

/// That a server is open is a fault, unless the person who asks has said that it is meant to be.
fn unasked(doctor: &Doctor, first: &Exchange) -> Verdict {
    if doctor.meant_open {
        return Err(Stop::Skip(OPEN.to_owned()));
    }
    let wanted = "401: whoever reaches this server may use it; --open says that it is meant so";
    Err(first.bad_status(wanted))
}

/// A message that every client could send.
pub fn message(method: &str) -> Value {
    json!({
        "jsonrpc": "2.0",
        "id": 1,
        "method": method,
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": { "name": "doctor", "version": env!("CARGO_PKG_VERSION") },
        },
    })
}

fn challenged(first: &Exchange) -> Verdict {
    first.status_is(&[401], "401: the server should ask for a login")?;
    let wanted = "Bearer resource_metadata=\"…\"";
    let header =
        first.header("www-authenticate").ok_or_else(|| first.bad_header("www-authenticate", wanted))?;
    match challenge::sloppy(&header, "resource_metadata") {
        Some(_) => Ok(()),
        None => Err(first.bad_header("www-authenticate", wanted)),
    }
}

fn header(exchange: &Exchange) -> Result<String, Stop> {
    exchange
        .header("www-authenticate")
        .ok_or_else(|| Stop::Skip("there is no challenge to look at".to_owned()))
}

fn bare(first: &Exchange) -> Verdict {
    match challenge::sloppy(&header(first)?, "error") {
        None => Ok(()),
        Some(_) => Err(first.bad_header("www-authenticate", "no error: no token was sent")),
    }
}

fn scope(first: &Exchange) -> Verdict {
    match challenge::sloppy(&header(first)?, "scope") {
        Some(_) => Ok(()),
        None => Err(first.bad_header("www-authenticate", "scope=\"…\"")),
    }
}

fn plain(answers: &[Result<Exchange, Stop>]) -> Verdict {
    for answer in answers.iter().flatten() {
        Challenge::parse(&header(answer)?).map_err(|wanted| answer.bad_header("www-authenticate", wanted))?;
    }
    Ok(())
}

fn invalid(refused: &Exchange) -> Verdict {
    refused.status_is(&[401], "401")?;
    refused.header_is("www-authenticate", "error=\"invalid_token\"", |value| {
        challenge::sloppy(value, "error").as_deref() == Some("invalid_token")
    })?;
    refused.header_is("www-authenticate", "resource_metadata, here too", |value| {
        value.contains("resource_metadata=")
    })?;
    let document = refused.json()?;
    if document["error"] == "invalid_token" {
        return Ok(());
    }
    Err(refused.bad_member(&document, "error", "\"invalid_token\""))
}

async fn checked_first(doctor: &Doctor) -> Verdict {
    let url = &doctor.target.url;
    let mut asks: Vec<Ask> =
        ["server/discover", "tools/list", "tools/call", "ping", "notifications/initialized"]
            .map(|method| Ask::json(url, &message(method)).told(method))
            .to_vec();
    asks.push(Ask::json(url, &Value::Null).body("{").told("a body that is no JSON"));
    asks.push(Ask::json(url, &Value::Null).body("").told("no body"));
    for ask in asks {
        doctor.prober.ask(ask).await?.status_is(&[401], "401")?;
    }
    for ask in [
        Ask::new(Method::GET, url).header("accept", "text/event-stream"),
        Ask::new(Method::DELETE, url).header("mcp-session-id", "made-up"),
    ] {
        // A server that has neither streams nor sessions may say so to anybody.
        doctor.prober.ask(ask).await?.status_is(&[401, 405], "401")?;
    }
    Ok(())
}

async fn no_raw_key(doctor: &Doctor) -> Verdict {
    // Of the shape that API keys have, and nobody's.
    for made_up in ["0123456789abcdefghijABCDEFGHIJ01", "sk-0123456789abcdef0123456789abcdef"] {
        for value in [format!("Bearer {made_up}"), made_up.to_owned()] {
            let answer = doctor.prober.ask(greeting(doctor).header("authorization", &value)).await?;
            answer.status_is(&[401], "401")?;
        }
    }
    Ok(())
}

async fn not_in_url(doctor: &Doctor) -> Verdict {
    let mut url = doctor.target.url.clone();
    url.query_pairs_mut().append_pair("access_token", "not-a-token");
    let answer = doctor.prober.ask(Ask::json(&url, &message("initialize"))).await?;
    answer.is_refused("a refusal")?;
    let form =
        Ask::form(&doctor.target.url, &[("access_token", "not-a-token")]).told("access_token in a form");
    doctor.prober.ask(form).await?.is_refused("a refusal")
}

async fn long(doctor: &Doctor) -> Verdict {
    let value = format!("Bearer {}", "a".repeat(6 * 1024));
    let ask = greeting(doctor).quietly("authorization", &value).told("authorization: Bearer aaa… (6 KB)");
    doctor.prober.ask(ask).await?.status_is(&[400, 401, 413, 431], "401 or 431")
}

async fn foreign_origin(doctor: &Doctor) -> Verdict {
    let ask = greeting(doctor).header("origin", "https://evil.example");
    doctor.prober.ask(ask).await?.status_is(&[403], "403")
}

async fn foreign_host(doctor: &Doctor, open: bool) -> Verdict {
    for (name, value) in super::SPOOFS {
        let answer = doctor.prober.ask(greeting(doctor).header(name, value)).await?;
        if answer.header("www-authenticate").is_some_and(|header| header.contains("evil.example")) {
            return Err(answer.bad_header("www-authenticate", "the server's own host"));
        }
        // A server or a proxy that does not know the host may refuse it in any way. The other headers change nothing, and
        // where nobody has to log in, the answer is the one that everybody gets.
        if !(open && name != "host" && is_open(&answer)) {
            answer.is_refused("a refusal")?;
        }
    }
    Ok(())
}
