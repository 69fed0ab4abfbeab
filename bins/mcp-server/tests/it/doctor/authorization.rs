//! Faults of registration, authorization requests, redirects, pages and the consent form.

use std::sync::Mutex;

use serde_json::{Value, json};

use crate::support::broken::{Answer, Asked, Fault};

const CALLBACK: &str = "https://claude.ai/api/mcp/auth_callback";

fn is_request(asked: &Asked) -> bool {
    asked.is("GET", "/authorize")
}

/// Changes successful registrations.
fn registered(
    change: impl Fn(&mut Value) + Send + Sync + 'static,
) -> impl Fn(&Asked, &mut Answer) + Send + Sync {
    move |asked, answer| {
        if asked.is("POST", "/register") && answer.status == 201 {
            answer.edit(&change);
        }
    }
}

/// A server that does not know this client's address.
fn unwelcome(id: &'static str, name: &'static str) -> Fault {
    Fault::new(&format!("{name} is refused"), &[id], move |asked, answer| {
        if asked.is("POST", "/register") && asked.json()["client_name"] == name {
            answer.document(400, &json!({ "error": "invalid_redirect_uri" }));
        }
    })
}

/// A server that registers what it should refuse.
fn takes(name: &str, id: &'static str, uri: &'static str) -> Fault {
    Fault::lenient(name, &[id], move |asked| {
        let mut body = asked.json();
        if asked.path == "/register" && body["redirect_uris"][0] == uri {
            body["redirect_uris"] = json!([CALLBACK]);
            asked.body = body.to_string().into_bytes();
        }
    })
}

pub(super) fn registration() -> Vec<Fault> {
    let known = [
        ("H4-claude-code", "Claude Code (openphone)"),
        ("H4-chatgpt", "ChatGPT"),
        ("H4-vscode", "Visual Studio Code"),
        ("H4-mcp-remote", "MCP CLI Client"),
        ("H4-inspector", "MCP Inspector"),
        ("H4-gemini-cli", "Gemini CLI MCP Client"),
        ("H4-gemini", "Google"),
        ("H4-grok", "Grok"),
        ("H4-perplexity", "Perplexity"),
    ];
    let mut faults: Vec<Fault> = known.into_iter().map(|(id, name)| unwelcome(id, name)).collect();
    faults.extend([
        Fault::new("Claude is refused", &["H4-claude"], |asked, answer| {
            if asked.is("POST", "/register") && asked.json()["client_name"] == "Claude" {
                answer.document(400, &json!({ "error": "invalid_redirect_uri" }));
            }
        }),
        Fault::new("one bad address costs the good ones", &["H4-cursor"], |asked, answer| {
            if asked.is("POST", "/register") && String::from_utf8_lossy(&asked.body).contains("cursor://") {
                answer.document(400, &json!({ "error": "invalid_redirect_uri" }));
            }
        }),
        Fault::new("a registration is 200", &["H1"], |asked, answer| {
            if asked.path == "/register" && answer.status == 201 {
                answer.status = 200;
            }
        }),
        Fault::new("a registration may be kept", &["H1"], |asked, answer| {
            if asked.path == "/register" {
                answer.set("cache-control", "max-age=60");
            }
        }),
        Fault::new(
            "a secret is kept back",
            &["H2"],
            registered(|answer| {
                answer.as_object_mut().unwrap().remove("client_secret");
            }),
        ),
        Fault::new(
            "the method in effect is not said",
            &["H2"],
            registered(|answer| {
                if answer["client_name"] == "Google" {
                    answer.as_object_mut().unwrap().remove("token_endpoint_auth_method");
                }
            }),
        ),
        Fault::new(
            "a secret for a public client",
            &["H6"],
            registered(|answer| {
                if answer["token_endpoint_auth_method"] == "none" {
                    answer["client_secret"] = json!("not-needed");
                }
            }),
        ),
        Fault::new(
            "null in a registration",
            &["H6-null"],
            registered(|answer| answer["client_uri"] = Value::Null),
        ),
        Fault::new("management that is not there", &["H12"], |asked, answer| {
            let host = asked.header("host").to_owned();
            registered(move |answer| {
                answer["registration_client_uri"] = json!(format!("http://{host}/register/1"));
            })(asked, answer);
        }),
        Fault::new("a crash on a broken registration", &["H1-errors"], |asked, answer| {
            if asked.path == "/register" && asked.body == b"{" {
                answer.page(500);
            }
        }),
        Fault::new("a code of nobody's for a broken registration", &["H1-errors"], |asked, answer| {
            if asked.path == "/register" && answer.status == 400 {
                answer.edit(|document| document["error"] = json!("bad_request"));
            }
        }),
        Fault::lenient("a script as a logo", &["H10"], |asked| {
            let mut body = asked.json();
            if asked.path == "/register" && body["logo_uri"] == "javascript:alert(1)" {
                body.as_object_mut().unwrap().remove("logo_uri");
                asked.body = body.to_string().into_bytes();
            }
        })
        .and(|asked, answer| {
            if asked.path == "/register" && asked.json()["logo_uri"] == "javascript:alert(1)" {
                answer.edit(|document| document["logo_uri"] = json!("javascript:alert(1)"));
            }
        }),
        takes("an http address", "D3", "http://client.example/callback"),
        takes("an address that begins like loopback", "D3", "http://localhost.evil.example/callback"),
        takes("a script as an address", "D4", "JavaScript:alert(1)"),
        takes("a file as an address", "D4", "file:///etc/hosts"),
        takes("a fragment", "D5", "https://claude.ai/api/mcp/auth_callback#x"),
        takes("user information", "D5", "https://claude.ai@evil.example/callback"),
    ]);
    faults
}

