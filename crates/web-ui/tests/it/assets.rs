//! The files that pages load, over their whole HTTP surface.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use web_ui::assets;

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
            assert_eq!(response.body(), asset.body);
            let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
            assert_eq!(header("content-type"), asset.content_type);
            assert_eq!(header("content-length"), asset.body.len().to_string());
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
        let hash = assets::etag(asset.body);
        assert!(asset.path.contains(hash.trim_matches('"')), "{}", asset.path);
    }
    assert_ne!(assets::etag(b"one"), assets::etag(b"two"));
    // The first 8 bytes of SHA-256 of nothing, FIPS 180-4.
    assert_eq!(assets::etag(b""), "\"e3b0c44298fc1c14\"");
}

#[test]
fn a_known_copy_is_confirmed_without_a_body() {
    let path = assets::ICON_SVG;
    let tag = assets::etag(assets::find(path).unwrap().body);
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
    let length = assets::find(assets::ICON_PNG).unwrap().body.len();
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
    let body = |path: &str| assets::find(path).unwrap().body;
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
