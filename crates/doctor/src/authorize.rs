//! Authorization requests, good and bad, and what is told to whom (OAuth 2.1 section 4.1, RFC 7636, 8707, 9207).

use serde_json::json;

use super::Doctor;
use super::check::{Check, Group, Stop, Verdict};
use super::clients::{CLAUDE_CALLBACK, CLAUDE_DOCUMENT};
use super::exchange::Exchange;
use super::probe::Ask;
use super::registration::{Client, Clients};
use super::request::{CHALLENGE, Reply, Request, STATE, goes, is_local, is_refused, no_response, value};
use super::resource::Resource;
use super::server::Server;

const TITLE: &str = "Authorization requests";
const CHECKS: &[&Check] = &[
    &SHOWN,
    &NO_RESOURCE,
    &SCOPES,
    &GRANTABLE,
    &EXTRAS,
    &DOCUMENTS,
    &STRANGER,
    &DOUBLED,
    &KIND,
    &PKCE,
    &TARGET,
    &TOLD,
    &ECHOED,
    &ISS,
    &ONCE,
];

const SHOWN: Check = Check {
    id: "E1",
    expected: "a good request shows a page that names the host to which the code goes",
    why: "it is the only thing on the page that a client cannot make up",
    concerns: "every client, and the user",
};
const NO_RESOURCE: Check = Check {
    id: "C6",
    expected: "a request without resource is a good one",
    why: "clients of the 2025-03-26 revision send none, the conformance suite neither",
    concerns: "older clients",
};
const SCOPES: Check = Check {
    id: "C7",
    expected: "scopes that the server does not know are narrowed or told to the client, never a dead end",
    why: "mcp-remote asks for openid email profile, and Claude has sent a leading space",
    concerns: "mcp-remote, Claude",
};
const GRANTABLE: Check = Check {
    id: "A7-each",
    expected: "each scope that is advertised can be asked for",
    why: "ChatGPT asks for all of them",
    concerns: "ChatGPT, Cursor",
};
const EXTRAS: Check = Check {
    id: "C9",
    expected: "prompt, nonce, login_hint and unknown parameters are passed over, and a long state is taken",
    why: "the TypeScript SDK sends prompt=consent, Gemini a state of more than a kilobyte",
    concerns: "TypeScript SDK, Gemini",
};
const DOCUMENTS: Check = Check {
    id: "A4",
    expected: "metadata documents are taken as clients if, and only if, the metadata say so",
    why: "Claude and ChatGPT use theirs where it is advertised; what is not implemented is a dead end",
    concerns: "Claude, ChatGPT, VS Code",
};
const STRANGER: Check = Check {
    id: "C2",
    expected: "an unknown client, or a missing redirect URI, is a 4xx page of the server's own",
    why: "a redirect to an unchecked address makes the server a tool of phishers",
    concerns: "the user",
};
const DOUBLED: Check = Check {
    id: "C1",
    expected: "a parameter that is there twice is a 4xx page of the server's own",
    why: "two programs read two different ones",
    concerns: "the user",
};
const KIND: Check = Check {
    id: "C3",
    expected: "another response_type than code is refused, as unsupported_response_type or invalid_request",
    why: "tokens must never travel in URLs",
    concerns: "the user",
};
const PKCE: Check = Check {
    id: "C4",
    expected: "no way around PKCE: missing, plain, an absent or unknown method, and malformed challenges are refused",
    why: "without it a code that leaks is a login that leaks (CVE-2025-4144)",
    concerns: "the user",
};
const TARGET: Check = Check {
    id: "C5",
    expected: "a resource of somebody else's is refused, as invalid_target",
    why: "a token for another server must not come from this one (RFC 8707)",
    concerns: "the user",
};
const TOLD: Check = Check {
    id: "C12",
    expected: "clients are told with 302 or 303",
    why: "after 307 or 308 the browser posts the form again, with the key in it, to the client",
    concerns: "the user",
};
const ECHOED: Check = Check {
    id: "C8",
    expected: "state comes back byte for byte",
    why: "the client refuses the answer otherwise",
    concerns: "every client",
};
const ISS: Check = Check {
    id: "C14",
    expected: "authorization responses carry iss, errors too",
    why: "clients that know more than one server refuse an answer that may be another's (RFC 9207)",
    concerns: "ChatGPT, TypeScript SDK, rmcp",
};
const ONCE: Check = Check {
    id: "C13",
    expected: "state, iss and error are there once, though the client's address has an iss and a code of its own",
    why: "the client may read the first one",
    concerns: "the user",
};

