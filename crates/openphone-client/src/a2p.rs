//! The registration with the US carriers (A2P 10DLC), without which no text reaches a US number (dated). Read
//! only, unless the feature `a2p-submission` is on: submitting costs money. Quo docs:
//! `api-reference/a2p-registration`.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::client::Workspace;
use crate::decode::{maybe, null_as_default};
use crate::endpoint;
use crate::error::Error;
use crate::id::{PhoneNumberId, RegistrationId};
use crate::redacted::Redacted;
use crate::request::Request;

/// The workspace's registration. The API's documents show parts of it; what they do not name is kept as JSON.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct A2pRegistration {
    /// Its id.
    pub id: RegistrationId,
    /// Whether it was not submitted yet, or is being reworked.
    #[serde(default, deserialize_with = "null_as_default")]
    pub draft: bool,
    /// How it stands, in the API's words; the documents have no list of them.
    #[serde(default, deserialize_with = "null_as_default")]
    pub status: String,
    /// What is to be mended.
    #[serde(default, deserialize_with = "null_as_default")]
    pub status_messages: Redacted<Vec<Value>>,
    /// How far the automatic filling-in is.
    #[serde(default, deserialize_with = "maybe")]
    pub autofill_status: Option<String>,
    /// What kind of registration it is.
    #[serde(rename = "type", default, deserialize_with = "maybe")]
    pub kind: Option<String>,
    /// The inbox that it is for.
    #[serde(rename = "assignedPnId", default, deserialize_with = "maybe")]
    pub assigned_phone_number_id: Option<PhoneNumberId>,
    /// When it was first submitted.
    #[serde(default, deserialize_with = "maybe")]
    pub first_submitted_at: Option<Timestamp>,
    /// When it was made.
    #[serde(default, deserialize_with = "maybe")]
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    #[serde(default, deserialize_with = "maybe")]
    pub updated_at: Option<Timestamp>,
    /// Who the business is.
    #[serde(default)]
    pub business_info: Redacted<Value>,
    /// What it texts about.
    #[serde(default)]
    pub messaging: Redacted<Value>,
}

/// The registration of a workspace; see [`Workspace::a2p_registration`].
#[derive(Clone, Copy, Debug)]
pub struct A2pRegistrationResource<'a> {
    pub(crate) workspace: &'a Workspace,
}

impl A2pRegistrationResource<'_> {
    /// The registration. [`crate::ErrorKind::NotFound`] means that there is none.
    pub async fn get(&self) -> Result<A2pRegistration, Error> {
        self.workspace.one(Request::new(&endpoint::GET_A2P_REGISTRATION)).await
    }
}

/// What costs money, or leads to it.
#[cfg(feature = "a2p-submission")]
impl A2pRegistrationResource<'_> {
    /// Makes the draft. [`crate::ErrorKind::Conflict`] means that there is a registration already. The request
    /// is never written twice: [`crate::ErrorKind::OutcomeUnknown`] means that the draft may be there.
    pub async fn create(&self, draft: &Value) -> Result<A2pRegistration, Error> {
        self.workspace.one(Request::new(&endpoint::CREATE_A2P_REGISTRATION).json(draft)?).await
    }

    /// Changes the draft: members that are named replace, others stay, at every depth.
    /// [`crate::ErrorKind::Conflict`] means that it is no draft any more.
    pub async fn update(&self, changes: &Value) -> Result<A2pRegistration, Error> {
        self.workspace.one(Request::new(&endpoint::UPDATE_A2P_REGISTRATION).json(changes)?).await
    }

    /// Submits the draft to the carriers. **This is billed.** The caller says with it that no text will be
    /// about what the carriers forbid.
    ///
    /// The request is never written twice: [`crate::ErrorKind::OutcomeUnknown`] means that it may have been
    /// submitted; read the registration. [`crate::ErrorKind::PaymentRequired`] means that the payment failed.
    pub async fn submit(&self) -> Result<A2pRegistration, Error> {
        #[derive(serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body {
            forbidden_message_topics_acknowledged: bool,
        }
        let body = Body { forbidden_message_topics_acknowledged: true };
        self.workspace.one(Request::new(&endpoint::SUBMIT_A2P_REGISTRATION).json(&body)?).await
    }
}
