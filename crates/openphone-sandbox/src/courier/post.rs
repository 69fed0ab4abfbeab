//! One POST over plain HTTP/1.1, to loopback and nowhere else: whatever a test writes into a webhook, the sandbox
//! calls nobody outside the machine. Names are not resolved, redirects are not followed.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::uri::Scheme;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};

use super::signature::Header;

/// How long a receiver may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long the body may take once the status is there.
const BODY_PATIENCE: Duration = Duration::from_secs(1);
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
    Late(#[from] Elapsed),
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
    exchange(&uri, &addresses, headers, body).await
}

/// Where a URL leads on this machine; `None` when it leads elsewhere, or over TLS.
fn loopback(uri: &Uri) -> Option<Vec<SocketAddr>> {
    if uri.scheme() != Some(&Scheme::HTTP) {
        return None;
    }
    let written = uri.host()?;
    let host = written.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<IpAddr> = if host.eq_ignore_ascii_case("localhost") {
        vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
    } else {
        vec![host.parse().ok()?]
    };
    // The URI itself takes any number for a port, and then says that there is none.
    let authority = uri.authority()?.as_str();
    let (_, port) = authority.rsplit_once(written)?;
    let port = match port.strip_prefix(':') {
        Some(port) => port.parse().ok()?,
        None => 80,
    };
    let are_loopback = addresses.iter().all(IpAddr::is_loopback);
    are_loopback.then(|| addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect())
}

async fn exchange(
    uri: &Uri,
    addresses: &[SocketAddr],
    headers: &[Header],
    body: &str,
) -> Result<(StatusCode, String), Failure> {
    let deadline = Instant::now() + PATIENCE;
    let stream = timeout_at(deadline, TcpStream::connect(addresses)).await?.map_err(Failure::Connect)?;
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
        let (parts, body) = timeout_at(deadline, sender.send_request(request)).await??.into_parts();
        Ok((parts.status, beginning(body).await))
    };
    let mut answer = std::pin::pin!(answer);
    tokio::select! {
        answer = &mut answer => answer,
        // It reads and writes for the answer. Its own end says nothing that the answer does not.
        _ = connection => answer.await,
    }
}

/// As much of the body as comes in time. The status is the answer, whatever becomes of it.
async fn beginning(mut body: Incoming) -> String {
    let deadline = Instant::now() + BODY_PATIENCE;
    let (mut kept, mut read) = (Vec::new(), 0);
    while read < MAX_ANSWER {
        let Ok(Some(Ok(frame))) = timeout_at(deadline, body.frame()).await else { break };
        let data = frame.data_ref().map_or(&[][..], |data| data);
        read += data.len();
        kept.extend(data.iter().take(MAX_KEPT.saturating_sub(kept.len())));
    }
    String::from_utf8_lossy(&kept).into_owned()
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
            "http://127.0.0.1:99999/",
            "/",
        ] {
            assert_eq!(leads(elsewhere), None, "{elsewhere}");
        }
    }
}