/// Tries good and bad requests.
pub async fn examine(doctor: &Doctor, resource: &Resource, server: &Server, clients: &Clients) -> Group {
    let mut group = Group::new(TITLE, CHECKS);
    let Some(client) = clients.any() else {
        return group.close("no client could register");
    };
    let good = Request::new(server, resource, client);
    group.record(&SHOWN, shown(doctor, &good).await);
    group.record(&NO_RESOURCE, all_go(doctor, [good.clone().without("resource")]).await);
    group.record(&SCOPES, scopes(doctor, &good).await);
    group.record(&GRANTABLE, grantable(doctor, server, &good).await);
    group.record(
        &EXTRAS,
        all_go(
            doctor,
            [
                good.clone()
                    .and("prompt", "consent")
                    .and("nonce", "n")
                    .and("login_hint", "x")
                    .and("made_up", "y"),
                good.clone().with("state", &"s".repeat(1272)),
            ],
        )
        .await,
    );
    group.record(&DOCUMENTS, documents(doctor, server, &good).await);
    group.record(&STRANGER, strangers(doctor, &good).await);
    group.record(&DOUBLED, doubled(doctor, &good).await);
    let supported = ["unsupported_response_type", "invalid_request"];
    group.record(
        &KIND,
        none_goes(
            doctor,
            &supported,
            [
                good.clone().with("response_type", "token"),
                good.clone().with("response_type", "code token"),
                good.clone().without("response_type"),
            ],
        )
        .await,
    );
    group.record(&PKCE, none_goes(doctor, &["invalid_request"], around_pkce(&good)).await);
    group.record(
        &TARGET,
        none_goes(
            doctor,
            &["invalid_target"],
            [
                good.clone().with("resource", "https://evil.example/mcp"),
                good.clone().with("resource", &format!("{}#x", resource.identifier)),
                good.clone().with("resource", "javascript:x"),
                good.clone().with("resource", "mcp"),
            ],
        )
        .await,
    );
    let bad = good.clone().with("response_type", "token").with("state", &strange_state());
    let response = doctor.prober.ask(bad.ask()).await;
    group.record(&TOLD, response.clone().and_then(|answer| told(&answer, &bad)));
    group.record(&ECHOED, response.clone().and_then(|answer| echoed(&answer, &bad)));
    group.record(&ISS, response.and_then(|answer| iss(&answer, &bad, &server.issuer)));
    group.record(&ONCE, once(doctor, resource, server, clients).await);
    group.close("")
}

async fn shown(doctor: &Doctor, good: &Request) -> Verdict {
    let answer = doctor.prober.ask(good.ask()).await?;
    goes(&answer, good)?;
    let host = url::Url::parse(&good.redirect).ok().and_then(|url| url.host_str().map(str::to_owned));
    let host = host.unwrap_or_default();
    if answer.is_html() && !answer.text().contains(&host) {
        return Err(answer.fault(format!("a page without {host}"), host));
    }
    Ok(())
}

async fn all_go(doctor: &Doctor, requests: impl IntoIterator<Item = Request>) -> Verdict {
    for request in requests {
        goes(&doctor.prober.ask(request.ask()).await?, &request)?;
    }
    Ok(())
}

async fn none_goes(doctor: &Doctor, codes: &[&str], requests: impl IntoIterator<Item = Request>) -> Verdict {
    for request in requests {
        is_refused(&doctor.prober.ask(request.ask()).await?, &request, codes)?;
    }
    Ok(())
}

async fn scopes(doctor: &Doctor, good: &Request) -> Verdict {
    for scope in ["openid email profile", " offline_access", "made:up"] {
        let request = good.clone().and("scope", scope);
        let answer = doctor.prober.ask(request.ask()).await?;
        match Reply::of(&answer, &request.redirect) {
            Reply::Goes => {}
            Reply::Client(parameters) if value(&parameters, "error") == Some("invalid_scope") => {}
            _ => return Err(answer.bad_status("the page, or error=invalid_scope for the client")),
        }
    }
    Ok(())
}

async fn grantable(doctor: &Doctor, server: &Server, good: &Request) -> Verdict {
    let listed = server.metadata["scopes_supported"].as_array().cloned().unwrap_or_default();
    let listed: Vec<&str> = listed.iter().filter_map(serde_json::Value::as_str).collect();
    let all = listed.join(" ");
    let each = listed.iter().copied().chain([&*all]).filter(|scope| !scope.is_empty());
    all_go(doctor, each.map(|scope| good.clone().and("scope", scope))).await
}

