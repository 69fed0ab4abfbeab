//! Resources, their templates and contents.
//!
//! Spec: <https://modelcontextprotocol.io/specification/2026-07-28/server/resources>.

use std::borrow::Cow;

use serde::Serializer;
use serde::ser::SerializeMap;

use crate::content::{Annotations, Icon, non_empty, non_empty_meta};
use crate::page::page;
use crate::version::ProtocolVersion;
use crate::wire::{At, CacheHint, Meta, ResultBody, Wire, entry};

mod contents;

pub use contents::{ReadResourceResult, ResourceContents};

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

    /// Sets the title.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<Cow<'static, str>>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the media type.
    #[must_use]
    pub fn with_mime_type(mut self, mime_type: impl Into<Cow<'static, str>>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }

    /// Sets the size in bytes, before encoding.
    #[must_use]
    pub fn with_size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    /// Sets for whom it is, and how important.
    #[must_use]
    pub fn with_annotations(mut self, annotations: Annotations) -> Self {
        self.annotations = Some(annotations);
        self
    }

    /// Sets the icons.
    #[must_use]
    pub fn with_icons(mut self, icons: Vec<Icon>) -> Self {
        self.icons = icons;
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
    /// For whom, and how important.
    pub annotations: Option<Annotations>,
    /// Icons (2025-11-25).
    pub icons: Vec<Icon>,
    /// `_meta` (2025-06-18).
    pub meta: Option<Meta>,
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
            annotations: None,
            icons: Vec::new(),
            meta: None,
        }
    }

    /// Sets the title.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<Cow<'static, str>>) -> Self {
        self.title = Some(title.into());
        self
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
        let described = version.has_structured_content();
        entry(&mut map, "title", self.title.as_ref().filter(|_| described))?;
        entry(&mut map, "description", self.description.as_ref())?;
        entry(&mut map, "mimeType", self.mime_type.as_ref())?;
        entry(&mut map, "annotations", self.annotations.as_ref())?;
        entry(&mut map, "icons", non_empty(&self.icons).filter(|_| version.has_icons()))?;
        entry(&mut map, "_meta", non_empty_meta(self.meta.as_ref()).filter(|_| described))?;
        map.end()
    }
}

page! {
    /// One page of resources.
    ListResourcesResult, "resources", Resource
}
page! {
    /// One page of resource templates.
    ListResourceTemplatesResult, "resourceTemplates", ResourceTemplate
}
