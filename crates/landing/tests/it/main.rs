//! What the public pages promise to people, crawlers and clients.
#![expect(clippy::unwrap_used, reason = "a test's helper fails loudly")]

mod connect;
mod hostile;
mod http_surface;
mod machine;
mod pages;
mod sample;

use bytes::Bytes;
use http::{Method, Request, Response};
use landing::{Landing, LandingContent};

fn landing(content: &LandingContent) -> Landing {
    Landing::new(content.clone()).unwrap()
}

/// Asks with headers; `None` when the landing page does not own the path.
fn ask(landing: &Landing, method: Method, path: &str, headers: &[(&str, &str)]) -> Option<Response<Bytes>> {
    let request = headers
        .iter()
        .fold(Request::builder().method(method).uri(path), |request, (name, value)| {
            request.header(*name, *value)
        })
        .body(())
        .unwrap();
    landing.handle(&request)
}

fn text(response: &Response<Bytes>) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}

/// The body of a `GET`, with hashes of assets taken out: they say nothing about these pages.
fn get(landing: &Landing, path: &str) -> String {
    let html = text(&ask(landing, Method::GET, path, &[]).unwrap());
    web_ui::assets::all().iter().fold(html, |html, asset| {
        let hash = asset.body.etag();
        html.replace(hash.trim_matches('"'), "[hash]")
    })
}
