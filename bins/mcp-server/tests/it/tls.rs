//! TLS of the server's own: both versions of HTTP, a certificate that changes, and clients that do not keep to the rules.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::Reason;
use h2::client::SendRequest;
use http::Request;
use rcgen::{CertifiedKey, KeyPair};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::version::TLS12;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::support::TestServer;
use crate::support::server::run;

const NAME: &str = "mcp.test";

/// A server with a certificate of its own making.
struct Secure {
    server: TestServer,
    address: SocketAddr,
    root: CertificateDer<'static>,
    folder: tempfile::TempDir,
}

/// Writes a new certificate and its key.
fn renew(folder: &Path) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(vec![NAME.to_owned(), "127.0.0.1".to_owned()]).unwrap();
    std::fs::write(folder.join("cert.pem"), cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
    cert.der().clone()
}

fn options(folder: &Path) -> [String; 4] {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    ["--tls-cert".to_owned(), path("cert.pem"), "--tls-key".to_owned(), path("key.pem")]
}

impl Secure {
    fn start(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = renew(folder.path());
        let options = options(folder.path());
        let options: Vec<&str> = options.iter().map(String::as_str).chain(more.iter().copied()).collect();
        let server = TestServer::start_with(&options);
        let address = server.url.strip_prefix("http://").unwrap().parse().unwrap();
        Self { server, address, root, folder }
    }

    /// A handshake of a client that trusts this certificate and speaks these protocols.
    async fn connect(
        &self,
        root: &CertificateDer<'static>,
        name: &'static str,
        protocols: &[&str],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap();
        self.shake_hands(config.with_root_certificates(trusting(root)).with_no_client_auth(), name, protocols)
            .await
    }

    async fn shake_hands(
        &self,
        mut config: ClientConfig,
        name: &'static str,
        protocols: &[&str],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(self.address).await?;
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(name).unwrap(), stream).await
    }

    /// A connection of HTTP/2, and what becomes of it.
    async fn multiplexed(&self) -> (SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>) {
        let stream = self.connect(&self.root, NAME, &["h2"]).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let (client, connection) = h2::client::handshake(stream).await.unwrap();
        (client, tokio::spawn(connection))
    }
}

fn trusting(root: &CertificateDer<'static>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    roots
}

fn get(path: &str) -> http::request::Builder {
    Request::get(format!("https://127.0.0.1{path}"))
}

/// Status and body.
async fn ask(client: &SendRequest<Bytes>, request: Request<()>) -> Result<(u16, Vec<u8>), h2::Error> {
    let mut client = client.clone().ready().await?;
    let (response, _) = client.send_request(request, true)?;
    let (head, mut body) = response.await?.into_parts();
    let mut bytes = Vec::new();
    while let Some(chunk) = body.data().await {
        bytes.extend(chunk?);
    }
    Ok((head.status.as_u16(), bytes))
}

#[tokio::test]
async fn both_versions_of_http_are_spoken() {
    let secure = Secure::start(&[]);
    let (client, _) = secure.multiplexed().await;
    let host = format!("https://{}", secure.address);
    let issuer =
        ask(&client, get("/.well-known/oauth-authorization-server").body(()).unwrap()).await.unwrap();
    let issuer: Value = serde_json::from_slice(&issuer.1).unwrap();
    assert_eq!(issuer["issuer"], host, "the public URL is https by itself");
    let (status, _) = ask(&client, Request::get(format!("{host}/mcp")).body(()).unwrap()).await.unwrap();
    assert_eq!(status, 401, "the name is taken from the request's authority");
    let foreign = ask(&client, Request::get("https://evil.example/mcp").body(()).unwrap()).await.unwrap();
    assert_eq!(foreign.0, 403);
    // Many at once over one connection.
    let many =
        futures_util::future::join_all((0..100).map(|_| ask(&client, get("/healthz").body(()).unwrap())));
    assert!(many.await.into_iter().all(|answer| answer.unwrap().0 == 200));

    for protocols in [&["http/1.1"][..], &[]] {
        let mut stream = secure.connect(&secure.root, NAME, protocols).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        // A server of HTTP/1.1 may end without a farewell of TLS.
        stream.read_to_string(&mut answer).await.ok();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.to_lowercase().contains("strict-transport-security"), "{answer}");
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS12]).unwrap();
    let config = config.with_root_certificates(trusting(&secure.root)).with_no_client_auth();
    assert!(secure.shake_hands(config, NAME, &["h2"]).await.is_ok(), "TLS 1.2");
}

#[tokio::test]
async fn whoever_is_no_client_of_ours_is_shown_out() {
    let secure = Secure::start(&[]);
    // Another name than the certificate's, another root, another protocol, no TLS at all.
    let error = secure.connect(&secure.root, "other.test", &["h2"]).await.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
    let other = renew(secure.folder.path());
    assert!(secure.connect(&other, NAME, &["h2"]).await.is_err());
    assert!(secure.connect(&secure.root, NAME, &["smtp"]).await.is_err());
    let mut plain = TcpStream::connect(secure.address).await.unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    plain.read_to_end(&mut answer).await.ok();
    assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
    // One that does not go on.
    let began = Instant::now();
    let mut silent = TcpStream::connect(secure.address).await.unwrap();
    silent.write_all(b"\x16\x03\x01").await.unwrap();
    let read = tokio::time::timeout(Duration::from_secs(40), silent.read_to_end(&mut answer)).await;
    assert!(read.is_ok() && began.elapsed() > Duration::from_secs(9), "{:?}", began.elapsed());
    let (client, _) = secure.multiplexed().await;
    assert_eq!(ask(&client, get("/healthz").body(()).unwrap()).await.unwrap().0, 200);
}

