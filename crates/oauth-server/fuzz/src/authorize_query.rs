//! The authorization endpoint: any query, and both decisions on the page that it opens.
//!
//! The input is the query. Clients of every kind may be named in it, also one on a host that nobody vouches for.

use http::{Method, Request};
use http_body_util::Full;
use url::Url;

use super::genuine::{Genuine, Page, opened};
use super::judge::{Told, judge, told};
use super::wire::{one, pairs, values};
use super::world::{
    CHALLENGE, CLAUDE, CURSOR, KEY, LOOPBACK, OPERATED, OPERATED_AT, Policy, UNKNOWN, World, play,
};

/// Asks, and decides. An answer may leave for the client only where it registered, and with its own `state`.
pub fn authorize_query(input: &[u8]) -> String {
    play(async |genuine| {
        let world = World::new(Policy::Loose);
        let query = genuine.fill(input, &[]);
        let Ok(query) = String::from_utf8(query) else { return "no query".to_owned() };
        let Ok(uri) = format!("/authorize?{query}").parse::<http::Uri>() else {
            return "no query".to_owned();
        };
        // What a server reads of it: a fragment is not sent.
        let query = uri.query().unwrap_or_default().as_bytes().to_vec();
        let sent = pairs(&query);
        let request = Request::builder().method(Method::GET).uri(uri).body(Full::default()).unwrap();
        let response = world.send(request).await;
        // The client's state may be anything that it likes.
        let echo = [&values(&sent, "state").concat(), input].concat();
        let mut outcome = judge(genuine, &response, &echo);

        if response.status() == 303 {
            let target = registered(genuine, &sent);
            assert_ne!(target, UNKNOWN, "nobody is sent to a stranger's host without a click");
            let said = told(&response, &target, values(&sent, "state").first().copied());
            let Told::Error(error) = said else { panic!("a code without a decision") };
            outcome = format!("{outcome} {error}");
        } else if response.status() == 200 {
            let target = registered(genuine, &sent);
            assert_eq!(one(&sent, "response_type").as_deref(), Some("code"));
            assert_eq!(one(&sent, "code_challenge_method").as_deref(), Some("S256"));
            outcome =
                format!("{outcome} {}", decide(&world, genuine, &sent, &echo, &response, &target).await);
        }
        world.check_bystander(genuine).await;
        outcome
    })
}

/// Denies on one page, and approves on the same: it may be open twice.
async fn decide(
    world: &World,
    genuine: &Genuine,
    sent: &[(Vec<u8>, Vec<u8>)],
    echo: &[u8],
    response: &http::Response<bytes::Bytes>,
    target: &str,
) -> &'static str {
    let (transaction, cookie) = opened(response);
    let page = Page { name: "", transaction, cookie, redirect: "", checked: false };
    let state = values(sent, "state").first().copied();

    let denied = world.submit(&page, &[("decision", "deny"), ("api_key", KEY)]).await;
    judge(genuine, &denied, echo);
    assert_eq!(told(&denied, target, state), Told::Error("access_denied".to_owned()));

    let fields = [("decision", "approve"), ("api_key", KEY), ("trust_host", "yes")];
    let approved = world.submit(&page, &fields).await;
    judge(genuine, &approved, echo);
    let Told::Code(code) = told(&approved, target, state) else { panic!("no code") };
    if one(sent, "code_challenge").as_deref() != Some(CHALLENGE) {
        return "code";
    }
    let client = one(sent, "client_id").unwrap();
    let secret = (client == genuine.confidential).then_some(genuine.secret.as_str());
    if client == OPERATED {
        return "code";
    }
    world.redeem(&client, secret, &code).await;
    "tokens"
}

/// The redirect URI that was asked for, which must be one of the client's.
fn registered(genuine: &Genuine, sent: &[(Vec<u8>, Vec<u8>)]) -> String {
    let client = one(sent, "client_id").expect("one client");
    let asked = one(sent, "redirect_uri").expect("one redirect URI");
    assert!(
        redirects_of(genuine, &client).iter().any(|known| is_same(known, &asked)),
        "{asked} is none of {client}"
    );
    asked
}

/// Where the codes of a client may go, as far as it is one.
fn redirects_of(genuine: &Genuine, client: &str) -> &'static [&'static str] {
    if client == genuine.client {
        &[CLAUDE, LOOPBACK, CURSOR]
    } else if client == genuine.confidential {
        &[CLAUDE]
    } else if client == genuine.unknown {
        &[UNKNOWN]
    } else if client == OPERATED {
        &[OPERATED_AT]
    } else {
        &[]
    }
}

/// The naive idea of what is the same: the same text, or the same address on loopback but for its port.
pub(crate) fn is_same(registered: &str, asked: &str) -> bool {
    if registered == asked {
        return true;
    }
    let (Ok(mut one), Ok(mut other)) = (Url::parse(registered), Url::parse(asked)) else { return false };
    is_loopback(&one)
        && is_loopback(&other)
        && one.set_port(None).is_ok()
        && other.set_port(None).is_ok()
        && one == other
}

/// Whether a browser reads an address on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    url.scheme() == "http"
        && match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
}
