//! Opening the store: the URL and the certificates are read, each server is asked whether it is there and keeps what it is
//! given.

use std::sync::Arc;

use ::redis::{ErrorKind, RedisResult, TlsCertificates};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::address::Address;
use super::fitness;
use super::link::{Dialer, Link, Order};
use super::options::{ConnectError, RedisOptions};
use super::route::Route;
use super::scripts::Scripts;
use super::subscriptions::Subscriptions;
use super::{Inner, RedisStore, Wait, ping};

impl RedisStore {
    /// Connects, and fails if the server does not answer, or would not keep what it is given.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn connect_with(options: &RedisOptions) -> Result<Self, ConnectError> {
        let address = Address::parse(&options.url)?;
        let certificates = certificates(options, address.has_tls())?;
        let replicated = match options.replicas {
            0 => None,
            replicas => {
                // The answer to a write is late by as much as the replicas are.
                let at_most = options.response_timeout;
                let patient = options.clone().with_response_timeout(at_most.saturating_mul(2));
                let wait = Wait { replicas, at_most };
                Some(Self::over(&patient, address.clone(), certificates.clone(), Some(wait), None).await?)
            }
        };
        Self::over(options, address, certificates, None, replicated).await
    }

    async fn over(
        options: &RedisOptions,
        address: Address,
        certificates: Option<TlsCertificates>,
        wait: Option<Wait>,
        replicated: Option<Self>,
    ) -> Result<Self, ConnectError> {
        let dialer = Arc::new(Dialer {
            certificates,
            connect_timeout: options.connect_timeout,
            response_timeout: options.response_timeout,
        });
        let name = address.primary_name();
        let route = Arc::new(Route::new(address, &dialer));
        let subscriptions = Subscriptions::new(Arc::clone(&route), dialer);
        let (prefix, scripts) = (options.prefix.clone(), Scripts::new());
        let store = Self(Arc::new(Inner { prefix, route, scripts, subscriptions, wait, replicated }));
        match (store.find_fault().await, name) {
            (Ok(None), _) => Ok(store),
            (Ok(Some(fault)), _) => Err(ConnectError::Unfit(fault)),
            (Err(error), Some(name)) if error.kind() == ErrorKind::MasterNameNotFoundBySentinel => {
                Err(ConnectError::NoPrimary(name))
            }
            (Err(error), _) => Err(ConnectError::of(error)),
        }
    }

    /// Asks every server whether it is there, and what is wrong with it.
    async fn find_fault(&self) -> RedisResult<Option<String>> {
        for link in self.0.route.every_primary().await? {
            link.send(Order::of(&ping())).await?;
            let Some(policy) = policy(&link).await? else {
                tracing::warn!("the Redis server does not tell its maxmemory-policy: it must be noeviction");
                continue;
            };
            if let Some(fault) = fitness::fault(&policy) {
                return Ok(Some(fault));
            }
        }
        Ok(None)
    }
}

/// How the server makes room when its memory is full; `None` where it does not tell.
pub(super) async fn policy(link: &Link) -> RedisResult<Option<String>> {
    for question in fitness::questions() {
        let answer = link.send(Order::of(&question)).await.map(|answer| answer.value);
        if let Some(policy) = fitness::policy(answer)? {
            return Ok(Some(policy));
        }
    }
    Ok(None)
}

/// The certificates that the server's is checked with. Without a provider of cryptography that the program chose, it is
/// the one that this crate is built with.
fn certificates(options: &RedisOptions, has_tls: bool) -> Result<Option<TlsCertificates>, ConnectError> {
    if !has_tls {
        let unused =
            ConnectError::Authority("the URL does not ask for TLS: it begins with rediss where it does");
        return options.authority.is_none().then_some(None).ok_or(unused);
    }
    // An error says that there is one already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let Some(pem) = &options.authority else { return Ok(None) };
    let (mut store, mut count) = (RootCertStore::empty(), 0);
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| ConnectError::Authority("this is not PEM"))?;
        store.add(certificate).map_err(|_| ConnectError::Authority("one of them is no certificate"))?;
        count += 1;
    }
    if count == 0 {
        return Err(ConnectError::Authority("there is none in the file"));
    }
    Ok(Some(TlsCertificates { client_tls: None, root_cert: Some(pem.clone()) }))
}