/// A server that shows its page where it should refuse.
fn shows(
    name: &str,
    fails: &[&'static str],
    wrong: impl Fn(&Asked) -> bool + Send + Sync + 'static,
) -> Fault {
    Fault::new(name, fails, move |asked, answer| {
        if is_request(asked) && wrong(asked) {
            answer.page(200);
        }
    })
}

/// A server that refuses what is fine.
fn refuses(
    name: &str,
    fails: &[&'static str],
    fine: impl Fn(&Asked) -> bool + Send + Sync + 'static,
) -> Fault {
    Fault::new(name, fails, move |asked, answer| {
        if is_request(asked) && fine(asked) {
            answer.page(400);
        }
    })
}

fn has(asked: &Asked, name: &str) -> bool {
    asked.pairs.iter().any(|(other, _)| other == name)
}

pub(super) fn requests() -> Vec<Fault> {
    vec![
        Fault::new("the page does not name the host", &["E1"], |asked, answer| {
            if is_request(asked) {
                let text = String::from_utf8_lossy(&answer.body).replace("claude.ai", "your app");
                answer.body = text.into_bytes();
            }
        }),
        refuses("resource is required", &["C6"], |asked| !has(asked, "resource")),
        refuses("unknown scopes are a dead end", &["C7"], |asked| asked.get("scope") == "made:up"),
        refuses("a scope that is only advertised", &["A7-each"], |asked| {
            asked.get("scope").contains(":admin")
        }),
        refuses("unknown parameters are a dead end", &["C9"], |asked| has(asked, "made_up")),
        refuses("a state of 1 KB is a dead end", &["C9"], |asked| {
            asked.get("state").len() == 1272 && asked.get("response_type") == "code"
        }),
        Fault::new("metadata documents that are only advertised", &["A4"], |asked, answer| {
            if asked.path.contains("oauth-authorization-server") {
                answer.edit(|document| document["client_id_metadata_document_supported"] = json!(true));
            }
            if is_request(asked) && asked.get("client_id").starts_with("https://") {
                answer.page(400);
            }
        }),
        Fault::new("metadata documents that are not advertised", &["A4"], |asked, answer| {
            if asked.path.contains("oauth-authorization-server") {
                answer.edit(|document| document["client_id_metadata_document_supported"] = json!(false));
            }
            if is_request(asked) && asked.get("client_id").starts_with("https://claude.ai/oauth/") {
                answer.page(200);
            }
        }),
        shows("an unknown client", &["C2"], |asked| asked.get("client_id") == "nobody"),
        Fault::new(
            "error pages with status 200",
            &["A4", "C2", "C1", "D1", "D1-path", "D1-port", "D1-scheme", "C2-errors", "D2-host"],
            |asked, answer| {
                if is_request(asked) && answer.status == 400 {
                    answer.status = 200;
                }
            },
        ),
        Fault::new(
            "errors go to any address",
            &["A4", "C2", "C1", "D1", "D1-path", "D1-port", "D1-scheme", "C2-errors", "D2-host"],
            |asked, answer| {
                let target = asked.get("redirect_uri");
                if is_request(asked) && answer.status == 400 && target.is_ascii() && !target.contains('"') {
                    answer.redirect(302, &format!("{target}?error=invalid_request"));
                }
            },
        ),
        Fault::lenient("the first of two parameters counts", &["C1"], |asked| {
            if asked.path == "/authorize" {
                let mut seen = Vec::new();
                asked.pairs.retain(|(name, _)| {
                    !seen.contains(name) && {
                        seen.push(name.clone());
                        true
                    }
                });
            }
        }),
        Fault::lenient("tokens in URLs", &["C3"], |asked| {
            if asked.get("response_type") == "token" {
                asked.set("response_type", "code");
            }
        })
        .skipping(&["C12", "C8", "C14", "C13"]),
        Fault::lenient("plain PKCE", &["C4"], |asked| {
            if asked.get("code_challenge_method") == "plain" {
                asked.set("code_challenge_method", "S256");
            }
        }),
        Fault::lenient("no PKCE", &["C4"], |asked| {
            if asked.path == "/authorize"
                && asked.method == "GET"
                && !has(asked, "code_challenge")
                && has(asked, "client_id")
                && asked.get("response_type") == "code"
            {
                asked.set("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
                asked.set("code_challenge_method", "S256");
            }
        }),
        Fault::lenient("PKCE without a method", &["C4"], |asked| {
            if has(asked, "code_challenge") && !has(asked, "code_challenge_method") {
                asked.set("code_challenge_method", "S256");
            }
        }),
        Fault::lenient("any resource", &["C5"], |asked| {
            if asked.is("GET", "/authorize") && asked.get("resource").contains("evil.example") {
                asked.pairs.retain(|(name, _)| name != "resource");
            }
        }),
        Fault::new("errors by 307", &["C12"], |asked, answer| {
            if is_request(asked) && answer.status == 303 {
                answer.status = 307;
            }
        }),
        Fault::new("state is cut", &["C8"], |asked, answer| {
            if is_request(asked) {
                answer.change("location", |location| location.replace("ssssssss", "s"));
            }
        }),
        Fault::new("state is decoded twice", &["C8"], |asked, answer| {
            if is_request(asked) {
                answer.change("location", |location| location.replace("%2526", "%26"));
            }
        }),
        Fault::new("no iss in errors", &["C14"], |asked, answer| {
            if is_request(asked) {
                answer.change("location", |location| location.split("&iss=").next().unwrap().to_owned());
            }
        }),
        Fault::new("the issuer with a slash in iss", &["C14"], |asked, answer| {
            if is_request(asked) {
                answer.change("location", |location| format!("{location}%2F"));
            }
        }),
        Fault::new("the client's own iss stays", &["C13"], |asked, answer| {
            if is_request(asked) {
                answer.change("location", |location| {
                    location.replace("?keep=1", "?iss=https%3A%2F%2Fevil.example&keep=1")
                });
            }
        }),
    ]
}

pub(super) fn redirects() -> Vec<Fault> {
    vec![
        shows("a host that begins alike", &["D1"], |asked| {
            asked.get("redirect_uri").contains("claude.ai.evil.example")
        }),
        shows("user information before another host", &["D1"], |asked| {
            asked.get("redirect_uri").starts_with("https://claude.ai@")
        }),
        shows("paths in any case", &["D1-path"], |asked| asked.get("redirect_uri").contains("/API/MCP/")),
        shows("any query", &["D1-path"], |asked| asked.get("redirect_uri") == format!("{CALLBACK}?x=1")),
        shows("any path of the host", &["D1-path"], |asked| {
            asked.get("redirect_uri") == "https://claude.ai/"
        }),
        shows("the default port", &["D1-port"], |asked| asked.get("redirect_uri").contains("claude.ai:443")),
        shows("http instead of https", &["D1-scheme"], |asked| {
            asked.get("redirect_uri").starts_with("http://claude.ai")
        }),
        shows("an application's scheme", &["D1-scheme"], |asked| {
            asked.get("redirect_uri").starts_with("claude://")
        }),
        Fault::new("errors to addresses that nobody registered", &["C2-errors"], |asked, answer| {
            let target = asked.get("redirect_uri").to_owned();
            if is_request(asked)
                && asked.get("response_type") == "token"
                && target.starts_with("https://evil.example")
            {
                answer.redirect(303, &format!("{target}?error=invalid_request"));
            }
        }),
        Fault::new(
            "a link to an address that nobody registered",
            &["C2", "C1", "D1", "C2-errors", "A4"],
            |asked, answer| {
                let target = asked.pairs.iter().rfind(|(name, _)| name == "redirect_uri");
                if let Some((_, target)) = target
                    && is_request(asked)
                    && target.starts_with("https://evil.example")
                    && !target.contains('"')
                {
                    answer.body.extend(format!("<a href=\"{target}\">Back</a>").into_bytes());
                }
            },
        ),
        refuses("loopback with exact ports", &["D2"], |asked| asked.get("redirect_uri").contains(":54321")),
        shows("a host that begins like loopback", &["D2-host"], |asked| {
            asked.get("redirect_uri").starts_with("http://localhost.evil.example")
        }),
        shows("https on loopback", &["D2-host"], |asked| {
            asked.get("redirect_uri").starts_with("https://127.0.0.1/")
        }),
        Fault::lenient("a stranger's client", &["E20"], |asked| {
            let mut body = asked.json();
            if asked.path == "/register" && body["redirect_uris"][0] == "https://stranger.example/callback" {
                body["redirect_uris"] = json!([CALLBACK]);
                asked.body = body.to_string().into_bytes();
            }
        })
        .and(|asked, answer| {
            if is_request(asked) && asked.get("redirect_uri").contains("stranger.example") {
                answer.page(200);
            }
        }),
    ]
}

/// Changes every page.
fn on_pages(
    name: &str,
    fails: &[&'static str],
    change: impl Fn(&mut Answer) + Send + Sync + 'static,
) -> Fault {
    Fault::new(name, fails, move |asked, answer| {
        if asked.path == "/authorize" && answer.header("content-type").starts_with("text/html") {
            change(answer);
        }
    })
}

fn policy(
    name: &str,
    fails: &[&'static str],
    change: impl Fn(String) -> String + Send + Sync + 'static,
) -> Fault {
    on_pages(name, fails, move |answer| answer.change("content-security-policy", &change))
}

fn in_page(name: &str, fails: &[&'static str], from: &'static str, to: &'static str) -> Fault {
    on_pages(name, fails, move |answer| {
        answer.body = String::from_utf8_lossy(&answer.body).replace(from, to).into_bytes();
    })
}

pub(super) fn pages() -> Vec<Fault> {
    vec![
        policy("frames are allowed", &["E5"], |policy| policy.replace("frame-ancestors 'none'; ", "")),
        on_pages("old browsers may frame", &["E5"], |answer| answer.drop("x-frame-options")),
        on_pages("error pages may be framed", &["E5"], |answer| {
            if answer.status == 400 {
                answer.drop("x-frame-options");
            }
        }),
        policy("inline scripts", &["E9"], |policy| {
            policy.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
        }),
        policy("any base", &["E9"], |policy| policy.replace("base-uri 'none'; ", "")),
        policy("form-action", &["E10"], |policy| format!("{policy}; form-action 'self'")),
        on_pages("an opener policy", &["E12"], |answer| {
            answer.set("cross-origin-opener-policy", "same-origin");
        }),
        on_pages("no referrer policy", &["E8"], |answer| answer.drop("referrer-policy")),
        on_pages("a referrer policy that silences the form", &["E19"], |answer| {
            answer.set("referrer-policy", "no-referrer");
        })
        .skipping(&["C12-form", "C14-form"]),
        on_pages("pages may be kept", &["E13"], |answer| answer.drop("cache-control")),
        on_pages("browsers may guess", &["E13-nosniff"], |answer| answer.drop("x-content-type-options")),
        in_page("the key is shown", &["E15"], "type=\"password\"", "type=\"text\""),
        in_page(
            "the key is remembered",
            &["E15"],
            "type=\"password\" autocomplete=\"current-password\"",
            "type=\"password\"",
        ),
        in_page(
            "a logo from elsewhere",
            &["E18"],
            "</form>",
            "</form><img src=\"https://logo.example/pixel.png\">",
        ),
        on_pages("names are markup", &["E14"], |answer| {
            let text = String::from_utf8_lossy(&answer.body).replace("&#60;", "<").replace("&lt;", "<");
            answer.body = text.replace("&#62;", ">").replace("&gt;", ">").into_bytes();
        }),
        Fault::new("a parameter is markup", &["E14"], |asked, answer| {
            let id = asked.get("client_id").to_owned();
            if is_request(asked) && answer.status == 400 && id.contains("<script>") {
                answer.body.extend(format!("<p>Unknown client {id}").into_bytes());
            }
        }),
        on_pages("other origins may read", &["L4"], |answer| answer.set("access-control-allow-origin", "*")),
    ]
}

pub(super) fn consent() -> Vec<Fault> {
    let is_form = |asked: &Asked| asked.is("POST", "/authorize");
    let first_cookie = Mutex::new(String::new());
    vec![
        Fault::new("no is no answer", &["E19"], move |asked, answer| {
            if is_form(asked) && answer.status == 303 {
                answer.page(200);
            }
        })
        .skipping(&["C12-form", "C14-form"]),
        Fault::new("no without the state", &["E19"], move |asked, answer| {
            if is_form(asked) {
                answer.change("location", |location| location.replace("a-state-of", "another-state-of"));
            }
        }),
        Fault::new("the form is answered by 307", &["C12-form"], move |asked, answer| {
            if is_form(asked) && answer.status == 303 {
                answer.status = 307;
            }
        }),
        Fault::new("no iss in the answer to the form", &["C14-form"], move |asked, answer| {
            if is_form(asked) {
                answer.change("location", |location| location.split("&iss=").next().unwrap().to_owned());
            }
        }),
        Fault::new("the form counts without a cookie", &["E6"], move |asked, answer| {
            if is_form(asked) && asked.header("cookie").is_empty() {
                answer.redirect(303, &format!("{CALLBACK}?error=access_denied"));
            }
        }),
        Fault::new("the form counts with any cookie", &["E6"], move |asked, answer| {
            // The page that was opened last is not the one whose form is sent.
            if is_request(asked) && answer.headers.contains_key("set-cookie") {
                *first_cookie.lock().unwrap() =
                    answer.header("set-cookie").split(';').next().unwrap().to_owned();
            }
            if is_form(asked) && asked.header("cookie") == *first_cookie.lock().unwrap() {
                answer.redirect(303, &format!("{CALLBACK}?error=access_denied"));
            }
        }),
        Fault::lenient("the form counts from other sites", &["E7"], |asked| {
            if asked.is("POST", "/authorize") {
                asked.headers.remove("origin");
                asked.headers.remove("sec-fetch-site");
            }
        }),
    ]
}
