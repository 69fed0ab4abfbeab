//! What the consent page shows. Every value goes through the template's escaping; none becomes markup, a script or
//! a link.

use askama::Template;
use bytes::Bytes;
use http::Response;
use http::request::Parts;

use crate::authorize::AUTHORIZE;
use crate::connections_page::CONNECTIONS;
use crate::consent;
use crate::consent_choice::{ChoiceControl, ChoiceError, ChoiceOption, ConsentChoice, SOME};
use crate::credential_check::CheckTrouble;
use crate::error_page::{self, Trouble};
use crate::form::Form;
use crate::open_page;
use crate::redirect_uri::{RedirectUri, Trust};
use crate::scope::ScopeInfo;
use crate::server::Server;
use crate::settings::Texts;
use crate::signed_out::SIGNED_OUT;
use crate::text;
use crate::transaction::Transaction;

/// Name of the field that confirms an unknown host.
pub(crate) const TRUST_HOST: &str = "trust_host";

/// What the page tells the user about the last decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// The credential works; here is whose it is.
    Checked,
    CredentialMissing,
    Check(CheckTrouble),
    DecisionMissing,
    HostNotTrusted,
    Choice(ChoiceError),
    StoreDown,
}

impl Message {
    /// When to come back, in whole seconds.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Check(trouble) => trouble.retry_after_seconds(),
            Self::StoreDown => Some(2),
            _ => None,
        }
    }

    /// Whether it belongs to the credential's field and not above the form.
    fn is_about_field(&self) -> bool {
        match self {
            Self::CredentialMissing => true,
            Self::Check(trouble) => trouble.is_about_field(),
            _ => false,
        }
    }

    fn text(&self, texts: &Texts) -> String {
        let credential = &texts.credential;
        match self {
            Self::Checked => String::new(),
            Self::CredentialMissing => format!("Paste your {credential} first."),
            Self::DecisionMissing => "Choose one of the buttons below.".to_owned(),
            Self::HostNotTrusted => "Tick the box to confirm that you know the host.".to_owned(),
            Self::Choice(error) => match error {
                ChoiceError::NoneTicked { label } => format!("Tick at least one box under “{label}”."),
                ChoiceError::Contradiction { label } => format!(
                    "Under “{label}” you chose everything and ticked boxes as well. Choose one: everything, with no \
                     box ticked, or only what you tick."
                ),
                ChoiceError::TooMuch { label } => format!(
                    "You ticked more under “{label}” than a connection can carry. Tick fewer, or choose everything."
                ),
                ChoiceError::Invalid { label } => format!("Check your choice for “{label}”."),
                ChoiceError::Declaration => "Something is wrong with the choices of this page.".to_owned(),
            },
            Self::StoreDown => {
                "The connection could not be made just now. Nothing is lost: try again in a moment."
                    .to_owned()
            }
            Self::Check(trouble) => trouble.text(texts),
        }
    }
}

/// What a page is about.
pub(crate) struct Model<'a> {
    transaction: &'a Transaction,
    redirect: &'a RedirectUri,
    trust: Trust,
    message: Option<&'a Message>,
    /// What the user chose before. `None` where the choices were not shown before.
    typed: Option<&'a Form>,
    /// Whether the user ticked that the host is known.
    host_trusted: bool,
}

impl<'a> Model<'a> {
    pub(crate) fn new(transaction: &'a Transaction, redirect: &'a RedirectUri, trust: Trust) -> Self {
        Self { transaction, redirect, trust, message: None, typed: None, host_trusted: false }
    }

    /// The page as the answer to a decision, with what was chosen on it so far.
    pub(crate) fn answering(mut self, message: &'a Message, form: &'a Form, choices_shown: bool) -> Self {
        self.message = Some(message);
        self.typed = choices_shown.then_some(form);
        self.host_trusted = form.bytes(TRUST_HOST).is_some();
        self
    }
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentTemplate<'a> {
    heading: String,
    texts: &'a Texts,
    action: String,
    transaction: String,
    receiver: String,
    address: String,
    client_name: &'a str,
    /// Host of the client's metadata document: whoever runs it vouches for the name and the address.
    publisher: Option<&'a str>,
    /// Whether the codes go to that very host.
    self_described: bool,
    resource: String,
    scopes: Vec<&'a ScopeInfo>,
    loopback: bool,
    unknown: bool,
    host_trusted: bool,
    account: Option<&'a str>,
    choices: Vec<Choice<'a>>,
    notice: Option<String>,
    field_error: Option<String>,
    /// Whether there is something to say on where to find the credential.
    hinted: bool,
    life: String,
    wait: u64,
    signed_out: String,
    connections: String,
}

