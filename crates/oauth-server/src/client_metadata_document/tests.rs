//! What is a document's id, and what is a document.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const ID: &str = "https://app.example.com/oauth/client.json";

fn id() -> DocumentId {
    DocumentId::parse(ID).expect("an id")
}

fn validate(document: &Value) -> Result<ClientDocument, DocumentFaultKind> {
    ClientDocument::parse(&id(), document.to_string().as_bytes())
}

/// A good document with some members changed; `null` takes one out.
fn with(changes: &Value) -> Value {
    let mut document = json!({
        "client_id": ID,
        "client_name": "App",
        "redirect_uris": ["https://app.example.com/callback", "http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "some_day": { "this": "will mean something" },
    });
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            document.as_object_mut().unwrap().remove(name);
        } else {
            document[name] = value.clone();
        }
    }
    document
}

#[test]
fn i1_only_plain_https_urls_with_a_path_are_ids() {
    for good in [
        ID,
        "https://app.example.com/",
        "https://app.example.com/a?b=c",
        "https://app.example.com:8443/client",
        "https://xn--bcher-kva.example/oauth/client",
        "https://app.example.com/a//b",
        "https://app.example.com/%7Eme/client.json",
    ] {
        let parsed = DocumentId::parse(good);
        // A path has to be more than the slash that every URL has.
        assert_eq!(parsed.is_some(), good != "https://app.example.com/", "{good}");
    }
    let long = format!("https://app.example.com/{}", "a".repeat(512));
    for bad in [
        "",
        "app.example.com/client",
        "http://app.example.com/client",
        "HTTPS://app.example.com/client",
        "https:/app.example.com/client",
        "https:app.example.com/client",
        "https://app.example.com",
        "https://app.example.com?x=/y",
        "https://app.example.com/client#",
        "https://app.example.com/client#x",
        "https://user@app.example.com/client",
        "https://user:pass@app.example.com/client",
        "https://@app.example.com/client",
        "https://app.example.com:443/client",
        "https://app.example.com:0443/client",
        "https://app.example.com:/client",
        "https://app.example.com:port/client",
        "https://App.example.com/client",
        "https://app.example.com./client",
        "https://app..example.com/client",
        "https://.example.com/client",
        "https://-app.example.com/client",
        "https://app.example.com/./client",
        "https://app.example.com/../client",
        "https://app.example.com/a/..",
        "https://app.example.com/%2e%2E/client",
        "https://app.example.com/.%2e/client",
        "https://app.example.com\\client",
        "https://app.example.com/cli\\ent",
        "https://app.example.com/cli ent",
        " https://app.example.com/client",
        "https://app.example.com/client\n",
        "https://app.example.com/cli\tent",
        "https://bücher.example/client",
        "https://app.example.com/clïent",
        "https://app.example.com/<client>",
        "https://localhost/client",
        "https://intranet/client",
        "https://127.0.0.1/client",
        "https://127.1/client",
        "https://2130706433/client",
        "https://0x7f000001/client",
        "https://0177.0.0.1/client",
        "https://app.example.0x7f/client",
        "https://[::1]/client",
        "https://[::ffff:10.0.0.1]/client",
        "https://%6cocalhost.example.com/client",
        "https://app.example.com%2f@evil.example/client",
        &long,
    ] {
        assert_eq!(DocumentId::parse(bad), None, "{bad:?}");
    }
}

#[test]
fn i4_the_document_names_its_own_address_byte_for_byte() {
    assert!(validate(&with(&json!({}))).is_ok());
    for other in [
        "https://app.example.com:443/oauth/client.json",
        "https://APP.example.com/oauth/client.json",
        "https://app.example.com/oauth/client.json/",
        "https://app.example.com/oauth/client.json?",
        "https://app.example.com/oauth/Client.json",
        "https://evil.example/oauth/client.json",
        "",
    ] {
        assert_eq!(
            validate(&with(&json!({ "client_id": other }))).unwrap_err(),
            DocumentFaultKind::Mismatch,
            "{other}"
        );
    }
}

