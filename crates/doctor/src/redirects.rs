//! Attacks on the redirect URI: addresses that look like a registered one and are not (OAuth 2.1 section 2.3,
//! RFC 8252 section 7.3).

use serde_json::json;
use url::Url;

use super::Doctor;
use super::check::{Check, Group, Stop, Verdict};
use super::probe::Ask;
use super::registration::{Client, Clients};
use super::request::{Request, goes, is_local};
use super::resource::Resource;
use super::server::Server;

const TITLE: &str = "Redirect attacks";
const CHECKS: &[&Check] = &[&HOST, &PATH, &PORT, &SCHEME, &ERRORS, &ANY_PORT, &LOOPBACK, &UNKNOWN];

const LOCAL: &str = "a 4xx page of the server's own, and no Location";

const HOST: Check = Check {
    id: "D1",
    expected: "a redirect URI on a host like the registered one (suffix, prefix, user information) is refused",
    why: "the code, and with it the access, goes to whoever owns the other host",
    concerns: "the user",
};
const PATH: Check = Check {
    id: "D1-path",
    expected: "a redirect URI with another path, case, query, fragment or dot segments is refused",
    why: "an open redirect elsewhere on the client's host passes the code on",
    concerns: "the user",
};
const PORT: Check = Check {
    id: "D1-port",
    expected: "a redirect URI with another port is refused, the default one written out included",
    why: "another port is another program",
    concerns: "the user",
};
const SCHEME: Check = Check {
    id: "D1-scheme",
    expected: "the registered redirect URI with http, javascript or an application's scheme is refused",
    why: "the code travels in clear, runs as a script, or opens another program",
    concerns: "the user",
};
const ERRORS: Check = Check {
    id: "C2-errors",
    expected: "an error is never sent to an address that was not registered",
    why: "that is an open redirect, under the name of a host that people trust",
    concerns: "the user",
};
const ANY_PORT: Check = Check {
    id: "D2",
    expected: "a loopback redirect URI works with any port, registered with one or without",
    why: "desktop clients listen on whatever port is free",
    concerns: "Claude Code, VS Code, Codex, Inspector",
};
const LOOPBACK: Check = Check {
    id: "D2-host",
    expected: "a loopback redirect URI with https, another path or another host is refused",
    why: "what looks like this machine is somebody else's",
    concerns: "the user",
};
const UNKNOWN: Check = Check {
    id: "E20",
    expected: "a client on a host that nobody knows is refused, or the page names that host",
    why: "a link to a genuine page must not hand access to a stranger unnoticed",
    concerns: "the user",
};

/// Tries the attacks.
pub async fn examine(doctor: &Doctor, resource: &Resource, server: &Server, clients: &Clients) -> Group {
    let mut group = Group::new(TITLE, CHECKS);
    let nobody = || Stop::Skip("no client that receives codes there could register".to_owned());
    let request = |client: &Client| Request::new(server, resource, client);
    match clients.web.as_ref().and_then(|client| Some((request(client), Parts::of(&client.redirect)?))) {
        None => {
            for check in [&HOST, &PATH, &PORT, &SCHEME, &ERRORS] {
                group.record(check, Err(nobody()));
            }
        }
        Some((good, parts)) => {
            group.record(&HOST, refused(doctor, &good, &parts.other_hosts()).await);
            group.record(&PATH, refused(doctor, &good, &parts.other_paths()).await);
            group.record(&PORT, refused(doctor, &good, &parts.other_ports()).await);
            group.record(&SCHEME, refused(doctor, &good, &parts.other_schemes()).await);
            let broken = good.clone().with("response_type", "token").without("code_challenge");
            let evil = ["https://evil.example/callback".to_owned(), parts.url("https", "evil.example", "")];
            group.record(&ERRORS, refused(doctor, &broken, &evil).await);
        }
    }
    let local: Vec<&Client> = clients.local.iter().chain(&clients.portless).collect();
    group.record(
        &ANY_PORT,
        if local.is_empty() { Err(nobody()) } else { any_port(doctor, &local, request).await },
    );
    group.record(
        &LOOPBACK,
        if local.is_empty() { Err(nobody()) } else { not_loopback(doctor, &local, request).await },
    );
    group.record(&UNKNOWN, unknown(doctor, server, clients, request).await);
    group.close("")
}

/// The registered redirect URI, taken apart.
struct Parts {
    host: String,
    path: String,
}

impl Parts {
    fn of(redirect: &str) -> Option<Self> {
        let url = Url::parse(redirect).ok()?;
        Some(Self { host: url.host_str()?.to_owned(), path: url.path().to_owned() })
    }

    fn url(&self, scheme: &str, authority: &str, suffix: &str) -> String {
        format!("{scheme}://{authority}{}{suffix}", self.path)
    }

