//! Faults of the token and revocation endpoints, of CORS, and of what only a login shows.

use std::sync::Mutex;

use serde_json::{Value, json};

use crate::support::broken::{Answer, Asked, Fault};

fn is_token(asked: &Asked) -> bool {
    asked.is("POST", "/token")
}

/// Another code for an error of the token endpoint.
fn miscoded(
    name: &str,
    fails: &[&'static str],
    status: u16,
    code: &'static str,
    when: impl Fn(&Asked, &Answer) -> bool + Send + Sync + 'static,
) -> Fault {
    Fault::new(name, fails, move |asked, answer| {
        if is_token(asked) && answer.status >= 400 && when(asked, answer) {
            answer.document(status, &json!({ "error": code }));
        }
    })
}

fn is_unknown_code(asked: &Asked) -> bool {
    asked.get("code") == "nothing" && asked.pairs.len() == 5
}

pub(super) fn endpoints() -> Vec<Fault> {
    vec![
        Fault::new("a crash on JSON", &["F1"], |asked, answer| {
            if is_token(asked) && asked.header("content-type") == "application/json" {
                answer.page(500);
            }
        }),
        Fault::new("a page for GET", &["F1"], |asked, answer| {
            if asked.is("GET", "/token") {
                answer.page(200);
            }
        }),
        Fault::lenient("the first of two parameters counts", &["F2"], |asked| {
            if asked.path == "/token" {
                let mut seen = Vec::new();
                asked.pairs.retain(|(name, _)| {
                    !seen.contains(name) && {
                        seen.push(name.clone());
                        true
                    }
                });
            }
        }),
        miscoded("invalid_request for an unknown code", &["F4"], 400, "invalid_request", |asked, _| {
            is_unknown_code(asked)
        }),
        miscoded("401 for an unknown code", &["F4"], 401, "invalid_grant", |asked, _| is_unknown_code(asked)),
        miscoded(
            "invalid_request for a dead refresh token",
            &["G5"],
            400,
            "invalid_request",
            |asked, answer| {
                asked.get("refresh_token") == "nothing" && answer.json()["error"] == "invalid_grant"
            },
        ),
        miscoded("400 for an unknown client", &["H11"], 400, "invalid_client", |asked, _| {
            asked.get("client_id") == "nobody"
                && asked.header("authorization").is_empty()
                && asked.pairs.len() == 3
        }),
        Fault::new("no Basic challenge", &["H8"], |asked, answer| {
            if is_token(asked) {
                answer.drop("www-authenticate");
            }
        }),
        Fault::new("a crash on malformed Basic", &["H8"], |asked, answer| {
            if asked.header("authorization") == "Basic !!!" {
                answer.page(500);
            }
        }),
        Fault::new("two ways to authenticate", &["H8-both"], |asked, answer| {
            if !asked.header("authorization").is_empty()
                && asked.pairs.iter().any(|(name, _)| name == "client_secret")
            {
                answer.document(200, &json!({ "access_token": "x" }));
            }
        }),
        miscoded("invalid_request for another grant type", &["F10"], 400, "invalid_request", |asked, _| {
            asked.get("grant_type") == "password"
        }),
        Fault::new("descriptions that are not ASCII", &["F9"], |asked, answer| {
            if is_token(asked) {
                answer.edit(|document| document["error_description"] = json!("caf\u{e9} \"closed\""));
            }
        }),
        Fault::new("errors may be kept", &["F8"], |asked, answer| {
            if is_token(asked) && answer.status >= 400 {
                answer.drop("cache-control");
            }
        }),
        Fault::new("a crash on a large form", &["L6"], |asked, answer| {
            if asked.body.len() > 100_000 {
                answer.page(500);
            }
        }),
        Fault::new("an unknown token cannot be revoked", &["J1"], |asked, answer| {
            if asked.path == "/revoke"
                && asked.get("token") == "nothing"
                && asked.get("client_id") != "nobody"
            {
                answer.document(400, &json!({ "error": "invalid_request" }));
            }
        }),
        Fault::new("everything can be revoked", &["J1-errors"], |asked, answer| {
            if asked.is("POST", "/revoke") {
                answer.document(200, &json!({}));
            }
        }),
    ]
}

fn no_origin(
    name: &str,
    fails: &[&'static str],
    wrong: impl Fn(&Asked, &Answer) -> bool + Send + Sync + 'static,
) -> Fault {
    Fault::new(name, fails, move |asked, answer| {
        if wrong(asked, answer) {
            answer.drop("access-control-allow-origin");
        }
    })
}

pub(super) fn cors() -> Vec<Fault> {
    vec![
        no_origin("metadata that pages cannot read", &["L1"], |asked, _| {
            asked.method == "GET" && asked.path.starts_with("/.well-known/")
        }),
        no_origin("errors of /token that pages cannot read", &["L1-errors"], |asked, answer| {
            is_token(asked) && answer.status >= 400
        }),
        no_origin("a 401 that pages cannot read", &["L1-errors"], |asked, _| asked.is("POST", "/mcp")),
        Fault::new("cookies for other origins", &["L1-cookies"], |asked, answer| {
            if asked.is("POST", "/register") {
                answer.set("access-control-allow-credentials", "true");
            }
        }),
        Fault::new("the revision is not allowed", &["L2"], |asked, answer| {
            if asked.method == "OPTIONS" && asked.path.starts_with("/.well-known/") {
                answer.change("access-control-allow-headers", |list| {
                    list.replace("mcp-protocol-version, ", "")
                });
            }
        }),
        Fault::new("no preflight for /token", &["L2"], |asked, answer| {
            if asked.is("OPTIONS", "/token") {
                answer.document(405, &json!({ "error": "invalid_request" }));
            }
        }),
        Fault::new("a token for the preflight", &["L2-mcp"], |asked, answer| {
            if asked.is("OPTIONS", "/mcp") {
                answer.status = 401;
            }
        }),
        Fault::new("a star for every header", &["L2-mcp"], |asked, answer| {
            if asked.is("OPTIONS", "/mcp") {
                answer.set("access-control-allow-headers", "*");
            }
        }),
        Fault::new("no DELETE from pages", &["L2-mcp"], |asked, answer| {
            if asked.is("OPTIONS", "/mcp") {
                answer.set("access-control-allow-methods", "GET, POST");
            }
        }),
        Fault::new("the challenge is not exposed", &["L3"], |asked, answer| {
            if asked.path == "/mcp" {
                answer.drop("access-control-expose-headers");
            }
        }),
    ]
}

fn is_success(asked: &Asked, answer: &Answer, grant: &str) -> bool {
    is_token(asked) && answer.status == 200 && asked.get("grant_type") == grant
}

fn in_tokens(
    name: &str,
    fails: &[&'static str],
    change: impl Fn(&mut Value) + Send + Sync + 'static,
) -> Fault {
    Fault::new(name, fails, move |asked, answer| {
        if is_success(asked, answer, "authorization_code") {
            answer.edit(&change);
        }
    })
}

fn is_yes(asked: &Asked) -> bool {
    asked.is("POST", "/authorize") && asked.get("decision") == "approve"
}

fn initialized(asked: &Asked, answer: &mut Answer) {
    let result = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": { "name": "x", "version": "1" } });
    answer.document(200, &json!({ "jsonrpc": "2.0", "id": asked.json()["id"], "result": result }));
}

pub(super) fn login() -> Vec<Fault> {
    let (redeemed, refreshed, consumed) = (Mutex::new(None), Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let faults = vec![
        Fault::new("a wrong key is shown again", &["E15-echo"], |asked, answer| {
            if is_yes(asked) && answer.status == 400 {
                answer.body.extend(format!("<p>{} is wrong", asked.get("api_key")).into_bytes());
            }
        }),
        Fault::new("a yes leads nowhere", &["S1"], |asked, answer| {
            if is_yes(asked) && answer.status == 303 {
                answer.page(200);
            }
        })
        .skipping_much(),
        Fault::new("no iss with the code", &["C14-code"], |asked, answer| {
            if is_yes(asked) {
                answer.change("location", |location| location.split("&iss=").next().unwrap().to_owned());
            }
        }),
        Fault::new("the code comes by 307", &["C14-code"], |asked, answer| {
            if is_yes(asked) && answer.status == 303 {
                answer.status = 307;
            }
        }),
        Fault::new("the key in the URL", &["N3"], |asked, answer| {
            use base64::Engine as _;
            if is_yes(asked) {
                let key = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(asked.get("api_key"));
                answer.change("location", |location| format!("{location}&k={key}"));
            }
        }),
        miscoded("invalid_request for a wrong verifier", &["F3"], 400, "invalid_request", |_, answer| {
            answer.json()["error_description"].as_str().is_some_and(|text| text.contains("code_verifier"))
        }),
        Fault::new("a wrong verifier uses the code up", &["F7"], move |asked, answer| {
            let mut consumed = consumed.lock().unwrap();
            let code = asked.get("code").to_owned();
            if is_token(asked) && consumed.contains(&code) {
                answer.document(400, &json!({ "error": "invalid_grant" }));
            } else if is_token(asked) && answer.status == 400 && code.len() > 20 {
                consumed.push(code);
            }
        })
        .skipping_much(),
        miscoded(
            "invalid_request for another redirect URI",
            &["F4-bound"],
            400,
            "invalid_request",
            |asked, _| asked.get("redirect_uri").contains("evil.example") && asked.pairs.len() == 5,
        ),
        in_tokens("null in the tokens", &["F7"], |answer| answer["id_token"] = Value::Null),
        in_tokens("no scope in the tokens", &["F7"], |answer| {
            answer.as_object_mut().unwrap().remove("scope");
        }),
        in_tokens("no type in the tokens", &["F7"], |answer| {
            answer.as_object_mut().unwrap().remove("token_type");
        }),
        in_tokens("a text for the lifetime", &["F7", "G11"], |answer| answer["expires_in"] = json!("3600")),
        in_tokens("a token for a minute", &["G11"], |answer| answer["expires_in"] = json!(60)),
        Fault::new("tokens may be kept", &["F8-token"], |asked, answer| {
            if is_success(asked, answer, "authorization_code") {
                answer.drop("cache-control");
            }
        }),
        Fault::new("no tools for older clients", &["S2"], |asked, answer| {
            if asked.json()["method"] == "tools/list"
                && asked.header("mcp-protocol-version") != "2026-07-28"
                && answer.status == 200
            {
                answer.document(200, &json!({ "jsonrpc": "2.0", "id": 2, "result": { "tools": [] } }));
            }
        }),
        Fault::new("other tools for new clients", &["S3"], |asked, answer| {
            if asked.header("mcp-protocol-version") == "2026-07-28" && answer.status == 200 {
                let tools = json!([{ "name": "other", "inputSchema": { "type": "object" } }]);
                answer.document(200, &json!({ "jsonrpc": "2.0", "id": 3, "result": { "tools": tools } }));
            }
        }),
        Fault::new("a refresh token as a bearer", &["K1"], |asked, answer| {
            if asked.header("authorization").starts_with("Bearer opqrt_") {
                initialized(asked, answer);
            }
        }),
        Fault::new("the key as a bearer", &["K1"], |asked, answer| {
            if asked.header("authorization").contains("sandbox-key") {
                initialized(asked, answer);
            }
        }),
        miscoded(
            "400 invalid_client for another client's refresh token",
            &["G6"],
            400,
            "invalid_client",
            |asked, answer| {
                asked.get("refresh_token").starts_with("opqrt_") && answer.json()["error"] == "invalid_grant"
            },
        ),
        miscoded("invalid_grant for a foreign resource", &["G8"], 400, "invalid_grant", |_, answer| {
            answer.json()["error"] == "invalid_target"
        }),
        Fault::new("refresh tokens do not rotate", &["G1"], |asked, answer| {
            if is_success(asked, answer, "refresh_token") {
                answer.edit(|document| document["refresh_token"] = json!(asked.get("refresh_token")));
            }
        }),
        Fault::new("no second refresh", &["G2"], move |asked, answer| {
            let mut refreshed = refreshed.lock().unwrap();
            if is_success(asked, answer, "refresh_token") {
                let token = asked.get("refresh_token").to_owned();
                if refreshed.contains(&token) {
                    answer.document(400, &json!({ "error": "invalid_grant" }));
                }
                refreshed.push(token);
            }
        }),
        Fault::lenient("revocation does nothing", &["J3"], |asked| {
            if asked.is("POST", "/revoke") && !asked.get("token").is_empty() {
                asked.set("token", "nothing");
            }
        }),
        Fault::new("consent is remembered", &["E4"], |asked, answer| {
            if asked.is("GET", "/authorize") && !asked.header("cookie").is_empty() {
                let state = asked.get("state").to_owned();
                answer
                    .redirect(303, &format!("https://claude.ai/api/mcp/auth_callback?code=x&state={state}"));
            }
        })
        .skipping(&["F5", "E6-spent"]),
        Fault::new("a code works twice", &["F5"], move |asked, answer| {
            let mut redeemed = redeemed.lock().unwrap();
            if is_success(asked, answer, "authorization_code") {
                *redeemed = Some((asked.get("code").to_owned(), answer.clone()));
            } else if let Some((code, first)) = &*redeemed
                && is_token(asked)
                && code == asked.get("code")
            {
                *answer = first.clone();
            }
        }),
        Fault::new("a finished page approves again", &["E6-spent"], |asked, answer| {
            if is_yes(asked) && asked.get("api_key").is_empty() {
                answer.redirect(303, "https://claude.ai/api/mcp/auth_callback?code=x");
            }
        }),
    ];
    faults.into_iter().map(Fault::in_a_login).collect()
}
