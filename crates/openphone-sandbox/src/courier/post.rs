//! One POST over plain HTTP/1.1, to loopback and nowhere else: whatever a test writes into a webhook, the sandbox
//! calls nobody outside the machine. Names are not resolved, redirects are not followed.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::uri::Scheme;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Collected, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::signature::Header;

/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// How much of its answer is read.
const MAX_ANSWER: usize = 64 * 1024;
/// How much of its answer is kept.
const MAX_KEPT: usize = 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(
        "not sent: the sandbox only calls plain http addresses of this machine (127.0.0.1, [::1], localhost)"
    )]
    NotLoopback,
    #[error("no connection: {0}")]
    Connect(#[source] io::Error),
    #[error("no answer: {0}")]
    Http(#[from] hyper::Error),
    #[error("no answer within {} seconds", PATIENCE.as_secs())]
    Late,
    #[error("not sent: {0}")]
    Request(#[from] http::Error),
}

impl Failure {
    /// Whether another attempt would end in the same way.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::NotLoopback | Self::Request(_))
    }
}

/// Posts JSON; the status and the beginning of the answer.
pub(super) async fn post(url: &str, headers: &[Header], body: &str) -> Result<(StatusCode, String), Failure> {
    let uri: Uri = url.parse().map_err(http::Error::from)?;
    let addresses = loopback(&uri).ok_or(Failure::NotLoopback)?;
    match tokio::time::timeout(PATIENCE, exchange(&uri, &addresses, headers, body)).await {
        Ok(ended) => ended,
        Err(_) => Err(Failure::Late),
    }
}

/// Where a URL leads on this machine; `None` when it leads elsewhere, or over TLS.
fn loopback(uri: &Uri) -> Option<Vec<SocketAddr>> {
    if uri.scheme() != Some(&Scheme::HTTP) {
        return None;
    }
    let host = uri.host()?.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<IpAddr> = if host.eq_ignore_ascii_case("localhost") {
        vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
    } else {
        vec![host.parse().ok()?]
    };
    let port = uri.port_u16().unwrap_or(80);
    let are_loopback = addresses.iter().all(IpAddr::is_loopback);
    are_loopback.then(|| addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect())
}

async fn exchange(
    uri: &Uri,
    addresses: &[SocketAddr],
    headers: &[Header],
    body: &str,
) -> Result<(StatusCode, String), Failure> {
    let stream = TcpStream::connect(addresses).await.map_err(Failure::Connect)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let authority = uri.authority().map_or("localhost", |authority| authority.as_str());
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let mut request = Request::post(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(header::HOST, host)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, concat!("openphone-sandbox/", env!("CARGO_PKG_VERSION")))
        .header(header::CONNECTION, "close");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.body(Full::new(Bytes::copy_from_slice(body.as_bytes())))?;
    let answer = async move {
        let (parts, body) = sender.send_request(request).await?.into_parts();
        // The status is the answer, whatever becomes of the body.
        let body =
            Limited::new(body, MAX_ANSWER).collect().await.map(Collected::to_bytes).unwrap_or_default();
        let kept = String::from_utf8_lossy(body.get(..MAX_KEPT).unwrap_or(&body)).into_owned();
        Ok((parts.status, kept))
    };
    let mut answer = std::pin::pin!(answer);
    tokio::select! {
        answer = &mut answer => answer,
        // It reads and writes for the answer. Its own end says nothing that the answer does not.
        _ = connection => answer.await,
    }
}

#[cfg(test)]
mod tests {
    use super::loopback;

    #[test]
    fn only_addresses_of_this_machine_are_called() {
        let leads = |url: &str| loopback(&url.parse().unwrap()).map(|addresses| addresses[0].to_string());
        assert_eq!(leads("http://127.0.0.1:8080/x?y=1").as_deref(), Some("127.0.0.1:8080"));
        assert_eq!(leads("http://127.9.9.9/").as_deref(), Some("127.9.9.9:80"));
        assert_eq!(leads("http://LOCALHOST:1").as_deref(), Some("127.0.0.1:1"));
        assert_eq!(leads("http://[::1]:1/").as_deref(), Some("[::1]:1"));
        for elsewhere in [
            "https://127.0.0.1/",
            "http://example.com/",
            "http://localhost.example.com/",
            "http://127.0.0.1.example.com/",
            "http://127.0.0.1@example.com/",
            "http://0.0.0.0/",
            "http://192.0.2.1/",
            "http://[::ffff:192.0.2.1]/",
            "http://2130706433/",
            "/",
        ] {
            assert_eq!(leads(elsewhere), None, "{elsewhere}");
        }
    }
}
