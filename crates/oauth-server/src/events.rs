//! What an embedder may count: the decisions of this crate, one event each, by name and reason.
//!
//! No event carries anything of a person, a credential or a client; names and reasons are few and stay what they are.

use std::fmt;
use std::time::Duration;

use http::HeaderMap;
use http::header::USER_AGENT;

use crate::sealed_grant::SealedClient;

/// Takes events. Called in the course of a request: it must be quick and must not block.
pub trait Events: Send + Sync + 'static {
    /// Something was decided.
    fn record(&self, event: &Event);

    /// Something was decided about a client of which more is known. The same as [`Events::record`], unless it says
    /// otherwise.
    fn record_of(&self, event: &Event, client: &EventClient<'_>) {
        let _ = client;
        self.record(event);
    }
}

/// What is known of a decision's client, to sort it into a few kinds. Hosts and user agents are the client's own words: they
/// are no labels.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct EventClient<'a> {
    /// Where its codes are sent, as in [`ClientIdentity::redirect_host`](crate::ClientIdentity::redirect_host).
    pub redirect_host: Option<&'a str>,
    /// Host of its metadata document.
    pub document_host: Option<&'a str>,
    /// `User-Agent` of the client's own request; none where a person's browser asked.
    pub user_agent: Option<&'a str>,
    /// How we know it: `dynamic`, `document` or `operator`.
    pub registration: Option<&'static str>,
    /// How long ago the user approved.
    pub age: Option<Duration>,
}

impl<'a> EventClient<'a> {
    pub(crate) fn new(client: &'a SealedClient) -> Self {
        Self {
            redirect_host: Some(&client.redirect_host),
            document_host: client.document_host.as_deref(),
            ..Self::default()
        }
    }

    pub(crate) fn registered(self, dynamic: bool) -> Self {
        let registration = match self.document_host {
            Some(_) => "document",
            None if dynamic => "dynamic",
            None => "operator",
        };
        Self { registration: Some(registration), ..self }
    }

    pub(crate) fn asking(self, headers: &'a HeaderMap) -> Self {
        let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        Self { user_agent, ..self }
    }

    pub(crate) fn approved_at(self, approved_at_ms: u64, now_ms: u64) -> Self {
        Self { age: Some(Duration::from_millis(now_ms.saturating_sub(approved_at_ms))), ..self }
    }
}

/// Shows nothing of what is behind it.
impl fmt::Debug for dyn Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}

/// Counts nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NoEvents;

impl Events for NoEvents {
    fn record(&self, _: &Event) {}
}

/// A decision. [`Event::name`] and [`Event::reason`] are made for the labels of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// A client registered itself.
    Registered,
    /// A registration was refused.
    RegistrationRefused {
        /// The error, such as `invalid_redirect_uri`.
        reason: &'static str,
    },
    /// An authorization request was faulty, and its client is told.
    AuthorizationRefused {
        /// The error, such as `invalid_scope`.
        reason: &'static str,
    },
    /// An error page was shown to a person: a request that no client can be told about, or a form that was not
    /// acted upon.
    ErrorPageShown {
        /// Why, such as `client_unknown` or `cross_site`.
        reason: &'static str,
    },
    /// A credential was checked that was typed into one of our pages, or came with a request.
    CredentialChecked {
        /// `works`, or why it was not accepted, such as `wrong` or `timed_out`.
        outcome: &'static str,
    },
    /// A person was shown the consent page.
    ConsentShown,
    /// A user approved.
    ConsentGiven,
    /// A user denied.
    ConsentDenied,
    /// `/token` answered with tokens.
    TokensIssued {
        /// `authorization_code` or `refresh_token`.
        grant_type: &'static str,
    },
    /// A code was not exchanged.
    CodeRefused {
        /// Why, such as `code_unknown` or `store`.
        reason: &'static str,
    },
    /// A connection was not refreshed.
    RefreshRefused {
        /// Why, such as `refresh_expired`, `revoked` or `client_unknown`: where it means that a person has to sign
        /// in again, the page `/signed-out` explains it under this name.
        reason: &'static str,
    },
    /// `/token` was asked for neither.
    TokenRequestRefused {
        /// The error, such as `unsupported_grant_type`.
        reason: &'static str,
    },
    /// `/revoke` did not do as it was asked.
    RevocationRefused {
        /// The error, such as `client_unknown`.
        reason: &'static str,
    },
    /// A revocation was announced to all instances.
    Revoked {
        /// `access_token`, `connection`, or `credential` for all connections of one.
        what: &'static str,
    },
    /// A connection was ended before its time.
    GrantEnded {
        /// `revoked_by_client`, `disconnected` by the user, or why we did: `refresh_reused`, `code_replayed`,
        /// `displaced` or `credential_rejected`.
        reason: &'static str,
    },
    /// An access token was refused ([`Refusal::Missing`](crate::Refusal::Missing) is no refusal of one).
    BearerRefused {
        /// [`Refusal::name`](crate::Refusal::name).
        reason: &'static str,
    },
    /// A grant that another instance relayed was refused.
    RelayedGrantRefused {
        /// [`Refusal::name`](crate::Refusal::name).
        reason: &'static str,
    },
}

impl Event {
    /// What happened, for a metric.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::RegistrationRefused { .. } => "registration_refused",
            Self::AuthorizationRefused { .. } => "authorization_refused",
            Self::ErrorPageShown { .. } => "error_page_shown",
            Self::CredentialChecked { .. } => "credential_checked",
            Self::ConsentShown => "consent_shown",
            Self::ConsentGiven => "consent_given",
            Self::ConsentDenied => "consent_denied",
            Self::TokensIssued { .. } => "tokens_issued",
            Self::CodeRefused { .. } => "code_refused",
            Self::RefreshRefused { .. } => "refresh_refused",
            Self::TokenRequestRefused { .. } => "token_request_refused",
            Self::RevocationRefused { .. } => "revocation_refused",
            Self::Revoked { .. } => "revoked",
            Self::GrantEnded { .. } => "grant_ended",
            Self::BearerRefused { .. } => "bearer_refused",
            Self::RelayedGrantRefused { .. } => "relayed_grant_refused",
        }
    }

    /// Why, or which kind of it; empty where there is only one.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Registered | Self::ConsentShown | Self::ConsentGiven | Self::ConsentDenied => "",
            Self::CredentialChecked { outcome } => outcome,
            Self::TokensIssued { grant_type } => grant_type,
            Self::Revoked { what } => what,
            Self::RegistrationRefused { reason }
            | Self::AuthorizationRefused { reason }
            | Self::ErrorPageShown { reason }
            | Self::CodeRefused { reason }
            | Self::RefreshRefused { reason }
            | Self::TokenRequestRefused { reason }
            | Self::RevocationRefused { reason }
            | Self::GrantEnded { reason }
            | Self::BearerRefused { reason }
            | Self::RelayedGrantRefused { reason } => reason,
        }
    }
}
