//! Codes, refresh tokens and access tokens against a naive model that remembers everything: whatever order things come in,
//! with answers that get lost, the same token used twice at once, clocks that move, keys that die, and stores that are lost.

use std::collections::BTreeMap;

use http::StatusCode;
use oauth_server::CredentialError;
use proptest::prelude::*;
use serde_json::Value;

use crate::rig::{CLAUDE, ISSUER, Rig, but, json, outcome, redemption, settings};

const MINUTE: u64 = 60;
/// After so long one instance knows what was revoked at another.
const KNOWN: u64 = 1;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// What happens. Numbers choose among what there is by then, modulo how many there are.
#[derive(Clone, Debug)]
enum Event {
    /// The user approves: one more code.
    Approve,
    /// A code is redeemed with everything right; the answer may get lost.
    Redeem {
        code: usize,
        lost: bool,
    },
    /// A code is redeemed with something wrong.
    RedeemWrongly {
        code: usize,
        what: usize,
    },
    /// The same code at two instances at once.
    RedeemTwice {
        code: usize,
    },
    /// A refresh token is used, any that was ever seen; the answer may get lost.
    Refresh {
        token: usize,
        lost: bool,
    },
    /// The same refresh token at two instances at once.
    RefreshTwice {
        token: usize,
    },
    RevokeRefresh {
        token: usize,
    },
    RevokeAccess {
        token: usize,
    },
    Wait {
        seconds: u64,
    },
    /// What the service says about the key from now on.
    Service {
        trouble: Option<CredentialError>,
    },
    /// All that was stored is gone, and the process is another.
    LoseStore,
}

fn event() -> impl Strategy<Value = Event> {
    let waits = vec![1, 30, 59, 61, 121, 5 * MINUTE, 59 * MINUTE, HOUR, DAY, 29 * DAY, 31 * DAY, 100 * DAY];
    let troubles = vec![
        None,
        None,
        Some(CredentialError::Wrong),
        Some(CredentialError::Unavailable),
        Some(CredentialError::RateLimited { retry_after: None }),
    ];
    prop_oneof![
        4 => Just(Event::Approve),
        4 => (any::<usize>(), any::<bool>()).prop_map(|(code, lost)| Event::Redeem { code, lost }),
        1 => (any::<usize>(), any::<usize>()).prop_map(|(code, what)| Event::RedeemWrongly { code, what }),
        1 => any::<usize>().prop_map(|code| Event::RedeemTwice { code }),
        8 => (any::<usize>(), any::<bool>()).prop_map(|(token, lost)| Event::Refresh { token, lost }),
        3 => any::<usize>().prop_map(|token| Event::RefreshTwice { token }),
        1 => any::<usize>().prop_map(|token| Event::RevokeRefresh { token }),
        1 => any::<usize>().prop_map(|token| Event::RevokeAccess { token }),
        6 => prop::sample::select(waits).prop_map(|seconds| Event::Wait { seconds }),
        1 => prop::sample::select(troubles).prop_map(|trouble| Event::Service { trouble }),
        1 => Just(Event::LoseStore),
    ]
}

/// A family as it should be.
#[derive(Clone, Debug)]
struct Family {
    approved_at: u64,
    revoked: bool,
    /// The newest token's number and the one's before, and when they changed; `None`: the store knows of nothing.
    head: Option<(u64, u64, u64)>,
}

impl Family {
    fn ends_at(&self) -> u64 {
        self.approved_at + 180 * DAY
    }
}

struct Code {
    text: String,
    family: usize,
    issued_at: u64,
    used_at: Option<u64>,
    /// Lost with the store.
    gone: bool,
}

#[derive(Clone)]
struct Token {
    text: String,
    family: usize,
    /// Which of the family's refresh tokens it is; several texts may be the same token.
    number: u64,
    expires_at: u64,
    revoked: bool,
}

/// Everything that was ever issued, and the rules in their plainest form.
struct Model {
    now: u64,
    families: Vec<Family>,
    codes: Vec<Code>,
    refresh: Vec<Token>,
    access: Vec<Token>,
    numbers: u64,
    trouble: Option<CredentialError>,
    /// When the service may be asked again.
    check_after: u64,
    /// Grants that were approved before this are worth nothing.
    key_dead_before: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Tokens { number: u64 },
    InvalidGrant,
}

impl Model {
    fn new(now: u64) -> Self {
        Self {
            now,
            families: Vec::new(),
            codes: Vec::new(),
            refresh: Vec::new(),
            access: Vec::new(),
            numbers: 0,
            trouble: None,
            check_after: 0,
            key_dead_before: 0,
        }
    }