#[test]
fn i5_i6_i7_i8_what_a_document_must_and_must_not_say() {
    use DocumentFaultKind::{AuthMethod, Malformed, NoRedirect, Secret};

    let keys = json!({ "keys": [{ "kty": "RSA", "n": "AQAB", "e": "AQAB" }] });
    for (changes, expected) in [
        (json!({ "client_id": null }), Malformed),
        (json!({ "client_id": 7 }), Malformed),
        (json!({ "redirect_uris": null }), Malformed),
        (json!({ "redirect_uris": "https://app.example.com/callback" }), Malformed),
        (json!({ "redirect_uris": [] }), NoRedirect),
        (json!({ "redirect_uris": ["http://app.example.com/callback", "javascript:alert(1)"] }), NoRedirect),
        (json!({ "redirect_uris": vec!["http://127.0.0.1/callback"; 33] }), Malformed),
        (json!({ "client_secret": "s" }), Secret),
        (json!({ "client_secret_expires_at": 0 }), Secret),
        (json!({ "token_endpoint_auth_method": "client_secret_basic" }), AuthMethod),
        (json!({ "token_endpoint_auth_method": "client_secret_post" }), AuthMethod),
        (json!({ "token_endpoint_auth_method": "client_secret_jwt" }), AuthMethod),
        (json!({ "token_endpoint_auth_method": "tls_client_auth" }), AuthMethod),
        // It would have to sign, and there is nothing to check that with.
        (json!({ "token_endpoint_auth_method": "private_key_jwt" }), AuthMethod),
        (json!({ "jwks": { "keys": [{ "kty": "RSA", "n": "AQAB", "e": "AQAB", "d": "AQAB" }] } }), Secret),
        (json!({ "jwks": { "keys": [{ "kty": "oct", "k": "AQAB" }] } }), Secret),
        // Also of a key that cannot be read further.
        (json!({ "jwks": { "keys": [{ "kid": 5, "d": "AQAB" }] } }), Secret),
        (json!({ "jwks": { "keys": [{ "k": 5 }] } }), Secret),
        (json!({ "jwks": keys, "jwks_uri": "https://app.example.com/keys" }), Malformed),
        (json!({ "jwks_uri": "http://app.example.com/keys" }), Malformed),
        (json!({ "jwks_uri": "https://10.0.0.1/keys" }), Malformed),
    ] {
        assert_eq!(validate(&with(&changes)).map(drop), Err(expected), "{changes}");
    }
    for body in ["", "null", "[]", "\"x\"", "{", "<!doctype html>", "{\"client_id\": \"\u{0}"] {
        assert_eq!(ClientDocument::parse(&id(), body.as_bytes()).map(drop), Err(Malformed), "{body}");
    }
    assert_eq!(ClientDocument::parse(&id(), b"{\"client_id\": \"\xff\"}").map(drop), Err(Malformed));
    // Far deeper than any document.
    let deep = format!("{}{}", "[".repeat(2_000), "]".repeat(2_000));
    assert_eq!(ClientDocument::parse(&id(), deep.as_bytes()).map(drop), Err(Malformed));

    for (changes, public, signs) in [
        (json!({}), true, false),
        (
            json!({ "client_name": null, "grant_types": null, "token_endpoint_auth_method": null }),
            true,
            false,
        ),
        // ChatGPT's: it prefers to sign, and says that it need not.
        (
            json!({
                "token_endpoint_auth_method": "private_key_jwt",
                "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
                "jwks_uri": "https://app.example.com/keys",
            }),
            true,
            true,
        ),
        (json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": keys }), false, true),
        // Keys for another purpose than to authenticate.
        (json!({ "jwks": keys }), true, false),
        (
            json!({ "redirect_uris": ["http://app.example.com/callback", "https://app.example.com/callback"] }),
            true,
            false,
        ),
    ] {
        let document = validate(&with(&changes)).unwrap_or_else(|kind| panic!("{changes}: {kind:?}"));
        assert_eq!((document.public, document.keys.is_some()), (public, signs), "{changes}");
        assert!(document.refresh, "{changes}");
    }
    let once = validate(&with(&json!({ "grant_types": ["authorization_code"] }))).unwrap();
    assert!(!once.refresh);
    let named = validate(&with(&json!({ "client_name": "Cla\u{202e}ude\u{200b} \u{0} <b>" }))).unwrap();
    assert_eq!(named.name, "Claude <b>");
}

#[test]
fn i12_what_is_pinned_is_a_document() {
    let policy = crate::RedirectPolicy::default();
    for client_id in pinned::ids() {
        let id = DocumentId::parse(client_id).unwrap_or_else(|| panic!("{client_id} is no id"));
        let pinned = pinned::document(client_id).expect("pinned");
        let document =
            ClientDocument::validate(&id, &pinned).unwrap_or_else(|kind| panic!("{client_id}: {kind:?}"));
        let uris = pinned["redirect_uris"].as_array().unwrap();
        assert_eq!(document.redirects.len(), uris.len(), "{client_id}");
        for uri in uris {
            let uri = RedirectUri::parse(uri.as_str().unwrap()).unwrap();
            assert!(
                policy.trust(&uri, false).is_some_and(|trust| trust != redirect_uri::Trust::Unknown),
                "{}",
                uri.as_str()
            );
        }
        assert!(document.public && document.refresh && !document.name.is_empty(), "{client_id}");
    }
    assert!(pinned::document("https://claude.ai/oauth/mcp-oauth-client-metadata/").is_none());
}

proptest! {
    /// Whatever passes is read alike by the parsers of browsers and of HTTP clients, and is what would be dialled.
    #[test]
    fn i1_parsers_agree_on_what_passes(text in "https://[a-zA-Z0-9.:@%\\[\\]-]{1,24}/[ -~]{0,24}") {
        if let Some(id) = DocumentId::parse(&text) {
            let other: http::Uri = text.parse().expect("an http::Uri");
            prop_assert_eq!(other.host(), Some(id.host()));
            prop_assert_eq!(id.url.as_str(), &text);
            prop_assert!(id.host().parse::<std::net::IpAddr>().is_err());
        }
    }

    /// Nothing that a host serves is more than refused.
    #[test]
    fn i10_no_body_breaks_the_reader(body in proptest::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(ClientDocument::parse(&id(), &body).is_err());
        prop_assert_eq!(KeySet::parse(&body), None);
    }
}
