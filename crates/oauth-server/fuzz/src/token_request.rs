//! The token endpoint: any requests, one after the other, around genuine codes and tokens.
//!
//! Requests are headers and a body as in [`Post`], with `%%` on a line of its own between them; `@advance N` in place of
//! one moves the clock by so many seconds. `$code` is a code of `$client`, `$ccode` one of `$confidential`; `$refresh`
//! and `$access` are the newest that were issued.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::Value;

use super::genuine::{Genuine, text};
use super::judge::{holds, judge};
use super::wire::{FORM, Post, split};
use super::world::{CLAUDE, ISSUER, KEY, Policy, SCOPES, VERIFIER, World, play};

/// Most requests of one input.
const MOST: usize = 8;

/// A genuine code.
struct Code<'a> {
    name: &'static str,
    text: String,
    client: &'a str,
    /// How often it gave tokens.
    redeemed: usize,
    /// The access token that it gave.
    gave: Option<String>,
}

struct Play<'a> {
    world: World,
    genuine: &'a Genuine,
    codes: Vec<Code<'a>>,
    /// Every refresh token that was issued, with its client's id.
    refresh_tokens: Vec<(String, String)>,
    access: String,
    refresh: String,
    passed: u64,
}

/// Sends them all. Tokens go only to who shows everything that they are bound to, and each code gives them once.
pub fn token_request(input: &[u8]) -> String {
    play(async |genuine| {
        let mut play = Play::new(genuine, input).await;
        let mut outcomes = Vec::new();
        for part in split(input).into_iter().take(MOST) {
            if let Some(seconds) = part.strip_prefix(b"@advance ") {
                play.advance(seconds);
            } else {
                outcomes.push(play.request(part).await);
            }
        }
        // Its own access token lives for an hour.
        if play.passed < 3_600 {
            play.world.check_bystander(genuine).await;
        }
        outcomes.join(", ")
    })
}

impl<'a> Play<'a> {
    async fn new(genuine: &'a Genuine, input: &[u8]) -> Self {
        let world = World::new(Policy::Strict);
        let mut codes = Vec::new();
        for (name, client) in [("$code", &genuine.client), ("$ccode", &genuine.confidential)] {
            if holds(input, name.as_bytes()) {
                let text = world.code(client, KEY).await;
                codes.push(Code { name, text, client, redeemed: 0, gave: None });
            }
        }
        let refresh_tokens = vec![
            (genuine.refresh.clone(), genuine.client.clone()),
            (genuine.confidential_refresh.clone(), genuine.confidential.clone()),
        ];
        let (access, refresh) = (genuine.access.clone(), genuine.refresh.clone());
        Self { world, genuine, codes, refresh_tokens, access, refresh, passed: 0 }
    }

    fn advance(&mut self, seconds: &[u8]) {
        let seconds = std::str::from_utf8(seconds).ok().and_then(|text| text.parse::<u32>().ok());
        let seconds = u64::from(seconds.unwrap_or(1));
        self.world.clock.advance(Duration::from_secs(seconds));
        self.passed += seconds;
    }

    async fn request(&mut self, part: &[u8]) -> String {
        let mut names: Vec<(&'static str, String)> =
            self.codes.iter().map(|code| (code.name, code.text.clone())).collect();
        names.push(("$access", self.access.clone()));
        names.push(("$refresh", self.refresh.clone()));
        let post = Post::new("/token", FORM, &self.genuine.fill(part, &names));
        let response = self.world.send(post.request()).await;
        let outcome = judge(self.genuine, &response, part);
        if response.status() == StatusCode::OK {
            self.issued(&post, &response).await;
        } else if holds(response.body(), b"used twice") {
            let code = self.codes.iter().find(|code| post.field("code").as_deref() == Some(&code.text));
            let gave = code.and_then(|code| code.gave.clone()).expect("a code that gave something");
            assert!(self.world.grant(&gave, "/mcp").await.is_none(), "its token lives on");
        }
        outcome
    }

    /// Checks that everything was shown that is needed, and that the answer is what it must be.
    async fn issued(&mut self, post: &Post, response: &Response<Bytes>) {
        let answer: Value = serde_json::from_slice(response.body()).unwrap();
        let client = post.client().expect("a client");
        match post.field("grant_type").as_deref() {
            Some("authorization_code") => {
                let presented = post.field("code").unwrap();
                let passed = self.passed;
                let code = self.codes.iter_mut().find(|code| code.text == presented).expect("a genuine code");
                assert_eq!(code.redeemed, 0, "a code gave tokens twice");
                assert!(passed < 60, "a code that has expired");
                assert_eq!(client, code.client, "another client's code");
                assert_eq!(post.field("code_verifier").as_deref(), Some(VERIFIER));
                let redirect = post.field("redirect_uri");
                assert!(redirect.is_none_or(|uri| uri == CLAUDE), "another redirect URI");
                code.redeemed += 1;
                code.gave = Some(text(&answer, "access_token"));
            }
            Some("refresh_token") => {
                let presented = post.field("refresh_token").unwrap();
                let known = self.refresh_tokens.iter().find(|(token, _)| *token == presented);
                assert_eq!(known.expect("a genuine refresh token").1, client, "another client's token");
                assert!(self.passed < 180 * 24 * 60 * 60, "after the end of the connection");
            }
            other => panic!("tokens for {other:?}"),
        }
        if client == self.genuine.confidential {
            let secret = self.genuine.secret.as_bytes();
            let basic = post.headers.contains_key("authorization");
            assert!(basic || holds(&post.body, secret), "a client without its secret");
        }
        self.check_answer(&answer, post).await;
        if let Some(refresh) = answer.get("refresh_token") {
            self.refresh = refresh.as_str().unwrap().to_owned();
            self.refresh_tokens.push((self.refresh.clone(), client));
        }
        self.access = text(&answer, "access_token");
    }

    async fn check_answer(&self, answer: &Value, post: &Post) {
        assert_eq!(answer["token_type"], "Bearer");
        assert!((1..=3_600).contains(&answer["expires_in"].as_u64().unwrap()));
        let scope = text(answer, "scope");
        let granted: Vec<&str> = scope.split(' ').collect();
        // Everything here was granted the baseline.
        assert!(granted.iter().all(|name| SCOPES[..2].contains(name)), "{scope}");
        assert!(granted.contains(&SCOPES[0]), "{scope}");
        if let Some(resource) = post.field("resource") {
            assert!(resource.to_ascii_lowercase().starts_with(ISSUER), "{resource}");
        }
        let grant = self.world.grant(&text(answer, "access_token"), "/mcp").await.expect("it works");
        assert_eq!(grant.scopes, granted);
        assert_eq!(grant.credential.expose(), KEY);
        assert!(self.world.grant(&text(answer, "access_token"), "/other").await.is_none());
    }
}
