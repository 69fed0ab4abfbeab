//! What pages of other origins may ask and read: everything that is for programs, with no cookies, errors included.

use http::Method;
use url::Url;

use super::Doctor;
use super::check::{Check, Group, Verdict};
use super::exchange::{Exchange, has_word};
use super::probe::Ask;
use super::resource::Resource;
use super::server::Server;

const TITLE: &str = "CORS";
const CHECKS: &[&Check] = &[&READABLE, &ERRORS, &NO_COOKIES, &PREFLIGHT, &MCP_PREFLIGHT, &EXPOSED];

const READABLE: Check = Check {
    id: "L1",
    expected: "the metadata may be read by pages of any origin",
    why: "clients in a browser begin there",
    concerns: "MCP Inspector, web clients",
};
const ERRORS: Check = Check {
    id: "L1-errors",
    expected: "so may the answers of /register, /token, /revoke and the endpoint, errors included",
    why: "an error that cannot be read is a network failure to the client: it does not log in again",
    concerns: "MCP Inspector, web clients",
};
const NO_COOKIES: Check = Check {
    id: "L1-cookies",
    expected: "no answer allows credentials to other origins",
    why: "with them a page could act in the user's name",
    concerns: "the user",
};
const PREFLIGHT: Check = Check {
    id: "L2",
    expected: "preflights to the metadata and the OAuth endpoints allow MCP-Protocol-Version, Authorization and Content-Type",
    why: "the TypeScript SDK sends its revision with the discovery, so the browser asks first",
    concerns: "MCP Inspector, web clients",
};
const MCP_PREFLIGHT: Check = Check {
    id: "L2-mcp",
    expected: "preflights to the endpoint allow every header of the protocol, without a token",
    why: "the browser sends no token with the preflight, and nothing at all after a refusal",
    concerns: "MCP Inspector, web clients",
};
const EXPOSED: Check = Check {
    id: "L3",
    expected: "WWW-Authenticate and Mcp-Session-Id are exposed",
    why: "the challenge says where the login is, the session which one is meant",
    concerns: "MCP Inspector, web clients",
};

/// A page that is not the server's: the Inspector's.
const PAGE: &str = "http://localhost:6274";

/// Asks as a browser does for a page of another origin.
pub async fn examine(doctor: &Doctor, resource: &Resource, server: &Server) -> Group {
    let mut group = Group::new(TITLE, CHECKS);
    let documents = [resource.url.clone(), server.url.clone()];
    let forms: Vec<&Url> =
        [&server.register, &server.revoke].into_iter().flatten().chain([&server.token]).collect();

    let read = all(doctor, documents.iter().map(Ask::get)).await;
    let endpoint = super::challenges::greeting(doctor);
    let failed = all(doctor, forms.iter().map(|url| Ask::form(url, &[])).chain([endpoint])).await;
    group.record(&READABLE, read.clone().and_then(|answers| answers.iter().try_for_each(readable)));
    group.record(&ERRORS, failed.clone().and_then(|answers| answers.iter().try_for_each(readable)));
    group.record(
        &NO_COOKIES,
        read.and_then(|read| {
            let failed = failed.clone()?;
            read.iter().chain(&failed).try_for_each(no_cookies)
        }),
    );
    let oauth = documents.iter().map(|url| ("GET", url)).chain(forms.into_iter().map(|url| ("POST", url)));
    let headers = ["mcp-protocol-version", "authorization", "content-type"];
    let mut verdict = Ok(());
    for (method, url) in oauth {
        verdict = verdict.and(preflight(doctor, url, method, &headers).await);
    }
    group.record(&PREFLIGHT, verdict);
    group.record(&MCP_PREFLIGHT, mcp_preflight(doctor).await);
    group.record(&EXPOSED, failed.and_then(|answers| answers.last().map_or(Ok(()), exposed)));
    group.close("")
}

async fn all(doctor: &Doctor, asks: impl Iterator<Item = Ask>) -> Result<Vec<Exchange>, super::check::Stop> {
    let mut answers = Vec::new();
    for ask in asks {
        answers.push(doctor.prober.ask(ask.header("origin", PAGE)).await?);
    }
    Ok(answers)
}

fn readable(answer: &Exchange) -> Verdict {
    answer.header_is("access-control-allow-origin", "*", |value| value == "*" || value == PAGE)
}

fn no_cookies(answer: &Exchange) -> Verdict {
    match answer.header("access-control-allow-credentials") {
        Some(_) => Err(answer.bad_header("access-control-allow-credentials", "no such header")),
        None => Ok(()),
    }
}

async fn preflight(doctor: &Doctor, url: &Url, method: &str, headers: &[&str]) -> Verdict {
    let ask = Ask::new(Method::OPTIONS, url)
        .header("origin", PAGE)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", &headers.join(", "));
    let answer = doctor.prober.ask(ask).await?;
    if !answer.status.is_success() {
        return Err(answer.bad_status("204"));
    }
    readable(&answer)?;
    no_cookies(&answer)?;
    // GET and POST need no leave (Fetch, CORS-safelisted methods).
    let simple = matches!(method, "GET" | "POST");
    let allows = |value: &str| has_word(value, method) || value == "*";
    if !simple {
        answer.header_is("access-control-allow-methods", method, allows)?;
    }
    for header in headers {
        // The star does not stand for Authorization.
        answer.header_is("access-control-allow-headers", header, |value| {
            has_word(value, header) || (value == "*" && *header != "authorization")
        })?;
    }
    Ok(())
}

async fn mcp_preflight(doctor: &Doctor) -> Verdict {
    let headers = [
        "authorization",
        "content-type",
        "accept",
        "mcp-protocol-version",
        "mcp-session-id",
        "last-event-id",
        "mcp-method",
        "mcp-name",
        "mcp-param-region",
    ];
    for method in ["POST", "GET", "DELETE"] {
        preflight(doctor, &doctor.target.url, method, &headers).await?;
    }
    Ok(())
}

fn exposed(answer: &Exchange) -> Verdict {
    for name in ["www-authenticate", "mcp-session-id"] {
        answer.header_is("access-control-expose-headers", name, |value| has_word(value, name))?;
    }
    Ok(())
}
