//! Client ID Metadata Documents: any document under any `client_id`, and any redirect URI asked for.
//!
//! The input's first line is the `client_id`, the second the redirect URI, the rest the document; `$id` in it is the
//! first line.

use http::StatusCode;
use serde_json::Value;
use url::Url;

use super::authorize_query::is_same;
use super::genuine::{Page, opened};
use super::judge::{Told, judge, told};
use super::register_json::authorize;
use super::wire::lines;
use super::world::{Policy, World, play};

/// Asks, and denies: only where the document of exactly this id says that answers may go.
pub fn client_document(input: &[u8]) -> String {
    play(async |genuine| {
        let world = World::new(Policy::Loose);
        let ([id, redirect], document) = lines::<2>(input);
        let id = String::from_utf8_lossy(id).into_owned();
        let redirect = String::from_utf8_lossy(redirect).into_owned();
        let document = genuine.fill(document, &[("$id", id.clone())]);
        world.hosts.serve(document.clone());
        let echo = [input, &document].concat();

        let response = authorize(&world, &id, &redirect).await;
        let outcome = judge(genuine, &response, &echo);
        let asked = world.hosts.asked();
        assert!(asked.len() <= 1, "{asked:?}");
        if let Some(address) = asked.first() {
            check_address(address, &id);
        }
        // A second look fetches nothing.
        let again = authorize(&world, &id, &redirect).await;
        assert_eq!(again.status(), response.status());
        assert_eq!(world.hosts.asked().len(), asked.len(), "fetched again");

        if response.status() != StatusCode::OK || asked.is_empty() {
            return format!("{outcome}, {} fetched", asked.len());
        }
        check_document(&document, &id, &redirect);
        let html = std::str::from_utf8(response.body()).unwrap();
        let host = Url::parse(&id).unwrap().host_str().unwrap().to_owned();
        assert!(html.contains(&host), "{host} is not named");
        let (transaction, cookie) = opened(&response);
        let page = Page { name: "", transaction, cookie, redirect: "", checked: false };
        let response = world.submit(&page, &[("decision", "deny")]).await;
        judge(genuine, &response, &echo);
        assert_eq!(told(&response, &redirect, None), Told::Error("access_denied".to_owned()));
        format!("{outcome}, denied")
    })
}

/// What is fetched is the id itself, from a host with a name.
fn check_address(address: &str, id: &str) {
    assert_eq!(address, id);
    let url = Url::parse(address).unwrap();
    assert_eq!(url.scheme(), "https");
    assert!(matches!(url.host(), Some(url::Host::Domain(name)) if name.contains('.')), "{address}");
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{address}");
}

fn check_document(document: &[u8], id: &str, redirect: &str) {
    let document: Value = match serde_json::from_slice(document) {
        Ok(document) => document,
        // Some large clients are known without their document.
        Err(_) => return check_pinned(id),
    };
    if document["client_id"] != id {
        return check_pinned(id);
    }
    let uris = document["redirect_uris"].as_array();
    let named =
        uris.is_some_and(|uris| uris.iter().filter_map(Value::as_str).any(|uri| is_same(uri, redirect)));
    if !named {
        return check_pinned(id);
    }
    let object = document.as_object().unwrap();
    let holds_secret = object.keys().any(|name| name.starts_with("client_secret"));
    if holds_secret {
        check_pinned(id);
    }
}

/// One of the large clients, whose metadata is known.
fn check_pinned(id: &str) {
    let host = Url::parse(id).unwrap().host_str().unwrap().to_owned();
    let known = ["claude.ai", "chatgpt.com", "vscode.dev", "cursor.com"];
    assert!(known.iter().any(|known| host.ends_with(known)), "{id} without a document that says so");
}
