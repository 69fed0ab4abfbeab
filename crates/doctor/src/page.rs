//! The pages of the authorization server: the headers that keep others out of them, and what they must not hold.

use serde_json::json;

use super::Doctor;
use super::check::{Check, Group, Stop, Verdict};
use super::exchange::{Exchange, has_word};
use super::form;
use super::probe::Ask;
use super::registration::{Client, Clients};
use super::request::Request;
use super::resource::Resource;
use super::server::Server;

const TITLE: &str = "Pages";
const CHECKS: &[&Check] = &[
    &FRAMES,
    &POLICY,
    &FORM_ACTION,
    &OPENER,
    &REFERRER,
    &UNSTORED,
    &NOSNIFF,
    &HSTS,
    &FIELD,
    &ESCAPED,
    &LOGO,
    &NO_CORS,
];

const FRAMES: Check = Check {
    id: "E5",
    expected: "no page may be framed: frame-ancestors 'none' and X-Frame-Options: DENY, on error pages too",
    why: "an invisible frame lets the user click on what they do not see",
    concerns: "the user",
};
const POLICY: Check = Check {
    id: "E9",
    expected: "a Content-Security-Policy that allows no inline script and no base",
    why: "an injected script reads the key as it is typed",
    concerns: "the user",
};
const FORM_ACTION: Check = Check {
    id: "E10",
    expected: "the Content-Security-Policy has no form-action",
    why: "Chromium and Safari apply it to every redirect after the form: the login ends in silence",
    concerns: "Claude, Cursor, and every client with an address of its own",
};
const OPENER: Check = Check {
    id: "E12",
    expected: "the page has no Cross-Origin-Opener-Policy",
    why: "clients open it as a popup and need to hear from it afterwards",
    concerns: "web clients, MCP Inspector",
};
const REFERRER: Check = Check {
    id: "E8",
    expected: "a Referrer-Policy that tells other sites no path",
    why: "the address of the page holds the state of the login",
    concerns: "the user",
};
const UNSTORED: Check = Check {
    id: "E13",
    expected: "pages are Cache-Control: no-store",
    why: "the page of one user must not be shown to another",
    concerns: "the user",
};
const NOSNIFF: Check = Check {
    id: "E13-nosniff",
    expected: "pages have X-Content-Type-Options: nosniff",
    why: "a browser that guesses can be made to guess wrong",
    concerns: "the user",
};
const HSTS: Check = Check {
    id: "E13-hsts",
    expected: "pages have Strict-Transport-Security",
    why: "the first request by http could be somebody else's",
    concerns: "the user",
};
const FIELD: Check = Check {
    id: "E15",
    expected: "the field for the key is a password, for no history of forms to keep",
    why: "a key in a browser's history of forms is a key on the disk",
    concerns: "the user",
};
const ESCAPED: Check = Check {
    id: "E14",
    expected: "nothing that a client sends becomes markup, in names, parameters and errors",
    why: "it would run on the page on which the key is typed",
    concerns: "the user",
};
const LOGO: Check = Check {
    id: "E18",
    expected: "a client's logo is not loaded from its host",
    why: "the client would learn who looks at the page, and choose what they see",
    concerns: "the user",
};
const NO_CORS: Check = Check {
    id: "L4",
    expected: "the pages may not be read by other origins",
    why: "a page that reads the form can send it",
    concerns: "the user",
};