#[tokio::test]
async fn a_new_certificate_cuts_nobody_off() {
    let secure = Secure::start(&[]);
    let (open, _) = secure.multiplexed().await;
    assert_eq!(ask(&open, get("/healthz").body(()).unwrap()).await.unwrap().0, 200);

    let renewed = renew(secure.folder.path());
    secure.server.signal("HUP");
    secure.server.logs("the certificate was read again").await;
    assert!(secure.connect(&renewed, NAME, &["h2"]).await.is_ok());
    assert!(secure.connect(&secure.root, NAME, &["h2"]).await.is_err(), "the old one is gone");
    assert_eq!(ask(&open, get("/healthz").body(()).unwrap()).await.unwrap().0, 200, "as it was");

    // A key that belongs to another certificate: the server goes on with what it has.
    let other = KeyPair::generate().unwrap();
    std::fs::write(secure.folder.path().join("key.pem"), other.serialize_pem()).unwrap();
    secure.server.signal("HUP");
    secure.server.logs("goes on with the certificate").await;
    assert!(secure.connect(&renewed, NAME, &["h2"]).await.is_ok());
    assert_eq!(ask(&open, get("/healthz").body(()).unwrap()).await.unwrap().0, 200);
}

/// Requests that are taken back as soon as they are made count as work, and cost the client its connection.
#[tokio::test]
async fn a_flood_of_resets_ends_its_connection_and_nothing_else() {
    let secure = Secure::start(&[]);
    let (other, _) = secure.multiplexed().await;
    let (client, ending) = secure.multiplexed().await;
    let flood = async {
        for _ in 0..100_000 {
            let Ok(mut ready) = client.clone().ready().await else { return };
            let Ok((_, mut stream)) = ready.send_request(get("/").body(()).unwrap(), false) else { return };
            stream.send_reset(Reason::CANCEL);
        }
    };
    tokio::time::timeout(Duration::from_secs(60), flood).await.expect("the server ends it");
    let ended = tokio::time::timeout(Duration::from_secs(10), ending).await.expect("ended").unwrap();
    let error = ended.expect_err("not in peace");
    assert!(error.is_io() || error.reason() == Some(Reason::ENHANCE_YOUR_CALM), "{error:?}");
    assert_eq!(ask(&other, get("/healthz").body(()).unwrap()).await.unwrap().0, 200);
}

#[tokio::test]
async fn heads_are_bounded_over_http_2_too() {
    let secure = Secure::start(&[]);
    let (client, _) = secure.multiplexed().await;
    let header = |length: usize| get("/healthz").header("x-long", "a".repeat(length)).body(()).unwrap();
    assert_eq!(ask(&client, header(20_000)).await.unwrap().0, 200);
    let refused = ask(&client, header(40_000)).await;
    assert!(!matches!(refused, Ok((200, _))), "{refused:?}");
    let target = get(&format!("/{}", "a".repeat(8_300))).body(()).unwrap();
    let (again, _) = secure.multiplexed().await;
    assert_eq!(ask(&again, target).await.unwrap().0, 414);
}

/// The client's side goes on while the test waits for the process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_says_so() {
    let mut secure = Secure::start(&[]);
    let (client, ending) = secure.multiplexed().await;
    assert_eq!(ask(&client, get("/healthz").body(()).unwrap()).await.unwrap().0, 200);
    let began = Instant::now();
    assert_eq!(secure.server.stop(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(9), "it waits for nobody who rests");
    let ended = tokio::time::timeout(Duration::from_secs(5), ending).await.expect("ended").unwrap();
    // The client's own last words may come when nobody listens any more. A connection that just ends, ends while it is read.
    let late = |error: &h2::Error| {
        error.get_io().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    };
    assert!(ended.as_ref().is_ok() || ended.as_ref().is_err_and(late), "with a goodbye: {ended:?}");
}

#[tokio::test]
async fn what_cannot_be_used_is_named_before_anything_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    renew(folder.path());
    let (good, empty) = (options(folder.path()), folder.path().join("empty.pem"));
    std::fs::write(&empty, "").unwrap();
    let empty = empty.to_str().unwrap();
    for (options, part) in [
        (vec![good[0].as_str(), &good[1]], "--tls-cert: needs --tls-key"),
        (vec![&good[2], &good[3]], "--tls-key: needs --tls-cert"),
        (vec!["--tls-cert", empty, &good[2], &good[3]], "holds no certificate"),
        (vec![&good[0], &good[1], "--tls-key", empty], "holds no private key"),
        (vec![&good[0], "/nowhere.pem", &good[2], &good[3]], "cannot be read"),
    ] {
        let (code, _, error) = run(&[&["serve", "--sandbox"][..], &options].concat());
        assert_eq!(code, Some(2), "{error}");
        assert!(error.contains(part), "{options:?}: {error}");
    }
}
