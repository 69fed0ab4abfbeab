//! Every sealed thing, changed in any way, where it belongs: tokens, ids, transactions, relayed grants, and what waits in
//! the store.
//!
//! The input's first byte is the thing, the second what is done to it; the rest says how. Who has the keys may seal
//! anything: then nothing must fall over.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, StatusCode};
use http_body_util::Full;
use sealing::{Purpose, Sealer};
use state_store::{Exchange, Key};

use super::genuine::{Genuine, Page};
use super::judge::judge;
use super::wire::form;
use super::world::{CHALLENGE, CLAUDE, ISSUER, KEY, KEYS, Policy, Seeded, World, play, sealer};

/// The kinds, as the crate declares them: the layout of sealed things is for ever.
const KINDS: [(&str, Purpose); 7] = [
    ("access", Purpose::new("opqat", "access-token")),
    ("refresh", Purpose::new("opqrt", "refresh-token")),
    ("client", Purpose::new("opqcl", "client").with_max_token(2048)),
    ("transaction", Purpose::new("opqtx", "transaction").with_max_token(48 * 1024)),
    ("relayed", Purpose::new("opqrg", "relayed-grant")),
    ("waiting", Purpose::new("opqwg", "waiting-grant").with_max_token(8192)),
    ("connections", Purpose::new("opqcp", "connections-page")),
];

/// What came of presenting something.
struct Presented {
    accepted: bool,
    outcome: String,
}

/// Changes it, and presents it. What was changed is refused; what is well sealed is read without a fall.
pub fn sealed_open(input: &[u8]) -> String {
    let Some((&[kind, how], rest)) = input.split_first_chunk::<2>() else { return String::new() };
    let (name, purpose) = KINDS[usize::from(kind) % KINDS.len()];
    play(async |genuine| {
        let world = World::new(Policy::Loose);
        let code = if name == "waiting" { world.code(&genuine.client, KEY).await } else { String::new() };
        let waiting = Waiting { world: &world, code: &code };
        let text = match name {
            "access" => genuine.access.clone().into_bytes(),
            "refresh" => genuine.refresh.clone().into_bytes(),
            "client" => genuine.client.clone().into_bytes(),
            "transaction" => genuine.pages[3].transaction.clone().into_bytes(),
            "relayed" => genuine.relayed.clone().into_bytes(),
            "connections" => genuine.listing.transaction.clone().into_bytes(),
            _ => waiting.stored().await,
        };
        let seals = sealer(Arc::new(Seeded::new(7)));
        let (changed, forged) = match how % 6 {
            0 => (rest.to_vec(), false),
            1 => (edited(&text, rest), false),
            2 => (text[..place(rest, text.len())].to_vec(), false),
            3 => {
                let at = place(rest, text.len());
                let inserted = rest.get(2..).unwrap_or_default();
                ([&text[..at], inserted, &text[at..]].concat(), false)
            }
            4 => (
                sealed_anew(&seals, purpose, &code, &edited(&opened(&seals, purpose, &code, &text), rest)),
                true,
            ),
            _ => (sealed_anew(&seals, purpose, &code, rest), true),
        };
        // Space around a bearer token is none of it.
        let same = if name == "access" { changed.trim_ascii() == text } else { changed == text };
        let presented = match name {
            "waiting" => waiting.present(genuine, &changed, rest).await,
            _ => present(&world, genuine, name, &changed, rest).await,
        };
        if !forged {
            assert_eq!(presented.accepted, same, "{name}: {}", presented.outcome);
        }
        world.check_bystander(genuine).await;
        format!("{name} {}", presented.outcome)
    })
}

/// Where in a text of this length the input points.
fn place(rest: &[u8], length: usize) -> usize {
    let number = rest.first_chunk::<2>().map_or(0, |bytes| usize::from(u16::from_be_bytes(*bytes)));
    number % (length + 1)
}

/// The text with some of its bytes changed: a place of two bytes, and what is flipped there.
fn edited(text: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    for edit in edits.chunks_exact(3) {
        let at = usize::from(u16::from_be_bytes([edit[0], edit[1]]));
        let length = text.len();
        if length > 0 {
            text[at % length] ^= edit[2];
        }
    }
    text
}

