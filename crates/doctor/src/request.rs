//! An authorization request as clients make it, and the four ways in which a server can answer one.

use url::Url;

use super::check::{Stop, Verdict};
use super::exchange::Exchange;
use super::probe::Ask;
use super::registration::Client;
use super::resource::Resource;
use super::server::Server;

/// The challenge of RFC 7636 appendix B, for requests that nobody will finish.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// What clients send as `state`, for requests that nobody will finish.
pub const STATE: &str = "a-state-of-the-doctor";

/// A request in the making. Starts as a good one.
#[derive(Clone, Debug)]
pub struct Request {
    endpoint: Url,
    /// Where its client receives codes.
    pub redirect: String,
    parameters: Vec<(String, String)>,
    changed: Vec<String>,
}

impl Request {
    /// The request of this client.
    pub fn new(server: &Server, resource: &Resource, client: &Client) -> Self {
        let parameters = [
            ("response_type", "code"),
            ("client_id", &*client.id),
            ("redirect_uri", &*client.redirect),
            ("state", STATE),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("resource", &*resource.identifier),
        ];
        Self {
            endpoint: server.authorize.clone(),
            redirect: client.redirect.clone(),
            parameters: parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            changed: Vec::new(),
        }
    }

    /// Sets a parameter, once.
    #[must_use]
    pub fn with(self, name: &str, value: &str) -> Self {
        let mut request = self.without(name);
        request.changed.pop();
        request.and(name, value)
    }

    /// Adds a parameter beside those of its name.
    #[must_use]
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.parameters.push((name.to_owned(), value.to_owned()));
        let shown: String = value.chars().take(80).collect();
        self.changed.push(format!("{name}={shown}"));
        self
    }

    /// Leaves a parameter out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.parameters.retain(|(other, _)| other != name);
        self.changed.push(format!("no {name}"));
        self
    }

    /// What the browser asks for. A report shows how it differs from a good request.
    pub fn ask(&self) -> Ask {
        let mut url = self.endpoint.clone();
        url.query_pairs_mut().extend_pairs(&self.parameters);
        let mut ask = Ask::browse(&url).instead_of_url(&self.endpoint);
        for changed in &self.changed {
            ask = ask.told(changed.clone());
        }
        if self.changed.is_empty() { ask.told("a good request") } else { ask }
    }
}

/// How a server answered an authorization request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It lets the user decide, or sends them to where they log in first.
    Goes,
    /// It refuses on a page of its own.
    Local,
    /// It tells the client.
    Client(Vec<(String, String)>),
    /// Anything else, such as a redirect to where nothing was registered.
    Strange,
}

impl Reply {
    /// Reads an answer to a request of a client that receives its codes at `redirect`.
    pub fn of(answer: &Exchange, redirect: &str) -> Self {
        if let Some(location) = answer.location() {
            if let Some(parameters) = parameters(location, redirect) {
                return Self::Client(parameters);
            }
            // To where users log in first, perhaps with another service; never with an answer for somebody in it.
            let target = answer.url.join(location);
            let leads_on = target.is_ok_and(|target| {
                let told = |(name, _): (std::borrow::Cow<'_, str>, _)| matches!(&*name, "error" | "code");
                let is_web = matches!(target.scheme(), "https" | "http");
                answer.status.is_redirection() && is_web && !target.query_pairs().any(told)
            });
            return if leads_on { Self::Goes } else { Self::Strange };
        }
        if answer.status.is_client_error() {
            return Self::Local;
        }
        if answer.status.as_u16() == 200 && answer.is_html() { Self::Goes } else { Self::Strange }
    }
}

/// The parameters of an authorization response at exactly this address.
pub fn parameters(location: &str, redirect: &str) -> Option<Vec<(String, String)>> {
    let without_query = redirect.split('?').next().unwrap_or(redirect);
    let rest = location.strip_prefix(without_query)?;
    if !rest.is_empty() && !rest.starts_with('?') {
        return None;
    }
    let query = rest.strip_prefix('?').unwrap_or_default();
    Some(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
}

/// A parameter's value.
pub fn value<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

/// Requires that the user may decide.
pub fn goes(answer: &Exchange, request: &Request) -> Verdict {
    match Reply::of(answer, &request.redirect) {
        Reply::Goes => Ok(()),
        _ => Err(answer.bad_status("200 and a page on which the user decides")),
    }
}

/// Requires a refusal that is told to nobody but the user.
pub fn is_local(answer: &Exchange, redirect: &str) -> Verdict {
    if let Some(location) = answer.location() {
        return Err(
            answer.fault(format!("location: {location}"), "a page of the server's own, and no redirect")
        );
    }
    answer.is_refused("400 and a page of the server's own")?;
    let body = answer.text();
    let mut links = ["href=\"", "href='", "href=", "url=", "action=\""].into_iter();
    if !redirect.is_empty() && links.any(|start| body.contains(&format!("{start}{redirect}"))) {
        return Err(
            answer.fault(format!("a link to {redirect}"), "no link to an address that nobody registered")
        );
    }
    Ok(())
}

/// Requires a refusal: told to the client with one of these codes, or shown to the user.
pub fn is_refused(answer: &Exchange, request: &Request, codes: &[&str]) -> Verdict {
    match Reply::of(answer, &request.redirect) {
        Reply::Local => Ok(()),
        Reply::Client(parameters) => match value(&parameters, "error") {
            Some(code) if codes.contains(&code) => Ok(()),
            _ => Err(answer.bad_status(format!("error={}", codes.join(" or ")))),
        },
        Reply::Goes | Reply::Strange => {
            Err(answer.bad_status(format!("a refusal, error={}", codes.join(" or "))))
        }
    }
}

/// Why a check that needs an authorization response cannot run.
pub fn no_response() -> Stop {
    Stop::Skip("the server tells clients of no error".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_one_at_exactly_the_registered_address() {
        let redirect = "https://claude.ai/cb";
        let found = parameters("https://claude.ai/cb?error=x&state=a%26b", redirect).unwrap();
        assert_eq!(value(&found, "state"), Some("a&b"));
        for other in [
            "https://claude.ai/cb/?error=x",
            "https://claude.ai/cbx?error=x",
            "https://claude.ai.evil.example/cb",
        ] {
            assert_eq!(parameters(other, redirect), None, "{other}");
        }
        assert!(parameters("https://a.example/cb?keep=1&error=x", "https://a.example/cb?keep=1").is_some());
    }
}
