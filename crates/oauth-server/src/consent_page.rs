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
use crate::consent_summary::{self, Part, ShownClause, Value};
use crate::credential::CredentialError;
use crate::credential_check::{CheckTrouble, FieldTrouble};
use crate::error_page::{self, Trouble};
use crate::form::Form;
use crate::open_page;
use crate::page_template::page_template;
use crate::redirect_uri::{RedirectUri, Trust};
use crate::scope::ScopeInfo;
use crate::sealed_grant::SealedClient;
use crate::server::Server;
use crate::settings::Texts;
use crate::signed_out::SIGNED_OUT;
use crate::text::{self, Wait};
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

/// What is wrong, as the line at the top says it: once, with a link to where it can be put right.
enum Problem<'a> {
    None,
    /// The reason stands at the credential's field.
    Field(FieldTrouble),
    /// The reason stands at the choice.
    Choice {
        field: String,
        label: &'a str,
    },
    Host,
    Decision,
    /// Where the field is not shown (any more).
    Check(CheckTrouble),
    StoreDown,
}

impl<'a> Problem<'a> {
    fn new(message: Option<&Message>, transaction: &'a Transaction) -> Self {
        let checked = transaction.checked.as_ref();
        match message {
            None | Some(Message::Checked) => Self::None,
            Some(Message::CredentialMissing) => Self::Field(FieldTrouble::Missing),
            Some(Message::Check(trouble)) if checked.is_some() => Self::Check(*trouble),
            Some(Message::Check(trouble)) => Self::Field(FieldTrouble::Check(*trouble)),
            Some(Message::DecisionMissing) => Self::Decision,
            Some(Message::HostNotTrusted) => Self::Host,
            Some(Message::StoreDown) => Self::StoreDown,
            Some(Message::Choice(error)) => {
                let mut choices = checked.into_iter().flat_map(|checked| &checked.account.choices);
                // A malformed declaration is no choice's fault, and has a page of its own.
                match choices.find(|choice| error.name() == Some(&choice.name)) {
                    Some(choice) => Self::Choice { field: choice.field(), label: &choice.label },
                    None => Self::Decision,
                }
            }
        }
    }

    /// What is said at the credential's field.
    const fn of_field(&self) -> Option<FieldTrouble> {
        match self {
            Self::Field(trouble) => Some(*trouble),
            _ => None,
        }
    }

    const fn is_some(&self) -> bool {
        !matches!(self, Self::None)
    }
}

#[derive(Template)]
#[template(path = "en/consent.html", blocks = ["title", "description", "main"])]
struct ConsentTemplate<'a> {
    texts: &'a Texts,
    action: String,
    transaction: String,
    redirect: &'a RedirectUri,
    trust: Trust,
    /// What stands for the receiver in the picture; `None` for a computer.
    mark: Option<char>,
    /// Whoever runs the host of its metadata document vouches for the name and the address.
    client: &'a SealedClient,
    resource: String,
    scopes: Vec<&'a ScopeInfo>,
    host_trusted: bool,
    account: Option<&'a str>,
    choices: Vec<Choice<'a>>,
    summary: Vec<ShownClause<'a>>,
    problem: Problem<'a>,
    field_trouble: Option<FieldTrouble>,
    /// For how long the page may still be used.
    life: Wait,
    life_seconds: u64,
    /// For how long a code waits, in seconds.
    wait: u64,
    signed_out: String,
    connections: String,
}

page_template!(ConsentTemplate<'_>);

/// A choice with its present value.
struct Choice<'a> {
    choice: &'a ConsentChoice,
    field: String,
    value: String,
    checked: bool,
    /// Why it was not taken.
    fault: Option<&'a ChoiceError>,
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
    let Model { transaction, redirect, trust, message, .. } = *model;
    let Ok(sealed) = open_page::seal(server, transaction) else {
        tracing::error!("a consent transaction is too large to seal");
        return error_page::render(server, parts, &Trouble::Internal);
    };
    let mount = &server.issuer.mount;
    let account = transaction.checked.as_ref().map(|checked| &checked.account);
    let offered = account.map(|account| account.choices.as_slice()).unwrap_or_default();
    let fault = match message {
        Some(Message::Choice(error)) => Some(error),
        _ => None,
    };
    let choices: Vec<Choice<'_>> =
        offered.iter().map(|choice| Choice::new(choice, model.typed, fault)).collect();
    let clauses = match account {
        Some(_) => server.verifier.summarize(&transaction.scopes, offered),
        None => Vec::new(),
    };
    let values: Vec<Value<'_>> = choices.iter().map(Choice::value).collect();
    let problem = Problem::new(message, transaction);
    let life_seconds = transaction.page.remaining(server).as_secs();
    let template = ConsentTemplate {
        texts: &server.texts,
        action: format!("{mount}{AUTHORIZE}"),
        transaction: sealed,
        redirect,
        trust,
        mark: mark(redirect, trust),
        client: &transaction.client,
        resource: format!("{}{}", server.issuer.id, transaction.resource),
        scopes: server.scopes.all().iter().filter(|scope| transaction.scopes.contains(&scope.name)).collect(),
        host_trusted: model.host_trusted,
        account: account.map(|account| account.label.as_str()),
        summary: consent_summary::show(&clauses, &values),
        choices,
        field_trouble: problem.of_field(),
        problem,
        life: Wait::new(life_seconds),
        life_seconds,
        wait: server.lifetimes.code.as_secs(),
        signed_out: format!("{mount}{SIGNED_OUT}"),
        connections: format!("{mount}{CONNECTIONS}"),
    };
    let status = message.map_or(http::StatusCode::OK, consent::status);
    let page = server.page(status, &template);
    // Without an account on it nothing of the page is anybody's: what is sealed differs each time.
    if transaction.checked.is_some() { page } else { web_ui::compressed(&parts.headers, page) }
}

impl<'a> Choice<'a> {
    fn new(choice: &'a ConsentChoice, form: Option<&Form>, fault: Option<&'a ChoiceError>) -> Self {
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
        let fault = fault.filter(|fault| fault.name() == Some(&choice.name));
        let mut shown = Self { choice, field, value, checked, fault, boxes: Vec::new() };
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

    /// The present value as the summary takes it. The page's script works it out in the same way.
    fn value(&self) -> Value<'a> {
        let (state, shown) = match &self.choice.control {
            ChoiceControl::Checkbox { .. } => (self.checked.to_string(), Vec::new()),
            ChoiceControl::Select { options, .. } => {
                let chosen = options.iter().find(|option| option.value == self.value);
                (self.value.clone(), chosen.map(|option| option.label.clone()).into_iter().collect())
            }
            ChoiceControl::Number { .. } => {
                let number = self.value.trim();
                let number =
                    number.parse().map_or_else(|_| number.to_owned(), |number: u32| number.to_string());
                (number.clone(), Some(number).filter(|number| !number.is_empty()).into_iter().collect())
            }
            ChoiceControl::Several { everything, .. } => {
                let ticked = self.boxes.iter().filter(|tick| tick.checked);
                let ticked: Vec<String> = ticked.map(|tick| tick.label.to_owned()).collect();
                let state = match (everything, ticked.is_empty()) {
                    (Some(_), _) if !self.some() => "all",
                    (_, true) => "none",
                    (_, false) => "some",
                };
                (state.to_owned(), ticked)
            }
        };
        Value { name: &self.choice.name, state, shown }
    }
}

/// The letter that stands for the receiver.
fn mark(redirect: &RedirectUri, trust: Trust) -> Option<char> {
    if trust == Trust::Loopback {
        return None;
    }
    redirect.receiver().chars().find(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase())
}
