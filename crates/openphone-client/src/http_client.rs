//! The `reqwest` client that this crate should be given, and why each of its settings is what it is.

use std::time::Duration;

/// Builds the client that [`crate::OpenPhone::builder`] should be given: [`http_client_builder`] without
/// further settings.
pub fn recommended_http_client(user_agent: &str) -> Result<reqwest::Client, reqwest::Error> {
    http_client_builder(user_agent).build()
}

/// The settings that the promises of this crate rest on, for a program that adds its own (a proxy, a root
/// certificate) before it builds.
///
/// A program that has a `reqwest::Client` already may use it instead, if it was built like this one:
///
/// * `redirect(Policy::none())`. The API never redirects; following one could write a send twice and carry
///   the key elsewhere. An answer that comes from another address than was asked is refused.
/// * `retry(retry::never())`. By default `reqwest` repeats a request, POST included, when an HTTP/2 peer
///   refuses the stream or says goodbye. Both are meant to be safe, but the decision to write a send a second
///   time is made in one place of this crate only ([`crate::retry`]).
/// * a `connect_timeout` well below the request's time-out (30 s). Only then is a host that does not accept
///   connections told from one that does not answer, and a send that was never written from an unknown one.
/// * `no_proxy()`: `reqwest` would take proxies from the environment, and a proxy for plain `http` reads the
///   key. Add one with `proxy(…)` where one is meant.
///
/// What cannot be set and needs not be: a pooled connection that the server closed while it was idle. The
/// pool (`hyper-util`) repeats such a request on another connection by itself, but only when the connection
/// hands the whole request back unwritten; once it has begun to write, it reports an error instead, and this
/// crate reports a send as [`crate::ErrorKind::OutcomeUnknown`]. There is a test for it. Idle connections are
/// dropped after 30 s here, before common gateways do it, which makes the case rare.
pub fn http_client_builder(user_agent: &str) -> reqwest::ClientBuilder {
    #[expect(clippy::disallowed_methods, reason = "the settings that the promises of this crate rest on")]
    let builder = reqwest::Client::builder();
    builder
        .user_agent(user_agent)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(Duration::from_secs(5))
        .pool_idle_timeout(Duration::from_secs(30))
        .tcp_nodelay(true)
        .no_proxy()
}
