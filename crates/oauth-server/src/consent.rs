//! The authorization endpoint: `GET` shows the consent page, `POST` takes the user's decision.
//!
//! A `GET` changes nothing, because browsers prefetch and scanners follow links. The page is shown every time.

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};
use sealing::SecretString;

use crate::authorization_code::{self, Binding};
use crate::authorize::{self, ClientFault, Fault};
use crate::connections;
use crate::consent_choice::{self, ChoiceError};
use crate::consent_page::{self, Message, Model, TRUST_HOST};
use crate::credential_check;
use crate::error::EndpointError;
use crate::error_page::{self, Trouble};
use crate::events::{Event, EventClient};
use crate::form::Form;
use crate::grant::Id;
use crate::open_page::{self, Refused};
use crate::redirect;
use crate::redirect_uri::{RedirectUri, Trust};
use crate::request::{NotAForm, Received};
use crate::sealed_grant::SealedGrant;
use crate::server::Server;
use crate::transaction::{Checked, Transaction};

/// Name of the field that says which button was pressed.
const DECISION: &str = "decision";
/// The value of the button that opens the page anew.
const RESTART: &str = "restart";

/// Shows the consent page for a good request; otherwise an error page, or the way back to the client.
pub(crate) async fn show(server: &Server, parts: &Parts) -> Response<Bytes> {
    let request = match authorize::check(server, parts.uri.query().unwrap_or_default()).await {
        Ok(request) => request,
        Err(Fault::Local(fault)) => return error_page::render(server, parts, &Trouble::Request(fault)),
        Err(Fault::Document(fault)) => {
            return error_page::render(server, parts, &Trouble::ClientDocument(&fault));
        }
        Err(Fault::Client(fault)) => return tell_client(server, parts, &fault),
    };
    let (redirect, trust) = (request.redirect.clone(), request.trust);
    let Ok((transaction, binding)) = Transaction::start(server, request) else {
        return error_page::render(server, parts, &Trouble::Internal);
    };
    let mut response = consent_page::render(server, parts, &Model::new(&transaction, &redirect, trust));
    binding.set(&mut response);
    server.record_of(Event::ConsentShown, &known(&transaction));
    response
}

/// What is known of the client that a page is about.
fn known(transaction: &Transaction) -> EventClient<'_> {
    EventClient::new(&transaction.client).registered(!transaction.vouched_for)
}

/// Sends a fault to the client; to a host that nobody vouches for only when the user clicks.
fn tell_client(server: &Server, parts: &Parts, fault: &ClientFault) -> Response<Bytes> {
    tracing::info!(
        error = fault.error,
        receiver = %fault.redirect.receiver(),
        "authorization request refused"
    );
    server.record(Event::AuthorizationRefused { reason: fault.error });
    let parameters = [("error", fault.error), ("error_description", fault.description)];
    let url = redirect::response_url(&fault.redirect, &server.issuer.id, fault.state.as_deref(), &parameters);
    match fault.trust {
        Trust::Unknown => {
            let trouble = Trouble::UntrustedClient { description: fault.description, back: &url };
            error_page::render(server, parts, &trouble)
        }
        Trust::Known | Trust::Loopback | Trust::Application => redirect::see_other(&url),
    }
}

/// Takes the decision.
pub(crate) async fn decide(server: &Server, request: &Received) -> Response<Bytes> {
    let parts = &request.parts;
    let form = match request.form() {
        Ok(form) => form,
        Err(NotAForm::MediaType | NotAForm::Fault(_)) => {
            return error_page::render(server, parts, &Trouble::MalformedForm);
        }
    };
    let transaction = match open_page::accept::<Transaction>(server, &parts.headers, &form) {
        Ok(transaction) => transaction,
        Err(refused) => {
            tracing::warn!(reason = ?refused.reason, "consent form refused");
            return start_over(server, parts, &form, &refused);
        }
    };
    // The policy may have changed since the page was shown.
    let target = RedirectUri::parse(&transaction.redirect_uri).ok();
    let trust = target.as_ref().and_then(|uri| server.redirects.trust(uri, transaction.vouched_for));
    let (Some(redirect), Some(trust)) = (target, trust) else {
        let fault = authorize::LocalFault::RedirectNotTrusted;
        return error_page::render(server, parts, &Trouble::Request(fault));
    };
    let choices_shown = transaction.checked.is_some();
    Decision { server, request, form: &form, redirect, trust, choices_shown }.take(transaction).await
}

/// Answers a form that is not acted upon: for one that came too late, with the way to a new page.
fn start_over(
    server: &Server,
    parts: &Parts,
    form: &Form,
    refused: &Refused<Transaction>,
) -> Response<Bytes> {
    match &refused.expired {
        Some(expired) if form.text(DECISION) == Ok(Some(RESTART)) => {
            redirect::see_other(&expired.restart(server))
        }
        Some(expired) => error_page::render_expired(server, parts, &expired.restart(server)),
        None => error_page::render(server, parts, &Trouble::Rejected(refused.reason)),
    }
}

/// A decision about to be taken: everything that its steps share.
struct Decision<'a> {
    server: &'a Server,
    request: &'a Received,
    form: &'a Form,
    redirect: RedirectUri,
    trust: Trust,
    /// Whether the form that was submitted had the choices in it.
    choices_shown: bool,
}

