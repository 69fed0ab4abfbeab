//! Every sealed thing, changed in every way that somebody without the keys can think of, is refused where it belongs; and
//! unchanged it is taken, so that the refusal is about the change.
//!
//! A new kind of sealed thing is one more row of [`Kind`]: how one is got, and how it is presented.

use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, StatusCode};
use oauth_server::{PreregisteredClient, Settings};
use proptest::prelude::*;
use sealing::{KeyRing, Kid, Purpose, Sealer};
use state_store::{Exchange, Key, Store as _};

use crate::rig::{
    CLAUDE, ISSUER, KEY, Rig, SeededEntropy, authorization, but, encode, json, location, redemption, request,
    settings,
};

/// What is sealed, by where it travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Access,
    Refresh,
    Client,
    Transaction,
    Relayed,
    /// The form of the page of connected apps, after the credential was shown.
    Connections,
    /// What waits in the store for a code: the sealed text alone.
    Waiting,
}

const KINDS: [Kind; 7] = [
    Kind::Access,
    Kind::Refresh,
    Kind::Client,
    Kind::Transaction,
    Kind::Relayed,
    Kind::Connections,
    Kind::Waiting,
];

impl Kind {
    fn purpose(self) -> Purpose {
        match self {
            Self::Access => Purpose::new("opqat", "access-token"),
            Self::Refresh => Purpose::new("opqrt", "refresh-token"),
            Self::Client => Purpose::new("opqcl", "client").with_max_token(2048),
            Self::Transaction => Purpose::new("opqtx", "transaction").with_max_token(48 * 1024),
            Self::Relayed => Purpose::new("opqrg", "relayed-grant"),
            Self::Connections => Purpose::new("opqcp", "connections-page"),
            Self::Waiting => Purpose::new("opqwg", "waiting-grant").with_max_token(8192),
        }
    }
}

/// When the rig's clock begins.
const NOW: u64 = 1_795_000_000;

/// A client that every deployment knows, so that a refusal is not about the client.
const KNOWN: &str = "known-everywhere";

fn deployment(issuer: &str) -> Settings {
    let mut settings = settings(issuer);
    settings.clients = vec![PreregisteredClient::new(KNOWN, "Known", [CLAUDE])];
    settings
}

/// A deployment with two keys in its ring, and one genuine thing of each kind.
struct Genuine {
    rig: Rig,
    cookie: String,
    connections_cookie: String,
    code: String,
    things: Vec<(Kind, String)>,
}

