//! Who is let in: the limits of requests and of load in one place, with who counts the refusals.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::edge::limits::{LimitSettings, RequestLimits};
use crate::edge::overload::{Overload, OverloadSettings, Permit};
use crate::edge::refused::{Class, Refusal, Refusals};

/// Bounds of what is let in.
#[derive(Clone, Debug, Default)]
pub struct AdmissionSettings {
    /// How often clients may ask.
    pub limits: LimitSettings,
    /// How much may be under way.
    pub overload: OverloadSettings,
}

/// Lets requests in, or turns them away.
#[derive(Debug)]
pub struct Admission {
    limits: RequestLimits,
    overload: Arc<Overload>,
    refusals: Refusals,
}

impl Admission {
    /// Lets in what these bounds allow, and tells `refusals` of the rest.
    #[must_use]
    pub fn new(settings: AdmissionSettings, refusals: Refusals) -> Self {
        let limits = RequestLimits::new(settings.limits);
        Self { limits, overload: Overload::new(settings.overload), refusals }
    }

    /// A request has arrived, from this address where it is known. Its place is held until it is answered.
    ///
    /// # Errors
    /// One too many.
    pub fn arrived(&self, class: Class, address: Option<IpAddr>, now: Instant) -> Result<Permit, Refusal> {
        let allowed = self.limits.arrived(address, now);
        self.counted(allowed.and_then(|()| self.overload.enter(class)))
    }

    /// It has a credential that works, of this key and, where it is one's, of this connection.
    ///
    /// # Errors
    /// One too many of its connection, its key or its workspace, or more than its key's share while there is too much to do.
    pub fn signed_in(
        &self,
        address: Option<IpAddr>,
        grant: Option<&[u8; 16]>,
        key: &[u8; 16],
        now: Instant,
    ) -> Result<(), Refusal> {
        let allowed = self.limits.signed_in(address, grant, key, now);
        self.counted(allowed.and_then(|()| self.overload.of_key(key, now)))
    }

    /// It calls a tool of this class. Its place is held until the call is over.
    ///
    /// # Errors
    /// There is too much under way.
    pub fn call(&self, class: Class) -> Result<Permit, Refusal> {
        self.counted(self.overload.call(class))
    }

    /// Whether many people share this address.
    #[must_use]
    pub fn is_shared(&self, address: IpAddr) -> bool {
        self.limits.is_shared(address)
    }

    /// Who counts refusals.
    #[must_use]
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// Looks after the machine's load, until `stop` is cancelled.
    pub async fn watch(&self, stop: CancellationToken) {
        Arc::clone(&self.overload).watch(stop).await;
    }

    fn counted<T>(&self, outcome: Result<T, Refusal>) -> Result<T, Refusal> {
        outcome.inspect_err(|refusal| self.refusals.count(refusal.refused))
    }
}
