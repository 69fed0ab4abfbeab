//! The token and revocation endpoints to requests that must fail: with the right code, in JSON, and stored by nobody.

use http::Method;
use url::Url;

use super::Doctor;
use super::check::{Check, Group, Stop, Verdict};
use super::exchange::Exchange;
use super::probe::Ask;
use super::registration::{Client, Clients};
use super::server::Server;

const TITLE: &str = "Token and revocation endpoints";
const CHECKS: &[&Check] = &[
    &POSTED, &DOUBLED, &CODE, &REFRESH, &CLIENT, &BASIC, &TWICE, &KIND, &ERRORS, &UNSTORED, &LARGE, &REVOKED,
    &REVOKER,
];

const POSTED: Check = Check {
    id: "F1",
    expected: "anything but a posted form is refused in JSON, whatever its content type",
    why: "a 5xx makes clients try again for ever",
    concerns: "clients with a bug",
};
const DOUBLED: Check = Check {
    id: "F2",
    expected: "a parameter that is there twice is invalid_request",
    why: "two programs read two different ones",
    concerns: "the user",
};
const CODE: Check = Check {
    id: "F4",
    expected: "a code that does not exist is 400 invalid_grant",
    why: "clients begin a new login on this code alone",
    concerns: "TypeScript SDK, Claude",
};
const REFRESH: Check = Check {
    id: "G5",
    expected: "a refresh token that does not work is 400 invalid_grant",
    why: "on any other code clients keep the dead token and try again",
    concerns: "TypeScript SDK, Claude",
};
const CLIENT: Check = Check {
    id: "H11",
    expected: "an unknown client is 401 invalid_client",
    why: "it is the only sign on which Claude registers again",
    concerns: "Claude, TypeScript SDK",
};
const BASIC: Check = Check {
    id: "H8",
    expected: "a malformed or wrong Authorization: Basic is 401 invalid_client with a Basic challenge",
    why: "RFC 6749 section 5.2 asks for it, and a crash there is a 500",
    concerns: "clients with a secret",
};
const TWICE: Check = Check {
    id: "H8-both",
    expected: "a client that authenticates in two ways is refused",
    why: "RFC 6749 section 2.3 forbids it: two programs believe two different ones",
    concerns: "the user",
};
const KIND: Check = Check {
    id: "F10",
    expected: "another grant type is 400 unsupported_grant_type, a missing one invalid_request",
    why: "clients with more than one way choose another",
    concerns: "clients that know token exchange",
};
const ERRORS: Check = Check {
    id: "F9",
    expected: "error descriptions are plain ASCII",
    why: "RFC 6749 section 5.2 allows no more, and strict clients parse no more",
    concerns: "strict clients",
};
const UNSTORED: Check = Check {
    id: "F8",
    expected: "every answer of the token endpoint is Cache-Control: no-store",
    why: "a kept answer is given to the next one",
    concerns: "clients behind caches",
};
const LARGE: Check = Check {
    id: "L6",
    expected: "a form of 256 KB is refused",
    why: "what is read without bound fills the memory",
    concerns: "the operator",
};
const REVOKED: Check = Check {
    id: "J1",
    expected: "revoking an unknown token is 200",
    why: "RFC 7009: it is what the client wanted",
    concerns: "clients that log out",
};
const REVOKER: Check = Check {
    id: "J1-errors",
    expected: "revoking without a token is 400, as an unknown client 401",
    why: "a success there hides that nothing was revoked",
    concerns: "clients that log out",
};

