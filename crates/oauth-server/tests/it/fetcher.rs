//! The fetcher against real hosts on loopback, with TLS, and against resolvers that lie.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use oauth_server::{DocumentFetcher, DocumentSource as _, FetchError, FetcherOptions, Resolver};
use rcgen::{CertificateParams, Issuer, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use url::Url;

const HOST: &str = "client.example.com";
const LIMIT: usize = 5 * 1024;
const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What a host does when somebody has asked it.
#[derive(Clone, Debug)]
enum Answer {
    /// Sends this and closes.
    Raw(Vec<u8>),
    /// Sends this, and goes on with a byte now and then, for ever.
    Drip(Vec<u8>),
    /// Sends this, and goes on as fast as it can, for ever.
    Flood(Vec<u8>),
    /// Never answers.
    Silence,
}

/// A host with a certificate for [`HOST`].
struct Host {
    address: SocketAddr,
    root: Vec<u8>,
    /// What was asked of it, whole heads.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Host {
    async fn start(answer: Answer) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let root = authority.self_signed(&authority_key).unwrap();
        let issuer = Issuer::from_params(&authority, &authority_key);
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec![HOST.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((LOCAL, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heads = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (acceptor, answer, heads) = (acceptor.clone(), answer.clone(), Arc::clone(&heads));
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(socket).await else { return };
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        let mut byte = [0];
                        if stream.read_exact(&mut byte).await.is_err() {
                            return;
                        }
                        head.push(byte[0]);
                    }
                    heads.lock().unwrap().push(String::from_utf8(head).unwrap());
                    match answer {
                        Answer::Raw(bytes) => {
                            let _ = stream.write_all(&bytes).await;
                            let _ = stream.shutdown().await;
                        }
                        Answer::Drip(bytes) => {
                            let _ = stream.write_all(&bytes).await;
                            while stream.write_all(b" ").await.is_ok() && stream.flush().await.is_ok() {
                                tokio::time::sleep(Duration::from_millis(200)).await;
                            }
                        }
                        Answer::Flood(bytes) => {
                            let _ = stream.write_all(&bytes).await;
                            while stream.write_all(&[b' '; 4096]).await.is_ok() {}
                        }
                        Answer::Silence => std::future::pending().await,
                    }
                });
            }
        });
        Self { address, root: root.pem().into_bytes(), asked }
    }

    async fn answering(head: &str, body: &str) -> Self {
        Self::start(Answer::Raw(format!("{head}\r\nconnection: close\r\n\r\n{body}").into_bytes())).await
    }

    fn url(&self) -> Url {
        Url::parse(&format!("https://{HOST}:{}/oauth/client.json?a=b", self.address.port())).unwrap()
    }

    /// A fetcher that trusts this host's authority and may dial loopback.
    fn fetcher(&self) -> DocumentFetcher {
        self.fetcher_with(Answers::always(vec![LOCAL]), true)
    }

    fn fetcher_with(&self, resolver: Arc<Answers>, allow_private: bool) -> DocumentFetcher {
        let mut options = FetcherOptions::new("test/1");
        options.resolver = resolver;
        options.port = self.address.port();
        options.allow_private_addresses = allow_private;
        options.extra_roots = vec![self.root.clone()];
        DocumentFetcher::new(options).unwrap()
    }

    fn times_asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

/// A resolver that answers as told, one answer after the other; the last one stays.
#[derive(Debug)]
struct Answers {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Answers {
    fn always(answer: Vec<IpAddr>) -> Arc<Self> {
        Self::these(vec![answer])
    }

    fn these(answers: Vec<Vec<IpAddr>>) -> Arc<Self> {
        Arc::new(Self { answers, asked: AtomicUsize::new(0) })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait::async_trait]
impl Resolver for Answers {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst).min(self.answers.len() - 1);
        match self.answers[turn].clone() {
            nobody if nobody.is_empty() => Err(io::ErrorKind::NotFound.into()),
            answer => Ok(answer),
        }
    }
}

