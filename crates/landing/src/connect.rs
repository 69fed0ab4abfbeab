//! How to connect each app: a part of the landing page, and `/connect`, the same part alone for a narrower address, with
//! a link that can be sent around. For the landing page's script `/connect` answers with JSON.

use crate::address::{Fault, Narrowing};
use crate::content::{LandingContent, LandingError, Sandbox};
use crate::document::Document;
use crate::page::Site;
use crate::setup::Setup;
use askama::Template;
use http::StatusCode;
use serde::Serialize;
use std::collections::BTreeMap;
use web_ui::{Html, Width};

/// What the part needs to know; the templates read it as `connect`.
pub(crate) struct ConnectView<'a> {
    pub(crate) content: &'a LandingContent,
    pub(crate) base: &'a str,
    pub(crate) local: bool,
    pub(crate) sandbox: Option<&'a Sandbox>,
    /// The address that all steps name.
    pub(crate) address: String,
    pub(crate) setup: Setup,
    pub(crate) chosen: Narrowing,
    pub(crate) fault: Option<Fault>,
}

impl<'a> ConnectView<'a> {
    /// The steps for what was chosen. With a fault they are those for the whole server.
    pub(crate) fn new(site: &Site<'a>, chosen: Narrowing, fault: Option<Fault>) -> Self {
        let address = match fault {
            None => chosen.url(site.content),
            Some(_) => site.content.mcp_url.clone(),
        };
        Self {
            content: site.content,
            base: site.base,
            local: site.local,
            sandbox: site.content.sandbox.as_ref(),
            setup: Setup::new(&address),
            address,
            chosen,
            fault,
        }
    }

    pub(crate) fn bad_form(&self) -> bool {
        self.fault == Some(Fault::Form)
    }

    pub(crate) fn bad_inbox(&self) -> bool {
        self.fault == Some(Fault::Inbox)
    }

    /// What the address leaves, in a few words.
    pub(crate) fn summary(&self) -> AddressSummary<'_> {
        AddressSummary {
            read_only: self.chosen.read_only,
            toolsets: self.chosen.titles(self.content),
            inbox: &self.chosen.inbox,
        }
    }
}

/// The page for a form's query.
pub(crate) fn page(site: &Site<'_>, query: &str) -> Result<Document, LandingError> {
    let (chosen, fault) = read(site, query);
    let connect = ConnectView::new(site, chosen, fault);
    let template = ConnectPage { connect };
    let (title, description) = (template.as_title().render()?, template.as_description().render()?);
    let main = Html::render(&template.as_main())?;
    // Of every combination one page exists; search engines need none of them.
    let page = site.page(&title, &description, main).width(Width::Wide).indexed(false).fetches(true);
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(Document::page_now(status, &page))
}

/// The same for the script: every text of the steps by the name of its element.
pub(crate) fn json(site: &Site<'_>, query: &str) -> Result<Document, LandingError> {
    let (chosen, fault) = read(site, query);
    let connect = ConnectView::new(site, chosen, fault);
    if let Some(fault) = fault {
        let body = serde_json::to_string(&Refused { error: "invalid_request", field: fault.field() })?;
        return Ok(site.json_now(StatusCode::BAD_REQUEST, body));
    }
    let mut setup: BTreeMap<_, _> = connect.setup.fields().into_iter().collect();
    setup.insert("address", &connect.address);
    let summary = connect.summary().render()?;
    let body = serde_json::to_string(&Steps { summary: summary.trim(), setup })?;
    Ok(site.json_now(StatusCode::OK, body))
}

fn read(site: &Site<'_>, query: &str) -> (Narrowing, Option<Fault>) {
    // An address that the endpoint would not understand is never shown.
    if !site.content.narrowing {
        return (Narrowing::default(), None);
    }
    match Narrowing::of_query(query, &site.content.toolsets) {
        Ok(chosen) => (chosen, None),
        Err((chosen, fault)) => (chosen, Some(fault)),
    }
}

impl Fault {
    /// The field of the form that it belongs to; the form itself when none.
    fn field(self) -> Option<&'static str> {
        match self {
            Self::Form => None,
            Self::Inbox => Some("inbox"),
        }
    }
}

#[derive(Template)]
#[template(path = "en/connect_page.html", blocks = ["title", "description", "main"])]
struct ConnectPage<'a> {
    connect: ConnectView<'a>,
}

#[derive(Template)]
#[template(path = "en/address.txt", escape = "none")]
pub(crate) struct AddressSummary<'a> {
    read_only: bool,
    toolsets: Vec<&'a str>,
    inbox: &'a str,
}

#[derive(Serialize)]
struct Steps<'a> {
    summary: &'a str,
    setup: BTreeMap<&'static str, &'a str>,
}

#[derive(Serialize)]
struct Refused {
    error: &'static str,
    field: Option<&'static str>,
}