/// Claude's and ChatGPT's documents where documents are taken, and some that cannot be any.
async fn documents(doctor: &Doctor, server: &Server, good: &Request) -> Verdict {
    let claude = good.clone().with("client_id", CLAUDE_DOCUMENT).with("redirect_uri", CLAUDE_CALLBACK);
    if !server.takes_documents() {
        return is_local(&doctor.prober.ask(claude.ask()).await?, CLAUDE_CALLBACK);
    }
    let chatgpt = "https://chatgpt.com/connector_platform_oauth_redirect";
    let client =
        good.clone().with("client_id", "https://chatgpt.com/oauth/client.json").with("redirect_uri", chatgpt);
    all_go(doctor, [claude.clone(), client]).await?;
    for id in [
        "http://claude.ai/oauth/mcp-oauth-client-metadata",
        "https://claude.ai",
        "https://user@claude.ai/oauth/mcp-oauth-client-metadata",
        "https://claude.ai/oauth/../oauth/mcp-oauth-client-metadata",
        "https://127.0.0.1/client.json",
        "https://169.254.169.254/client.json",
        "https://client.invalid/client.json",
    ] {
        let answer = doctor.prober.ask(claude.clone().with("client_id", id).ask()).await?;
        is_local(&answer, CLAUDE_CALLBACK)?;
    }
    let foreign = "https://evil.example/callback";
    is_local(&doctor.prober.ask(claude.with("redirect_uri", foreign).ask()).await?, foreign)
}

async fn strangers(doctor: &Doctor, good: &Request) -> Verdict {
    for request in [
        good.clone().with("client_id", "nobody"),
        good.clone().without("client_id"),
        good.clone().without("redirect_uri"),
        good.clone().with("client_id", "nobody").with("redirect_uri", "https://evil.example/callback"),
    ] {
        let answer = doctor.prober.ask(request.ask()).await?;
        is_local(&answer, "https://evil.example/callback")?;
    }
    Ok(())
}

async fn doubled(doctor: &Doctor, good: &Request) -> Verdict {
    for request in [
        good.clone().and("client_id", "nobody"),
        good.clone().and("redirect_uri", "https://evil.example/callback"),
        good.clone().and("state", STATE),
        good.clone().and("code_challenge", CHALLENGE),
    ] {
        is_local(&doctor.prober.ask(request.ask()).await?, "https://evil.example/callback")?;
    }
    Ok(())
}

fn around_pkce(good: &Request) -> Vec<Request> {
    vec![
        good.clone().without("code_challenge").without("code_challenge_method"),
        good.clone().without("code_challenge"),
        good.clone().without("code_challenge_method"),
        good.clone().with("code_challenge_method", "plain"),
        good.clone().with("code_challenge_method", "s256"),
        good.clone().with("code_challenge_method", "S512"),
        good.clone().with("code_challenge", &CHALLENGE[..42]),
        good.clone().with("code_challenge", &format!("{CHALLENGE}=")),
        good.clone().with("code_challenge", "a b"),
    ]
}

/// What forms, URLs and pages treat specially, and as long as the longest real one.
fn strange_state() -> String {
    format!("a b+c%26&=/?#\"<é>{}", "s".repeat(1272))
}

fn response(answer: &Exchange, request: &Request) -> Result<Vec<(String, String)>, Stop> {
    match Reply::of(answer, &request.redirect) {
        Reply::Client(parameters) => Ok(parameters),
        _ => Err(no_response()),
    }
}

fn told(answer: &Exchange, request: &Request) -> Verdict {
    response(answer, request)?;
    answer.status_is(&[302, 303], "303")
}

fn echoed(answer: &Exchange, request: &Request) -> Verdict {
    let parameters = response(answer, request)?;
    let state = value(&parameters, "state").unwrap_or_default();
    if state == strange_state() {
        Ok(())
    } else {
        Err(answer.fault(format!("state={state}"), "the state as it was sent"))
    }
}

fn iss(answer: &Exchange, request: &Request, issuer: &str) -> Verdict {
    let parameters = response(answer, request)?;
    match value(&parameters, "iss") {
        Some(iss) if iss == issuer => Ok(()),
        Some(other) => Err(answer.fault(format!("iss={other}"), format!("iss={issuer}"))),
        None => Err(answer.bad_status(format!("iss={issuer}"))),
    }
}

async fn once(doctor: &Doctor, resource: &Resource, server: &Server, clients: &Clients) -> Verdict {
    let url =
        server.register.as_ref().ok_or_else(|| Stop::Skip("the server registers no clients".to_owned()))?;
    let redirect = "http://127.0.0.1:9/callback?iss=https%3A%2F%2Fevil.example&code=x&keep=1";
    let body = clients.registration("redirect_uris", json!([redirect]))?;
    let registered = doctor.prober.ask(Ask::json(url, &body).told("a redirect URI with a query")).await?;
    if !registered.status.is_success() {
        return Err(Stop::Skip("the server takes no redirect URI with a query".to_owned()));
    }
    let id = registered.text_member(&registered.json()?, "client_id")?;
    let client = Client { id, redirect: redirect.to_owned() };
    let request = Request::new(server, resource, &client).with("response_type", "token");
    let answer = doctor.prober.ask(request.ask()).await?;
    let parameters = response(&answer, &request)?;
    for (name, most) in [("iss", 1), ("state", 1), ("error", 1), ("code", 0)] {
        if parameters.iter().filter(|(other, _)| other == name).count() > most {
            return Err(answer.bad_status(format!("{name} at most {most} times")));
        }
    }
    Ok(())
}
