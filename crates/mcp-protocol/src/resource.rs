//! Resources, their templates and contents.
//!
//! Spec: <https://modelcontextprotocol.io/specification/2026-07-28/server/resources>.

use std::borrow::Cow;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::content::{Annotations, Icon, non_empty, non_empty_meta};
use crate::version::ProtocolVersion;
use crate::wire::{At, CacheHint, Meta, ResultBody, Wire, entry};

/// Something that a client may read by its URI.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Resource {
    /// Its URI; of a scheme of your own unless the client can fetch it itself (`res.uri`).
    pub uri: Cow<'static, str>,
    /// Its name in code.
    pub name: Cow<'static, str>,
    /// For people (2025-06-18).
    pub title: Option<Cow<'static, str>>,
    /// For the model.
    pub description: Option<Cow<'static, str>>,
    /// Media type.
    pub mime_type: Option<Cow<'static, str>>,
    /// Size in bytes, before encoding.
    pub size: Option<u64>,
    /// For whom, and how important.
    pub annotations: Option<Annotations>,
    /// Icons (2025-11-25).
    pub icons: Vec<Icon>,
    /// `_meta` (2025-06-18).
    pub meta: Option<Meta>,
}

impl Resource {
    /// A resource with a URI and a name.
    pub fn new(uri: impl Into<Cow<'static, str>>, name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            uri: uri.into(),
            name: name.into(),
            title: None,
            description: None,
            mime_type: None,
            size: None,
            annotations: None,
            icons: Vec::new(),
            meta: None,
        }
    }

    /// Sets the description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets the media type.
    #[must_use]
    pub fn with_mime_type(mut self, mime_type: impl Into<Cow<'static, str>>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }

    /// Writes the members that a resource and a resource link share.
    pub(crate) fn write_members<M: SerializeMap>(
        &self,
        version: ProtocolVersion,
        map: &mut M,
    ) -> Result<(), M::Error> {
        let described = version.has_structured_content();
        map.serialize_entry("uri", &self.uri)?;
        map.serialize_entry("name", &self.name)?;
        entry(map, "title", self.title.as_ref().filter(|_| described))?;
        entry(map, "description", self.description.as_ref())?;
        entry(map, "mimeType", self.mime_type.as_ref())?;
        entry(map, "size", self.size)?;
        entry(map, "annotations", self.annotations.as_ref())?;
        entry(map, "icons", non_empty(&self.icons).filter(|_| version.has_icons()))?;
        entry(map, "_meta", non_empty_meta(self.meta.as_ref()).filter(|_| described))
    }
}

impl Wire for Resource {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.write_members(version, &mut map)?;
        map.end()
    }
}

/// A family of resources: a URI template (RFC 6570).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ResourceTemplate {
    /// The template.
    pub uri_template: Cow<'static, str>,
    /// Its name in code.
    pub name: Cow<'static, str>,
    /// For people (2025-06-18).
    pub title: Option<Cow<'static, str>>,
    /// For the model.
    pub description: Option<Cow<'static, str>>,
    /// Media type, when all members share one.
    pub mime_type: Option<Cow<'static, str>>,
}

impl ResourceTemplate {
    /// A template with a name.
    pub fn new(uri_template: impl Into<Cow<'static, str>>, name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            uri_template: uri_template.into(),
            name: name.into(),
            title: None,
            description: None,
            mime_type: None,
        }
    }

    /// Sets the description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets the media type.
    #[must_use]
    pub fn with_mime_type(mut self, mime_type: impl Into<Cow<'static, str>>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }
}

impl Wire for ResourceTemplate {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("uriTemplate", &self.uri_template)?;
        map.serialize_entry("name", &self.name)?;
        entry(&mut map, "title", self.title.as_ref().filter(|_| version.has_structured_content()))?;
        entry(&mut map, "description", self.description.as_ref())?;
        entry(&mut map, "mimeType", self.mime_type.as_ref())?;
        map.end()
    }
}

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

macro_rules! page {
    ($(#[$doc:meta])* $name:ident, $member:literal, $item:ty) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub struct $name {
            /// The items of this page.
            pub items: Vec<$item>,
            /// Where the next page starts; none when this was the last.
            pub next_cursor: Option<String>,
            /// How long the client may keep the list (2026-07-28).
            pub cache: CacheHint,
        }

        impl $name {
            /// One page, the last.
            #[must_use]
            pub fn new(items: Vec<$item>) -> Self {
                Self { items, next_cursor: None, cache: CacheHint::default() }
            }

            /// Sets the cursor of the next page.
            #[must_use]
            pub fn with_next_cursor(mut self, cursor: impl Into<String>) -> Self {
                self.next_cursor = Some(cursor.into());
                self
            }

            /// Sets the cache hint.
            #[must_use]
            pub fn with_cache(mut self, cache: CacheHint) -> Self {
                self.cache = cache;
                self
            }
        }

        impl ResultBody for $name {
            fn write_members<M: SerializeMap>(
                &self,
                version: ProtocolVersion,
                map: &mut M,
            ) -> Result<(), M::Error> {
                map.serialize_entry($member, &At(self.items.as_slice(), version))?;
                entry(map, "nextCursor", self.next_cursor.as_ref())
            }

            fn cache(&self) -> Option<CacheHint> {
                Some(self.cache)
            }
        }
    };
}
pub(crate) use page;

page! {
    /// One page of resources.
    ListResourcesResult, "resources", Resource
}
page! {
    /// One page of resource templates.
    ListResourceTemplatesResult, "resourceTemplates", ResourceTemplate
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