#[tokio::test]
async fn i3_i9_a_document_is_fetched_with_nothing_about_us_in_the_request() {
    let host =
        Host::answering("HTTP/1.1 200 OK\r\ncache-control: max-age=77\r\ncontent-length: 2", "{}").await;
    let document = host.fetcher().fetch(&host.url(), LIMIT).await.unwrap();
    assert_eq!(&document.body[..], b"{}");
    assert_eq!(document.fresh_for, Some(Duration::from_secs(77)));
    let asked = host.asked.lock().unwrap();
    let mut lines: Vec<&str> = asked[0].lines().filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    let port = host.address.port();
    assert_eq!(
        lines,
        [
            "GET /oauth/client.json?a=b HTTP/1.1".to_owned(),
            "accept-encoding: identity".to_owned(),
            "accept: application/json".to_owned(),
            format!("host: {HOST}:{port}"),
            "user-agent: test/1".to_owned(),
        ]
    );
}

#[tokio::test]
async fn i3_only_a_200_counts_and_redirects_are_not_followed() {
    for (head, expected) in [
        ("HTTP/1.1 301 Moved\r\nlocation: https://client.example.com/other", FetchError::Redirected),
        ("HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/", FetchError::Redirected),
        ("HTTP/1.1 307 Again\r\nlocation: /other", FetchError::Redirected),
        ("HTTP/1.1 308 Again\r\nlocation: https://other.example/", FetchError::Redirected),
        ("HTTP/1.1 204 No Content", FetchError::Status(http::StatusCode::NO_CONTENT)),
        ("HTTP/1.1 206 Partial Content", FetchError::Status(http::StatusCode::PARTIAL_CONTENT)),
        ("HTTP/1.1 403 Forbidden", FetchError::Status(http::StatusCode::FORBIDDEN)),
        ("HTTP/1.1 500 Oops", FetchError::Status(http::StatusCode::INTERNAL_SERVER_ERROR)),
    ] {
        let host = Host::answering(head, "{}").await;
        assert_eq!(host.fetcher().fetch(&host.url(), LIMIT).await, Err(expected), "{head}");
        assert_eq!(host.times_asked(), 1, "{head}");
    }
}

#[tokio::test]
async fn i10_bodies_are_bounded_in_bytes_and_in_time() {
    let long = "x".repeat(LIMIT + 1);
    let announced =
        Host::answering(&format!("HTTP/1.1 200 OK\r\ncontent-length: {}", long.len()), &long).await;
    assert_eq!(announced.fetcher().fetch(&announced.url(), LIMIT).await, Err(FetchError::TooLong));
    let unannounced = Host::answering("HTTP/1.1 200 OK", &long).await;
    assert_eq!(unannounced.fetcher().fetch(&unannounced.url(), LIMIT).await, Err(FetchError::TooLong));
    let endless = Host::start(Answer::Flood(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())).await;
    assert_eq!(endless.fetcher().fetch(&endless.url(), LIMIT).await, Err(FetchError::TooLong));
    // We ask for none, and take none: it could be a bomb.
    let packed =
        Host::answering("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2", "{}").await;
    assert_eq!(packed.fetcher().fetch(&packed.url(), LIMIT).await, Err(FetchError::TooLong));
    let exact = "x".repeat(LIMIT);
    let whole = Host::answering("HTTP/1.1 200 OK", &exact).await;
    assert_eq!(whole.fetcher().fetch(&whole.url(), LIMIT).await.unwrap().body.len(), LIMIT);

    for answer in [Answer::Silence, Answer::Drip(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())] {
        let slow = Host::start(answer.clone()).await;
        let begun = Instant::now();
        assert_eq!(slow.fetcher().fetch(&slow.url(), LIMIT).await, Err(FetchError::TimedOut), "{answer:?}");
        // Far from what a client waits; the bound itself is three seconds.
        assert!(begun.elapsed() < Duration::from_secs(9), "{answer:?}");
    }
    let broken = Host::answering("HTTP/1.1 200 OK\r\ncontent-length: 10", "{}").await;
    assert_eq!(broken.fetcher().fetch(&broken.url(), LIMIT).await, Err(FetchError::Unreachable));
    let nonsense = Host::answering("SSH-2.0-x", "").await;
    assert_eq!(nonsense.fetcher().fetch(&nonsense.url(), LIMIT).await, Err(FetchError::Unreachable));
}

