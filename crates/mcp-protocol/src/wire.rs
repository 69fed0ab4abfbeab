//! Writing a value for one revision: `At(&value, version)` is what goes onto the wire.
//!
//! Types that look the same in every revision derive `Serialize`; those that do not implement [`Wire`] and are
//! only ever serialised through [`At`], so that nothing is written without knowing for whom.

use std::time::Duration;

use serde::ser::{SerializeMap, SerializeSeq as _};
use serde::{Serialize, Serializer};

use crate::payload::SharedJson;
use crate::version::ProtocolVersion;

/// A value whose JSON form depends on the revision.
pub(crate) trait Wire {
    /// Writes the value as `version` knows it.
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error>;
}

/// A value together with the revision to write it for.
pub(crate) struct At<'a, T: ?Sized>(pub(crate) &'a T, pub(crate) ProtocolVersion);

impl<T: Wire + ?Sized> Serialize for At<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(self.1, serializer)
    }
}

impl<T: Wire> Wire for [T] {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.len()))?;
        for item in self {
            seq.serialize_element(&At(item, version))?;
        }
        seq.end()
    }
}

/// A result body: writes its own members into the `result` object; the envelope adds what every result has.
pub(crate) trait ResultBody {
    /// `resultType` on 2026-07-28.
    const RESULT_TYPE: &'static str = "complete";

    /// Writes the members.
    fn write_members<M: SerializeMap>(&self, version: ProtocolVersion, map: &mut M) -> Result<(), M::Error>;

    /// About how many bytes the members take, so that the answer is written without growing its buffer; of what is
    /// small and not known, nothing.
    fn size(&self, version: ProtocolVersion) -> usize {
        let _ = version;
        0
    }

    /// A part of the members that many answers share, and that is not copied for each.
    fn shared(&self, version: ProtocolVersion) -> Option<&SharedJson> {
        let _ = version;
        None
    }

    /// The embedder's `_meta`, merged with the envelope's.
    fn meta(&self) -> Option<&Meta> {
        None
    }

    /// The cache hint of a result that is cacheable on 2026-07-28 (`v26.cache.fields`).
    fn cache(&self) -> Option<CacheHint> {
        None
    }
}

/// The content of a `_meta` member.
pub type Meta = serde_json::Map<String, serde_json::Value>;

/// Writes `key` only when there is a value.
pub(crate) fn entry<M: SerializeMap, T: Serialize>(
    map: &mut M,
    key: &'static str,
    value: Option<T>,
) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(key, &value),
        None => Ok(()),
    }
}

/// A number that is written as an integer where it is whole: `50`, not `50.0`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number(pub(crate) f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if self.0.fract() == 0.0 && self.0.abs() < EXACT {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
            return serializer.serialize_i64(self.0 as i64);
        }
        serializer.serialize_f64(self.0)
    }
}

/// Who may share a cached result (2026-07-28, server/utilities/caching).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CacheScope {
    /// The same for everybody; may be shared across tokens.
    Public,
    /// For this caller only. The default.
    #[default]
    Private,
}

/// How long and by whom a result may be cached. The default is "not at all": zero, private.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheHint {
    /// How long the result stays fresh, written in milliseconds.
    pub ttl: Duration,
    /// Who may share it.
    pub scope: CacheScope,
}

impl CacheHint {
    /// Cacheable by this caller for `ttl`.
    #[must_use]
    pub const fn private(ttl: Duration) -> Self {
        Self { ttl, scope: CacheScope::Private }
    }

    /// Cacheable by everybody for `ttl`. Never for a list that depends on the caller's authorization.
    #[must_use]
    pub const fn public(ttl: Duration) -> Self {
        Self { ttl, scope: CacheScope::Public }
    }

    /// The time to live in whole milliseconds.
    #[must_use]
    pub(crate) fn ttl_ms(self) -> u64 {
        u64::try_from(self.ttl.as_millis()).unwrap_or(u64::MAX)
    }
}
