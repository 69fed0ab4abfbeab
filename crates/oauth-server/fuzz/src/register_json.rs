//! Registration: any body, and the use of what was registered.
//!
//! The input is headers and a body as in [`Post`].

use std::net::IpAddr;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use oauth_server::ClientAddress;
use serde_json::Value;
use url::Url;

use super::authorize_query::is_loopback;
use super::genuine::text;
use super::judge::judge;
use super::wire::{Post, form};
use super::world::{CHALLENGE, Policy, World, play};

/// Registers, and opens a consent page with the first redirect URI that was taken.
pub fn register_json(input: &[u8]) -> String {
    play(async |genuine| {
        let world = World::new(Policy::Strict);
        let usual = [("content-type", "application/json")];
        let post = Post::new("/register", &usual, input);
        let mut request = post.request();
        request.extensions_mut().insert(ClientAddress(IpAddr::from([192, 0, 2, 1])));
        let response = world.send(request).await;
        let mut outcome = judge(genuine, &response, &post.body);
        if response.status() == StatusCode::CREATED {
            let answer: Value = serde_json::from_slice(response.body()).unwrap();
            let asked = std::str::from_utf8(&post.body).expect("text");
            // A member that is passed over may have half a surrogate pair in it, which is JSON and no text.
            if let Ok(asked) = serde_json::from_str(asked) {
                check_answer(&asked, &answer);
            }
            outcome = format!("{outcome} {}", use_it(&world, &answer).await);
        }
        outcome
    })
}

fn check_answer(asked: &Value, answer: &Value) {
    assert!(answer.as_object().unwrap().values().all(|value| !value.is_null()), "{answer}");
    let list = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
    };
    // What was taken stands among what was asked for, in the same order.
    let taken = list(&answer["redirect_uris"]);
    let mut wanted = list(&asked["redirect_uris"]).into_iter();
    assert!(!taken.is_empty() && taken.iter().all(|uri| wanted.any(|other| other == *uri)), "{answer}");
    assert!(taken.len() <= 16);
    taken.iter().for_each(|uri| check_redirect(uri));

    let grants = list(&answer["grant_types"]);
    assert_eq!(grants[0], "authorization_code");
    assert!(grants.len() == 1 || (grants.len() == 2 && grants[1] == "refresh_token"));
    assert_eq!(answer["response_types"], serde_json::json!(["code"]));
    let method = text(answer, "token_endpoint_auth_method");
    assert!(["none", "client_secret_basic", "client_secret_post"].contains(&&*method), "{method}");
    assert_eq!(answer.get("client_secret").is_some(), method != "none");
    if let Some(name) = answer.get("client_name") {
        let name = name.as_str().unwrap();
        assert!(!name.is_empty() && name.chars().count() <= 64, "{name:?}");
        assert!(!name.chars().any(char::is_control), "{name:?}");
    }
    // Sealed, and nothing of it in clear.
    let id = text(answer, "client_id");
    assert!(id.starts_with("opqcl_k2_") && id.len() <= 2_048, "{id}");
}

/// A browser reads it as something that the default policy allows.
fn check_redirect(text: &str) {
    let url = Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{text}");
    let allowed = match url.scheme() {
        "http" => is_loopback(&url),
        "https" => {
            let host = url.host_str().unwrap();
            let client: http::Uri = text.parse().unwrap();
            assert_eq!(client.host(), Some(host), "{text}");
            let known = [
                "claude.ai",
                "claude.com",
                "chatgpt.com",
                "cursor.com",
                "vscode.dev",
                "grok.com",
                "x.ai",
                "perplexity.ai",
                "mistral.ai",
                "googleusercontent.com",
                "n8n.cloud",
            ];
            let same_site =
                |site: &&str| host == *site || host.strip_suffix(site).is_some_and(|sub| sub.ends_with('.'));
            url.port().is_none() && url.query().is_none() && known.iter().any(same_site)
        }
        scheme => ["claude", "cursor", "vscode", "vscode-insiders", "windsurf", "zed"].contains(&scheme),
    };
    assert!(allowed, "{text}");
}

/// The id is good for an authorization request with a redirect URI of its own, and with no other.
async fn use_it(world: &World, answer: &Value) -> &'static str {
    let client = text(answer, "client_id");
    let first = answer["redirect_uris"][0].as_str().unwrap();
    assert_eq!(authorize(world, &client, first).await.status(), StatusCode::OK, "{first}");
    let other = "https://claude.ai/api/mcp/auth_callback/other";
    assert_eq!(authorize(world, &client, other).await.status(), StatusCode::BAD_REQUEST);
    "page"
}

/// Asks for a consent page.
pub(crate) async fn authorize(world: &World, client: &str, redirect: &str) -> http::Response<Bytes> {
    let query = form(&[
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", redirect),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let uri = format!("/authorize?{query}");
    world.send(Request::builder().method(Method::GET).uri(uri).body(Full::default()).unwrap()).await
}