    fn other_hosts(&self) -> Vec<String> {
        let host = &self.host;
        [
            "evil.example".to_owned(),
            format!("{host}.evil.example"),
            format!("evil{host}"),
            format!("x.{host}"),
            format!("{host}@evil.example"),
            format!("user:pass@{host}"),
            format!("{host}%2eevil.example"),
            format!("{host}\\@evil.example"),
            format!("{host}."),
            host.to_ascii_uppercase(),
        ]
        .map(|authority| self.url("https", &authority, ""))
        .to_vec()
    }

    fn other_paths(&self) -> Vec<String> {
        let own = self.url("https", &self.host, "");
        let origin = format!("https://{}", self.host);
        vec![
            format!("{own}/"),
            format!("{own}x"),
            format!("{own}?x=1"),
            format!("{own}?"),
            format!("{own}#x"),
            format!("{own}/../x"),
            format!("{own}%2f..%2fx"),
            format!("{own};x"),
            format!("{origin}{}", self.path.to_ascii_uppercase()),
            format!("{origin}/.{}", self.path),
            format!("{origin}/%2e%2e{}", self.path),
            format!("{origin}/"),
            origin,
        ]
    }

    fn other_ports(&self) -> Vec<String> {
        [":443", ":8443", ":80", ":"]
            .map(|port| self.url("https", &format!("{}{port}", self.host), ""))
            .to_vec()
    }

    fn other_schemes(&self) -> Vec<String> {
        let mut urls = ["http", "HTTPS", "claude", "javascript", "data"]
            .map(|scheme| self.url(scheme, &self.host, ""))
            .to_vec();
        urls.push(format!("//{}{}", self.host, self.path));
        urls.push(self.path.clone());
        urls
    }
}

async fn refused(doctor: &Doctor, good: &Request, uris: &[String]) -> Verdict {
    for uri in uris {
        let answer = doctor.prober.ask(good.clone().with("redirect_uri", uri).ask()).await?;
        is_local(&answer, uri).map_err(|stop| wanted(stop, LOCAL))?;
    }
    Ok(())
}

fn wanted(stop: Stop, words: &str) -> Stop {
    match stop {
        Stop::Fault(mut fault) => {
            words.clone_into(&mut fault.wanted);
            Stop::Fault(fault)
        }
        skip @ Stop::Skip(_) => skip,
    }
}

async fn any_port(doctor: &Doctor, clients: &[&Client], request: impl Fn(&Client) -> Request) -> Verdict {
    for client in clients {
        for port in [None, Some(1024), Some(54321)] {
            let Ok(mut url) = Url::parse(&client.redirect) else { continue };
            if url.set_port(port).is_err() {
                continue;
            }
            let good = request(client).with("redirect_uri", url.as_str());
            goes(&doctor.prober.ask(good.ask()).await?, &good)?;
        }
    }
    Ok(())
}

async fn not_loopback(doctor: &Doctor, clients: &[&Client], request: impl Fn(&Client) -> Request) -> Verdict {
    for client in clients {
        let Ok(url) = Url::parse(&client.redirect) else { continue };
        let (host, path) = (url.host_str().unwrap_or_default(), url.path());
        let other = if host == "localhost" { "127.0.0.2" } else { "127.0.0.1.evil.example" };
        let uris = [
            format!("https://{host}{path}"),
            format!("http://{host}.evil.example{path}"),
            format!("http://{host}@evil.example{path}"),
            format!("http://{host}:80@evil.example{path}"),
            format!("http://{other}{path}"),
            format!("http://{host}{path}/x"),
            format!("http://{host}:99999{path}"),
        ];
        refused(doctor, &request(client), &uris).await?;
    }
    Ok(())
}

async fn unknown(
    doctor: &Doctor,
    server: &Server,
    clients: &Clients,
    request: impl Fn(&Client) -> Request,
) -> Verdict {
    let url =
        server.register.as_ref().ok_or_else(|| Stop::Skip("the server registers no clients".to_owned()))?;
    let redirect = "https://stranger.example/callback";
    let body = clients.registration("redirect_uris", json!([redirect]))?;
    let registered = doctor.prober.ask(Ask::json(url, &body).told(redirect)).await?;
    if registered.status.is_client_error() {
        return Ok(());
    }
    let id = registered.text_member(&registered.json()?, "client_id")?;
    let good = request(&Client { id, redirect: redirect.to_owned() });
    let answer = doctor.prober.ask(good.ask()).await?;
    if answer.status.is_client_error() && answer.location().is_none() {
        return Ok(());
    }
    goes(&answer, &good)?;
    if answer.is_html() && !answer.text().contains("stranger.example") {
        return Err(
            answer.fault("a page without stranger.example", "a refusal, or a page that names the host")
        );
    }
    Ok(())
}