impl Decision<'_> {
    async fn take(&self, mut transaction: Transaction) -> Response<Bytes> {
        let decision = self.text(DECISION);
        // The page's clock ran ahead of ours.
        if decision == Some(RESTART) {
            return redirect::see_other(&transaction.restart(self.server));
        }
        if decision == Some("deny") {
            tracing::info!(client = %transaction.client.fingerprint(), "consent denied");
            self.server.record_of(Event::ConsentDenied, &known(&transaction));
            let denied =
                [("error", "access_denied"), ("error_description", "The user did not give consent.")];
            return self.redirect(&transaction, &denied);
        }
        if let Some(typed) = self.text("api_key").map(str::trim).filter(|key| !key.is_empty()) {
            let credential = SecretString::new(typed.to_owned());
            let check =
                credential_check::check(self.server, &self.request.parts, transaction.page.id, &credential);
            match check.await {
                Ok(account) => transaction.checked = Some(Checked { credential, account }),
                Err(trouble) => return self.again(&transaction, &Message::Check(trouble)),
            }
        }
        let Some(checked) = transaction.checked.clone() else {
            return self.again(&transaction, &Message::CredentialMissing);
        };
        match decision {
            Some("approve") => self.approve(&transaction, checked).await,
            Some("check") => self.again(&transaction, &Message::Checked),
            _ => self.again(&transaction, &Message::DecisionMissing),
        }
    }

    async fn approve(&self, transaction: &Transaction, checked: Checked) -> Response<Bytes> {
        if self.trust == Trust::Unknown && self.text(TRUST_HOST).is_none() {
            return self.again(transaction, &Message::HostNotTrusted);
        }
        let declared = &checked.account.choices;
        let choices = if self.choices_shown {
            consent_choice::submitted(declared, |field| self.text(field))
        } else {
            consent_choice::defaults(declared)
        };
        let choices = match choices {
            Ok(choices) => choices,
            Err(ChoiceError::Declaration) => {
                tracing::error!("the embedder's consent choices are malformed or too large");
                return error_page::render(self.server, &self.request.parts, &Trouble::Internal);
            }
            Err(error) => return self.again(transaction, &Message::Choice(error)),
        };
        match self.issue_code(transaction, checked, choices).await {
            Ok(code) => {
                self.server.record_of(Event::ConsentGiven, &known(transaction));
                self.redirect(transaction, &[("code", &code)])
            }
            Err(EndpointError::Store(error)) => {
                tracing::warn!(%error, "no code could be issued");
                self.again(transaction, &Message::StoreDown)
            }
            Err(error) => {
                tracing::error!(%error, "no code could be issued");
                error_page::render(self.server, &self.request.parts, &Trouble::Internal)
            }
        }
    }

    async fn issue_code(
        &self,
        transaction: &Transaction,
        checked: Checked,
        choices: Vec<u8>,
    ) -> Result<String, EndpointError> {
        let server = self.server;
        let approved_at_ms = server.now_ms();
        let credential = server.credential_fingerprint(&checked.credential);
        let grant = SealedGrant {
            family: Id::generate(server.entropy.as_ref()),
            client: transaction.client.clone(),
            resource: transaction.resource.clone(),
            scopes: transaction.scopes.clone(),
            credential: checked.credential,
            choices,
            approved_at_ms,
            ends_at: approved_at_ms / 1000 + server.lifetimes.refresh_absolute.as_secs(),
        };
        tracing::info!(
            family = %grant.family,
            client = %grant.client.fingerprint(),
            receiver = %grant.client.redirect_host,
            %credential,
            scopes = %grant.scopes.join(" "),
            "consent given"
        );
        connections::note(server, credential, grant.family).await?;
        let binding = Binding::new(&grant, &transaction.redirect_uri, transaction.challenge);
        authorization_code::issue(server, grant, binding, transaction.refresh).await
    }

    /// The page once more, with a message and without anything that was typed into the secret field.
    fn again(&self, transaction: &Transaction, message: &Message) -> Response<Bytes> {
        let model = Model::new(transaction, &self.redirect, self.trust);
        let model = model.answering(message, self.form, self.choices_shown);
        let mut response = consent_page::render(self.server, &self.request.parts, &model);
        if let Some(seconds) = message.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    fn redirect(&self, transaction: &Transaction, parameters: &[(&str, &str)]) -> Response<Bytes> {
        let state = transaction.state.as_deref();
        let url = redirect::response_url(&self.redirect, &self.server.issuer.id, state, parameters);
        redirect::see_other(&url)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.form.text(name).ok().flatten()
    }
}

/// The status of a page that answers a decision with a message.
pub(crate) const fn status(message: &Message) -> StatusCode {
    match message {
        Message::Checked => StatusCode::OK,
        Message::Check(trouble) => trouble.status(),
        Message::StoreDown => StatusCode::SERVICE_UNAVAILABLE,
        Message::CredentialMissing
        | Message::DecisionMissing
        | Message::HostNotTrusted
        | Message::Choice(_) => StatusCode::BAD_REQUEST,
    }
}
