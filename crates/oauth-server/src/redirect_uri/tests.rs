//! What every parser must agree on, for any input (D7), and what the response may do to it (C13, C15).

use proptest::prelude::*;

use super::*;
use crate::redirect::response_url;

/// Text made of the pieces on which URL parsers differ.
fn tricky() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("http://"),
        Just("https://"),
        Just("cursor://"),
        Just("//"),
        Just("/"),
        Just("\\"),
        Just(":"),
        Just("@"),
        Just("?"),
        Just("#"),
        Just("."),
        Just(".."),
        Just("%2e"),
        Just("%40"),
        Just("[::1]"),
        Just("127.0.0.1"),
        Just("localhost"),
        Just("claude.ai"),
        Just("evil.example"),
        Just("0x7f.1"),
        Just(":80"),
        Just(":443"),
        Just(":08"),
        Just("\t"),
        Just("\u{ff0e}"),
        Just("xn--"),
        Just("code=x"),
        Just("&"),
        Just("iss=y"),
        Just("a"),
    ];
    (
        prop_oneof![
            Just("https://claude.ai"),
            Just("https://claude.ai/api/mcp/auth_callback"),
            Just("http://127.0.0.1"),
            Just("http://localhost:7"),
            Just("")
        ],
        proptest::collection::vec(piece, 0..7),
    )
        .prop_map(|(start, pieces)| format!("{start}{}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn d7_what_is_accepted_has_one_host(text in prop_oneof![tricky(), "\\PC{0,40}"]) {
        let Ok(uri) = RedirectUri::parse(&text) else { return Ok(()) };
        prop_assert_eq!(uri.as_str(), &text);
        let policy = RedirectPolicy::default();
        let Some(trust) = policy.trust(&uri, false) else { return Ok(()) };
        let browser = Url::parse(&text).expect("browsers read it");
        match trust {
            Trust::Known => {
                prop_assert_eq!(browser.scheme(), "https");
                let host = browser.host_str().expect("a host").to_owned();
                prop_assert_eq!(&host, &uri.receiver());
                prop_assert!(policy.known_callbacks.contains(&text["https://".len()..].to_owned()));
                prop_assert_eq!(browser.port(), None);
                let client: http::Uri = text.parse().expect("clients read it");
                prop_assert_eq!(client.host(), Some(&host[..]));
            }
            Trust::Loopback => {
                prop_assert_eq!(browser.scheme(), "http");
                let local = match browser.host().expect("a host") {
                    url::Host::Domain(name) => name == "localhost",
                    url::Host::Ipv4(address) => address.is_loopback(),
                    url::Host::Ipv6(address) => address.is_loopback(),
                };
                prop_assert!(local);
            }
            Trust::Application => prop_assert!(policy.known_schemes.iter().any(|known| known == browser.scheme())),
            Trust::Unknown => prop_assert!(false, "not allowed by default"),
        }
        prop_assert!(browser.username().is_empty() && browser.password().is_none());
    }

    #[test]
    fn c13_c15_the_response_keeps_the_clients_text(text in tricky(), state in "\\PC{0,20}") {
        let Ok(uri) = RedirectUri::parse(&text) else { return Ok(()) };
        let url = response_url(&uri, "https://i.example", Some(state.as_bytes()), &[("code", "c")]);
        let start = text.split('?').next().expect("a start");
        prop_assert!(url.starts_with(&format!("{start}?")), "{}", url);
        prop_assert!(url.is_ascii() && http::HeaderValue::from_str(&url).is_ok());
        let query = url.split_once('?').expect("a query").1;
        for (name, value) in [("code", "c"), ("iss", "https://i.example"), ("state", &state)] {
            let values: Vec<_> =
                form_urlencoded::parse(query.as_bytes()).filter(|(other, _)| other == name).collect();
            prop_assert_eq!(values.len(), 1, "{} in {}", name, url);
            prop_assert_eq!(&values[0].1, value);
        }
    }
}

#[test]
fn d2_only_the_port_of_loopback_is_left_out_of_the_identity() {
    let identity = |text: &str| RedirectUri::parse(text).expect(text).identity();
    assert_eq!(identity("http://[::1]:4000/cb"), identity("http://[::1]/cb"));
    assert_eq!(identity("http://127.0.0.1:1"), identity("http://127.0.0.1:2"));
    assert_ne!(identity("https://claude.ai:1/cb"), identity("https://claude.ai:2/cb"));
    assert_ne!(identity("http://localhost/a:1"), identity("http://localhost/a:2"));
    assert_ne!(identity("http://localhost:1/cb"), identity("http://localhost:1/c"));
}

#[test]
fn d3_the_longest_uri() {
    let uri =
        |length: usize| format!("https://claude.ai/{}", "a".repeat(length - "https://claude.ai/".len()));
    assert!(RedirectUri::parse(&uri(1024)).is_ok());
    assert!(RedirectUri::parse(&uri(1025)).is_err());
    let host = |length: usize| format!("{}.com", vec!["a".repeat(63); 4].join(".").split_at(length - 4).0);
    assert!(is_host_name(&"a".repeat(63)) && !is_host_name(&"a".repeat(64)));
    assert!(is_host_name(&host(253)) && !is_host_name(&host(254)));
}

/// However much like a path it looks behind them: an operator who allows every application's scheme allows none of these.
#[test]
fn d4_schemes_that_open_no_application_are_refused_as_such() {
    for scheme in NEVER_SCHEMES.iter().filter(|scheme| !scheme.starts_with("http")) {
        for rest in ["/callback", "//host/callback", "//%0aalert(1)"] {
            let refused = RedirectUri::parse(&format!("{scheme}:{rest}"));
            let reason = "its scheme does not open an application";
            assert_eq!(refused, Err(Unacceptable(reason)), "{scheme}:{rest}");
        }
    }
}

#[test]
fn e2_people_read_where_a_code_goes() {
    for (uri, receiver, address) in [
        ("https://claude.ai/api/mcp/auth_callback", "claude.ai", "claude.ai"),
        ("https://example.com:8443/cb?x=1", "example.com", "example.com:8443"),
        ("http://127.0.0.1:6274/oauth/callback", "localhost", "127.0.0.1:6274"),
        ("http://localhost/callback", "localhost", "localhost"),
        ("cursor://anysphere.cursor-mcp/oauth/callback", "cursor:", "cursor:"),
    ] {
        let uri = RedirectUri::parse(uri).unwrap();
        assert_eq!((uri.receiver(), uri.address()), (receiver.to_owned(), address.to_owned()));
    }
}

/// Host and port must be the same to both parsers, each by itself.
#[test]
fn d7_two_parsers_have_to_agree() {
    for (text, host, port, expected) in [
        ("https://example.com/cb", "example.com", None, true),
        ("https://example.com:8443/cb", "example.com", Some(8443), true),
        ("https://example.com/cb", "other.example", None, false),
        ("https://example.com:8443/cb", "example.com", None, false),
        // A browser writes the host in lower case, a client of HTTP does not.
        ("https://EXAMPLE.com/cb", "example.com", None, false),
        ("https://EXAMPLE.com/cb", "EXAMPLE.com", None, false),
        // The default port is none to a browser.
        ("https://example.com:443/cb", "example.com", None, false),
    ] {
        assert_eq!(agreed(text, host, port), expected, "{text} {host} {port:?}");
    }
}
