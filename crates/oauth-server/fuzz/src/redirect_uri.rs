//! Redirect URIs: one that is registered and one that is asked for, against the URL parser of browsers, that of HTTP
//! clients, and a naive idea of what is known and what is the same.
//!
//! The input's first line is `loose` for a server that allows unknown hosts, the second what is registered, the third
//! what is asked for (nothing: the same).

use http::StatusCode;
use serde_json::{Value, json};
use url::Url;

use super::authorize_query::{is_loopback, is_same};
use super::genuine::{Page, opened, text};
use super::judge::{Told, judge, told};
use super::register_json::authorize;
use super::wire::lines;
use super::world::{Policy, World, play};

/// Where the large clients have their codes sent; a star is one more segment.
const KNOWN: [&str; 12] = [
    "https://claude.ai/api/mcp/auth_callback",
    "https://claude.com/api/mcp/auth_callback",
    "https://chatgpt.com/connector_platform_oauth_redirect",
    "https://chatgpt.com/connector/oauth/*",
    "https://www.cursor.com/agents/mcp/oauth/callback",
    "https://cursor.com/agents/mcp/oauth/callback",
    "https://vscode.dev/redirect",
    "https://insiders.vscode.dev/redirect",
    "https://grok.com/connectors-oauth-exchange-code/",
    "https://console.x.ai/connectors-oauth-exchange-code/",
    "https://www.perplexity.ai/rest/connections/oauth_callback",
    "https://callback.mistral.ai/v1/integrations_auth/oauth2_callback",
];

/// Registers the one, asks for the other, and denies: the answer must go where every parser says.
pub fn redirect_uri(input: &[u8]) -> String {
    play(async |genuine| {
        let ([policy, registered, asked], _) = lines::<3>(input);
        let policy = if policy == b"loose" { Policy::Loose } else { Policy::Strict };
        let world = World::new(policy);
        let registered = String::from_utf8_lossy(registered).into_owned();
        let asked =
            if asked.is_empty() { registered.clone() } else { String::from_utf8_lossy(asked).into_owned() };
        let body = json!({ "redirect_uris": [registered], "token_endpoint_auth_method": "none" }).to_string();
        let response = world.post("/register", &[("content-type", "application/json")], body).await;
        let outcome = judge(genuine, &response, input);
        if response.status() != StatusCode::CREATED {
            return outcome;
        }
        let browser = check_form(&registered);
        let is_known = is_known(&browser);
        let trusted = is_known || browser.scheme() != "https";
        assert!(policy == Policy::Loose || trusted || is_shared(&browser), "{registered}");

        let answer: Value = serde_json::from_slice(response.body()).unwrap();
        let response = authorize(&world, &text(&answer, "client_id"), &asked).await;
        let outcome = format!("{outcome}, {}", judge(genuine, &response, input));
        if response.status() != StatusCode::OK {
            assert_ne!(asked, registered, "it was registered");
            return outcome;
        }
        assert!(is_same(&registered, &asked), "{registered} is not {asked}");
        check_form(&asked);
        let warned = std::str::from_utf8(response.body()).unwrap().contains("This server does not know");
        assert!(warned || trusted, "no warning for {asked}");
        // A known callback written in another way may be warned of.
        assert!(!warned || !trusted || browser.as_str() != registered, "a warning for {asked}");
        let (transaction, cookie) = opened(&response);
        let page = Page { name: "", transaction, cookie, redirect: "", checked: false };
        let response = world.submit(&page, &[("decision", "deny")]).await;
        judge(genuine, &response, input);
        assert_eq!(told(&response, &asked, None), Told::Error("access_denied".to_owned()));
        format!("{outcome}, {}", if warned { "warned" } else { "trusted" })
    })
}

/// What every parser has to agree on.
fn check_form(text: &str) -> Url {
    let url = Url::parse(text).unwrap_or_else(|error| panic!("browsers do not read {text}: {error}"));
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{text}");
    match url.scheme() {
        "http" | "https" => {
            assert!(url.scheme() == "https" || is_loopback(&url), "{text}");
            let client: http::Uri = text.parse().unwrap_or_else(|error| panic!("clients: {text}: {error}"));
            assert_eq!(client.host(), url.host_str(), "{text}");
            let default = if url.scheme() == "https" { 443 } else { 80 };
            assert_eq!(client.port_u16().unwrap_or(default), url.port().unwrap_or(default), "{text}");
            // Two ways to write a path would be two pages behind one registration. A browser adds the first slash.
            let path = client.path();
            assert_eq!(if path.is_empty() { "/" } else { path }, url.path(), "{text}");
        }
        scheme => {
            let never =
                ["javascript", "data", "blob", "file", "vbscript", "about", "view-source", "filesystem"];
            assert!(!never.contains(&scheme), "{text}");
            assert!(text.starts_with(&format!("{scheme}:/")), "{text}");
        }
    }
    url
}

/// Whether it is the callback of a client that people know: on a browser's reading.
fn is_known(url: &Url) -> bool {
    KNOWN.iter().any(|known| match known.strip_suffix('*') {
        Some(start) => url.as_str().strip_prefix(start).is_some_and(is_segment),
        None => url.as_str() == *known,
    })
}

/// Whether it is the callback of a service that passes codes on.
fn is_shared(url: &Url) -> bool {
    let hosts = ["", "-test", "-sandbox"];
    let gemini = hosts.iter().flat_map(|host| {
        ["r", "a"].map(|kind| format!("https://oauth-redirect{host}.googleusercontent.com/{kind}/"))
    });
    url.as_str() == "https://oauth.n8n.cloud/oauth2/callback"
        || gemini.into_iter().any(|start| url.as_str().strip_prefix(&start).is_some_and(is_segment))
}

fn is_segment(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}
