//! Who the server asks: the service behind the credential, and the hosts of metadata documents. Both answer as told.

use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use oauth_server::{
    Account, ChoiceControl, ChoiceOption, Clause, ConsentChoice, CredentialError, CredentialVerifier,
    DocumentSource, FetchError, FetchedDocument,
};
use sealing::SecretString;
use url::Url;

use super::world::{KEY, OTHER_KEY};

/// What the fields of the choices can be set to.
pub(crate) const INBOXES: [&str; 2] = ["all", "main"];
pub(crate) const MOST_TEXTS: u32 = 200;

/// Knows two credentials; some others stand for its troubles.
#[derive(Debug)]
pub(crate) struct Service;

#[async_trait::async_trait]
impl CredentialVerifier for Service {
    async fn verify(&self, credential: &SecretString) -> Result<Account, CredentialError> {
        match credential.expose() {
            KEY | OTHER_KEY => Ok(Account::new("Alpha <b>Plumbing</b>").choices(choices())),
            "busy" => Err(CredentialError::RateLimited { retry_after: Some(Duration::from_secs(7)) }),
            "crowded" => Err(CredentialError::RateLimited { retry_after: None }),
            "down" => Err(CredentialError::Unavailable),
            "slow" => Err(CredentialError::TimedOut),
            "forbidden" => Err(CredentialError::Forbidden),
            _ => Err(CredentialError::Wrong),
        }
    }

    fn summarize(&self, _: &[String], _: &[ConsentChoice]) -> Vec<Clause> {
        clauses()
    }
}

fn clauses() -> Vec<Clause> {
    vec![
        Clause::new("{app} may read {inbox}"),
        Clause::new(" and send {cap} texts").unless("cap", "0").when("read_only", "false"),
        Clause::new(" <b>&amp;</b> {nothing}.").unless("read_only", "false"),
    ]
}

fn choices() -> Vec<ConsentChoice> {
    let options =
        INBOXES.map(|value| ChoiceOption { value: value.to_owned(), label: format!("Inbox {value}") });
    let inbox = ChoiceControl::Select { options: options.to_vec(), selected: INBOXES[0].to_owned() };
    vec![
        ConsentChoice::new("read_only", "Only read", ChoiceControl::Checkbox { checked: false }),
        ConsentChoice::new("inbox", "Inbox", inbox),
        ConsentChoice::new(
            "cap",
            "Texts a day",
            ChoiceControl::Number { min: 0, max: MOST_TEXTS, value: 50 },
        ),
    ]
}

/// Hosts that all serve the same document, and remember what they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Hosts {
    document: Mutex<Option<Bytes>>,
    asked: Mutex<Vec<String>>,
}

impl Hosts {
    pub(crate) fn serve(&self, document: impl Into<Bytes>) {
        *self.document.lock().unwrap() = Some(document.into());
    }

    /// The addresses, in turn.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl DocumentSource for Hosts {
    async fn fetch(&self, url: &Url, limit: usize) -> Result<FetchedDocument, FetchError> {
        self.asked.lock().unwrap().push(url.as_str().to_owned());
        let body = self.document.lock().unwrap().clone().ok_or(FetchError::Unreachable)?;
        if body.len() > limit {
            Err(FetchError::TooLong)
        } else {
            Ok(FetchedDocument { body, fresh_for: None })
        }
    }
}
