//! The files that pages load, over their whole HTTP surface.

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{Method, Request, Response, StatusCode};
use std::io::Read;
use web_ui::{assets, etag};

fn ask(method: Method, path: &str, base: &str, if_none_match: Option<&str>) -> Option<Response<Bytes>> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(tags) = if_none_match {
        request = request.header("if-none-match", tags);
    }
    assets::handle(&request.body(()).unwrap(), base)
}

#[test]
fn every_file_is_served_with_its_headers() {
    for asset in assets::all() {
        for base in ["", "/openphone"] {
            let response = ask(Method::GET, &format!("{base}{}", asset.path), base, None).unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.body(), asset.body.plain());
            let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
            assert_eq!(header("content-type"), asset.content_type);
            assert_eq!(header("content-length"), asset.body.plain().len().to_string());
            assert_eq!(header("x-content-type-options"), "nosniff");
            let immutable = asset.path.starts_with("/assets/");
            assert_eq!(header("cache-control").contains("immutable"), immutable, "{}", asset.path);
            assert_eq!(
                header("cross-origin-resource-policy"),
                if immutable { "same-origin" } else { "cross-origin" }
            );
        }
    }
}

#[test]
fn hashed_names_hold_the_hash_of_the_content() {
    let hashed: Vec<_> = assets::all().iter().filter(|asset| asset.path.starts_with("/assets/")).collect();
    assert_eq!(hashed.len(), 2);
    for asset in hashed {
        let hash = asset.body.etag();
        assert!(asset.path.contains(hash.trim_matches('"')), "{}", asset.path);
    }
    assert_ne!(etag(b"one"), etag(b"two"));
    // The first 8 bytes of SHA-256 of nothing, FIPS 180-4.
    assert_eq!(etag(b""), "\"e3b0c44298fc1c14\"");
}

#[test]
fn a_known_copy_is_confirmed_without_a_body() {
    let path = assets::ICON_SVG;
    let tag = assets::find(path).unwrap().body.etag().to_owned();
    for tags in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let response = ask(Method::GET, path, "", Some(&tags)).unwrap();
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{tags}");
        assert!(response.body().is_empty());
        assert_eq!(response.headers()["etag"], tag.as_str());
        assert!(response.headers().contains_key("cache-control"));
        assert!(!response.headers().contains_key("content-length"));
    }
    assert_eq!(ask(Method::GET, path, "", Some("\"other\"")).unwrap().status(), StatusCode::OK);
}

#[test]
fn other_methods_and_other_paths() {
    let head = ask(Method::HEAD, assets::ICON_PNG, "", None).unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    assert!(head.body().is_empty());
    let length = assets::find(assets::ICON_PNG).unwrap().body.plain().len();
    assert_eq!(head.headers()["content-length"], length.to_string().as_str());

    let post = ask(Method::POST, assets::ICON_PNG, "", None).unwrap();
    assert_eq!(post.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(post.headers()["allow"], "GET, HEAD");

    let gone = ask(Method::GET, "/assets/style-0000000000000000.css", "", None).unwrap();
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    assert_eq!(gone.headers()["cache-control"], "no-store");

    for path in ["/", "/asset", "/icon.svg/", "/elsewhere/icon.svg"] {
        assert!(ask(Method::GET, path, "", None).is_none(), "{path}");
    }
    assert!(ask(Method::GET, "/icon.svg", "/openphone", None).is_none());
}

#[test]
fn icons_are_what_they_say() {
    let body = |path: &str| assets::find(path).unwrap().body.plain();
    for (path, side) in [(assets::ICON_PNG, 512_u32), ("/apple-touch-icon.png", 180)] {
        let png = body(path);
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"), "{path}");
        assert_eq!(png[16..20], side.to_be_bytes());
        assert_eq!(png[20..24], side.to_be_bytes());
    }
    let ico = body("/favicon.ico");
    assert!(ico.starts_with(&[0, 0, 1, 0, 1, 0, 32, 32]));
    assert!(body(assets::ICON_SVG).starts_with(b"<svg xmlns=\"http://www.w3.org/2000/svg\""));
}

#[test]
fn texts_are_compressed_for_those_who_take_it() {
    for asset in assets::all() {
        let text = asset.path.starts_with("/assets/");
        let request = |etag: &str| {
            let request = Request::get(&asset.path).header("accept-encoding", "gzip, br");
            request.header("if-none-match", etag).body(()).unwrap()
        };
        let response = assets::handle(&request("\"other\""), "").unwrap();
        assert_eq!(response.headers().contains_key("content-encoding"), text, "{}", asset.path);
        assert_eq!(response.headers().contains_key("vary"), text);
        assert_eq!(response.headers()["content-length"], response.body().len().to_string().as_str());
        if !text {
            continue;
        }
        let mut plain = Vec::new();
        GzDecoder::new(&response.body()[..]).read_to_end(&mut plain).unwrap();
        assert_eq!(plain, asset.body.plain()[..]);
        assert!(response.body().len() * 2 < plain.len(), "{}", asset.path);
        // The other form has another tag, and each is confirmed under its own.
        let tag = response.headers()["etag"].to_str().unwrap();
        assert_ne!(tag, asset.body.etag());
        assert_eq!(assets::handle(&request(tag), "").unwrap().status(), StatusCode::NOT_MODIFIED);
        let confirmed = assets::handle(&request(asset.body.etag()), "").unwrap();
        assert_eq!(confirmed.status(), StatusCode::OK);
        assert_eq!(confirmed.headers()["content-encoding"], "gzip");
    }
}

/// What is taken out of the sources is comments and indentation, nothing else.
#[test]
fn served_texts_are_their_sources() {
    for (source, asset) in [
        (include_str!("../../assets/style.css"), &assets::all()[0]),
        (include_str!("../../assets/app.js"), &assets::all()[1]),
    ] {
        assert!(!source.contains('`'), "a template literal may span lines, whose indentation is taken off");
        let served = std::str::from_utf8(asset.body.plain()).unwrap();
        assert!(!served.lines().any(|line| line.starts_with("/*") || line.starts_with("//")));
        let mut lines = source.lines().map(str::trim);
        for line in served.lines() {
            assert!(lines.any(|own| own == line), "{line}");
        }
        assert_eq!(source.matches('{').count() - commented(source, '{'), served.matches('{').count());
    }
}

/// How often `what` stands in comments that take up their lines.
fn commented(source: &str, what: char) -> usize {
    let mut within = false;
    let mut count = 0;
    for line in source.lines().map(str::trim) {
        within |= line.starts_with("/*");
        if within || line.starts_with("//") {
            count += line.matches(what).count();
        }
        within &= !line.ends_with("*/");
    }
    count
}
