//! TLS to the store: with an authority of the operator's, and what happens when it is not the right one.

use std::path::Path;
use std::time::Duration;

use futures_util::StreamExt as _;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use state_store::redis::{ConnectError, RedisOptions, RedisStore};
use state_store::{Inserted, Key, Store as _};

use crate::redis_server::{RedisServer, free_port};

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate"),
        )
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// Writes a certificate and its key for a server of this name.
    fn vouch(&self, name: &str, folder: &Path) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.0).expect("signed");
        std::fs::write(folder.join("cert.pem"), certificate.pem()).expect("written");
        std::fs::write(folder.join("key.pem"), key.serialize_pem()).expect("written");
        std::fs::write(folder.join("ca.pem"), self.pem()).expect("written");
    }
}

/// A server that speaks TLS at the second port alone.
async fn start(folder: &Path) -> Option<(RedisServer, u16)> {
    let port = free_port();
    let file = |name: &str| folder.join(name).to_str().expect("text").to_owned();
    let (cert, key, ca) = (file("cert.pem"), file("key.pem"), file("ca.pem"));
    let tls = port.to_string();
    let options = ["--tls-port", &tls, "--tls-cert-file", &cert, "--tls-key-file", &key];
    let options = [&options[..], &["--tls-ca-cert-file", &ca, "--tls-auth-clients", "no"]].concat();
    Some((RedisServer::start_on(&options).await?, port))
}

fn options(host: &str, port: u16) -> RedisOptions {
    let patience = Duration::from_secs(20);
    RedisOptions::new(format!("rediss://{host}:{port}/"))
        .with_connect_timeout(patience)
        .with_response_timeout(patience)
}

#[tokio::test]
async fn the_operators_authority_vouches_for_the_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = Authority::new();
    authority.vouch("127.0.0.1", folder.path());
    let Some((server, port)) = start(folder.path()).await else { return };

    let trusting = options("127.0.0.1", port).with_authority(authority.pem());
    let store = RedisStore::connect_with(&trusting).await.expect("connects");
    let key = Key::new("tls", "a");
    let inserted = store.insert_if_absent(&key, b"sealed", Duration::from_secs(60)).await;
    assert_eq!(inserted.expect("insert"), Inserted::Stored);
    let mut heard = store.subscribe(&key).await.expect("subscribes over TLS, too");
    store.publish(&key, b"word").await.expect("publish");
    assert_eq!(heard.next().await.as_deref(), Some(&b"word"[..]));
    store.check().await.expect("fit");

    // Another authority, the system's, another name: none of them is taken.
    let other = options("127.0.0.1", port).with_authority(Authority::new().pem());
    let misnamed = options("localhost", port).with_authority(authority.pem());
    for refused in [other, options("127.0.0.1", port), misnamed] {
        let error = RedisStore::connect_with(&refused).await.expect_err("not trusted");
        assert!(matches!(error, ConnectError::Certificate(_)), "{error:?}");
    }
    // Not TLS where TLS is asked for, and the other way round.
    let plain = options("127.0.0.1", server.port()).with_authority(authority.pem());
    let error = RedisStore::connect_with(&plain).await.expect_err("it does not speak TLS");
    assert!(matches!(error, ConnectError::Unreachable(_)), "{error:?}");
    let error = RedisStore::connect(&format!("redis://127.0.0.1:{port}/")).await.expect_err("it speaks TLS");
    assert!(matches!(error, ConnectError::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn certificates_that_are_none_are_said_before_anybody_is_asked() {
    let pem = Authority::new().pem();
    for (url, authority, expected) in [
        ("redis://127.0.0.1:1/", pem.as_str(), "does not ask for TLS"),
        ("rediss://127.0.0.1:1/", "nothing", "there is none"),
        ("rediss://127.0.0.1:1/", "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----", "not PEM"),
        (
            "rediss://127.0.0.1:1/",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
            "no certificate",
        ),
    ] {
        let options = RedisOptions::new(url).with_authority(authority);
        let error = RedisStore::connect_with(&options).await.expect_err("refused");
        assert!(matches!(error, ConnectError::Authority(_)), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}