impl Genuine {
    async fn new() -> Self {
        let rig = Rig::with(deployment(ISSUER))
            .with_ring(|ring| ring.rotated(&SeededEntropy::new(8), NOW).unwrap());
        let tokens = rig.login(KNOWN).await;
        let [access, refresh] =
            ["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap().to_owned());
        let grant = rig.check(&access, "/mcp").await.unwrap();
        let page = rig.open_page(&authorization(KNOWN, CLAUDE)).await;
        let code = rig.code(KNOWN).await;
        let stored = rig.store.get(&waiting(&rig, &code)).await.unwrap().unwrap();
        let asking = rig.open_connections().await;
        let shown = rig.submit_at("/connections", &asking, &[("api_key", KEY)]).await;
        let listing = asking.then(&shown);
        let things = vec![
            (Kind::Access, access),
            (Kind::Refresh, refresh),
            (Kind::Client, rig.client(&[CLAUDE]).await),
            (Kind::Transaction, page.transaction),
            (Kind::Relayed, rig.server.seal_grant(&grant).unwrap()),
            (Kind::Connections, listing.transaction),
            (Kind::Waiting, sealed_part(&stored)),
        ];
        assert!(things.iter().map(|(kind, _)| *kind).eq(KINDS));
        Self { rig, cookie: page.cookie, connections_cookie: listing.cookie, code, things }
    }

    fn thing(&self, kind: Kind) -> &str {
        &self.things.iter().find(|(other, _)| *other == kind).unwrap().1
    }

    /// Presents it where it belongs, on a server of the same keys and issuer that has seen nothing else: refused or taken.
    async fn is_taken(&self, kind: Kind, thing: &[u8]) -> bool {
        self.is_taken_by(&self.rig, kind, thing).await
    }

    async fn is_taken_by(&self, rig: &Rig, kind: Kind, thing: &[u8]) -> bool {
        // In a form or a query any byte can come, percent-encoded.
        let encoded: String = thing.iter().map(|byte| format!("%{byte:02x}")).collect();
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let post = async |path: &str, headers: &[(&str, &str)], body: String| {
            let headers = [&form, headers].concat();
            rig.send(request(http::Method::POST, path, &headers, &body)).await
        };
        match kind {
            Kind::Access => {
                let value = HeaderValue::from_bytes(&[b"Bearer ", thing].concat());
                let Ok(value) = value else { return false };
                let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
                rig.server.authenticate(&headers, "/mcp").await.is_ok()
            }
            Kind::Relayed => {
                let Ok(text) = std::str::from_utf8(thing) else { return false };
                rig.server.open_grant(text, "/mcp").await.is_ok()
            }
            Kind::Refresh => {
                let client = encode(&[("grant_type", "refresh_token"), ("client_id", KNOWN)]);
                let response = post("/token", &[], format!("{client}&refresh_token={encoded}")).await;
                response.status() == StatusCode::OK
            }
            Kind::Client => {
                let mut query = authorization("", CLAUDE);
                query.retain(|(name, _)| *name != "client_id");
                let shown = rig.get(&format!("/authorize?{}&client_id={encoded}", encode(&query))).await;
                let body = format!("client_id={encoded}&token=x");
                let known = post("/revoke", &[], body).await.status() == StatusCode::OK;
                assert_eq!(shown.status() == StatusCode::OK, known, "the endpoints differ on a client");
                known
            }
            Kind::Transaction => {
                let headers = [("cookie", &*self.cookie), ("origin", &*rig.issuer)];
                let body = format!("transaction={encoded}&decision=deny");
                let response = post("/authorize", &headers, body).await;
                assert_eq!(response.status() == StatusCode::SEE_OTHER, !location(&response).is_empty());
                response.status() == StatusCode::SEE_OTHER
            }
            Kind::Connections => {
                let headers = [("cookie", &*self.connections_cookie), ("origin", &*rig.issuer)];
                let response = post("/connections", &headers, format!("transaction={encoded}")).await;
                response.status() == StatusCode::OK
            }
            Kind::Waiting => self.redeems(rig, thing).await,
        }
    }

    /// Puts it in the place of what waits for the code, and redeems that.
    async fn redeems(&self, rig: &Rig, thing: &[u8]) -> bool {
        let key = waiting(rig, &self.code);
        let before = rig.store.get(&key).await.unwrap();
        let life = std::time::Duration::from_secs(60);
        let stored = stored(thing);
        if before.as_deref() != Some(&stored) {
            let put = rig.store.compare_exchange(&key, before.as_deref(), &stored, life).await.unwrap();
            assert!(matches!(put, Exchange::Swapped));
        }
        // Without a resource, which is of one deployment alone.
        let form = but(redemption(KNOWN, &self.code), "resource", None);
        let response = rig.post("/token", &form).await;
        if response.status() != StatusCode::OK {
            assert_eq!(json(&response)["error"], "invalid_grant");
        }
        response.status() == StatusCode::OK
    }
}

/// Where the grant behind a code waits.
fn waiting(rig: &Rig, code: &str) -> Key {
    Key::new("oauth-code", rig.fingerprints().fingerprint("oauth-code", code.as_bytes()).to_string())
}

/// The sealed text in what is stored for a code.
fn sealed_part(stored: &[u8]) -> String {
    let start = stored.windows(6).position(|part| part == b"opqwg_").unwrap();
    String::from_utf8(stored[start..].to_vec()).unwrap()
}

/// What is stored around a sealed text: the kind of entry, the length in groups of seven bits, the text.
fn stored(sealed: &[u8]) -> Vec<u8> {
    let mut stored = vec![0];
    let mut length = sealed.len();
    while length >= 0x80 {
        stored.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    stored.push(length as u8);
    [&stored, sealed].concat()
}

/// Nothing before has used anything up: what is genuine is taken, last of all.
async fn check_genuine(genuine: &Genuine, kind: Kind) {
    assert!(genuine.is_taken(kind, genuine.thing(kind).as_bytes()).await, "the genuine {kind:?}");
}

/// K1, N4.
#[tokio::test]
async fn n4_every_flipped_bit_is_refused() {
    let genuine = Genuine::new().await;
    for kind in KINDS {
        let thing = genuine.thing(kind).as_bytes();
        for at in 0..thing.len() {
            for bit in 0..8 {
                let mut changed = thing.to_vec();
                changed[at] ^= 1 << bit;
                assert!(!genuine.is_taken(kind, &changed).await, "{kind:?}: bit {bit} of byte {at}");
            }
        }
        check_genuine(&genuine, kind).await;
    }
}

/// A code is no sealed thing, but a key to one.
#[tokio::test]
async fn n4_a_code_that_was_changed_is_none() {
    let genuine = Genuine::new().await;
    let code = genuine.code.as_bytes();
    let redeemed = async |code: &[u8]| {
        let encoded: String = code.iter().map(|byte| format!("%{byte:02x}")).collect();
        let form = encode(&but(redemption(KNOWN, ""), "code", None));
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let body = format!("{form}&code={encoded}");
        genuine.rig.send(request(http::Method::POST, "/token", &headers, &body)).await.status()
    };
    for at in 0..code.len() {
        for bit in 0..8 {
            let mut changed = code.to_vec();
            changed[at] ^= 1 << bit;
            assert_eq!(redeemed(&changed).await, StatusCode::BAD_REQUEST, "bit {bit} of byte {at}");
        }
        assert_eq!(redeemed(&code[..at]).await, StatusCode::BAD_REQUEST, "the first {at} bytes");
    }
    assert_eq!(redeemed(&[code, b"A"].concat()).await, StatusCode::BAD_REQUEST);
    assert_eq!(redeemed(code).await, StatusCode::OK);
}

#[tokio::test]
async fn n4_every_truncation_is_refused_and_so_is_more() {
    let genuine = Genuine::new().await;
    for kind in KINDS {
        let thing = genuine.thing(kind).as_bytes();
        for end in 0..thing.len() {
            assert!(!genuine.is_taken(kind, &thing[..end]).await, "{kind:?}: the first {end} bytes");
            // Nothing was changed by cutting nothing off.
            if end > 0 {
                assert!(!genuine.is_taken(kind, &thing[end..]).await, "{kind:?}: without {end} bytes");
            }
        }
        for more in [&b"A"[..], b"AAAA", b"=", b".", b"_", b"\0", b"\n", b"%20", b"\xff"] {
            let longer = [thing, more].concat();
            assert!(!genuine.is_taken(kind, &longer).await, "{kind:?} with {more:?}");
            let longer = [more, thing].concat();
            assert!(!genuine.is_taken(kind, &longer).await, "{kind:?} after {more:?}");
        }
        assert!(!genuine.is_taken(kind, &[thing, thing].concat()).await, "{kind:?} twice");
        check_genuine(&genuine, kind).await;
    }
}

/// The name of a key is in clear: to name another one of the ring, or one that is not there, opens nothing.
#[tokio::test]
async fn n4_another_key_of_the_ring_is_refused() {
    let genuine = Genuine::new().await;
    for kind in KINDS {
        let thing = genuine.thing(kind);
        let [prefix, kid, body] = thing.splitn(3, '_').collect::<Vec<_>>()[..] else { panic!("{thing}") };
        assert_eq!((prefix, kid), (kind.purpose().prefix(), "k2"));
        for other in ["k1", "k3", "K2", "k02", "", "k2_k2", "k1_k2"] {
            let changed = format!("{prefix}_{other}_{body}");
            assert!(!genuine.is_taken(kind, changed.as_bytes()).await, "{kind:?} under {other:?}");
        }
        check_genuine(&genuine, kind).await;
    }
}

/// With another kind's prefix a thing is neither that kind nor its own.
#[tokio::test]
async fn n4_another_prefix_is_refused() {
    let genuine = Genuine::new().await;
    for kind in KINDS {
        let (_, rest) = genuine.thing(kind).split_once('_').unwrap();
        for other in KINDS.into_iter().filter(|other| *other != kind) {
            let changed = format!("{}_{rest}", other.purpose().prefix());
            for place in [kind, other] {
                let taken = genuine.is_taken(place, changed.as_bytes()).await;
                assert!(!taken, "{kind:?} as {other:?} in the place of {place:?}");
            }
            let taken = genuine.is_taken(other, genuine.thing(kind).as_bytes()).await;
            assert!(!taken, "{kind:?} in the place of {other:?}");
        }
        check_genuine(&genuine, kind).await;
    }
}

/// What is inside, sealed by others: under the same keys for another issuer, under other keys of the same name, for
/// another purpose of the same prefix, and, what waits, for another code.
#[tokio::test]
async fn n4_the_same_content_sealed_by_another_is_refused() {
    let genuine = Genuine::new().await;
    let entropy = || Arc::new(SeededEntropy::new(9));
    let ring = || genuine.rig.ring().clone();
    let own = Sealer::new(ring(), ISSUER, entropy());
    let elsewhere = Sealer::new(ring(), "https://other.example.com", entropy());
    let slash = Sealer::new(ring(), &format!("{ISSUER}/"), entropy());
    let foreign_ring = KeyRing::generate(&SeededEntropy::new(10), Kid::parse("k2").unwrap());
    let foreign = Sealer::new(foreign_ring, ISSUER, entropy());
    for kind in KINDS {
        let purpose = kind.purpose();
        let label = Purpose::new(purpose.prefix(), "another").with_max_token(purpose.max_token());
        let thing = genuine.thing(kind);
        let bound = kind == Kind::Waiting;
        let binding = genuine.code.as_bytes();
        let content =
            if bound { own.open_bound(purpose, binding, thing) } else { own.open(purpose, thing) }.unwrap();
        let seal = |sealer: &Sealer, purpose| {
            if bound { sealer.seal_bound(purpose, binding, &content) } else { sealer.seal(purpose, &content) }
        };
        for (what, changed) in [
            ("issuer", seal(&elsewhere, purpose)),
            ("issuer with a slash", seal(&slash, purpose)),
            ("keys", seal(&foreign, purpose)),
            ("label", seal(&own, label)),
            ("binding", own.seal_bound(purpose, b"opqac_x", &content)),
            (
                "no binding",
                if bound { own.seal(purpose, &content) } else { own.seal_bound(purpose, b"", &content) },
            ),
        ] {
            assert!(!genuine.is_taken(kind, changed.as_bytes()).await, "{kind:?} with another {what}");
        }
        // The control: sealed anew by the same.
        assert!(genuine.is_taken(kind, seal(&own, purpose).as_bytes()).await, "{kind:?} sealed anew");
    }
}

/// The same keys under another public URL: nothing that was sealed here is worth anything there.
#[tokio::test]
async fn n4_another_deployment_with_the_same_keys_refuses_everything() {
    let genuine = Genuine::new().await;
    let elsewhere = genuine.rig.same_keys(deployment("https://other.example.com"));
    for kind in KINDS {
        let thing = genuine.thing(kind).as_bytes();
        assert!(!genuine.is_taken_by(&elsewhere, kind, thing).await, "{kind:?}");
        check_genuine(&genuine, kind).await;
    }
}

/// A key that leaves the ring takes all with it that it sealed.
#[tokio::test]
async fn n4_what_a_retired_key_sealed_is_refused() {
    let genuine = Genuine::new().await;
    let rotated = genuine.rig.with_ring(|ring| ring.rotated(&SeededEntropy::new(11), NOW).unwrap());
    let retired = rotated.with_ring(|ring| ring.without(&Kid::parse("k2").unwrap()).unwrap());
    for kind in KINDS {
        let thing = genuine.thing(kind).as_bytes();
        assert!(!genuine.is_taken_by(&retired, kind, thing).await, "{kind:?}");
        assert!(genuine.is_taken_by(&rotated, kind, thing).await, "{kind:?} after a rotation");
    }
}

/// Any change of any bytes, any splice of two things, and any text at all.
#[derive(Clone, Debug)]
enum Change {
    Bytes(Vec<(prop::sample::Index, u8)>),
    Splice(usize, prop::sample::Index),
    Text(String),
}

fn changes() -> impl Strategy<Value = Change> {
    let byte = (any::<prop::sample::Index>(), 1..=255_u8);
    prop_oneof![
        prop::collection::vec(byte, 1..6).prop_map(Change::Bytes),
        (0..KINDS.len(), any::<prop::sample::Index>()).prop_map(|(kind, at)| Change::Splice(kind, at)),
        "opq(at|rt|cl|tx|rg|wg)_k[0-9]_[A-Za-z0-9_-]{0,200}".prop_map(Change::Text),
        "\\PC{0,60}".prop_map(Change::Text),
    ]
}

#[test]
fn n4_any_change_is_refused() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let genuine = runtime.block_on(Genuine::new());
    let mut runner = prop::test_runner::TestRunner::new(ProptestConfig::with_cases(4_000));
    let cases = (prop::sample::select(&KINDS[..]), changes());
    let outcome = runner.run(&cases, |(kind, change)| {
        let thing = genuine.thing(kind).as_bytes();
        let changed = match change {
            Change::Bytes(bytes) => {
                let mut changed = thing.to_vec();
                for (at, flipped) in bytes {
                    let at = at.index(changed.len());
                    changed[at] ^= flipped;
                }
                changed
            }
            Change::Splice(other, at) => {
                let other = genuine.thing(KINDS[other]).as_bytes();
                let at = at.index(thing.len());
                [&thing[..at], other.get(at..).unwrap_or_default()].concat()
            }
            Change::Text(text) => text.into_bytes(),
        };
        // Flips may cancel out, and a splice may be of one thing.
        prop_assume!(changed != thing);
        prop_assert!(!runtime.block_on(genuine.is_taken(kind, &changed)));
        Ok(())
    });
    outcome.unwrap();
    for kind in KINDS {
        runtime.block_on(check_genuine(&genuine, kind));
    }
}