/// Sends what must fail.
pub async fn examine(doctor: &Doctor, server: &Server, clients: &Clients) -> Group {
    let mut group = Group::new(TITLE, CHECKS);
    let Some(client) = clients.any() else {
        return group.close("no client could register");
    };
    let token = &server.token;
    let (code, refresh) = (code_form(client), refresh_form(client));
    group.record(&POSTED, posted(doctor, token).await);
    group.record(&DOUBLED, doubled(doctor, token, client).await);
    let unknown_code = doctor.prober.ask(form(token, &code).told("an unknown code")).await;
    group.record(
        &CODE,
        unknown_code.clone().and_then(|answer| answer.is_oauth_error(&[400], &["invalid_grant"])),
    );
    let unknown_refresh = doctor.prober.ask(form(token, &refresh).told("an unknown refresh token")).await;
    group.record(
        &REFRESH,
        unknown_refresh.clone().and_then(|answer| answer.is_oauth_error(&[400], &["invalid_grant"])),
    );
    let stranger = Client { id: "nobody".to_owned(), redirect: client.redirect.clone() };
    let unknown_client =
        doctor.prober.ask(form(token, &refresh_form(&stranger)).told("client_id=nobody")).await;
    group.record(
        &CLIENT,
        unknown_client.clone().and_then(|answer| answer.is_oauth_error(&[401], &["invalid_client"])),
    );
    group.record(&BASIC, basic(doctor, token).await);
    group.record(&TWICE, twice(doctor, token, client).await);
    group.record(&KIND, kind(doctor, token, client).await);
    let answers: Vec<Exchange> =
        [unknown_code, unknown_refresh, unknown_client].into_iter().flatten().collect();
    group.record(&ERRORS, each(&answers, described));
    group.record(&UNSTORED, each(&answers, Exchange::is_not_stored));
    group.record(&LARGE, large(doctor, token).await);
    let Some(revoke) = &server.revoke else {
        return group.close("the server has no revocation endpoint");
    };
    let unknown =
        Ask::form(revoke, &[("token", "nothing"), ("client_id", &client.id)]).told("an unknown token");
    group.record(
        &REVOKED,
        doctor.prober.ask(unknown).await.and_then(|answer| answer.status_is(&[200], "200")),
    );
    group.record(&REVOKER, revoker(doctor, revoke, client).await);
    group.close("")
}

type Form<'a> = Vec<(&'a str, &'a str)>;

fn code_form(client: &Client) -> Form<'_> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", "nothing"),
        ("redirect_uri", &client.redirect),
        ("client_id", &client.id),
        // The verifier of RFC 7636 appendix B.
        ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    ]
}

fn refresh_form(client: &Client) -> Form<'_> {
    vec![("grant_type", "refresh_token"), ("refresh_token", "nothing"), ("client_id", &client.id)]
}

fn form(url: &Url, fields: &Form<'_>) -> Ask {
    Ask::form(url, fields)
}

fn each(answers: &[Exchange], holds: impl Fn(&Exchange) -> Verdict) -> Verdict {
    if answers.is_empty() {
        return Err(Stop::Skip("the token endpoint gave no answer".to_owned()));
    }
    answers.iter().try_for_each(holds)
}

fn described(answer: &Exchange) -> Verdict {
    let document = answer.json()?;
    let Some(description) = document["error_description"].as_str() else { return Ok(()) };
    let plain = |byte: u8| matches!(byte, 0x20..=0x7e) && byte != b'"' && byte != b'\\';
    if description.bytes().all(plain) {
        return Ok(());
    }
    Err(answer.bad_member(&document, "error_description", "printable ASCII without quotes and backslashes"))
}

async fn posted(doctor: &Doctor, url: &Url) -> Verdict {
    let get = doctor.prober.ask(Ask::new(Method::GET, url)).await?;
    get.status_is(&[400, 404, 405], "405")?;
    let body = "grant_type=refresh_token&refresh_token=nothing&client_id=nobody";
    for kind in [
        "application/json",
        "text/plain",
        "multipart/form-data",
        "application/json, application/x-www-form-urlencoded",
        ";;;",
    ] {
        let ask = Ask::new(Method::POST, url).body(body).header("content-type", kind);
        doctor
            .prober
            .ask(ask)
            .await?
            .is_oauth_error(&[400, 401, 415], &["invalid_request", "invalid_client"])?;
    }
    let bare = doctor.prober.ask(Ask::new(Method::POST, url).body(body).told("no content type")).await?;
    bare.is_oauth_error(&[400, 401, 415], &["invalid_request", "invalid_client"])?;
    let bytes =
        Ask::form(url, &[]).body(&b"grant_type=%ff&client_id=\xff\xfe"[..]).told("bytes that are no text");
    doctor.prober.ask(bytes).await?.is_refused("a refusal")
}

