//! Methods, headers, caching, negotiation, prefixes.

use crate::{ask, landing, sample, text};
use http::{Method, StatusCode};

const PATHS: [&str; 8] = [
    "/",
    "/tools",
    "/privacy",
    "/llms.txt",
    "/tools.json",
    "/server.json",
    "/robots.txt",
    "/.well-known/security.txt",
];

#[test]
fn the_headers_of_every_path() {
    let mut seen = String::new();
    for (name, content) in [("public", sample::public()), ("sandbox", sample::sandbox())] {
        let landing = landing(&content);
        for (path, accept) in
            PATHS.map(|path| (path, "text/html")).into_iter().chain([("/", "text/markdown")])
        {
            let Some(response) = ask(&landing, Method::GET, path, &[("accept", accept)]) else { continue };
            let mut lines: Vec<_> = response
                .headers()
                .iter()
                .filter(|(name, _)| !["etag", "content-length"].contains(&name.as_str()))
                .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()))
                .collect();
            lines.sort();
            seen += &format!("# {name} {path} {accept}\n{}", lines.concat());
        }
    }
    insta::assert_snapshot!(seen);
}

#[test]
fn head_says_what_get_says() {
    let landing = landing(&sample::public());
    for path in PATHS {
        let get = ask(&landing, Method::GET, path, &[]).unwrap();
        let head = ask(&landing, Method::HEAD, path, &[]).unwrap();
        assert_eq!(get.status(), StatusCode::OK);
        assert_eq!(get.headers(), head.headers());
        assert_eq!(get.headers()["content-length"], get.body().len().to_string().as_str());
        assert!(!get.body().is_empty() && head.body().is_empty(), "{path}");
    }
}

#[test]
fn a_known_copy_is_confirmed() {
    let landing = landing(&sample::public());
    for path in PATHS {
        let tag =
            ask(&landing, Method::GET, path, &[]).unwrap().headers()["etag"].to_str().unwrap().to_owned();
        for method in [Method::GET, Method::HEAD] {
            let response = ask(&landing, method, path, &[("if-none-match", &tag)]).unwrap();
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{path}");
            assert!(response.body().is_empty());
            assert_eq!(response.headers()["etag"], tag.as_str());
            assert!(!response.headers().contains_key("content-length"));
        }
        let other = ask(&landing, Method::GET, path, &[("if-none-match", "\"0\"")]).unwrap();
        assert_eq!(other.status(), StatusCode::OK);
    }
}

#[test]
fn html_and_markdown_are_different_copies() {
    let landing = landing(&sample::public());
    let html = ask(&landing, Method::GET, "/", &[]).unwrap();
    let markdown = ask(&landing, Method::GET, "/", &[("accept", "text/markdown")]).unwrap();
    assert_eq!(html.headers()["vary"], "Accept");
    assert_eq!(markdown.headers()["vary"], "Accept");
    assert_ne!(html.headers()["etag"], markdown.headers()["etag"]);
    assert!(text(&html).starts_with("<!doctype html>") && text(&markdown).starts_with("# OpenPhone MCP"));
}

#[test]
fn a_client_that_posts_here_is_told_the_endpoint() {
    let landing = landing(&sample::public());
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let response = ask(&landing, method, "/", &[]).unwrap();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()["allow"], "GET, HEAD");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let hint: serde_json::Value = serde_json::from_str(&text(&response)).unwrap();
        assert_eq!(hint["mcp_endpoint"], "https://mcp.example.com/mcp");
        assert_eq!(
            hint["message"],
            "This is the landing page. The MCP endpoint is https://mcp.example.com/mcp: point your client there."
        );
    }
    let response = ask(&landing, Method::POST, "/privacy", &[]).unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    let answer: serde_json::Value = serde_json::from_str(&text(&response)).unwrap();
    assert_eq!(answer["error"], "method_not_allowed");
    assert!(answer.get("mcp_endpoint").is_none());
}

#[test]
fn only_its_own_paths_under_its_own_prefix() {
    let root = landing(&sample::public());
    let prefixed = landing(&sample::prefixed());
    let mut content = sample::prefixed();
    content.mount = Some(String::new());
    let stripped = landing(&content);
    for (landing, prefix) in [(&root, ""), (&prefixed, "/openphone"), (&stripped, "")] {
        for path in PATHS {
            let path = format!("{prefix}{path}");
            assert!(landing.owns(&path) && ask(landing, Method::GET, &path, &[]).is_some(), "{path}");
        }
        for path in ["/mcp", "/privacy/", "/index.html", "//", "/openphonex", "/openphone/mcp"] {
            assert!(!landing.owns(path) && ask(landing, Method::GET, path, &[]).is_none(), "{path}");
        }
    }
    assert!(prefixed.owns("/openphone"));
    assert!(!prefixed.owns("/") && !prefixed.owns("/privacy"));
    // The proxy takes the prefix off, and links still carry it.
    let html = text(&ask(&stripped, Method::GET, "/", &[]).unwrap());
    assert!(html.contains("href=\"/openphone/privacy\""));
}
