//! Checks a pasted key with OpenPhone and says whose it is (`oauth-server`'s verifier, `openphone-client`'s calls).

use std::time::Duration;

use async_trait::async_trait;
use oauth_server::{Account, Clause, ConsentChoice, CredentialError, CredentialVerifier};
use openphone_client::phone_numbers::ListPhoneNumbers;
use openphone_client::{ApiKey, Error, ErrorKind, OpenPhone, Redacted};
use sealing::SecretString;
use tokio::time::Instant;

use crate::adapters::consent::{self, InboxChoice};
use crate::telemetry::request::RequestRecord;

/// Time for the check: a person is looking at the page.
const CHECK: Duration = Duration::from_secs(5);

/// Verifies OpenPhone API keys.
#[derive(Clone, Debug)]
pub struct OpenPhoneKeys {
    openphone: OpenPhone,
}

impl OpenPhoneKeys {
    /// Asks this API.
    #[must_use]
    pub fn new(openphone: OpenPhone) -> Self {
        Self { openphone }
    }
}

#[async_trait]
impl CredentialVerifier for OpenPhoneKeys {
    async fn verify(&self, credential: &SecretString) -> Result<Account, CredentialError> {
        // What cannot even be a key is the person's mistake: the page says so like for any wrong key.
        let key = ApiKey::new(credential).map_err(|_| CredentialError::Wrong)?;
        let workspace = self.openphone.with_key(key).with_deadline(Instant::now() + CHECK);
        let workspace = match RequestRecord::current() {
            Some(record) => workspace.observed_by(record),
            None => workspace,
        };
        let (organization, phone_numbers) = (workspace.organization(), workspace.phone_numbers());
        let first_page = ListPhoneNumbers::new();
        let (organization, numbers) = tokio::try_join!(organization.get(), phone_numbers.list(&first_page))
            .map_err(|error| refusal(&error))?;

        let (mut numbers, mut next) = (numbers.data, numbers.next);
        while numbers.len() < consent::MOST_INBOXES
            && let Some(cursor) = next
        {
            let page = phone_numbers.list(&first_page.clone().after(cursor)).await;
            let page = page.map_err(|error| refusal(&error))?;
            numbers.extend(page.data);
            next = page.next;
        }
        let inboxes: Vec<InboxChoice> = numbers
            .iter()
            .map(|number| InboxChoice {
                id: number.id.clone(),
                name: number.name.to_string(),
                number: number.phone_number.to_string(),
            })
            .collect();
        let label =
            organization.name.map_or_else(|| "Your OpenPhone workspace".to_owned(), Redacted::into_inner);
        Ok(Account::new(label).choices(consent::choices(&inboxes, next.is_some())))
    }

    fn summarize(&self, scopes: &[String], choices: &[ConsentChoice]) -> Vec<Clause> {
        consent::summary(scopes, choices)
    }

    fn describe(&self, embedder_data: &[u8]) -> Vec<String> {
        consent::describe(embedder_data)
    }
}

/// Only a real 401 is a wrong key: everything else leaves the key in doubt, and the page says so.
fn refusal(error: &Error) -> CredentialError {
    tracing::info!(kind = ?error.kind(), status = error.status().map(|status| status.as_u16()), "a key could not be checked");
    match error.kind() {
        ErrorKind::Unauthorized => CredentialError::Wrong,
        ErrorKind::Forbidden | ErrorKind::PaymentRequired => CredentialError::Forbidden,
        ErrorKind::RateLimited | ErrorKind::Busy => {
            CredentialError::RateLimited { retry_after: error.retry_after() }
        }
        ErrorKind::Timeout => CredentialError::TimedOut,
        _ => CredentialError::Unavailable,
    }
}
