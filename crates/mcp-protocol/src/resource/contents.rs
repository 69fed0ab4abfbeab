//! What a resource holds, and the answer of `resources/read`.

use std::borrow::Cow;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::content::non_empty_meta;
use crate::version::ProtocolVersion;
use crate::wire::{At, CacheHint, Meta, ResultBody, Wire, entry};

/// The contents of a resource: text, or bytes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ResourceContents {
    /// Text.
    Text {
        /// The resource's URI.
        uri: Cow<'static, str>,
        /// Media type.
        mime_type: Option<Cow<'static, str>>,
        /// The text.
        text: Cow<'static, str>,
        /// `_meta` (2025-06-18).
        meta: Option<Meta>,
    },
    /// Bytes.
    Blob {
        /// The resource's URI.
        uri: Cow<'static, str>,
        /// Media type.
        mime_type: Option<Cow<'static, str>>,
        /// The bytes, base64 (RFC 4648 section 4).
        blob: String,
        /// `_meta` (2025-06-18).
        meta: Option<Meta>,
    },
}

impl ResourceContents {
    /// Text of a media type.
    pub fn text(
        uri: impl Into<Cow<'static, str>>,
        mime_type: impl Into<Cow<'static, str>>,
        text: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Text { uri: uri.into(), mime_type: Some(mime_type.into()), text: text.into(), meta: None }
    }

    /// Bytes of a media type, as base64.
    pub fn blob(
        uri: impl Into<Cow<'static, str>>,
        mime_type: impl Into<Cow<'static, str>>,
        base64: impl Into<String>,
    ) -> Self {
        Self::Blob { uri: uri.into(), mime_type: Some(mime_type.into()), blob: base64.into(), meta: None }
    }

    /// Sets `_meta`.
    #[must_use]
    pub fn with_meta(mut self, new: Meta) -> Self {
        let (Self::Text { meta, .. } | Self::Blob { meta, .. }) = &mut self;
        *meta = Some(new);
        self
    }
}

impl Wire for ResourceContents {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let (uri, mime_type, member, value, meta) = match self {
            Self::Text { uri, mime_type, text, meta } => (uri, mime_type, "text", text.as_ref(), meta),
            Self::Blob { uri, mime_type, blob, meta } => (uri, mime_type, "blob", blob.as_str(), meta),
        };
        map.serialize_entry("uri", uri)?;
        entry(&mut map, "mimeType", mime_type.as_ref())?;
        map.serialize_entry(member, value)?;
        let described = version.has_structured_content();
        entry(&mut map, "_meta", non_empty_meta(meta.as_ref()).filter(|_| described))?;
        map.end()
    }
}

/// What reading a resource gives. Never empty: a resource that does not exist is an error.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReadResourceResult {
    /// The contents; several when the URI names a collection.
    pub contents: Vec<ResourceContents>,
    /// How long the client may keep it (2026-07-28).
    pub cache: CacheHint,
    /// `_meta`.
    pub meta: Option<Meta>,
}

impl ReadResourceResult {
    /// These contents.
    #[must_use]
    pub fn new(contents: Vec<ResourceContents>) -> Self {
        Self { contents, cache: CacheHint::default(), meta: None }
    }

    /// Sets the cache hint.
    #[must_use]
    pub fn with_cache(mut self, cache: CacheHint) -> Self {
        self.cache = cache;
        self
    }
}

impl ResultBody for ReadResourceResult {
    fn write_members<M: SerializeMap>(&self, version: ProtocolVersion, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("contents", &At(self.contents.as_slice(), version))
    }

    fn meta(&self) -> Option<&Meta> {
        self.meta.as_ref()
    }

    fn cache(&self) -> Option<CacheHint> {
        Some(self.cache)
    }
}

impl Serialize for ResourceContents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.write(ProtocolVersion::LATEST, serializer)
    }
}
