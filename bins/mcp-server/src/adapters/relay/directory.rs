//! Which instance holds which stream, and which instances are there: small values in the store that expire.
//!
//! A stream is named by a keyed hash of its id, because the id is half of a credential. A value is an instance and the
//! number of its registration, so that what belongs to an older one of the same instance is told apart.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mcp_protocol::transport::relay::StreamId;
use sealing::FingerprintKey;
use serde::{Deserialize, Serialize};
use state_store::{Exchange, Key, Store, StoreError};

use super::RelayTimes;

/// What takes the place of a value that is taken away only if it is still the same.
const NOTHING: &[u8] = b"";
/// And how long that stays.
const AT_ONCE: Duration = Duration::from_millis(1);
const LEASE: &[u8] = b"1";

/// One process, from its start to its end. It may be logged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct InstanceId([u8; 16]);

impl InstanceId {
    pub(super) const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// 32 lower-case hexadecimal digits.
impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InstanceId({self})")
    }
}

/// Where messages to an instance are published.
pub(super) fn channel(instance: InstanceId) -> Key {
    Key::new("mcp-relay", instance.to_string())
}

/// Who holds a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) instance: InstanceId,
    /// Which of its registrations it is.
    pub(super) number: u64,
}

impl Holder {
    fn to_bytes(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..16].copy_from_slice(&self.instance.0);
        bytes[16..].copy_from_slice(&self.number.to_be_bytes());
        bytes
    }

    /// `None` for the trace of one that was taken away.
    fn read(bytes: &Bytes) -> Option<Self> {
        let (instance, number) = bytes.split_first_chunk::<16>()?;
        let number = number.try_into().ok().map(u64::from_be_bytes)?;
        Some(Self { instance: InstanceId(*instance), number })
    }
}

pub(super) struct Directory {
    store: Arc<dyn Store>,
    fingerprints: FingerprintKey,
    me: InstanceId,
    times: RelayTimes,
}

impl Directory {
    pub(super) fn new(
        store: Arc<dyn Store>,
        fingerprints: FingerprintKey,
        me: InstanceId,
        times: RelayTimes,
    ) -> Self {
        Self { store, fingerprints, me, times }
    }

    fn key(&self, stream: &StreamId) -> Key {
        let name = self.fingerprints.fingerprint("mcp-stream", stream.as_str().as_bytes());
        Key::new("mcp-stream", name.to_string())
    }

    /// Makes this instance the holder, whoever was it before, which is returned.
    pub(super) async fn take_over(
        &self,
        stream: &StreamId,
        number: u64,
    ) -> Result<Option<Holder>, StoreError> {
        let (key, mine) = (self.key(stream), Holder { instance: self.me, number }.to_bytes());
        let mut found = None;
        // Each turn is lost to somebody who takes the stream over in the same moment.
        loop {
            let expected = found.as_deref();
            match self.store.compare_exchange(&key, expected, &mine, self.times.announcement).await? {
                Exchange::Swapped => return Ok(found.as_ref().and_then(Holder::read)),
                Exchange::Differs(other) => found = other,
            }
        }
    }

    /// Says again that this instance is the holder; false when another one is.
    pub(super) async fn renew(&self, stream: &StreamId, number: u64) -> Result<bool, StoreError> {
        let (key, mine) = (self.key(stream), Holder { instance: self.me, number });
        let bytes = mine.to_bytes();
        let mut expected = Some(Bytes::copy_from_slice(&bytes));
        loop {
            let renewed =
                self.store.compare_exchange(&key, expected.as_deref(), &bytes, self.times.announcement);
            match renewed.await? {
                Exchange::Swapped => return Ok(true),
                Exchange::Differs(other) => match other.as_ref().and_then(Holder::read) {
                    Some(holder) => return Ok(holder == mine),
                    // The store lost it, or somebody took this instance for dead.
                    None => expected = other,
                },
            }
        }
    }

    /// The holder holds it no longer. Does nothing when another one does.
    pub(super) async fn withdraw(&self, stream: &StreamId, holder: Holder) -> Result<(), StoreError> {
        let (key, holder) = (self.key(stream), holder.to_bytes());
        self.store.compare_exchange(&key, Some(&holder), NOTHING, AT_ONCE).await.map(drop)
    }

    pub(super) async fn find(&self, stream: &StreamId) -> Result<Option<Holder>, StoreError> {
        Ok(self.store.get(&self.key(stream)).await?.as_ref().and_then(Holder::read))
    }

    /// Says that this instance is there.
    pub(super) async fn renew_lease(&self) -> Result<(), StoreError> {
        let key = lease(self.me);
        let renewed = self.store.compare_exchange(&key, Some(LEASE), LEASE, self.times.lease).await?;
        if renewed != Exchange::Swapped {
            self.store.compare_exchange(&key, None, LEASE, self.times.lease).await?;
        }
        Ok(())
    }

    pub(super) async fn end_lease(&self) -> Result<(), StoreError> {
        self.store.remove(&lease(self.me)).await.map(drop)
    }

    pub(super) async fn is_alive(&self, instance: InstanceId) -> Result<bool, StoreError> {
        Ok(self.store.get(&lease(instance)).await?.is_some())
    }
}

fn lease(instance: InstanceId) -> Key {
    Key::new("mcp-instance", instance.to_string())
}
