//! The twins for machines.

use crate::{ask, get, landing, sample, text};
use http::Method;
use landing::{Landing, LandingContent, LandingError, SecurityContact, StatusSource, UpstreamStatus};
use serde_json::{Value, json};
use std::sync::Arc;

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
    let value: Value = serde_json::from_str(&body).unwrap();
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
        let refused = Landing::new(LandingContent::new(public, mcp, "1.2.3"));
        assert!(matches!(refused, Err(LandingError::Url { .. })), "{public} {mcp}");
    }
    let mut content = LandingContent::new(url, url, "1.2.3");
    content.sse_url = Some("sse".to_owned());
    assert!(matches!(Landing::new(content), Err(LandingError::Url { field: "sse_url", .. })));

    for (contact, expires) in
        [("mailto:a@example.com\nEncryption: x", "2027-11-23T00:00:00Z"), ("mailto:a@example.com", "")]
    {
        let mut content = sample::public();
        content.security = Some(SecurityContact::new(contact, expires));
        assert!(matches!(Landing::new(content), Err(LandingError::SecurityContact { .. })), "{contact}");
    }
}

/// What the registry's schema (2025-12-11) demands of what we say: fields that must be there, patterns and lengths.
#[test]
fn server_json_is_what_the_registry_takes() {
    let mut plain = sample::public();
    plain.source_url = None;
    for (content, path) in [
        (sample::public(), "/server.json"),
        (plain, "/server.json"),
        (sample::prefixed(), "/openphone/server.json"),
        (sample::sandbox(), "/server.json"),
    ] {
        let server: Value = serde_json::from_str(&get(&landing(&content), path)).unwrap();
        let text = |value: &Value, most: usize| {
            let text = value.as_str().unwrap_or_else(|| panic!("{server}"));
            assert!((1..=most).contains(&text.chars().count()), "{text}");
            text.to_owned()
        };
        let url = |value: &Value| {
            let url = text(value, 255).parse::<http::Uri>().unwrap();
            assert!(url.scheme().is_some() && url.host().is_some(), "{url}");
            url
        };
        url(&server["$schema"]);
        text(&server["title"], 100);
        text(&server["description"], 100);
        assert_eq!(text(&server["version"], 255), content.version);
        assert_eq!(url(&server["websiteUrl"]).to_string().trim_end_matches('/'), content.public_url);
        let name = text(&server["name"], 200);
        let (namespace, own) = name.split_once('/').unwrap();
        for (part, also) in [(namespace, ".-"), (own, "._-")] {
            let fits = |c: char| c.is_ascii_alphanumeric() || also.contains(c);
            assert!(!part.is_empty() && part.chars().all(fits), "{name}");
        }

        for icon in server["icons"].as_array().into_iter().flatten() {
            assert_eq!(url(&icon["src"]).scheme_str(), Some("https"));
            assert!(["image/png", "image/svg+xml"].contains(&icon["mimeType"].as_str().unwrap()));
            assert!(["any", "512x512"].contains(&icon["sizes"][0].as_str().unwrap()));
        }
        assert_eq!(server["icons"].is_array(), content.public_url.starts_with("https:"), "{server}");
        let remotes: Vec<_> = server["remotes"].as_array().unwrap().iter().collect();
        assert_eq!(remotes.len(), 1 + usize::from(content.sse_url.is_some()));
        assert_eq!(remotes[0]["type"], "streamable-http");
        assert_eq!(remotes[0]["url"], content.mcp_url.as_str());
        for sse in &remotes[1..] {
            assert_eq!(sse["type"], "sse");
            assert_eq!(sse["url"].as_str(), content.sse_url.as_deref());
        }
        assert_eq!(server["repository"].is_object(), content.source_url.is_some());
        if let Some(source) = &content.source_url {
            assert_eq!(server["repository"], json!({ "url": source, "source": "github" }));
        }
    }
}

#[test]
fn status_json_says_how_it_goes() {
    let mut content = sample::public();
    for (state, status, upstream) in [
        (Some(UpstreamStatus::Up), "ok", "up"),
        (Some(UpstreamStatus::Down), "degraded", "down"),
        (Some(UpstreamStatus::Unknown), "ok", "unknown"),
        (Some(UpstreamStatus::Simulated), "ok", "simulated"),
        (None, "ok", "unknown"),
    ] {
        content.status = state.map(|state| -> Arc<dyn StatusSource> { Arc::new(sample::Always(state)) });
        let landing = landing(&content);
        assert!(landing.owns("/status.json"));
        let response = ask(&landing, Method::GET, "/status.json", &[]).unwrap();
        assert_eq!(response.status(), 200);
        for (name, value) in [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("access-control-allow-origin", "*"),
            ("x-content-type-options", "nosniff"),
            ("content-length", &*response.body().len().to_string()),
        ] {
            assert_eq!(response.headers()[name], value);
        }
        let body: Value = serde_json::from_str(&text(&response)).unwrap();
        assert_eq!(
            body,
            json!({
                "status": status,
                "server": { "name": "openphone-mcp", "version": "1.2.3" },
                "upstream": { "status": upstream },
                "protocol": { "versions": ["2026-07-28", "2025-11-25"] },
                "tools": 3,
            })
        );
        let head = ask(&landing, Method::HEAD, "/status.json", &[]).unwrap();
        assert_eq!(head.headers(), response.headers());
        assert!(head.body().is_empty());
        let refused = ask(&landing, Method::POST, "/status.json", &[]).unwrap();
        assert_eq!(refused.status(), 405);
        assert_eq!(refused.headers()["allow"], "GET, HEAD");
    }
}

/// The source is asked anew for every answer.
#[test]
fn status_json_follows_the_source() {
    #[derive(Debug, Default)]
    struct Turning(std::sync::atomic::AtomicBool);
    impl StatusSource for Turning {
        fn upstream(&self) -> UpstreamStatus {
            let down = self.0.fetch_xor(true, std::sync::atomic::Ordering::Relaxed);
            if down { UpstreamStatus::Down } else { UpstreamStatus::Up }
        }
    }
    let mut content = sample::public();
    content.status = Some(Arc::new(Turning::default()));
    let landing = landing(&content);
    for upstream in ["up", "down", "up"] {
        let body: Value = serde_json::from_str(&get(&landing, "/status.json")).unwrap();
        assert_eq!(body["upstream"]["status"], upstream);
    }
}
