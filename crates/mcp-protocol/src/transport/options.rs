//! [`HttpOptions`]: what the HTTP transports are told. Every default is the safe one.

use std::time::Duration;

/// Limits and checks of an HTTP transport. The default serves only loopback hosts.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    pub(crate) hosts: Vec<Box<str>>,
    pub(crate) any_host: bool,
    pub(crate) origins: Vec<Box<str>>,
    pub(crate) max_body: usize,
    pub(crate) keep_alive: Duration,
    pub(crate) call_timeout: Duration,
    pub(crate) queue: usize,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            any_host: false,
            origins: Vec::new(),
            max_body: 1 << 20,
            keep_alive: Duration::from_secs(15),
            call_timeout: Duration::from_secs(60),
            queue: 64,
        }
    }
}

impl HttpOptions {
    /// The defaults: loopback hosts only, bodies up to 1 MiB, a keep-alive comment every 15 s, 60 s for a call.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves this host too: `mcp.example.com`, or `mcp.example.com:8443` for one port only.
    #[must_use]
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into().to_ascii_lowercase().into());
        self
    }

    /// Serves any host. Only behind something that checks `Host` itself: it is what stops DNS rebinding.
    #[must_use]
    pub fn allow_any_host(mut self) -> Self {
        self.any_host = true;
        self
    }

    /// Lets pages of this origin call, for example `https://inspector.example.com`. A page of the served host itself
    /// may always call, and so may a loopback page when the host is loopback.
    #[must_use]
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into().to_ascii_lowercase().into());
        self
    }

    /// The largest body accepted, in bytes. Beyond it: 413.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// After how long a silence a stream gets a comment line, so that proxies do not close it.
    #[must_use]
    pub fn keep_alive(mut self, every: Duration) -> Self {
        self.keep_alive = every;
        self
    }

    /// From arrival to [`RequestContext::deadline`](crate::RequestContext::deadline). The handler is told, not stopped.
    #[must_use]
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = timeout;
        self
    }

    /// How many notifications of one request, or messages of one stream, wait for a slow reader; at least one.
    #[must_use]
    pub fn queue(mut self, messages: usize) -> Self {
        self.queue = messages.max(1);
        self
    }
}