/// What a genuine thing holds. The sealed text of a waiting grant begins behind the store's own two or three bytes.
fn opened(seals: &Sealer, purpose: Purpose, code: &str, text: &[u8]) -> Vec<u8> {
    let start = text.windows(5).position(|window| window == purpose.prefix().as_bytes()).unwrap();
    let token = std::str::from_utf8(&text[start..]).unwrap();
    let plain = if code.is_empty() {
        seals.open(purpose, token)
    } else {
        seals.open_bound(purpose, code.as_bytes(), token)
    };
    plain.unwrap().to_vec()
}

fn sealed_anew(seals: &Sealer, purpose: Purpose, code: &str, plain: &[u8]) -> Vec<u8> {
    if code.is_empty() {
        return seals.seal(purpose, plain).into_bytes();
    }
    let token = seals.seal_bound(purpose, code.as_bytes(), plain);
    // As the store has it: the first kind of what is stored, and a text with its length in groups of seven bits.
    let mut stored = vec![0];
    let mut length = token.len();
    while length >= 0x80 {
        stored.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    stored.push(u8::try_from(length).unwrap());
    stored.extend_from_slice(token.as_bytes());
    stored
}

async fn present(world: &World, genuine: &Genuine, name: &str, thing: &[u8], sent: &[u8]) -> Presented {
    // What is not text comes as text that somebody made of it.
    let text = String::from_utf8_lossy(thing).into_owned();
    let of = |taken: Result<(), &str>| Presented {
        accepted: taken.is_ok(),
        outcome: taken.err().unwrap_or("taken").to_owned(),
    };
    let (good, response) = match name {
        "access" => {
            let mut headers = http::HeaderMap::new();
            let Ok(value) = http::HeaderValue::from_bytes(&[b"Bearer ", thing].concat()) else {
                return of(Err("unsendable"));
            };
            headers.insert("authorization", value);
            let taken = world.server.authenticate(&headers, "/mcp").await;
            return of(taken.map(|_| ()).map_err(|challenge| challenge.refusal().name()));
        }
        "relayed" => {
            let taken = world.server.open_grant(&text, "/mcp").await;
            return of(taken.map(|_| ()).map_err(oauth_server::Refusal::name));
        }
        "refresh" => {
            let fields =
                [("grant_type", "refresh_token"), ("client_id", &*genuine.client), ("refresh_token", &*text)];
            (StatusCode::OK, world.post("/token", &[], form(&fields)).await)
        }
        "client" => {
            let query = form(&[
                ("response_type", "code"),
                ("client_id", &text),
                ("redirect_uri", CLAUDE),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ]);
            let uri = format!("/authorize?{query}");
            let request = Request::builder().method(Method::GET).uri(uri).body(Full::default()).unwrap();
            (StatusCode::OK, world.send(request).await)
        }
        "connections" => {
            let headers = [("cookie", genuine.listing.cookie.as_str()), ("origin", ISSUER)];
            (StatusCode::OK, world.post("/connections", &headers, form(&[("transaction", &text)])).await)
        }
        _ => {
            let cookie = genuine.pages[3].cookie.clone();
            let page = Page { name: "", transaction: text, cookie, redirect: CLAUDE, checked: true };
            (StatusCode::SEE_OTHER, world.submit(&page, &[("decision", "deny")]).await)
        }
    };
    let outcome = judge(genuine, &response, sent);
    Presented { accepted: response.status() == good, outcome }
}

/// What the store holds for a code.
struct Waiting<'a> {
    world: &'a World,
    code: &'a str,
}

impl Waiting<'_> {
    fn key(&self) -> Key {
        Key::new("oauth-code", KEYS.fingerprints.fingerprint("oauth-code", self.code.as_bytes()).to_string())
    }

    async fn stored(&self) -> Vec<u8> {
        self.world.store.get(&self.key()).await.unwrap().expect("what waits").to_vec()
    }

    /// Puts this in its place, and redeems the code.
    async fn present(&self, genuine: &Genuine, changed: &[u8], sent: &[u8]) -> Presented {
        let before = self.stored().await;
        let life = Duration::from_secs(60);
        let put = self.world.store.compare_exchange(&self.key(), Some(&before), changed, life).await;
        assert!(matches!(put.unwrap(), Exchange::Swapped));
        let response = self.world.try_redeem(&genuine.client, None, self.code).await;
        let outcome = judge(genuine, &response, sent);
        Presented { accepted: response.status() == StatusCode::OK, outcome }
    }
}
