//! The shapes of `--store` as an operator meets them: TLS with an authority of their own, a server that evicts, URLs that are
//! not meant. What each shape promises is tested in `state-store`.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::support::login::{ALPHA, client};
use crate::support::redis::RedisServer;
use crate::support::server::run;
use crate::support::{Login, TestServer};

/// Writes an authority, and a certificate of this machine that it vouches for.
fn certificates(folder: &Path) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    std::fs::write(folder.join("cert.pem"), params.signed_by(&key, &authority).unwrap().pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
}

/// Tries to serve, and returns what it said on its way out.
fn refused(options: &[&str]) -> (Option<i32>, String) {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let serve = ["serve", "--sandbox", "--listen", "127.0.0.1:0", "--data-dir", folder];
    let (code, _, error) = run(&[&serve[..], options].concat());
    (code, error.lines().last().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn over_tls_with_an_authority_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path());
    let Some((_server, port)) = RedisServer::start_tls(folder.path()).await else { return };
    let store = format!("rediss://127.0.0.1:{port}/");
    let authority = folder.path().join("ca.pem");
    let options =
        ["--store", &store, "--store-ca", authority.to_str().unwrap(), "--admin-listen", "127.0.0.1:0"];
    let server = TestServer::start_with(&options);
    Login::with_key(&server, ALPHA).await.refresh(&server).await;
    let ready = client().get(format!("{}/readyz", server.admin())).send().await.unwrap();
    assert_eq!(ready.status(), 200);

    let (code, error) = refused(&["--store", &store]);
    assert_eq!(code, Some(6), "{error}");
    assert!(error.contains("the certificate of the Redis server is not accepted"), "{error}");
}

#[tokio::test]
async fn a_server_that_evicts_is_refused_and_makes_an_instance_unready() {
    let Some(redis) = RedisServer::start().await else { return };
    let url = redis.url();
    let server = TestServer::start_with(&["--store", &url, "--admin-listen", "127.0.0.1:0"]);
    let ready = format!("{}/readyz", server.admin());
    let status = async || client().get(&ready).send().await.unwrap().status();
    assert_eq!(status().await, 200);
    redis.configure("maxmemory-policy", "allkeys-lru");
    // An answer may be a second old.
    while status().await != 503 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    server.logs("set its maxmemory-policy to noeviction").await;

    let (code, error) = refused(&["--store", &url]);
    assert_eq!(code, Some(6), "{error}");
    assert!(error.contains("(maxmemory-policy allkeys-lru)"), "{error}");
}

#[test]
fn what_cannot_work_is_said_before_anybody_is_asked() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    for (options, expected) in [
        (&["--store-ca", path][..], "--store-ca: needs --store"),
        (&["--store", "rediss://h", "--store-ca", "/nowhere.pem"], "--store-ca: cannot read /nowhere.pem"),
        (&["--store", "rediss://h", "--store-ca", path], "--store-ca: the certificates"),
        (&["--store", "redis://h", "--store-ca", path], "the URL does not ask for TLS"),
        (&["--store", "redis+sentinel://:canary-password@h"], "the primary's name is missing"),
        (&["--store", "redis+cluster://:canary-password@h/2"], "a cluster has no databases"),
        (&["--store", "rediss://:canary-password@h#insecure"], "the certificate is always checked"),
    ] {
        let (code, error) = refused(options);
        assert_eq!(code, Some(2), "{error}");
        assert!(error.contains(expected), "{options:?}: {error}");
        assert!(!error.contains("canary-password"), "{error}");
    }
}
