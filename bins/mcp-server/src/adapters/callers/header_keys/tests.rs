//! What is remembered of keys, over a service that the test breaks.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use oauth_server::{
    Account, Clause, ConsentChoice, CredentialVerifier, ResourceEndpoint, ScopeInfo, Settings,
};
use sealing::{Keys, OsEntropy, Sealer};
use state_store::embedded::EmbeddedStore;
use state_store::{Clock, SystemClock};

use super::*;

/// Knows one key, and counts who asks.
#[derive(Default)]
struct Service {
    asked: AtomicUsize,
    answers: Mutex<Option<CredentialError>>,
}

#[async_trait]
impl CredentialVerifier for Service {
    async fn verify(&self, credential: &SecretString) -> Result<Account, CredentialError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(50)).await;
        if let Some(error) = *self.answers.lock().unwrap() {
            return Err(error);
        }
        if credential.expose().starts_with("good") {
            Ok(Account::new("Ali"))
        } else {
            Err(CredentialError::Wrong)
        }
    }

    fn summarize(&self, _: &[String], _: &[ConsentChoice]) -> Vec<Clause> {
        Vec::new()
    }
}

struct Rig {
    service: Arc<Service>,
    oauth: Arc<AuthorizationServer>,
    keys: HeaderKeys,
}

fn rig() -> Rig {
    let service = Arc::new(Service::default());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (keys, entropy) = (Keys::generate(&OsEntropy), Arc::new(OsEntropy));
    let issuer = "https://mcp.example.com";
    let settings = Settings::new(
        issuer,
        vec![ResourceEndpoint::new("/mcp", "Example")],
        vec![ScopeInfo::new("example:read", "Read", "See everything.").baseline()],
    );
    let oauth = AuthorizationServer::new(
        settings,
        service.clone(),
        Arc::new(EmbeddedStore::in_memory(Arc::clone(&clock))),
        Arc::clone(&clock),
        entropy.clone(),
        Sealer::new(keys.ring, issuer, entropy),
        keys.fingerprint,
    );
    let oauth = Arc::new(oauth.unwrap());
    Rig { service, keys: HeaderKeys::new(Arc::clone(&oauth), clock, false), oauth }
}

impl Rig {
    async fn admit(&self, key: &str) -> Result<KeyHolder, CheckTrouble> {
        let address = ClientAddress("192.0.2.1".parse().unwrap());
        self.keys.admit(SecretString::new(key.to_owned()), Some(address)).await
    }

    fn asked(&self) -> usize {
        self.service.asked.swap(0, Ordering::Relaxed)
    }