#[tokio::test]
async fn i9_nothing_but_the_public_internet_is_dialled() {
    let host = Host::answering("HTTP/1.1 200 OK", "{}").await;
    let public: IpAddr = "203.0.114.1".parse().unwrap();
    for (answer, what) in [
        (vec![LOCAL], "loopback"),
        (vec!["169.254.169.254".parse().unwrap()], "the metadata service of a cloud"),
        (vec!["::1".parse().unwrap()], "loopback of IPv6"),
        (vec!["::ffff:127.0.0.1".parse().unwrap()], "a mapped address"),
        (vec![public, LOCAL], "a mixed answer"),
        (vec![LOCAL, public], "a mixed answer, the other way round"),
    ] {
        let resolver = Answers::always(answer);
        let fetcher = host.fetcher_with(resolver.clone(), false);
        assert_eq!(fetcher.fetch(&host.url(), LIMIT).await, Err(FetchError::Refused), "{what}");
        assert_eq!(resolver.asked(), 1, "{what}");
    }
    assert_eq!(host.times_asked(), 0);
}

/// A name that is public when it is looked at and private when it is dialled: there is one look.
#[tokio::test]
async fn i9_a_name_is_resolved_once_for_a_fetch() {
    let host = Host::answering("HTTP/1.1 200 OK", "{}").await;
    let elsewhere: IpAddr = "127.0.0.99".parse().unwrap();
    let resolver = Answers::these(vec![vec![LOCAL], vec![elsewhere]]);
    let fetcher = host.fetcher_with(resolver.clone(), true);
    assert!(fetcher.fetch(&host.url(), LIMIT).await.is_ok());
    assert_eq!(resolver.asked(), 1);
    // And every fetch looks anew: no connection stays from the one before.
    assert_eq!(fetcher.fetch(&host.url(), LIMIT).await, Err(FetchError::Unreachable));
    assert_eq!((resolver.asked(), host.times_asked()), (2, 1));
    let nobody = host.fetcher_with(Answers::always(Vec::new()), true);
    assert_eq!(nobody.fetch(&host.url(), LIMIT).await, Err(FetchError::Unreachable));
}

#[tokio::test]
async fn i2_i9_other_urls_are_refused_unasked() {
    let host = Host::answering("HTTP/1.1 200 OK", "{}").await;
    let resolver = Answers::always(vec![LOCAL]);
    let fetcher = host.fetcher_with(resolver.clone(), true);
    let port = host.address.port();
    for url in [
        format!("http://{HOST}:{port}/x"),
        format!("https://127.0.0.1:{port}/x"),
        format!("https://[::1]:{port}/x"),
        format!("https://{HOST}/x"),
        format!("https://{HOST}:{}/x", port.wrapping_add(1).max(1)),
        format!("ftp://{HOST}:{port}/x"),
    ] {
        let fetched = fetcher.fetch(&Url::parse(&url).unwrap(), LIMIT).await;
        assert_eq!(fetched, Err(FetchError::Refused), "{url}");
    }
    assert_eq!((resolver.asked(), host.times_asked()), (0, 0));
}

#[tokio::test]
async fn i9_the_certificate_must_be_the_hosts() {
    let host = Host::answering("HTTP/1.1 200 OK", "{}").await;
    let other = Url::parse(&format!("https://other.example.com:{}/x", host.address.port())).unwrap();
    assert_eq!(host.fetcher().fetch(&other, LIMIT).await, Err(FetchError::Unreachable));
    let mut options = FetcherOptions::new("test/1");
    options.resolver = Answers::always(vec![LOCAL]);
    options.port = host.address.port();
    options.allow_private_addresses = true;
    let strict = DocumentFetcher::new(options).unwrap();
    assert_eq!(strict.fetch(&host.url(), LIMIT).await, Err(FetchError::Unreachable));
    assert_eq!(host.times_asked(), 0);
}