/// Looks at the page of a good request and at that of a bad one.
pub async fn examine(doctor: &Doctor, resource: &Resource, server: &Server, clients: &Clients) -> Group {
    let mut group = Group::new(TITLE, CHECKS);
    let Some(client) = clients.any() else {
        return group.close("no client could register");
    };
    let good = Request::new(server, resource, client);
    let page = doctor.prober.ask(good.ask()).await;
    let error = doctor.prober.ask(good.clone().with("client_id", "nobody").ask()).await;
    let (page, error) = match (page, error) {
        (Ok(page), Ok(error)) if page.status.as_u16() == 200 && page.is_html() => (page, error),
        (Ok(page), _) => {
            let line = page.header_line("content-type");
            return group.close(&format!("a good request shows no page of this server ({line})"));
        }
        (Err(_), _) => return group.close("no page was shown"),
    };
    let mut pages = vec![page.clone()];
    pages.extend(error.is_html().then_some(error));
    group.record(&FRAMES, each(&pages, framed));
    group.record(&POLICY, each(&pages, policy));
    group.record(
        &FORM_ACTION,
        each(&pages, |page| match page.header("content-security-policy") {
            Some(policy) if directive(&policy, "form-action").is_some() => {
                Err(page.bad_header("content-security-policy", "no form-action"))
            }
            _ => Ok(()),
        }),
    );
    group.record(
        &OPENER,
        each(&pages, |page| match page.header("cross-origin-opener-policy") {
            Some(policy) if policy != "unsafe-none" => {
                Err(page.bad_header("cross-origin-opener-policy", "no such header, or unsafe-none"))
            }
            _ => Ok(()),
        }),
    );
    group.record(
        &REFERRER,
        each(&pages, |page| {
            let safe =
                ["same-origin", "strict-origin", "strict-origin-when-cross-origin", "no-referrer", "origin"];
            page.header_is("referrer-policy", "same-origin", |value| safe.contains(&value))
        }),
    );
    group.record(&UNSTORED, each(&pages, Exchange::is_not_stored));
    group.record(
        &NOSNIFF,
        each(&pages, |page| {
            page.header_is("x-content-type-options", "nosniff", |value| has_word(value, "nosniff"))
        }),
    );
    group.record(
        &HSTS,
        if page.url.scheme() == "https" {
            each(&pages, strict)
        } else {
            Err(Stop::Skip("browsers ignore it over http".to_owned()))
        },
    );
    group.record(&FIELD, field(&page));
    group.record(&ESCAPED, escaped(doctor, server, clients, &good).await);
    group.record(&LOGO, logo(doctor, resource, server, clients).await);
    group.record(&NO_CORS, no_cors(doctor, &good).await);
    group.close("")
}

fn each(pages: &[Exchange], holds: impl Fn(&Exchange) -> Verdict) -> Verdict {
    pages.iter().try_for_each(holds)
}

/// The sources of a directive.
fn directive(policy: &str, name: &str) -> Option<String> {
    policy.split(';').find_map(|directive| {
        let directive = directive.trim();
        let (own, sources) = directive.split_once(' ').unwrap_or((directive, ""));
        own.eq_ignore_ascii_case(name).then(|| sources.trim().to_owned())
    })
}

fn framed(page: &Exchange) -> Verdict {
    page.header_is("content-security-policy", "frame-ancestors 'none'", |policy| {
        directive(policy, "frame-ancestors").as_deref() == Some("'none'")
    })?;
    page.header_is("x-frame-options", "DENY", |value| value.eq_ignore_ascii_case("deny"))
}

fn strict(page: &Exchange) -> Verdict {
    page.header_is("strict-transport-security", "max-age=…, and not 0", |value| {
        let mut directives = value.split(';').map(|directive| directive.trim().to_ascii_lowercase());
        directives.any(|directive| {
            let age = directive.strip_prefix("max-age=").map(|age| age.trim_matches('"').parse::<u64>());
            age.is_some_and(|age| age.is_ok_and(|age| age > 0))
        })
    })
}

fn policy(page: &Exchange) -> Verdict {
    let wanted = "default-src or script-src without 'unsafe-inline' and *, and base-uri 'none'";
    page.header_is("content-security-policy", wanted, |policy| {
        let scripts = directive(policy, "script-src").or_else(|| directive(policy, "default-src"));
        let open = ["'unsafe-inline'", "'unsafe-eval'", "*", "data:", "https:", "http:"];
        let closed = |sources: String| !sources.split(' ').any(|source| open.contains(&source));
        scripts.is_some_and(closed) && directive(policy, "base-uri").is_some()
    })
}

fn field(page: &Exchange) -> Verdict {
    let inputs = form::inputs(&page.text());
    let typed = ["password", "text", "", "email", "search"];
    let blanks: Vec<_> = inputs.iter().filter(|(kind, ..)| typed.contains(&kind.as_str())).collect();
    if blanks.is_empty() {
        return Err(Stop::Skip("the page has no field to type into".to_owned()));
    }
    for (kind, name, autocomplete) in blanks {
        let secret = ["key", "secret", "token", "password"]
            .iter()
            .any(|word| name.to_ascii_lowercase().contains(word));
        // A password manager may keep it, where its owner wants that (WCAG 2.2, 3.3.8); what is not named may be kept anyhow.
        let kept =
            !matches!(autocomplete.as_str(), "off" | "current-password" | "new-password" | "one-time-code");
        if secret && (kind != "password" || kept) {
            let line = format!("<input name=\"{name}\" type=\"{kind}\" autocomplete=\"{autocomplete}\">");
            return Err(page.fault(line, "type=\"password\" autocomplete=\"current-password\", or off"));
        }
    }
    Ok(())
}

