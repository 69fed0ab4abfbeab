//! The twins for machines.

use crate::{ask, get, landing, sample, text};
use http::Method;
use landing::{Landing, LandingContent, LandingError, SecurityContact};

#[test]
fn markdown() {
    for (name, content) in [("public", sample::public()), ("sandbox", sample::sandbox())] {
        let landing = landing(&content);
        let response = ask(&landing, Method::GET, "/", &[("accept", "text/markdown")]).unwrap();
        assert_eq!(response.headers()["content-type"], "text/markdown; charset=utf-8");
        insta::assert_snapshot!(format!("markdown_{name}"), text(&response));
    }
}

#[test]
fn llms_txt() {
    insta::assert_snapshot!(get(&landing(&sample::prefixed()), "/openphone/llms.txt"));
}

#[test]
fn tools_json() {
    let body = get(&landing(&sample::public()), "/tools.json");
    let value: serde_json::Value = serde_json::from_str(&body).unwrap();
    insta::assert_json_snapshot!(value);
}

#[test]
fn robots_txt_lists_public_servers_only() {
    assert_eq!(get(&landing(&sample::public()), "/robots.txt"), "User-agent: *\nAllow: /\n");
    assert_eq!(get(&landing(&sample::sandbox()), "/robots.txt"), "User-agent: *\nDisallow: /\n");
}

#[test]
fn security_txt() {
    let path = "/.well-known/security.txt";
    assert_eq!(
        get(&landing(&sample::public()), path),
        "Contact: mailto:security@example.com\n\
         Expires: 2027-11-23T00:00:00Z\n\
         Preferred-Languages: en\n\
         Canonical: https://mcp.example.com/.well-known/security.txt\n"
    );
    assert!(ask(&landing(&sample::sandbox()), Method::GET, path, &[]).is_none());
}

#[test]
fn content_that_cannot_be_shown_is_refused() {
    let url = "https://mcp.example.com";
    for (public, mcp) in [
        ("mcp.example.com", url),
        ("ftp://mcp.example.com", url),
        ("https://mcp.example.com/?key=x", url),
        ("https://user@mcp.example.com", url),
        ("https://mcp.example.com/#x", url),
        ("", url),
        (url, "/mcp"),
        (url, "https://mcp.example.com/m cp"),
    ] {
        let refused = Landing::new(&LandingContent::new(public, mcp, "1.2.3"));
        assert!(matches!(refused, Err(LandingError::Url { .. })), "{public} {mcp}");
    }
    let mut content = LandingContent::new(url, url, "1.2.3");
    content.sse_url = Some("sse".to_owned());
    assert!(matches!(Landing::new(&content), Err(LandingError::Url { field: "sse_url", .. })));

    for (contact, expires) in
        [("mailto:a@example.com\nEncryption: x", "2027-11-23T00:00:00Z"), ("mailto:a@example.com", "")]
    {
        let mut content = sample::public();
        content.security = Some(SecurityContact::new(contact, expires));
        assert!(matches!(Landing::new(&content), Err(LandingError::SecurityContact { .. })), "{contact}");
    }
}
