//! The consent form without a key: it counts only in the browser that opened it, only from its own page, and it
//! takes a no. What is submitted here is a refusal, so that nothing comes of it.

use url::Url;

use super::Doctor;
use super::check::{Check, Group, Stop, Verdict};
use super::exchange::Exchange;
use super::form::PageForm;
use super::probe::Ask;
use super::registration::Clients;
use super::request::{Reply, Request, STATE, value};
use super::resource::Resource;
use super::server::Server;

const TITLE: &str = "Consent";
const CHECKS: &[&Check] = &[&DENIED, &SEE_OTHER, &ISS, &BOUND, &CROSS_SITE];

const DENIED: Check = Check {
    id: "E19",
    expected: "who says no is sent back to the client with access_denied and its state, without giving a key",
    why: "otherwise the client waits, and the user learns to type the key anyway",
    concerns: "every client",
};
const SEE_OTHER: Check = Check {
    id: "C12-form",
    expected: "the form is answered with 302 or 303",
    why: "after 307 or 308 the browser posts the form again, with the key in it, to the client",
    concerns: "the user",
};
const ISS: Check = Check {
    id: "C14-form",
    expected: "the answer to the form carries iss",
    why: "clients that know more than one server refuse an answer that may be another's (RFC 9207)",
    concerns: "ChatGPT, TypeScript SDK, rmcp",
};
const BOUND: Check = Check {
    id: "E6",
    expected: "the form counts only in the browser that opened the page",
    why: "an attacker could otherwise let others confirm what the attacker began",
    concerns: "the user",
};
const CROSS_SITE: Check = Check {
    id: "E7",
    expected: "the form counts only when it comes from its own page",
    why: "another site could send it in the user's name",
    concerns: "the user",
};

/// What stands on a button that means no.
const NO: [&str; 4] = ["deny", "cancel", "reject", "decline"];

/// A page with the consent form, open in a browser.
#[derive(Clone, Debug)]
pub struct Page {
    /// The answer that showed it.
    pub answer: Exchange,
    /// Its form.
    pub form: PageForm,
    /// Where the form is sent.
    pub action: Url,
    cookie: String,
}

impl Page {
    /// Opens the page of a request.
    pub async fn open(doctor: &Doctor, request: &Request) -> Result<Self, Stop> {
        let answer = doctor.prober.ask(request.ask()).await?;
        Self::read(answer, None)
    }

    /// Reads a page; `before` is the one that it answers, in the same browser.
    pub fn read(answer: Exchange, before: Option<&Self>) -> Result<Self, Stop> {
        let missing = || Stop::Skip("the page has no form that a program can fill in".to_owned());
        if !answer.is_html() || answer.status.is_redirection() {
            return Err(missing());
        }
        let form = PageForm::of(&answer.text()).ok_or_else(missing)?;
        let action = form.target(&answer.url).ok_or_else(missing)?;
        let set = answer.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
        let mut cookies: Vec<&str> = set.filter_map(|cookie| cookie.split(';').next()).collect();
        let kept = before.map(|before| before.cookie.clone()).unwrap_or_default();
        cookies.extend((!kept.is_empty()).then_some(&*kept));
        let cookie = cookies.join("; ");
        Ok(Self { form, action, cookie, answer })
    }

    /// The same browser asks for something else.
    pub fn in_same_browser(&self, ask: Ask) -> Ask {
        if self.cookie.is_empty() { ask } else { ask.quietly("cookie", &self.cookie) }
    }

    /// The form as the browser sends it with this button, these fields filled in.
    pub fn submit(&self, button: &(String, String, String), filled: &[(&str, &str)]) -> Ask {
        self.submit_with(button, filled, &self.cookie, &self.origin(), "same-origin")
    }

    fn submit_with(
        &self,
        (name, value, _): &(String, String, String),
        filled: &[(&str, &str)],
        cookie: &str,
        origin: &str,
        site: &str,
    ) -> Ask {
        let own = self.form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut fields: Vec<(&str, &str)> = own.chain(filled.iter().copied()).collect();
        if !name.is_empty() {
            fields.push((name, value));
        }
        let ask = Ask::form(&self.action, &fields).in_browser().instead_of_url(&self.answer_url());
        let ask = ask.quietly("accept", "text/html,*/*;q=0.8").quietly("origin", origin);
        let ask = ask.quietly("sec-fetch-site", site).told(format!("{name}={value}"));
        if cookie.is_empty() { ask } else { ask.quietly("cookie", cookie) }
    }