    fn answer(&self, error: Option<CredentialError>) {
        *self.service.answers.lock().unwrap() = error;
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_works_is_asked_about_once_in_five_minutes() {
    let rig = rig();
    let many = (0..50).map(|_| rig.admit("good"));
    let admitted = futures_util::future::join_all(many).await;
    assert!(admitted.iter().all(Result::is_ok));
    assert_eq!(rig.asked(), 1, "one asks, the others wait");
    // OpenPhone is down: that is nothing to a key that is known.
    rig.answer(Some(CredentialError::Unavailable));
    tokio::time::advance(Duration::from_secs(4 * 60)).await;
    assert!(rig.admit("good").await.is_ok());
    tokio::time::advance(Duration::from_secs(61)).await;
    assert_eq!(rig.admit("good").await.unwrap_err(), CheckTrouble::Service(CredentialError::Unavailable));
    assert_eq!(rig.asked(), 1);
    assert!(rig.keys.asking.lock().unwrap().is_empty(), "nobody asks any more");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_key_is_remembered_briefly_and_trouble_not_at_all() {
    let rig = rig();
    let wrong = CheckTrouble::Service(CredentialError::Wrong);
    assert_eq!(rig.admit("bad").await.unwrap_err(), wrong);
    assert_eq!(rig.admit("bad").await.unwrap_err(), wrong);
    assert_eq!(rig.asked(), 1);
    tokio::time::advance(WRONG).await;
    assert_eq!(rig.admit("bad").await.unwrap_err(), wrong);
    assert_eq!(rig.asked(), 1);

    for error in [CredentialError::Unavailable, CredentialError::TimedOut] {
        rig.answer(Some(error));
        let waiting = futures_util::future::join_all((0..20).map(|_| rig.admit("good"))).await;
        assert!(waiting.iter().all(|refused| *refused.as_ref().unwrap_err() == CheckTrouble::Service(error)));
        assert_eq!(rig.asked(), 1, "who waited takes the answer");
        rig.answer(None);
        assert!(rig.admit("good-after-all").await.is_ok());
        rig.asked();
    }
    assert!(rig.admit("good").await.is_ok(), "nothing of the trouble is remembered");
}

/// Failures count, and nothing else: a service with many keys behind one address is no attacker.
#[tokio::test(start_paused = true)]
async fn failures_are_limited_and_working_keys_are_not() {
    let rig = rig();
    for n in 0..50 {
        assert!(rig.admit(&format!("good-{n}")).await.is_ok());
    }
    rig.answer(Some(CredentialError::Unavailable));
    for n in 0..50 {
        let trouble = rig.admit(&format!("good-later-{n}")).await.unwrap_err();
        assert!(!trouble.is_about_credential() && !matches!(trouble, CheckTrouble::TooManyTries { .. }));
    }
    rig.answer(None);
    rig.asked();
    let mut limited = 0;
    for n in 0..30 {
        match rig.admit(&format!("bad-{n}")).await.unwrap_err() {
            CheckTrouble::TooManyTries { .. } => limited += 1,
            trouble => assert_eq!(trouble, CheckTrouble::Service(CredentialError::Wrong)),
        }
    }
    assert_eq!((rig.asked(), limited), (10, 20), "as many as on the consent page");
    // Who is known goes on, and another address does too.
    assert!(rig.admit("good-1").await.is_ok());
    let elsewhere = Some(ClientAddress("198.51.100.1".parse().unwrap()));
    assert!(rig.keys.admit(SecretString::new("good-new".to_owned()), elsewhere).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_found_dead_is_forgotten() {
    let rig = rig();
    let holder = rig.admit("good").await.unwrap();
    let relayed = || SecretString::new("good".to_owned());
    let end = holder.expires_at.unwrap();
    assert!(rig.keys.readmit(relayed(), holder.known_at_ms, end).await.is_ok());
    assert!(rig.keys.readmit(relayed(), holder.known_at_ms, 1).await.is_err(), "it is over");
    rig.asked();
    // Later than the check, by the clock that both are told by.
    std::thread::sleep(Duration::from_millis(2));
    rig.oauth.revoke_credential(holder.fingerprint).await.unwrap();
    assert!(rig.keys.readmit(relayed(), holder.known_at_ms, end).await.is_err());
    rig.answer(Some(CredentialError::Wrong));
    assert_eq!(rig.admit("good").await.unwrap_err(), CheckTrouble::Service(CredentialError::Wrong));
    assert_eq!(rig.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn keys_of_the_sandbox_are_refused_without_asking() {
    let rig = rig();
    let refused = rig.admit("sandbox-key-workspace-alpha").await.unwrap_err();
    assert_eq!((refused, rig.asked()), (CheckTrouble::Service(CredentialError::Wrong), 0));
}

#[tokio::test(start_paused = true)]
async fn what_is_remembered_is_bounded_and_wrong_keys_push_nothing_out() {
    let rig = rig();
    let fingerprint = |n: usize| rig.oauth.credential_fingerprint(&SecretString::new(n.to_string()));
    rig.keys.remember(fingerprint(0), Ok(1));
    for n in 1..3 * MOST_WRONG {
        rig.keys.remember(fingerprint(n), Err(CheckTrouble::Service(CredentialError::Wrong)));
    }
    let counts = |rig: &Rig| {
        let remembered = rig.keys.lock();
        (remembered.works.len(), remembered.wrong.len())
    };
    assert_eq!(counts(&rig), (1, MOST_WRONG));
    tokio::time::advance(WRONG).await;
    for n in 0..=MOST_WORKING {
        rig.keys.remember(fingerprint(n), Ok(1));
    }
    assert_eq!(counts(&rig).0, MOST_WORKING);
}