/// A choice with its present value.
struct Choice<'a> {
    choice: &'a ConsentChoice,
    field: String,
    value: String,
    checked: bool,
    /// Of a choice of several: what each box is called, its field, and whether it is ticked.
    boxes: Vec<Tick<'a>>,
}

/// One box of a choice of several.
struct Tick<'a> {
    field: String,
    label: &'a str,
    checked: bool,
}

/// Renders the page.
pub(crate) fn render(server: &Server, parts: &Parts, model: &Model<'_>) -> Response<Bytes> {
    let Model { transaction, redirect, trust, message, .. } = model;
    let texts = &server.texts;
    let Ok(sealed) = open_page::seal(server, *transaction) else {
        tracing::error!("a consent transaction is too large to seal");
        return error_page::render(server, parts, &Trouble::Internal);
    };
    let receiver = receiver(redirect, *trust);
    let text = message.map(|message| message.text(texts)).filter(|text| !text.is_empty());
    let (field_error, notice) =
        if message.is_some_and(Message::is_about_field) { (text, None) } else { (None, text) };
    let template = ConsentTemplate {
        heading: format!("Let {receiver} use your {}?", texts.account),
        texts,
        action: format!("{}{AUTHORIZE}", server.issuer.mount),
        transaction: sealed,
        address: redirect.address(),
        client_name: &transaction.client.name,
        publisher: transaction.client.document_host.as_deref(),
        self_described: transaction.client.document_host.as_ref() == Some(&transaction.client.redirect_host),
        resource: format!("{}{}", server.issuer.id, transaction.resource),
        scopes: server.scopes.all().iter().filter(|scope| transaction.scopes.contains(&scope.name)).collect(),
        loopback: *trust == Trust::Loopback,
        unknown: *trust == Trust::Unknown,
        host_trusted: model.host_trusted,
        account: transaction.checked.as_ref().map(|checked| checked.account.label.as_str()),
        choices: transaction
            .checked
            .iter()
            .flat_map(|checked| &checked.account.choices)
            .map(|choice| Choice::new(choice, model.typed))
            .collect(),
        notice,
        field_error,
        hinted: !texts.credential_hint.is_empty() || texts.credential_help.is_some(),
        life: text::in_words(server.lifetimes.transaction.as_secs()),
        wait: server.lifetimes.code.as_secs(),
        signed_out: format!("{}{SIGNED_OUT}", server.issuer.mount),
        connections: format!("{}{CONNECTIONS}", server.issuer.mount),
        receiver,
    };
    let status = message.map_or(http::StatusCode::OK, consent::status);
    let title = format!("Connect to {}", texts.product);
    server.page(status, &title, "Decide whether an app may use your account.", &template)
}

impl<'a> Choice<'a> {
    fn new(choice: &'a ConsentChoice, form: Option<&Form>) -> Self {
        let field = choice.field();
        let typed = form.and_then(|form| form.text(&field).ok().flatten()).map(str::to_owned);
        let (value, checked) = match &choice.control {
            // A checkbox that is off is not in the form.
            ChoiceControl::Checkbox { checked } => {
                (String::new(), form.map_or(*checked, |_| typed.is_some()))
            }
            ChoiceControl::Select { selected, .. } => (typed.unwrap_or_else(|| selected.clone()), false),
            ChoiceControl::Number { value, .. } => (typed.unwrap_or_else(|| value.to_string()), false),
            ChoiceControl::Several { .. } => (typed.unwrap_or_default(), false),
        };
        let mut shown = Self { choice, field, value, checked, boxes: Vec::new() };
        if let ChoiceControl::Several { options, ticked, .. } = &choice.control {
            let tick = |(index, option): (usize, &'a ChoiceOption)| {
                let field = choice.option_field(index);
                let checked = match form {
                    Some(form) => form.bytes(&field).is_some(),
                    None => ticked.contains(&option.value),
                };
                Tick { field, label: &option.label, checked }
            };
            shown.boxes = options.iter().enumerate().map(tick).collect();
        }
        shown
    }

    /// Of a choice of several: whether it is about some, and not about everything.
    fn some(&self) -> bool {
        self.value == SOME
    }
}

/// Who gets the access, as the headline says it. Hosts are ASCII: look-alikes show as punycode.
fn receiver(redirect: &RedirectUri, trust: Trust) -> String {
    match trust {
        Trust::Known | Trust::Unknown => redirect.receiver(),
        Trust::Loopback => "an app on this computer".to_owned(),
        Trust::Application => format!("the app that opens {} links", redirect.receiver()),
    }
}