    /// Without the query, which holds the whole request.
    fn answer_url(&self) -> Url {
        let mut url = self.action.clone();
        url.set_query(None);
        url
    }

    /// The `Origin` that a browser sends: under `no-referrer` it is null, even to the page's own server.
    fn origin(&self) -> String {
        match self.answer.header("referrer-policy").as_deref() {
            Some("no-referrer") => "null".to_owned(),
            _ => self.answer.url.origin().ascii_serialization(),
        }
    }
}

/// Says no, in the right way and in wrong ones.
pub async fn examine(doctor: &Doctor, resource: &Resource, server: &Server, clients: &Clients) -> Group {
    let mut group = Group::new(TITLE, CHECKS);
    let Some(client) = clients.any() else {
        return group.close("no client could register");
    };
    let request = Request::new(server, resource, client);
    let (first, second) = match (Page::open(doctor, &request).await, Page::open(doctor, &request).await) {
        (Ok(first), Ok(second)) => (first, second),
        (Err(Stop::Skip(reason)), _) => return group.close(&reason),
        _ => return group.close("the page could not be opened"),
    };
    let Some(no) = first.form.button(&NO).cloned() else {
        return group.close("the page has no button that says no");
    };
    let (origin, evil) = (first.origin(), "https://evil.example");
    let bound = [
        first.submit_with(&no, &[], "", &origin, "same-origin").told("no cookie"),
        first
            .submit_with(&no, &[], &second.cookie, &origin, "same-origin")
            .told("the cookie of another page"),
    ];
    group.record(&BOUND, rejected(doctor, &request, bound).await);
    let foreign = [
        first.submit_with(&no, &[], &first.cookie, evil, "cross-site").told("from https://evil.example"),
        first.submit_with(&no, &[], &first.cookie, "null", "cross-site").told("origin: null"),
        first.submit_with(&no, &[], &first.cookie, &origin, "cross-site").told("sec-fetch-site: cross-site"),
    ];
    group.record(&CROSS_SITE, rejected(doctor, &request, foreign).await);
    let answer = doctor.prober.ask(first.submit(&no, &[])).await;
    group.record(&DENIED, answer.clone().and_then(|answer| denied(&answer, &request)));
    group.record(
        &SEE_OTHER,
        answer.clone().and_then(|answer| {
            response(&answer, &request)?;
            answer.status_is(&[302, 303], "303")
        }),
    );
    group.record(
        &ISS,
        answer.and_then(|answer| {
            let parameters = response(&answer, &request)?;
            match value(&parameters, "iss") {
                Some(iss) if iss == server.issuer => Ok(()),
                _ => Err(answer.bad_status(format!("iss={}", server.issuer))),
            }
        }),
    );
    group.close("")
}

async fn rejected(doctor: &Doctor, request: &Request, asks: impl IntoIterator<Item = Ask>) -> Verdict {
    for ask in asks {
        let answer = doctor.prober.ask(ask).await?;
        if matches!(Reply::of(&answer, &request.redirect), Reply::Client(_)) {
            return Err(answer.bad_status("a refusal, and no redirect"));
        }
        answer.is_refused("a refusal")?;
    }
    Ok(())
}

fn response(answer: &Exchange, request: &Request) -> Result<Vec<(String, String)>, Stop> {
    match Reply::of(answer, &request.redirect) {
        Reply::Client(parameters) => Ok(parameters),
        _ => Err(Stop::Skip("a no does not lead back to the client".to_owned())),
    }
}

fn denied(answer: &Exchange, request: &Request) -> Verdict {
    let wanted = "back to the client with error=access_denied and the state";
    let Reply::Client(parameters) = Reply::of(answer, &request.redirect) else {
        return Err(answer.bad_status(wanted));
    };
    let right =
        value(&parameters, "error") == Some("access_denied") && value(&parameters, "state") == Some(STATE);
    if right { Ok(()) } else { Err(answer.bad_status(wanted)) }
}