    fn redeem(&mut self, index: usize) -> Answer {
        let now = self.now;
        let code = &mut self.codes[index];
        let family = code.family;
        match code.used_at {
            _ if code.gone => Answer::InvalidGrant,
            None if now < code.issued_at + MINUTE => {
                code.used_at = Some(now);
                self.numbers += 1;
                Answer::Tokens { number: self.numbers }
            }
            // Somebody else has it, too.
            Some(used_at) if now < used_at + 2 * MINUTE => {
                self.families[family].revoked = true;
                Answer::InvalidGrant
            }
            _ => Answer::InvalidGrant,
        }
    }

    fn refresh(&mut self, token: &Token) -> Answer {
        let now = self.now;
        let family = &self.families[token.family];
        if now >= token.expires_at || now >= family.ends_at() {
            return Answer::InvalidGrant;
        }
        if family.revoked {
            return Answer::InvalidGrant;
        }
        let rotates = match family.head {
            None => true,
            Some((newest, ..)) if token.number == newest => true,
            Some((_, before, at)) if token.number == before => now > at + MINUTE,
            Some(_) => {
                self.families[token.family].revoked = true;
                return Answer::InvalidGrant;
            }
        };
        if family.approved_at < self.key_dead_before {
            return Answer::InvalidGrant;
        }
        if now >= self.check_after {
            self.check_after = now + 5 * MINUTE;
            if self.trouble == Some(CredentialError::Wrong) {
                self.key_dead_before = now;
                // Approved in this very moment is not before it.
                if family.approved_at <= now {
                    return Answer::InvalidGrant;
                }
            }
        }
        if rotates {
            self.numbers += 1;
            let number = self.numbers;
            self.families[token.family].head = Some((number, token.number, now));
            Answer::Tokens { number }
        } else {
            Answer::Tokens { number: self.families[token.family].head.unwrap().0 }
        }
    }

    fn issued(&mut self, answer: &Value, family: usize, number: u64) {
        let ends_at = self.families[family].ends_at();
        let token = |name: &str, life: u64| Token {
            text: answer[name].as_str().expect("a token").to_owned(),
            family,
            number,
            expires_at: (self.now + life).min(ends_at),
            revoked: false,
        };
        let (refresh, access) = (token("refresh_token", 30 * DAY), token("access_token", HOUR));
        self.refresh.push(refresh);
        self.access.push(access);
    }

    fn works(&self, token: &Token) -> bool {
        let family = &self.families[token.family];
        self.now < token.expires_at
            && !token.revoked
            && !family.revoked
            && family.approved_at >= self.key_dead_before
    }

    fn lose_store(&mut self) {
        for code in &mut self.codes {
            code.gone = true;
        }
        for family in &mut self.families {
            // What was revoked is not known any more: with the store, that promise is lost.
            (family.revoked, family.head) = (false, None);
        }
        for token in &mut self.access {
            token.revoked = false;
        }
        (self.check_after, self.key_dead_before) = (0, 0);
    }
}

/// The deployment and its model, side by side.
struct World {
    rig: Rig,
    second: Rig,
    model: Model,
    client: String,
    other_client: String,
    log: BTreeMap<&'static str, usize>,
}

impl World {
    async fn new() -> Self {
        let rig = Rig::new();
        let client = rig.client(&[CLAUDE]).await;
        let other_client = rig.client(&[CLAUDE, "http://localhost/callback"]).await;
        let second = rig.second_instance();
        Self { rig, second, model: Model::new(0), client, other_client, log: BTreeMap::new() }
    }