async fn doubled(doctor: &Doctor, url: &Url, client: &Client) -> Verdict {
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("client_id", "nobody"),
        ("code", "other"),
        ("redirect_uri", "https://evil.example/"),
    ] {
        let mut fields = code_form(client);
        fields.push((name, value));
        let answer = doctor.prober.ask(form(url, &fields).told(format!("two {name}"))).await?;
        answer.is_oauth_error(&[400], &["invalid_request"])?;
    }
    Ok(())
}

async fn basic(doctor: &Doctor, url: &Url) -> Verdict {
    // Not base64; no colon in it; a broken escape; nobody.
    for value in ["Basic !!!", "Basic bm9jb2xvbg==", "Basic JXp6OngK", "Basic bm9ib2R5OnNlY3JldA=="] {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", "nothing")];
        let answer = doctor.prober.ask(Ask::form(url, &fields).header("authorization", value)).await?;
        answer.is_oauth_error(&[401], &["invalid_client"])?;
        answer.header_is("www-authenticate", "Basic …", |value| {
            value.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic"))
        })?;
    }
    Ok(())
}

async fn twice(doctor: &Doctor, url: &Url, client: &Client) -> Verdict {
    let mut fields = refresh_form(client);
    fields.push(("client_secret", "secret"));
    let ask = form(url, &fields)
        .header("authorization", "Basic bm9ib2R5OnNlY3JldA==")
        .told("client_secret in the form");
    doctor.prober.ask(ask).await?.is_oauth_error(&[400, 401], &["invalid_request", "invalid_client"])
}

async fn kind(doctor: &Doctor, url: &Url, client: &Client) -> Verdict {
    for kind in ["password", "client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"] {
        let fields = [("grant_type", kind), ("client_id", &*client.id), ("username", "x"), ("password", "x")];
        let answer = doctor.prober.ask(Ask::form(url, &fields).told(kind)).await?;
        answer.is_oauth_error(&[400], &["unsupported_grant_type", "unauthorized_client"])?;
    }
    let answer =
        doctor.prober.ask(Ask::form(url, &[("client_id", &client.id)]).told("no grant_type")).await?;
    answer.is_oauth_error(&[400], &["invalid_request", "unsupported_grant_type"])
}

async fn large(doctor: &Doctor, url: &Url) -> Verdict {
    let body = format!("grant_type=refresh_token&refresh_token={}", "x".repeat(256 * 1024));
    match doctor.prober.ask(Ask::form(url, &[]).body(body).told("a form of 256 KB").may_break()).await {
        Ok(answer) => answer.status_is(&[400, 413], "413"),
        // A server that has seen enough may hang up while the rest is still on its way.
        Err(Stop::Skip(reason)) if reason.starts_with("the answer broke off") => Ok(()),
        Err(stop) => Err(stop),
    }
}

async fn revoker(doctor: &Doctor, url: &Url, client: &Client) -> Verdict {
    let answer = doctor.prober.ask(Ask::form(url, &[("client_id", &client.id)]).told("no token")).await?;
    answer.is_oauth_error(&[400], &["invalid_request"])?;
    let stranger = Ask::form(url, &[("token", "nothing"), ("client_id", "nobody")]).told("client_id=nobody");
    doctor.prober.ask(stranger).await?.is_oauth_error(&[401], &["invalid_client"])?;
    Ok(())
}
