//! TLS of the server's own, where no proxy in front ends it: certificate and key from files, read again on SIGHUP.
//!
//! TLS 1.2 and 1.3 with rustls' own choice of ciphers, HTTP/2 and HTTP/1.1 by ALPN. There is one certificate, which is shown
//! whatever name the client asks for: it compares the names itself, and the `Host` is checked besides.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use sealing::SecretString;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

/// Time for a whole handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
const H2: &[u8] = b"h2";
const HTTP_1_1: &[u8] = b"http/1.1";

/// Shakes hands with the certificate that is there.
#[derive(Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    config: RwLock<Arc<ServerConfig>>,
}

/// Why a certificate or key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file cannot be read.
    #[error("{path} cannot be read: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds no certificate in PEM form.
    #[error(
        "{0} holds no certificate: a PEM file is needed, the server's own first and then those between it and the root"
    )]
    NoCertificate(PathBuf),
    /// It holds no key in PEM form.
    #[error("{0} holds no private key: a PEM file without a passphrase is needed")]
    NoKey(PathBuf),
    /// They do not fit together.
    #[error("the certificate and the key cannot be used together: {0}")]
    Unusable(#[from] tokio_rustls::rustls::Error),
}

impl Tls {
    /// Reads a certificate with its chain, and its key.
    ///
    /// # Errors
    /// They cannot be used.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let config = RwLock::new(read(certificate, key)?);
        Ok(Self { certificate: certificate.to_owned(), key: key.to_owned(), config })
    }

    /// Reads both again. New connections get the new certificate, open ones stay as they are.
    ///
    /// # Errors
    /// They cannot be used; the ones from before go on.
    pub fn reload(&self) -> Result<(), TlsError> {
        let config = read(&self.certificate, &self.key)?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        tracing::info!(certificate = %self.certificate.display(), "the certificate was read again");
        Ok(())
    }

    /// Shakes hands. `true`: HTTP/2 was agreed upon.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<(TlsStream<TcpStream>, bool)> {
        let config = Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner));
        let handshake = TlsAcceptor::from(config).accept(stream);
        let stream = tokio::time::timeout(HANDSHAKE, handshake)
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the handshake took too long"))??;
        let multiplexed = stream.get_ref().1.alpn_protocol() == Some(H2);
        Ok((stream, multiplexed))
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let text = |path: &Path| {
        let text = fs::read_to_string(path);
        text.map(SecretString::new).map_err(|source| TlsError::Read { path: path.to_owned(), source })
    };
    let (chain, secret) = (text(certificate)?, text(key)?);
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain.expose().as_bytes()).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| TlsError::NoCertificate(certificate.to_owned()))?;
    let secret = PrivateKeyDer::from_pem_slice(secret.expose().as_bytes())
        .map_err(|_| TlsError::NoKey(key.to_owned()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, secret)?;
    config.alpn_protocols = vec![H2.to_vec(), HTTP_1_1.to_vec()];
    Ok(Arc::new(config))
}