/// Markup that would show.
const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>";

async fn escaped(doctor: &Doctor, server: &Server, clients: &Clients, good: &Request) -> Verdict {
    let mut requests = vec![
        good.clone().with("client_id", HOSTILE),
        good.clone().with("redirect_uri", &format!("https://evil.example/{HOSTILE}")),
        good.clone().with("state", HOSTILE),
        good.clone().and("scope", HOSTILE),
    ];
    if let Some(url) = &server.register {
        let body = clients.registration("client_name", json!(HOSTILE))?;
        let registered = doctor.prober.ask(Ask::json(url, &body).told("client_name <script>")).await?;
        if let Ok(document) = registered.json()
            && let Some(id) = document["client_id"].as_str()
        {
            requests.push(good.clone().with("client_id", id));
        }
    }
    for request in requests {
        let answer = doctor.prober.ask(request.ask()).await?;
        let text = answer.text();
        if answer.is_html() && (text.contains("<script>alert") || text.contains("<img src=x")) {
            return Err(answer.fault("<script>alert(1)</script> in the page", "&lt;script&gt;"));
        }
    }
    Ok(())
}

async fn logo(doctor: &Doctor, resource: &Resource, server: &Server, clients: &Clients) -> Verdict {
    let url =
        server.register.as_ref().ok_or_else(|| Stop::Skip("the server registers no clients".to_owned()))?;
    let body = clients.registration("logo_uri", json!("https://logo.example/pixel.png"))?;
    let registered = doctor.prober.ask(Ask::json(url, &body).told("logo_uri")).await?;
    if !registered.status.is_success() {
        return Ok(());
    }
    let id = registered.text_member(&registered.json()?, "client_id")?;
    let redirect = body["redirect_uris"][0].as_str().unwrap_or_default().to_owned();
    let client = Client { id, redirect };
    let page = doctor.prober.ask(Request::new(server, resource, &client).ask()).await?;
    if page.text().contains("src=\"https://logo.example") {
        return Err(page.fault("src=\"https://logo.example/pixel.png\"", "no picture of the client's"));
    }
    Ok(())
}

async fn no_cors(doctor: &Doctor, good: &Request) -> Verdict {
    for request in [good.clone(), good.clone().with("client_id", "nobody")] {
        let answer = doctor.prober.ask(request.ask().header("origin", "https://evil.example")).await?;
        if answer.header("access-control-allow-origin").is_some() {
            return Err(answer.bad_header("access-control-allow-origin", "no such header"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::header::{HeaderName, HeaderValue};
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn page(name: &'static str, value: &'static str) -> Exchange {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        let url = url::Url::parse("https://mcp.example.com/authorize").unwrap();
        Exchange { request: "GET /".to_owned(), url, status: StatusCode::OK, headers, body: Bytes::new() }
    }

    /// The integration tests have no https, so that this check is tried here.
    #[test]
    fn e13_hsts() {
        for (value, holds) in [
            ("max-age=31536000", true),
            ("includeSubDomains; Max-Age=\"600\"", true),
            ("max-age=0", false),
            ("includeSubDomains", false),
            ("max-age=soon", false),
        ] {
            assert_eq!(strict(&page("strict-transport-security", value)).is_ok(), holds, "{value}");
        }
        assert!(strict(&page("x-other", "max-age=1")).is_err());
    }

    #[test]
    fn e9_policies() {
        for (value, holds) in [
            ("default-src 'none'; base-uri 'none'", true),
            ("default-src 'none'; script-src 'nonce-1'; base-uri 'self'", true),
            ("default-src 'none'; script-src 'unsafe-inline'; base-uri 'none'", false),
            ("script-src *; base-uri 'none'", false),
            ("default-src 'none'", false),
            ("base-uri 'none'", false),
        ] {
            assert_eq!(policy(&page("content-security-policy", value)).is_ok(), holds, "{value}");
        }
    }
}