    async fn happen(&mut self, event: Event) {
        match event {
            Event::Approve => {
                // The page asks the service, too; a dead key gets no code.
                if self.model.trouble.is_some() {
                    return;
                }
                let text = self.rig.code(&self.client).await;
                let (family, issued_at) = (self.model.families.len(), self.model.now);
                self.model.families.push(Family { approved_at: issued_at, revoked: false, head: None });
                self.model.codes.push(Code { text, family, issued_at, used_at: None, gone: false });
            }
            Event::Redeem { code, lost } => {
                let Some(index) = pick(code, self.model.codes.len()) else { return };
                let expected = self.model.redeem(index);
                let response = self.rig.redeem(&self.client, &self.model.codes[index].text).await;
                self.compare("redeem", &response, expected, self.model.codes[index].family, lost);
            }
            Event::RedeemWrongly { code, what } => {
                let Some(index) = pick(code, self.model.codes.len()) else { return };
                let text = self.model.codes[index].text.clone();
                let right = redemption(&self.client, &text);
                let (form, expected) = match what % 4 {
                    0 => (but(right, "code_verifier", Some(CLAUDE)), "400 invalid_grant"),
                    1 => (but(right, "redirect_uri", Some("https://claude.ai/other")), "400 invalid_grant"),
                    2 => (but(right, "client_id", Some(&self.other_client)), "400 invalid_grant"),
                    _ => (but(right, "code_verifier", None), "400 invalid_grant"),
                };
                // Nothing changes.
                assert_eq!(outcome(&self.rig.post("/token", &form).await), expected);
            }
            Event::RedeemTwice { code } => {
                let Some(index) = pick(code, self.model.codes.len()) else { return };
                let (text, family) = (self.model.codes[index].text.clone(), self.model.codes[index].family);
                let expected = [self.model.redeem(index), self.model.redeem(index)];
                let (one, two) = tokio::join!(
                    self.rig.redeem(&self.client, &text),
                    self.second.redeem(&self.client, &text)
                );
                let mut answers = [one, two];
                answers.sort_by_key(http::Response::status);
                for (response, expected) in answers.iter().zip(expected) {
                    self.compare("redeem twice", response, expected, family, false);
                }
                self.wait(KNOWN);
            }
            Event::Refresh { token, lost } => {
                let Some(index) = pick(token, self.model.refresh.len()) else { return };
                let token = self.model.refresh[index].clone();
                let expected = self.model.refresh(&token);
                let response = self.rig.refresh(&self.client, &token.text).await;
                self.compare("refresh", &response, expected, token.family, lost);
            }
            Event::RefreshTwice { token } => {
                let Some(index) = pick(token, self.model.refresh.len()) else { return };
                // Of two that find a key dead at once, one asks and one does not wait for the answer: what it gets is worth
                // nothing a moment later. The model has no moments.
                if self.model.trouble == Some(CredentialError::Wrong) {
                    return;
                }
                let token = self.model.refresh[index].clone();
                // One after the other in the model: the second finds the first's rotation, in its grace.
                let expected = [self.model.refresh(&token), self.model.refresh(&token)];
                let (one, two) = tokio::join!(
                    self.rig.refresh(&self.client, &token.text),
                    self.second.refresh(&self.client, &token.text)
                );
                for (response, expected) in [one, two].iter().zip(expected) {
                    self.compare("refresh twice", response, expected, token.family, false);
                }
                self.wait(KNOWN);
            }
            Event::RevokeRefresh { token } => {
                let Some(index) = pick(token, self.model.refresh.len()) else { return };
                let token = &self.model.refresh[index];
                self.model.families[token.family].revoked = true;
                let form = [("client_id", self.client.as_str()), ("token", &token.text)];
                assert_eq!(self.rig.post("/revoke", &form).await.status(), StatusCode::OK);
            }
            Event::RevokeAccess { token } => {
                let Some(index) = pick(token, self.model.access.len()) else { return };
                let token = &mut self.model.access[index];
                token.revoked |= self.model.now < token.expires_at;
                let form = [("client_id", self.client.as_str()), ("token", &token.text)];
                assert_eq!(self.rig.post("/revoke", &form).await.status(), StatusCode::OK);
            }
            Event::Wait { seconds } => self.wait(seconds),
            Event::Service { trouble } => {
                self.model.trouble = trouble;
                self.rig.service.answer(trouble);
            }
            Event::LoseStore => {
                self.model.lose_store();
                self.rig = self.rig.same_keys(settings(ISSUER));
                self.rig.service.answer(self.model.trouble);
                self.second = self.rig.second_instance();
            }
        }
        self.check_access().await;
    }

    fn wait(&mut self, seconds: u64) {
        self.model.now += seconds;
        self.rig.advance(seconds);
    }

    /// Compares an answer with what it should be, and takes note of new tokens, unless the answer got lost.
    fn compare(
        &mut self,
        what: &'static str,
        response: &http::Response<bytes::Bytes>,
        expected: Answer,
        family: usize,
        lost: bool,
    ) {
        *self.log.entry(what).or_default() += 1;
        match expected {
            Answer::InvalidGrant => assert_eq!(outcome(response), "400 invalid_grant", "{what}"),
            Answer::Tokens { number } => {
                assert_eq!(response.status(), StatusCode::OK, "{what}: {}", outcome(response));
                if !lost {
                    self.model.issued(&json(response), family, number);
                }
            }
        }
    }

    async fn check_access(&self) {
        for token in &self.model.access {
            let works = self.rig.check(&token.text, "/mcp").await.is_ok();
            assert_eq!(works, self.model.works(token), "an access token of family {}", token.family);
        }
    }
}

fn pick(number: usize, of: usize) -> Option<usize> {
    (of > 0).then(|| number % of)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn f5_f6_g1_g2_g3_g4_g9_g10_codes_and_tokens_live_as_the_model_says(
        events in prop::collection::vec(event(), 1..40)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let mut world = World::new().await;
            // One of each from the start, so that short lists of events say something.
            for event in [Event::Approve, Event::Redeem { code: 0, lost: false }].into_iter().chain(events) {
                world.happen(event).await;
            }
        });
    }
}
